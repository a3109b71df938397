#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "yaml/problems.hpp"
#include "yaml/tree.hpp"

namespace rollcall::yaml {

/// Thrown by the builder where reading on makes no sense; the problem was reported.
struct Stop {};

/// Builds a Document from yaml-cpp's events. Not kept after parsing.
class Builder final : public YAML::EventHandler {
 public:
  Builder(Document& document, std::string_view text, FileIndex file, Problems& problems);

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

  /// After the last event: limits of aliases, then merge keys. False where the document is not to be used.
  bool finish();

  /// The offset of the quote of a quoted scalar that runs to the end of the text; npos where all are closed.
  [[nodiscard]] std::size_t unclosed_quote() const;
  /// The offset of the last quoted scalar where it spans lines: its closing quote may be somebody else's.
  [[nodiscard]] std::size_t last_quote_over_lines() const;
  /// The offset of the innermost bracket that is still open; npos where there is none.
  [[nodiscard]] std::size_t open_bracket() const;

 private:
  using Style = Document::Style;

  struct Frame {
    std::uint32_t node = 0;
    YAML::anchor_t anchor = 0;
    bool mapping = false;
    bool key_next = true;
    bool has_merge = false;
    std::uint32_t key = 0;
    /// Nodes of the subtree with aliases expanded, and its depth.
    std::uint64_t expanded = 1;
    std::uint32_t height = 1;
  };
  struct Anchor {
    std::uint32_t node = 0;
    std::uint64_t expanded = 1;
    std::uint32_t height = 0;
    bool open = false;
  };

  std::uint32_t add(const YAML::Mark& mark, Style style, std::uint32_t payload);
  [[nodiscard]] Document::Raw past_properties(Document::Raw raw, bool up_to_tag) const;
  void skip_properties(std::uint32_t index);
  void check_tag(std::uint32_t index, const std::string& tag);
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool mapping);
  void close();
  void anchor(YAML::anchor_t id, const Anchor& anchor);
  /// Tells the parent that a child is complete.
  void complete(std::uint32_t index, std::uint64_t expanded, std::uint32_t height);
  void check_key(std::uint32_t index);
  bool starts_without_key(std::uint32_t index);
  void check_missing_colon(std::uint32_t key);
  void place_empty_value(std::uint32_t index);
  [[nodiscard]] bool belongs_to_value(const Document::Raw& place) const;
  void check_depth(std::uint32_t index, std::size_t levels);
  void find_duplicates(std::uint32_t mapping);
  void report_duplicate(std::uint32_t first, std::uint32_t second);
  [[nodiscard]] Node node(std::uint32_t index) const { return {*document_, index}; }
  [[nodiscard]] bool is_merge_key(std::uint32_t index) const;

  Document* document_;
  std::string_view text_;
  Problems* problems_;
  std::vector<Frame> frames_;
  std::vector<Anchor> anchors_;
  /// Mappings with `<<`, each after those that it may name.
  std::vector<std::uint32_t> merging_;
  /// Told at the end: yaml-cpp finds none too where a key is too long, and fails a little later.
  std::vector<std::uint32_t> missing_keys_;
  std::vector<std::pair<std::string_view, std::uint32_t>> keys_;
  std::uint64_t expanded_ = 0;
  std::uint32_t largest_alias_ = 0;
  std::uint64_t largest_alias_size_ = 0;
  std::size_t last_quote_ = std::string_view::npos;
  bool started_ = false;
};

}  // namespace rollcall::yaml
