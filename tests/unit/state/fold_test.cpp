#include <fmt/format.h>

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "state/state_change.hpp"
#include "support/random_estates.hpp"
#include "support/slow.hpp"

namespace rollcall::state {
namespace {

using namespace model;
using plan::Verb;

constexpr AccountRef kHq{0}, kEmea{1}, kNew{2};
constexpr UserRef kAna{0}, kKim{1}, kJoe{2};

RecordedAccount account(AccountRef ref, ServerId id) {
  RecordedAccount out;
  out.ref = ref;
  out.id = id;
  return out;
}

RecordedUser user(UserRef ref, ServerId id) {
  RecordedUser out;
  out.ref = ref;
  out.id = id;
  return out;
}

RecordedEstate estate() {
  RecordedEstate out;
  out.accounts = {account(kHq, 10), account(kEmea, 11)};
  out.users = {user(kAna, 20), user(kKim, 21)};
  out.grants = {{kHq, kAna, Role::kAdministrator}, {kHq, kKim, Role::kAgent}, {kEmea, kKim, Role::kAgent}};
  return out;
}

Directory directory() {
  Directory out;
  for (const char* key : {"hq", "emea", "new"}) out.accounts.intern(key);
  for (const char* email : {"ana@example.com", "kim@example.com", "joe@example.com"}) out.users.intern(email);
  out.bots.intern("triage");
  return out;
}

template <class Object>
plan::Action action(Verb verb, Object object) {
  plan::Action out;
  out.verb = verb;
  out.object = std::move(object);
  return out;
}

RecordedEstate after(const RecordedEstate& before, const plan::Action& done,
                     const ServerResult& learnt = {}) {
  return fold(before, changes_of(done, learnt, before, directory()));
}

TEST_CASE("no records change nothing") {
  CHECK(fold(estate(), {}) == estate());
}

TEST_CASE("how far the accounts have been seen only grows, and what is forgotten stays") {
  RecordedEstate before = estate();
  before.accounts_seen_to = 40;
  forget(before, {{ObjectKind::kAccount, "closed", {}}, 7, "n7"});
  const RecordedEstate after = fold(before, {PutAccountsSeenTo{57}, PutAccountsSeenTo{50}, DropAccount{kHq}});
  CHECK(after.accounts_seen_to == 57);
  CHECK(after.forgotten == before.forgotten);
  CHECK(is_forgotten(after, ObjectKind::kAccount, 7, "another"));
  CHECK(is_forgotten(after, ObjectKind::kAccount, 8, "n7"));
  CHECK_FALSE(is_forgotten(after, ObjectKind::kAccount, 8, ""));
  CHECK_FALSE(is_forgotten(after, ObjectKind::kUser, 7, "n7"));
}

TEST_CASE("the last word about a pair counts") {
  const auto out = fold(
      estate(), {PutGrant{{kEmea, kAna, Role::kAgent}}, PutGrant{{kEmea, kAna, Role::kAdministrator}},
                 DropGrant{kHq, kKim}, PutGrant{{kHq, kKim, Role::kAdministrator}}, DropGrant{kEmea, kKim}});
  CHECK(out.grants == std::vector<Grant>{{kHq, kAna, Role::kAdministrator},
                                         {kHq, kKim, Role::kAdministrator},
                                         {kEmea, kAna, Role::kAdministrator}});
}

TEST_CASE("dropping an account or a user drops the grants there were, not later ones") {
  const auto out = fold(estate(), {DropAccount{kHq}, DropUser{kKim}, PutAccount{account(kHq, 12)},
                                   PutGrant{{kHq, kAna, Role::kAgent}}});
  CHECK(out.grants == std::vector<Grant>{{kHq, kAna, Role::kAgent}});
  CHECK(find(out, kHq)->id == 12);
  CHECK(find(out, kKim) == nullptr);
}

TEST_CASE("a move takes the grants along and may be told twice") {
  const std::vector<StateChange> once = {MoveAccount{{}, kHq, kNew}, MoveUser{{}, kKim, kJoe},
                                         PutGrant{{kNew, kJoe, Role::kAdministrator}}};
  const auto out = fold(estate(), once);
  CHECK(find(out, kHq) == nullptr);
  CHECK(find(out, kNew)->id == 10);
  CHECK(find(out, kJoe)->id == 21);
  CHECK(out.grants == std::vector<Grant>{{kEmea, kJoe, Role::kAgent},
                                         {kNew, kAna, Role::kAdministrator},
                                         {kNew, kJoe, Role::kAdministrator}});
  CHECK(fold(out, once) == out);
}

TEST_CASE("chains of moves follow the order of the records") {
  const auto out = fold(estate(), {MoveAccount{{}, kEmea, kNew}, MoveAccount{{}, kHq, kEmea}});
  CHECK(find(out, kNew)->id == 11);
  CHECK(find(out, kEmea)->id == 10);
  CHECK(out.grants == std::vector<Grant>{{kEmea, kAna, Role::kAdministrator},
                                         {kEmea, kKim, Role::kAgent},
                                         {kNew, kKim, Role::kAgent}});
}

/// The fold as its contract reads, one record after the other on plain vectors.
RecordedEstate slow_fold(RecordedEstate out, const std::vector<StateChange>& records) {
  for (const StateChange& record : records) {
    if (const auto* put = std::get_if<PutGrant>(&record)) {
      std::erase_if(out.grants, [&](const Grant& g) {
        return g.account == put->grant.account && g.user == put->grant.user;
      });
      out.grants.push_back(put->grant);
    } else if (const auto* drop = std::get_if<DropGrant>(&record)) {
      std::erase_if(out.grants,
                    [&](const Grant& g) { return g.account == drop->account && g.user == drop->user; });
    } else if (const auto* account_put = std::get_if<PutAccount>(&record)) {
      std::erase_if(out.accounts, [&](const auto& a) { return a.ref == account_put->object.ref; });
      out.accounts.push_back(account_put->object);
    } else if (const auto* account_drop = std::get_if<DropAccount>(&record)) {
      std::erase_if(out.accounts, [&](const auto& a) { return a.ref == account_drop->ref; });
      std::erase_if(out.grants, [&](const Grant& g) { return g.account == account_drop->ref; });
    } else if (const auto* move = std::get_if<MoveAccount>(&record)) {
      const auto is = [](AccountRef ref) { return [ref](const auto& item) { return item.ref == ref; }; };
      if (move->from == move->to || std::none_of(out.accounts.begin(), out.accounts.end(), is(move->from)))
        continue;
      std::erase_if(out.accounts, is(move->to));
      std::erase_if(out.grants, [&](const Grant& g) { return g.account == move->to; });
      for (auto& a : out.accounts)
        if (a.ref == move->from) a.ref = move->to;
      for (auto& g : out.grants)
        if (g.account == move->from) g.account = move->to;
    }
  }
  std::sort(out.grants.begin(), out.grants.end());
  std::sort(out.accounts.begin(), out.accounts.end(),
            [](const auto& a, const auto& b) { return a.ref < b.ref; });
  return out;
}

TEST_CASE("random records fold as if applied one by one") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random); };
    const auto some_account = [&] { return AccountRef(std::uint32_t(below(4))); };
    const auto some_user = [&] { return UserRef(std::uint32_t(below(4))); };
    std::vector<StateChange> records;
    for (int i = below(40); i > 0; --i) switch (below(5)) {
        case 0:
          records.emplace_back(DropGrant{some_account(), some_user()});
          break;
        case 1:
          records.emplace_back(PutAccount{account(some_account(), 100 + i)});
          break;
        case 2:
          records.emplace_back(DropAccount{some_account()});
          break;
        case 3:
          records.emplace_back(MoveAccount{{}, some_account(), some_account()});
          break;
        default:
          records.emplace_back(PutGrant{{some_account(), some_user(), Role(std::uint8_t(below(2)))}});
      }
    REQUIRE(fold(estate(), records) == slow_fold(estate(), records));
  }
}

