#include "state_access/journal_recorder.hpp"

#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "base/limits.hpp"
#include "state/journal_fold.hpp"
#include "state_access/state_access.hpp"
#include "state_access/write_state.hpp"
#include "support/fake_clock.hpp"
#include "support/memory_store.hpp"

using namespace rollcall;

namespace {

struct Kept {
  model::Directory directory;
  testing::MemoryStore store;
  testing::MemoryJournals journals;
  state_access::JournalRecorder recorder{store, journals, first(), {}, std::nullopt, "", "run-1", directory};

  static state::State first() {
    state::State state;
    state.lineage = "4b3c6a1e-5f0d-4c0e-9a53-0d2f5a1b7c10";
    state.server = "https://chat.example.com";
    return state;
  }
  state::Intent intent(const std::string& email, model::ServerId id = 0) {
    model::RecordedUser user;
    user.ref = directory.users.intern(email);
    user.id = id;
    user.nonce = "nonce";
    user.settings.set(model::Field::kName, "A user");
    return {plan::Verb::kCreate, "nonce", {state::PutUser{user}}};
  }
  state::Intent change(const std::string& email, model::ServerId id) {
    state::Intent intent = this->intent(email, id);
    return {plan::Verb::kUpdate, "", std::move(intent.facts)};
  }
  [[nodiscard]] state::State stored() {
    auto state = state::decode(store.stored()->bytes, "memory", directory);
    REQUIRE(state);
    return *state;
  }
  std::string& journal() { return journals.files().at("run-1"); }
  /// As the next command reads it after a kill.
  state::State recovered(const std::string& run = "run-1") {
    state::JournalFold fold(store.stored() ? stored() : first(), directory);
    const auto read = state::read_journal(
        journals.files().at(run), "journal", directory,
        [&](const state::JournalHeader& header) {
          CHECK(header.base == (store.stored() ? sha256(store.stored()->bytes) : "absent"));
          CHECK(header.lineage == first().lineage);
          CHECK(header.server == first().server);
          return Expected<void>();
        },
        [&](state::JournalEntry entry) { fold.add(std::move(entry)); });
    REQUIRE(read);
    return std::move(fold).finish(run);
  }
  /// A state with one user, and the recorder of the next run, which begins with `estate`.
  state_access::JournalRecorder next(const model::RecordedEstate& estate) {
    return {store,   journals, stored(), estate, store.stored()->version, sha256(store.stored()->bytes),
            "run-2", directory};
  }
};

}  // namespace

TEST_CASE("the journal is there before anything happens, and the state once something has") {
  Kept kept;
  REQUIRE(kept.recorder.start({}));
  CHECK_FALSE(kept.store.stored());
  CHECK(kept.recovered().estate.users.empty());
  CHECK(kept.journals.syncs() == 1);
}

TEST_CASE("a run without an effect writes no state, and replaces none") {
  Kept kept;
  SECTION("the first one") {
    REQUIRE(kept.recorder.start({}));
    REQUIRE(kept.recorder.begin(0, kept.intent("ana@example.com")));
    REQUIRE(kept.recorder.settle(0, {}));
    REQUIRE(kept.recorder.finish());
    CHECK_FALSE(kept.store.stored());
    CHECK_FALSE(kept.recorder.has_written());
  }
  SECTION("a later one, whatever it learnt before it began") {
    REQUIRE(kept.recorder.start({}));
    REQUIRE(kept.recorder.note(kept.intent("ana@example.com", 7).facts));
    REQUIRE(kept.recorder.finish());
    CHECK(kept.recorder.has_written());
    const store::Stored stored = *kept.store.stored();
    model::RecordedEstate estate = kept.stored().estate;
    estate.users.at(0).settings.set(model::Field::kName, "Another name");
    auto next = kept.next(estate);
    REQUIRE(next.start({}));
    REQUIRE(next.begin(0, kept.intent("joe@example.com")));
    REQUIRE(next.settle(0, {}));
    REQUIRE(next.finish());
    CHECK(*kept.store.stored() == stored);
  }
  CHECK(kept.journals.files().empty());
}

TEST_CASE("what a command has learnt before its run is recorded with the first effect, also by the journal") {
  Kept kept;
  REQUIRE(kept.recorder.start({}));
  REQUIRE(kept.recorder.note(kept.intent("ana@example.com", 7).facts));
  REQUIRE(kept.recorder.finish());
  model::RecordedEstate estate = kept.stored().estate;
  estate.users.at(0).settings.set(model::Field::kName, "Another name");
  auto next = kept.next(estate);
  REQUIRE(next.start({}));
  CHECK(kept.recovered("run-2").estate == kept.stored().estate);
  REQUIRE(next.begin(0, kept.intent("joe@example.com")));
  CHECK(kept.recovered("run-2").estate == estate);
  REQUIRE(next.settle(0, kept.intent("joe@example.com", 8).facts));
  REQUIRE(next.finish());
  CHECK(kept.stored().estate.users.at(0) == estate.users.at(0));
  CHECK(kept.stored().estate.users.size() == 2);
}

