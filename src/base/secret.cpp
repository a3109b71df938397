#include "base/secret.hpp"

#include <openssl/crypto.h>

namespace rollcall {

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
  // A string that was moved from may still hold its bytes behind its end. Within the capacity nothing is
  // allocated.
  value_.resize(value_.capacity());
  OPENSSL_cleanse(value_.data(), value_.size());
  value_.clear();
}

void mask(const Secret& secret, std::string& text) {
  constexpr std::size_t kShortest = 8;
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

}  // namespace rollcall
