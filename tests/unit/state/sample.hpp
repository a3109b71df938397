#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "state/state.hpp"

namespace rollcall::state::test {

inline Time time(const char* text) {
  return *parse_time(text);
}

/// One of each kind of record that an intent can hold, in the order of the file.
inline void add_unresolved(State& state, model::Directory& directory) {
  using namespace model;
  const AccountRef hq = directory.accounts.intern("hq");
  const AccountRef emea = directory.accounts.intern("support-emea");
  const UserRef ana = directory.users.intern("ana@example.com");
  RecordedAccount account;
  account.ref = directory.accounts.intern("desk");
  account.nonce = "0123abcd";
  account.settings.set(Field::kName, "Desk");
  state.unresolved.push_back({plan::Verb::kCreate, "0123abcd", {PutAccount{account}}, 43});
  state.unresolved.push_back(
      {plan::Verb::kRevoke,
       "",
       {DropGrant{hq, ana}, DropUnlisted{hq, 12}, PutUnlisted{emea, {{13, std::nullopt, std::nullopt}}}}});
  account.nonce.clear();
  account.id = 44;
  account.on_remove = OnRemove::kSuspend;
  account.provenance = Provenance::kBound;
  account.settings = {};
  account.suspended_by_removal = true;
  account.released = true;
  state.unresolved.push_back({plan::Verb::kSuspend, "", {PutAccount{account}}});
  state.unresolved.push_back({plan::Verb::kDelete, "", {DropAccount{account.ref}}, 0, true});
  RecordedUser user;
  user.ref = directory.users.intern("new@example.com");
  user.id = 9;
  user.provenance = Provenance::kAdopted;
  user.settings.set(Field::kName, "Kim");
  state.unresolved.push_back(
      {plan::Verb::kUpdate,
       "",
       {MoveUser{{}, directory.users.intern("kim@example.com"), user.ref}, PutUser{user}}});
  RecordedBot bot;
  bot.ref = directory.bots.intern("triage");
  bot.id = 2;
  bot.on_remove = OnRemove::kDelete;
  bot.settings.set(Field::kDescription, Value());
  state.unresolved.push_back({plan::Verb::kUpdate, "", {PutBot{bot}, PutGrant{{hq, ana, Role::kAgent}}}});
  state.unresolved.push_back(
      {plan::Verb::kGrant, "", {PutGrant{{hq, user.ref, Role::kAdministrator}}}, 0, false, true});
}

/// A small state in which everything that a state can hold is there once. tests/unit/state/sample.state.json
/// is it.
inline State sample(model::Directory& directory) {
  using namespace model;
  State state{"6f1c1a52-3b0e-4a57-9d1b-0c2f6a7e8b90",
              7,
              "https://chat.example.com",
              "0123456789abcdef0123456789abcdef",
              {}};
  // Interned in another order than the file's, which must not matter.
  const UserRef kim = directory.users.intern("kim@example.com");
  const UserRef ana = directory.users.intern("ana@example.com");
  const UserRef old = directory.users.intern("old@example.com");
  const AccountRef hq = directory.accounts.intern("hq");
  const AccountRef emea = directory.accounts.intern("support-emea");
  const AccountRef closed = directory.accounts.intern("closed");
  const AccountRef bare = directory.accounts.intern("bare");

  RecordedAccount account;
  account.ref = hq;
  account.id = 3;
  account.provenance = Provenance::kBound;
  account.settings.set(Field::kName, "HQ \"north\"\n\\ Zürich");
  account.unlisted = {{11, Role::kAgent, "guest@example.com"}, {12, std::nullopt, std::nullopt}};
  state.estate.accounts.push_back(account);

  account = {};
  account.ref = emea;
  account.id = 42;
  account.nonce = "aaaabbbbccccddddaaaabbbbccccdddd";
  account.on_remove = OnRemove::kSuspend;
  account.missing_since = time("2026-05-06T07:08:09Z");
  account.settings.set(Field::kName, "Support EMEA");
  account.settings.set(Field::kLocale, "pt_BR");
  account.settings.set(Field::kDomain, Value());
  account.settings.set(Field::kSupportEmail, "help@emea.example.com");
  account.settings.set(Field::kStatus, "active");
  account.settings.set({Field::kFeatures, "macros"}, false);
  account.settings.set({Field::kFeatures, "help_center"}, true);
  account.settings.set({Field::kLimits, "agents"}, 50);
  account.settings.set({Field::kCustomAttributes, "region"}, "emea");
  account.settings.set({Field::kCustomAttributes, "gone"}, Value());
  account.settings.set(
      {Field::kCustomAttributes, "nested"},
      Value::Map{{"list", Value::List{1, 2.5, "x", Value::List{}}}, {"empty", Value::Map{}}});
  state.estate.accounts.push_back(account);

  account = {};
  account.ref = closed;
  account.id = 40;
  account.released = true;
  account.suspended_by_removal = true;
  account.settings.set(Field::kName, "Closed");
  state.estate.accounts.push_back(account);

  account = {};
  account.ref = bare;
  account.id = 44;
  state.estate.accounts.push_back(account);

  RecordedUser user;
  user.ref = kim;
  user.id = 9;
  user.provenance = Provenance::kAdopted;
  user.settings.set(Field::kName, "Kim");
  user.settings.set({Field::kCustomAttributes, "team"}, "emea");
  state.estate.users.push_back(user);
  user = {};
  user.ref = ana;
  user.id = 8;
  user.nonce = "0000111122223333";
  user.on_remove = OnRemove::kDelete;
  user.settings.set(Field::kName, "Ana Silva");
  user.settings.set(Field::kDisplayName, "Ana");
  state.estate.users.push_back(user);
  user = {};
  user.ref = old;
  user.id = 5;
  user.released = true;
  user.missing_since = time("2026-01-31T23:59:59Z");
  state.estate.users.push_back(user);

  RecordedBot bot;
  bot.ref = directory.bots.intern("triage");
  bot.id = 2;
  bot.on_remove = OnRemove::kDelete;
  bot.settings.set(Field::kName, "Triage");
  bot.settings.set(Field::kDescription, "First answers");
  bot.settings.set(Field::kOutgoingUrl, "https://bots.example.com/triage");
  bot.settings.set(Field::kAccount, "support-emea");
  state.estate.bots.push_back(bot);
  bot = {};
  bot.ref = directory.bots.intern("former");
  bot.id = 1;
  bot.provenance = Provenance::kBound;
  bot.released = true;
  state.estate.bots.push_back(bot);

  state.estate.grants = {{hq, ana, Role::kAdministrator},
                         {emea, kim, Role::kAgent},
                         {emea, ana, Role::kAdministrator},
                         {closed, kim, Role::kAgent},
                         {closed, old, Role::kAdministrator}};
  state.estate.accounts_seen_to = 57;
  // A bot carries no marker; of an attempt nobody knows the id; the same key may have been forgotten twice.
  const auto closed_once = Address{ObjectKind::kAccount, "closed", {}};
  state.estate.forgotten = {{closed_once, 21, "ccccdddd"},
                            {closed_once, 39, ""},
                            {{ObjectKind::kUser, "lost@example.com", {}}, 0, "eeeeffff"},
                            {{ObjectKind::kBot, "triage", {}}, 1, ""}};
  add_unresolved(state, directory);
  state.last_plan = AppliedPlan{std::string(64, 'd'), true};
  state.written_at = time("2026-05-06T07:08:10Z");
  state.applying = Applying{"fedcba9876543210fedcba9876543210",
                            std::string(64, 'd'),
                            "ana@runner-3 (apply, process 4711)",
                            time("2026-05-06T07:08:09Z"),
                            {state.unresolved.front()},
                            {closed_once, {ObjectKind::kUser, "kim@example.com", {}}},
                            12};
  return state;
}

inline std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string sample_path() {
  return ROLLCALL_SOURCE_DIR "/tests/unit/state/sample.state.json";
}

}  // namespace rollcall::state::test
