#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/connection.hpp"
#include "cli/exit_code.hpp"
#include "cli/prompt.hpp"
#include "cli/recorded_state.hpp"
#include "cli/signals.hpp"
#include "model/marker.hpp"

namespace rollcall::cli {
namespace {

/// What the server behind the new address shows of what is recorded.
struct Evidence {
  /// Objects that show the marker of this state.
  std::size_t proven = 0;
  /// What agrees by id and name, and carries no marker.
  std::vector<std::string> alike;
  /// What this token may not read there.
  std::vector<std::string> unseen;
  /// What is not there, or is another object.
  std::vector<std::string> wrong;
};

template <class Kind>
bool is_alike(const model::Recorded<Kind>& recorded, const model::Live<Kind>& live, const std::string& key) {
  if constexpr (Kind::kKeyIsEmail) {
    return live.email == key;
  } else {
    const std::string name = recorded.settings.text(model::Field::kName);
    return name.empty() || live.settings.text(model::Field::kName) == name;
  }
}

template <class Kind>
void judge(const model::Recorded<Kind>& recorded, const model::Live<Kind>* live, const state::State& state,
           const model::Directory& directory, Evidence& evidence) {
  const std::string& key = directory.key(recorded.ref);
  std::string address = model::object_address<Kind>(key);
  if (live == nullptr || live->sight == model::Sight::kNotPermitted) {
    evidence.unseen.push_back(std::move(address));
  } else if (live->sight != model::Sight::kSeen) {
    evidence.wrong.push_back(std::move(address));
  } else {
    if constexpr (Kind::kHasMarker) {
      if (!recorded.nonce.empty()) {
        const auto marker = live->marker ? model::parse_marker(*live->marker) : std::nullopt;
        if (marker && marker->lineage == state.lineage && marker->nonce == recorded.nonce)
          ++evidence.proven;
        else
          evidence.wrong.push_back(std::move(address));
        return;
      }
    }
    (is_alike(recorded, *live, key) ? evidence.alike : evidence.wrong).push_back(std::move(address));
  }
}

Evidence compare(const state::State& state, const model::LiveEstate& live,
                 const model::Directory& directory) {
  Evidence evidence;
  model::each_kind([&]<class Kind>(Kind) {
    for (const model::Recorded<Kind>& object : state.estate.of<Kind>())
      if (!object.released && !object.missing_since)
        judge<Kind>(object, model::find_live<Kind>(live, object.id), state, directory, evidence);
  });
  return evidence;
}

/// An error where the evidence says that this is not the same server.
Expected<void> require_same(const Evidence& evidence, const std::string& server) {
  if (!evidence.wrong.empty())
    return fail(
        fmt::format("{} is not the server that this state records: {} {} not there, or {} not carry this "
                    "state's marker.",
                    server, first_and_more(evidence.wrong), evidence.wrong.size() == 1 ? "is" : "are",
                    evidence.wrong.size() == 1 ? "does" : "do"),
        "Check the address. Where it is right and these were changed there, `rollcall refresh` at the old "
        "address records that first.");
  if (evidence.proven == 0)
    return fail(fmt::format("Nothing at {} shows this state's marker to this token.", server),
                "Use a token of the platform app that created the accounts.");
  return {};
}

/// What has no proof is shown and confirmed.
bool is_confirmed(Session& session, const Evidence& evidence, const std::string& server) {
  if (evidence.alike.empty() && evidence.unseen.empty()) return true;
  Console& console = session.console();
  console.say(fmt::format("{} shows this state's marker on {}.\n", server,
                          pluralize(evidence.proven, "object", "objects")));
  if (!evidence.alike.empty())
    console.say(fmt::format("Alike by id and name, without a marker: {}.\n",
                            first_and_more(evidence.alike, evidence.alike.size())));
  if (!evidence.unseen.empty())
    console.say(fmt::format("Not to be read with this token: {}.\n", first_and_more(evidence.unseen)));
  return ask(console, "Are they the same? Only `yes` changes the server: ", session.stop) == "yes";
}

int run_state_set_server(const Program& program, const std::string& url) {
  Session session(program, Format::kText);
  if (!session.load_settings()) return kExitFailed;
  const SignalScope signals(program.console);
  session.stop = signals.token();
  const auto failed = [&](const Error& error) { return signals.exit_code(session.fail_with(error)); };
  session.name_server(url);
  const auto connection = Connection::open(session, signals.token());
  if (!connection) return failed(connection.error());
  const auto server = server_identity(session);
  if (!server) return failed(server.error());
  auto recorded = open_existing_state(session, "state set-server");
  if (!recorded) return failed(recorded.error());
  state::State& state = recorded->state;
  if (state.server == *server) {
    program.console.result(fmt::format("The state belongs to {} already.\n", *server));
    return kExitDone;
  }
  const auto live = read_server(session, **connection, targets_of(state.estate, nullptr, session.directory));
  if (!live) return failed(live.error());
  const Evidence evidence = compare(state, *live, session.directory);
  if (const auto same = require_same(evidence, *server); !same) return failed(same.error());
  if (!is_confirmed(session, evidence, *server)) {
    program.console.say("Nothing was changed.\n");
    return signals.exit_code(kExitFailed);
  }
  const std::string before = std::exchange(state.server, *server);
  if (const auto written = state_access::save(*recorded, session.directory); !written)
    return failed(written.error());
  program.console.result(fmt::format("The state belongs to {} now, and no longer to {}.\n", *server, before));
  return kExitDone;
}

Body declare_state_set_server(OptionSet& options) {
  const auto url = std::make_shared<std::string>();
  options.argument("URL", *url, "Chatwoot's new address", true);
  return [url](const Program& program) { return run_state_set_server(program, *url); };
}

}  // namespace

const Command kStateSetServer{"state set-server", "Record that the same Chatwoot has a new address",
                              declare_state_set_server};

}  // namespace rollcall::cli
