#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "cli/global_options.hpp"
#include "forge/place.hpp"
#include "report/report.hpp"

namespace rollcall::cli {

/// What the program takes from its environment, read once at the start.
struct Environment {
  std::optional<std::string> server;
  std::optional<std::string> state;
  std::optional<std::string> roster;
  std::optional<std::string> parallelism;
  Secret token;
  /// For a state on a server.
  std::optional<std::string> state_username;
  Secret state_password;
  /// For a state in a bucket of S3.
  std::optional<std::string> aws_key_id;
  Secret aws_secret_key;
  Secret aws_session_token;
  std::optional<std::string> aws_region;
  /// PGPASSWORD, for a state in a PostgreSQL.
  Secret postgres_password;
  /// Of GitLab's pipelines: the job's token, and the address of the API that takes it.
  Secret job_token;
  std::optional<std::string> gitlab_api;
  /// The address of the pipeline's job, in GitLab's and GitHub's pipelines.
  std::optional<std::string> job;
  /// Where the merge or pull request of the pipeline is, and the tokens that may comment on it:
  /// ROLLCALL_GITLAB_TOKEN and GITHUB_TOKEN.
  forge::Variables forge{};
  Secret gitlab_token;
  Secret github_token;
  /// What a report says of the pipeline and its repository.
  report::Pipeline pipeline{};
  /// GitHub's runner reads the output for workflow commands.
  bool github_actions = false;
  /// The file of GitHub's pipelines that the summary of a step is appended to.
  std::optional<std::string> step_summary;
  /// XDG_STATE_HOME and HOME.
  std::optional<std::string> state_home;
  std::optional<std::string> home;
  /// CI has a value: this is a pipeline, whose repository others may change.
  bool ci = false;
  /// NO_COLOR has a value.
  bool no_colour = false;
  /// TERM is `dumb`: the terminal knows neither colours nor how to go back in a line.
  bool dumb_terminal = false;
};

/// Reads the variables and removes ROLLCALL_TOKEN, ROLLCALL_STATE_PASSWORD, ROLLCALL_GITLAB_TOKEN and
/// PGPASSWORD, so that no child process inherits them, and SSLKEYLOGFILE, so that nobody can decrypt what is
/// sent.
Environment read_environment();

/// What no text may show, whatever the command does: the tokens that are known without running anything and
/// without waiting, which are ROLLCALL_TOKEN, the passwords of the state, the keys of AWS, the tokens of the
/// job, ROLLCALL_GITLAB_TOKEN and what a regular --token-file holds. Reports no error.
std::vector<Secret> tokens_to_hide(const GlobalOptions& options, const Environment& environment);

struct Token {
  Secret secret;
  /// Where it came from deserves a warning; empty otherwise.
  std::string warning;
};

/// The token that a variable holds: one line of printable characters. No message shows any of it.
Expected<Secret> token_of_variable(const Secret& value, const std::string& variable);

/// The platform token: --token-file or --token-command, else ROLLCALL_TOKEN. No message shows any of it.
/// A stop ends the command.
Expected<Token> read_token(const GlobalOptions& options, const Environment& environment,
                           const std::stop_token& stop);

}  // namespace rollcall::cli
