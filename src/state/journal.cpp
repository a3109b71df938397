#include "state/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/digest.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "state/located_json.hpp"
#include "state/object_reader.hpp"
#include "state/object_writer.hpp"
#include "state/state_change_json.hpp"

namespace rollcall::state {
namespace {

/// Of a SHA-256: enough to find every accident, short enough to read past.
constexpr std::size_t kChecksumDigits = 16;

std::string checksum(std::string_view previous, std::string_view object) {
  std::string text(previous);
  text += object;
  return sha256(text).substr(0, kChecksumDigits);
}

/// The members of a line's object, whole.
class LineReader final : public DocumentReader {
 public:
  Node::Map members;

  Checked<bool> enter(const Path&, std::size_t) override { return false; }
  Checked<void> member(const Path&, std::string key, std::size_t at, Node value) override {
    if (find(members, key) != nullptr)
      return tl::unexpected<Problem>(Problem{at, fmt::format("the key `{}` is there twice", key)});
    members.push_back({std::move(key), at, std::move(value)});
    return {};
  }
};

Checked<JournalHeader> read_header(const Node::Map& members) {
  const auto refuse = [](std::string what) { return tl::unexpected<Problem>(Problem{0, std::move(what)}); };
  const auto text = [&](std::string_view key) -> std::string {
    const Node* node = find(members, key);
    const auto* value = node == nullptr ? nullptr : std::get_if<std::string>(&node->data);
    return value == nullptr ? std::string() : *value;
  };
  const auto number = [&](std::string_view key) -> std::int64_t {
    const Node* node = find(members, key);
    const auto* value = node == nullptr ? nullptr : std::get_if<std::int64_t>(&node->data);
    return value == nullptr ? -1 : *value;
  };
  if (text("format") != kJournalFormat) return refuse("it is not a Rollcall journal");
  const std::int64_t version = number("version");
  if (version > kJournalVersion)
    return refuse(
        fmt::format("it has version {}, and this program reads version {} at most: "
                    "a newer Rollcall wrote it",
                    version, kJournalVersion));
  constexpr std::int64_t kFirstWithServer = 3;
  const bool has_plan = version >= kFirstWithServer && find(members, "plan_digest") != nullptr;
  const std::size_t size = (version < kFirstWithServer ? 6U : 7U) + (has_plan ? 1U : 0U);
  JournalHeader header{text("lineage"),  text("run"),    text("base"),
                       number("serial"), text("server"), text("plan_digest")};
  if (version < 1 || members.size() != size || !is_token(header.lineage) || !is_token(header.run) ||
      !is_token(header.base) || has_plan != is_token(header.plan_digest) || header.serial < 0 ||
      header.serial > kLargestNumber || header.server.empty() != (version < kFirstWithServer))
    return refuse("its header is incomplete");
  return header;
}

Checked<JournalEntry> read_entry(const Node::Map& members, model::Directory& directory) {
  const auto refuse = [](std::string what) { return tl::unexpected<Problem>(Problem{0, std::move(what)}); };
  const auto number = [&](std::string_view key) -> std::optional<std::uint32_t> {
    const Node* node = find(members, key);
    const auto* value = node == nullptr ? nullptr : std::get_if<std::int64_t>(&node->data);
    if (value == nullptr || *value < 0 || *value > std::numeric_limits<std::uint32_t>::max())
      return std::nullopt;
    return static_cast<std::uint32_t>(*value);
  };
  for (const std::string_view key : {"begun", "intended"}) {
    if (find(members, key) == nullptr) continue;
    const auto action = number(key);
    auto intent = read_intent(members, 0, directory);
    if (!intent) return tl::unexpected<Problem>(intent.error());
    if (!action || members.size() != 1 + members_of(*intent))
      return refuse(fmt::format("it is not an action that was {}", key));
    if (key == "begun") return Begun{*action, std::move(*intent)};
    return Intended{*action, std::move(*intent)};
  }
  if (find(members, "sent") != nullptr) {
    const auto action = number("sent");
    if (!action || members.size() != 1) return refuse("it is not an action that was sent");
    return Sent{*action};
  }
  std::vector<StateChange> facts;
  if (const Node* node = find(members, "facts")) {
    auto records = read_state_changes(*node, 0, directory);
    if (!records) return tl::unexpected<Problem>(records.error());
    facts = std::move(*records);
  }
  if (find(members, "settled") != nullptr) {
    const auto action = number("settled");
    const std::size_t known = find(members, "facts") != nullptr ? 2 : 1;
    if (!action || members.size() != known) return refuse("it is not an action that was settled");
    return Settled{*action, std::move(facts)};
  }
  if (facts.empty() || members.size() != 1) return refuse("it is not an entry of a journal");
  return Noted{std::move(facts)};
}

/// What stands on a line if its checksum holds.
std::optional<std::string_view> object_of(std::string_view line, std::string_view previous) {
  if (line.size() <= kChecksumDigits + 1 || line[kChecksumDigits] != ' ') return std::nullopt;
  const std::string_view object = line.substr(kChecksumDigits + 1);
  if (checksum(previous, object) != line.substr(0, kChecksumDigits)) return std::nullopt;
  return object;
}

/// Whether an end without a line break is what a crash leaves: a part of a line, or nothing but zeroes where
/// the disk never got the bytes. A whole line with something else after it was damaged later.
bool is_cut_off(std::string_view end, std::string_view previous) {
  const std::size_t zeroes = end.find('\0');
  if (end.find_first_not_of('\0', std::min(zeroes, end.size())) != std::string_view::npos) return false;
  const std::string_view text = end.substr(0, zeroes);
  return text.empty() || zeroes != std::string_view::npos ||
         !object_of(text.substr(0, text.size() - 1), previous);
}

tl::unexpected<Error> refusal(const std::string& name, std::size_t line, const std::string& what) {
  return fail(fmt::format("{}:{}: The journal cannot be used: {}.", name, line, what),
              fmt::format("It holds what an interrupted run did. Restore an intact copy of it; "
                          "if there is none, move {} away and run `rollcall refresh`: "
                          "what only this journal knew is then found on the server, "
                          "and an account that is not recorded stops the next apply with what to do.",
                          name));
}

}  // namespace

std::string JournalEncoder::line(const std::string& object) {
  previous_ = checksum(previous_, object);
  return fmt::format("{} {}\n", previous_, object);
}

std::string JournalEncoder::header(const JournalHeader& header) {
  previous_.clear();
  std::string object = fmt::format(
      R"({{"format": "{}", "version": {}, "lineage": "{}", "run": "{}", "base": "{}", "serial": {}, "server": )",
      kJournalFormat, kJournalVersion, header.lineage, header.run, header.base, header.serial);
  append_json_text(object, header.server);
  if (!header.plan_digest.empty()) object += fmt::format(R"(, "plan_digest": "{}")", header.plan_digest);
  return line(object + "}");
}

std::string JournalEncoder::entry(const JournalEntry& entry) {
  std::string object = "{";
  if (const auto* begun = std::get_if<Begun>(&entry)) {
    fmt::format_to(std::back_inserter(object), "\"begun\": {}, ", begun->action);
    append_intent(object, begun->intent, directory_);
  } else if (const auto* intended = std::get_if<Intended>(&entry)) {
    fmt::format_to(std::back_inserter(object), "\"intended\": {}, ", intended->action);
    append_intent(object, intended->intent, directory_);
  } else if (const auto* sent = std::get_if<Sent>(&entry)) {
    fmt::format_to(std::back_inserter(object), "\"sent\": {}", sent->action);
  } else if (const auto* settled = std::get_if<Settled>(&entry)) {
    fmt::format_to(std::back_inserter(object), "\"settled\": {}", settled->action);
    if (!settled->facts.empty()) {
      object += ", \"facts\": ";
      append_state_changes(object, settled->facts, directory_);
    }
  } else {
    object += "\"facts\": ";
    append_state_changes(object, std::get<Noted>(entry).facts, directory_);
  }
  return line(object + "}");
}

Expected<JournalEnds> read_journal(std::string_view bytes, const std::string& name,
                                   model::Directory& directory,
                                   const std::function<Expected<void>(const JournalHeader&)>& fits,
                                   const std::function<void(JournalEntry)>& visit) {
  JournalEnds ends;
  std::string previous;
  for (std::size_t number = 1; !bytes.empty(); ++number) {
    const std::size_t end = bytes.find('\n');
    const std::string_view text = bytes.substr(0, end);
    const auto object = object_of(text, previous);
    if (end == std::string_view::npos && !object) {
      if (!is_cut_off(text, previous)) return refusal(name, number, "its last line was changed");
      ends.torn = true;
      return ends;
    }
    if (!object) return refusal(name, number, "this line is not as it was written");
    previous = text.substr(0, kChecksumDigits);
    bytes.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    LineReader line;
    if (const auto read = read_document(*object, line); !read)
      return refusal(name, number, read.error().what);
    if (!ends.header) {
      auto header = read_header(line.members);
      if (!header) return refusal(name, number, header.error().what);
      if (auto fit = fits(*header); !fit) return tl::unexpected<Error>(fit.error());
      ends.header = std::move(*header);
      continue;
    }
    auto entry = read_entry(line.members, directory);
    if (!entry) return refusal(name, number, entry.error().what);
    visit(std::move(*entry));
  }
  return ends;
}

}  // namespace rollcall::state
