#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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

/// What all workers of a run know of a server that does not answer. May be called from any thread.
class OutageTracker {
 public:
  void answered(std::chrono::milliseconds now);
  /// An attempt of `start` was turned away by a 429: the server is there, and does nothing.
  void turned_away(std::chrono::milliseconds start, std::chrono::milliseconds now);
  /// An attempt ended without a response of the server itself.
  void unanswered(std::chrono::milliseconds start, std::chrono::milliseconds end);
  /// Unanswered attempts in a row.
  [[nodiscard]] int attempts() const;
  /// How long the server has been asked without a response, up to the end of the last attempt. Time in which
  /// no request was sent does not count.
  [[nodiscard]] std::chrono::milliseconds lasting() const;
  /// How long every attempt has been turned away, up to the last one; 0 where the last one was not.
  [[nodiscard]] std::chrono::milliseconds throttled() const;

 private:
  mutable std::mutex mutex_;
  int attempts_ = 0;
  std::chrono::milliseconds since_{0};
  std::chrono::milliseconds until_{0};
  std::chrono::milliseconds last_answer_{0};
  std::optional<std::chrono::milliseconds> throttled_since_;
  std::chrono::milliseconds throttled_until_{0};
};

/// So many unanswered attempts in a row mean that the server is gone: three requests with all their attempts,
/// so that one that is too much for the server does not count as its end.
constexpr int kGoneAfter = 15;
/// So does silence for so long. A request gives up after two slow attempts, so no single one fills it: with
/// the time limit of a minute a silent server ends a run after three, whatever the number of workers.
constexpr std::chrono::seconds kGoneAfterSilence{150};
/// A server that has turned everything away for so long serves this run no more: its own limit is one of a
/// minute.
constexpr std::chrono::minutes kGoneAfterThrottling{10};
/// An attempt without a response that took so long is repeated once only: five times a minute is no way to
/// wait for a server that hangs, nor a relief for one that has too much to do.
constexpr std::chrono::seconds kSlowAttempt{20};
constexpr int kSlowAttempts = 2;

/// How long all workers wait after a response that turned the request away, until it is sent again; nothing
/// for a response that is to come back as it is. Called on the workers' threads.
using PauseAfter = std::function<std::optional<std::chrono::milliseconds>(const Response&, Time now)>;

/// What all workers of a run share. Outlives their transports.
struct RequestPolicy {
  Throttle& throttle;
  Clock& clock;
  Entropy& entropy;
  /// Once requested, nothing is tried again and no wait goes on.
  std::stop_token stop;
  AttemptLog log = nullptr;
  std::shared_ptr<OutageTracker> silence = std::make_shared<OutageTracker>();
  /// Null: after a 429, as Chatwoot counts.
  PauseAfter pause_after = nullptr;
};

/// Up to 5 attempts with growing, jittered waits. Tried again: what certainly did not reach the server or was
/// turned away by a 429; and, where the request is repeatable, timeouts, broken connections, 502, 503 and
/// 504; of slow attempts only two. A 429 pauses everybody until the server's minute is over (Retry-After,
/// else the Date header, else the local clock), for two minutes at most, unless `pause_after` says otherwise.
/// An end without a response says whether the server is gone altogether.
std::unique_ptr<Transport> make_retrying_transport(std::unique_ptr<Transport> inner, RequestPolicy pace);

/// Workers' transports as a run needs them: libcurl under retries and the shared pace.
MakeTransport connect_to(CurlOptions options, RequestPolicy pace);

}  // namespace rollcall::http
