#pragma once

#include <array>
#include <chrono>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/digest.hpp"
#include "base/lease.hpp"
#include "http/retry.hpp"
#include "store/s3_store.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_transport.hpp"

namespace rollcall::testing {

/// A bucket in memory, with the ways in which servers that speak S3 differ.
struct S3Bucket {
  bool heeds_match = true;
  bool heeds_none_match = true;
  bool heeds_delete = true;
  bool writes_missing = false;
  bool opaque_etags = false;
  int missing_status = 404;
  std::map<std::string, std::pair<std::string, std::string>> objects{};
  int writes = 0;

  static Answer refusal(int status, const std::string& code, const std::string& more = "") {
    return answer(status,
                  "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>Made up.</Message>" +
                      more + "</Error>",
                  "application/xml");
  }

  void put(const std::string& path, const std::string& bytes) {
    ++writes;
    objects[path] = {bytes, "\"" + (opaque_etags ? std::to_string(writes) : content_md5(bytes)) + "\""};
  }

  Answer handle(const http::Request& request) {
    const auto found = objects.find(request.path);
    const bool is_there = found != objects.end();
    const std::string match(http::value_of(request.headers, "If-Match"));
    if (request.method == http::Method::kGet)
      return is_there ? with_etag(answer(200, found->second.first), found->second.second)
                      : refusal(404, "NoSuchKey");
    if (!match.empty() && heeds_match && (heeds_delete || request.method != http::Method::kDelete)) {
      if (!is_there && (request.method == http::Method::kDelete || !writes_missing))
        return missing_status == 404 ? refusal(404, "NoSuchKey") : refusal(412, "PreconditionFailed");
      if (is_there && found->second.second != match) return refusal(412, "PreconditionFailed");
    }
    if (request.method == http::Method::kDelete) {
      objects.erase(request.path);
      return answer(204);
    }
    if (match.empty() && heeds_none_match && is_there) return refusal(412, "PreconditionFailed");
    put(request.path, request.body);
    return with_etag(answer(200), objects[request.path].second);
  }

 private:
  static Answer with_etag(Answer reply, const std::string& etag) {
    reply->headers.push_back({"etag", etag});
    reply->headers.push_back({"last-modified", "Wed, 21 Oct 2026 07:28:00 GMT"});
    return reply;
  }
};

/// Runs see a bucket through this, by one clock, with a lease each.
class S3Desk {
 public:
  /// What happens to the request with this number, from 1 on: a failure instead of it, or of its response.
  using Fault = std::function<std::optional<Answer>(int number, const std::function<Answer()>& work)>;

  S3Bucket bucket{};
  FakeClock clock{Time{std::chrono::hours{24 * 365 * 56}}};
  /// What the server's clock is ahead of it.
  std::chrono::seconds ahead{0};
  Fault fault = nullptr;
  int requests = 0;
  std::optional<store::LockInfo> taken_from{};

  std::unique_ptr<store::S3Store> open(std::shared_ptr<Lease> lease = nullptr) {
    return open([this](auto) { return connect(); }, std::move(lease));
  }

  std::unique_ptr<store::S3Store> open(
      std::function<std::unique_ptr<http::Transport>(std::optional<std::chrono::milliseconds>)> connect,
      std::shared_ptr<Lease> lease = nullptr) {
    if (!lease) lease = std::make_shared<Lease>(clock);
    return std::make_unique<store::S3Store>(
        place(), store::S3Reach{std::move(connect),
                                {std::move(lease), [this](const std::string&, const store::LockInfo& holder) {
                                   taken_from = holder;
                                 }}});
  }

  static store::S3Place place() {
    return {"s3://states/x", "states", "x", "eu-central-1", std::nullopt, std::chrono::seconds{60}};
  }

  /// With retries, whose waits the clock counts.
  std::unique_ptr<http::Transport> connect() {
    return http::make_retrying_transport(server_.connect(), {throttle_, clock, entropy_, {}});
  }

  Answer handle(const http::Request& request) {
    ++requests;
    const auto work = [&] { return dated(bucket.handle(request)); };
    if (fault)
      if (auto failed = fault(requests, work)) return *failed;
    return work();
  }

 private:
  Answer dated(Answer reply) const {
    const std::time_t now = std::chrono::system_clock::to_time_t(clock.now() + ahead);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 40> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    reply->headers.push_back({"date", text.data()});
    return reply;
  }

  FakeServer server_{[this](const http::Request& request) { return handle(request); }};
  http::Throttle throttle_{clock, 0};
  FakeEntropy entropy_;
};

}  // namespace rollcall::testing
