#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "http/curl_transport.hpp"
#include "http/throttle.hpp"
#include "http/transport.hpp"

namespace rollcall::http {

/// One attempt, as `-v` shows it. Holds no body, no header, no query.
struct Attempt {
  Method method = Method::kGet;
  std::string path;
  /// The status, or 0 where `failure` says why there is none.
  int status = 0;
  Failure failure = Failure::kBroken;
  std::chrono::milliseconds duration{0};
};

/// GET /platform/api/v1/accounts/1 200 12 ms
std::string to_string(const Attempt& attempt);

/// Called on the worker's thread after each attempt: it has to be safe for many threads.
using AttemptLog = std::function<void(const Attempt&)>;

/// What all workers of a run share. Outlives their transports.
struct Pace {
  Throttle& throttle;
  Clock& clock;
  Entropy& entropy;
  /// Once requested, nothing is tried again and no wait goes on.
  std::stop_token stop;
  AttemptLog log = nullptr;
  /// Attempts in a row, of all workers, that the server itself did not answer.
  std::shared_ptr<std::atomic<int>> unanswered = std::make_shared<std::atomic<int>>(0);
};

/// So many unanswered attempts in a row mean that the server is gone: three requests with all their attempts,
/// so that one that is too much for the server does not count as its end.
constexpr int kGoneAfter = 15;

/// Up to 5 attempts with growing, jittered waits. Tried again: what certainly did not reach the server or was
/// turned away by a 429; and, where the request is repeatable, timeouts, broken connections, 502, 503 and
/// 504. A 429 pauses everybody until the server's minute is over (Retry-After, else the Date header, else the
/// local clock). An end without an answer says whether the server is gone altogether.
std::unique_ptr<Transport> make_retrying_transport(std::unique_ptr<Transport> inner, Pace pace);

/// Workers' transports as a run needs them: libcurl under retries and the shared pace.
MakeTransport connect_to(CurlOptions options, Pace pace);

}  // namespace rollcall::http
