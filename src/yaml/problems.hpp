#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/source.hpp"

namespace rollcall::yaml {

/// A place in a file and how many bytes of its line a caret underlines.
struct Span {
  Origin origin;
  std::uint32_t length = 1;

  bool operator==(const Span&) const = default;
};

/// Collects what is wrong, cheaply: lines are looked up once, at the end. One a thread; merge with `take`.
class Problems {
 public:
  /// After more errors than this nothing more is looked for; of warnings no more are kept.
  static constexpr std::size_t kMax = 100'000;

  /// `rule` is a literal such as "R017", with a row in docs/roster.md.
  void error(std::string_view rule, const Span& at, std::string message, std::string hint = {});
  void warning(std::string_view rule, const Span& at, std::string message, std::string hint = {});
  /// Whether a warning would only be counted, which it is then: no words are needed for it.
  bool leaves_out_warning();
  void take(Problems&& other);

  [[nodiscard]] bool has_errors() const { return errors_ != 0; }
  [[nodiscard]] std::size_t error_count() const { return errors_; }
  /// Whether readers are to end where they are.
  [[nodiscard]] bool is_full() const { return errors_ > kMax; }
  [[nodiscard]] bool has(std::string_view rule) const;
  [[nodiscard]] bool empty() const { return found_.empty(); }

  /// Sorted, each once, nothing more at the place of a key that is none, and no longer kept here; that there
  /// are too many is one of them (R023). Those that render() shows have the text of their line.
  [[nodiscard]] Diagnostics take_diagnostics(const SourceFiles& files);

 private:
  struct Problem {
    Severity severity = Severity::kError;
    std::string_view rule;
    Span at;
    std::string message;
    std::string hint;

    bool operator==(const Problem&) const = default;
  };
  /// Of those that are sorted.
  void leave_out_repeated();

  std::vector<Problem> found_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

}  // namespace rollcall::yaml
