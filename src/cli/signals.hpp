#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

#include "cli/console.hpp"

namespace rollcall::cli {

/// While it lives, SIGINT and SIGTERM ask for a stop instead of ending the program; a second one ends it at
/// once with 130 or 143. The console is told of the first. Make it before any other thread, so that all of
/// them leave the signals to its own.
class SignalScope {
 public:
  explicit SignalScope(Console& console);
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;
  ~SignalScope();

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
  /// The signal that asked for the stop, 0 for none.
  [[nodiscard]] int received() const { return received_; }
  /// 130 or 143 once a signal asked for the stop, whatever else went wrong; else `otherwise`.
  [[nodiscard]] int exit_code(int otherwise) const { return received_ != 0 ? 128 + received_ : otherwise; }

 private:
  void wait(const std::stop_token& done);

  Console& console_;
  std::stop_source source_;
  std::atomic<int> received_{0};
  std::jthread waiter_;
};

/// A write to a closed pipe or beyond the limit for a file is an error to look at, not the end of an apply.
void ignore_write_signals();

}  // namespace rollcall::cli
