#include "yaml/merge.hpp"

#include <string_view>
#include <utility>

namespace rollcall::yaml {

void MergeResolver::resolve(const std::vector<std::uint32_t>& mappings) {
  for (const std::uint32_t mapping : mappings) {
    seen_.clear();
    Entries entries;
    std::vector<std::uint32_t> merged;
    const std::uint32_t end = document_->raw_[mapping].payload;
    for (std::uint32_t key = mapping + 1; key < end;) {
      const std::uint32_t value = document_->after(key);
      const Node node(*document_, key);
      if (node.is_plain() && node.text() == "<<")
        merged.push_back(value);
      else
        add({key, value}, entries);
      key = document_->after(value);
    }
    for (const std::uint32_t value : merged) merge_value(value, entries);
    document_->merged_.emplace(mapping, std::move(entries));
  }
}

std::uint32_t MergeResolver::target(std::uint32_t index) const {
  const Document::Raw& raw = document_->raw_[index];
  return raw.style == Document::Style::kAlias ? raw.payload : index;
}

void MergeResolver::merge_value(std::uint32_t value, Entries& entries) {
  const std::uint32_t of = target(value);
  const Document::Raw& raw = document_->raw_[of];
  if (raw.style == Document::Style::kMapping) {
    merge_mapping(of, entries);
  } else if (raw.style == Document::Style::kList) {
    for (std::uint32_t at = of + 1; at < raw.payload; at = document_->after(at)) {
      if (document_->raw_[target(at)].style == Document::Style::kMapping)
        merge_mapping(target(at), entries);
      else
        refuse(at);
    }
  } else {
    refuse(value);
  }
}

void MergeResolver::merge_mapping(std::uint32_t mapping, Entries& entries) {
  const Document::Raw& raw = document_->raw_[mapping];
  if (raw.flag) {
    // Not there: the mapping encloses the one that is being resolved, which an alias cannot name.
    if (const auto found = document_->merged_.find(mapping); found != document_->merged_.end())
      for (const Document::Entry& entry : found->second) add(entry, entries);
    return;
  }
  for (std::uint32_t key = mapping + 1; key < raw.payload;) {
    const std::uint32_t value = document_->after(key);
    add({key, value}, entries);
    key = document_->after(value);
  }
}

void MergeResolver::add(Document::Entry entry, Entries& entries) {
  const Node key(*document_, entry.key);
  // Keys that are no text were reported where they stand.
  if (key.is_scalar() && seen_.insert(key.text()).second) entries.push_back(entry);
}

void MergeResolver::refuse(std::uint32_t value) {
  problems_->error("R018", Node(*document_, value).span(),
                   "a merge key `<<` takes a mapping or a list of mappings",
                   "name an anchored mapping, such as `<<: *defaults`");
}

}  // namespace rollcall::yaml
