#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "yaml/problems.hpp"
#include "yaml/tree.hpp"

namespace rollcall::yaml {

/// A key that a mapping may have, and what reads its value. A table of these is the one list of keys of a
/// place: the reader, its suggestions and the test that compares the JSON Schema all use it.
template <class Target>
struct Key {
  std::string_view name;
  void (*read)(Target& target, Node key, Node value);
  bool required = false;
};

/// The names of a table of keys.
template <class Target>
std::vector<std::string> names_of(std::span<const Key<Target>> keys) {
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (const Key<Target>& key : keys) names.emplace_back(key.name);
  return names;
}

/// Turns nodes into values and collects what is wrong with them; never throws. A response of nothing says
/// that a problem was reported. `what` names the value in messages as the user knows it, such as "`name`" or
/// "an entry of `users`".
class Reader {
 public:
  explicit Reader(Problems& problems) : problems_(&problems) {}

  [[nodiscard]] Problems& problems() const { return *problems_; }

  /// Reads a mapping by its table: unknown keys are reported with a suggestion, missing required ones at `at`
  /// (the key or entry that the mapping belongs to), but not where an unknown key was meant to be it. False
  /// where the node is no mapping. `meant` gets the keys that unknown ones were probably meant to be.
  template <class Target, std::size_t kCount>
  bool mapping(Node node, const Span& at, std::string_view what, std::span<const Key<Target>, kCount> keys,
               Target& target, std::vector<std::string>& meant) const {
    std::uint64_t seen = 0;
    static_assert(kCount <= std::numeric_limits<decltype(seen)>::digits, "each key has a bit in `seen`");
    if (!require(node, Kind::kMapping, what)) return false;
    node.each_entry([&](Node key, Node value) {
      if (problems_->is_full()) return;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].name != key.text()) continue;
        seen |= std::uint64_t{1} << i;
        keys[i].read(target, key, value);
        return;
      }
      if (key.is_null()) return;
      if (auto near = unknown_key(key, what, names_of(std::span<const Key<Target>>(keys))))
        meant.push_back(std::move(*near));
    });
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (keys[i].required && ((seen >> i) & 1U) == 0 &&
          std::find(meant.begin(), meant.end(), keys[i].name) == meant.end())
        missing_key(at, what, keys[i].name);
    return true;
  }
  template <class Target, std::size_t kCount>
  bool mapping(Node node, const Span& at, std::string_view what, std::span<const Key<Target>, kCount> keys,
               Target& target) const {
    std::vector<std::string> meant;
    return mapping(node, at, what, keys, target, meant);
  }

  /// Whether the node is of this kind; reports it where it is not.
  bool require(Node node, Kind kind, std::string_view what) const;

  /// Calls `visit(Node)` for each entry. An empty list is reported where `may_be_empty` is false.
  template <class Visit>
  bool list(Node node, std::string_view what, bool may_be_empty, Visit visit) const {
    if (!require(node, Kind::kList, what)) return false;
    if (!may_be_empty && !node.has_children()) empty_list(node, what);
    node.each_item([&](Node item) {
      if (!problems_->is_full()) visit(item);
    });
    return true;
  }

  /// Text that is not empty: quoted, or plain where no version of YAML reads it as something else.
  [[nodiscard]] std::optional<std::string_view> text(Node node, std::string_view what) const;
  /// The same, and at most `limit` characters (not bytes).
  [[nodiscard]] std::optional<std::string_view> text(Node node, std::string_view what,
                                                     std::size_t limit) const;
  /// A key that the user chose: text by the same rules. Nothing for a null key, which parse() reported.
  [[nodiscard]] std::optional<std::string_view> free_key(Node key, std::string_view what) const;

  [[nodiscard]] std::optional<bool> boolean(Node node, std::string_view what) const;
  [[nodiscard]] std::optional<std::int64_t> whole_number(
      Node node, std::string_view what, std::int64_t least = 0,
      std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;
  /// A day of the calendar, plain or quoted.
  [[nodiscard]] std::optional<Date> date(Node node, std::string_view what) const;
  /// The index of the word in `words`; any other is reported with a suggestion.
  [[nodiscard]] std::optional<std::size_t> word(Node node, std::string_view what,
                                                std::span<const std::string_view> words) const;

  /// Answers the suggestion that it made.
  std::optional<std::string> unknown_key(Node key, std::string_view what,
                                         const std::vector<std::string>& known) const;
  void missing_key(const Span& at, std::string_view what, std::string_view name) const;

 private:
  void empty_list(Node node, std::string_view what) const;

  Problems* problems_;
};

/// "a, b or c" with each word in backquotes.
std::string choices(std::span<const std::string_view> words);

}  // namespace rollcall::yaml
