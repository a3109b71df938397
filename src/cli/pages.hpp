#pragma once

#include <span>
#include <string_view>

namespace rollcall::cli {

/// A page of docs/, as `rollcall help TOPIC` prints it.
struct Page {
  std::string_view topic;
  std::string_view text;
};

/// The pages that users need, in the order in which `rollcall help` lists them. CMake writes the function.
std::span<const Page> pages();

/// The page of that topic; null for none.
inline const Page* find_page(std::string_view topic) {
  for (const Page& page : pages())
    if (page.topic == topic) return &page;
  return nullptr;
}

/// The page's heading.
inline std::string_view title(const Page& page) {
  constexpr std::string_view kMark = "# ";
  return page.text.substr(kMark.size(), page.text.find('\n') - kMark.size());
}

}  // namespace rollcall::cli
