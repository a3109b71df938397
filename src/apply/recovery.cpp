#include "apply/recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "apply/account_search.hpp"
#include "apply/bots.hpp"
#include "apply/changes.hpp"
#include "apply/members_recovery.hpp"
#include "apply/recovery_log.hpp"
#include "model/marker.hpp"
#include "observe/probe.hpp"

namespace rollcall::apply {
namespace {

using chatwoot::ErrorKind;
using state::Intent;

/// The recorded settings with those of the wanted ones that the server shows by now.
model::SettingsPatch with_shown(model::SettingsPatch recorded, const model::SettingsPatch& wanted,
                                const model::SettingsPatch& live) {
  for (const model::Setting& setting : shown_of(wanted, live)) recorded.set(setting.name, setting.value);
  return recorded;
}

/// The key that a moved object had so far, or the one that it has.
template <class Kind>
typename Kind::Ref recorded_ref(const Intent& intent, const model::Recorded<Kind>& object) {
  for (const state::StateChange& fact : intent.facts)
    if (const auto* move = std::get_if<state::Move<Kind>>(&fact)) return move->from;
  return object.ref;
}

class Recoverer {
 public:
  Recoverer(const state::State& state, const model::Directory& directory,
            const http::MakeTransport& make_transport)
      : state_(state),
        directory_(directory),
        worker_(make_transport()),
        ids_(plan::Plan(), state.estate),
        accounts_(ids_, worker_),
        bots_(ids_, worker_),
        log_(directory) {}

  Expected<Recovery> run() {
    // A bot may have been created in an account that was about to come back under another key.
    for (const Intent& intent : state_.unresolved)
      if (const auto* put = std::get_if<state::PutAccount>(&state::subject_of(intent));
          put != nullptr && put->object.id != 0)
        ids_.bound(put->object.ref, put->object.id);
    // Accounts come first: what hangs on one that turns up needs its id.
    for (const Intent& intent : state_.unresolved)
      if (std::holds_alternative<state::PutAccount>(state::subject_of(intent)) &&
          intent.verb == plan::Verb::kCreate)
        if (auto done = created_account(intent); !done) return tl::unexpected<Error>(done.error());
    for (const Intent& intent : state_.unresolved)
      if (auto done = std::visit(Dispatch{*this, intent}, state::subject_of(intent)); !done)
        return tl::unexpected<Error>(done.error());
    for (const Intent* intent : unseen_)
      if (!is_found(*intent)) log_.stays_open(*intent);
    if (auto looked = members_.look(state::fold(state_.estate, log_.facts()), directory_, worker_, log_);
        !looked)
      return tl::unexpected<Error>(looked.error());
    return std::move(log_).take();
  }

 private:
  struct Dispatch {
    Recoverer& self;
    const Intent& intent;

    // Creations of accounts are looked for before the rest.
    Expected<void> operator()(const state::PutAccount& put) const {
      return creates() ? Expected<void>() : self.changed(intent, put.object);
    }
    template <class Kind>
    Expected<void> operator()(const state::Put<Kind>& put) const {
      return creates() ? self.created(intent, put.object) : self.changed(intent, put.object);
    }
    template <class Kind>
    Expected<void> operator()(const state::Drop<Kind>& drop) const {
      return self.deleted(intent, drop.ref);
    }
    Expected<void> operator()(const state::PutGrant& put) const {
      self.members_.add(put.grant.account, intent);
      return {};
    }
    Expected<void> operator()(const state::DropGrant& drop) const {
      self.members_.add(drop.account, intent);
      return {};
    }
    // Nothing else is ever begun.
    template <class Other>
    Expected<void> operator()(const Other&) const {
      return {};
    }

   private:
    [[nodiscard]] bool creates() const { return intent.verb == plan::Verb::kCreate; }
  };

  [[nodiscard]] std::string marker_of(model::AccountRef account, const std::string& nonce) const {
    return to_string(model::Marker{state_.lineage, directory_.key(account), nonce});
  }

