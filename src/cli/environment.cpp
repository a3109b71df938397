#include "cli/environment.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "base/stream.hpp"
#include "cli/token_command.hpp"

namespace rollcall::cli {
namespace {

constexpr std::size_t kMaxToken = 4096;

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

/// The variable's value, which is no longer in the environment then.
Secret take_secret(const char* name) {
  char* value = std::getenv(name);
  if (value == nullptr) return Secret();
  Secret secret{std::string(value)};
  // The bytes stay readable in the process's initial environment block; wipe them there, too.
  std::fill(value, value + secret.reveal().size(), '\0');
  ::unsetenv(name);
  return secret;
}

std::optional<std::string> job_address() {
  if (auto job = variable("CI_JOB_URL")) return job;
  const auto server = variable("GITHUB_SERVER_URL");
  const auto repository = variable("GITHUB_REPOSITORY");
  const auto run = variable("GITHUB_RUN_ID");
  if (!server || !repository || !run) return std::nullopt;
  return fmt::format("{}/{}/actions/runs/{}", *server, *repository, *run);
}

/// A URL that can stand in a document as it is: http or https, without a user, and without what would end a
/// link there.
bool is_plain_url(std::string_view url) {
  constexpr std::string_view kAllowed = "-._~:/?=%+";
  const bool plain = std::all_of(url.begin(), url.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x80 && (std::isalnum(byte) != 0 || kAllowed.find(c) != std::string_view::npos);
  });
  return plain && (url.starts_with("https://") || url.starts_with("http://"));
}

/// Where the pages of this commit's files begin.
std::string files_url() {
  if (const auto project = variable("CI_PROJECT_URL"), commit = variable("CI_COMMIT_SHA"); project && commit)
    return fmt::format("{}/-/blob/{}/", *project, *commit);
  const auto server = variable("GITHUB_SERVER_URL");
  const auto repository = variable("GITHUB_REPOSITORY");
  const auto commit = variable("GITHUB_SHA");
  if (!server || !repository || !commit) return {};
  return fmt::format("{}/{}/blob/{}/", *server, *repository, *commit);
}

report::Pipeline read_pipeline(const std::optional<std::string>& job) {
  report::Pipeline pipeline;
  auto root = variable("CI_PROJECT_DIR");
  if (!root) root = variable("GITHUB_WORKSPACE");
  std::error_code failure;
  const std::filesystem::path here = std::filesystem::current_path(failure);
  if (root && !failure && lies_within(here, *root)) {
    pipeline.root = *root;
    pipeline.folder = std::filesystem::relative(here, *root, failure);
  }
  // Outside of the repository no path leads to its pages.
  if (const std::string url = files_url(); !pipeline.root.empty() && is_plain_url(url))
    pipeline.files_url = url;
  if (job && is_plain_url(*job)) pipeline.job_url = *job;
  return pipeline;
}

forge::Variables read_forge() {
  forge::Variables found;
  found.gitlab_ci = variable("GITLAB_CI").has_value();
  found.github_actions = variable("GITHUB_ACTIONS") == "true";
  found.gitlab_api = variable("CI_API_V4_URL");
  found.gitlab_target_project = variable("CI_MERGE_REQUEST_PROJECT_ID");
  found.gitlab_project = variable("CI_PROJECT_ID");
  found.gitlab_merge_request = variable("CI_MERGE_REQUEST_IID");
  found.gitlab_project_url = variable("CI_MERGE_REQUEST_PROJECT_URL");
  if (!found.gitlab_project_url) found.gitlab_project_url = variable("CI_PROJECT_URL");
  found.github_api = variable("GITHUB_API_URL");
  found.github_graphql = variable("GITHUB_GRAPHQL_URL");
  found.github_repository = variable("GITHUB_REPOSITORY");
  found.github_ref = variable("GITHUB_REF");
  found.github_server = variable("GITHUB_SERVER_URL");
  return found;
}

/// A line break at the end is the editor's.
std::string without_line_breaks(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

/// One line of printable characters.
Expected<Secret> as_token(std::string text, const std::string& source) {
  text = without_line_breaks(std::move(text));
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  const std::size_t size = text.size();
  Secret secret(std::move(text));
  if (size == 0)
    return fail(fmt::format("{} has no token.", source), "It should hold the token and nothing else.");
  if (!plain || size > kMaxToken)
    return fail(fmt::format("{} does not hold a token.", source),
                "A token is one word, without spaces, quotes or further lines.");
  return secret;
}

Expected<Token> token_from_file(const std::string& path, const std::stop_token& stop) {
  auto bytes = read_stream(path, kMaxToken * 2, stop);
  if (!bytes)
    return fail(bytes.error().message, bytes.error().hint.empty()
                                           ? "Name a file that holds the token and nothing else."
                                           : bytes.error().hint);
  if (!*bytes) return fail(fmt::format("There is no token file {}.", path), "Check --token-file.");
  auto secret = as_token(std::move(**bytes), path);
  if (!secret) return tl::unexpected(secret.error());
  Token token{std::move(*secret), {}};
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0)
    token.warning = fmt::format("Others can read the token file {}; `chmod 600 {}` fixes that.", path, path);
  return token;
}

Expected<Token> token_from_command(const std::string& command, const std::stop_token& stop) {
  const auto output = output_of_token_command(command, kMaxToken * 2, stop);
  if (!output) return tl::unexpected(output.error());
  auto secret = as_token(output->reveal(), "The output of the token command");
  if (!secret) return tl::unexpected(secret.error());
  return Token{std::move(*secret), {}};
}

}  // namespace

