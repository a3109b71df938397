#include "report/url.hpp"

#include <fmt/format.h>

#include <cctype>

namespace rollcall::report {

std::string url_path(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && std::isalnum(byte) != 0;
    if (plain || std::string_view("/-_.~").find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", byte);
  }
  return out;
}

std::string file_uri(std::string_view path) {
  return (path.starts_with('/') ? "file://" : "") + url_path(path);
}

}  // namespace rollcall::report