  Expected<void> created_account(const Intent& intent) {
    model::RecordedAccount account = std::get<state::PutAccount>(state::subject_of(intent)).object;
    const model::RecordedAccount* recorded = model::find(state_.estate, account.ref);
    if (recorded != nullptr && recorded->nonce == intent.nonce) return {};
    const std::string marker = marker_of(account.ref, intent.nonce);
    const AccountSearch search =
        accounts_.find(marker, intent.first_id != 0 ? intent.first_id : ids_.first_unknown<model::Account>());
    if (search.failure) return tl::unexpected<Error>(chatwoot::to_error(*search.failure));
    const auto known = ids_.find(account.ref);
    if (!search.found) {
      log_.not_seen(intent, fmt::format("an account with the custom attribute rollcall = {}", marker),
                    search.unseen);
      unseen_.push_back(&intent);
      return {};
    }
    account.id = search.found->id;
    if (known == account.id) return {};
    if (known)
      return fail(fmt::format("The server shows account {} as one that an interrupted run created for {}, "
                              "which is account {} already.",
                              account.id, state::address_of(intent, directory_), *known),
                  fmt::format("Look at both in the super-admin console and delete account {}, "
                              "then apply again.",
                              account.id));
    account.settings = shown_of(account.settings, search.found->settings);
    if (const auto owner = ids_.learn(account.ref, account.id, true, directory_))
      return fail(
          fmt::format("The server shows account {} as the one that an interrupted run created for {}, "
                      "but it is {} already.",
                      account.id, state::address_of(intent, directory_), *owner),
          "A proxy may be answering in place of the server. "
          "Look at the account in the super-admin console before you apply again.");
    log_.note(intent, fmt::format("was created (id {}).", account.id));
    log_.fact(state::PutAccount{std::move(account)});
    return {};
  }

  Expected<void> changed(const Intent& intent, const model::RecordedAccount& wanted) {
    const model::AccountRef ref = recorded_ref(intent, wanted);
    const model::RecordedAccount* known = model::find(state_.estate, ref);
    // An account that was to be bound is compared with the server before anything is sent anyway.
    if (known == nullptr) return {};
    // The move of an account that carries no marker is not sent to the server, so nobody can see it there.
    if (ref != wanted.ref && known->nonce.empty() && known->settings == wanted.settings) {
      log_.not_done(intent);
      return {};
    }
    const auto live = worker_.client.get_account(known->id);
    if (!live) return log_.unreadable(intent, live.error());
    const bool suspended = live->settings.text(model::Field::kStatus) == "suspended";
    const bool lifted = !known->suspended_by_removal || !suspended ||
                        wanted.settings.text(model::Field::kStatus) == "suspended";
    const bool marked =
        ref == wanted.ref || known->nonce.empty() || live->marker == marker_of(wanted.ref, known->nonce);
    if (intent.verb == plan::Verb::kSuspend
            ? suspended
            : marked && lifted && shown_of(wanted.settings, live->settings) == wanted.settings) {
      // Who has access by now belongs to the record of one that has come back.
      if (known->released && !wanted.released) {
        auto members = worker_.client.list_members(known->id);
        if (!members) return log_.unreadable(intent, members.error());
        members_.add(wanted.ref, std::move(*members));
      }
      log_.done(intent);
      return {};
    }
    model::RecordedAccount seen = *known;
    seen.settings = with_shown(seen.settings, wanted.settings, live->settings);
    const bool unchanged = seen == *known;
    take_seen(intent, unchanged, state::PutAccount{std::move(seen)});
    return {};
  }

  /// What was done in part is recorded in part.
  void take_seen(const Intent& intent, bool unchanged, state::StateChange record) {
    if (unchanged) {
      log_.not_done(intent);
      return;
    }
    log_.fact(std::move(record));
    log_.note(intent, fmt::format("({}) was done in part.", plan::to_string(intent.verb)));
  }

  Expected<void> created(const Intent& intent, const model::RecordedUser& user) {
    // An address has one user: whoever is recorded under it is the one.
    if (model::find(state_.estate, user.ref) != nullptr) return {};
    log_.stays_open(intent);
    log_.note(intent, fmt::format("may have been created. The next apply "
                                  "that creates this user asks again, and no user is created twice; "
                                  "`rollcall state rm {}` forgets the attempt.",
                                  state::address_of(intent, directory_)));
    return {};
  }