TEST_CASE("the differences of two estates fold the one into the other") {
  for (std::uint32_t seed = 0; seed < testing::rounds(200); ++seed) {
    CAPTURE(seed);
    rollcall::test::RandomEstates before_random(seed), now_random(seed + 1000);
    before_random.record_something();
    now_random.record_something();
    // A fold sorts.
    const RecordedEstate before = fold(before_random.estates().recorded, {PutAccountsSeenTo{0}});
    const RecordedEstate now = fold(now_random.estates().recorded, {PutAccountsSeenTo{seed % 2}});
    REQUIRE(fold(before, differences(before, now)) == now);
    REQUIRE(differences(now, now).empty());
  }
}

TEST_CASE("create, update and move of an account") {
  plan::AccountAction create;
  create.ref = kNew;
  create.settings.wanted.set(Field::kName, "New");
  create.settings.on_remove = OnRemove::kDelete;
  auto now = after(estate(), action(Verb::kCreate, create), {77, "nonce-7", Provenance::kCreated});
  const RecordedAccount made = *find(now, kNew);
  CHECK(made.id == 77);
  CHECK(made.nonce == "nonce-7");
  CHECK(made.on_remove == OnRemove::kDelete);
  CHECK(made.settings.text(Field::kName) == "New");

  plan::AccountAction move;
  move.ref = kNew;
  move.moved_from = kHq;
  move.id = 10;
  move.settings.wanted.set(Field::kName, "Moved");
  now = after(estate(), action(Verb::kUpdate, move));
  CHECK(find(now, kHq) == nullptr);
  CHECK(find(now, kNew)->id == 10);
  CHECK(find(now, kNew)->settings.text(Field::kName) == "Moved");
  CHECK(find(now, kNew, kAna)->role == Role::kAdministrator);
}

