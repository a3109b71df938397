#include "apply/recorder.hpp"

#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "support/memory_store.hpp"

using namespace rollcall;

namespace {

struct Kept {
  model::Directory directory;
  testing::MemoryStore store;
  apply::JournalRecorder recorder{store, first(), std::nullopt, "", "run-1", directory};

  static state::State first() {
    state::State state;
    state.lineage = "4b3c6a1e-5f0d-4c0e-9a53-0d2f5a1b7c10";
    state.server = "https://chat.example.com";
    return state;
  }
  state::Intent intent(const std::string& email, model::ServerId id = 0) {
    model::RecordedUser user;
    user.user = directory.users.intern(email);
    user.id = id;
    user.nonce = "nonce";
    user.settings.set(model::Field::kName, "A person");
    return {plan::Verb::kCreate, "nonce", {state::PutUser{user}}};
  }
  [[nodiscard]] state::State stored() {
    auto state = state::decode(store.stored()->bytes, "memory", directory);
    REQUIRE(state);
    return *state;
  }
  std::string& journal() { return store.journals().files().at("run-1"); }
  /// As the next command reads it after a kill.
  state::State recovered() {
    state::JournalFold fold(stored(), directory);
    const auto read = state::read_journal(
        journal(), "journal", directory,
        [&](const state::JournalHeader& header) {
          CHECK(header.base == sha256(store.stored()->bytes));
          CHECK(header.lineage == first().lineage);
          return Expected<void>();
        },
        [&](state::JournalEntry entry) { fold.add(std::move(entry)); });
    REQUIRE(read);
    return std::move(fold).finish("run-1");
  }
};

}  // namespace

TEST_CASE("the state and the journal are there before anything happens") {
  Kept kept;
  REQUIRE(kept.recorder.start());
  CHECK(kept.stored().serial == 1);
  CHECK(kept.stored().last_run.empty());
  CHECK(kept.recovered().estate.users.empty());
  CHECK(kept.store.journals().syncs() == 1);
}

TEST_CASE("a state that is as it was stored is not written at the start") {
  Kept first;
  REQUIRE(first.recorder.start());
  const store::Stored stored = *first.store.stored();
  apply::JournalRecorder second(first.store, first.stored(), stored.version, sha256(stored.bytes), "run-2",
                                first.directory);
  REQUIRE(second.start());
  CHECK(*first.store.stored() == stored);
}

TEST_CASE("a full disk is told at the start, and leaves no journal") {
  Kept kept;
  SECTION("where the state cannot be written") {
    kept.store.fail_writes(Error{"No space left on device", "Free some."});
  }
  SECTION("where the journal cannot be written") {
    kept.store.journals().fill(Error{"No space left on device", "Free some."});
  }
  CHECK_FALSE(kept.recorder.start());
  CHECK(kept.store.journals().files().empty());
}

TEST_CASE("what is begun is on disk, what is settled is recorded, what is not is unresolved") {
  Kept kept;
  REQUIRE(kept.recorder.start());
  REQUIRE(kept.recorder.begin(0, kept.intent("ana@example.com")));
  CHECK(kept.store.journals().syncs() == 2);
  CHECK(kept.recovered().unresolved.size() == 1);
  REQUIRE(kept.recorder.settle(0, kept.intent("ana@example.com", 7).facts));
  REQUIRE(kept.recorder.begin(1, kept.intent("joe@example.com")));
  REQUIRE(kept.recorder.begin(2, kept.intent("kim@example.com")));
  REQUIRE(kept.recorder.settle(2, {}));
  REQUIRE(kept.recorder.note({}));
  const state::State now = kept.recovered();
  REQUIRE(now.estate.users.size() == 1);
  CHECK(now.estate.users[0].id == 7);
  REQUIRE(now.unresolved.size() == 1);
  CHECK(state::address_of(now.unresolved[0], kept.directory) == "users.joe@example.com");

  REQUIRE(kept.recorder.finish());
  CHECK(kept.stored().serial == 2);
  CHECK(kept.stored().last_run == "run-1");
  CHECK(kept.stored().estate == now.estate);
  CHECK(kept.stored().unresolved == now.unresolved);
  CHECK(kept.store.journals().files().empty());
}

TEST_CASE("a run in which nothing was begun leaves the state alone") {
  Kept kept;
  REQUIRE(kept.recorder.start());
  REQUIRE(kept.recorder.finish());
  CHECK(kept.stored().serial == 1);
  CHECK(kept.store.journals().files().empty());
}

TEST_CASE("a disk that fills up stops the run before the next request, and the end records all that it can") {
  Kept kept;
  REQUIRE(kept.recorder.start());
  REQUIRE(kept.recorder.begin(0, kept.intent("ana@example.com")));
  kept.store.journals().fill(Error{"No space left on device", "Free some."});
  CHECK_FALSE(kept.recorder.settle(0, kept.intent("ana@example.com", 7).facts));
  CHECK_FALSE(kept.recorder.begin(1, kept.intent("joe@example.com")));
  SECTION("where the state can be written after all") {
    REQUIRE(kept.recorder.finish());
    CHECK(kept.stored().estate.users.at(0).id == 7);
    CHECK(kept.store.journals().files().empty());
  }
  SECTION("where it cannot, the journal has what was begun") {
    kept.store.fail_writes(Error{"No space left on device.", "Free some."});
    const auto finished = kept.recorder.finish();
    REQUIRE_FALSE(finished);
    CHECK(finished.error().message == "No space left on device. What this run did is in journal run-1 only.");
    CHECK(kept.recovered().unresolved.size() == 1);
  }
}
