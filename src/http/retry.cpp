#include "http/retry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.hpp"

namespace rollcall::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kAttempts = 5;
constexpr milliseconds kFirstWait{500};
constexpr seconds kLongestPause{120};
/// A minute by the server's own clock needs little margin, one by ours has to bear that the clocks differ.
constexpr seconds kServerClockMargin{1};
constexpr seconds kLocalClockMargin{2};

/// Half of the wait is certain, the other half by chance, so that workers do not come back all at once.
milliseconds backoff(int attempt, Entropy& entropy) {
  const milliseconds whole = kFirstWait * (1 << (attempt - 1));
  const auto half = whole / 2;
  return half + milliseconds{static_cast<std::int64_t>(
                    random_below(entropy, static_cast<std::size_t>(half.count()) + 1))};
}

/// Not longer than a run waits.
std::optional<seconds> parse_retry_after(const Response& response, Time now) {
  const auto asked = retry_after(response.headers, now);
  if (!asked) return std::nullopt;
  return std::min(*asked, kLongestPause);
}

/// Chatwoot counts requests by the minute of its wall clock and sends neither Retry-After nor, without a
/// proxy, Date (throttle.* of the recordings).
std::optional<milliseconds> pause_after_429(const Response& response, Time now) {
  if (response.status != 429) return std::nullopt;
  if (const auto wait = parse_retry_after(response, now)) return std::max(*wait, seconds{1});
  const auto server_time = parse_http_date(value_of(response.headers, "Date"));
  const Time at = server_time ? Time{*server_time} : now;
  const milliseconds into_minute = at - std::chrono::floor<std::chrono::minutes>(at);
  return milliseconds{std::chrono::minutes{1}} - into_minute +
         (server_time ? kServerClockMargin : kLocalClockMargin);
}

bool is_gateway_failure(int status) {
  return status == 502 || status == 503 || status == 504;
}

bool is_worth_repeating(const TransportError& error, const Request& request) {
  switch (error.failure) {
    case Failure::kResolve:
    case Failure::kConnect:
    case Failure::kTimeout:
    case Failure::kBroken:
      return request.repeatable || !error.may_have_arrived;
    case Failure::kProxy:
    case Failure::kTls:
    case Failure::kSetup:
    case Failure::kTooLarge:
    case Failure::kRepeatsToken:
    case Failure::kStopped:
    case Failure::kLeaseLost:
      return false;
  }
  return false;
}

class RetryingTransport final : public Transport {
 public:
  RetryingTransport(std::unique_ptr<Transport> inner, RequestPolicy pace)
      : inner_(std::move(inner)), pace_(std::move(pace)) {
    if (!pace_.pause_after) pace_.pause_after = pause_after_429;
  }

  tl::expected<Response, TransportError> send(const Request& request) override {
    bool earlier_unknown = false;
    int slow_attempts = 0;
    for (int attempt = 1;; ++attempt) {
      if (!pace_.throttle.wait_turn(pace_.stop))
        return tl::unexpected(TransportError{Failure::kStopped, earlier_unknown,
                                             "The run was stopped before the request was sent.", ""});
      const milliseconds start = pace_.clock.ticks();
      auto result = send_once(request);
      if (!is_answered(result) && pace_.clock.ticks() - start >= kSlowAttempt) ++slow_attempts;
      milliseconds wait{0};
      if (result) {
        result->earlier_attempt_unknown = result->earlier_attempt_unknown || earlier_unknown;
        result->stop = pace_.stop;
        if (const auto pause = pace_.pause_after(*result, pace_.clock.now())) {
          // Turned away before the server looked at it, so even a create may be sent again.
          pace_.throttle.pause_for(*pause);
        } else if (is_gateway_failure(result->status) && request.repeatable) {
          wait = std::max<milliseconds>(backoff(attempt, pace_.entropy),
                                        parse_retry_after(*result, pace_.clock.now()).value_or(seconds{0}));
          earlier_unknown = true;
        } else {
          return end_of(std::move(result));
        }
      } else {
        const bool repeat = is_worth_repeating(result.error(), request);
        earlier_unknown = earlier_unknown || result.error().may_have_arrived;
        result.error().may_have_arrived = earlier_unknown;
        if (!repeat) return end_of(std::move(result));
        wait = backoff(attempt, pace_.entropy);
      }
      if (attempt == kAttempts || slow_attempts == kSlowAttempts || is_long_silent() || is_long_throttled() ||
          pace_.stop.stop_requested() || !wait_for(pace_.clock, wait, pace_.stop))
        return end_of(std::move(result));
    }
  }

