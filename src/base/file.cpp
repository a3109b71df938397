#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "base/descriptor.hpp"
#include "base/text.hpp"

namespace rollcall {
namespace {

tl::unexpected<Error> write_failure(const std::filesystem::path& path, int error_number) {
  std::string hint;
  if (error_number == ENOSPC || error_number == EDQUOT)
    hint = "Free some space and run the command again.";
  else if (error_number == EFBIG)
    hint = "Raise the limit for the size of files (ulimit -f).";
  else if (error_number == EACCES || error_number == EROFS || error_number == EPERM)
    hint = "Make the folder writable for this user, or name another place.";
  else if (error_number == ENOENT || error_number == ENOTDIR)
    hint = "Create the folder first.";
  return fail(fmt::format("Cannot write {}: {}.", path.string(), system_message(error_number)),
              std::move(hint));
}

/// Makes the file; one that is there already is an error.
int write_and_sync(const std::string& path, std::string_view bytes) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.open()) return errno;
  // The umask may have taken rights away that the owner needs next time.
  if (::fchmod(file.get(), 0600) != 0) return errno;
  if (const int error = write_all(file.get(), bytes); error != 0) return error;
  if (::fsync(file.get()) != 0) return errno;
  return file.close() == 0 ? 0 : errno;
}

/// Some file systems have no hard links, and each says so in its own way.
bool lacks_links(int error_number) {
  return error_number == EPERM || error_number == EOPNOTSUPP || error_number == ENOSYS ||
         error_number == EXDEV || error_number == EMLINK;
}

Expected<void> copy_and_sync(const std::string& from, const std::string& to) {
  const auto bytes = read_file(from, std::numeric_limits<std::uint64_t>::max());
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  const int error = *bytes ? write_and_sync(to, **bytes) : 0;
  return error == 0 ? Expected<void>() : write_failure(to, error);
}

/// The older backup stays until the new one can take its place.
Expected<void> keep_backup(const std::string& path, const std::string& backup) {
  const std::string fresh = backup + ".tmp";
  const int error = ::link(path.c_str(), fresh.c_str()) == 0 ? 0 : errno;
  if (error == ENOENT) return {};
  Expected<void> kept;
  if (lacks_links(error))
    kept = copy_and_sync(path, fresh);
  else if (error != 0)
    kept = write_failure(backup, error);
  if (kept && ::rename(fresh.c_str(), backup.c_str()) != 0) kept = write_failure(backup, errno);
  // Where both were the same file already, rename leaves the link.
  ::unlink(fresh.c_str());
  return kept;
}

Descriptor open_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.parent_path();
  return Descriptor(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

int sync_folder(const Descriptor& folder) {
  // Some network file systems cannot sync a folder and say so with EINVAL.
  return ::fsync(folder.get()) == 0 || errno == EINVAL ? 0 : errno;
}

int sync_folder_of(const std::filesystem::path& path) {
  const Descriptor folder = open_folder_of(path);
  return folder.open() ? sync_folder(folder) : errno;
}

std::filesystem::path temporary_of(const std::filesystem::path& path) {
  return path.string() + ".tmp";
}

/// A run that was killed leaves its temporary, which makes room.
Expected<void> remove_leftover(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return write_failure(path, errno);
  return {};
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kMebi = std::uint64_t{1} << 20U;
  return bytes >= kMebi ? fmt::format("{} MiB", bytes / kMebi)
                        : fmt::format("{} bytes", with_thousands(bytes));
}

}  // namespace

tl::unexpected<Error> read_failure(const std::filesystem::path& path, int error_number) {
  std::string hint;
  if (error_number == EACCES) hint = "Make the file readable for this user.";
  if (error_number == ENOTDIR) hint = "A part of the path is a file and not a folder: check it.";
  if (error_number == ELOOP)
    hint = "It is a symbolic link, which is not followed here, or one that leads to itself.";
  return fail(fmt::format("Cannot read {}: {}.", path.string(), system_message(error_number)),
              std::move(hint));
}

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

std::string system_message(int error_number) {
  return std::generic_category().message(error_number);
}

