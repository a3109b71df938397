#include "store/postgres_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"

namespace rollcall::store {
namespace {

using Stage = PostgresFailure::Stage;

constexpr std::size_t kStateLength = 5;

bool is_sqlstate(std::string_view text) {
  return text.size() == kStateLength && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

/// Where "28P01: " stands, behind the severity and two spaces.
constexpr std::string_view kUndefinedTable = "42P01";

std::optional<std::size_t> find_sqlstate(std::string_view message) {
  constexpr std::string_view kBefore = ":  ";
  for (std::size_t at = message.rfind(kBefore); at != std::string_view::npos && at > 0;
       at = message.rfind(kBefore, at - 1)) {
    const std::size_t begin = at + kBefore.size();
    if (is_sqlstate(message.substr(begin, kStateLength)) && message.substr(begin + kStateLength, 2) == ": ")
      return begin;
  }
  return std::nullopt;
}

bool has(const PostgresFailure& failure, std::string_view words) {
  return failure.words.find(words) != std::string::npos;
}

/// Not for want of a server: the same would come again.
bool is_for_good(const PostgresFailure& failure) {
  return failure.stage == Stage::kRefused ||
         (failure.stage == Stage::kConnect &&
          (has(failure, "certificate") || has(failure, "SSL") || has(failure, "password")));
}

/// What libpq says by itself, without a code.
Error explain_libpq(const PostgresFailure& failure, const PostgresPlace& place) {
  if (failure.stage == Stage::kLost)
    return {fmt::format("the connection to the server broke ({})", failure.words),
            "Run the command again once the server is back."};
  if (has(failure, "no password supplied"))
    return {fmt::format("the server wants a password for the role {}", place.user),
            "Set PGPASSWORD, or keep it in ~/.pgpass."};
  if (has(failure, "does not support SSL"))
    return {"the server offers no TLS",
            "Switch it on there (ssl = on): what leaves this machine is never sent unencrypted."};
  if (has(failure, "root certificate file"))
    return {
        failure.words,
        "Name the file with the authority of the server's certificate in PGSSLROOTCERT or with --ca-file."};
  if (has(failure, "certificate"))
    return {
        fmt::format("the server's certificate is not accepted ({})", failure.words),
        "Name the file with its authority in PGSSLROOTCERT or with --ca-file, and the host in the address "
        "as the certificate has it."};
  return {fmt::format("the server cannot be reached ({})", failure.words),
          "Check host and port in the address, or PGHOST and PGPORT, and whether the server runs."};
}

/// The server does not let this role in.
std::optional<Error> explain_entry(const PostgresFailure& failure, const PostgresPlace& place) {
  const std::string& code = failure.sqlstate;
  // A pooler has one code for all of these.
  const bool is_pooler = code == "08P01";
  if (code == kUntrusted)
    return Error{
        fmt::format("the password is not sent to {}: in a pipeline (CI is set) the repository alone may not "
                    "name the server of the state, since whoever may change it could have the password sent "
                    "elsewhere",
                    place.host),
        "Set ROLLCALL_STATE in the pipeline's protected variables, or give --state; or name the server in "
        "PGHOST "
        "there, and leave it out of the address."};
  if (code == kTooOld)
    return Error{fmt::format("the server is PostgreSQL {}, which is too old", failure.words),
                 "PostgreSQL 12 is needed, or a newer one."};
  if (code == "28P01" || (is_pooler && has(failure, "authentication failed")))
    return Error{
        fmt::format("the server did not accept the password of the role {}", place.user),
        "Check PGPASSWORD or ~/.pgpass, and the role: the user before the @ in the address, or PGUSER."};
  if (code == "28000" && (has(failure, "no encryption") || has(failure, "SSL off")))
    return Error{"the server takes no unencrypted connection",
                 "Give sslmode=verify-full in the address, or set PGSSLMODE."};
  if (code == "28000" && has(failure, "does not exist"))
    return Error{fmt::format("the server has no role {}", place.user),
                 "Check the user before the @ in the address, or PGUSER; CREATE ROLE makes one."};
  if (code == "28000")
    return Error{fmt::format("the server does not let the role {} into the database {} ({})", place.user,
                             place.database, failure.words),
                 "Its pg_hba.conf says who may come from where."};
  if (code == "3D000" || (is_pooler && has(failure, "no such database")))
    return Error{fmt::format("the server has no database {}", place.database),
                 "Check the address, or PGDATABASE; `createdb` makes one."};
  if (code == "53300")
    return Error{
        fmt::format("the server has too many connections ({})", failure.words),
        "Try again later. Each run needs two; max_connections and the role's CONNECTION LIMIT set how many "
        "there may be."};
  return std::nullopt;
}

struct Reason {
  std::string_view sqlstate;
  std::string_view message;
  std::string_view hint;
};

constexpr std::string_view kRights =
    "Reading needs SELECT on the three tables, writing SELECT, INSERT, UPDATE and DELETE, and USAGE on their "
    "schema: `rollcall help state` has the SQL.";
constexpr std::string_view kPrimary =
    "Name the primary server: a standby takes no writes, and neither does a role with "
    "default_transaction_read_only.";

/// What is said the same, whoever asks for what.
constexpr std::array<Reason, 14> kReasons = {{
    {"42501", "the role lacks a right", kRights},
    {"3F000", "the role has no schema to create the tables in", kRights},
    {kUndefinedTable, "its tables are not there", kRights},
    {"42703", "its tables have other columns",
     "Another program made them: move them away, or name another database."},
    {"25006", "the server is read-only", kPrimary},
    {"53100", "the server's disk is full", "Make room there; nothing was written."},
    {"53200", "the server has no memory left", "Try again later; nothing was written."},
    {"54000", "the state is too large for PostgreSQL", "A value may have 1 GiB at most."},
    {"57014", "the statement was cancelled",
     "A statement_timeout of the role or an administrator ended it. Run the command again, with more time "
     "for "
     "it."},
    {"57P01", "the server was stopped", "Run the command again once it is back."},
    {"57P02", "the server crashed", "Run the command again once it is back."},
    {"57P03", "the server takes no connections now",
     "It starts or stops, or is a standby that is not ready yet."},
    {"40001", "other transactions came in the way", "Run the command again."},
    {"55P03", "another transaction kept the row", "Run the command again."},
}};

Error explain_code(const PostgresFailure& failure, const PostgresPlace& place) {
  if (auto entry = explain_entry(failure, place)) return *std::move(entry);
  const auto* reason = std::find_if(kReasons.begin(), kReasons.end(),
                                    [&](const Reason& known) { return known.sqlstate == failure.sqlstate; });
  if (reason != kReasons.end())
    return {fmt::format("{} ({})", reason->message, failure.words), std::string(reason->hint)};
  return {fmt::format("the server answered {} ({})", failure.sqlstate, failure.words),
          "Its log may say more."};
}

}  // namespace

bool is_missing_table(const PostgresAnswer& answer) {
  return !answer && answer.error().sqlstate == kUndefinedTable;
}

std::string sqlstate_in(std::string_view message) {
  const auto at = find_sqlstate(message);
  return at ? std::string(message.substr(*at, kStateLength)) : std::string();
}

std::string words_in(std::string_view message) {
  constexpr std::string_view kFailed = " failed: ";
  if (const auto at = find_sqlstate(message))
    message.remove_prefix(*at + kStateLength + 2);
  else if (const std::size_t failed = message.rfind(kFailed); failed != std::string_view::npos)
    message.remove_prefix(failed + kFailed.size());
  message = message.substr(0, message.find('\n'));
  while (message.ends_with('.') || message.ends_with(' ')) message.remove_suffix(1);
  return printable(message);
}

bool may_pass(const PostgresFailure& failure) {
  const std::string& code = failure.sqlstate;
  if (code.empty()) return !is_for_good(failure);
  return code.starts_with("57P") || code.starts_with("08") || code == "40001" || code == "40P01";
}

Error explain(const PostgresFailure& failure, const PostgresPlace& place, std::string_view what) {
  const Error reason =
      failure.sqlstate.empty() ? explain_libpq(failure, place) : explain_code(failure, place);
  return {fmt::format("The state {} could not be {}: {}.", place.name, what, reason.message), reason.hint};
}

}  // namespace rollcall::store
