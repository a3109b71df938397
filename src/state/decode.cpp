#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/limits.hpp"
#include "state/located_json.hpp"
#include "state/state.hpp"
#include "state/state_reader.hpp"

namespace rollcall::state {
namespace {

/// Reads `format` and `version` alone: what they say decides how everything else is to be understood.
class HeaderProbe final : public DocumentReader {
 public:
  std::optional<std::string> format;
  std::optional<std::int64_t> version;

  Checked<bool> enter(const Path&, std::size_t) override { return true; }
  Checked<void> member(const Path& path, std::string key, std::size_t at, Node value) override {
    if (!path.empty()) return {};
    if (const auto* text = std::get_if<std::string>(&value.data); key == "format" && text != nullptr)
      format = *text;
    if (const auto* number = std::get_if<std::int64_t>(&value.data); key == "version" && number != nullptr)
      version = *number;
    if (format && version) return tl::unexpected<Problem>(Problem{at, {}});
    return {};
  }
};

std::string restore_hint(const std::string& name) {
  return fmt::format(
      "Restore an intact copy: {0}.bak is the state before the last write, "
      "or take the one that was archived last; `rollcall help state` says how. "
      "Do not delete {0}: Rollcall would treat every account and user as new.",
      name);
}

tl::unexpected<Error> no_serials(const State& state, const std::string& name) {
  return fail(fmt::format("The state {} has the serial {}, and none is larger than {}.", name, state.serial,
                          kLargestNumber),
              fmt::format("No number of runs reaches that, so another program changed the state. "
                          "Restore an intact copy: {}.bak is the state before the last write.",
                          name));
}

/// What `decode` would refuse in bytes that `encode` has made.
Checked<void> check_readable(std::string_view bytes) {
  if (bytes.size() > kStateLimit)
    return tl::unexpected<Problem>(Problem{0, fmt::format("it has more than {} MiB", kStateLimit >> 20U)});
  model::Directory directory;
  if (const Checked<State> state = read_state(bytes, kStateVersion, directory); !state)
    return tl::unexpected<Problem>(state.error());
  return {};
}

/// The byte of a conflict marker that Git leaves at the start of a line.
std::optional<std::size_t> find_conflict_marker(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::string_view rest = bytes.substr(at);
    if (rest.starts_with("<<<<<<< ") || rest.starts_with(">>>>>>> ")) return at;
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;
    at += end + 1;
  }
  return std::nullopt;
}

tl::unexpected<Error> refusal(std::string_view bytes, const std::string& name, const Problem& wrong) {
  const auto marker = find_conflict_marker(bytes);
  const std::size_t at = std::min(marker.value_or(wrong.at), bytes.size());
  const auto line = 1 + std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  if (marker)
    return fail(fmt::format("{}:{}: The state holds conflict markers of a merge.", name, line),
                "Take one side as a whole (git checkout --ours or --theirs), never lines of both, "
                "then run `rollcall refresh` to record what the server has. Then take the state out of Git, "
                "where the next merge breaks it again; `rollcall help state` says where to keep it.");
  return fail(fmt::format("{}:{}: The state cannot be used: {} (byte {}).", name, line, wrong.what, at),
              restore_hint(name));
}

/// Refuses what another program or a later Rollcall wrote before anything else of it is judged.
Expected<std::int64_t> read_version(std::string_view bytes, const std::string& name) {
  HeaderProbe probe;
  const Checked<void> read = read_document(bytes, probe);
  if (!read && !(probe.format && probe.version)) {
    if (!read.error().what.empty()) return refusal(bytes, name, read.error());
  }
  if (!probe.format || *probe.format != kStateFormat)
    return fail(fmt::format("{} is not a Rollcall state: its `format` is not \"{}\".", name, kStateFormat),
                "Name the state with --state or `state:` in the project file.");
  if (!probe.version || *probe.version < 1)
    return refusal(bytes, name, Problem{0, "`version` must be an integer from 1"});
  if (*probe.version > kStateVersion)
    return fail(fmt::format("{} has version {}, and this program reads version {} at most.", name,
                            *probe.version, kStateVersion),
                "A newer Rollcall wrote it: use that one, here and wherever else this state is written.");
  return *probe.version;
}

}  // namespace

bool looks_like_state(std::string_view start) {
  const std::string wanted = fmt::format("{{\"format\":\"{}\"", kStateFormat);
  std::string seen(start);
  std::erase_if(seen, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  seen.resize(std::min(seen.size(), wanted.size()));
  return wanted.starts_with(seen);
}

Expected<State> decode(std::string_view bytes, const std::string& name, model::Directory& directory) {
  if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return fail(fmt::format("{} is empty.", name), restore_hint(name));
  const Expected<std::int64_t> version = read_version(bytes, name);
  if (!version) return tl::unexpected<Error>(version.error());
  Checked<State> state = read_state(bytes, *version, directory);
  if (!state) return refusal(bytes, name, state.error());
  return std::move(*state);
}

Expected<std::string> encode_for_write(const State& state, const std::string& name,
                                       const model::Directory& directory) {
  if (state.serial > kLargestNumber) return no_serials(state, name);
  std::string bytes = encode(state, directory);
  if (const Checked<void> readable = check_readable(bytes); !readable)
    return fail(fmt::format("The state {} was not written, because it could not be read again: {}.", name,
                            readable.error().what),
                "The previous state is intact. Correct that value on the server or in the roster, "
                "move the journal of this run away where there is one, and run `rollcall refresh`. "
                "Then report this: Rollcall should have refused the value when it came in.");
  return bytes;
}

Expected<void> require_serials(const State& state, const std::string& name) {
  // One each for journals, for what was looked up, for the start and for the end, with some to spare.
  constexpr std::int64_t kWritesOfACommand = 10;
  if (state.serial > kLargestNumber - kWritesOfACommand) return no_serials(state, name);
  return {};
}

}  // namespace rollcall::state