TEST_CASE("what is released or suspended keeps id, settings and grants, and comes back as it was made") {
  RecordedEstate before = estate();
  before.accounts[0].nonce = "n";
  before.accounts[0].settings.set(Field::kName, "HQ");
  plan::AccountAction gone;
  gone.ref = kHq;
  gone.id = 10;
  for (const Verb verb : {Verb::kRelease, Verb::kSuspend}) {
    const auto now = after(before, action(verb, gone));
    CHECK(find(now, kHq)->released);
    CHECK(find(now, kHq)->suspended_by_removal == (verb == Verb::kSuspend));
    CHECK(find(now, kHq)->settings.text(Field::kName) == "HQ");
    CHECK(now.grants == before.grants);

    gone.settings.wanted.set(Field::kName, "Back");
    const auto back = after(now, action(Verb::kBind, gone), {0, "", Provenance::kBound});
    CHECK_FALSE(find(back, kHq)->released);
    CHECK_FALSE(find(back, kHq)->suspended_by_removal);
    CHECK(find(back, kHq)->provenance == Provenance::kCreated);
    CHECK(find(back, kHq)->nonce == "n");
    CHECK(find(back, kHq)->settings.text(Field::kName) == "Back");
  }
}

TEST_CASE("what leaves the roster and is gone from the server is dropped from the record") {
  RecordedEstate before = estate();
  before.accounts[0].missing_since = Time{};
  plan::AccountAction gone;
  gone.ref = kHq;
  const auto now = after(before, action(Verb::kRelease, gone));
  CHECK(find(now, kHq) == nullptr);
  CHECK(model::grants_of(now, kHq).empty());
}

TEST_CASE("an account bound by its id is never taken for one that was created") {
  plan::AccountAction bind;
  bind.ref = kNew;
  bind.id = 99;
  const auto now = after(estate(), action(Verb::kBind, bind), {99, "", Provenance::kCreated});
  CHECK(find(now, kNew)->id == 99);
  CHECK(find(now, kNew)->provenance == Provenance::kBound);
}

TEST_CASE("an adopted user, an e-mail change and deletions") {
  plan::UserAction adopt;
  adopt.ref = kJoe;
  adopt.adopt = true;
  const auto adopted = after(estate(), action(Verb::kCreate, adopt), {31, "", Provenance::kAdopted});
  CHECK(find(adopted, kJoe)->provenance == Provenance::kAdopted);

  plan::UserAction change;
  change.ref = kJoe;
  change.moved_from = kKim;
  change.id = 21;
  const auto changed = after(estate(), action(Verb::kUpdate, change));
  CHECK(find(changed, kKim) == nullptr);
  CHECK(find(changed, kEmea, kJoe) != nullptr);

  plan::UserAction gone;
  gone.ref = kKim;
  const auto deleted = after(estate(), action(Verb::kDelete, gone));
  CHECK(find(deleted, kKim) == nullptr);
  CHECK(deleted.grants == std::vector<Grant>{{kHq, kAna, Role::kAdministrator}});

  plan::AccountAction closed;
  closed.ref = kHq;
  CHECK(after(estate(), action(Verb::kDelete, closed)).grants ==
        std::vector<Grant>{{kEmea, kKim, Role::kAgent}});
}

TEST_CASE("bots are recorded, released and dropped") {
  plan::BotAction bot;
  bot.ref = BotRef{0};
  bot.settings.wanted.set(Field::kName, "Triage");
  const auto made = after(estate(), action(Verb::kCreate, bot), {5, "", Provenance::kCreated});
  CHECK(find(made, BotRef{0})->id == 5);
  const auto released = after(made, action(Verb::kRelease, bot));
  CHECK(find(released, BotRef{0})->released);
  CHECK(find(released, BotRef{0})->settings.text(Field::kName) == "Triage");
  CHECK(after(made, action(Verb::kDelete, bot)).bots.empty());
}

