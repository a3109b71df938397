#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/recorded_state.hpp"
#include "cli/session.hpp"
#include "model/address.hpp"
#include "report/report.hpp"
#include "state/record.hpp"

namespace rollcall::cli {
namespace {

/// The state that has to be there, for commands that only look at it or mend it.
Expected<RecordedState> existing_state(Session& session, const std::optional<std::string>& writing_command) {
  auto recorded = open_state(session, {}, writing_command);
  if (recorded && !recorded->version)
    return fail("Nothing is recorded yet.",
                "`rollcall apply` makes the first state; --state names another one.");
  return recorded;
}

/// The facts that forget one address.
Expected<std::vector<state::Record>> forget(const model::Address& address,
                                            const model::RecordedEstate& estate,
                                            const model::Directory& directory) {
  const auto account = directory.accounts.find(address.key);
  const auto user =
      directory.users.find(address.kind == model::ObjectKind::kUser ? address.key : address.member);
  const auto bot = directory.bots.find(address.key);
  switch (address.kind) {
    case model::ObjectKind::kAccount:
      if (account && find(estate, *account) != nullptr)
        return std::vector<state::Record>{state::DropAccount{*account}};
      break;
    case model::ObjectKind::kUser:
      if (user && find(estate, *user) != nullptr) return std::vector<state::Record>{state::DropUser{*user}};
      break;
    case model::ObjectKind::kBot:
      if (bot && find(estate, *bot) != nullptr) return std::vector<state::Record>{state::DropBot{*bot}};
      break;
    case model::ObjectKind::kGrant:
      if (account && user && find(estate, *account, *user) != nullptr)
        return std::vector<state::Record>{state::DropGrant{*account, *user}};
      break;
  }
  // `state show` has the words for what is not recorded, with what was probably meant.
  auto shown = report::state_show_text(estate, directory, address);
  if (!shown) return tl::unexpected(shown.error());
  return fail(fmt::format("{} is nothing that can be forgotten.", to_string(address)),
              "`rollcall state list` shows what is recorded.");
}

}  // namespace

int run_state_list(const Program& program, const StateListOptions& options) {
  Session session(program, options.format);
  if (!session.load_settings()) return kExitFailed;
  const auto recorded = existing_state(session, std::nullopt);
  if (!recorded) return session.fail_with(recorded.error());
  const model::RecordedEstate& estate = recorded->state.estate;
  program.console.result(
      session.json() ? report::state_list_json(estate, session.directory, options.grants, session.meta())
                     : report::state_list_text(estate, session.directory, options.grants));
  return kExitDone;
}

int run_state_show(const Program& program, const StateShowOptions& options) {
  Session session(program, options.format);
  if (!session.load_settings()) return kExitFailed;
  const auto address = model::parse_address(options.address);
  if (!address) return session.fail_with(address.error());
  const auto recorded = existing_state(session, std::nullopt);
  if (!recorded) return session.fail_with(recorded.error());
  const model::RecordedEstate& estate = recorded->state.estate;
  const auto shown = session.json()
                         ? report::state_show_json(estate, session.directory, *address, session.meta())
                         : report::state_show_text(estate, session.directory, *address);
  if (!shown) return session.fail_with(shown.error());
  program.console.result(*shown);
  return kExitDone;
}

int run_state_remove(const Program& program, const StateRemoveOptions& options) {
  Session session(program, Format::kText);
  if (!session.load_settings()) return kExitFailed;
  std::vector<model::Address> addresses;
  for (const std::string& text : options.addresses) {
    auto address = model::parse_address(text);
    if (!address) return session.fail_with(address.error());
    addresses.push_back(std::move(*address));
  }
  auto recorded = existing_state(session, "state rm");
  if (!recorded) return session.fail_with(recorded.error());
  model::RecordedEstate& estate = recorded->state.estate;
  std::vector<state::Record> facts;
  for (const model::Address& address : addresses) {
    // What nobody knows the end of may be all that there is of it.
    const std::size_t open = std::erase_if(recorded->state.unresolved, [&](const state::Intent& intent) {
      return state::address_of(intent, session.directory) == to_string(address);
    });
    auto forgotten = forget(address, estate, session.directory);
    if (!forgotten && open == 0) return session.fail_with(forgotten.error());
    if (forgotten) facts.insert(facts.end(), forgotten->begin(), forgotten->end());
  }
  estate = state::fold(std::move(estate), facts);
  if (const auto written = write_state(*recorded, session.directory); !written)
    return session.fail_with(written.error());
  for (const model::Address& address : addresses)
    program.console.result(fmt::format("Forgot {}. It is untouched on the server.\n", to_string(address)));
  return kExitDone;
}

}  // namespace rollcall::cli
