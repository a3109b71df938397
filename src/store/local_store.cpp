#include "store/local_store.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/limits.hpp"
#include "store/local_lock.hpp"

namespace rollcall::store {
namespace {

constexpr int kMaxLinks = 40;

/// Where a chain of links ends. A loop ends somewhere in it; opening that tells of the loop.
std::filesystem::path follow(std::filesystem::path path) {
  for (int i = 0; i < kMaxLinks; ++i) {
    std::error_code error;
    const std::filesystem::path target = std::filesystem::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / target;
  }
  return path;
}

/// Refuses what is there but can be no state: a folder, a device, something far too large.
Expected<void> check_kind(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  if (S_ISDIR(status.st_mode))
    return fail(fmt::format("{} is a folder, not a state file.", path.string()),
                fmt::format("Name a file in it, such as {}.", (path / "rollcall.state.json").string()));
  if (!S_ISREG(status.st_mode))
    return fail(fmt::format("{} is not a regular file, so it cannot hold a state.", path.string()),
                "Name another file with --state or `state:` in the project file.");
  if (static_cast<std::uint64_t>(status.st_size) > kStateLimit)
    return fail(
        fmt::format("{} is larger than {} MiB, too large for a state.", path.string(), kStateLimit >> 20U),
        "Name the right file with --state or `state:` in the project file.");
  return {};
}

}  // namespace

namespace {

std::optional<Time> time_of_file(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return Time(std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec)));
}

}  // namespace

LocalStore::LocalStore(const std::filesystem::path& path, IsOurs is_state)
    : name_(path.string()), path_(follow(path)), is_state_(std::move(is_state)) {}

std::filesystem::path LocalStore::beside(std::string_view ending) const {
  return path_.string() + std::string(ending);
}

Expected<std::optional<Stored>> LocalStore::read() {
  if (Expected<void> kind = check_kind(path_); !kind) return tl::unexpected<Error>(kind.error());
  // A run that was killed while it kept the state before has left it under two names.
  Expected<std::optional<std::string>> bytes =
      read_own_file(path_, kStateLimit, {beside(".bak"), beside(".bak.tmp")});
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  if (!*bytes) return std::optional<Stored>();
  std::string version = sha256(**bytes);
  return std::optional<Stored>(Stored{std::move(**bytes), std::move(version), time_of_file(path_)});
}

Expected<std::string> LocalStore::write(std::string_view bytes, const std::optional<std::string>& expected) {
  const Expected<std::optional<Stored>> now = read();
  if (!now) return tl::unexpected<Error>(now.error());
  const std::optional<std::string> version =
      *now ? std::optional<std::string>((*now)->version) : std::nullopt;
  if (version != expected) {
    const std::string_view what = !version ? "is gone" : !expected ? "has appeared" : "has changed";
    return fail(fmt::format("{} {} since this command read it; it was not written.", name_, what),
                "Another program writes it without taking the lock: "
                "find out which, then run `rollcall refresh` to record what the server has.");
  }
  if (const Expected<void> written = write_file_atomically(path_, bytes, beside(".bak"), is_state_); !written)
    return tl::unexpected<Error>(written.error());
  return sha256(bytes);
}

Expected<std::unique_ptr<Lock>> LocalStore::lock(const LockInfo& info, const LockWait& wait, Clock& clock) {
  // Before anything is made beside it: `--state /etc/passwd` leaves no lock there.
  if (Expected<void> kind = check_kind(path_); !kind) return tl::unexpected<Error>(kind.error());
  if (Expected<void> ours = require_ours(path_, is_state_, {beside(".bak"), beside(".bak.tmp")}); !ours)
    return tl::unexpected<Error>(ours.error());
  auto lock = lock_file(beside(".lock").string(), name_, info, wait, clock);
  // What stands in the way of the next write is told before anything is sent, and under the lock, for another
  // run's write may be on its way until then.
  if (lock)
    if (const auto replaceable = require_replaceable(path_, beside(".bak"), is_state_); !replaceable)
      return tl::unexpected<Error>(replaceable.error());
  return lock;
}

LockSight LocalStore::look_at_lock() {
  return look_at_lock_file(beside(".lock").string());
}

Expected<std::optional<LockInfo>> LocalStore::find_holder(const LockInfo& /*asking*/) {
  const LockSight sight = look_at_lock();
  if (sight.kind == LockSight::Kind::kFree) return std::optional<LockInfo>();
  return sight.holder.value_or(LockInfo{"another process", {}, {}, 0, {}});
}

Expected<void> LocalStore::remove_lock(const std::string& /*id*/) {
  return fail(fmt::format("The lock of {} ends with its process, and only with it.", name_),
              "Wait until that process has ended, or end it.");
}

}  // namespace rollcall::store