 private:
  tl::expected<Response, TransportError> send_once(const Request& request) {
    const milliseconds start = pace_.clock.ticks();
    auto result = inner_->send(request);
    const milliseconds end = pace_.clock.ticks();
    if (is_turned_away(result))
      pace_.silence->turned_away(start, end);
    else if (is_answered(result))
      pace_.silence->answered(end);
    else
      pace_.silence->unanswered(start, end);
    if (pace_.log) {
      Attempt attempt{request.method, request.path, 0, Failure::kBroken, end - start};
      if (result)
        attempt.status = result->status;
      else
        attempt.failure = result.error().failure;
      pace_.log(attempt);
    }
    return result;
  }

  static bool is_answered(const tl::expected<Response, TransportError>& result) {
    if (result) return !is_gateway_failure(result->status);
    return result.error().failure == Failure::kTooLarge || result.error().failure == Failure::kRepeatsToken;
  }

  static bool is_turned_away(const tl::expected<Response, TransportError>& result) {
    return result && result->status == 429;
  }

  [[nodiscard]] bool is_long_throttled() const { return pace_.silence->throttled() >= kGoneAfterThrottling; }

  [[nodiscard]] bool is_long_silent() const { return pace_.silence->lasting() >= kGoneAfterSilence; }

  tl::expected<Response, TransportError> end_of(tl::expected<Response, TransportError> result) {
    if (is_turned_away(result)) result->server_gone = is_long_throttled();
    if (is_answered(result)) return result;
    const bool gone = pace_.silence->attempts() >= kGoneAfter || is_long_silent();
    if (result)
      result->server_gone = gone;
    else
      result.error().server_gone = gone;
    return result;
  }

  std::unique_ptr<Transport> inner_;
  RequestPolicy pace_;
};

}  // namespace

void OutageTracker::answered(milliseconds now) {
  const std::lock_guard lock(mutex_);
  attempts_ = 0;
  last_answer_ = now;
  throttled_since_.reset();
}

void OutageTracker::turned_away(milliseconds start, milliseconds now) {
  const std::lock_guard lock(mutex_);
  attempts_ = 0;
  last_answer_ = now;
  if (!throttled_since_) throttled_since_ = start;
  throttled_until_ = now;
}

milliseconds OutageTracker::throttled() const {
  const std::lock_guard lock(mutex_);
  return throttled_since_ ? throttled_until_ - *throttled_since_ : milliseconds{0};
}

void OutageTracker::unanswered(milliseconds start, milliseconds end) {
  // Longer than any wait between two attempts, save for one that a server has asked for.
  constexpr seconds kPause{10};
  const std::lock_guard lock(mutex_);
  if (attempts_++ == 0 || start - until_ > kPause) since_ = std::max(start, last_answer_);
  until_ = std::max(until_, end);
}

int OutageTracker::attempts() const {
  const std::lock_guard lock(mutex_);
  return attempts_;
}

milliseconds OutageTracker::lasting() const {
  const std::lock_guard lock(mutex_);
  return attempts_ == 0 ? milliseconds{0} : until_ - since_;
}

std::string to_string(const Attempt& attempt) {
  return fmt::format(
      "{} {} {} {} ms", to_string(attempt.method), printable(attempt.path),
      attempt.status == 0 ? std::string(to_string(attempt.failure)) : std::to_string(attempt.status),
      attempt.duration.count());
}

std::unique_ptr<Transport> make_retrying_transport(std::unique_ptr<Transport> inner, RequestPolicy pace) {
  return std::make_unique<RetryingTransport>(std::move(inner), std::move(pace));
}

MakeTransport connect_to(CurlOptions options, RequestPolicy pace) {
  return [options = std::move(options), pace = std::move(pace)] {
    return make_retrying_transport(make_curl_transport(options), pace);
  };
}

}  // namespace rollcall::http
