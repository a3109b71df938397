#include <utility>

#include "plan/drift_parts.hpp"

namespace rollcall::plan {
namespace {

using model::DesiredBot;
using model::LiveBot;
using model::RecordedBot;

/// The server knows nothing of a bot's key: only the record has to follow.
void compare_key(Comparison& all, const DesiredBot& wanted) {
  const auto* move = change_to(all.moves.bots, wanted.ref);
  if (move == nullptr) return;
  DriftItem item;
  item.verdict = Verdict::kPending;
  item.address = model::address_of(wanted.ref, all.directory);
  item.what = "key";
  item.wanted = Fact(all.directory.key(wanted.ref));
  item.recorded = Fact(all.directory.key(move->from));
  item.live_read = false;
  item.origin = move->origin;
  all.add(std::move(item));
}

void compare_recorded(Comparison& all, const DesiredBot& wanted, const RecordedBot& recorded) {
  const LiveBot* live = model::find_bot(all.live, recorded.id);
  const std::string address = model::address_of(wanted.ref, all.directory);
  compare_key(all, wanted);
  if (!compare_object(all, &wanted, recorded, live, address)) return;
  compare_settings(
      all, wanted, address,
      [&](const auto& name, const auto& value) { return recorded_value(recorded, name, value); },
      [&](const model::SettingName& name) {
        return live_bot_value(*live, name, all.accounts, all.directory);
      });
}

void compare_new(Comparison& all, const DesiredBot& wanted) {
  const RecordedBot* none = nullptr;
  DriftItem item = object_item({Verdict::kPending}, model::address_of(wanted.ref, all.directory), &wanted,
                               none, static_cast<const LiveBot*>(nullptr));
  item.live_read = all.drift.bots_listed;
  all.add(std::move(item));
}

void compare_left(Comparison& all, const RecordedBot& recorded) {
  const std::string address = model::address_of(recorded.ref, all.directory);
  if (recorded.released && !all.deletes(address)) return;
  const DesiredBot* none = nullptr;
  compare_object(all, none, recorded, model::find_bot(all.live, recorded.id), address);
}

}  // namespace

void compare_bots(Comparison& all) {
  compare_kind<model::Bot>(
      all, [&](const auto& wanted) { compare_new(all, wanted); },
      [&](const auto& wanted, const auto& recorded) { compare_recorded(all, wanted, recorded); },
      [&](const auto& recorded) { compare_left(all, recorded); });
}

}  // namespace rollcall::plan