  Expected<void> changed(const Intent& intent, const model::RecordedUser& wanted) {
    const model::UserRef ref = recorded_ref(intent, wanted);
    const model::RecordedUser* known = model::find(state_.estate, ref);
    if (known == nullptr) return {};
    const auto live = worker_.client.get_user(known->id);
    if (!live) return log_.unreadable(intent, live.error());
    if (live->email == directory_.key(wanted.ref) &&
        shown_of(wanted.settings, live->settings) == wanted.settings) {
      log_.done(intent);
      return {};
    }
    model::RecordedUser seen = *known;
    seen.settings = with_shown(seen.settings, wanted.settings, live->settings);
    const bool unchanged = seen == *known;
    take_seen(intent, unchanged, state::PutUser{std::move(seen)});
    return {};
  }

  Expected<void> created(const Intent& intent, model::RecordedBot bot) {
    if (model::find(state_.estate, bot.ref) != nullptr) return {};
    const chatwoot::BotSettings wanted{bot.settings, ids_.account_of(bot.settings, directory_)};
    // Without its account it was never sent.
    if (!wanted.account_id && !bot.settings.text(model::Field::kAccount).empty()) return {};
    const auto search =
        bots_.find(wanted, intent.first_id != 0 ? intent.first_id : ids_.first_unknown<model::Bot>());
    if (!search) return tl::unexpected<Error>(chatwoot::to_error(search.error()));
    const auto& candidates = search->candidates;
    if (candidates.empty()) {
      log_.not_seen(
          intent, fmt::format("a bot of the name {}", model::to_text(bot.settings.text(model::Field::kName))),
          search->unseen);
      unseen_.push_back(&intent);
      return {};
    }
    if (candidates.size() > 1) {
      std::vector<model::ServerId> ids;
      for (const model::LiveBot& candidate : candidates) ids.push_back(candidate.id);
      return fail(fmt::format("An interrupted run may have created {}, and it is unknown "
                              "which of the bots {} it is: they have the same name, description and account.",
                              state::address_of(intent, directory_), observe::ranges_of(ids)),
                  "In the super-admin console, "
                  "delete those that are not wanted (all of them if in doubt), then run apply again.");
    }
    bot.id = candidates.front().id;
    // It cannot be read back, and the bot may be one that another action of that run created: without a
    // record the next plan sends it again.
    bot.settings.erase({model::Field::kOutgoingUrl, {}});
    ids_.learn(bot.ref, bot.id, false, directory_);
    found_bots_.insert(bot.ref);
    log_.note(intent, fmt::format("was created (id {}).", bot.id));
    log_.fact(state::PutBot{std::move(bot)});
    return {};
  }

  /// Whether another attempt has made what this one was to create.
  [[nodiscard]] bool is_found(const Intent& intent) const {
    const state::StateChange& subject = state::subject_of(intent);
    if (const auto* account = std::get_if<state::PutAccount>(&subject))
      return ids_.find(account->object.ref).has_value();
    return found_bots_.contains(std::get<state::PutBot>(subject).object.ref);
  }

