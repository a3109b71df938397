#include <algorithm>
#include <charconv>
#include <string>

#include "fuzz.hpp"
#include "state/state.hpp"

namespace rollcall::fuzz::state_target {
namespace {

constexpr std::string_view kName = "rollcall.state.json";

void require_explained(const Error& error, std::string_view bytes) {
  fuzz::require_error(error);
  std::string_view rest = error.message;
  fuzz::require(rest.starts_with(kName), "a refusal names the file", error.message);
  rest.remove_prefix(kName.size());
  if (!rest.starts_with(':')) return;
  std::uint64_t line = 0;
  std::from_chars(rest.data() + 1, rest.data() + rest.size(), line);
  const auto lines = 1 + std::count(bytes.begin(), bytes.end(), '\n');
  fuzz::require(line >= 1 && line <= static_cast<std::uint64_t>(lines),
                "a refusal points at a line of the file", error.message);
}

}  // namespace

ROLLCALL_FUZZ_TARGET(state) {
  const std::string_view bytes = fuzz::text_of(data, size);
  model::Directory directory;
  const auto state = state::decode(bytes, std::string(kName), directory);
  if (!state) {
    require_explained(state.error(), bytes);
    return 0;
  }
  const std::string written = state::encode(*state, directory);
  model::Directory fresh;
  const auto read = state::decode(written, std::string(kName), fresh);
  fuzz::require(read.has_value(), "what is written can be read", read ? "" : read.error().message);
  fuzz::require(state::encode(*read, fresh) == written, "what is read is written again as it was", written);
  fuzz::require(read->estate.grants.size() == state->estate.grants.size() &&
                    read->estate.accounts.size() == state->estate.accounts.size() &&
                    read->estate.users.size() == state->estate.users.size() &&
                    read->estate.bots.size() == state->estate.bots.size(),
                "nothing is lost on the way");
  model::Directory same = directory;
  const auto equal = state::decode(written, std::string(kName), same);
  fuzz::require(equal && equal->estate == state->estate, "the estate is the same", written);
  return 0;
}

}  // namespace rollcall::fuzz::state_target
