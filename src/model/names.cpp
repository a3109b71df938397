#include "model/names.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace rollcall::model {
namespace {

constexpr std::size_t kMaxKey = 100;
constexpr std::size_t kMaxEmail = 255;

bool is_label_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool is_domain(std::string_view domain) {
  bool dotted = false;
  for (std::size_t start = 0; start <= domain.size();) {
    const std::size_t end = std::min(domain.find('.', start), domain.size());
    const std::string_view label = domain.substr(start, end - start);
    if (label.empty() || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), is_label_character)) return false;
    if (end < domain.size()) dotted = true;
    start = end + 1;
  }
  return dotted;
}

}  // namespace

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= kMaxKey && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), is_label_character);
}

std::optional<std::string> parse_email(std::string_view text) {
  std::string email = to_lower(text);
  const std::size_t at = email.find('@');
  if (email.size() > kMaxEmail || at == std::string::npos || at == 0 || email.rfind('@') != at)
    return std::nullopt;
  const std::string_view local = std::string_view(email).substr(0, at);
  const auto allowed = [](char c) {
    return is_label_character(c) || std::string_view("!#$%&'*+/=?^_`{|}~.").find(c) != std::string_view::npos;
  };
  if (!std::all_of(local.begin(), local.end(), allowed)) return std::nullopt;
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos)
    return std::nullopt;
  if (!is_domain(std::string_view(email).substr(at + 1))) return std::nullopt;
  return email;
}

std::string_view domain_of(std::string_view email) {
  return email.substr(email.find('@') + 1);
}

}  // namespace rollcall::model
