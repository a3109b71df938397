#include "yaml/properties.hpp"

#include <algorithm>

namespace rollcall::yaml {

std::size_t end_of_property(std::string_view text, std::size_t at) {
  constexpr std::string_view kTagCharacters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-!#;/?:@&=+$_.~*'()%";
  if (text[at] == '&') return std::min(text.find_first_of(" \t\r\n,[]{}", at), text.size());
  if (!text.substr(at).starts_with("!<"))
    return std::min(text.find_first_not_of(kTagCharacters, at), text.size());
  const std::size_t end = std::min(text.find_first_of(" \t\r\n>", at), text.size());
  return text.substr(end).starts_with('>') ? end + 1 : end;
}

}  // namespace rollcall::yaml
