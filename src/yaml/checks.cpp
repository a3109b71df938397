// What a file may not have though it is YAML: the checks of the builder.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "yaml/builder.hpp"
#include "yaml/merge.hpp"
#include "yaml/parse.hpp"
#include "yaml/properties.hpp"

namespace rollcall::yaml {
namespace {

constexpr std::string_view kTextTag = "tag:yaml.org,2002:str";

}  // namespace

void Builder::check_tag(std::uint32_t index, const std::string& tag) {
  if (tag.empty() || tag == "?" || tag == "!" || tag == kTextTag) return;
  const Document::Raw place = past_properties(document_->raw_[index], true);
  const std::size_t length = end_of_property(text_, place.offset) - place.offset;
  problems_->error(
      "R019", {{document_->file_, place.line, place.column}, static_cast<std::uint32_t>(length)},
      fmt::format("the tag `{}` is not supported", shown_value(text_.substr(place.offset, length))),
      "remove it; only `!!str` is supported, and quotes have the same effect");
}

void Builder::check_key(std::uint32_t index) {
  const Node key = node(index);
  if (key.is_scalar()) return;
  if (key.is_null() && key.text().empty())
    missing_keys_.push_back(index);
  else if (key.is_null())
    problems_->error("R013", key.span(),
                     fmt::format("YAML reads `{}` as null, but a key must be a string", key.text()),
                     fmt::format("write it in quotes: \"{}\"", key.text()));
  else if (!starts_without_key(index))
    problems_->error("R012", key.span(), "a key must be a string, but this one is a list or a mapping",
                     "put a string that starts with `[`, `{` or `*` in quotes");
}

/// Whether what is wrong with a key that is a mapping is that one is missing where it begins (`? : a`). Other
/// keys that are missing in it are beside the point.
bool Builder::starts_without_key(std::uint32_t index) {
  const auto inside = std::upper_bound(missing_keys_.begin(), missing_keys_.end(), index);
  const bool starts =
      inside != missing_keys_.end() && *inside == index + 1 && node(*inside).origin() == node(index).origin();
  missing_keys_.erase(starts ? inside + 1 : inside, missing_keys_.end());
  return starts;
}

/// yaml-cpp takes a lone word for a key without a value.
void Builder::check_missing_colon(std::uint32_t key) {
  Document::Raw& raw = document_->raw_[key];
  const Document::Raw& mapping = document_->raw_[frames_.back().node];
  if (raw.style != Style::kPlain || text_.substr(mapping.offset).starts_with('{')) return;
  const std::size_t next = text_.find_first_not_of(" \t", raw.offset + raw.payload);
  if (next != std::string_view::npos && text_[next] == ':') return;
  const std::size_t before =
      raw.offset == 0 ? std::string_view::npos : text_.find_last_not_of(" \t", raw.offset - 1);
  if (before != std::string_view::npos &&
      (text_[before] == '?' || text_[before] == '[' || text_[before] == ','))
    return;
  const std::string_view word = node(key).text();
  const std::size_t colon = word.find(':');
  problems_->error(
      "R006", node(key).span(),
      fmt::format("`{}` is not followed by a colon, so it is not a key", shown_value(word)),
      colon == std::string_view::npos
          ? std::string("write `key: value`")
          : fmt::format("a space is missing after the colon: write `{}: {}`",
                        shown_value(word.substr(0, colon)), shown_value(word.substr(colon + 1))));
  // Said once: what reads the mapping skips keys that are none.
  raw.style = Style::kNull;
}

void Builder::check_depth(std::uint32_t index, std::size_t levels) {
  if (levels <= kMaxDepth) return;
  problems_->error("R014", node(index).span(),
                   fmt::format("this is nested more than {} levels deep", kMaxDepth),
                   "about six levels are enough; check the brackets");
  throw Stop{};
}

void Builder::find_duplicates(std::uint32_t mapping) {
  keys_.clear();
  const std::uint32_t end = static_cast<std::uint32_t>(document_->raw_.size());
  for (std::uint32_t key = mapping + 1; key < end; key = document_->after(document_->after(key)))
    if (const Node found = node(key); found.is_scalar()) keys_.emplace_back(found.text(), key);
  if (keys_.size() <= 8) {
    for (std::size_t i = 1; i < keys_.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (keys_[i].first == keys_[j].first) {
          report_duplicate(keys_[j].second, keys_[i].second);
          break;
        }
    return;
  }
  std::sort(keys_.begin(), keys_.end());
  for (std::size_t i = 1, first = 0; i < keys_.size(); ++i) {
    if (keys_[i].first == keys_[first].first)
      report_duplicate(keys_[first].second, keys_[i].second);
    else
      first = i;
  }
}

void Builder::report_duplicate(std::uint32_t first, std::uint32_t second) {
  if (problems_->is_full()) return;
  const Document::Raw& a = document_->raw_[first];
  const Span at = node(second).span();
  const std::string where = a.line == at.origin.line
                                ? fmt::format("in column {} of this line", unsigned{a.column})
                                : fmt::format("on line {}", a.line);
  problems_->error(
      "R011", at,
      fmt::format("duplicate key `{}`, first written {}", shown_value(node(second).text()), where),
      "remove one of the two, or merge them");
}

bool Builder::finish() {
  for (const std::uint32_t key : missing_keys_)
    problems_->error("R013", node(key).span(), "a key is missing before the colon",
                     "write the key, or remove the colon");
  if (document_->raw_.empty() || (document_->size() == 1 && node(0).is_null() && node(0).text().empty())) {
    problems_->error(kNothingInFile, {{document_->file_, 1, 1}}, "the file is empty or holds only comments",
                     "write at least `version: 1`, or remove the file");
    return false;
  }
  if (expanded_ > std::max(kFreeExpansion, document_->size() * kMaxExpansion)) {
    problems_->error("R017", node(largest_alias_).span(),
                     fmt::format("aliases expand this file to more than {} times its own size "
                                 "and more than 100,000 nodes",
                                 kMaxExpansion),
                     "this alias expands to the most nodes; repeat less through aliases");
    return false;
  }
  MergeResolver(*document_, *problems_).resolve(merging_);
  return true;
}

}  // namespace rollcall::yaml