TEST_CASE("a full disk is told at the start, and leaves no journal") {
  Kept kept;
  kept.journals.fill(Error{"No space left on device", "Free some."});
  CHECK_FALSE(kept.recorder.start({}));
  CHECK(kept.journals.files().empty());
}

TEST_CASE("what is begun is on disk, what is settled is recorded, what is not is unresolved") {
  Kept kept;
  REQUIRE(kept.recorder.start({}));
  REQUIRE(kept.recorder.begin(0, kept.intent("ana@example.com")));
  CHECK(kept.journals.syncs() == 2);
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
  CHECK(kept.stored().serial == 1);
  CHECK(kept.stored().last_run == "run-1");
  CHECK(kept.stored().estate == now.estate);
  CHECK(kept.stored().unresolved == now.unresolved);
  CHECK(kept.journals.files().empty());
}

TEST_CASE("intents are on disk together, before any of them is sent, and sending waits for no disk") {
  Kept kept;
  REQUIRE(kept.recorder.start({}));
  const std::size_t before = kept.journals.syncs();
  REQUIRE(kept.recorder.intend({{0, kept.change("ana@example.com", 7)},
                                {1, kept.change("joe@example.com", 8)},
                                {2, kept.change("kim@example.com", 9)}}));
  CHECK(kept.journals.syncs() == before + 1);
  CHECK(kept.journals.on_disk("run-1") == kept.journal());
  REQUIRE(kept.recorder.send(0));
  REQUIRE(kept.recorder.send(1));
  REQUIRE(kept.recorder.settle(1, kept.change("joe@example.com", 8).facts));
  CHECK(kept.journals.syncs() == before + 1);
  const auto unresolved = [&](const state::State& state) {
    std::vector<std::string> all;
    for (const state::Intent& intent : state.unresolved)
      all.push_back(state::address_of(intent, kept.directory) +
                    (intent.only_intended ? " only intended" : ""));
    return all;
  };
  SECTION("after a kill the next run knows which were sent") {
    CHECK(unresolved(kept.recovered()) ==
          std::vector<std::string>{"users.ana@example.com", "users.kim@example.com only intended"});
  }
  SECTION("after a power cut any of them may have been") {
    kept.journal() = kept.journals.on_disk("run-1");
    CHECK(unresolved(kept.recovered()) == std::vector<std::string>{"users.ana@example.com only intended",
                                                                   "users.joe@example.com only intended",
                                                                   "users.kim@example.com only intended"});
  }
  SECTION("a run that ends knows that the others were not sent") {
    REQUIRE(kept.recorder.finish());
    CHECK(unresolved(kept.stored()) == std::vector<std::string>{"users.ana@example.com"});
  }
}

TEST_CASE("a run that sends nothing of what it intended leaves nothing behind") {
  Kept kept;
  REQUIRE(kept.recorder.start({}));
  REQUIRE(kept.recorder.intend({{0, kept.change("ana@example.com", 7)}}));
  REQUIRE(kept.recorder.finish());
  CHECK_FALSE(kept.store.stored());
  CHECK(kept.journals.files().empty());
}

TEST_CASE("nothing is intended or sent once the journal cannot be written") {
  Kept kept;
  REQUIRE(kept.recorder.start({}));
  REQUIRE(kept.recorder.intend({{0, kept.change("ana@example.com", 7)}}));
  kept.journals.fill(Error{"No space left on device", "Free some."});
  CHECK_FALSE(kept.recorder.send(0));
  CHECK_FALSE(kept.recorder.intend({{1, kept.change("joe@example.com", 8)}}));
}

TEST_CASE("a run in which nothing was begun leaves nothing behind") {
  Kept kept;
  REQUIRE(kept.recorder.start({}));
  REQUIRE(kept.recorder.finish());
  CHECK_FALSE(kept.store.stored());
  CHECK(kept.journals.files().empty());
}

TEST_CASE("a state that could not be read again is not written") {
  Kept kept;
  REQUIRE(kept.recorder.start({}));
  auto intent = kept.intent("ana@example.com", 7);
  SECTION("because of a value that is nested too deeply") {
    model::Value deep = model::Value("core");
    for (int level = 0; level < 110; ++level) deep = model::Value::List{deep};
    std::get<state::PutUser>(intent.facts[0])
        .object.settings.set({model::Field::kCustomAttributes, "deep"}, deep);
    REQUIRE(kept.recorder.begin(0, intent));
    REQUIRE(kept.recorder.settle(0, intent.facts));
    const auto finished = kept.recorder.finish();
    REQUIRE_FALSE(finished);
    CHECK_THAT(finished.error().message,
               Catch::StartsWith("The state memory was not written, because it could not be read again: "
                                 "users.ana@example.com has more than 110 levels."));
    CHECK_THAT(finished.error().hint, Catch::Contains("rollcall refresh"));
  }
  SECTION("because of an id") {
    intent = kept.intent("ana@example.com", kLargestId + 1);
    REQUIRE(kept.recorder.settle(0, intent.facts));
    const auto finished = kept.recorder.finish();
    REQUIRE_FALSE(finished);
    CHECK_THAT(finished.error().message, Catch::Contains("`id` of users.ana@example.com must be an integer"));
  }
  CHECK_FALSE(kept.store.stored());
}

