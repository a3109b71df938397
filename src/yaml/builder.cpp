#include "yaml/builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "yaml/encoding.hpp"
#include "yaml/parse.hpp"
#include "yaml/properties.hpp"

namespace rollcall::yaml {
namespace {

constexpr std::uint32_t kMaxColumn = (1U << 24U) - 1;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::uint64_t add_saturated(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max()
                                                           : a + b;
}

/// Whether the last line above the offset that is neither empty nor a comment says `...`.
bool follows_end_of_document(std::string_view text, std::size_t offset) {
  std::string_view above = text.substr(0, std::min(offset, text.size()));
  while (!above.empty()) {
    const std::size_t end = above.rfind('\n');
    const std::string_view line = above.substr(end == std::string_view::npos ? 0 : end + 1);
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first != std::string_view::npos && line[first] != '#') return line.starts_with("...");
    above = end == std::string_view::npos ? std::string_view() : above.substr(0, end);
  }
  return false;
}

/// Whether a text that may be empty starts with this character.
bool starts_text(char c) {
  return c == '"' || c == '\'' || c == '|' || c == '>';
}

/// Whether the value is written as null; else it is just not there.
std::size_t written_null(std::string_view rest) {
  for (const std::string_view word : {"~", "null", "Null", "NULL"})
    if (rest.starts_with(word)) return word.size();
  return 0;
}

}  // namespace

Builder::Builder(Document& document, std::string_view text, FileIndex file, Problems& problems)
    : document_(&document), text_(text), problems_(&problems) {
  document.text_ = text;
  document.file_ = file;
}

void Builder::OnDocumentStart(const YAML::Mark& mark) {
  if (!started_) {
    started_ = true;
    return;
  }
  const Span at = span_at(text_, document_->file_, static_cast<std::size_t>(mark.pos), 3);
  const std::string_view rest = text_.substr(std::min(static_cast<std::size_t>(mark.pos), text_.size()));
  if (rest.starts_with("---"))
    problems_->error("R009", at, "a second YAML document starts here, but a file can hold only one",
                     "remove the line `---`, or move what follows into a file of its own");
  else if (follows_end_of_document(text_, static_cast<std::size_t>(mark.pos)))
    problems_->error("R009", {at.origin, 1},
                     "a second YAML document starts here, but a file can hold only one",
                     "remove the line `...` above, or move what follows into a file of its own");
  else
    problems_->error("R006", {at.origin, 1}, "this line does not continue the line above it",
                     "check the indentation, and that lists and mappings are not mixed");
  throw Stop{};
}

std::uint32_t Builder::add(const YAML::Mark& mark, Style style, std::uint32_t payload) {
  if (problems_->is_full()) throw Stop{};
  Document::Raw raw;
  raw.offset = static_cast<std::uint32_t>(mark.pos);
  raw.payload = payload;
  raw.line = static_cast<std::uint32_t>(mark.line) + 1;
  raw.column = std::min(static_cast<std::uint32_t>(mark.column) + 1, kMaxColumn) & kMaxColumn;
  raw.style = style;
  if (raw.offset > text_.size()) {
    // After the line break that the parser was given on top of the text.
    const Origin end = span_at(text_, document_->file_, text_.size()).origin;
    raw.offset = static_cast<std::uint32_t>(text_.size());
    raw.line = end.line;
    raw.column = std::min(end.column, kMaxColumn) & kMaxColumn;
  }
  document_->raw_.push_back(raw);
  return static_cast<std::uint32_t>(document_->raw_.size() - 1);
}

/// The node's place moved past its `&name` and `!tag`, or only up to the tag.
Document::Raw Builder::past_properties(Document::Raw raw, bool up_to_tag) const {
  std::size_t at = raw.offset;
  std::size_t line_start = at + 1 - raw.column;
  while (at < text_.size()) {
    const char c = text_[at];
    if (c == '!' && up_to_tag) break;
    if (c == '&' || c == '!') {
      at = end_of_property(text_, at);
    } else if (c == '\n') {
      ++raw.line;
      line_start = ++at;
    } else if (is_blank(c)) {
      ++at;
    } else if (c == '#') {
      at = std::min(text_.find('\n', at), text_.size());
    } else {
      break;
    }
  }
  raw.offset = static_cast<std::uint32_t>(at);
  raw.column = std::min(static_cast<std::uint32_t>(at - line_start + 1), kMaxColumn) & kMaxColumn;
  return raw;
}

/// yaml-cpp marks a node at its `&name` or `!tag`; a user edits what follows.
void Builder::skip_properties(std::uint32_t index) {
  document_->raw_[index] = past_properties(document_->raw_[index], false);
}

