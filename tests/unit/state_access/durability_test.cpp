#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "state_access/journal_recorder.hpp"
#include "support/memory_store.hpp"

using namespace rollcall;

TEST_CASE("what is begun has outlived a power cut before it is sent, whoever else writes meanwhile") {
  constexpr int kThreads = 4, kActions = 100;
  model::Directory directory;
  state::State state;
  state.lineage = "4b3c6a1e-5f0d-4c0e-9a53-0d2f5a1b7c10";
  state.server = "https://chat.example.com";
  std::vector<state::Intent> intents;
  for (int i = 0; i < kThreads * kActions; ++i) {
    model::RecordedUser user;
    user.ref = directory.users.intern("p" + std::to_string(i) + "@example.com");
    user.nonce = "nonce-" + std::to_string(i) + "-";
    intents.push_back({plan::Verb::kCreate, user.nonce, {state::PutUser{user}}});
  }
  testing::MemoryStore store;
  testing::MemoryJournals journals;
  state_access::JournalRecorder recorder(store, journals, state, state.estate, std::nullopt, "", "run-1",
                                         directory);
  REQUIRE(recorder.start({}));
  CHECK_FALSE(journals.on_disk("run-1").empty());
  std::atomic<int> failures{0}, missing{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([&, thread] {
        for (int i = thread; i < kThreads * kActions; i += kThreads) {
          const auto action = static_cast<plan::ActionIndex>(i);
          const state::Intent& intent = intents[static_cast<std::size_t>(i)];
          if (!recorder.begin(action, intent)) ++failures;
          if (journals.on_disk("run-1").find(intent.nonce) == std::string::npos) ++missing;
          if (!recorder.settle(action, {})) ++failures;
        }
      });
  }
  CHECK(failures == 0);
  CHECK(missing == 0);
  REQUIRE(recorder.finish());
}
