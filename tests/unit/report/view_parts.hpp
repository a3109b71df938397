#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "report/view.hpp"

/// The parts of a view by what they say.
namespace view_parts {

using rollcall::report::Row;
using rollcall::report::Section;

using Names = std::vector<std::string>;

template <class Items>
std::vector<std::string> headings(const Items& items) {
  std::vector<std::string> found;
  for (const auto& item : items) found.push_back(item.heading);
  return found;
}

inline const Section& section(const std::vector<Section>& sections, std::string_view heading) {
  const auto found = std::find_if(sections.begin(), sections.end(),
                                  [&](const Section& one) { return one.heading == heading; });
  INFO("section " << heading);
  REQUIRE(found != sections.end());
  return *found;
}

inline const Row& row(const Section& section, std::string_view subject) {
  const auto found = std::find_if(section.rows.begin(), section.rows.end(),
                                  [&](const Row& one) { return one.subject == subject; });
  INFO("row " << subject);
  REQUIRE(found != section.rows.end());
  return *found;
}

}  // namespace view_parts
