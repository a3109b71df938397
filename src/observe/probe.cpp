#include "observe/probe.hpp"

#include <fmt/format.h>

namespace rollcall::observe {

std::string ranges_of(const std::vector<model::ServerId>& ids) {
  std::string text;
  for (std::size_t i = 0; i < ids.size();) {
    std::size_t end = i;
    while (end + 1 < ids.size() && ids[end + 1] == ids[end] + 1) ++end;
    if (!text.empty()) text += ", ";
    text += end == i ? fmt::format("{}", ids[i]) : fmt::format("{} to {}", ids[i], ids[end]);
    i = end + 1;
  }
  return text;
}

}  // namespace rollcall::observe
