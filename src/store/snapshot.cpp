#include "store/snapshot.hpp"

#include <fmt/format.h>

#include <utility>

namespace rollcall::store {

Expected<Snapshot> read_snapshot(Store& store, Journals& journals) {
  constexpr int kAttempts = 20;
  auto before = store.read();
  for (int attempt = 0; before && attempt < kAttempts; ++attempt) {
    Snapshot snapshot;
    const auto runs = journals.runs();
    if (!runs) return tl::unexpected<Error>(runs.error());
    for (const std::string& run : *runs) {
      auto bytes = journals.read(run);
      if (!bytes) return tl::unexpected<Error>(bytes.error());
      if (*bytes) snapshot.journals.emplace_back(run, std::move(**bytes));
    }
    auto after = store.read();
    if (!after) return tl::unexpected<Error>(after.error());
    if (*before == *after) {
      snapshot.stored = std::move(*before);
      return snapshot;
    }
    before = std::move(after);
  }
  if (!before) return tl::unexpected<Error>(before.error());
  return fail(fmt::format("{} changes faster than it can be read.", store.name()),
              "Another run is at work: try again when it is over.");
}

}  // namespace rollcall::store
