#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::store {

/// Who holds a lock, for the user who has to wait for it.
struct LockInfo {
  std::string who;
  std::string where;
  /// As to_string(Time) writes it.
  std::string when;
  std::int64_t pid = 0;
  /// The command that holds it, such as "apply".
  std::string command;
  /// The address of the pipeline's job; empty outside of pipelines.
  std::string job = {};
  /// Tells this lock from every other one; empty where the store needs none.
  std::string id = {};

  bool operator==(const LockInfo&) const = default;
};

/// One JSON object on one line, with a line break after it.
std::string to_json(const LockInfo& info);

/// Reads what `to_json` wrote; members that it does not know are skipped. Nothing for any other text.
std::optional<LockInfo> parse_lock_info(std::string_view json);

/// "root@runner-3 (apply, process 4711, since 2026-01-31T23:59:59Z)"
std::string describe(const LockInfo& info);

/// An id as a shell takes it for one word, whatever another program has put into it.
std::string quoted(const std::string& id);

}  // namespace rollcall::store
