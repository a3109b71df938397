#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "yaml/problems.hpp"

namespace rollcall::yaml {

enum class Kind : std::uint8_t { kNull, kScalar, kList, kMapping };

class Node;

/// One file as a located tree: 16 bytes a node in one vector, in the order of the file, each with the index
/// after its last descendant. Scalars are views of the file's text, which has to outlive the tree and stay
/// where it is. Duplicate keys, keys that are no scalars, unknown tags and bad merges were reported when it
/// was built.
class Document {
 public:
  [[nodiscard]] Node root() const;
  /// Nodes that stand in the file; an alias is one.
  [[nodiscard]] std::size_t size() const { return raw_.size(); }

 private:
  friend class Node;
  friend class Builder;
  friend class MergeResolver;

  enum class Style : std::uint8_t { kNull, kPlain, kQuoted, kRewritten, kList, kMapping, kAlias };

  struct Raw {
    std::uint32_t offset = 0;
    /// Plain, quoted: bytes of the text. Rewritten: index into rewritten_. List, mapping: index after the
    /// last descendant. Alias: index of the node that it stands for.
    std::uint32_t payload = 0;
    std::uint32_t line = 0;
    std::uint32_t column : 24 = 0;
    Style style : 7 = Style::kNull;
    /// A mapping with `<<`, whose entries are in merged_; a rewritten scalar that was plain; a written null.
    bool flag : 1 = false;
  };
  static_assert(sizeof(Raw) == 16);

  struct Entry {
    std::uint32_t key = 0;
    std::uint32_t value = 0;
  };

  [[nodiscard]] std::uint32_t after(std::uint32_t index) const {
    const Raw& raw = raw_[index];
    return raw.style == Style::kList || raw.style == Style::kMapping ? raw.payload : index + 1;
  }

  std::string_view text_;
  FileIndex file_ = 0;
  std::vector<Raw> raw_;
  /// Scalars whose value is not a piece of the file: escapes, folded lines, block scalars.
  std::vector<std::string> rewritten_;
  std::unordered_map<std::uint32_t, std::vector<Entry>> merged_;
};

/// A handle on one node of a document. Aliases are followed: kind and content are those of the anchored node,
/// the place is that of the alias.
class Node {
 public:
  Node(const Document& document, std::uint32_t index) : document_(&document), place_(index), target_(index) {
    if (raw().style == Document::Style::kAlias) target_ = raw().payload;
  }

  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is_null() const { return kind() == Kind::kNull; }
  [[nodiscard]] bool is_scalar() const { return kind() == Kind::kScalar; }
  [[nodiscard]] bool is_list() const { return kind() == Kind::kList; }
  [[nodiscard]] bool is_mapping() const { return kind() == Kind::kMapping; }
  /// A scalar without quotes, which YAML may read as something else than text.
  [[nodiscard]] bool is_plain() const;

  /// The text of a scalar; for a null the word as written, empty where there is none.
  [[nodiscard]] std::string_view text() const;
  /// Entries of a list or mapping as they stand in the file, merge keys counted as one.
  [[nodiscard]] bool has_children() const;

  /// Where one would edit: past an anchor's name, at the key of an empty value, at an alias.
  [[nodiscard]] Origin origin() const;
  [[nodiscard]] Span span() const;

  /// Calls `visit(Node)` for each entry of a list; nothing for other kinds.
  template <class Visit>
  void each_item(Visit visit) const {
    if (!is_list()) return;
    for (std::uint32_t at = target_ + 1; at < raw().payload; at = document_->after(at))
      visit(Node(*document_, at));
  }

  /// Calls `visit(Node key, Node value)` for each entry of a mapping, in the order of the file, merged
  /// entries last; nothing for other kinds. Keys are scalars or nulls.
  template <class Visit>
  void each_entry(Visit visit) const {
    if (!is_mapping()) return;
    if (raw().flag) {
      for (const Document::Entry& entry : document_->merged_.at(target_))
        visit(Node(*document_, entry.key), Node(*document_, entry.value));
      return;
    }
    for (std::uint32_t key = target_ + 1; key < raw().payload;) {
      const std::uint32_t value = document_->after(key);
      visit(Node(*document_, key), Node(*document_, value));
      key = document_->after(value);
    }
  }

 private:
  [[nodiscard]] const Document::Raw& raw() const { return document_->raw_[target_]; }

  const Document* document_;
  std::uint32_t place_;
  std::uint32_t target_;
};

inline Node Document::root() const {
  return {*this, 0};
}

}  // namespace rollcall::yaml