bool lies_within(const std::filesystem::path& path, const std::filesystem::path& root) {
  using MaybePath = std::optional<std::filesystem::path>;
  const auto resolved = [](const std::filesystem::path& any) {
    std::error_code error;
    // A relative path of which nothing is there yet would stay relative.
    std::filesystem::path real = std::filesystem::absolute(any.empty() ? "." : any, error);
    if (!error) real = std::filesystem::weakly_canonical(real, error);
    return error ? MaybePath() : MaybePath(std::move(real));
  };
  const MaybePath outer = resolved(root);
  MaybePath inner = resolved(path);
  // A link to what is not there yet stays in the path, and a file would be made where it points.
  constexpr int kMaxLinks = 40;
  for (int links = 0; inner && links < kMaxLinks; ++links) {
    std::error_code no_link;
    const std::filesystem::path target = std::filesystem::read_symlink(*inner, no_link);
    if (no_link) break;
    inner = resolved(inner->parent_path() / target);
  }
  return outer && inner &&
         std::mismatch(outer->begin(), outer->end(), inner->begin(), inner->end()).first == outer->end();
}

Expected<std::string> read_all(int fd, const std::filesystem::path& path, std::uint64_t limit) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return read_failure(path, errno);
  std::string bytes;
  if (status.st_size > 0 && static_cast<std::uint64_t>(status.st_size) <= limit)
    bytes.reserve(static_cast<std::size_t>(status.st_size) + 1);
  for (;;) {
    const std::size_t had = bytes.size();
    // Within what was reserved as long as it lasts: growing for the empty last read would copy the whole
    // file.
    const std::size_t step = bytes.capacity() > had ? bytes.capacity() - had : 65536;
    bytes.resize(had + step);
    const ssize_t got = ::read(fd, bytes.data() + had, step);
    if (got < 0 && errno == EINTR) {
      bytes.resize(had);
      continue;
    }
    if (got < 0) return read_failure(path, errno);
    bytes.resize(had + static_cast<std::size_t>(got));
    if (bytes.size() > limit)
      return fail(fmt::format("{} is larger than {}.", path.string(), size_text(limit)));
    if (got == 0) return bytes;
  }
}

Expected<std::optional<std::string>> read_file(const std::filesystem::path& path, std::uint64_t limit) {
  // Without O_NONBLOCK the opening of a pipe would wait for its writer, whom no signal brings.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.open()) {
    if (errno == ENOENT) return std::optional<std::string>{};
    return read_failure(path, errno);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return read_failure(path, errno);
  if (S_ISDIR(status.st_mode)) return read_failure(path, EISDIR);
  if (!S_ISREG(status.st_mode))
    return fail(fmt::format("{} is not a regular file.", path.string()),
                "Pipes and devices are not read: save the content to a file, and name that.");
  auto bytes = read_all(file.get(), path, limit);
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  return std::optional<std::string>(std::move(*bytes));
}

Expected<void> require_replaceable(const std::filesystem::path& path,
                                   const std::optional<std::filesystem::path>& backup,
                                   const IsOurs& is_ours) {
  if (auto ours = require_ours(temporary_of(path), is_ours); !ours || !backup) return ours;
  // A run that was killed between two renames leaves one file under more than one of these names.
  const std::filesystem::path fresh = temporary_of(*backup);
  if (auto ours = require_ours(*backup, is_ours, {path, fresh}); !ours) return ours;
  return require_ours(fresh, is_ours, {path, *backup});
}

Expected<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes,
                                     const std::optional<std::filesystem::path>& backup,
                                     const IsOurs& is_ours) {
  if (auto replaceable = require_replaceable(path, backup, is_ours); !replaceable) return replaceable;
  const std::string temporary = temporary_of(path);
  if (auto removed = remove_leftover(temporary); !removed) return removed;
  if (backup)
    if (auto removed = remove_leftover(temporary_of(*backup)); !removed) return removed;
  const auto give_up = [&](int error_number) {
    ::unlink(temporary.c_str());
    return write_failure(path, error_number);
  };
  // A folder that cannot be synced is told of before anything is replaced, where that can be known.
  const Descriptor folder = open_folder_of(path);
  if (!folder.open()) return write_failure(path, errno);
  if (const int error = write_and_sync(temporary, bytes); error != 0) return give_up(error);
  if (backup)
    if (auto kept = keep_backup(path.string(), backup->string()); !kept) {
      ::unlink(temporary.c_str());
      return kept;
    }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up(errno);
  if (const int error = sync_folder(folder); error != 0)
    return fail(
        fmt::format("{} was written, but its folder could not be synced: {}.", path.string(),
                    system_message(error)),
        "A power cut now could bring the previous file back. Check the disk, then run the command again.");
  return {};
}

