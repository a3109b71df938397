#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "base/owned_file.hpp"

namespace rollcall {

/// The whole file; nothing where there is none; an error where it cannot be read, is no regular file or is
/// larger than `limit` bytes. Never waits.
Expected<std::optional<std::string>> read_file(const std::filesystem::path& path, std::uint64_t limit);

/// Whether the path, links resolved, is `root` or lies below it. What is not there yet counts where it would
/// be.
bool lies_within(const std::filesystem::path& path, const std::filesystem::path& root);

/// What the next function refuses before it touches anything: at the places of its temporary files and of the
/// backup, what `require_ours` refuses.
Expected<void> require_replaceable(const std::filesystem::path& path,
                                   const std::optional<std::filesystem::path>& backup, const IsOurs& is_ours);

/// Replaces a file in one step: the bytes go to a temporary file of mode 0600 in the same folder, are synced,
/// renamed over `path`, and the folder is synced. What a killed run has left at the temporary's place is
/// removed; what `require_ours` refuses there, or at the backup's, is an error and stays. On any error `path`
/// is as it was and the temporary is gone; only where the folder cannot be synced the new bytes stand there,
/// and the error says so. With `backup`, what stood at `path` is kept there: by a hard link made before the
/// rename, or by a copy where the file system has no links.
Expected<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes,
                                     const std::optional<std::filesystem::path>& backup = std::nullopt,
                                     const IsOurs& is_ours = nullptr);

/// Replaces a regular file, keeping its rights, or makes a new one with the usual rights, in one step: for
/// what can be made again, so nothing is synced. An error where something else than a regular file stands
/// there, a link included. On any error `path` is as it was, and the temporary beside it is gone.
Expected<void> replace_file(const std::filesystem::path& path, std::string_view bytes);

/// Appends to a file, or makes it with the usual rights; all of the bytes or none. False, and nothing is
/// appended, where it would be larger than `limit` then.
Expected<bool> append_to_file(const std::filesystem::path& path, std::string_view bytes, std::uint64_t limit);

/// Writes a file that is not there yet, with the usual rights; an error where it is, or where it cannot be
/// written whole (what was begun is removed).
Expected<void> create_file(const std::filesystem::path& path, std::string_view bytes);

/// A new file of mode 0600 that only grows. What append has written survives the end of the process; what
/// sync has confirmed survives a power cut.
class AppendFile {
 public:
  /// An error where the file is there already. The folder is synced, so that the name survives, too.
  static Expected<AppendFile> create(const std::filesystem::path& path);
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&&) = delete;
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile();

  Expected<void> append(std::string_view bytes);
  Expected<void> sync();

 private:
  AppendFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::filesystem::path path_;
  int fd_;
};

/// Makes a folder, and those above it, for this user alone; one that is there stays as it is.
Expected<void> make_private_folder(const std::filesystem::path& path);

/// Removes a file and syncs its folder; one that is not there is no error.
Expected<void> remove_file(const std::filesystem::path& path);

/// The error for a file that cannot be read, in the system's words.
tl::unexpected<Error> read_failure(const std::filesystem::path& path, int error_number);

/// What is left to read of an open file. Errors name `path`; more than `limit` bytes are one.
Expected<std::string> read_all(int fd, const std::filesystem::path& path, std::uint64_t limit);

/// All of the bytes, with as many writes as it takes. 0 or errno.
int write_all(int fd, std::string_view bytes);

/// The system's words for errno, such as "No space left on device".
std::string system_message(int error_number);

}  // namespace rollcall
