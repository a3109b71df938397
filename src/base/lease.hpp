#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace rollcall {

/// For how long a run may go on sending: as long as nobody else can have taken the lock of its state. It
/// limits nothing before it begins and after it has ended. Safe for many threads.
class Lease {
 public:
  /// The clock has to run on while the machine sleeps, and to outlive the lease.
  explicit Lease(const Clock& clock) : clock_(clock) {}

  /// The lock of `state` was asked for at `since` (ticks of the clock) and is held for `length` from then on.
  void begin(std::string state, std::chrono::milliseconds since, std::chrono::milliseconds length);
  /// It was asked for again at `since`. Does nothing once it is lost: what was given up is not taken up
  /// again.
  void renew(std::chrono::milliseconds since);
  /// A renewal failed; the words are those of the end, should it come.
  void note_trouble(std::string words);
  /// Another run has the lock.
  void lose(Error why);
  /// The lock was let go.
  void end();

  /// A request that is sent now can still be carried out in time: in the last sixth of the lease it cannot.
  [[nodiscard]] bool may_send();
  /// Until that is so; false where the lease is lost, and where `give_up` says so, which is asked now and
  /// then.
  bool wait(const std::function<bool()>& give_up);
  /// Why it is lost, from the moment on at which its time is over.
  [[nodiscard]] std::optional<Error> lost();
  /// 0 where it limits nothing.
  [[nodiscard]] std::chrono::milliseconds length() const;

 private:
  /// Called with the mutex held.
  [[nodiscard]] bool is_lost();
  [[nodiscard]] bool may_send_now();

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string state_;
  std::chrono::milliseconds length_{0};
  std::chrono::milliseconds until_{0};
  std::string trouble_;
  std::optional<Error> lost_;
};

}  // namespace rollcall
