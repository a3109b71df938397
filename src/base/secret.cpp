#include "base/secret.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace rollcall {
namespace {

/// A shorter one is none that Chatwoot takes or gives.
constexpr std::size_t kShortest = 8;

/// The text with \uXXXX of ASCII and \/ as what they stand for: a JSON reader would see it so.
std::string without_escapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      out += text[at];
      continue;
    }
    ++at;
    unsigned code = 0;
    const std::string_view digits = text.substr(at + 1, 4);
    if (text[at] == 'u' && digits.size() == 4 &&
        std::from_chars(digits.data(), digits.data() + 4, code, 16).ptr == digits.data() + 4 && code < 0x80) {
      out += static_cast<char>(code);
      at += 4;
    } else {
      out += text[at];
    }
  }
  return out;
}

bool holds(std::string_view text, const std::string& lower_case) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::search(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                     [&](char a, char b) { return lower(a) == b; }) != text.end();
}

}  // namespace

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = std::move(other.value_);
    other.wipe();
  }
  return *this;
}

void Secret::wipe() noexcept {
  // A string that was moved from may still hold its bytes after its end. Within the capacity nothing is
  // allocated.
  value_.resize(value_.capacity());
  OPENSSL_cleanse(value_.data(), value_.size());
  value_.clear();
}

void mask(const Secret& secret, std::string& text) {
  const std::string& hidden = secret.reveal();
  if (hidden.size() < kShortest || text.find(hidden) == std::string::npos) return;
  std::string out;
  std::size_t at = 0;
  for (std::size_t found = text.find(hidden); found != std::string::npos; found = text.find(hidden, at)) {
    out.append(text, at, found - at).append("***");
    at = found + hidden.size();
  }
  text = out.append(text, at);
}

bool repeats(const Secret& secret, std::string_view text) {
  if (secret.reveal().size() < kShortest) return false;
  const std::string wanted = to_lower(secret.reveal());
  return holds(text, wanted) ||
         (text.find('\\') != std::string_view::npos && holds(without_escapes(text), wanted));
}

}  // namespace rollcall
