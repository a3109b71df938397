#include "store/http_store.hpp"

#include <fmt/format.h>

#include <utility>

#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "base/limits.hpp"
#include "store/http_lock.hpp"
#include "store/http_status.hpp"

namespace rollcall::store {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr int kWriteAttempts = 3;

bool is_success(const Response& response) {
  return response.status == kOk || response.status == kCreated || response.status == kNoContent;
}

/// Whether what the request was to do may have been done all the same.
bool is_outcome_unknown(const tl::expected<Response, http::TransportError>& answer) {
  return answer ? answer->status >= kServerError : answer.error().may_have_arrived;
}

/// GitLab answers 404 for a project that these credentials do not see, too, and that is no absent state.
bool is_missing_project(const Response& response) {
  return response.status == kNotFound &&
         text_of(response.body, "message").find("Project Not Found") != std::string::npos;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("-._~").find(c) != std::string_view::npos;
    if (is_plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

class HttpStore::HttpLock final : public Lock {
 public:
  HttpLock(HttpStore& store, std::string id) : store_(store), id_(std::move(id)) {}
  HttpLock(const HttpLock&) = delete;
  HttpLock& operator=(const HttpLock&) = delete;
  ~HttpLock() override {
    if (const auto released = let_go(); !released && store_.on_left_) store_.on_left_(released.error());
  }

  Expected<void> release() override { return let_go(); }

 private:
  Expected<void> let_go() {
    const std::string id = std::exchange(id_, {});
    if (id.empty()) return {};
    store_.lock_id_.clear();
    auto released = store_.unlock(id, Whose::kOurs);
    if (released) return released;
    return fail(fmt::format("{} The lock of {} stays.", released.error().message, store_.name_),
                fmt::format("`rollcall unlock {}` removes it.", quoted(id)));
  }

  HttpStore& store_;
  std::string id_;
};

HttpStore::HttpStore(const http::ServerUrl& url, std::unique_ptr<http::Transport> transport,
                     bool authenticated, std::function<void(const Error&)> on_left)
    : name_(http::to_string(url)),
      transport_(std::move(transport)),
      authenticated_(authenticated),
      // The paths of GitLab and Gitea.
      locks_by_path_(url.path.find("/terraform/state/") != std::string::npos),
      on_left_(std::move(on_left)) {}

HttpStore::Answer HttpStore::send(Request request) {
  request.authenticated = authenticated_;
  return transport_->send(request);
}

Expected<std::optional<Stored>> HttpStore::read() {
  Request request;
  request.repeatable = true;
  request.response_limit = kStateLimit;
  auto answer = send(std::move(request));
  if (!answer) return tl::unexpected<Error>(no_answer(answer.error(), "read"));
  if (answer->status == kNoContent || (answer->status == kNotFound && !is_missing_project(*answer)) ||
      (answer->status == kOk && answer->body.empty()))
    return std::optional<Stored>();
  if (answer->status != kOk) return tl::unexpected<Error>(refusal(*answer, "read"));
  std::string version = sha256(answer->body);
  const auto written_at = http::parse_http_date(http::value_of(answer->headers, "Last-Modified"));
  return std::optional<Stored>(Stored{std::move(answer->body), std::move(version), written_at});
}

Expected<void> HttpStore::require_version(const std::optional<std::string>& expected) {
  const auto now = read();
  if (!now) return tl::unexpected<Error>(now.error());
  const std::optional<std::string> version = *now ? std::optional((*now)->version) : std::nullopt;
  // What the response was lost of is what this process wrote.
  if (version == expected || (version && *version == uncertain_)) return {};
  const std::string_view what = !version ? "is gone" : !expected ? "has appeared" : "has changed";
  return fail(fmt::format("{} {} since this command read it; it was not written.", name_, what),
              "Something else writes it, or the lock was removed while this run held it: find out what, then "
              "run `rollcall refresh` so that the record learns what the server has.");
}

Expected<std::string> HttpStore::write(std::string_view bytes, const std::optional<std::string>& expected) {
  if (lock_id_.empty()) return fail(fmt::format("{} is not written without its lock.", name_));
  // The protocol knows no condition but the lock, which somebody may have removed.
  if (auto unchanged = require_version(expected); !unchanged) return tl::unexpected<Error>(unchanged.error());
  const std::string version = sha256(bytes);
  Request request;
  request.method = Method::kPost;
  request.path = "?ID=" + escaped(lock_id_);
  request.body = bytes;
  request.headers = {{"Content-Type", "application/json"}};
  if (std::string md5 = content_md5(bytes); !md5.empty())
    request.headers.push_back({"Content-MD5", std::move(md5)});
  for (int attempt = 1;; ++attempt) {
    const auto answer = send(request);
    if (answer && is_success(*answer)) return version;
    const Error error = answer ? refusal(*answer, "written") : no_answer(answer.error(), "written");
    // GitLab refuses a serial that it has: that of the same write, whose response was lost, too.
    const bool may_be_there = is_outcome_unknown(answer) || (answer && answer->status == kUnprocessable);
    if (!may_be_there) return tl::unexpected<Error>(error);
    const auto now = read();
    if (!now) {
      uncertain_ = version;
      return fail(fmt::format("{} It is unknown whether the state was written.", error.message),
                  now.error().hint);
    }
    if (*now && (*now)->version == version) return version;
    const std::optional<std::string> stands = *now ? std::optional((*now)->version) : std::nullopt;
    if (attempt == kWriteAttempts || stands != expected || (answer && answer->status == kUnprocessable))
      return tl::unexpected<Error>(error);
  }
}

Expected<LockAttempt> HttpStore::try_lock(const LockInfo& info) {
  const std::string id = http_lock_id(info);
  Request request;
  request.method = locks_by_path_ ? Method::kPost : Method::kLock;
  request.path = locks_by_path_ ? "/lock" : "";
  request.body = lock_body(info, id);
  request.headers = {{"Content-Type", "application/json"}};
  // The id tells whose lock a second attempt meets.
  request.repeatable = true;
  const auto answer = send(std::move(request));
  if (answer && is_success(*answer)) return LockAttempt{true, {}};
  if (!answer || (answer->status != kConflict && answer->status != kLocked)) {
    Error error = answer ? refusal(*answer, "locked") : no_answer(answer.error(), "locked");
    // It may be taken all the same, and would keep everybody out.
    if (is_outcome_unknown(answer) && !unlock(id, Whose::kOurs))
      error.hint +=
          fmt::format(" It may be locked all the same: `rollcall unlock {}` removes that.", quoted(id));
    return tl::unexpected<Error>(std::move(error));
  }
  auto holder = parse_lock(answer->body);
  const bool ours = holder && holder->id == id;
  return LockAttempt{ours, std::move(holder)};
}

Expected<std::unique_ptr<Lock>> HttpStore::lock(const LockInfo& info, const LockWait& wait, Clock& clock) {
  const auto held = wait_for_lock(name_, std::nullopt, wait, clock, [&] { return try_lock(info); });
  if (!held) return tl::unexpected<Error>(held.error());
  lock_id_ = http_lock_id(info);
  return std::unique_ptr<Lock>(std::make_unique<HttpLock>(*this, lock_id_));
}

Expected<void> HttpStore::unlock(const std::string& id, Whose whose) {
  Request request;
  request.method = locks_by_path_ ? Method::kDelete : Method::kUnlock;
  request.path = (locks_by_path_ ? "/lock?ID=" : "?ID=") + escaped(id);
  if (!locks_by_path_) {
    request.body = nlohmann::json{{"ID", id}}.dump();
    request.headers = {{"Content-Type", "application/json"}};
  }
  request.repeatable = true;
  const auto answer = send(std::move(request));
  if (!answer) return tl::unexpected<Error>(no_answer(answer.error(), "unlocked"));
  if (is_success(*answer)) return {};
  const bool is_other = answer->status == kConflict || answer->status == kLocked;
  // The first attempt has done it.
  if (is_other && whose == Whose::kOurs && answer->earlier_attempt_unknown) return {};
  if (!is_other) return tl::unexpected<Error>(refusal(*answer, "unlocked"));
  return tl::unexpected<Error>(other_lock(name_, parse_lock(answer->body)));
}

Expected<std::optional<LockInfo>> HttpStore::find_holder(const LockInfo& asking) {
  const auto attempt = try_lock(asking);
  if (!attempt) return tl::unexpected<Error>(attempt.error());
  if (!attempt->held_by_us) {
    if (attempt->holder) return attempt->holder;
    return fail(fmt::format("{} is locked, and the server does not say by whom.", name_),
                "Remove the lock where the server shows it.");
  }
  if (const auto released = unlock(http_lock_id(asking), Whose::kOurs); !released)
    return tl::unexpected<Error>(released.error());
  return std::optional<LockInfo>();
}

Expected<void> HttpStore::remove_lock(const std::string& id) {
  return unlock(id, Whose::kAnothers);
}

Error HttpStore::no_answer(const http::TransportError& error, std::string_view what) const {
  return {fmt::format("The state {} could not be {}: {}", name_, what, error.message), error.hint};
}

Error HttpStore::refusal(const Response& response, std::string_view what) const {
  switch (response.status) {
    case 401:
      if (!authenticated_)
        return {fmt::format("The server of the state {} wants a user name and a password.", name_),
                "Set ROLLCALL_STATE_USERNAME and ROLLCALL_STATE_PASSWORD. In GitLab CI the job's token is "
                "used by "
                "itself for a state on the server of CI_API_V4_URL."};
      return {
          fmt::format("The server of the state {} did not accept user name and password (401).", name_),
          "Check ROLLCALL_STATE_USERNAME and ROLLCALL_STATE_PASSWORD, and whether the token has expired."};
    case kForbidden:
      return {fmt::format("These credentials may not have the state {} {} (403).", name_, what),
              "On GitLab the role Developer may read a state, and Maintainer may lock and write it."};
    case kNotFound:
      return {
          fmt::format("There is no place for the state {}, or these credentials do not see it (404).", name_),
          "Check the project and the path in the address; on GitLab the project's ID, and that its "
          "infrastructure features are switched on."};
    case kConflict:
    case kLocked: {
      const auto holder = parse_lock(response.body);
      return {fmt::format(
                  "{} was not {}: {}.", name_, what,
                  holder ? fmt::format("it is locked by {}", describe(*holder)) : "another run has its lock"),
              "The lock was removed while this run held it. See to it that the other run has ended, then run "
              "this "
              "again."};
    }
    case kTooLarge:
      return {fmt::format("The state is too large for {} (413).", name_),
              "An administrator of the server sets the limit; on GitLab it is the one for Terraform states."};
    case kUnprocessable:
      return {fmt::format("{} did not take the state (422).", name_),
              "The server has a state with this serial already: run the command again."};
    default:
      return {fmt::format("The server of the state {} answered {}.", name_, response.status),
              response.status >= kServerError ? "Try again when the server is well."
                                              : "Check that the address is that of a state."};
  }
}

}  // namespace rollcall::store
