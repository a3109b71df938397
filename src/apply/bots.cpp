#include "apply/bots.hpp"

#include <fmt/format.h>

#include <variant>

#include "apply/changes.hpp"
#include "apply/session.hpp"

namespace rollcall::apply {
namespace {

using model::Field;
using plan::BotAction;
using plan::Verb;

/// Compared with the record only: the server answers the bot's name in its place.
constexpr bool is_shown(Field field) {
  return field != Field::kOutgoingUrl && field != Field::kAccount;
}

/// The server's id of the account that a setting names by its key; nothing where no account is wanted.
Expected<std::optional<model::ServerId>> account_id(const Session& session,
                                                    const model::SettingsPatch& wanted) {
  const std::string key = wanted.text(Field::kAccount);
  const auto id = session.ids.account_of(wanted, session.directory);
  if (id || key.empty()) return id;
  return fail(fmt::format("The bot's account {} has no id yet.", model::object_address<model::Account>(key)),
              "Apply the account first.");
}

model::SettingsPatch only_shown(const model::SettingsPatch& settings) {
  model::SettingsPatch shown;
  for (const model::Setting& setting : settings)
    if (is_shown(setting.name.field)) shown.set(setting.name, setting.value);
  return shown;
}

ActionOutcome send_bot(Worker& worker, model::ServerId id, const chatwoot::BotSettings& patch) {
  if (patch.empty()) return unchanged();
  // What cannot be read back may or may not have been taken.
  const bool url_unsure = patch.settings.find(Field::kOutgoingUrl) != nullptr;
  return send_or_look(
      [&] { return worker.client.update_bot(id, patch); }, [&] { return worker.client.get_bot(id); },
      [&](const model::LiveBot& now) {
        return Shown{chatwoot::not_shown(patch.settings, now.settings),
                     !url_unsure && (!patch.account_id || now.account_id == patch.account_id)};
      });
}

/// Update and bind: what of the wanted settings the server does not show, and what it cannot show but the
/// record does not hold.
ActionOutcome change(Session& session, Worker& worker, Verb verb, const BotAction& bot) {
  const bool nothing_to_send = verb == Verb::kUpdate && bot.settings.changes.empty();
  if (nothing_to_send) return done();
  const auto live = worker.client.get_bot(*bot.id);
  if (is_missing(live))
    return gone(fmt::format("bot {}", *bot.id),
                model::address_of(bot.moved_from.value_or(bot.ref), session.directory));
  if (!live) return finding_of(live.error());

  const model::RecordedBot* known = model::find(session.estate(), bot.moved_from.value_or(bot.ref));
  const model::SettingsPatch to_write = bot_settings_to_write(verb, bot, known);
  chatwoot::BotSettings patch;
  if (const model::Value* url = to_write.find(Field::kOutgoingUrl))
    patch.settings.set(Field::kOutgoingUrl, *url);
  std::vector<model::SettingChange> readable;
  if (verb == Verb::kBind)
    readable = model::differences_from_live(only_shown(to_write), live->settings);
  else
    for (const model::SettingChange& change : bot.settings.changes)
      if (is_shown(change.name.field)) readable.push_back(change);
  const auto changes = still_to_send(readable, live->settings);
  if (!changes) return failed(changes.error());
  for (const model::SettingChange& change : *changes) patch.settings.set(change.name, change.after);

  const auto account = account_id(session, bot.settings.wanted);
  if (!account) return failed(account.error());
  if (*account != std::nullopt && live->account_id != *account) patch.account_id = *account;
  ActionOutcome finding = send_bot(worker, *bot.id, patch);
  finding.learnt.id = *bot.id;
  return finding;
}

std::vector<model::ServerId> ids_of(const std::vector<model::LiveBot>& bots) {
  std::vector<model::ServerId> ids;
  for (const model::LiveBot& bot : bots) ids.push_back(bot.id);
  return ids;
}

/// The create may or may not have happened, and a look has not shown which bot it is.
ActionOutcome lost(const Session& session, const chatwoot::CallError& error,
                   const chatwoot::Result<BotSearch>& search) {
  Error told{fmt::format("It is unknown whether the bot was created: {}", error.message), {}};
  if (session.stopping() || !search) {
    told.hint = "Apply again: it looks for the bot first.";
  } else if (search->candidates.empty()) {
    told.hint = "Look for a bot of this name in the super-admin console and delete it, then run apply again.";
    if (!search->unseen.empty())
      told.hint += fmt::format(" It may be one of these ids: {}.", observe::ranges_of(search->unseen));
  } else {
    told = {fmt::format("It is unknown which of these bots this run created: ids {}. "
                        "The response was lost, and they have the same name, description and account.",
                        observe::ranges_of(ids_of(search->candidates))),
            "In the super-admin console, "
            "delete those that are not wanted (all of them if in doubt), then run apply again."};
  }
  if (!session.stopping()) return unknown_and_over(std::move(told));
  ActionOutcome finding = failed(std::move(told));
  finding.outcome = plan::Outcome::kUnknown;
  return finding;
}

ActionOutcome create(Session& session, Worker& worker, const plan::Action& action) {
  const auto& bot = std::get<BotAction>(action.object);
  chatwoot::BotSettings wanted{bot.settings.wanted, {}};
  const auto account = account_id(session, bot.settings.wanted);
  if (!account) return failed(account.error());
  wanted.account_id = *account;

  const auto one_at_a_time = session.create_bots_alone();
  if (session.stopping()) {
    ActionOutcome finding;
    finding.outcome = plan::Outcome::kNotStarted;
    return finding;
  }
  auto live = worker.client.create_bot(wanted);
  if (!live) {
    const chatwoot::CallError error = live.error();
    if (!error.unknown_outcome) return finding_of(error);
    auto search = BotFinder(session.ids, worker).find(wanted, session.ids.first_unknown<model::Bot>());
    if (!search || search->candidates.size() != 1) return lost(session, error, search);
    live = std::move(search->candidates.front());
  }
  if (const auto owner = session.ids.learn(bot.ref, live->id, true, session.directory))
    return unknown_and_over(
        {fmt::format("The server answered with agent bot {}, which is {} already.", live->id, *owner),
         "A proxy may be answering in place of the server. "
         "Look at both bots in the super-admin console before you apply again."});
  const state::ServerResult learnt{live->id, {}, model::Provenance::kCreated};
  const auto missing = chatwoot::not_shown(only_shown(wanted.settings), live->settings);
  if (missing.empty() && live->account_id == wanted.account_id) return done(learnt);

  plan::Action so_far = action;
  auto& settings = std::get<BotAction>(so_far.object).settings;
  for (const model::SettingChange& change : missing) settings.wanted.erase(change.name);
  if (live->account_id != wanted.account_id) settings.wanted.erase({Field::kAccount, {}});
  const auto recorded =
      session.record(state::changes_of(so_far, learnt, session.estate(), session.directory));
  if (!recorded) return unknown_and_over(recorded.error());
  if (!missing.empty()) return failed(not_taken(missing));
  return failed("The bot was created, but the server does not show the account that was asked for.",
                "Run apply again: it sends the account once more.");
}

/// Of a bot that is to be kept nothing is sent: the server deletes it with its account.
ActionOutcome gone_with_its_account(Session& session, Worker& worker, const model::RecordedBot& bot) {
  const auto live = worker.client.get_bot(bot.id);
  if (is_missing(live)) return unchanged();
  if (!live) return finding_of(live.error());
  if (live->account_id != session.ids.account_of(bot.settings, session.directory))
    return failed("The bot has been moved out of the account that was deleted, so it is still there.",
                  "Apply again: it is released then.");
  return gone_or_pending(session, [&] { return is_missing(worker.client.get_bot(bot.id)); });
}

ActionOutcome remove(Session& session, Worker& worker, const BotAction& bot) {
  const model::RecordedBot* known = model::find(session.estate(), bot.ref);
  if (known == nullptr)
    return failed("The record does not hold this bot, so it is not deleted.", "Plan again.");
  if (!is_deleted_itself(*known)) return gone_with_its_account(session, worker, *known);
  const auto deleted = worker.client.delete_bot(*bot.id);
  if (deleted) return done();
  // An account that was deleted takes its bots along.
  if (is_missing(deleted)) return unchanged();
  return finding_of(deleted.error());
}

}  // namespace

model::SettingsPatch bot_settings_to_write(Verb verb, const BotAction& bot,
                                           const model::RecordedBot* recorded) {
  if (verb == Verb::kCreate) return bot.settings.wanted;
  model::SettingsPatch settings;
  if (verb == Verb::kUpdate)
    for (const model::SettingChange& change : bot.settings.changes) settings.set(change.name, change.after);
  if (verb == Verb::kBind) {
    settings = only_shown(bot.settings.wanted);
    for (const model::SettingChange& change :
         model::differences(bot.settings.wanted, recorded ? recorded->settings : model::SettingsPatch()))
      if (change.name.field == Field::kOutgoingUrl) settings.set(change.name, change.after);
  }
  return settings;
}

bool is_deleted_itself(const model::RecordedBot& recorded) {
  return recorded.provenance == model::Provenance::kCreated && recorded.on_remove == model::OnRemove::kDelete;
}

chatwoot::Result<BotSearch> BotFinder::find(const chatwoot::BotSettings& wanted, model::ServerId first) {
  BotSearch search;
  const auto take = [&](const model::LiveBot& bot) {
    if (looks_like(bot, wanted) && !ids_.has<model::Bot>(bot.id)) search.candidates.push_back(bot);
    return false;
  };
  if (!listed_) listed_ = observe::ask_three_times([&] { return worker_.client.list_bots(); });
  if (*listed_) {
    for (const model::LiveBot& bot : **listed_) take(bot);
    return search;
  }
  const chatwoot::CallError& error = listed_->error();
  if (!observe::is_broken_listing(error)) return tl::unexpected(error);
  observe::Probed probed = observe::probe_ids(
      {first, ids_.first_unknown<model::Bot>() - 1},
      [&](model::ServerId id) { return ids_.has<model::Bot>(id); },
      by_id_.over([&](model::ServerId id) { return worker_.client.get_bot(id); }), take);
  if (probed.failure) return tl::unexpected(*probed.failure);
  search.unseen = std::move(probed.unseen);
  return search;
}

bool looks_like(const model::LiveBot& bot, const chatwoot::BotSettings& wanted) {
  const auto same = [&](Field field) {
    return model::live_value(bot.settings, {field, {}}) == model::live_value(wanted.settings, {field, {}});
  };
  return bot.account_id == wanted.account_id && same(Field::kName) && same(Field::kDescription);
}

ActionOutcome apply_object(const BotAction& bot, Session& session, Worker& worker, const plan::Action& action,
                           const std::string& /*nonce*/) {
  if (action.verb == Verb::kCreate) return create(session, worker, action);
  if (action.verb == Verb::kRelease) return done();
  if (!bot.id)
    return failed("The record holds no id for this bot.", "Run `rollcall refresh` and plan again.");
  if (action.verb == Verb::kDelete) return remove(session, worker, bot);
  return change(session, worker, action.verb, bot);
}

}  // namespace rollcall::apply