TEST_CASE("the bots of an account that moves follow it, whatever is told of them in between") {
  RecordedEstate before = estate();
  for (const std::uint32_t index : {0U, 1U}) {
    RecordedBot bot;
    bot.ref = BotRef{index};
    bot.id = 5 + index;
    bot.settings.set(Field::kName, "Bot");
    bot.settings.set(Field::kAccount, directory().key(index == 0 ? kHq : kEmea));
    before.bots.push_back(bot);
  }
  plan::AccountAction move;
  move.ref = kNew;
  move.moved_from = kHq;
  move.id = 10;
  plan::BotAction renamed;
  renamed.ref = BotRef{0};
  renamed.id = 5;
  renamed.settings.wanted.set(Field::kName, "Renamed");
  renamed.settings.wanted.set(Field::kAccount, directory().key(kNew));
  std::vector<StateChange> records = changes_of(action(Verb::kUpdate, renamed), {}, before, directory());
  for (StateChange& record : changes_of(action(Verb::kUpdate, move), {}, before, directory()))
    records.push_back(std::move(record));
  const auto both = fold(before, records);
  CHECK(find(both, BotRef{0})->settings.text(Field::kName) == "Renamed");
  CHECK(find(both, BotRef{0})->settings.text(Field::kAccount) == directory().key(kNew));

  const auto now = after(before, action(Verb::kUpdate, move));
  CHECK(find(now, BotRef{0})->settings.text(Field::kAccount) == directory().key(kNew));
  CHECK(find(now, BotRef{1})->settings.text(Field::kAccount) == directory().key(kEmea));
}

TEST_CASE("grants, changed roles and revocations, of unlisted members too") {
  RecordedEstate before = estate();
  before.accounts[0].unlisted = {{30, Role::kAgent, "joe@example.com"}, {31, std::nullopt, std::nullopt}};
  plan::GrantAction grant;
  grant.account = kHq;
  grant.user = kJoe;
  grant.after = Role::kAdministrator;
  const auto granted = after(before, action(Verb::kGrant, grant));
  CHECK(find(granted, kHq, kJoe)->role == Role::kAdministrator);
  CHECK(find(granted, kHq)->unlisted == std::vector<UnlistedMember>{{31, std::nullopt, std::nullopt}});

  grant.after = Role::kAgent;
  CHECK(find(after(granted, action(Verb::kChangeRole, grant)), kHq, kJoe)->role == Role::kAgent);

  grant.after.reset();
  grant.unlisted = true;
  const auto revoked = after(before, action(Verb::kRevoke, grant));
  CHECK(revoked.grants == before.grants);
  CHECK(find(revoked, kHq)->unlisted.size() == 1);

  plan::GrantAction managed;
  managed.account = kHq;
  managed.user = kAna;
  CHECK(find(after(before, action(Verb::kRevoke, managed)), kHq, kAna) == nullptr);
}

TEST_CASE("two unlisted members revoked at once are both gone, whichever is told first") {
  RecordedEstate before = estate();
  before.accounts[0].unlisted = {{30, Role::kAgent, "joe@example.com"},
                                 {31, Role::kAgent, "ana@example.com"}};
  std::vector<StateChange> records;
  for (const UserRef user : {kJoe, kAna}) {
    plan::GrantAction revoke;
    revoke.account = kHq;
    revoke.user = user;
    for (StateChange& record : changes_of(action(Verb::kRevoke, revoke), {}, before, directory()))
      records.push_back(std::move(record));
  }
  CHECK(find(fold(before, records), kHq)->unlisted.empty());
}

TEST_CASE("100,000 records on 100,000 grants fold without a pause") {
  RecordedEstate before;
  std::vector<StateChange> records;
  for (std::uint32_t i = 0; i < 1000; ++i)
    for (std::uint32_t j = 0; j < 100; ++j) {
      before.grants.push_back({AccountRef{i}, UserRef{j}, Role::kAgent});
      records.emplace_back(PutGrant{{AccountRef{999 - i}, UserRef{j + 50}, Role::kAdministrator}});
    }
  const auto out = fold(std::move(before), records);
  CHECK(out.grants.size() == 150000);
  CHECK(std::is_sorted(out.grants.begin(), out.grants.end()));
}

}  // namespace
}  // namespace rollcall::state
