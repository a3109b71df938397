#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "support/estates.hpp"

namespace rollcall::test {

/// Small estates in which everything that a plan knows happens often. The same seed gives the same estates;
/// `order` only changes the order in which the directory learns its keys.
class RandomEstates {
 public:
  explicit RandomEstates(std::uint32_t seed, std::uint32_t order = 0) : random_(seed) {
    std::vector<std::string> keys = kAccounts, names = kUsers, bots = kBots;
    names.insert(names.end(), kGuests.begin(), kGuests.end());
    std::mt19937 shuffled(order);
    for (auto* texts : {&keys, &names, &bots}) std::shuffle(texts->begin(), texts->end(), shuffled);
    for (const std::string& key : keys) estates_.account(key);
    for (const std::string& name : names) estates_.user(name);
    for (const std::string& key : bots) estates_.bot(key);
    estates_.options.allow_deletes = true;
  }

  /// A record that nobody needs to have reached by plans: released, missing, unlisted and all.
  void record_something() {
    for (const std::string& key : kAccounts) {
      if (!one_in(2)) continue;
      model::RecordedAccount& has = estates_.has_account(key);
      settle(has);
      has.suspended_by_removal = has.released && one_in(2);
      for (std::size_t i = 0; i < kGuests.size(); ++i)
        if (one_in(3))
          has.unlisted.push_back({static_cast<model::ServerId>(9000 + i), some_role_or_none(),
                                  one_in(4) ? std::nullopt : std::optional(Estates::email(kGuests[i]))});
      account_settings(has.settings);
    }
    for (const std::string& name : kUsers)
      if (one_in(2)) settle(estates_.has_user(name));
    drop_doubles();
    for (const std::string& key : kBots)
      if (one_in(2)) settle(estates_.has_bot(key, pick(kAccounts)));
    for (const auto& account : std::vector(estates_.recorded.accounts))
      for (const auto& user : std::vector(estates_.recorded.users))
        if (one_in(2)) estates_.recorded.grants.push_back({account.ref, user.ref, some_role()});
  }

  /// Replaces what the roster says. `id` is one that no record has.
  void want_something(model::ServerId id) {
    estates_.desired = {};
    for (const std::string& key : kAccounts) {
      if (!one_in(2)) continue;
      model::DesiredAccount& wanted = estates_.want_account(key);
      if (one_in(2)) wanted.unlisted_members = model::UnlistedMembers::kRevoke;
      wanted.on_remove = some_on_remove(true);
      account_settings(wanted.settings);
    }
    for (const std::string& name : kUsers) {
      if (!one_in(2)) continue;
      model::DesiredUser& wanted = estates_.want_user(name);
      wanted.on_remove = some_on_remove(false);
      wanted.adopt = one_in(3);
    }
    if (!estates_.desired.accounts.empty())
      for (const std::string& key : kBots)
        if (one_in(2)) estates_.want_bot(key, estates_.directory.key(pick(estates_.desired.accounts).ref));
    for (const auto& account : std::vector(estates_.desired.accounts))
      for (const auto& user : std::vector(estates_.desired.users)) {
        const std::string& key = estates_.directory.key(account.ref);
        const std::string& email = estates_.directory.key(user.ref);
        const std::string name = email.substr(0, email.find('@'));
        if (one_in(2))
          estates_.want_grant(key, name, some_role());
        else if (one_in(4))
          estates_.expire(key, name, some_role());
      }
    bind_something(id);
    move_something();
    estates_.sort();
  }

