#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "state/journal.hpp"
#include "state_access/state_access.hpp"
#include "support/fake_chatwoot.hpp"
#include "support/fake_clock.hpp"
#include "support/memory_store.hpp"

namespace rollcall::testing {

constexpr const char* kServer = "https://chat.example.com";
constexpr const char* kLineage = "4b3c6a1e-5f0d-4c0e-9a53-0d2f5a1b7c10";

/// A state in memory with the journals beside it, the server that it belongs to, and a clock that stands.
struct Desk {
  model::Directory directory;
  std::shared_ptr<MemoryStore> store = std::make_shared<MemoryStore>();
  std::shared_ptr<MemoryJournals> journals = std::make_shared<MemoryJournals>();
  FakeClock clock{Time{std::chrono::hours{24}}};
  FakeEntropy entropy;
  FakeChatwoot chatwoot;
  /// Whether other machines use the state, too.
  bool shared = false;

  model::RecordedAccount account(const std::string& key, model::ServerId id, const std::string& nonce) {
    model::RecordedAccount account;
    account.ref = directory.accounts.intern(key);
    account.id = id;
    account.nonce = nonce;
    account.settings.set(model::Field::kName, "Account " + key);
    return account;
  }
  /// What creates it, as a journal and a state say it before the server has given it an id.
  state::Intent creation(const std::string& key, const std::string& nonce) {
    return {plan::Verb::kCreate, nonce, {state::PutAccount{account(key, 0, nonce)}}};
  }
  /// The state of serial 7 with the account hq.
  state::State hq() {
    state::State state;
    state.lineage = kLineage;
    state.serial = 7;
    state.server = kServer;
    state.last_run = "run-0";
    state.estate.accounts = {account("hq", 1, "n1")};
    return state;
  }
  void put(const state::State& state) {
    store = std::make_shared<MemoryStore>(state::encode(state, directory));
  }
  /// The journal of a run that began with what the store holds, and its header as `change` makes it.
  void put_journal(
      const std::string& run, const std::vector<state::JournalEntry>& entries,
      const std::function<void(state::JournalHeader&)>& change = [](state::JournalHeader&) {}) {
    const auto& stored = store->stored();
    state::JournalHeader header{kLineage, run, stored ? sha256(stored->bytes) : std::string(state::kAbsent),
                                stored ? 7 : 0, kServer};
    change(header);
    state::JournalEncoder encoder(directory);
    std::string bytes = encoder.header(header);
    for (const state::JournalEntry& entry : entries) bytes += encoder.entry(entry);
    journals->files()[run] = std::move(bytes);
  }
  /// An account that was created, and one of which nobody knows.
  std::vector<state::JournalEntry> two_creations() {
    return {state::Begun{0, creation("lab", "n2")},
            state::Settled{0, {state::PutAccount{account("lab", 2, "n2")}}},
            state::Begun{1, creation("shop", "n3")}};
  }

  static store::LockInfo writer() { return {"ana", "runner", "2026-01-31T00:00:00Z", 4711, "apply"}; }
  Expected<state_access::RecordedState> open(const state_access::Use& use) {
    return state_access::open({store, journals, shared}, directory, use, clock, entropy);
  }
  state_access::RecordedState read() {
    auto recorded = open({kServer, {}, {}});
    if (!recorded) FAIL(recorded.error().message);
    return std::move(*recorded);
  }
  state_access::RecordedState write() {
    auto recorded = open({kServer, writer(), {}});
    if (!recorded) FAIL(recorded.error().message);
    return std::move(*recorded);
  }
  std::string refused(const std::optional<store::LockInfo>& writer = std::nullopt,
                      const std::string& server = kServer) {
    const auto recorded = open({server, writer, {}});
    return recorded ? "" : recorded.error().message;
  }
  [[nodiscard]] state::State stored() {
    auto state = state::decode(store->stored()->bytes, "memory", directory);
    REQUIRE(state);
    return *state;
  }
  std::size_t events(const std::string& what) const {
    return static_cast<std::size_t>(std::count(store->events().begin(), store->events().end(), what));
  }
  std::vector<std::string> keys(const model::RecordedEstate& estate) const {
    std::vector<std::string> keys;
    for (const auto& account : estate.accounts) keys.push_back(directory.key(account.ref));
    std::sort(keys.begin(), keys.end());
    return keys;
  }
};

}  // namespace rollcall::testing
