#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

namespace rollcall::state {

/// What is wrong with a document, and the byte where a user should look.
struct Problem {
  std::size_t at = 0;
  std::string what;
};

template <class T>
using Checked = tl::expected<T, Problem>;

struct NodeMember;

/// A JSON value; the members of an object know where they stand.
struct Node {
  using List = std::vector<Node>;
  using Map = std::vector<NodeMember>;
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map> data;
};

struct NodeMember {
  std::string key;
  /// The byte after the key.
  std::size_t at = 0;
  Node value;
};

using Path = std::vector<std::string>;

/// Told of a document piece by piece, so that a large one is never held as a tree.
class DocumentReader {
 public:
  virtual ~DocumentReader() = default;
  /// Whether the members of the object at `path` come one by one (true), or the object as a whole. Those of
  /// the document itself, whose path is empty, always come one by one.
  virtual Checked<bool> enter(const Path& path, std::size_t at) = 0;
  /// A whole member of an entered object.
  virtual Checked<void> member(const Path& path, std::string key, std::size_t at, Node value) = 0;
};

/// Reads one JSON object and stops at the first problem: a problem of the reader's, no valid JSON, a key
/// twice in an object that is told whole, more than 110 levels, something after the end.
Checked<void> read_document(std::string_view bytes, DocumentReader& reader);

}  // namespace rollcall::state
