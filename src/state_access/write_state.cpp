#include "state_access/write_state.hpp"

#include <utility>

#include "base/digest.hpp"

namespace rollcall::state_access {

Expected<void> write_state(store::Store& store, state::State& state, const model::Directory& directory,
                           std::optional<std::string>& version, std::string& digest) {
  ++state.serial;
  const auto bytes = state::encode_for_write(state, store.name(), directory);
  auto written = bytes ? store.write(*bytes, version) : tl::unexpected<Error>(bytes.error());
  if (!written) {
    --state.serial;
    return tl::unexpected<Error>(written.error());
  }
  version = std::move(*written);
  digest = sha256(*bytes);
  return {};
}

}  // namespace rollcall::state_access
