#include "cli/connection.hpp"

#include <fmt/format.h>

#include <set>
#include <type_traits>
#include <utility>

#include "base/text.hpp"
#include "chatwoot/client.hpp"
#include "cli/state_backend.hpp"
#include "observe/observe.hpp"
#include "plan/live_view.hpp"
#include "plan/moves.hpp"
#include "state/state.hpp"

namespace rollcall::cli {

Expected<http::ServerUrl> server_of(const Session& session) {
  const std::string& server = session.settings().server;
  if (server.empty())
    return fail("No server is named.",
                "Write `server:` into the project file, set ROLLCALL_SERVER, or give --server URL.");
  return http::parse_server_url(server, session.program().global.allow_http ? http::PlainHttp::kAllowed
                                                                            : http::PlainHttp::kLoopbackOnly);
}

Expected<std::string> server_identity(const Session& session) {
  if (session.settings().server.empty()) return std::string();
  auto server = server_of(session);
  if (!server) return tl::unexpected(server.error());
  return http::to_string(*server);
}

namespace {

/// The server that the recorded state at the place of the settings belongs to; empty where it says none.
Expected<std::string> recorded_server(Session& session) {
  const auto backend = open_backend(session);
  if (!backend) return tl::unexpected(backend.error());
  auto stored = backend->store->read();
  if (!stored) return tl::unexpected(stored.error());
  if (!*stored) return std::string();
  model::Directory directory;
  auto state = state::decode((*stored)->bytes, backend->store->name(), directory);
  if (!state) return tl::unexpected(state.error());
  return state->server;
}

/// In a pipeline the repository is what a merge request says, so a server that is named in it alone gets no
/// token.
Expected<void> require_server_named_outside(Session& session, const std::string& identity) {
  const project::Settings& settings = session.settings();
  if (!session.program().environment.ci || settings.server_named_outside) return {};
  if (settings.state_named_outside) {
    const auto recorded = recorded_server(session);
    if (!recorded) return tl::unexpected(recorded.error());
    if (*recorded == identity) return {};
  }
  return fail(fmt::format("The token is not sent to {}: "
                          "in a pipeline (CI is set) the repository alone may not name the server, "
                          "since anyone who can change it could have the token sent elsewhere.",
                          identity),
              "Set ROLLCALL_SERVER in the pipeline's protected variables, or give --server; "
              "or name a state that belongs to this server with ROLLCALL_STATE or --state.");
}

/// Members whom the roster does not list and whose addresses are recorded: without a roster it is enough to
/// read those first whom nobody has read so far.
std::set<model::ServerId> members_last_seen(const model::RecordedEstate& recorded) {
  std::set<model::ServerId> seen;
  for (const model::RecordedAccount& account : recorded.accounts)
    for (const model::UnlistedMember& member : account.unlisted)
      if (member.email) seen.insert(member.user_id);
  return seen;
}

}  // namespace

Connection::Connection(Session& session, std::stop_token stop)
    : stop_(std::move(stop)), throttle_(session.clock, session.settings().requests_per_minute) {}

Expected<std::unique_ptr<Connection>> Connection::open(Session& session, std::stop_token stop) {
  const GlobalOptions& global = session.program().global;
  auto server = server_of(session);
  if (!server) return tl::unexpected(server.error());
  if (auto trusted = require_server_named_outside(session, http::to_string(*server)); !trusted)
    return tl::unexpected(trusted.error());
  auto token = read_token(global, session.program().environment, stop);
  if (!token) return tl::unexpected(token.error());
  session.console().hide(token->secret);
  if (!token->warning.empty()) {
    Diagnostic warning;
    warning.severity = Severity::kWarning;
    warning.message = token->warning;
    session.console().report({warning});
  }
  std::unique_ptr<Connection> connection(new Connection(session, std::move(stop)));
  http::CurlOptions options;
  options.server = std::move(*server);
  options.credentials = chatwoot::platform_credentials(std::move(token->secret));
  options.ca_file = global.ca_file.value_or("");
  options.stop = connection->stop_;
  options.lease = session.lease;
  http::AttemptLog log;
  if (global.verbose)
    log = [&console = session.console()](const http::Attempt& attempt) {
      console.trace(to_string(attempt) + "\n");
    };
  connection->make_transport_ = http::connect_to(
      std::move(options),
      {connection->throttle_, session.clock, session.entropy, connection->stop_, std::move(log)});
  return connection;
}

observe::Targets targets_of(const model::RecordedEstate& recorded, const model::DesiredEstate* desired,
                            const model::Directory& directory) {
  observe::Targets targets;
  const auto moves = desired == nullptr
                         ? plan::Moves{}
                         : plan::effective_moves(*desired, recorded, directory).value_or(plan::Moves{});
  const plan::Renamings renamings = plan::renamings_of(moves);
  const auto reads = [&](const auto& object) {
    using Kind = model::KindOf<std::decay_t<decltype(object.ref)>>;
    return !object.released || (desired != nullptr &&
                                model::find(*desired, renamings.of<Kind>().moved_to(object.ref)) != nullptr);
  };
  std::set<model::ServerId> kept;
  const auto keep = [&](const model::DesiredAccount* wanted, model::ServerId id) {
    if (wanted != nullptr && plan::may_stay_unread(*desired, recorded, *wanted)) kept.insert(id);
  };
  for (const auto& account : recorded.accounts) {
    if (reads(account))
      targets.accounts.push_back(account.id);
    else if (model::stays_suspended(account))
      targets.accounts_without_members.push_back(account.id);
    if (desired != nullptr) keep(model::find(*desired, renamings.accounts.moved_to(account.ref)), account.id);
  }
  for (const auto& user : recorded.users)
    if (reads(user) || model::waits_for_deletion(user)) targets.users.push_back(user.id);
  for (const auto& bot : recorded.bots)
    if (reads(bot)) targets.bots.push_back(bot.id);
  targets.accounts_seen_to = recorded.accounts_seen_to;
  if (desired == nullptr) {
    targets.may_stay_unread = [known = members_last_seen(recorded)](model::ServerId, model::ServerId user) {
      return known.contains(user);
    };
    return targets;
  }
  for (const auto& wanted : desired->accounts) {
    if (!wanted.id) continue;
    targets.accounts.push_back(*wanted.id);
    keep(&wanted, *wanted.id);
  }
  targets.may_stay_unread = [kept = std::move(kept)](model::ServerId account, model::ServerId) {
    return kept.contains(account);
  };
  return targets;
}

Expected<model::LiveEstate> read_server(Session& session, const Connection& connection,
                                        const observe::Targets& targets, observe::Options options) {
  options.workers = session.settings().parallelism;
  Console& console = session.console();
  console.live_line("Reading the server");
  const auto progress = [&](std::size_t done, std::size_t total) {
    console.live_line(fmt::format("Reading the server {}/{}", with_thousands(done), with_thousands(total)));
  };
  auto live =
      observe::read_server(targets, options, connection.make_transport(), connection.stop(), progress);
  console.live_line({});
  return live;
}

}  // namespace rollcall::cli
