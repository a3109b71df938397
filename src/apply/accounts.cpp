#include "apply/accounts.hpp"

#include <fmt/format.h>

#include <optional>
#include <variant>

#include "apply/account_creation.hpp"
#include "apply/changes.hpp"
#include "model/marker.hpp"

namespace rollcall::apply {
namespace {

using plan::AccountAction;
using plan::Verb;

const model::RecordedAccount* recorded(const Session& session, const AccountAction& account) {
  return model::find(session.estate(), account.moved_from.value_or(account.ref));
}

ActionOutcome unreadable(const chatwoot::CallError& error, const Session& session,
                         const AccountAction& account) {
  if (error.kind != chatwoot::ErrorKind::kNotFound) return finding_of(error);
  const model::RecordedAccount* known = recorded(session, account);
  if (known == nullptr)
    return failed(fmt::format("The server has no account {}.", *account.id),
                  "Correct `id` in the roster, or take it out to have the account created.");
  ActionOutcome finding =
      gone(fmt::format("account {}", *account.id),
           model::address_of(account.moved_from.value_or(account.ref), session.directory));
  finding.error.hint += " Where the roster gives it an `id`, take that out, too.";
  return finding;
}

/// The marker that a move has to write; nothing where there is none to write. An error where the account
/// carries another marker.
Expected<std::optional<std::string>> marker_to_write(const Session& session, const AccountAction& account,
                                                     const model::LiveAccount& live) {
  const model::RecordedAccount* known = recorded(session, account);
  if (!moves_marker(account, known)) return std::nullopt;
  std::string wanted = session.marker(session.directory.key(account.ref), known->nonce);
  if (live.marker == wanted) return std::nullopt;
  if (live.marker && !model::carries(live.marker, known->nonce))
    return fail(fmt::format("Account {} carries the marker {}, which is not the one that was recorded.",
                            live.id, *live.marker),
                "Another recorded state may manage it: find out which one before you move the account.");
  return wanted;
}

ActionOutcome update(Session& session, Worker& worker, const AccountAction& account) {
  const model::RecordedAccount* known = recorded(session, account);
  if (account.settings.changes.empty() && !moves_marker(account, known)) return done();
  const auto live = worker.client.get_account(*account.id);
  if (!live) return unreadable(live.error(), session, account);
  const auto changes = still_to_send(account.settings.changes, live->settings);
  if (!changes) return failed(changes.error());
  const auto marker = marker_to_write(session, account, *live);
  if (!marker) return failed(marker.error());
  return send_account(worker, *live, *changes, *marker);
}

ActionOutcome bind(Session& session, Worker& worker, const plan::Action& action) {
  const auto& account = std::get<AccountAction>(action.object);
  const auto live = worker.client.get_account(*account.id);
  if (!live && live.error().kind == chatwoot::ErrorKind::kNotPermitted)
    return failed(fmt::format("This token may not manage account {}.", *account.id),
                  "A token sees only what its own platform app created: "
                  "give the app access to the account in the super-admin console, "
                  "or take its id out of the roster.");
  if (!live) return unreadable(live.error(), session, account);
  const auto changes = model::differences_from_live(settings_to_write(action), live->settings);
  const auto marker = marker_to_write(session, account, *live);
  if (!marker) return failed(marker.error());
  ActionOutcome finding = send_account(worker, *live, changes, *marker);
  finding.learnt.id = *account.id;
  finding.learnt.provenance = account.provenance;
  finding.to_be_checked = is_success(finding.outcome) && action.reason == plan::ReasonCode::kCameBack;
  return finding;
}

ActionOutcome suspend(Session& session, Worker& worker, const plan::Action& action) {
  const auto& account = std::get<AccountAction>(action.object);
  const auto live = worker.client.get_account(*account.id);
  if (!live) return unreadable(live.error(), session, account);
  return send_account(worker, *live, model::differences_from_live(settings_to_write(action), live->settings),
                      std::nullopt);
}

/// A bot that stays is not deleted with its account, wherever the record has it: what keeps the account, if
/// anything does.
std::optional<ActionOutcome> kept_by_a_bot(const Session& session, Worker& worker, model::ServerId account) {
  for (const plan::StayingBot& bot : session.plan.staying_bots) {
    const auto live = worker.client.get_bot(bot.id);
    if (is_missing(live)) continue;
    if (!live) return finding_of(live.error());
    if (live->account_id == account)
      return failed(fmt::format("{} is in this account, and the server would delete it, too.",
                                model::address_of(bot.ref, session.directory)),
                    "Name another `account` for the bot, "
                    "or take it out of the roster, too, and it is deleted with the account.");
  }
  return std::nullopt;
}

ActionOutcome remove(Session& session, Worker& worker, const AccountAction& account) {
  const model::RecordedAccount* known = recorded(session, account);
  if (known == nullptr || known->provenance != model::Provenance::kCreated)
    return failed("Rollcall did not create this account, so it does not delete it.",
                  "Set on_remove to retain or suspend, or delete the account in the super-admin console.");
  const auto live = worker.client.get_account(*account.id);
  if (is_missing(live)) return unchanged();
  if (!live) return finding_of(live.error());
  if (!model::carries(live->marker, known->nonce))
    return failed(
        fmt::format("Account {} does not carry the marker that Rollcall gave it, so it is not deleted.",
                    *account.id),
        "Look at the account in the super-admin console. "
        "If it is to go, delete it there, then run `rollcall state rm`.");
  if (auto kept = kept_by_a_bot(session, worker, *account.id)) return std::move(*kept);
  const auto deleted = worker.client.delete_account(*account.id);
  if (!deleted && !is_missing(deleted)) return finding_of(deleted.error());
  return gone_or_pending(session, [&] { return is_missing(worker.client.get_account(*account.id)); });
}

}  // namespace

bool moves_marker(const AccountAction& account, const model::RecordedAccount* recorded) {
  return account.moved_from && recorded != nullptr && !recorded->nonce.empty();
}

ActionOutcome send_account(Worker& worker, const model::LiveAccount& live,
                           const std::vector<model::SettingChange>& changes,
                           const std::optional<std::string>& marker) {
  if (changes.empty() && !marker) return unchanged();
  const auto patch = chatwoot::account_patch(live, changes, marker);
  return send_or_look([&] { return worker.client.update_account(live.id, patch); },
                      [&] { return worker.client.get_account(live.id); },
                      [&](const model::LiveAccount& now) {
                        return Shown{not_made(changes, now.settings), !marker || now.marker == marker};
                      });
}

ActionOutcome apply_object(const AccountAction& account, Session& session, Worker& worker,
                           const plan::Action& action, const std::string& nonce) {
  if (action.verb == Verb::kCreate) return create_account(session, worker, action, nonce);
  if (action.verb == Verb::kRelease) return done();
  if (!account.id)
    return failed("The record holds no id for this account.", "Run `rollcall refresh` and plan again.");
  switch (action.verb) {
    case Verb::kUpdate:
      return update(session, worker, account);
    case Verb::kBind:
      return bind(session, worker, action);
    case Verb::kSuspend:
      return suspend(session, worker, action);
    default: {
      ActionOutcome finding = remove(session, worker, account);
      if (is_success(finding.outcome)) session.deleted(*account.id);
      return finding;
    }
  }
}

}  // namespace rollcall::apply
