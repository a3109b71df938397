#include "http/curl_transport.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <exception>
#include <mutex>
#include <utility>

#include "base/text.hpp"
#include "base/version.hpp"
#include "http/curl_failure.hpp"
#include "http/curl_headers.hpp"

namespace rollcall::http {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string media_type(std::string_view header) {
  return to_lower(trimmed(header.substr(0, header.find(';'))));
}

/// What the callbacks of one request share.
struct Transfer {
  const CurlOptions* options = nullptr;
  bool repeatable = false;
  std::size_t response_limit = kObjectLimit;
  Response response;
  CurlOutcome outcome;
  std::size_t header_bytes = 0;
  curl_off_t seen = 0;
  SteadyTime start = std::chrono::steady_clock::now();
  SteadyTime last_growth = start;
  std::optional<SteadyTime>* stop_deadline = nullptr;
  /// What a callback threw.
  std::exception_ptr thrown;
};

/// What `work` gives. An exception must not pass through libcurl's frames: it is kept, and 0 ends the
/// request.
template <class Work>
std::size_t contain(Transfer& transfer, const Work& work) noexcept {
  try {
    return work();
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 0;
  }
}

std::string words_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "an unknown exception";
  }
}

/// Whether the request ends because of a stop: it has `stop_grace` left from when the stop was first seen.
bool is_stopped(Transfer& transfer, SteadyTime now) {
  const CurlOptions& options = *transfer.options;
  if (!options.stop.stop_requested()) return false;
  auto& deadline = *transfer.stop_deadline;
  if (!deadline) deadline = now + options.stop_grace;
  transfer.outcome.stopped = now >= *deadline;
  return transfer.outcome.stopped;
}

/// False: the turn did not come in the time that the request has.
bool wait_for_turn(Transfer& transfer) {
  const auto give_up = [&transfer] {
    const SteadyTime now = std::chrono::steady_clock::now();
    transfer.outcome.idle = now - transfer.start >= transfer.options->total_timeout;
    return transfer.outcome.idle || is_stopped(transfer, now);
  };
  transfer.response.turn = transfer.options->large_responses->take_turn(give_up);
  // The server did not pause: it was kept waiting.
  transfer.last_growth = std::chrono::steady_clock::now();
  return transfer.response.turn != nullptr;
}

std::size_t take_body(Transfer& transfer, std::string_view piece) {
  Response& response = transfer.response;
  CurlOutcome& outcome = transfer.outcome;
  // What is no success has a few words only.
  const bool is_success = response.status == 200 || response.status == 201;
  outcome.limit = is_success ? transfer.response_limit : std::min(transfer.response_limit, kObjectLimit);
  if (piece.size() > outcome.limit - response.body.size()) {
    outcome.over_limit = true;
    return 0;
  }
  if (!response.turn && response.body.size() + piece.size() > kObjectLimit && !wait_for_turn(transfer))
    return 0;
  response.body += piece;
  return piece.size();
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  return contain(transfer, [&] { return take_body(transfer, {data, size * count}); });
}

/// The number in "HTTP/1.1 200 OK"; 0 where there is none.
int status_of(std::string_view line) {
  int status = 0;
  const std::size_t space = std::min(line.find(' '), line.size() - 1);
  std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return status;
}

/// Whether anybody asks for a header. The others are not kept, so what they repeat is never shown.
bool is_kept(std::string_view name) {
  constexpr std::array<std::string_view, 10> kKept = {"content-md5",
                                                      "date",
                                                      "etag",
                                                      "last-modified",
                                                      "link",
                                                      "location",
                                                      "retry-after",
                                                      "x-amz-bucket-region",
                                                      "x-ratelimit-remaining",
                                                      "x-ratelimit-reset"};
  return std::find(kKept.begin(), kKept.end(), name) != kKept.end();
}

std::size_t take_header(Transfer& transfer, std::string_view line) {
  auto& response = transfer.response;
  transfer.header_bytes += line.size();
  if (transfer.header_bytes > kHeaderLimit) {
    transfer.outcome.over_header_limit = true;
    return 0;
  }
  const std::size_t colon = line.find(':');
  if (line.starts_with("HTTP/")) {
    // The headers of an earlier, informational response or of a proxy are not those of this one.
    response = Response{};
    response.status = status_of(line);
  } else if (colon != std::string_view::npos) {
    const std::string name = to_lower(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "content-type") response.content_type = media_type(value);
    if (is_kept(name)) response.headers.push_back({name, std::string(value)});
  }
  return line.size();
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  return contain(transfer, [&] { return take_header(transfer, {data, size * count}); });
}

/// libcurl sends a request again by itself where a reused connection turns out dead. The server may have done
/// the first one, so only repeatable requests may go out twice.
bool may_go_out(Transfer& transfer) {
  CurlOutcome& outcome = transfer.outcome;
  outcome.kept_from_repeating = outcome.was_sent && !transfer.repeatable;
  return !outcome.kept_from_repeating;
}

