#include "store/s3_objects.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/digest.hpp"
#include "base/limits.hpp"
#include "store/http_status.hpp"
#include "store/s3_refusal.hpp"

namespace rollcall::store {
namespace {

using http::Method;
using http::Request;
using http::Response;
using S3Answer = tl::expected<Response, http::TransportError>;

constexpr int kS3Attempts = 4;

bool is_done(const Response& response) {
  return response.status == kOk || response.status == kNoContent;
}

bool is_missing(const Response& response) {
  return response.status == kNotFound && s3_code(response) == "NoSuchKey";
}

/// The condition did not hold: another object stands there, or none.
bool is_unmet(const Response& response) {
  return response.status == kPreconditionFailed || is_missing(response);
}

/// Another request was at the same object at the same time: to be repeated.
bool is_race(const S3Answer& answer) {
  return answer && answer->status == kConflict;
}

/// Whether what the request was to do may have been done all the same.
bool may_have_worked(const S3Answer& answer) {
  if (!answer) return answer.error().may_have_arrived;
  return answer->status >= kServerError && answer->status != kNotImplemented;
}

std::string etag_of(const Response& response) {
  return std::string(http::value_of(response.headers, "ETag"));
}

std::optional<std::chrono::sys_seconds> time_of(const Response& response) {
  return http::parse_http_date(http::value_of(response.headers, "Date"));
}

Request put_request(const std::string& key, std::string_view bytes,
                    const std::optional<std::string>& expected) {
  Request request;
  request.method = Method::kPut;
  request.path = "/" + key;
  request.body = bytes;
  request.headers = {{"Content-Type", "application/json"},
                     expected ? http::Header{"If-Match", *expected} : http::Header{"If-None-Match", "*"}};
  // Buckets that lock their objects demand it.
  if (std::string md5 = content_md5(bytes); !md5.empty())
    request.headers.push_back({"Content-MD5", std::move(md5)});
  // The condition keeps a second attempt from doing harm.
  request.repeatable = true;
  return request;
}

}  // namespace

S3Objects::S3Objects(S3Place place, std::unique_ptr<http::Transport> transport)
    : place_(std::move(place)), transport_(std::move(transport)) {}

Error S3Objects::explain(const Answer& answer, std::string_view what) const {
  if (answer && answer->status == kNotImplemented)
    return {
        fmt::format("The server of the state {} does not know what was asked for (501).", place_.name),
        "It has to write under conditions (If-Match, If-None-Match), as S3, MinIO since 2025-09, Ceph and "
        "R2 do."};
  if (answer) return explain_s3(place_, *answer, what);
  // At AWS the region is part of the server's name.
  if (answer.error().failure == http::Failure::kResolve && !place_.endpoint)
    return {fmt::format("The state {} could not be {}: {}", place_.name, what, answer.error().message),
            fmt::format("Check the region {} and the bucket's name, and this machine's name service.",
                        place_.region)};
  return {fmt::format("The state {} could not be {}: {}", place_.name, what, answer.error().message),
          answer.error().hint};
}

Expected<S3Read> S3Objects::get(const std::string& key, std::size_t limit, std::string_view what) {
  Request request;
  request.path = "/" + key;
  request.repeatable = true;
  request.response_limit = limit;
  for (int attempt = 1;; ++attempt) {
    auto answer = transport_->send(request);
    // S3 says so now and then, and means it for one request.
    if (answer && answer->status == kServerError && attempt < kS3Attempts) continue;
    if (answer && is_missing(*answer)) return S3Read{std::nullopt, time_of(*answer)};
    if (!answer || answer->status != kOk) return tl::unexpected<Error>(explain(answer, what));
    std::string etag = etag_of(*answer);
    if (etag.empty())
      return fail(
          fmt::format("The server of the state {} does not speak S3: its response has no ETag.", place_.name),
          "Check the endpoint and its port; that of a console is another one.");
    const auto time = time_of(*answer);
    const auto written_at = http::parse_http_date(http::value_of(answer->headers, "Last-Modified"));
    return S3Read{S3Object{std::move(answer->body), std::move(etag), written_at}, time};
  }
}

Expected<S3Write> S3Objects::put(const std::string& key, std::string_view bytes,
                                 const std::optional<std::string>& expected, std::string_view what) {
  const Request request = put_request(key, bytes, expected);
  bool may_be_there = false;
  for (int attempt = 1;; ++attempt) {
    const Answer answer = transport_->send(request);
    if (answer && is_done(*answer) && !etag_of(*answer).empty())
      return S3Write{true, etag_of(*answer), time_of(*answer)};
    if (is_race(answer) && attempt < kS3Attempts) continue;
    const bool unmet = answer && is_unmet(*answer);
    may_be_there = may_be_there || may_have_worked(answer) || (answer && is_done(*answer)) ||
                   (answer && answer->earlier_attempt_unknown);
    if (unmet && !may_be_there) return S3Write{};
    Error error = explain(answer, what);
    if (!may_be_there) return tl::unexpected<Error>(std::move(error));
    const auto now = get(key, kStateLimit, what);
    if (!now)
      return fail(fmt::format("{} It is unknown whether it was done.", error.message), now.error().hint);
    if (now->object && now->object->bytes == bytes) return S3Write{true, now->object->etag, now->time};
    const std::optional<std::string> stands = now->object ? std::optional(now->object->etag) : std::nullopt;
    if (stands != expected) return S3Write{};
    if (attempt >= kS3Attempts) return tl::unexpected<Error>(std::move(error));
  }
}

Expected<bool> S3Objects::remove(const std::string& key, const std::string& etag) {
  Request request;
  request.method = Method::kDelete;
  request.path = "/" + key;
  request.headers = {{"If-Match", etag}};
  request.repeatable = true;
  bool may_be_done = false;
  for (int attempt = 1;; ++attempt) {
    const Answer answer = transport_->send(request);
    if (answer && (is_done(*answer) || is_missing(*answer))) return true;
    may_be_done = may_be_done || may_have_worked(answer) || (answer && answer->earlier_attempt_unknown);
    if (answer && answer->status == kPreconditionFailed) return may_be_done;
    if (attempt == kS3Attempts || (!is_race(answer) && !may_have_worked(answer)))
      return tl::unexpected<Error>(explain(answer, "unlocked"));
  }
}

Expected<bool> S3Objects::heeds(const std::string& key, std::string_view bytes,
                                const std::optional<std::string>& expected) {
  const Request request = put_request(key, bytes, expected);
  for (int attempt = 1;; ++attempt) {
    const Answer answer = transport_->send(request);
    if (answer && is_unmet(*answer)) return true;
    if (answer && is_done(*answer)) return false;
    if (attempt == kS3Attempts || (!is_race(answer) && !may_have_worked(answer)))
      return tl::unexpected<Error>(explain(answer, "locked"));
  }
}

}  // namespace rollcall::store
