#pragma once

#include <functional>

#include "fixture.hpp"
#include "support/random_estates.hpp"

namespace rollcall::testing {

/// A small estate with a server that agrees with its record (empty unless `recorded`). Guardrails let
/// everything through. `dress` may add to both sides before the server gets the record.
inline std::unique_ptr<Applied> random_estate(std::uint32_t seed, bool recorded,
                                              const std::function<void(test::RandomEstates&)>& dress = {}) {
  auto applied = std::make_unique<Applied>();
  test::RandomEstates random(seed);
  if (recorded) random.record_something();
  random.want_something(5000);
  if (dress) dress(random);
  static_cast<test::Estates&>(*applied) = random.estates();
  applied->options.guardrails.min_administrators = 0;
  applied->options.guardrails.max_removals = model::RemovalCount{1000};
  applied->settings.parallelism = 1 + seed % 4;
  applied->serve();
  for (const model::DesiredAccount& wanted : applied->desired.accounts)
    if (wanted.id && !applied->chatwoot.accounts.contains(*wanted.id))
      applied->chatwoot.add_account(*wanted.id, "By hand");
  for (const model::RecordedAccount& account : applied->recorded.accounts)
    for (const model::UnlistedMember& member : account.unlisted)
      applied->chatwoot.add_user(member.user_id, member.email.value_or("hidden@example.com"), "A guest");
  return applied;
}

/// Carries out what a next plan still has for members without an address, and records it.
inline void remove_by_id(Applied& a) {
  const auto plan = a.make();
  if (!plan || !test::removes_by_id_only(*plan, a.directory)) return;
  MemoryRecorder recorder;
  const apply::Environment environment{a.chatwoot.server.connections(), recorder, a.clock, a.entropy, {}};
  apply::run(*plan, a.recorded, a.directory, a.settings, environment);
  a.recorded = state::fold(std::move(a.recorded), recorder.facts());
}

}  // namespace rollcall::testing
