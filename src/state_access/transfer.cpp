#include "state_access/transfer.hpp"

#include <fmt/format.h>

#include "base/digest.hpp"

namespace rollcall::state_access {
namespace {

Expected<void> require_successor(const RecordedState& target, const state::State& incoming) {
  const std::string& name = target.store->name();
  const state::State& state = target.state;
  if (auto at_rest = require_at_rest(target); !at_rest) return at_rest;
  if (!target.exists) return {};
  if (state.lineage != incoming.lineage)
    return fail(
        fmt::format("{} has the lineage {}, and the other state {}.", name, state.lineage, incoming.lineage),
        "They are records of different estates: name another place for one of them.");
  if (incoming.serial < state.serial)
    return fail(fmt::format("{} has serial {}, and the other state is older (serial {}).", name, state.serial,
                            incoming.serial),
                "An older state does not know what was created since. Keep the newer one.");
  if (incoming.serial == state.serial)
    return fail(fmt::format("{} has serial {} as well, and says something else.", name, state.serial),
                "Two runs wrote them apart from each other. Keep the one that the last apply wrote, and run "
                "`rollcall refresh` over it.");
  return {};
}

}  // namespace

Expected<void> require_at_rest(const RecordedState& recorded) {
  if (!recorded.state.applying) return {};
  return fail(fmt::format("A run over {} was interrupted: {}.", recorded.store->name(),
                          recorded.state.applying->holder),
              "Run `rollcall refresh` there first, so that nothing of it is lost.");
}

Expected<bool> push(RecordedState& target, const state::State& incoming, const model::Directory& directory) {
  store::Store& store = *target.store;
  const auto bytes = state::encode_for_write(incoming, store.name(), directory);
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  if (target.version && target.digest == sha256(*bytes)) return false;
  if (const auto fits = require_successor(target, incoming); !fits)
    return tl::unexpected<Error>(fits.error());
  if (const auto written = store.write(*bytes, target.version); !written)
    return tl::unexpected<Error>(written.error());
  const auto read = store.read();
  if (!read) return tl::unexpected<Error>(read.error());
  if (!*read || (*read)->bytes != *bytes)
    return fail(fmt::format("{} does not give back what was written.", store.name()),
                "Do not use it: find out what changes it, and keep the state where it was.");
  return true;
}

}  // namespace rollcall::state_access
