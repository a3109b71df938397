#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <semaphore>
#include <stop_token>
#include <string>

#include "base/lease.hpp"
#include "http/credentials.hpp"
#include "http/server_url.hpp"
#include "http/transport.hpp"

namespace rollcall::http {

/// Lets one response at a time be larger than kObjectLimit, so that the memory of a run does not grow with
/// its workers. May be called from any thread.
class LargeResponses : public std::enable_shared_from_this<LargeResponses> {
 public:
  /// Waits until the turn is free, and asks `give_up` now and then; the turn ends with the last copy of what
  /// comes back, which keeps this object. Nothing where `give_up` said so.
  std::shared_ptr<void> take_turn(const std::function<bool()>& give_up);

 private:
  // A response may end on another thread than it began on, which a mutex does not allow.
  std::binary_semaphore free_{1};
};

struct CurlOptions {
  ServerUrl server;
  /// Sent with requests that are authenticated. A response that repeats the value is refused.
  Credentials credentials;
  /// A file of certificates (PEM) that takes the place of the system's; empty: the system's.
  std::string ca_file;
  std::chrono::milliseconds connect_timeout{10'000};
  /// For the whole of one request and its response.
  std::chrono::milliseconds total_timeout{60'000};
  /// A response that has begun and then pauses for so long is given up.
  std::chrono::milliseconds idle_timeout{30'000};
  /// Shared by the transports of a run, which are made from copies of these options.
  std::shared_ptr<LargeResponses> large_responses = std::make_shared<LargeResponses>();
  /// Once a stop is requested, requests have `stop_grace` left, those that are sent in that time included.
  std::stop_token stop;
  std::chrono::milliseconds stop_grace{10'000};
  /// Nothing is sent unless it allows that: a request waits until then, and fails once it is lost. Null:
  /// there is none.
  std::shared_ptr<Lease> lease = nullptr;
};

/// HTTP/1.1 over one reused connection; redirects are never followed; proxies by the usual variables, but
/// never to a loopback address. A request that is not repeatable goes out at most once, even where the
/// connection turns out dead.
std::unique_ptr<Transport> make_curl_transport(CurlOptions options);

}  // namespace rollcall::http
