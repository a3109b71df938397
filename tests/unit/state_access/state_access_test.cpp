#include "state_access/state_access.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "unit/state_access/desk.hpp"

using namespace rollcall;
using state_access::RecordedState;
using state_access::RunSight;
using Events = std::vector<std::string>;

using testing::Desk;
using testing::kLineage;
using testing::kServer;

TEST_CASE("opening where there is no state begins one with a lineage of its own, and writes nothing") {
  Desk desk;
  const RecordedState recorded = desk.read();
  CHECK_FALSE(recorded.exists);
  CHECK_FALSE(recorded.version);
  CHECK(recorded.digest.empty());
  CHECK(recorded.state.lineage.size() == 36);
  CHECK(recorded.state.serial == 0);
  CHECK(recorded.state.server == kServer);
  CHECK(recorded.state.estate == model::RecordedEstate());
  CHECK_FALSE(desk.store->stored());
}

TEST_CASE("a reader takes no lock, a writer holds it for as long as the state is open") {
  Desk desk;
  desk.put(desk.hq());
  {
    const RecordedState recorded = desk.read();
    CHECK(recorded.state.estate == desk.hq().estate);
    CHECK(recorded.exists);
    CHECK_FALSE(recorded.lock);
    CHECK(recorded.digest.empty());
  }
  CHECK(desk.events("lock apply") == 0);
  {
    const RecordedState recorded = desk.write();
    CHECK(desk.events("lock apply") == 1);
    CHECK(desk.events("unlock") == 0);
    CHECK(recorded.digest == sha256(desk.store->stored()->bytes));
    CHECK(desk.refused(Desk::writer()) == "memory is locked by " + describe(Desk::writer()) + ".");
    // Who only reads is not kept out.
    CHECK(desk.read().state.serial == 7);
  }
  CHECK(desk.events("unlock") == 1);
  CHECK(desk.events("write") == 0);
}

TEST_CASE("a writer takes the lock before it reads, and waits for it as long as it was told to") {
  Desk desk;
  desk.put(desk.hq());
  const RecordedState first = desk.write();
  const Events before = desk.store->events();
  CHECK(before == Events{"lock apply", "read", "read"});
  const auto start = desk.clock.ticks();
  CHECK_FALSE(desk.open({kServer, Desk::writer(), {std::chrono::seconds{30}, {}, nullptr}}));
  CHECK(desk.clock.ticks() - start == std::chrono::seconds{30});
}

TEST_CASE("saving raises the serial and overwrites only what was read") {
  Desk desk;
  desk.put(desk.hq());
  RecordedState recorded = desk.write();
  recorded.state.estate.accounts.front().id = 5;
  REQUIRE(state_access::save(recorded, desk.directory));
  CHECK(desk.stored().serial == 8);
  CHECK(desk.stored().estate.accounts.front().id == 5);
  CHECK(recorded.version == desk.store->stored()->version);
  CHECK(recorded.digest == sha256(desk.store->stored()->bytes));
  recorded.version = "1";
  CHECK_FALSE(state_access::save(recorded, desk.directory));
  CHECK(recorded.state.serial == 8);
}

TEST_CASE("a journal that fits: a reader counts it in and leaves it, a writer saves it and removes it") {
  Desk desk;
  desk.put(desk.hq());
  desk.put_journal("run-1", desk.two_creations());
  const std::vector<std::string> both{"hq", "lab"};
  {
    const RecordedState recorded = desk.read();
    CHECK(desk.keys(recorded.state.estate) == both);
    CHECK(recorded.state.unresolved == std::vector{desk.creation("shop", "n3")});
    CHECK(recorded.merged == std::vector<state_access::MergedJournal>{{"journal run-1", 1}});
    CHECK(recorded.run == RunSight{});
    CHECK(recorded.journal_sizes.size() == 1);
    CHECK(desk.events("write") == 0);
    CHECK(desk.journals->files().size() == 1);
  }
  RecordedState recorded = desk.write();
  CHECK(desk.keys(recorded.state.estate) == both);
  REQUIRE(state_access::save_journals(recorded, desk.directory));
  // Until the state holds what the journal says, the journal is all that does.
  CHECK(desk.journals->files().size() == 1);
  CHECK(desk.stored().last_run == "run-1");
  CHECK(desk.stored().serial == 8);
  CHECK(desk.keys(desk.stored().estate) == both);
  CHECK(desk.stored().unresolved == std::vector{desk.creation("shop", "n3")});
  REQUIRE(state_access::remove_journals(recorded));
  CHECK(desk.journals->files().empty());
}