  Estates& estates() { return estates_; }
  std::uint32_t below(std::size_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

 private:
  /// No server has two users of one address: a guest who is recorded as a user is none under another id.
  void drop_doubles() {
    const auto is_recorded = [&](model::ServerId id) {
      const auto guest =
          estates_.directory.users.find(Estates::email(kGuests[static_cast<std::size_t>(id - 9000)]));
      return guest && std::any_of(estates_.recorded.users.begin(), estates_.recorded.users.end(),
                                  [&](const auto& user) { return user.ref == *guest; });
    };
    for (model::RecordedAccount& account : estates_.recorded.accounts)
      std::erase_if(account.unlisted, [&](const auto& member) { return is_recorded(member.user_id); });
  }

  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }
  model::Role some_role() { return one_in(3) ? model::Role::kAdministrator : model::Role::kAgent; }
  std::optional<model::Role> some_role_or_none() {
    return one_in(4) ? std::nullopt : std::optional(some_role());
  }
  model::OnRemove some_on_remove(bool suspends) {
    const std::uint32_t n = below(3);
    return n == 0               ? model::OnRemove::kRetain
           : n == 1 && suspends ? model::OnRemove::kSuspend
                                : model::OnRemove::kDelete;
  }
  template <class Recorded>
  void settle(Recorded& has) {
    has.released = one_in(4);
    if (!has.released && one_in(8)) has.missing_since = Time(std::chrono::hours(24));
    has.provenance = one_in(3) ? model::Provenance::kBound : model::Provenance::kCreated;
    has.on_remove = some_on_remove(false);
  }
  void account_settings(model::SettingsPatch& settings) {
    if (one_in(2)) settings.set(model::Field::kStatus, one_in(2) ? "active" : "suspended");
    if (one_in(2)) settings.set({model::Field::kFeatures, "macros"}, one_in(2));
    if (one_in(3))
      settings.set({model::Field::kLimits, "agents"}, one_in(2) ? model::Value() : model::Value(7));
  }
  void bind_something(model::ServerId id) {
    for (model::DesiredAccount& wanted : estates_.desired.accounts) {
      const bool recorded = std::any_of(estates_.recorded.accounts.begin(), estates_.recorded.accounts.end(),
                                        [&](const auto& has) { return has.ref == wanted.ref; });
      if (!recorded && one_in(4)) wanted.id = id++;
    }
  }
  /// From keys that only the record has to keys that only the roster has, each once, without an `id`.
  void move_something() {
    const auto free_keys = [&](const auto& all, const auto& ref_of, bool in_roster, bool in_record) {
      std::vector<std::string> out;
      for (const std::string& text : all)
        if (ref_of(text).first == in_roster && ref_of(text).second == in_record) out.push_back(text);
      return out;
    };
    const auto has = [](const auto& objects, auto ref, auto member) {
      return std::any_of(objects.begin(), objects.end(),
                         [&](const auto& object) { return object.*member == ref; });
    };
    const auto account = [&](const std::string& key) {
      const auto ref = estates_.account(key);
      return std::pair(has(estates_.desired.accounts, ref, &model::DesiredAccount::ref),
                       has(estates_.recorded.accounts, ref, &model::RecordedAccount::ref));
    };
    const auto user = [&](const std::string& name) {
      const auto ref = estates_.user(name);
      return std::pair(has(estates_.desired.users, ref, &model::DesiredUser::ref),
                       has(estates_.recorded.users, ref, &model::RecordedUser::ref));
    };
    const auto move = [&](model::ObjectKind kind, const auto& all, const auto& where) {
      const auto from = free_keys(all, where, false, true), to = free_keys(all, where, true, false);
      for (std::size_t i = 0; i < std::min(from.size(), to.size()); ++i)
        if (one_in(2)) estates_.move(kind, from[i], to[i]);
    };
    move(model::ObjectKind::kAccount, kAccounts, account);
    move(model::ObjectKind::kUser, kUsers, user);
    for (model::DesiredAccount& wanted : estates_.desired.accounts)
      for (const model::Move& moved : estates_.desired.moves)
        if (moved.to.key == estates_.directory.key(wanted.ref)) wanted.id.reset();
  }

  const std::vector<std::string> kAccounts = {"hq", "a", "a-b", "lab", "zoo"};
  const std::vector<std::string> kUsers = {"ana", "kim", "joe", "zoe", "bo", "al"};
  const std::vector<std::string> kBots = {"triage", "echo"};
  const std::vector<std::string> kGuests = {"guest", "temp", "kim"};
  Estates estates_;
  std::mt19937 random_;
};

}  // namespace rollcall::test
