#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/session.hpp"
#include "cli/signals.hpp"
#include "forge/body.hpp"
#include "forge/github.hpp"
#include "forge/gitlab.hpp"
#include "forge/keep.hpp"
#include "forge/place.hpp"
#include "forge/rate_limit.hpp"
#include "http/retry.hpp"
#include "http/throttle.hpp"

namespace rollcall::cli {
namespace {

/// What a job waits for its forge's limit of requests, in all.
constexpr std::chrono::seconds kMostPause{60};
/// Bytes of the file that are read: more than the longest comment has.
constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 20U;

struct CommentOptions {
  std::string path;
  std::string name = "default";
  bool dry_run = false;
};

/// The text of the file, which is to be shown to others.
Expected<std::string> read_text(const Console& console, const std::string& path) {
  auto bytes = read_file(path, kMostBytes);
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  if (!*bytes)
    return fail(fmt::format("There is no file {}.", path),
                "`rollcall plan --report markdown=FILE` writes one for a comment.");
  if (console.masked(**bytes) != **bytes)
    return fail(fmt::format("{} holds a token or a password of this job, so it was not sent.", path),
                "Remove it from the file, and renew it if others have seen it.");
  return std::move(**bytes);
}

Expected<Secret> find_token(const Environment& environment, forge::Kind kind) {
  const bool gitlab = kind == forge::Kind::kGitlab;
  const Secret& token = gitlab ? environment.gitlab_token : environment.github_token;
  if (!token.empty()) return token_of_variable(token, gitlab ? "ROLLCALL_GITLAB_TOKEN" : "GITHUB_TOKEN");
  if (!gitlab)
    return fail(
        "GITHUB_TOKEN is not set.",
        "Pass the job's token to the step: `env: {GITHUB_TOKEN: '${{ github.token }}'}`, and give the job "
        "`permissions: {pull-requests: write}`.");
  return fail(environment.job_token.empty() ? "ROLLCALL_GITLAB_TOKEN is not set."
                                            : "ROLLCALL_GITLAB_TOKEN is not set, and the job's own token "
                                              "(CI_JOB_TOKEN) may only read comments.",
              "Create a project access token with the role Reporter and the scope `api`, and set it as "
              "ROLLCALL_GITLAB_TOKEN, masked, for the job of the merge request.");
}

/// The way to the forge: retries where that is harmless, and waits for its limit of requests.
class ForgeTransport final : public http::Transport {
 public:
  ForgeTransport(const Program& program, const http::CurlOptions& options)
      : throttle_(program.clock, 0),
        inner_(http::make_retrying_transport(http::make_curl_transport(options), policy(program, options))) {}

  tl::expected<http::Response, http::TransportError> send(const http::Request& request) override {
    return inner_->send(request);
  }

 private:
  http::RequestPolicy policy(const Program& program, const http::CurlOptions& options) {
    http::RequestPolicy policy{throttle_, program.clock, program.entropy, options.stop};
    policy.pause_after = [&console = program.console, pause = forge::pause_within(kMostPause)](
                             const http::Response& response, Time now) {
      const auto wait = pause(response, now);
      if (wait)
        console.remark(fmt::format("Too many requests ({}): waiting for {} s.\n", response.status,
                                   std::chrono::ceil<std::chrono::seconds>(*wait).count()));
      return wait;
    };
    if (program.global.verbose)
      policy.log = [&console = program.console](const http::Attempt& attempt) {
        console.trace(to_string(attempt) + "\n");
      };
    return policy;
  }

  http::Throttle throttle_;
  std::unique_ptr<http::Transport> inner_;
};

std::unique_ptr<forge::Forge> connect(const Program& program, const forge::Place& place, Secret token,
                                      std::stop_token stop) {
  const bool gitlab = place.kind == forge::Kind::kGitlab;
  http::CurlOptions options;
  options.server = place.host;
  options.credentials =
      gitlab ? forge::gitlab_credentials(std::move(token)) : forge::github_credentials(std::move(token));
  options.ca_file = program.global.ca_file.value_or("");
  options.stop = std::move(stop);
  auto transport = std::make_unique<ForgeTransport>(program, options);
  return gitlab ? forge::make_gitlab(place, std::move(transport), program.clock)
                : forge::make_github(place, std::move(transport), program.clock);
}

std::string result_of(const forge::Kept& kept, const forge::Place& place, bool dry_run) {
  const std::string comment = forge::describe_comment(place, kept.id);
  switch (kept.change) {
    case forge::Change::kCreated:
      if (dry_run)
        return fmt::format("Would create a comment on {}\n",
                           place.page.empty() ? forge::describe(place) : place.page);
      return fmt::format("Created the comment {}\n", comment);
    case forge::Change::kUpdated:
      return fmt::format("{} the comment {}\n", dry_run ? "Would update" : "Updated", comment);
    case forge::Change::kUnchanged:
      return fmt::format("The comment is up to date: {}\n", comment);
  }
  return {};
}

int run_comment(const Program& program, const CommentOptions& options) {
  Session session(program, Format::kText);
  const auto place = forge::find_place(program.environment.forge, program.global.allow_http
                                                                      ? http::PlainHttp::kAllowed
                                                                      : http::PlainHttp::kLoopbackOnly);
  if (!place) return session.fail_with(place.error());
  const auto text = read_text(program.console, options.path);
  if (!text) return session.fail_with(text.error());
  const auto body = forge::make_body(place->kind, options.name, *text, options.path);
  if (!body) return session.fail_with(body.error());
  auto token = find_token(program.environment, place->kind);
  if (!token) return session.fail_with(token.error());
  const SignalScope signals(program.console);
  const auto connection = connect(program, *place, std::move(*token), signals.token());
  const auto kept =
      forge::keep_comment(*connection, *body, options.dry_run ? forge::Mode::kOnlyLook : forge::Mode::kWrite,
                          program.clock, signals.token());
  if (!kept) return signals.exit_code(session.fail_with(kept.error()));
  if (kept->others != 0)
    program.console.remark(
        fmt::format("{} of the same name, newer than this one, {} left alone: delete what is not needed.\n",
                    pluralize(kept->others, "comment", "comments"), kept->others == 1 ? "is" : "are"));
  program.console.result(result_of(*kept, *place, options.dry_run));
  return signals.exit_code(kExitDone);
}

Body declare_comment(OptionSet& set) {
  const auto options = std::make_shared<CommentOptions>();
  set.argument("FILE", options->path,
               "The comment's text, such as `rollcall plan --report markdown=FILE` writes", true);
  set.parsed(
      "--name", "NAME",
      [options](const std::string& name) -> Expected<void> {
        if (!forge::is_comment_name(name))
          return fail(
              fmt::format("`{}` cannot be the name of a comment.", printable(shown_value(name))),
              "A name has up to 64 letters, digits, `-`, `_` and `.`, and begins with a letter or a digit.");
        options->name = name;
        return {};
      },
      "Which of several comments this is, such as one for each project (default: default)");
  set.flag("--dry-run", options->dry_run, "Say what would be done, and write nothing");
  return [options](const Program& program) { return run_comment(program, *options); };
}

}  // namespace

const Command kComment{"comment", "Keep one comment on the merge or pull request up to date",
                       declare_comment};

}  // namespace rollcall::cli