/// As libcurl does it, but closed in children, and no second time for a request that must not be repeated:
/// were the connection refused, the failure would look like that of a request that was never sent.
curl_socket_t on_open_socket(void* user, curlsocktype, curl_sockaddr* address) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  if (!may_go_out(transfer)) return CURL_SOCKET_BAD;
  std::uint16_t& port = transfer.outcome.tried_port;
  if (address->family == AF_INET)
    port = ntohs(reinterpret_cast<const sockaddr_in*>(&address->addr)->sin_port);
  else if (address->family == AF_INET6)
    port = ntohs(reinterpret_cast<const sockaddr_in6*>(&address->addr)->sin6_port);
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int on_before_request(void* user, char*, char*, int, int) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  if (!may_go_out(transfer)) return CURL_PREREQFUNC_ABORT;
  Lease* lease = transfer.options->lease.get();
  transfer.outcome.kept_by_lease = lease != nullptr && !lease->may_send();
  if (transfer.outcome.kept_by_lease) return CURL_PREREQFUNC_ABORT;
  transfer.outcome.was_repeated = transfer.outcome.was_sent;
  transfer.outcome.was_sent = true;
  return CURL_PREREQFUNC_OK;
}

int on_progress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  const CurlOptions& options = *transfer.options;
  const SteadyTime now = std::chrono::steady_clock::now();
  const bool stopped = is_stopped(transfer, now);
  if (received != transfer.seen) {
    transfer.seen = received;
    transfer.last_growth = now;
  }
  if (received > 0 && now - transfer.last_growth >= options.idle_timeout) transfer.outcome.idle = true;
  return stopped || transfer.outcome.idle ? 1 : 0;
}

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(CurlOptions options) : options_(std::move(options)), handle_(curl_easy_init()) {
    if (!handle_) throw std::bad_alloc();
  }

  tl::expected<Response, TransportError> send(const Request& request) override {
    while (true) {
      Transfer transfer;
      if (auto waited = wait_for_lease(transfer); !waited) return tl::unexpected(waited.error());
      auto result = perform(request, transfer);
      // To connect may take longer than the lease has left.
      if (!transfer.outcome.kept_by_lease || transfer.outcome.was_sent) return result;
    }
  }

 private:
  tl::expected<void, TransportError> wait_for_lease(Transfer& transfer) {
    transfer.options = &options_;
    transfer.stop_deadline = &stop_deadline_;
    Lease* lease = options_.lease.get();
    const auto is_stopping = [&] { return is_stopped(transfer, std::chrono::steady_clock::now()); };
    if (lease == nullptr || lease->wait(is_stopping)) return {};
    if (const auto lost = lease->lost()) return tl::unexpected(explain_lost_lease(*lost, transfer.outcome));
    return tl::unexpected(explain(transfer.outcome, options_));
  }

  tl::expected<Response, TransportError> perform(const Request& request, Transfer& transfer) {
    transfer.repeatable = request.repeatable;
    transfer.response_limit = request.response_limit;
    transfer.outcome.limit = request.response_limit;
    if (on_progress(&transfer, 0, 0, 0, 0) != 0) return tl::unexpected(explain(transfer.outcome, options_));

    std::array<char, CURL_ERROR_SIZE> words{};
    const HeaderList headers = make_headers(request, options_.credentials);
    // Keeps the connection, forgets every option of the request before.
    curl_easy_reset(handle_.get());
    set_failure_ = CURLE_OK;
    set_connection_options();
    set_request_options(request, headers.get());
    set(CURLOPT_ERRORBUFFER, words.data());
    set_callbacks(transfer);
    if (set_failure_ != CURLE_OK) return tl::unexpected(explain_setup(set_failure_, options_));
    transfer.outcome.code = curl_easy_perform(handle_.get());
    if (transfer.thrown) transfer.outcome.thrown = words_of(transfer.thrown);
    if (transfer.outcome.code != CURLE_OK) {
      transfer.outcome.system_error = number(CURLINFO_OS_ERRNO);
      transfer.outcome.tunnel_status = number(CURLINFO_HTTP_CONNECTCODE);
      transfer.outcome.proxy_code = number(CURLINFO_PROXY_ERROR);
      transfer.outcome.detail = words.data();
      return tl::unexpected(explain(transfer.outcome, options_));
    }
    transfer.response.status = number(CURLINFO_RESPONSE_CODE);
    transfer.response.earlier_attempt_unknown = transfer.outcome.was_repeated;
    mask_session_token(transfer.response);
    if (repeats_token(transfer.response)) {
      transfer.outcome.repeats_token = true;
      return tl::unexpected(explain(transfer.outcome, options_));
    }
    return std::move(transfer.response);
  }

  /// What is promised rests on the options, so a request without one of them is not sent.
  template <class Value>
  void set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(handle_.get(), option, value);
    if (set_failure_ == CURLE_OK) set_failure_ = code;
  }

  [[nodiscard]] int number(CURLINFO what) const {
    long value = 0;
    curl_easy_getinfo(handle_.get(), what, &value);
    return static_cast<int>(value);
  }

  /// AWS repeats the token of a session where it refuses it, in the words that say so.
  void mask_session_token(Response& response) const {
    constexpr int kFirstRefusal = 400;
    const auto& signing = options_.credentials.signing;
    if (signing && response.status >= kFirstRefusal) mask(signing->session_token, response.body);
  }

  /// What answers may be something that repeats the request, and its words are shown and recorded.
  [[nodiscard]] bool repeats_token(const Response& response) const {
    const auto shows = [&response](const Secret& secret) {
      return repeats(secret, response.body) || repeats(secret, response.content_type) ||
             std::any_of(response.headers.begin(), response.headers.end(),
                         [&](const Header& header) { return repeats(secret, header.value); });
    };
    const Credentials& credentials = options_.credentials;
    return shows(credentials.value) || (credentials.signing && shows(credentials.signing->session_token));
  }

  void set_connection_options() {
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, options_.server.tls ? "https" : "http");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.total_timeout.count()));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    // A proxy could not reach this machine's loopback, and would see the token.
    if (is_loopback(options_.server.host)) set(CURLOPT_PROXY, "");
    // What was sent on a connection that died while this process was stopped may be carried out much later.
    if (options_.lease && options_.lease->length() > std::chrono::milliseconds{0})
      set(CURLOPT_MAXAGE_CONN,
          std::max(1L, static_cast<long>(
                           std::chrono::floor<std::chrono::seconds>(options_.lease->length()).count())));
    const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
    if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
    // File and folder together are read anew for every connection: one of them is enough.
    if (!options_.ca_file.empty() || info->cainfo != nullptr)
      set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }

  void set_request_options(const Request& request, curl_slist* headers) {
    // libcurl copies the texts of options, save for the body, which outlives the request.
    set(CURLOPT_URL, (to_string(options_.server) + request.path).c_str());
    // From 8.9 on libcurl does not sign it so; the keys of a bucket have no dots to take out.
    if (!is_signed(request, options_.credentials)) set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.response_limit));
    set(CURLOPT_HTTPHEADER, headers);
    if (is_signed(request, options_.credentials)) set_signature(*options_.credentials.signing);
    set(CURLOPT_USERAGENT, fmt::format("rollcall/{}", version()).c_str());
    if (request.method == Method::kGet) {
      set(CURLOPT_HTTPGET, 1L);
      return;
    }
    set(CURLOPT_CUSTOMREQUEST, std::string(to_string(request.method)).c_str());
    if (request.method == Method::kDelete && request.body.empty()) return;
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.c_str());
  }

  void set_signature(const Signing& signing) {
    set(CURLOPT_AWS_SIGV4, fmt::format("aws:amz:{}:s3", signing.region).c_str());
    set(CURLOPT_USERNAME, signing.key_id.c_str());
    set(CURLOPT_PASSWORD, options_.credentials.value.reveal().c_str());
    // In place of the empty header `Expect`, which libcurl 7.88 signs and does not send.
    set(CURLOPT_EXPECT_100_TIMEOUT_MS, 1L);
  }

  void set_callbacks(Transfer& transfer) {
    set(CURLOPT_WRITEFUNCTION, on_body);
    set(CURLOPT_WRITEDATA, &transfer);
    set(CURLOPT_HEADERFUNCTION, on_header);
    set(CURLOPT_HEADERDATA, &transfer);
    set(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    set(CURLOPT_OPENSOCKETDATA, &transfer);
    set(CURLOPT_PREREQFUNCTION, on_before_request);
    set(CURLOPT_PREREQDATA, &transfer);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, on_progress);
    set(CURLOPT_XFERINFODATA, &transfer);
  }

  const CurlOptions options_;
  std::unique_ptr<CURL, EasyDeleter> handle_;
  /// Of the first option that was not taken.
  CURLcode set_failure_ = CURLE_OK;
  std::optional<SteadyTime> stop_deadline_;
};

}  // namespace

std::shared_ptr<void> LargeResponses::take_turn(const std::function<bool()>& give_up) {
  while (!free_.try_acquire_for(std::chrono::milliseconds{50}))
    if (give_up()) return nullptr;
  return {this, [kept = shared_from_this()](LargeResponses* taken) { taken->free_.release(); }};
}

std::unique_ptr<Transport> make_curl_transport(CurlOptions options) {
  static std::once_flag initialised;
  std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return std::make_unique<CurlTransport>(std::move(options));
}

}  // namespace rollcall::http