Environment read_environment() {
  // libcurl's TLS would write the keys of every connection there, for whoever can read the file.
  ::unsetenv("SSLKEYLOGFILE");
  Environment environment;
  environment.server = variable("ROLLCALL_SERVER");
  environment.state = variable("ROLLCALL_STATE");
  environment.roster = variable("ROLLCALL_ROSTER");
  environment.parallelism = variable("ROLLCALL_PARALLELISM");
  environment.ci = variable("CI").has_value();
  environment.no_colour = variable("NO_COLOR").has_value();
  environment.dumb_terminal = variable("TERM") == "dumb";
  environment.token = take_secret("ROLLCALL_TOKEN");
  environment.state_username = variable("ROLLCALL_STATE_USERNAME");
  environment.state_password = take_secret("ROLLCALL_STATE_PASSWORD");
  environment.postgres_password = take_secret("PGPASSWORD");
  // A token command may need these, too.
  environment.aws_key_id = variable("AWS_ACCESS_KEY_ID");
  environment.aws_secret_key = Secret(variable("AWS_SECRET_ACCESS_KEY").value_or(""));
  environment.aws_session_token = Secret(variable("AWS_SESSION_TOKEN").value_or(""));
  environment.aws_region = variable("AWS_REGION");
  if (!environment.aws_region) environment.aws_region = variable("AWS_DEFAULT_REGION");
  environment.job_token = Secret(variable("CI_JOB_TOKEN").value_or(""));
  environment.gitlab_api = variable("CI_API_V4_URL");
  environment.forge = read_forge();
  environment.gitlab_token = take_secret("ROLLCALL_GITLAB_TOKEN");
  environment.github_token = Secret(variable("GITHUB_TOKEN").value_or(""));
  environment.job = job_address();
  environment.pipeline = read_pipeline(environment.job);
  environment.github_actions = variable("GITHUB_ACTIONS") == "true";
  environment.step_summary = variable("GITHUB_STEP_SUMMARY");
  environment.state_home = variable("XDG_STATE_HOME");
  environment.home = variable("HOME");
  return environment;
}

std::vector<Secret> tokens_to_hide(const GlobalOptions& options, const Environment& environment) {
  std::vector<Secret> tokens;
  tokens.emplace_back(without_line_breaks(environment.token.reveal()));
  for (const Secret* secret :
       {&environment.state_password, &environment.postgres_password, &environment.aws_secret_key,
        &environment.aws_session_token, &environment.job_token})
    if (!secret->empty()) tokens.push_back(*secret);
  for (const Secret* secret : {&environment.gitlab_token, &environment.github_token})
    if (!secret->empty()) tokens.emplace_back(without_line_breaks(secret->reveal()));
  // Even to open a pipe would let its writer go.
  std::error_code failure;
  if (!options.token_file || !std::filesystem::is_regular_file(*options.token_file, failure)) return tokens;
  auto bytes = read_file(*options.token_file, kMaxToken * 2);
  if (bytes && *bytes) tokens.emplace_back(without_line_breaks(std::move(**bytes)));
  return tokens;
}

Expected<Secret> token_of_variable(const Secret& value, const std::string& variable) {
  return as_token(value.reveal(), variable);
}

Expected<Token> read_token(const GlobalOptions& options, const Environment& environment,
                           const std::stop_token& stop) {
  if (options.token_file && options.token_command)
    return fail("--token-file and --token-command cannot be used together.", "Give one of them.");
  if (options.token_file) return token_from_file(*options.token_file, stop);
  if (options.token_command) return token_from_command(*options.token_command, stop);
  if (environment.token.empty())
    return fail("There is no token.",
                "Set ROLLCALL_TOKEN, or give --token-file FILE or --token-command CMD.");
  auto secret = as_token(environment.token.reveal(), "ROLLCALL_TOKEN");
  if (!secret) return tl::unexpected(secret.error());
  return Token{std::move(*secret), {}};
}

}  // namespace rollcall::cli