  Expected<void> changed(const Intent& intent, const model::RecordedBot& wanted) {
    const model::BotRef ref = recorded_ref(intent, wanted);
    const model::RecordedBot* known = model::find(state_.estate, ref);
    if (known == nullptr) return {};
    const auto live = worker_.client.get_bot(known->id);
    if (!live) return log_.unreadable(intent, live.error());
    model::RecordedBot seen = *known;
    seen.settings = with_shown(seen.settings, wanted.settings, live->settings);
    // The server names the account by its id.
    if (const auto id = ids_.account_of(wanted.settings, directory_); id && live->account_id == id)
      seen.settings.set(model::Field::kAccount, wanted.settings.text(model::Field::kAccount));
    // It cannot be read back: without a record the next plan sends it again.
    const auto* url = wanted.settings.find(model::Field::kOutgoingUrl);
    const auto* recorded_url = known->settings.find(model::Field::kOutgoingUrl);
    if (url != nullptr && (recorded_url == nullptr || !(*url == *recorded_url)))
      seen.settings.erase({model::Field::kOutgoingUrl, {}});
    const bool all_shown =
        std::all_of(wanted.settings.begin(), wanted.settings.end(), [&](const model::Setting& setting) {
          const model::Value* value = seen.settings.find(setting.name);
          return value != nullptr && *value == setting.value;
        });
    if (intent.verb == plan::Verb::kUpdate && ref == wanted.ref && all_shown) {
      log_.done(intent);
      return {};
    }
    const bool unchanged = seen == *known;
    take_seen(intent, unchanged, state::PutBot{std::move(seen)});
    return {};
  }

  /// A deletion that the server shows to be done. One that it does not is planned once more.
  Expected<void> deleted(const Intent& intent, model::AccountRef account) {
    const auto* known = model::find(state_.estate, account);
    if (known == nullptr) return {};
    const auto live = worker_.client.get_account(known->id);
    if (live) return kept(intent);
    if (!chatwoot::is_missing(live)) return log_.unreadable(intent, live.error());
    // The server deletes an account's bots with it, a moment later.
    std::vector<model::BotRef> bots;
    for (const model::RecordedBot& bot : state_.estate.bots) {
      if (bot.missing_since || model::account_of(bot.settings, directory_) != account) continue;
      const auto found = worker_.client.get_bot(bot.id);
      if (found && found->account_id == known->id) {
        log_.note(intent, fmt::format("(delete) is not finished: {} is still there.",
                                      model::address_of(bot.ref, directory_)));
        log_.stays_open(intent);
        return {};
      }
      if (chatwoot::is_missing(found))
        bots.push_back(bot.ref);
      else if (!found && found.error().kind != ErrorKind::kNotPermitted)
        return log_.unreadable(intent, found.error());
    }
    log_.done(intent);
    for (const model::BotRef bot : bots) {
      log_.note(intent, fmt::format("took {} with it.", model::address_of(bot, directory_)));
      log_.fact(state::DropBot{bot});
    }
    return {};
  }
  Expected<void> deleted(const Intent& intent, model::UserRef user) {
    const auto* known = model::find(state_.estate, user);
    if (known == nullptr) return {};
    const auto live = worker_.client.get_user(known->id);
    return live ? kept(intent) : gone(intent, live.error());
  }
  Expected<void> deleted(const Intent& intent, model::BotRef bot) {
    const auto* known = model::find(state_.estate, bot);
    if (known == nullptr) return {};
    const auto live = worker_.client.get_bot(known->id);
    return live ? kept(intent) : gone(intent, live.error());
  }
  Expected<void> kept(const Intent& intent) {
    if (intent.accepted) {
      log_.note(intent, "(delete) was accepted by the server, and waits for its background jobs.");
      log_.stays_open(intent);
    } else {
      // The server answers for what its jobs are about to delete as for anything else.
      log_.note(intent,
                "(delete) was not done: it is still there. If its request has arrived all the same, "
                "the server's background jobs will still delete it.");
    }
    return {};
  }
  Expected<void> gone(const Intent& intent, const chatwoot::CallError& error) {
    if (error.kind != ErrorKind::kNotFound) return log_.unreadable(intent, error);
    log_.done(intent);
    return {};
  }

  const state::State& state_;
  const model::Directory& directory_;
  Worker worker_;
  KnownIds ids_;
  AccountFinder accounts_;
  BotFinder bots_;
  std::set<model::BotRef> found_bots_;
  MembersRecovery members_;
  /// Creates that the server does not show.
  std::vector<const Intent*> unseen_;
  RecoveryLog log_;
};

}  // namespace

Expected<Recovery> recover(const state::State& state, const model::Directory& directory,
                           const http::MakeTransport& make_transport) {
  return Recoverer(state, directory, make_transport).run();
}

}  // namespace rollcall::apply
