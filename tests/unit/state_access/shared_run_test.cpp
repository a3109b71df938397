#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "state_access/journal_recorder.hpp"
#include "unit/state_access/desk.hpp"

using namespace rollcall;
using state_access::JournalRecorder;
using state_access::RecordedState;
using testing::Desk;
using testing::kLineage;
using testing::kServer;

namespace {

/// A shared state in memory, and a machine with journals of its own.
struct Team : Desk {
  Team() { shared = true; }

  state::StateChange made(const std::string& key, model::ServerId id) {
    return state::PutAccount{account(key, id, "nonce-of-" + key)};
  }
  state::Intent creation(const std::string& key) {
    return {plan::Verb::kCreate, "nonce-of-" + key, {made(key, 0)}};
  }
  state::Intended change(plan::ActionIndex action, const std::string& key) {
    return {action, {plan::Verb::kUpdate, "", {made(key, 10 + action)}}};
  }
  static model::Address address(const std::string& key) { return {model::ObjectKind::kAccount, key, {}}; }
  std::function<apply::Announcement()> announcement(const std::vector<std::string>& keys) {
    apply::Announcement announcement;
    for (const std::string& key : keys) {
      announcement.creations.push_back(creation(key));
      announcement.touched.push_back(address(key));
    }
    return [announcement] { return announcement; };
  }
  /// The recorder of a run, without a thread for its checkpoints.
  std::unique_ptr<JournalRecorder> recorder(const std::string& run) {
    state::State state;
    state.lineage = kLineage;
    state.server = kServer;
    std::optional<std::string> version;
    std::string digest;
    if (store->stored()) {
      state = stored();
      version = store->stored()->version;
      digest = sha256(store->stored()->bytes);
    }
    const model::RecordedEstate estate = state.estate;
    return std::make_unique<JournalRecorder>(
        *store, *journals, std::move(state), estate, version, digest, run, directory,
        state_access::SharedRun{"root@runner-3 (apply, process 4711)", Time{}, std::chrono::milliseconds{0}},
        "00ff");
  }
  RecordedState open(bool writes = false) { return writes ? write() : read(); }
  std::vector<std::string> unresolved(const state::State& state) const {
    std::vector<std::string> addresses;
    for (const state::Intent& intent : state.unresolved)
      addresses.push_back(state::address_of(intent, directory) + " " + intent.nonce +
                          (intent.only_intended ? "only intended" : ""));
    std::sort(addresses.begin(), addresses.end());
    return addresses;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a shared state says what a run may do, from before its first action until its end") {
  Team team;
  const auto run = team.recorder("run-1");
  REQUIRE(run->start(team.announcement({"hq", "lab"})));
  CHECK_FALSE(team.store->stored());
  REQUIRE(run->begin(0, team.creation("hq")));
  const state::State during = team.stored();
  CHECK(during.serial == 1);
  REQUIRE(during.applying);
  CHECK(during.applying->run == "run-1");
  CHECK(during.applying->plan_digest == "00ff");
  CHECK(during.applying->holder == "root@runner-3 (apply, process 4711)");
  CHECK(during.applying->creations == std::vector<state::Intent>{team.creation("hq"), team.creation("lab")});
  CHECK(during.applying->touched == std::vector<model::Address>{team.address("hq"), team.address("lab")});
  CHECK(during.applying->records_folded == 0);
  CHECK(during.last_run.empty());
  CHECK(during.estate == model::RecordedEstate());

  REQUIRE(run->settle(0, {team.made("hq", 1)}));
  REQUIRE(run->begin(1, team.creation("lab")));
  REQUIRE(run->settle(1, {team.made("lab", 2)}));
  REQUIRE(run->finish());
  const state::State after = team.stored();
  CHECK_FALSE(after.applying);
  CHECK(after.serial == 2);
  CHECK(after.last_run == "run-1");
  CHECK(after.last_plan == state::AppliedPlan{"00ff", false});
  CHECK(team.keys(after.estate) == Names{"hq", "lab"});
  CHECK(team.journals->files().empty());
}

TEST_CASE("a run that begins nothing writes nothing into a shared state") {
  Team team;
  const auto run = team.recorder("run-1");
  REQUIRE(run->start(team.announcement({"hq"})));
  REQUIRE(run->finish());
  CHECK_FALSE(team.store->stored());
}

TEST_CASE("a checkpoint holds what is known, and another machine takes the rest as unknown") {
  Team team;
  const auto run = team.recorder("run-1");
  REQUIRE(run->start(team.announcement({"hq", "lab", "shop"})));
  REQUIRE(run->checkpoint());
  CHECK_FALSE(team.store->stored());
  REQUIRE(run->begin(0, team.creation("hq")));
  REQUIRE(run->begin(1, team.creation("lab")));
  REQUIRE(run->settle(0, {team.made("hq", 1)}));
  REQUIRE(run->checkpoint());
  const std::string version = team.store->stored()->version;
  // Where nothing is new, nothing is written.
  REQUIRE(run->checkpoint());
  CHECK(team.store->stored()->version == version);
  REQUIRE(run->settle(1, {team.made("lab", 2)}));
  const state::State stored = team.stored();
  CHECK(stored.applying->records_folded == 3);
  CHECK(team.keys(stored.estate) == Names{"hq"});
  CHECK(stored.unresolved.empty());

  // The machine is gone, and its journal with it.
  const auto journals = std::exchange(team.journals, std::make_shared<testing::MemoryJournals>());
  {
    const RecordedState recorded = team.open();
    REQUIRE(recorded.state.applying);
    CHECK(team.keys(recorded.state.estate) == Names{"hq"});
    CHECK(team.unresolved(recorded.state) ==
          Names{"accounts.lab nonce-of-lab", "accounts.shop nonce-of-shop"});
    CHECK(recorded.exists);
    const auto touched =
        state_access::touched_by(*recorded.state.applying, recorded.state.estate, team.directory);
    CHECK(team.keys(touched) == Names{"hq"});
  }

  // On the machine itself the journal goes on from there.
  team.journals = journals;
  const RecordedState recorded = team.open(true);
  CHECK_FALSE(recorded.state.applying);
  CHECK(recorded.merged_entries);
  CHECK(recorded.state.last_run == "run-1");
  CHECK(team.keys(recorded.state.estate) == Names{"hq", "lab"});
  CHECK(recorded.state.unresolved.empty());
}

TEST_CASE(
    "without its journal a run has created what it was to create, as far as is known, and may have granted") {
  Team team;
  const auto run = team.recorder("run-1");
  const model::Grant grant{team.directory.accounts.intern("hq"),
                           team.directory.users.intern("ana@example.com"), model::Role::kAgent};
  apply::Announcement announcement{{team.creation("hq"), {plan::Verb::kGrant, "", {state::PutGrant{grant}}}},
                                   {team.address("hq")}};
  REQUIRE(run->start([&] { return announcement; }));
  REQUIRE(run->begin(0, team.creation("hq")));
  team.journals = std::make_shared<testing::MemoryJournals>();
  CHECK(team.unresolved(team.open().state) ==
        Names{"accounts.hq nonce-of-hq", "grants.hq/ana@example.com only intended"});
}

TEST_CASE("a journal goes on after any checkpoint as if there had been none") {
  for (std::size_t at = 0; at < 11; ++at) {
    INFO(at);
    Team team;
    const auto run = team.recorder("run-1");
    REQUIRE(run->start(team.announcement({"a", "b"})));
    const auto a = team.directory.accounts.intern("a");
    const auto b = team.directory.accounts.intern("b");
    std::size_t step = 0;
    const auto next = [&] {
      if (step++ == at) REQUIRE(run->checkpoint());
    };
    REQUIRE(run->begin(0, team.creation("a")));
    next();
    REQUIRE(run->settle(0, {team.made("a", 1)}));
    next();
    // Twice carried out, this would move another account.
    REQUIRE(run->note({state::Move<model::Account>{{}, a, b}}));
    next();
    REQUIRE(run->begin(1, team.creation("a")));
    next();
    REQUIRE(run->settle(1, {team.made("a", 2)}));
    next();
    REQUIRE(run->begin(2, team.creation("shop")));
    next();
    REQUIRE(run->note({team.made("c", 3)}));
    next();
    REQUIRE(run->intend({team.change(3, "d"), team.change(4, "e"), team.change(5, "f")}));
    next();
    REQUIRE(run->send(3));
    next();
    REQUIRE(run->settle(3, {team.made("d", 13)}));
    next();
    REQUIRE(run->send(4));
    next();
    CHECK(step == 11);
    const RecordedState recorded = team.open(true);
    CHECK(team.keys(recorded.state.estate) == Names{"a", "b", "c", "d"});
    CHECK(model::find(recorded.state.estate, b)->id == 1);
    CHECK(team.unresolved(recorded.state) ==
          Names{"accounts.e ", "accounts.f only intended", "accounts.shop nonce-of-shop"});
  }
}

TEST_CASE("what a checkpoint cannot write stops the run, and its journal has everything") {
  Team team;
  const auto run = team.recorder("run-1");
  REQUIRE(run->start(team.announcement({"hq", "lab"})));
  REQUIRE(run->begin(0, team.creation("hq")));
  REQUIRE(run->settle(0, {team.made("hq", 1)}));
  team.store->fail_writes(Error{"The server is gone.", "Wait."});
  CHECK_FALSE(run->checkpoint());
  const auto begun = run->begin(1, team.creation("lab"));
  REQUIRE_FALSE(begun);
  CHECK(begun.error().message == "The server is gone. What this run did is in journal run-1.");
  CHECK_FALSE(run->finish());
  team.store->fail_writes(std::nullopt);
  const RecordedState recorded = team.open(true);
  CHECK(team.keys(recorded.state.estate) == Names{"hq"});
  CHECK(recorded.state.unresolved.empty());
}

TEST_CASE("nothing is begun that a shared state cannot say before") {
  Team team;
  const auto run = team.recorder("run-1");
  REQUIRE(run->start(team.announcement({"hq"})));
  team.store->fail_writes(Error{"The server is gone.", "Wait."});
  CHECK_FALSE(run->begin(0, team.creation("hq")));
  CHECK(run->finish());
  CHECK(team.journals->files().empty());
  CHECK_FALSE(team.store->stored());
}

TEST_CASE("a journal whose run another machine has followed up is in nobody's way") {
  Team team;
  const auto run = team.recorder("run-1");
  REQUIRE(run->start(team.announcement({"hq"})));
  REQUIRE(run->begin(0, team.creation("hq")));
  {
    // The other machine has looked, and goes on.
    const auto mine = std::exchange(team.journals, std::make_shared<testing::MemoryJournals>());
    RecordedState recorded = team.open(true);
    recorded.state.applying.reset();
    recorded.state.unresolved.clear();
    REQUIRE(state_access::save(recorded, team.directory));
    recorded.lock.reset();
    const auto theirs = team.recorder("run-2");
    REQUIRE(theirs->start(team.announcement({})));
    REQUIRE(theirs->note({team.made("hq", 1)}));
    REQUIRE(theirs->finish());
    team.journals = mine;
  }
  RecordedState recorded = team.open(true);
  CHECK(recorded.superseded == Names{"journal run-1"});
  CHECK(recorded.merged.empty());
  CHECK(team.keys(recorded.state.estate) == Names{"hq"});
  // The record has what it began, by the nonce.
  CHECK(recorded.state.unresolved.empty());
  REQUIRE(state_access::remove_journals(recorded));
  CHECK(team.journals->files().empty());
  // A state that is older than the journal has lost something.
  recorded.lock.reset();
  const auto later = team.recorder("run-3");
  REQUIRE(later->start(team.announcement({})));
  REQUIRE(later->begin(0, team.creation("lab")));
  state::State old = team.stored();
  old.serial = 0;
  old.applying.reset();
  team.store = std::make_shared<testing::MemoryStore>(state::encode(old, team.directory));
  CHECK(team.refused(Desk::writer()).find("an older copy of the state is here") != std::string::npos);
}

namespace {

/// Another store, seen through.
class StoreInFront : public store::Store {
 public:
  explicit StoreInFront(testing::MemoryStore& store) : store_(store) {}

