#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/recorded_state.hpp"
#include "cli/session.hpp"
#include "cli/signals.hpp"
#include "model/address.hpp"
#include "report/report.hpp"
#include "state/state_change.hpp"

namespace rollcall::cli {
namespace {

/// What `state rm` takes out under one address.
struct Removal {
  std::vector<state::StateChange> facts;
  /// What stays known of it, with the attempts to create it; nothing of a grant.
  std::vector<model::ForgottenObject> forgotten;
  /// What was begun, or intended, and not settled; told where nothing else is recorded.
  plan::Verb open = plan::Verb::kCreate;
  bool only_intended = false;
};

/// What is recorded under one address.
Removal recorded_under(const model::Address& address, const model::RecordedEstate& estate,
                       const model::Directory& directory) {
  Removal removal;
  model::visit_kind(address.kind, [&]<class Kind>(Kind) {
    const auto ref = (directory.*Kind::kDirectory).find(address.key);
    const auto* object = ref ? find(estate, *ref) : nullptr;
    if (object == nullptr) return;
    removal.facts.emplace_back(state::Drop<Kind>{*ref});
    removal.forgotten.push_back({address, object->id, object->nonce});
  });
  if (address.kind != model::ObjectKind::kGrant) return removal;
  const auto account = directory.accounts.find(address.key);
  const auto user = directory.users.find(address.member);
  if (account && user && find(estate, *account, *user) != nullptr)
    removal.facts.emplace_back(state::DropGrant{*account, *user});
  return removal;
}

/// With what earlier runs left unresolved of it, which is taken out of the state at once.
Expected<Removal> remove(const model::Address& address, state::State& state,
                         const model::Directory& directory) {
  Removal removal = recorded_under(address, state.estate, directory);
  const std::size_t open = std::erase_if(state.unresolved, [&](const state::Intent& intent) {
    if (state::address_of(intent, directory) != to_string(address)) return false;
    removal.open = intent.verb;
    removal.only_intended = intent.only_intended;
    if (!intent.nonce.empty()) removal.forgotten.push_back({address, 0, intent.nonce});
    return true;
  });
  if (open > 0 || !removal.facts.empty()) return removal;
  // `state show` has the words for what is not recorded, with what was probably meant.
  auto shown = report::state_show_text(state.estate, directory, address);
  if (!shown) return tl::unexpected(shown.error());
  return fail(fmt::format("Nothing of {} can be forgotten.", to_string(address)),
              "`rollcall state list` shows what is recorded.");
}

std::string_view word_of(model::ObjectKind kind) {
  std::string_view word;
  model::visit_kind(kind, [&](auto object) { word = object.kSingular; });
  return word;
}

/// What became of the record, and what that means for the next apply.
std::string told(const model::Address& address, const Removal& removal) {
  const std::string name = to_string(address);
  const model::ServerId id = removal.forgotten.empty() ? 0 : removal.forgotten.front().id;
  if (removal.facts.empty() && removal.open != plan::Verb::kCreate)
    return fmt::format("Forgot that {} ({}) was {}. What it may have done stays on the server.\n", name,
                       plan::to_string(removal.open), removal.only_intended ? "about to be sent" : "begun");
  if (removal.facts.empty())
    return fmt::format("Forgot the attempt to create {}. What it may have created stays on the server.\n",
                       name);
  switch (address.kind) {
    case model::ObjectKind::kAccount:
      return fmt::format(
          "Forgot {0} (id {1}). It is untouched on the server and no longer managed. "
          "While the roster has {0}, the next apply creates another one; "
          "`id: {1}` there binds this one instead.\n",
          name, id);
    case model::ObjectKind::kUser:
      return fmt::format(
          "Forgot {0} (id {1}). The user is untouched on the server and no longer managed. "
          "While the roster has {0}, an apply adopts the user only with `adopt: true`.\n",
          name, id);
    case model::ObjectKind::kGrant:
      return fmt::format(
          "Forgot {0}. The membership is untouched on the server. "
          "While the roster gives it, the next apply grants it again.\n",
          name);
    default:
      // Without a marker one object is told from another only by how it looks.
      return fmt::format(
          "Forgot {0} (id {1}). "
          "It is untouched on the server and no longer managed. While the roster has {0}, "
          "the next apply stops at the {2} that looks the same, or creates another one.\n",
          name, id, word_of(address.kind));
  }
}

int run_state_rm(const Program& program, const std::vector<std::string>& texts) {
  Session session(program, Format::kText);
  if (!session.load_settings()) return kExitFailed;
  const SignalScope signals(program.console);
  session.stop = signals.token();
  const auto failed = [&](const Error& error) { return signals.exit_code(session.fail_with(error)); };
  std::vector<model::Address> addresses;
  for (const std::string& text : texts) {
    auto address = model::parse_address(text);
    if (!address) return failed(address.error());
    addresses.push_back(std::move(*address));
  }
  auto recorded = open_existing_state(session, "state rm");
  if (!recorded) return failed(recorded.error());
  std::vector<state::StateChange> facts;
  std::string said;
  for (const model::Address& address : addresses) {
    auto removal = remove(address, recorded->state, session.directory);
    if (!removal) return failed(removal.error());
    said += told(address, *removal);
    facts.insert(facts.end(), removal->facts.begin(), removal->facts.end());
    for (model::ForgottenObject& object : removal->forgotten)
      model::forget(recorded->state.estate, std::move(object));
  }
  recorded->state.estate = state::fold(std::move(recorded->state.estate), facts);
  if (const auto written = state_access::save(*recorded, session.directory); !written)
    return failed(written.error());
  program.console.result(said);
  return kExitDone;
}

Body declare_state_rm(OptionSet& options) {
  const auto addresses = std::make_shared<std::vector<std::string>>();
  options.arguments("ADDRESS", *addresses, "What to forget", true);
  return [addresses](const Program& program) { return run_state_rm(program, *addresses); };
}

}  // namespace

const Command kStateRm{"state rm", "Forget addresses; nothing is sent to the server", declare_state_rm};

}  // namespace rollcall::cli
