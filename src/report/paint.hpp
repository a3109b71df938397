#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rollcall::report {

enum class Color : unsigned char { kNone, kBold, kGreen, kYellow, kRed, kDim };

/// Colours where they are wanted; without them every text is the same, because signs and words carry the
/// meaning.
class Paint {
 public:
  explicit Paint(bool colour) : colour_(colour) {}
  [[nodiscard]] std::string operator()(Color ink, std::string_view text) const;
  /// A sign at the start of a line in its own colour: + green, ~ yellow, - and ! red.
  [[nodiscard]] std::string sign(char sign) const;

 private:
  bool colour_;
};

/// How many columns of a terminal a text fills: one a character, two for East Asian wide ones, none for
/// combining ones.
std::size_t columns_of(std::string_view text);

/// The text with spaces after it up to `columns`.
std::string pad(std::string text, std::size_t columns);

/// As much of the text as fits into `columns`, with a … for what does not.
std::string truncate(std::string_view text, std::size_t columns);

}  // namespace rollcall::report