/// Whether something stands where the value of the innermost list or mapping belongs, not where the next
/// entry starts: `a:` above a key `null:` has no value of its own.
bool Builder::belongs_to_value(const Document::Raw& place) const {
  if (place.offset >= text_.size()) return false;
  if (frames_.empty()) return true;
  const Document::Raw& container = document_->raw_[frames_.back().node];
  const char first = text_[container.offset];
  return first == '[' || first == '{' || place.column > container.column;
}

void Builder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor_id) {
  const std::uint32_t index = add(mark, Style::kNull, 1);
  if (anchor_id != 0) anchor(anchor_id, {index, 1, 0, false});
  Document::Raw& raw = document_->raw_[index];
  const Document::Raw value = anchor_id != 0 ? past_properties(raw, false) : raw;
  const bool is_key = !frames_.empty() && frames_.back().mapping && frames_.back().key_next;
  const bool belongs = (is_key && anchor_id == 0 && raw.offset < text_.size()) || belongs_to_value(value);
  const std::size_t word = belongs ? written_null(text_.substr(value.offset)) : 0;
  if (word != 0) {
    raw = value;
    raw.flag = true;
    raw.payload = static_cast<std::uint32_t>(word);
  } else {
    place_empty_value(index);
  }
  complete(index, 1, 0);
}

/// A value that is not there is shown at its key, or at the dash of its list entry.
void Builder::place_empty_value(std::uint32_t index) {
  if (frames_.empty()) return;
  const Frame& frame = frames_.back();
  Document::Raw& raw = document_->raw_[index];
  if (frame.mapping) {
    if (frame.key_next) return;
    const Document::Raw& key = document_->raw_[frame.key];
    const Span span = node(frame.key).span();
    raw.offset = key.offset;
    raw.line = key.line;
    raw.column = key.column;
    raw.payload = span.length;
    return;
  }
  const std::size_t from = document_->raw_[frame.node].offset;
  // Between commas there is no dash to look for.
  if (from < text_.size() && text_[from] == '[') return;
  std::size_t at = std::min<std::size_t>(raw.offset, text_.size());
  while (at > from) {
    const std::size_t line_start =
        text_.rfind('\n', at - 1) == std::string_view::npos ? 0 : text_.rfind('\n', at - 1) + 1;
    const std::size_t first = text_.find_first_not_of(" \t", line_start);
    if (first < at && text_[first] == '-' && first >= from) {
      const std::string_view between =
          text_.substr(first, std::min<std::size_t>(raw.offset, text_.size()) - first);
      raw.line -= static_cast<std::uint32_t>(std::count(between.begin(), between.end(), '\n'));
      raw.column = static_cast<std::uint32_t>(first - line_start + 1) & kMaxColumn;
      raw.offset = static_cast<std::uint32_t>(first);
      return;
    }
    if (first < at && text_[first] != '#') return;
    at = line_start == 0 ? 0 : line_start - 1;
  }
}

void Builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor_id) {
  if (anchor_id >= anchors_.size() || anchors_[anchor_id].open) {
    const std::uint32_t index = add(mark, Style::kNull, 1);
    document_->raw_[index].flag = true;
    problems_->error("R016", node(index).span(), "this alias is inside the node that it refers to",
                     "an alias can only repeat a node that ends before it");
    complete(index, 1, 0);
    return;
  }
  const Anchor& target = anchors_[anchor_id];
  const std::uint32_t index = add(mark, Style::kAlias, target.node);
  check_depth(index, frames_.size() + target.height);
  if (target.expanded > largest_alias_size_) {
    largest_alias_ = index;
    largest_alias_size_ = target.expanded;
  }
  complete(index, target.expanded, target.height);
}

