#include "store/postgres_store.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/digest.hpp"
#include "store/postgres_error.hpp"
#include "store/postgres_sql.hpp"
#include "store/state_head.hpp"

namespace rollcall::store {

PostgresStore::PostgresStore(PostgresPlace place, std::string state, std::chrono::milliseconds lease,
                             PostgresAccess access, LeaseUse run)
    : place_(std::move(place)),
      state_(std::move(state)),
      length_(lease),
      access_(std::move(access)),
      run_(std::move(run)),
      connection_(place_, access_) {}

Expected<void> PostgresStore::require_no_tables(std::string_view what) {
  const auto hidden = connection_.run(kHiddenSchema, {});
  if (!hidden) return tl::unexpected<Error>(explain(hidden.error(), place_, what));
  if (hidden->rows.empty()) return {};
  return fail(
      fmt::format("The state {} could not be {}: its tables are in the schema {}, which the role {} may "
                  "not use.",
                  place_.name, what, hidden->rows[0][0].value_or(""), place_.user),
      fmt::format("GRANT USAGE ON SCHEMA {} lets it; `rollcall help state` has the SQL.",
                  hidden->rows[0][0].value_or("")));
}

Expected<PostgresRows> PostgresStore::look_up(const char* sql, const std::vector<PostgresValue>& values) {
  auto answer = connection_.run(sql, values);
  if (is_missing_table(answer)) {
    if (const auto none = require_no_tables("read"); !none) return tl::unexpected<Error>(none.error());
    return PostgresRows{};
  }
  if (!answer) return tl::unexpected<Error>(explain(answer.error(), place_, "read"));
  return std::move(*answer);
}

Expected<std::optional<Stored>> PostgresStore::read() {
  auto found = look_up(kRead, {{state_}});
  if (!found) return tl::unexpected<Error>(found.error());
  if (found->rows.empty()) return std::optional<Stored>();
  auto& row = found->rows[0];
  return std::optional<Stored>(Stored{std::move(row[0]).value_or(""), std::move(row[1]).value_or(""),
                                      parse_time(row[2].value_or(""))});
}

Expected<std::optional<std::string>> PostgresStore::read_kept(std::int64_t serial) {
  const std::string number = std::to_string(serial);
  auto found = look_up(kReadKept, {{state_}, {number}});
  if (!found) return tl::unexpected<Error>(found.error());
  if (found->rows.empty()) return std::optional<std::string>();
  return std::move(found->rows[0][0]);
}

Expected<std::optional<std::string>> PostgresStore::digest() {
  auto answer = connection_.run(kDigest, {{state_}});
  if (!answer) return tl::unexpected<Error>(explain(answer.error(), place_, "read"));
  if (answer->rows.empty()) return std::optional<std::string>();
  return std::move(answer->rows[0][0]);
}

PostgresAnswer PostgresStore::send_write(std::string_view bytes, const std::string& version,
                                         const std::optional<std::string>& expected) {
  const StateHead head = read_head(bytes);
  const std::string serial = std::to_string(head.serial);
  std::vector<PostgresValue> values = {{state_},       {lock_id_}, {serial},
                                       {head.lineage}, {version},  {bytes, true}};
  if (!expected) return connection_.run(kWriteFirst, values);
  values.push_back({*expected});
  return connection_.run(kWrite, values);
}

Expected<std::string> PostgresStore::write(std::string_view bytes,
                                           const std::optional<std::string>& expected) {
  if (lock_id_.empty()) return fail(fmt::format("{} is not written without its lock.", place_.name));
  std::optional<std::string> over = expected;
  // What the response was lost of is what this process wrote.
  if (!uncertain_.empty()) {
    const auto now = digest();
    if (!now) return tl::unexpected<Error>(now.error());
    if (*now == uncertain_) over = uncertain_;
  }
  const std::string version = sha256(bytes);
  const auto answer = send_write(bytes, version, over);
  if (!answer) {
    const Error error = explain(answer.error(), place_, "written");
    if (answer.error().stage != PostgresFailure::Stage::kLost) return tl::unexpected<Error>(error);
    uncertain_ = version;
    return fail(fmt::format("{} It is unknown whether the state was written.", error.message), error.hint);
  }
  if (answer->rows.empty()) return look_into(version, answer->repeated);
  uncertain_.clear();
  return version;
}

Expected<std::string> PostgresStore::look_into(const std::string& version, bool repeated) {
  const auto now = digest();
  if (!now) {
    if (repeated) uncertain_ = version;
    return tl::unexpected<Error>(now.error());
  }
  if (repeated && *now == version) return version;
  const auto held = holder();
  if (!held) return tl::unexpected<Error>(held.error());
  if (!*held || (*held)->id != lock_id_)
    return fail(
        fmt::format(
            "{} was not written: {}.", place_.name,
            *held ? fmt::format("it is locked by {}", describe(**held)) : "this run no longer has its lock"),
        "The lock was removed, or it was not renewed in time. See to it that no other run is at work, then "
        "run this again.");
  return fail(
      fmt::format("{} {} since this command read it; it was not written.", place_.name,
                  *now ? "has changed" : "is gone"),
      "Something else writes it without the lock: find out what, then run `rollcall refresh` so that the "
      "record learns what the server has.");
}

}  // namespace rollcall::store
