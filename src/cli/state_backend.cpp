#include "cli/state_backend.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <utility>

#include "base/digest.hpp"
#include "base/entropy.hpp"
#include "http/retry.hpp"
#include "http/throttle.hpp"
#include "state/state.hpp"

namespace rollcall::cli {
namespace {

using http::Credentials;
using http::ServerUrl;

/// A state of 1 GiB over a slow line; silence is noticed much earlier.
constexpr std::chrono::minutes kStateTimeout{10};

/// What is left for writing the state and letting its lock go once a signal has come.
constexpr std::chrono::minutes kGraceForState{1};

/// The requests to a state's server have no pace of their own.
class StateTransport final : public http::Transport {
 public:
  StateTransport(http::CurlOptions options, Session& session, http::AttemptLog log)
      : throttle_(session.clock, 0),
        inner_(
            http::make_retrying_transport(http::make_curl_transport(std::move(options)),
                                          // The state is written after a stop, too, and its lock let go.
                                          {throttle_, session.clock, session.entropy, {}, std::move(log)})) {}

  tl::expected<http::Response, http::TransportError> send(const http::Request& request) override {
    return inner_->send(request);
  }

 private:
  http::Throttle throttle_;
  std::unique_ptr<http::Transport> inner_;
};

std::unique_ptr<http::Transport> connect(Session& session, const store::Route& route) {
  http::CurlOptions options;
  options.server = route.server;
  if (route.credentials) options.credentials = *route.credentials;
  options.lease = route.lease;
  options.ca_file = session.program().global.ca_file.value_or("");
  options.total_timeout = kStateTimeout;
  options.stop = session.stop;
  options.stop_grace = kGraceForState;
  if (route.limit) {
    options.connect_timeout = options.total_timeout = *route.limit;
    return http::make_curl_transport(std::move(options));
  }
  http::AttemptLog log;
  if (session.program().global.verbose)
    log = [&console = session.console(), name = http::to_string(route.server)](http::Attempt attempt) {
      attempt.path = name + attempt.path;
      console.trace(to_string(attempt) + "\n");
    };
  return std::make_unique<StateTransport>(std::move(options), session, std::move(log));
}

/// A server that repeats what it was sent may show the words by themselves.
Credentials basic(Console& console, const std::string& user, const Secret& password) {
  const Secret words(base64(user + ":" + password.reveal()));
  console.hide(words);
  return {"Authorization", Secret("Basic " + words.reveal())};
}

/// Whether the state lies on the GitLab that runs this job.
bool is_this_gitlab(const Environment& environment, const ServerUrl& server) {
  if (!environment.gitlab_api) return false;
  const auto api = http::parse_server_url(*environment.gitlab_api, http::PlainHttp::kAllowed);
  return api && api->tls == server.tls && api->host == server.host && api->port == server.port;
}

/// Those of the environment, else in GitLab's pipelines those of the job. In a pipeline the repository is
/// what a merge request says: a server that is named there alone gets no password, or it could be sent
/// anywhere.
Expected<std::optional<Credentials>> credentials_for(const Session& session, const ServerUrl& server,
                                                     bool named_outside) {
  const Environment& environment = session.program().environment;
  const bool at_home = is_this_gitlab(environment, server);
  if (environment.state_password.empty()) {
    if (environment.state_username)
      return fail("ROLLCALL_STATE_USERNAME is set, and ROLLCALL_STATE_PASSWORD is not.",
                  "Set both, or neither.");
    if (!at_home || environment.job_token.empty()) return std::optional<Credentials>();
    return std::optional(basic(session.console(), "gitlab-ci-token", environment.job_token));
  }
  if (!environment.state_username)
    return fail("ROLLCALL_STATE_PASSWORD is set, and ROLLCALL_STATE_USERNAME is not.",
                "Set both; on GitLab the user name of a token is any word.");
  if (environment.ci && !named_outside && !at_home)
    return fail(
        fmt::format(
            "The password of the state is not sent to {}: in a pipeline (CI is set) the repository alone "
            "may not name its server, since whoever may change it could have the password sent elsewhere.",
            server.host),
        "Set ROLLCALL_STATE in the pipeline's protected variables, or give --state.");
  return std::optional(basic(session.console(), *environment.state_username, environment.state_password));
}

/// The keys of the environment. They go to an endpoint that the repository alone names no more than a
/// password does.
Expected<Credentials> signing_for(const Environment& environment, const store::S3Place& place,
                                  bool named_outside) {
  const bool has_secret = !environment.aws_secret_key.empty();
  if (!environment.aws_key_id && !has_secret)
    return fail(fmt::format("The state {} needs credentials, and there are none.", place.name),
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN where they are "
                "temporary. `aws configure export-credentials --format env` prints those of a profile.");
  if (!environment.aws_key_id || !has_secret)
    return fail(
        fmt::format("{} is set, and {} is not.", has_secret ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID",
                    has_secret ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY"),
        "Set both.");
  if (environment.ci && place.endpoint && !named_outside)
    return fail(
        fmt::format("The credentials of AWS are not used for {}: in a pipeline (CI is set) the "
                    "repository alone may not name an endpoint, since whoever may change it could have "
                    "them sent elsewhere.",
                    place.endpoint->host),
        "Set ROLLCALL_STATE in the pipeline's protected variables, or give --state.");
  return Credentials{{},
                     environment.aws_secret_key,
                     http::Signing{place.region, *environment.aws_key_id, environment.aws_session_token}};
}

Expected<std::filesystem::path> journal_folder(const Program& program) {
  if (program.global.journal_dir) return std::filesystem::path(*program.global.journal_dir);
  const Environment& environment = program.environment;
  if (environment.state_home) return std::filesystem::path(*environment.state_home) / "rollcall";
  if (environment.home) return std::filesystem::path(*environment.home) / ".local/state/rollcall";
  return fail("There is no folder for the journal of a run: neither XDG_STATE_HOME nor HOME is set.",
              "Name one with --journal-dir.");
}

Expected<store::Backend> open(Session& session, const store::Location& location, bool named_outside,
                              std::shared_ptr<Lease> lease) {
  store::Reach reach;
  reach.run.lease = std::move(lease);
  reach.connect = [&session](const store::Route& route) { return connect(session, route); };
  reach.signing = [&session, named_outside](const store::S3Place& place) {
    return signing_for(session.program().environment, place, named_outside);
  };
  reach.region = session.program().environment.aws_region.value_or("");
  reach.credentials = [&session, named_outside](const ServerUrl& server) {
    return credentials_for(session, server, named_outside);
  };
  const Environment& environment = session.program().environment;
  reach.postgres = {environment.postgres_password, !environment.ci || named_outside,
                    session.program().global.ca_file.value_or(""), session.stop,
                    [&console = session.console()](const Secret& password) { console.hide(password); }};
  reach.run.on_takeover = [&console = session.console()](const std::string& state,
                                                         const store::LockInfo& holder) {
    console.remark(
        fmt::format("Took over the lock of {}, which was not renewed in time: it was held by {}.\n", state,
                    store::describe(holder)));
  };
  reach.run.on_left_lock = [&console = session.console()](const Error& error) { console.report_late(error); };
  reach.journals = [&session] { return journal_folder(session.program()); };
  return store::open_backend(location, state::looks_like_state, reach);
}

}  // namespace

Expected<store::Backend> open_backend(Session& session) {
  return open(session, session.settings().state, session.settings().state_named_outside, session.lease);
}

Expected<store::Backend> open_backend(Session& session, const store::Location& location) {
  return open(session, location, true, std::make_shared<Lease>(session.clock));
}

store::LockInfo lock_info(const Session& session, const std::string& command) {
  store::LockInfo info;
  const passwd* user = ::getpwuid(::getuid());
  info.who = user != nullptr ? user->pw_name : std::to_string(::getuid());
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) info.where = host.data();
  info.when = to_string(session.clock.now());
  info.pid = ::getpid();
  info.command = command;
  info.job = session.program().environment.job.value_or("");
  info.id = make_uuid(session.entropy);
  return info;
}

}  // namespace rollcall::cli