void Builder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor_id,
                       const std::string& value) {
  const std::uint32_t index = add(mark, Style::kPlain, static_cast<std::uint32_t>(value.size()));
  if (anchor_id != 0) anchor(anchor_id, {index, 1, 0, false});
  check_tag(index, tag);
  const bool tagged =
      tag != "?" && (tag != "!" || text_.substr(document_->raw_[index].offset).starts_with('!'));
  if (anchor_id != 0 || tagged) {
    const Document::Raw place = past_properties(document_->raw_[index], false);
    // `!!str` without a text is an empty one.
    if (value.empty() && !(belongs_to_value(place) && starts_text(text_[place.offset])))
      place_empty_value(index);
    else
      document_->raw_[index] = place;
  }
  Document::Raw& raw = document_->raw_[index];
  const std::string_view rest = text_.substr(std::min<std::size_t>(raw.offset, text_.size()));
  const char first = rest.empty() ? '\0' : rest.front();
  const bool quoted = tag == "!" && (first == '"' || first == '\'');
  const bool block = tag == "!" && (first == '|' || first == '>');
  if (first == '"' || first == '\'') last_quote_ = raw.offset;
  if (quoted && rest.size() > value.size() + 1 && rest.substr(1, value.size()) == value &&
      rest[value.size() + 1] == first) {
    raw.style = Style::kQuoted;
  } else if (tagged || quoted || block || !rest.starts_with(value)) {
    raw.style = Style::kRewritten;
    raw.flag = !tagged && !quoted && !block;
    raw.payload = static_cast<std::uint32_t>(document_->rewritten_.size());
    document_->rewritten_.push_back(value);
    if (find_control_character(value, true) != std::string_view::npos)
      problems_->error("R005", node(index).span(),
                       "this string has a control character, written as an escape",
                       "remove it; only tabs and line breaks are allowed");
  }
  complete(index, 1, 0);
}

void Builder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor_id,
                              YAML::EmitterStyle::value) {
  open(mark, tag, anchor_id, false);
}

void Builder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor_id,
                         YAML::EmitterStyle::value) {
  open(mark, tag, anchor_id, true);
}

void Builder::open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor_id, bool mapping) {
  const std::uint32_t index = add(mark, mapping ? Style::kMapping : Style::kList, 0);
  if (anchor_id != 0) anchor(anchor_id, {index, 1, 0, true});
  check_tag(index, tag);
  if (anchor_id != 0 || (tag != "?" && tag != "!")) skip_properties(index);
  check_depth(index, frames_.size() + 1);
  Frame frame;
  frame.node = index;
  frame.anchor = anchor_id;
  frame.mapping = mapping;
  frames_.push_back(frame);
}

void Builder::close() {
  const Frame frame = frames_.back();
  document_->raw_[frame.node].payload = static_cast<std::uint32_t>(document_->raw_.size());
  if (frame.anchor != 0) anchor(frame.anchor, {frame.node, frame.expanded, frame.height, false});
  if (frame.mapping) find_duplicates(frame.node);
  if (frame.has_merge) {
    document_->raw_[frame.node].flag = true;
    merging_.push_back(frame.node);
  }
  frames_.pop_back();
  complete(frame.node, frame.expanded, frame.height);
}

void Builder::anchor(YAML::anchor_t id, const Anchor& anchor) {
  if (anchors_.size() <= id) anchors_.resize(id + 1, Anchor{0, 1, 0, true});
  anchors_[id] = anchor;
}

void Builder::complete(std::uint32_t index, std::uint64_t expanded, std::uint32_t height) {
  if (frames_.empty()) {
    expanded_ = expanded;
    return;
  }
  Frame& frame = frames_.back();
  frame.expanded = add_saturated(frame.expanded, expanded);
  frame.height = std::max(frame.height, height + 1);
  if (!frame.mapping) return;
  if (frame.key_next) {
    frame.key = index;
    frame.has_merge = frame.has_merge || is_merge_key(index);
    check_key(index);
  } else if (document_->raw_[index].style == Style::kNull && !document_->raw_[index].flag) {
    check_missing_colon(frame.key);
  }
  frame.key_next = !frame.key_next;
}

bool Builder::is_merge_key(std::uint32_t index) const {
  const Node key = node(index);
  return key.is_plain() && key.text() == "<<";
}

std::size_t Builder::unclosed_quote() const {
  if (last_quote_ == std::string_view::npos) return last_quote_;
  const char quote = text_[last_quote_];
  for (std::size_t at = last_quote_ + 1; at < text_.size(); ++at) {
    const bool doubled = quote == '\'' && text_.substr(at, 2) == "''";
    if (doubled || (quote == '"' && text_[at] == '\\'))
      ++at;
    else if (text_[at] == quote)
      return std::string_view::npos;
  }
  return last_quote_;
}

std::size_t Builder::last_quote_over_lines() const {
  if (last_quote_ == std::string_view::npos) return last_quote_;
  const std::size_t end = text_.find(text_[last_quote_], last_quote_ + 1);
  const bool over = text_.substr(last_quote_, end - last_quote_).find('\n') != std::string_view::npos;
  return over ? last_quote_ : std::string_view::npos;
}

std::size_t Builder::open_bracket() const {
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
    const std::size_t offset = document_->raw_[frame->node].offset;
    if (offset < text_.size() && (text_[offset] == '[' || text_[offset] == '{')) return offset;
  }
  return std::string_view::npos;
}

}  // namespace rollcall::yaml
