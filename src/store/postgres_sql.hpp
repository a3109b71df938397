#pragma once

#include <array>
#include <string>

/// The SQL of a state in PostgreSQL. Each is one statement in a transaction of its own, and may be done
/// twice.
/// `$1` is always the state's name.
namespace rollcall::store {

/// What makes the tables, in this order: who sees the last one sees all of them.
constexpr std::array<const char*, 3> kCreateTables = {
    R"(CREATE TABLE IF NOT EXISTS rollcall_state (
  name text PRIMARY KEY,
  serial bigint NOT NULL,
  lineage text NOT NULL,
  digest text NOT NULL,
  bytes bytea NOT NULL,
  run text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now()
))",
    R"(CREATE TABLE IF NOT EXISTS rollcall_state_history (
  name text NOT NULL,
  serial bigint NOT NULL,
  lineage text NOT NULL,
  bytes bytea NOT NULL,
  written_at timestamptz NOT NULL,
  PRIMARY KEY (name, serial)
))",
    R"(CREATE TABLE IF NOT EXISTS rollcall_lock (
  name text PRIMARY KEY,
  id text NOT NULL,
  holder text NOT NULL,
  expires_at timestamptz NOT NULL
))"};

/// A role that may not use a schema of its search path sees no table where there is one: names that schema.
constexpr const char* kHiddenSchema =
    R"(SELECT n.nspname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'rollcall_state' AND NOT has_schema_privilege(n.oid, 'USAGE')
  AND n.nspname = ANY (regexp_split_to_array(
    replace(replace(current_setting('search_path'), '"$user"', current_user::text), '"', ''), ',\s*'))
LIMIT 1)";

constexpr const char* kRead =
    R"(SELECT bytes, digest, to_char(written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM rollcall_state WHERE name = $1)";

/// $2: the serial.
constexpr const char* kReadKept =
    R"(SELECT bytes FROM (
  SELECT name, serial, bytes, written_at FROM rollcall_state
  UNION ALL SELECT name, serial, bytes, written_at FROM rollcall_state_history
) every WHERE name = $1 AND serial = $2::bigint ORDER BY written_at DESC LIMIT 1)";

/// Who holds the lock now.
constexpr const char* kLook = "SELECT id, holder FROM rollcall_lock WHERE name = $1 AND expires_at > now()";

/// $2: id, $3: holder, $4: seconds. Whether it is taken now, and whose it was before: id and holder.
constexpr const char* kLock =
    R"(WITH before AS MATERIALIZED (
  SELECT id, holder FROM rollcall_lock WHERE name = $1
), taken AS (
  INSERT INTO rollcall_lock AS held (name, id, holder, expires_at)
  VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4::float8))
  ON CONFLICT (name) DO UPDATE SET id = excluded.id, holder = excluded.holder, expires_at = excluded.expires_at
  WHERE held.expires_at < now() OR held.id = excluded.id
  RETURNING 1
)
SELECT (SELECT count(*) FROM taken)::text, (SELECT id FROM before), (SELECT holder FROM before))";

/// $2: id, $3: seconds. Whether it is renewed, and who has it: id and holder.
constexpr const char* kRenew =
    R"(WITH renewed AS (
  UPDATE rollcall_lock SET expires_at = clock_timestamp() + make_interval(secs => $3::float8)
  WHERE name = $1 AND id = $2 AND expires_at > clock_timestamp()
  RETURNING 1
)
SELECT (SELECT count(*) FROM renewed)::text, (SELECT id FROM rollcall_lock WHERE name = $1),
  (SELECT holder FROM rollcall_lock WHERE name = $1))";

/// $2: id.
constexpr const char* kUnlock = "DELETE FROM rollcall_lock WHERE name = $1 AND id = $2 RETURNING id";

/// $2: id of the lock, $3: serial, $4: lineage, $5: digest, $6: bytes. One row where it is written: the lock
/// is this run's and nobody can take it before this is done, and there was no state.
constexpr const char* kWriteFirst =
    R"(WITH held AS MATERIALIZED (
  SELECT 1 FROM rollcall_lock WHERE name = $1 AND id = $2 AND expires_at > clock_timestamp() FOR SHARE
)
INSERT INTO rollcall_state (name, serial, lineage, digest, bytes, run)
SELECT $1, $3::bigint, $4, $5, $6::bytea, $2 FROM held
ON CONFLICT (name) DO NOTHING
RETURNING 1)";

/// As before, over the state with the digest $7. What the run before wrote last goes into the history, which
/// keeps 50.
constexpr const char* kWrite =
    R"(WITH held AS MATERIALIZED (
  SELECT 1 FROM rollcall_lock WHERE name = $1 AND id = $2 AND expires_at > clock_timestamp() FOR SHARE
), before AS MATERIALIZED (
  SELECT serial, lineage, bytes, written_at FROM rollcall_state WHERE name = $1 AND run <> $2
), written AS (
  UPDATE rollcall_state SET serial = $3::bigint, lineage = $4, digest = $5, bytes = $6::bytea, run = $2,
    written_at = now()
  WHERE name = $1 AND digest = $7 AND EXISTS (SELECT FROM held)
  RETURNING 1
), kept AS (
  INSERT INTO rollcall_state_history (name, serial, lineage, bytes, written_at)
  SELECT $1, serial, lineage, bytes, written_at FROM before WHERE EXISTS (SELECT FROM written)
  ON CONFLICT (name, serial) DO UPDATE
  SET lineage = excluded.lineage, bytes = excluded.bytes, written_at = excluded.written_at
), pruned AS (
  DELETE FROM rollcall_state_history WHERE name = $1 AND EXISTS (SELECT FROM written) AND serial IN (
    SELECT serial FROM rollcall_state_history
    WHERE name = $1 AND serial <> ALL (SELECT serial FROM before) AND EXISTS (SELECT FROM before)
    ORDER BY written_at DESC, serial DESC OFFSET 49)
)
SELECT 1 FROM written)";

/// The digest of what stands there.
constexpr const char* kDigest = "SELECT digest FROM rollcall_state WHERE name = $1";

/// What an administrator runs where the role may not create tables, on one line.
std::string create_tables_by_hand();

}  // namespace rollcall::store
