#include "store/postgres_connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <climits>
#include <thread>

#include "base/text.hpp"
#include "store/postgres_error.hpp"

namespace rollcall::store {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;
using Stage = PostgresFailure::Stage;

/// Short enough for a stop to be noticed.
constexpr milliseconds kStep{100};

struct OptionsCloser {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
struct ResultCloser {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ResultCloser>;

/// What libpq's variables and the service file say, or its default.
std::string usual(const PQconninfoOption* options, std::string_view keyword) {
  for (; options != nullptr && options->keyword != nullptr; ++options)
    if (keyword == options->keyword && options->val != nullptr) return options->val;
  return {};
}

std::string host_in_url(const std::string& host) {
  if (host.find('/') == std::string::npos)
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
  std::string out;
  for (const char c : host) out += c == '/' ? std::string("%2F") : std::string(1, c);
  return out;
}

/// As a URL has it; nothing for the usual socket.
std::string authority_of(const std::string& host, const std::string& port) {
  if (host.empty() && port == "5432") return {};
  return host_in_url(host) + ":" + port;
}

PostgresRows rows_of(const PGresult* result) {
  PostgresRows out;
  for (int row = 0; row < PQntuples(result); ++row) {
    auto& cells = out.rows.emplace_back();
    for (int column = 0; column < PQnfields(result); ++column) {
      auto& cell = cells.emplace_back();
      if (PQgetisnull(result, row, column) != 0) continue;
      cell.emplace(PQgetvalue(result, row, column),
                   static_cast<std::size_t>(PQgetlength(result, row, column)));
    }
  }
  return out;
}

void ignore_notice(void* /*unused*/, const PGresult* /*notice*/) {}

}  // namespace

Expected<PostgresPlace> find_postgres(const PostgresUrl& url, const std::string& ca_file) {
  const std::unique_ptr<PQconninfoOption, OptionsCloser> defaults(PQconndefaults());
  const auto chosen = [&](const std::string& written, std::string_view keyword) {
    return written.empty() ? usual(defaults.get(), keyword) : written;
  };
  PostgresPlace place;
  place.host = chosen(url.host, "host");
  place.user = chosen(url.user, "user");
  place.database = chosen(url.database, "dbname");
  if (place.database.empty()) place.database = place.user;
  place.host_in_address = !url.host.empty();
  const std::string port = chosen(url.port, "port");
  place.name =
      fmt::format("postgres://{}/{}?name={}", authority_of(place.host, port), place.database, url.name);
  // An address in PGHOSTADDR is what is really connected to.
  const bool here = stays_here(place.host) && stays_here(usual(defaults.get(), "hostaddr"));
  const auto sslmode = choose_sslmode(url, usual(defaults.get(), "sslmode"), !here);
  if (!sslmode) return tl::unexpected<Error>(sslmode.error());
  place.parameters = {{"host", place.host},        {"port", port},
                      {"user", place.user},        {"dbname", place.database},
                      {"sslmode", *sslmode},       {"sslrootcert", ca_file},
                      {"client_encoding", "UTF8"}, {"fallback_application_name", "rollcall"}};
  std::erase_if(place.parameters, [](const auto& parameter) { return parameter.second.empty(); });
  return place;
}

void PostgresConnection::Closer::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

PostgresConnection::PostgresConnection(PostgresPlace place, PostgresAccess access, PostgresPatience patience)
    : place_(std::move(place)), access_(std::move(access)), patience_(patience) {}

PostgresConnection::~PostgresConnection() = default;

PostgresAnswer PostgresConnection::run(const char* sql, const std::vector<PostgresValue>& values) {
  end_ = Steady::now() + patience_.total;
  bool lost = false;
  for (int attempt = 1;; ++attempt) {
    if (connection_ && PQstatus(connection_.get()) != CONNECTION_OK) connection_.reset();
    const auto opened = connection_ ? tl::expected<void, PostgresFailure>() : open();
    auto answer = opened ? exchange(sql, values) : tl::unexpected<PostgresFailure>(opened.error());
    if (answer) {
      answer->repeated = lost;
      return answer;
    }
    lost = lost || answer.error().stage == Stage::kLost;
    const bool passes = may_pass(answer.error());
    if (passes || answer.error().stage != Stage::kRefused) connection_.reset();
    if (attempt == patience_.attempts || !passes || Steady::now() >= end_) {
      // What an earlier attempt did is as unknown as before.
      if (lost) answer.error().stage = Stage::kLost;
      return answer;
    }
    pause(attempt);
  }
}

void PostgresConnection::pause(int attempt) const {
  const auto end = Steady::now() + attempt * attempt * milliseconds{250};
  while (Steady::now() < end && !access_.stop.stop_requested()) std::this_thread::sleep_for(kStep);
}

bool PostgresConnection::await(short events, milliseconds longest) {
  auto end = std::min(end_, Steady::now() + longest);
  bool is_stopping = false;
  while (true) {
    const auto now = Steady::now();
    if (!is_stopping && access_.stop.stop_requested()) {
      is_stopping = true;
      end = std::min(end, now + patience_.grace);
    }
    if (now >= end) return false;
    const auto step = std::min<milliseconds>(kStep, std::chrono::ceil<milliseconds>(end - now));
    pollfd descriptor{PQsocket(connection_.get()), events, 0};
    // A negative one is ignored: libpq notices by itself that it is gone.
    if (descriptor.fd < 0 || ::poll(&descriptor, 1, static_cast<int>(step.count())) > 0) return true;
  }
}

PostgresFailure PostgresConnection::failure(Stage stage) const {
  const std::string message = PQerrorMessage(connection_.get());
  return {stage, sqlstate_in(message), words_in(message)};
}

PostgresFailure PostgresConnection::silent(Stage stage) const {
  return {stage, {}, access_.stop.stop_requested() ? "the run was stopped" : "the server does not answer"};
}

/// In a pipeline whoever may change the repository could have the password sent anywhere.
tl::expected<void, PostgresFailure> PostgresConnection::require_trust() {
  const char* password = PQpass(connection_.get());
  if (password == nullptr || *password == '\0') return {};
  if (auto hide = std::exchange(access_.hide, nullptr)) hide(Secret(password));
  if (access_.trusts_address || !place_.host_in_address) return {};
  return tl::unexpected(PostgresFailure{Stage::kConnect, std::string(kUntrusted), {}});
}

tl::expected<void, PostgresFailure> PostgresConnection::open() {
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : place_.parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  if (!access_.password.empty()) {
    keywords.push_back("password");
    values.push_back(access_.password.reveal().c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  connection_.reset(PQconnectStartParams(keywords.data(), values.data(), 0));
  if (!connection_) return tl::unexpected(PostgresFailure{Stage::kConnect, {}, "there is no memory left"});
  // With the code of what the server refuses.
  PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);
  PQsetNoticeReceiver(connection_.get(), ignore_notice, nullptr);
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return tl::unexpected(failure(Stage::kConnect));
  if (auto trusted = require_trust(); !trusted) return trusted;
  const auto end = Steady::now() + patience_.connect;
  for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;
       state = PQconnectPoll(connection_.get())) {
    if (state == PGRES_POLLING_FAILED) return tl::unexpected(failure(Stage::kConnect));
    const auto left = std::chrono::ceil<milliseconds>(end - Steady::now());
    if (!await(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, left))
      return tl::unexpected(silent(Stage::kConnect));
  }
  if (PQserverVersion(connection_.get()) < kOldestPostgres)
    return tl::unexpected(PostgresFailure{Stage::kConnect, std::string(kTooOld),
                                          printable(PQparameterStatus(connection_.get(), "server_version"))});
  PQsetnonblocking(connection_.get(), 1);
  return {};
}

PostgresAnswer PostgresConnection::exchange(const char* sql, const std::vector<PostgresValue>& values) {
  std::vector<const char*> texts;
  std::vector<int> lengths, formats;
  // Texts end with a zero for libpq.
  std::vector<std::string> owned;
  owned.reserve(values.size());
  for (const PostgresValue& value : values) {
    if (value.text.size() > INT_MAX)
      return tl::unexpected(PostgresFailure{Stage::kRefused, "54000", "more than 2 GiB"});
    texts.push_back(value.is_binary ? value.text.data() : owned.emplace_back(value.text).c_str());
    lengths.push_back(static_cast<int>(value.text.size()));
    formats.push_back(value.is_binary ? 1 : 0);
  }
  if (PQsendQueryParams(connection_.get(), sql, static_cast<int>(values.size()), nullptr, texts.data(),
                        lengths.data(), formats.data(), 1) == 0)
    return tl::unexpected(failure(Stage::kLost));
  for (int left = PQflush(connection_.get()); left != 0; left = PQflush(connection_.get())) {
    if (left < 0) return tl::unexpected(failure(Stage::kLost));
    if (!await(POLLIN | POLLOUT, patience_.silence)) return tl::unexpected(silent(Stage::kLost));
    if (PQconsumeInput(connection_.get()) == 0) return tl::unexpected(failure(Stage::kLost));
  }
  return take_answer();
}

PostgresAnswer PostgresConnection::take_answer() {
  PostgresAnswer answer;
  while (true) {
    while (PQisBusy(connection_.get()) != 0) {
      if (!await(POLLIN, patience_.silence)) return tl::unexpected(silent(Stage::kLost));
      if (PQconsumeInput(connection_.get()) == 0) return tl::unexpected(failure(Stage::kLost));
    }
    const Result result(PQgetResult(connection_.get()));
    if (!result) return answer;
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
      answer = rows_of(result.get());
      continue;
    }
    const char* code = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    const char* words = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
    const bool is_lost = code == nullptr || PQstatus(connection_.get()) != CONNECTION_OK;
    answer = tl::unexpected(
        PostgresFailure{is_lost ? Stage::kLost : Stage::kRefused, code == nullptr ? "" : code,
                        words_in(words != nullptr ? words : PQresultErrorMessage(result.get()))});
  }
}

}  // namespace rollcall::store