  [[nodiscard]] std::string name() const override { return store_.name(); }
  Expected<std::optional<store::Stored>> read() override { return store_.read(); }
  Expected<std::string> write(std::string_view bytes, const std::optional<std::string>& expected) override {
    return store_.write(bytes, expected);
  }
  Expected<std::unique_ptr<store::Lock>> lock(const store::LockInfo& info, const store::LockWait& wait,
                                              Clock& clock) override {
    return store_.lock(info, wait, clock);
  }
  store::LockSight look_at_lock() override { return store_.look_at_lock(); }
  Expected<std::optional<store::LockInfo>> find_holder(const store::LockInfo& asking) override {
    return store_.find_holder(asking);
  }
  Expected<void> remove_lock(const std::string& id) override { return store_.remove_lock(id); }

 private:
  testing::MemoryStore& store_;
};

/// Says when it has been written so many times.
class CountingStore final : public StoreInFront {
 public:
  CountingStore(testing::MemoryStore& store, int wanted) : StoreInFront(store), left_(wanted) {}
  std::future<void> written() { return written_.get_future(); }
  Expected<std::string> write(std::string_view bytes, const std::optional<std::string>& expected) override {
    auto written = StoreInFront::write(bytes, expected);
    if (--left_ == 0) written_.set_value();
    return written;
  }