TEST_CASE("a journal that is saved and not removed is removed by the next writer, and not merged again") {
  Desk desk;
  desk.put(desk.hq());
  desk.put_journal("run-1", desk.two_creations());
  {
    RecordedState recorded = desk.write();
    REQUIRE(state_access::save_journals(recorded, desk.directory));
  }
  RecordedState recorded = desk.write();
  CHECK(recorded.merged.empty());
  REQUIRE(state_access::save_journals(recorded, desk.directory));
  CHECK(desk.stored().serial == 8);
  REQUIRE(state_access::remove_journals(recorded));
  CHECK(desk.journals->files().empty());
}

TEST_CASE("the journal of a first run gives the state its lineage and server") {
  Desk desk;
  desk.put_journal("run-1", desk.two_creations());
  RecordedState recorded = desk.write();
  CHECK(recorded.exists);
  CHECK(recorded.state.lineage == kLineage);
  CHECK(recorded.state.server == kServer);
  REQUIRE(state_access::save_journals(recorded, desk.directory));
  CHECK(desk.stored().serial == 1);
  CHECK(desk.keys(desk.stored().estate) == std::vector<std::string>{"lab"});
}

TEST_CASE("a journal whose run sent nothing makes no state, and goes") {
  Desk desk;
  SECTION("it has a header") {
    desk.put_journal("run-1", {});
  }
  SECTION("it has not even that") {
    desk.journals->files()["run-1"] = "0123";
  }
  RecordedState recorded = desk.write();
  CHECK_FALSE(recorded.exists);
  REQUIRE(state_access::save_journals(recorded, desk.directory));
  CHECK_FALSE(desk.store->stored());
  REQUIRE(state_access::remove_journals(recorded));
  CHECK(desk.journals->files().empty());
}

TEST_CASE("a journal of another state is refused, and stays") {
  Desk desk;
  desk.put(desk.hq());
  std::string why;
  SECTION("another lineage") {
    desk.put_journal("run-1", desk.two_creations(), [](auto& header) { header.lineage = "other"; });
    why = std::string("their lineages differ (other and ") + kLineage + ")";
  }
  SECTION("the run began without a state") {
    desk.put_journal("run-1", desk.two_creations(), [](auto& header) { header.base = state::kAbsent; });
    why = "the run began without a state, and there is one by now";
  }
  SECTION("the state here is older") {
    desk.put_journal("run-1", desk.two_creations(), [](auto& header) {
      header.base = std::string(64, 'b');
      header.serial = 9;
    });
    why = "the run began with serial 9, and an older copy of the state is here (serial 7)";
  }
  SECTION("the state here is newer") {
    desk.put_journal("run-1", desk.two_creations(), [](auto& header) {
      header.base = std::string(64, 'b');
      header.serial = 3;
    });
    why = "the run began with serial 3, and the state has been written since (serial 7)";
  }
  SECTION("the state is gone") {
    desk.put_journal("run-1", desk.two_creations());
    desk.store = std::make_shared<testing::MemoryStore>();
    why = "there is no state";
  }
  for (const auto& writer : {std::optional<store::LockInfo>(), std::optional(Desk::writer())}) {
    const std::string message = desk.refused(writer);
    INFO(message);
    CHECK(message.find("journal run-1 is the journal of an interrupted run, and it does not belong to "
                       "memory: " +
                       why) == 0);
  }
  CHECK(desk.events("write") == 0);
  CHECK(desk.journals->files().size() == 1);
  // A refusal holds nobody up.
  CHECK(desk.events("lock apply") == desk.events("unlock"));
}

TEST_CASE("a reader tells a run that goes on from one that was interrupted") {
  Desk desk;
  desk.put(desk.hq());
  desk.put_journal("run-1", desk.two_creations());
  SECTION("it goes on, and says who it is") {
    const auto lock = desk.store->lock(Desk::writer(), {}, desk.clock);
    REQUIRE(lock);
    CHECK(desk.read().run == RunSight{RunSight::Kind::kGoesOn, Desk::writer()});
  }
  SECTION("it goes on, and has not said who it is") {
    desk.store->show_lock({store::LockSight::Kind::kHeld, {}});
    CHECK(desk.read().run == RunSight{RunSight::Kind::kGoesOn, {}});
  }
  SECTION("the lock cannot be seen") {
    desk.store->show_lock({store::LockSight::Kind::kUnknown, {}});
    CHECK(desk.read().run == RunSight{RunSight::Kind::kUnknown, {}});
  }
  SECTION("it is over") {
    CHECK(desk.read().run == RunSight{});
  }
}

TEST_CASE("what a reader has read is unchanged until a run begins or goes on") {
  Desk desk;
  desk.put(desk.hq());
  desk.put_journal("run-1", desk.two_creations());
  const RecordedState recorded = desk.read();
  CHECK(state_access::require_unchanged(recorded));
  SECTION("a journal grows") {
    desk.journals->files()["run-1"] += "more";
  }
  SECTION("a journal appears") {
    desk.put_journal("run-2", {});
  }
  SECTION("a journal goes") {
    desk.journals->files().clear();
  }
  SECTION("the state is written") {
    RecordedState writer = desk.write();
    REQUIRE(state_access::save(writer, desk.directory));
  }
  const auto checked = state_access::require_unchanged(recorded);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().message == "A run is in progress: memory changed while the server was read.");
}

