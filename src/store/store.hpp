#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "store/lock_info.hpp"

namespace rollcall::store {

/// What stands in a store at one moment. `version` means nothing outside the store that gave it; equal
/// versions mean equal bytes.
struct Stored {
  std::string bytes;
  std::string version;
  /// When it was written, by the clock of its place; nothing where the place does not say it.
  std::optional<Time> written_at = std::nullopt;

  bool operator==(const Stored&) const = default;
};

/// A held lock, released at the latest by its destructor.
class Lock {
 public:
  Lock() = default;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  virtual ~Lock() = default;
  /// Says whether the release worked, which a destructor cannot. Does nothing the second time.
  virtual Expected<void> release() = 0;
};

/// What to do where another run holds the lock.
struct LockWait {
  /// Ask again until it has passed; 0: not at all.
  std::chrono::milliseconds timeout{0};
  /// Ends the wait.
  std::stop_token stop = {};
  /// Called once, soon after the wait has begun. Nothing: the holder has not written who it is.
  std::function<void(const std::optional<LockInfo>& holder)> on_wait = nullptr;
};

/// What a command that only reads can see of a lock.
struct LockSight {
  enum class Kind : std::uint8_t { kFree, kHeld, kUnknown };
  Kind kind = Kind::kFree;
  /// Nothing where the holder has not written who it is.
  std::optional<LockInfo> holder;

  bool operator==(const LockSight&) const = default;
};

/// Where the bytes of one state live. Knows nothing of what they mean.
class Store {
 public:
  virtual ~Store() = default;
  /// The place as messages name it: a path, or a URL without what is secret in it.
  [[nodiscard]] virtual std::string name() const = 0;
  /// Nothing where there is no state yet; an error only where that cannot be told.
  virtual Expected<std::optional<Stored>> read() = 0;
  /// Replaces the state in one step and gives its new version. `expected` is the version that was read,
  /// nothing where there was none: a state that changed since then is never overwritten. On an error
  /// the state is as it was, but for two cases that the error names: the new state stands there, and it is
  /// unknown whether it survives a power cut; or a server did not say whether it was written. So the caller
  /// writes no more, and whoever can make the state
  /// again (from a journal) keeps what that takes.
  virtual Expected<std::string> write(std::string_view bytes, const std::optional<std::string>& expected) = 0;
  /// Keeps every other writer out. An error that names the holder where another run has it for longer than
  /// this one waits.
  virtual Expected<std::unique_ptr<Lock>> lock(const LockInfo& info, const LockWait& wait, Clock& clock) = 0;
  /// Whether another process holds the lock now. Changes nothing, and keeps no writer out.
  virtual LockSight look_at_lock() = 0;
  /// Who holds the lock, nothing where it is free; `asking` takes it for a moment where only that tells.
  virtual Expected<std::optional<LockInfo>> find_holder(const LockInfo& asking) = 0;
  /// Takes the lock with this id away from its holder. An error where it has another one, and where locks
  /// end with their process.
  virtual Expected<void> remove_lock(const std::string& id) = 0;
  /// An earlier state, by its serial; nothing where it is not kept, or not any more. An error where the store
  /// keeps none.
  virtual Expected<std::optional<std::string>> read_kept(std::int64_t serial) {
    static_cast<void>(serial);
    return fail(name() + " keeps no earlier states.",
                "Only a state in PostgreSQL does; look for a copy in your backups.");
  }
};

}  // namespace rollcall::store
