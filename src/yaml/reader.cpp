#include "yaml/reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "yaml/scalar.hpp"
#include "yaml/synonyms.hpp"

namespace rollcall::yaml {
namespace {

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kScalar:
      return "a single value";
    case Kind::kList:
      return "a list";
    case Kind::kMapping:
      break;
  }
  return "a mapping";
}

/// Long texts are cut, so that a message stays one line.
std::string shown(std::string_view text) {
  constexpr std::size_t kMax = 60;
  return shortened(text, kMax, "…");
}

std::string listed(std::span<const std::string_view> words, std::string_view last = ", ") {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? last : ", ";
    out += fmt::format("`{}`", words[i]);
  }
  return out;
}

std::string kind_hint(Node node, Kind wanted) {
  if (wanted == Kind::kList && node.is_scalar())
    return fmt::format("write it as a list: [{}]", shown(node.text()));
  if (wanted == Kind::kList && node.is_mapping()) return "start each entry with `- `";
  if (wanted == Kind::kMapping && node.is_list()) return "write `key: value` lines without dashes";
  if (wanted == Kind::kMapping && node.is_scalar() && node.text().find(':') != std::string_view::npos)
    return "write a space after the colon: `key: value`";
  return {};
}

}  // namespace

bool Reader::require(Node node, Kind kind, std::string_view what) const {
  if (node.kind() == kind) return true;
  if (node.is_null()) {
    if (node.text().empty())
      problems_->error("R033", node.span(), fmt::format("{} has no value", what),
                       "write one, or leave it out");
    else
      problems_->error("R033", node.span(), fmt::format("{} is null, which is not allowed here", what),
                       "what is not written is not managed: remove the key, or write a value");
    return false;
  }
  problems_->error("R031", node.span(),
                   fmt::format("{} is {}, but must be {}", what, name_of(node.kind()), name_of(kind)),
                   kind_hint(node, kind));
  return false;
}

std::optional<std::string_view> Reader::text(Node node, std::string_view what) const {
  if (!require(node, Kind::kScalar, what)) return std::nullopt;
  const std::string_view text = node.text();
  if (node.is_plain()) {
    if (const Reading reading = reading_of(text); reading != Reading::kText) {
      problems_->error(
          "R032", node.span(),
          fmt::format("{} must be a string, but YAML reads `{}` as {}", what, shown(text), describe(reading)),
          fmt::format("put it in quotes: \"{}\"", shown(text)));
      return std::nullopt;
    }
  }
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    problems_->error("R040", node.span(), fmt::format("{} is empty", what),
                     "write a value, or remove the key");
    return std::nullopt;
  }
  return text;
}

std::optional<std::string_view> Reader::text(Node node, std::string_view what, std::size_t limit) const {
  const auto found = text(node, what);
  if (!found) return std::nullopt;
  if (const std::size_t length = count_characters(*found); length > limit) {
    problems_->error(
        "R041", node.span(),
        fmt::format("{} has {} characters, but the server accepts at most {}", what, length, limit),
        "shorten it");
    return std::nullopt;
  }
  return found;
}

std::optional<std::string_view> Reader::free_key(Node key, std::string_view what) const {
  if (!key.is_scalar()) return std::nullopt;
  return text(key, what);
}

std::optional<bool> Reader::boolean(Node node, std::string_view what) const {
  if (!require(node, Kind::kScalar, what)) return std::nullopt;
  if (node.is_plain())
    if (const auto value = parse_boolean(node.text())) return value;
  const bool quoted = !node.is_plain() && parse_boolean(node.text());
  problems_->error("R035", node.span(),
                   fmt::format("{} must be true or false, not `{}`", what, shown(node.text())),
                   quoted ? "remove the quotes" : "");
  return std::nullopt;
}

std::optional<std::int64_t> Reader::whole_number(Node node, std::string_view what, std::int64_t least,
                                                 std::int64_t most) const {
  if (!require(node, Kind::kScalar, what)) return std::nullopt;
  const auto value = parse_whole_number(node.text());
  if (value && node.is_plain() && *value >= least && *value <= most) return value;
  if (value && !node.is_plain()) {
    problems_->error("R036", node.span(), fmt::format("{} must be an integer, not a string", what),
                     "remove the quotes");
  } else {
    const std::string range = most == std::numeric_limits<std::int64_t>::max()
                                  ? fmt::format("of at least {}", least)
                                  : fmt::format("from {} to {}", least, most);
    problems_->error("R036", node.span(),
                     fmt::format("{} must be an integer {}, not `{}`", what, range, shown(node.text())),
                     value ? "" : "write decimal digits only, without a leading zero");
  }
  return std::nullopt;
}

std::optional<Date> Reader::date(Node node, std::string_view what) const {
  if (!require(node, Kind::kScalar, what)) return std::nullopt;
  if (const auto date = parse_date(node.text())) return date;
  problems_->error("R037", node.span(), fmt::format("{} must be a date, not `{}`", what, shown(node.text())),
                   "write a day that exists as YYYY-MM-DD, 1970 or later");
  return std::nullopt;
}

std::optional<std::size_t> Reader::word(Node node, std::string_view what,
                                        std::span<const std::string_view> words) const {
  if (!require(node, Kind::kScalar, what)) return std::nullopt;
  const auto found = std::find(words.begin(), words.end(), node.text());
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const auto near = meant_word(node.text(), {words.begin(), words.end()});
  const std::string name = what.starts_with('`') ? std::string(what.substr(1, what.size() - 2)) : "value";
  problems_->error("R038", node.span(),
                   near ? fmt::format("unknown {} `{}`, did you mean `{}`?", name, shown(node.text()), *near)
                        : fmt::format("unknown {} `{}`", name, shown(node.text())),
                   fmt::format("write {}", choices(words)));
  return std::nullopt;
}

std::optional<std::string> Reader::unknown_key(Node key, std::string_view what,
                                               const std::vector<std::string>& known) const {
  auto near = meant_word(key.text(), known);
  std::vector<std::string_view> words(known.begin(), known.end());
  // "the account", not "the account `desk`": what many get through aliases is told once.
  const bool named = what.starts_with("the ") && what.ends_with('`');
  const std::string_view place = named ? what.substr(0, what.find(" `")) : what;
  problems_->error("R030", key.span(),
                   near ? fmt::format("unknown key `{}`, did you mean `{}`?", shown(key.text()), *near)
                        : fmt::format("unknown key `{}`", shown(key.text())),
                   fmt::format("keys of {}: {}", place, listed(words)));
  return near;
}

void Reader::missing_key(const Span& at, std::string_view what, std::string_view name) const {
  problems_->error("R034", at, fmt::format("{} has no `{}`, which is required", what, name),
                   fmt::format("add `{}: …`", name));
}

void Reader::empty_list(Node node, std::string_view what) const {
  problems_->error("R039", node.span(), fmt::format("{} is an empty list", what),
                   "add an entry, or remove the key");
}

std::string choices(std::span<const std::string_view> words) {
  return listed(words, " or ");
}

}  // namespace rollcall::yaml