TEST_CASE("a state belongs to one server, unless it holds nothing") {
  Desk desk;
  state::State state = desk.hq();
  SECTION("it holds something") {
    desk.put(state);
    CHECK(desk.refused({}, "https://other.example.com") ==
          "The state memory belongs to https://chat.example.com, not to https://other.example.com.");
  }
  SECTION("it holds an attempt") {
    state.estate = {};
    state.unresolved = {desk.creation("shop", "n3")};
    desk.put(state);
    CHECK(!desk.refused({}, "https://other.example.com").empty());
  }
  SECTION("it holds nothing") {
    state.estate = {};
    desk.put(state);
    const auto recorded = desk.open({"https://other.example.com", {}, {}});
    REQUIRE(recorded);
    CHECK(recorded->state.server == "https://other.example.com");
  }
  SECTION("no server is named") {
    desk.put(state);
    const auto recorded = desk.open({"", {}, {}});
    REQUIRE(recorded);
    CHECK(recorded->state.server == kServer);
  }
}

TEST_CASE("a state that cannot be written often enough is refused to writers only") {
  Desk desk;
  state::State state = desk.hq();
  state.serial = 9007199254740991;
  desk.put(state);
  CHECK(desk.read().state.serial == state.serial);
  CHECK(!desk.refused(Desk::writer()).empty());
}

TEST_CASE("recovery asks the server for what is unresolved") {
  Desk desk;
  desk.put(desk.hq());
  desk.put_journal("run-1", {state::Begun{1, desk.creation("shop", "n3")}});
  desk.chatwoot.add_account(1, "Account hq", std::string(kLineage) + "/hq/n1");
  RecordedState recorded = desk.write();
  SECTION("found") {
    desk.chatwoot.add_account(9, "Account shop", std::string(kLineage) + "/shop/n3");
    const auto recovered =
        state_access::recover(recorded, desk.directory, desk.chatwoot.server.connections());
    REQUIRE(recovered);
    CHECK(recovered->notes == Events{"accounts.shop was created (id 9)."});
    CHECK(recovered->possible_orphans.empty());
    CHECK(recovered->changed);
    CHECK(recorded.state.unresolved.empty());
    REQUIRE(state_access::save(recorded, desk.directory));
    CHECK(desk.keys(desk.stored().estate) == std::vector<std::string>{"hq", "shop"});
    CHECK(desk.stored().unresolved.empty());
  }
  SECTION("not found: it stays unresolved, and nothing is written down") {
    const auto recovered =
        state_access::recover(recorded, desk.directory, desk.chatwoot.server.connections());
    REQUIRE(recovered);
    CHECK(recovered->possible_orphans.size() == 1);
    CHECK_FALSE(recovered->changed);
    CHECK(recorded.state.unresolved == std::vector{desk.creation("shop", "n3")});
    CHECK(desk.keys(recorded.state.estate) == std::vector<std::string>{"hq"});
  }
  SECTION("the server cannot be read: an error, and the state is as it was") {
    desk.chatwoot.before = [](const http::Request&) { return testing::FakeChatwoot::gone(); };
    const state::State before = recorded.state;
    CHECK_FALSE(state_access::recover(recorded, desk.directory, desk.chatwoot.server.connections()));
    CHECK(recorded.state.estate == before.estate);
    CHECK(recorded.state.unresolved == before.unresolved);
  }
}

TEST_CASE("recovery with nothing unresolved asks the server nothing") {
  Desk desk;
  desk.put(desk.hq());
  RecordedState recorded = desk.write();
  const auto recovered = state_access::recover(recorded, desk.directory, desk.chatwoot.server.connections());
  REQUIRE(recovered);
  CHECK_FALSE(recovered->changed);
  CHECK(desk.chatwoot.log().empty());
}

TEST_CASE("what an interrupted run may have created cannot be moved before it has been seen") {
  Desk desk;
  state::State state = desk.hq();
  state.unresolved = {desk.creation("shop", "n3")};
  const auto address = [](const char* key) { return model::Address{model::ObjectKind::kAccount, key, {}}; };
  CHECK(state_access::refuse_open_moves({{address("hq"), address("main"), {}}}, state, desk.directory));
  const auto refused =
      state_access::refuse_open_moves({{address("shop"), address("store"), {}}}, state, desk.directory);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message ==
        "accounts.shop may have been created by an interrupted run and has not been seen yet, so it cannot "
        "be moved to accounts.store.");
  state.unresolved.front().verb = plan::Verb::kUpdate;
  CHECK(state_access::refuse_open_moves({{address("shop"), address("store"), {}}}, state, desk.directory));
}
