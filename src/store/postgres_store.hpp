#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "store/lease_keeper.hpp"
#include "store/lock_wait.hpp"
#include "store/postgres_connection.hpp"
#include "store/store.hpp"

namespace rollcall::store {

/// A state in a row of a PostgreSQL, reached directly or through a pooler. The lock is a row, too, which ends
/// by itself (a lease) and which every write looks at in its own statement. Versions are digests. Used by one
/// thread at a time; the lease is renewed on another one, over a connection of its own.
class PostgresStore final : public Store {
 public:
  PostgresStore(PostgresPlace place, std::string state, std::chrono::milliseconds lease,
                PostgresAccess access, LeaseUse run = {});

  [[nodiscard]] std::string name() const override { return place_.name; }
  Expected<std::optional<Stored>> read() override;
  Expected<std::string> write(std::string_view bytes, const std::optional<std::string>& expected) override;
  Expected<std::unique_ptr<Lock>> lock(const LockInfo& info, const LockWait& wait, Clock& clock) override;
  LockSight look_at_lock() override;
  Expected<std::optional<LockInfo>> find_holder(const LockInfo& asking) override;
  Expected<void> remove_lock(const std::string& id) override;
  Expected<std::optional<std::string>> read_kept(std::int64_t serial) override;

 private:
  class PostgresLock;

  /// Where the tables are missing that is an error only if there is no telling whether they are.
  Expected<void> require_no_tables(std::string_view what);
  /// Without rows where the tables are missing, too.
  Expected<PostgresRows> look_up(const char* sql, const std::vector<PostgresValue>& values);
  Expected<void> make_tables();
  Expected<LockAttempt> try_lock(const LockInfo& info, Clock& clock);
  Expected<void> unlock(const std::string& id);
  PostgresAnswer send_write(std::string_view bytes, const std::string& version,
                            const std::optional<std::string>& expected);
  /// What stands there by now, where a write has changed nothing.
  Expected<std::string> look_into(const std::string& version, bool repeated);
  Expected<std::optional<std::string>> digest();
  Expected<std::optional<LockInfo>> holder();

  PostgresPlace place_;
  std::string state_;
  std::chrono::milliseconds length_;
  PostgresAccess access_;
  LeaseUse run_;
  PostgresConnection connection_;
  /// Of the lock that this process holds; empty: none.
  std::string lock_id_;
  /// The version of a write of this process that may stand there by now; empty: none.
  std::string uncertain_;
};

}  // namespace rollcall::store
