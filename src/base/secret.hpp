#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall {

/// A token or a password. It cannot be streamed, formatted or compared; its bytes are wiped when it goes.
/// What is revealed goes into a request (the header of http/, the password field of chatwoot/'s encoder) or
/// is checked where it comes in (cli/environment), and nowhere else.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }

 private:
  void wipe() noexcept;
  std::string value_;
};

std::ostream& operator<<(std::ostream&, const Secret&) = delete;

/// Puts *** wherever the text repeats the secret. One of fewer than 8 characters is left alone: it is none
/// that Chatwoot takes or gives, and might be a part of an ordinary text.
void mask(const Secret& secret, std::string& text);

/// Whether the text holds the secret, in upper or lower case, plain or with characters escaped as JSON
/// allows. Never for one of fewer than 8 characters, as with `mask`.
bool repeats(const Secret& secret, std::string_view text);

}  // namespace rollcall