Expected<void> replace_file(const std::filesystem::path& path, std::string_view bytes) {
  struct stat status {};
  const bool exists = ::lstat(path.c_str(), &status) == 0;
  if (!exists && errno != ENOENT) return write_failure(path, errno);
  if (exists && !S_ISREG(status.st_mode))
    return fail(fmt::format("Cannot write {}: it is not a regular file.", path.string()),
                "Name another file.");
  const std::string temporary = fmt::format("{}.{}.tmp", path.string(), ::getpid());
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!file.open()) return write_failure(path, errno);
  constexpr mode_t kRights = 0777;
  int error = exists && ::fchmod(file.get(), status.st_mode & kRights) != 0 ? errno : 0;
  if (error == 0) error = write_all(file.get(), bytes);
  if (file.close() != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(temporary.c_str());
  return write_failure(path, error);
}

Expected<bool> append_to_file(const std::filesystem::path& path, std::string_view bytes,
                              std::uint64_t limit) {
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666));
  struct stat status {};
  if (!file.open() || ::fstat(file.get(), &status) != 0) return write_failure(path, errno);
  if (!S_ISREG(status.st_mode))
    return fail(fmt::format("Cannot write {}: it is not a regular file.", path.string()),
                "Name another file.");
  if (static_cast<std::uint64_t>(status.st_size) + bytes.size() > limit) return false;
  const int error = write_all(file.get(), bytes);
  if (error == 0) return true;
  if (::ftruncate(file.get(), status.st_size) != 0) return write_failure(path, errno);
  return write_failure(path, error);
}

Expected<void> create_file(const std::filesystem::path& path, std::string_view bytes) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.open()) return write_failure(path, errno);
  int error = write_all(file.get(), bytes);
  if (file.close() != 0 && error == 0) error = errno;
  if (error == 0) return {};
  ::unlink(path.c_str());
  return write_failure(path, error);
}

Expected<AppendFile> AppendFile::create(const std::filesystem::path& path) {
  AppendFile file(path, ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600));
  if (file.fd_ < 0) return write_failure(path, errno);
  // The umask may have taken rights away that the owner needs next time.
  int error = ::fchmod(file.fd_, 0600) == 0 ? 0 : errno;
  if (error == 0) error = sync_folder_of(path);
  if (error == 0) return file;
  ::unlink(path.c_str());
  return write_failure(path, error);
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

AppendFile::~AppendFile() {
  if (fd_ >= 0) ::close(fd_);
}

Expected<void> AppendFile::append(std::string_view bytes) {
  if (const int error = write_all(fd_, bytes); error != 0) return write_failure(path_, error);
  return {};
}

Expected<void> AppendFile::sync() {
  if (::fdatasync(fd_) != 0) return write_failure(path_, errno);
  return {};
}

Expected<void> make_private_folder(const std::filesystem::path& path) {
  std::filesystem::path folder;
  for (const std::filesystem::path& part : path) {
    folder /= part;
    if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST || errno == EISDIR) continue;
    std::error_code ignored;
    // A folder above it may be there and not to be written.
    if (std::filesystem::is_directory(folder, ignored)) continue;
    return fail(fmt::format("Cannot make the folder {}: {}.", folder.string(), system_message(errno)),
                "Make the folder above it writable for this user, or name another place.");
  }
  return {};
}

Expected<void> remove_file(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return fail(fmt::format("Cannot remove {}: {}.", path.string(), system_message(errno)),
                "Make the folder writable for this user.");
  }
  if (const int error = sync_folder_of(path); error != 0) return write_failure(path, error);
  return {};
}

}  // namespace rollcall
