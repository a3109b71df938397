#include "apply/probe.hpp"

#include <fmt/format.h>

namespace rollcall::apply {

chatwoot::CallError too_many_ids(model::ServerId first, model::ServerId last) {
  chatwoot::CallError error;
  error.message = fmt::format(
      "The server lists nothing to this token any more, and the ids from {} to {} were not enough to find "
      "the end.",
      first, last);
  error.hint =
      "Use the token of a new platform app that is permitted to the same objects: its listing works, and it "
      "finds "
      "by it what the ids did not show.";
  return error;
}

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

}  // namespace rollcall::apply