 private:
  int left_;
  std::promise<void> written_;
};

/// Its next write takes until it is let go.
class SlowStore final : public StoreInFront {
 public:
  using StoreInFront::StoreInFront;
  void hold() { hold_ = true; }
  void wait_until_held() { held_.get_future().wait(); }
  void let_go() { gone_on_.set_value(); }
  Expected<std::string> write(std::string_view bytes, const std::optional<std::string>& expected) override {
    if (hold_.exchange(false)) {
      held_.set_value();
      gone_on_.get_future().wait();
    }
    return StoreInFront::write(bytes, expected);
  }

 private:
  std::atomic<bool> hold_{false};
  std::promise<void> held_;
  std::promise<void> gone_on_;
};

}  // namespace

TEST_CASE("nobody waits for the store while it is written at a checkpoint") {
  Team team;
  state::State state;
  state.lineage = kLineage;
  state.server = kServer;
  SlowStore store(*team.store);
  JournalRecorder run(store, *team.journals, state, {}, std::nullopt, "", "run-1", team.directory,
                      state_access::SharedRun{"root@runner-3", Time{}, std::chrono::milliseconds{0}});
  REQUIRE(run.start(team.announcement({"hq", "lab"})));
  REQUIRE(run.begin(0, team.creation("hq")));
  store.hold();
  auto checkpoint = std::async(std::launch::async, [&] { return run.checkpoint().has_value(); });
  store.wait_until_held();
  auto worker = std::async(std::launch::async, [&] {
    return run.settle(0, {team.made("hq", 1)}) && run.begin(1, team.creation("lab")) &&
           run.intend({{2, {plan::Verb::kUpdate, "", {team.made("hq", 1)}}}}) && run.send(2) &&
           run.settle(2, {team.made("hq", 1)}) && run.note({team.made("hq", 1)});
  });
  CHECK(worker.wait_for(std::chrono::seconds{60}) == std::future_status::ready);
  store.let_go();
  CHECK(worker.get());
  CHECK(checkpoint.get());
  CHECK(team.stored().applying->records_folded == 1);
  REQUIRE(run.finish());
  CHECK(team.keys(team.stored().estate) == Names{"hq"});
}

TEST_CASE("what a run began that went on without its lock is unresolved once more") {
  Team team;
  const auto run = team.recorder("run-1");
  REQUIRE(run->start(team.announcement({"hq", "lab"})));
  REQUIRE(run->begin(0, team.creation("hq")));
  {
    const auto mine = std::exchange(team.journals, std::make_shared<testing::MemoryJournals>());
    RecordedState recorded = team.open(true);
    recorded.state.applying.reset();
    recorded.state.unresolved.clear();
    // Another one under the key.
    recorded.state.estate.accounts = {team.account("hq", 9, "another-nonce")};
    REQUIRE(state_access::save(recorded, team.directory));
    team.journals = mine;
  }
  REQUIRE(run->settle(0, {team.made("hq", 1)}));
  REQUIRE(run->begin(1, team.creation("lab")));
  REQUIRE(run->settle(1, {}));
  REQUIRE(run->intend({team.change(2, "den"), team.change(3, "shop")}));
  REQUIRE(run->send(2));
  CHECK_FALSE(run->finish());
  const RecordedState recorded = team.open(true);
  CHECK(team.unresolved(recorded.state) ==
        Names{"accounts.den ", "accounts.hq nonce-of-hq", "accounts.shop only intended"});
  CHECK(recorded.state.estate.accounts.at(0).id == 9);
}

TEST_CASE("a journal that says nothing needs no state that it fits") {
  Team team;
  REQUIRE(team.recorder("run-1")->start(team.announcement({})));
  state::State other;
  other.lineage = "6f1c1a52-3b0e-4a57-9d1b-0c2f6a7e8b90";
  other.server = kServer;
  other.serial = 1;
  other.estate.accounts = {team.account("hq", 1, "n")};
  team.store = std::make_shared<testing::MemoryStore>(state::encode(other, team.directory));
  const RecordedState recorded = team.open(true);
  CHECK(recorded.merged.empty());
  CHECK(recorded.superseded.empty());
}

TEST_CASE("checkpoints are written while the run goes on") {
  Team team;
  state::State state;
  state.lineage = kLineage;
  state.server = kServer;
  // The announcement, and a checkpoint.
  CountingStore store(*team.store, 2);
  auto written = store.written();
  JournalRecorder run(store, *team.journals, state, {}, std::nullopt, "", "run-1", team.directory,
                      state_access::SharedRun{"root@runner-3", Time{}, std::chrono::milliseconds{1}});
  REQUIRE(run.start(team.announcement({"hq"})));
  REQUIRE(run.begin(0, team.creation("hq")));
  REQUIRE(run.settle(0, {team.made("hq", 1)}));
  CHECK(written.wait_for(std::chrono::seconds{60}) == std::future_status::ready);
  REQUIRE(run.finish());
  CHECK(team.keys(team.stored().estate) == Names{"hq"});
  CHECK_FALSE(team.stored().applying);
}