TEST_CASE("a serial at its end is told, and never counted on") {
  testing::MemoryStore store;
  const model::Directory directory;
  std::optional<std::string> version;
  std::string digest;
  state::State state = Kept::first();
  state.serial = kLargestNumber - 1;
  REQUIRE(state_access::write_state(store, state, directory, version, digest));
  CHECK(state.serial == kLargestNumber);
  const store::Stored last = *store.stored();
  const auto more = state_access::write_state(store, state, directory, version, digest);
  REQUIRE_FALSE(more);
  CHECK_THAT(more.error().message, Catch::Contains("none is larger than 9007199254740991"));
  CHECK(*store.stored() == last);
  CHECK(state.serial == kLargestNumber);

  CHECK_FALSE(state::require_serials(state, "memory"));
  state.serial = kLargestNumber - 10;
  CHECK(state::require_serials(state, "memory"));
}

TEST_CASE("a disk that fills up stops the run before the next request, and the end records all that it can") {
  Kept kept;
  REQUIRE(kept.recorder.start({}));
  REQUIRE(kept.recorder.begin(0, kept.intent("ana@example.com")));
  kept.journals.fill(Error{"No space left on device", "Free some."});
  CHECK_FALSE(kept.recorder.settle(0, kept.intent("ana@example.com", 7).facts));
  CHECK_FALSE(kept.recorder.begin(1, kept.intent("joe@example.com")));
  SECTION("where the state can be written after all") {
    REQUIRE(kept.recorder.finish());
    CHECK(kept.stored().estate.users.at(0).id == 7);
    CHECK(kept.journals.files().empty());
  }
  SECTION("where it cannot, the journal has what was begun") {
    kept.store.fail_writes(Error{"No space left on device.", "Free some."});
    const auto finished = kept.recorder.finish();
    REQUIRE_FALSE(finished);
    CHECK(finished.error().message == "No space left on device. What this run did is in journal run-1.");
    CHECK(kept.recovered().unresolved.size() == 1);
  }
}

TEST_CASE("a state that may not survive a power cut leaves the journal, which makes it again") {
  Kept kept;
  REQUIRE(kept.recorder.start({}));
  REQUIRE(kept.recorder.begin(0, kept.intent("ana@example.com")));
  REQUIRE(kept.recorder.settle(0, kept.intent("ana@example.com", 7).facts));
  const state::State from_journal = kept.recovered();
  kept.store.fail_after_writes(Error{"memory was written, but could not be synced.", "Look after the disk."});
  const auto finished = kept.recorder.finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().message ==
        "memory was written, but could not be synced. What this run did is in journal run-1.");
  CHECK(finished.error().hint ==
        "Look after the disk. The next apply or refresh on this machine merges what the state does not have "
        "yet.");
  CHECK_FALSE(kept.recorder.has_written());
  CHECK(kept.stored().last_run == "run-1");
  CHECK(kept.stored().estate == from_journal.estate);
  CHECK(kept.journals.files().count("run-1") == 1);
}

TEST_CASE("the state says which saved plan its last run applied, and whether all of it was done") {
  Kept kept;
  state_access::JournalRecorder run{
      kept.store, kept.journals, Kept::first(),  {},           std::nullopt,
      "",         "run-1",       kept.directory, std::nullopt, std::string("00ff")};
  REQUIRE(run.start({}));
  REQUIRE(run.begin(0, kept.intent("ana@example.com")));
  const std::string journal = kept.journal();
  REQUIRE(run.settle(0, kept.intent("ana@example.com", 7).facts));

  SECTION("all of it") {
    run.complete();
    REQUIRE(run.finish());
    CHECK(kept.stored().last_plan == state::AppliedPlan{"00ff", true});
    // The next run makes its own plan.
    auto next = kept.next(kept.stored().estate);
    REQUIRE(next.start({}));
    REQUIRE(next.note(kept.intent("joe@example.com", 8).facts));
    REQUIRE(next.finish());
    CHECK_FALSE(kept.stored().last_plan);
  }
  SECTION("a part of it") {
    REQUIRE(run.finish());
    CHECK(kept.stored().last_plan == state::AppliedPlan{"00ff", false});
  }
  SECTION("by the journal of a run that was killed") {
    store::Backend backend;
    backend.store = std::make_shared<testing::MemoryStore>();
    auto journals = std::make_shared<testing::MemoryJournals>();
    journals->files()["run-1"] = journal;
    backend.journals = journals;
    testing::FakeClock clock;
    testing::FakeEntropy entropy;
    model::Directory directory;
    const auto recorded = state_access::open(std::move(backend), directory, {}, clock, entropy);
    REQUIRE(recorded);
    CHECK(recorded->state.last_plan == state::AppliedPlan{"00ff", false});
  }
}
