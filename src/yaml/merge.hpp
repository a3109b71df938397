#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "yaml/problems.hpp"
#include "yaml/tree.hpp"

namespace rollcall::yaml {

/// Works out the entries of mappings with merge keys: own keys first, then those of the merged mappings, the
/// first to name a key wins. The limit on aliases was checked before, so the work is bounded by it.
class MergeResolver {
 public:
  MergeResolver(Document& document, Problems& problems) : document_(&document), problems_(&problems) {}

  /// `mappings` in the order in which they end in the file: a mapping comes after those that it can name.
  void resolve(const std::vector<std::uint32_t>& mappings);

 private:
  using Entries = std::vector<Document::Entry>;

  void merge_value(std::uint32_t value, Entries& entries);
  void merge_mapping(std::uint32_t mapping, Entries& entries);
  void add(Document::Entry entry, Entries& entries);
  void refuse(std::uint32_t value);
  [[nodiscard]] std::uint32_t target(std::uint32_t index) const;

  Document* document_;
  Problems* problems_;
  std::unordered_set<std::string_view> seen_;
};

}  // namespace rollcall::yaml
