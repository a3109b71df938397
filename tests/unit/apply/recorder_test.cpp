#include "apply/recorder.hpp"

#include <catch2/catch.hpp>

#include "store/memory_store.hpp"
#include "support/fake_clock.hpp"

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

struct Kept {
  model::Directory directory;
  testing::FakeClock clock;
  store::MemoryStore store;
  apply::StateRecorder recorder{store, first(), std::nullopt, "run-1", directory, clock};

  static state::State first() {
    state::State state;
    state.lineage = "4b3c6a1e-5f0d-4c0e-9a53-0d2f5a1b7c10";
    state.server = "https://chat.example.com";
    return state;
  }
  std::vector<state::Record> fact(const std::string& email) {
    model::RecordedUser user;
    user.user = directory.users.intern(email);
    user.id = static_cast<model::ServerId>(1 + directory.users.size());
    user.settings.set(model::Field::kName, "A person");
    return {state::PutUser{user}};
  }
  std::size_t people_stored() {
    model::Directory other;
    const auto state = state::decode(store.stored()->bytes, "memory", other);
    REQUIRE(state);
    return state->estate.users.size();
  }
};

}  // namespace

TEST_CASE("the state is written before anything happens") {
  Kept kept;
  REQUIRE(kept.recorder.start());
  CHECK(kept.people_stored() == 0);
  CHECK(kept.recorder.state().serial == 1);
  CHECK(kept.recorder.state().last_run == "run-1");
}

TEST_CASE("a state that cannot be written is told at the start") {
  Kept kept;
  kept.store.fail_writes(Error{"No space left on device", "Free some."});
  CHECK_FALSE(kept.recorder.start());
}

TEST_CASE("facts are written at times, and whatever is left at the end") {
  Kept kept;
  REQUIRE(kept.recorder.start());
  REQUIRE(kept.recorder.record(kept.fact("ana@example.com")));
  CHECK(kept.people_stored() == 0);
  kept.clock.sleep_for(5s);
  REQUIRE(kept.recorder.record(kept.fact("joe@example.com")));
  CHECK(kept.people_stored() == 2);
  REQUIRE(kept.recorder.record(kept.fact("kim@example.com")));
  REQUIRE(kept.recorder.finish());
  CHECK(kept.people_stored() == 3);
  CHECK(kept.recorder.state().serial == 3);
  REQUIRE(kept.recorder.finish());
  CHECK(kept.recorder.state().serial == 3);
}

TEST_CASE("what a failed write could not save is tried again at the end") {
  Kept kept;
  REQUIRE(kept.recorder.start());
  kept.clock.sleep_for(5s);
  kept.store.fail_writes(Error{"No space left on device", "Free some."});
  const auto failed = kept.recorder.record(kept.fact("ana@example.com"));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find("not recorded") != std::string::npos);
  CHECK_FALSE(kept.recorder.finish());
  kept.store.fail_writes(std::nullopt);
  REQUIRE(kept.recorder.finish());
  CHECK(kept.people_stored() == 1);
}

TEST_CASE("a state that somebody else wrote meanwhile is not overwritten") {
  Kept kept;
  REQUIRE(kept.recorder.start());
  REQUIRE(kept.store.write("theirs", kept.store.stored()->version));
  REQUIRE(kept.recorder.record(kept.fact("ana@example.com")));
  CHECK_FALSE(kept.recorder.finish());
  CHECK(kept.store.stored()->bytes == "theirs");
}
