#include <algorithm>
#include <set>

#include "apply/recovery.hpp"
#include "random_estate.hpp"
#include "support/slow.hpp"

using namespace rollcall;
using testing::Applied;
using testing::FakeChatwoot;
using testing::random_estate;
using Json = nlohmann::json;

namespace {

/// What the server holds, without ids and nonces: one line an object, sorted, so that nothing can be there
/// twice unseen.
std::vector<std::string> picture_of(FakeChatwoot& chatwoot) {
  const auto unmarked = [](Json object) {
    if (auto& attributes = object["custom_attributes"]; attributes.contains("rollcall")) {
      const std::string marker = attributes["rollcall"];
      attributes["rollcall"] = marker.substr(0, marker.rfind('/'));
    }
    object.erase("id");
    return object;
  };
  std::vector<std::string> lines;
  for (const auto& [id, user] : chatwoot.users) lines.push_back("user " + unmarked(user).dump());
  for (const auto& [id, account] : chatwoot.accounts) {
    std::set<std::string> members;
    for (const auto& [user, role] : chatwoot.members[id])
      members.insert(chatwoot.users.at(user)["email"].get<std::string>() + " " + role);
    lines.push_back(fmt::format("account {} {}", unmarked(account).dump(), fmt::join(members, ", ")));
  }
  for (const auto& [id, bot] : chatwoot.bots) {
    const auto account = bot["account_id"].is_null() ? chatwoot.accounts.end()
                                                     : chatwoot.accounts.find(bot["account_id"].get<int>());
    lines.push_back(fmt::format("bot {} {} {}", bot["name"].dump(), bot["description"].dump(),
                                account == chatwoot.accounts.end() ? "" : account->second["name"].dump()));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

enum class Ends { kKilled, kPowerCut };

/// What the next command reads after a run that ended somewhere, as the file brings it back. A power cut
/// takes along which of the intended actions were sent.
state::State state_after(Applied& a, Ends how) {
  state::State state;
  state.lineage = a.settings.lineage;
  state.server = "https://chat.example.com";
  state.estate = a.after();
  for (const auto& [action, intent] : a.recorder.open())
    if (how == Ends::kKilled || !a.recorder.intended().contains(action)) state.unresolved.push_back(intent);
  for (auto [action, intent] : a.recorder.intended()) {
    if (how == Ends::kKilled && a.recorder.open().contains(action)) continue;
    intent.only_intended = true;
    state.unresolved.push_back(std::move(intent));
  }
  auto back = state::decode(state::encode(state, a.directory), "state", a.directory);
  if (!back) FAIL(back.error().message);
  CHECK(std::is_permutation(back->unresolved.begin(), back->unresolved.end(), state.unresolved.begin(),
                            state.unresolved.end()));
  return *back;
}

/// Looks, plans and applies again, as the next apply does.
void go_on(Applied& a, Ends how) {
  state::State state = state_after(a, how);
  const auto recovery = apply::recover(state, a.directory, a.chatwoot.server.connections());
  if (!recovery) FAIL(recovery.error().message);
  a.recorded = state::fold(std::move(state.estate), recovery->facts);
  a.settings.unresolved = recovery->open;
  a.plan_it();
  testing::MemoryRecorder recorder;
  const apply::Environment environment{a.chatwoot.server.connections(), recorder, a.clock, a.entropy, {}};
  a.result = apply::run(a.plan, a.recorded, a.directory, a.settings, environment);
  for (const auto& one : a.result.results) {
    INFO(plan::address_of(a.plan.actions[one.action], a.directory) << ": " << one.error.message);
    CHECK((one.outcome == plan::Outcome::kDone || one.outcome == plan::Outcome::kUnchanged));
  }
  CHECK(a.result.stop == plan::Stop::kFinished);
  CHECK(recorder.open().empty());
  a.recorded = state::fold(std::move(a.recorded), recorder.facts());
}

enum class Fails { kSettle, kBegin };

/// Interrupts the apply of this estate at each of its records in turn. Gives the number of interruptions.
std::size_t interrupt_everywhere(std::uint32_t seed, bool recorded, unsigned parallelism, Fails fails,
                                 bool listing_broken) {
  const auto whole = random_estate(seed, recorded);
  whole->settings.parallelism = parallelism;
  whole->chatwoot.listing_broken = listing_broken;
  const auto made = whole->make();
  if (!made) return 0;
  whole->plan = *made;
  whole->carry_out();
  if (!whole->all_done()) return 0;
  whole->recorded = whole->after();
  remove_by_id(*whole);
  const std::vector<std::string> wanted = picture_of(whole->chatwoot);

  for (std::size_t k = 1;; ++k) {
    const auto a = random_estate(seed, recorded);
    a->settings.parallelism = parallelism;
    a->chatwoot.listing_broken = listing_broken;
    if (fails == Fails::kSettle)
      a->recorder.fail_from(k);
    else
      a->recorder.fail_begin_from(k);
    a->run();
    if (a->result.stop == plan::Stop::kFinished) return k - 1;
    const Ends how = (seed + k) % 2 == 0 ? Ends::kKilled : Ends::kPowerCut;
    INFO("seed " << seed << ", interrupted at " << k << (fails == Fails::kSettle ? " (outcome)" : " (intent)")
                 << ", parallelism " << parallelism << (listing_broken ? ", no listing" : "")
                 << (how == Ends::kPowerCut ? ", power cut" : "") << "\n"
                 << test::describe(a->plan, a->directory));
    go_on(*a, how);
    remove_by_id(*a);
    CHECK(picture_of(a->chatwoot) == wanted);
    const auto again = a->make();
    REQUIRE(again);
    CHECK(test::describe(*again, a->directory) == "");
  }
}

}  // namespace

TEST_CASE("an apply that is interrupted at any record is finished by the next one, nothing twice") {
  const unsigned parallelism = GENERATE(1U, 4U);
  const auto fails = GENERATE(Fails::kSettle, Fails::kBegin);
  const bool recorded = GENERATE(false, true);
  const bool listing_broken = GENERATE(false, true);
  const std::uint32_t seeds = recorded ? (testing::kSlow ? 6U : 60U) : (testing::kSlow ? 2U : 12U);
  std::size_t interruptions = 0;
  for (std::uint32_t seed = 1; seed <= seeds; ++seed)
    interruptions += interrupt_everywhere(seed, recorded, parallelism, fails, listing_broken);
  CHECK(interruptions > (testing::kSlow ? 15U : 60U));
}
