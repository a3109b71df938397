#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "store/postgres_connection.hpp"

/// What PostgreSQL refuses, in words that say what to do.
namespace rollcall::store {

/// The oldest server whose SQL this is written in.
constexpr int kOldestPostgres = 120'000;

/// Codes of this program's own, in the place of the server's.
constexpr std::string_view kUntrusted = "rollcall: untrusted";
constexpr std::string_view kTooOld = "rollcall: too old";

/// Whether the tables of states were not there.
bool is_missing_table(const PostgresAnswer& answer);

/// The server's code in a message of libpq whose verbosity is PQERRORS_VERBOSE; empty where it has none.
std::string sqlstate_in(std::string_view message);
/// What such a message says, without where it was said, on one line and without its full stop.
std::string words_in(std::string_view message);

/// Whether the same statement may succeed in a moment: the connection broke, the server starts or is stopped,
/// a transaction came in the way of another one.
bool may_pass(const PostgresFailure& failure);

/// `what` is what was to be done with the state: read, written, locked, unlocked.
Error explain(const PostgresFailure& failure, const PostgresPlace& place, std::string_view what);

}  // namespace rollcall::store
