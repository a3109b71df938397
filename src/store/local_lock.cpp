#include "store/local_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "base/file.hpp"

namespace rollcall::store {
namespace {

constexpr std::chrono::milliseconds kPollInterval{200};
// A lock without a holder's name has just been taken, or just been let go: worth another try.
constexpr std::chrono::milliseconds kLookInterval{10};
constexpr int kLooks = 20;

class FileLock final : public Lock {
 public:
  explicit FileLock(int fd) : fd_(fd) {}
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() override { let_go(); }

  Expected<void> release() override {
    let_go();
    return {};
  }
  [[nodiscard]] int fd() const { return fd_; }
  void hold() { held_ = true; }

 private:
  void let_go() {
    if (fd_ < 0) return;
    // An empty file says that no run holds it; should this fail, the next holder writes over it.
    if (held_) static_cast<void>(::ftruncate(fd_, 0) == 0);
    // A child that was forked shares the descriptor: closing alone would leave the lock with it.
    if (held_) ::flock(fd_, LOCK_UN);
    ::close(std::exchange(fd_, -1));
  }

  int fd_;
  bool held_ = false;
};

tl::unexpected<Error> cannot_lock(const std::string& path, int error_number) {
  std::string hint;
  if (error_number == EACCES || error_number == EROFS || error_number == EPERM)
    hint = "Make the folder and the file writable for this user, or name another place with --state.";
  else if (error_number == ENOENT || error_number == ENOTDIR)
    hint = "Create the folder first.";
  else if (error_number == ENOSPC || error_number == EDQUOT)
    hint = "Free some space and run the command again.";
  else if (error_number == EOPNOTSUPP || error_number == ENOLCK)
    hint = "This file system has no locks: keep the state on another one.";
  return fail(fmt::format("Cannot lock {}: {}.", path, system_message(error_number)), std::move(hint));
}

/// Who holds the lock; nothing where the holder has not written it yet, or has let go in the meantime.
std::optional<LockInfo> holder_of(const std::string& path) {
  const auto text = read_file(path, 4096);
  return text && *text ? parse_lock_info(**text) : std::nullopt;
}

std::string name_of(const std::optional<LockInfo>& holder) {
  return holder ? describe(*holder) : "another process";
}

tl::unexpected<Error> held(const std::string& state, const std::optional<LockInfo>& holder,
                           std::chrono::milliseconds waited) {
  const std::string after =
      waited.count() == 0 ? "" : fmt::format(" after waiting {} s", (waited.count() + 999) / 1000);
  return fail(fmt::format("{} is locked by {}{}.", state, name_of(holder), after),
              "Wait until that run is over, or let this one wait with --lock-timeout; "
              "the lock of a process that died does not hold.");
}

/// Whether the descriptor is still what the path names: the file may have been removed in between.
bool is_at(int fd, const std::string& path) {
  struct stat open_file {
  }, named{};
  return ::fstat(fd, &open_file) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

/// 0 or errno.
int write_info(int fd, std::string_view text) {
  const ssize_t written = ::pwrite(fd, text.data(), text.size(), 0);
  if (written < 0) return errno;
  if (static_cast<std::size_t>(written) != text.size()) return ENOSPC;
  // What a holder that was killed had left may be longer.
  return ::ftruncate(fd, static_cast<off_t>(text.size())) == 0 ? 0 : errno;
}

/// Empty, or what a holder has written; a holder that was killed while it wrote leaves a part.
bool is_lock(std::string_view start) {
  constexpr std::string_view kStart = "{\"who\": ";
  return start.substr(0, kStart.size()) == kStart.substr(0, start.size());
}

/// A lock, or nothing where another process holds it or has replaced the file meanwhile.
Expected<std::unique_ptr<FileLock>> try_lock(const std::string& path) {
  auto lock = std::make_unique<FileLock>(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (lock->fd() < 0) return cannot_lock(path, errno);
  if (auto own = require_own(lock->fd(), path); !own) return tl::unexpected<Error>(own.error());
  if (auto ours = require_ours(path, is_lock); !ours) return tl::unexpected<Error>(ours.error());
  // The umask may have taken rights away that the owner needs next time. A file of another user stays as it
  // is.
  static_cast<void>(::fchmod(lock->fd(), 0600) == 0);
  while (::flock(lock->fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return std::unique_ptr<FileLock>();
    return cannot_lock(path, errno);
  }
  lock->hold();
  return is_at(lock->fd(), path) ? std::move(lock) : std::unique_ptr<FileLock>();
}

}  // namespace

LockSight look_at_lock_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return {errno == ENOENT ? LockSight::Kind::kFree : LockSight::Kind::kUnknown, {}};
  // Several readers may look at once. Closing ends a shared lock, whose descriptor no other process has.
  const int locked = ::flock(fd, LOCK_SH | LOCK_NB);
  const int error_number = errno;
  ::close(fd);
  if (locked == 0) return {};
  if (error_number == EWOULDBLOCK) return {LockSight::Kind::kHeld, holder_of(path)};
  return {LockSight::Kind::kUnknown, {}};
}

Expected<std::unique_ptr<Lock>> lock_file(const std::string& path, const std::string& state,
                                          const LockInfo& info, const LockWait& wait, Clock& clock) {
  const std::chrono::milliseconds start = clock.ticks();
  bool is_told = !wait.on_wait;
  bool looked_twice = false;
  for (int looks_left = kLooks;;) {
    Expected<std::unique_ptr<FileLock>> lock = try_lock(path);
    if (!lock) return tl::unexpected<Error>(lock.error());
    if (*lock) {
      if (const int error = write_info((*lock)->fd(), to_json(info)); error != 0)
        return cannot_lock(path, error);
      return std::unique_ptr<Lock>(std::move(*lock));
    }
    const std::optional<LockInfo> holder = holder_of(path);
    if (wait.stop.stop_requested())
      return fail(fmt::format("The run was stopped while it waited for {}, which is locked by {}.", state,
                              name_of(holder)),
                  "Nothing was changed.");
    const std::chrono::milliseconds waited = clock.ticks() - start;
    if (waited < wait.timeout) {
      if (!is_told && (holder || waited.count() > 0)) {
        wait.on_wait(holder);
        is_told = true;
      }
      clock.sleep_for(std::min(kPollInterval, wait.timeout - waited));
      continue;
    }
    // `look_at_lock_file` takes the lock for a moment, and the name in the file may be that of a holder that
    // died.
    if (holder && !std::exchange(looked_twice, true)) continue;
    if (holder || looks_left-- == 0) return held(state, holder, wait.timeout);
    clock.sleep_for(kLookInterval);
  }
}

}  // namespace rollcall::store
