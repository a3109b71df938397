#include "chatwoot/exchange.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "chatwoot/decode.hpp"

namespace rollcall::chatwoot {
namespace {

constexpr std::string_view kCheckAddress =
    "Check that the server's address is that of Chatwoot itself, "
    "and not of a login page or proxy in front of it.";

CallError make(ErrorKind kind, const Call& call, const http::Response& response, std::string message,
               std::string hint) {
  CallError error;
  error.kind = kind;
  error.unknown_outcome = call.is_write && response.earlier_attempt_unknown;
  error.status = response.status;
  error.server_gone = response.server_gone;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

CallError transport_error(const Call& call, const http::TransportError& cause) {
  CallError error;
  error.kind = ErrorKind::kTransport;
  error.unknown_outcome = call.is_write && cause.may_have_arrived;
  error.failure = cause.failure;
  error.server_gone = cause.server_gone;
  error.message = fmt::format("No response when asked to {}: {}", call.sense, cause.message);
  error.hint = cause.hint;
  return error;
}

CallError server_error(const Call& call, const http::Response& response, const ErrorBody& refusal) {
  const std::string words = refusal.words.empty() ? "" : " " + printable(shown_value(refusal.words));
  std::string hint = "Look at the server's log, and try again later.";
  if (response.status == 500 && call.is_write)
    hint = fmt::format(
        "Most often this is a value that the server does not know. "
        "It may have made the change all the same, or a part of it: look at {} before you repeat it.",
        call.object.empty() ? "the server" : "it");
  else if (response.status != 500)
    hint = "The server, or a proxy in front of it, is not ready: try again later.";
  CallError error =
      make(ErrorKind::kServerError, call, response,
           fmt::format("The server failed when asked to {} ({}{}).", call.sense, response.status, words),
           std::move(hint));
  // A row may have been committed before the failure (states.noredis_post_member of the recordings).
  error.unknown_outcome = call.is_write;
  return error;
}

CallError rejected(const Call& call, const http::Response& response, const ErrorBody& refusal) {
  std::string hint = fmt::format("Correct {}, and try again.", fmt::join(refusal.attributes, ", "));
  if (refusal.words.starts_with("User limit reached"))
    hint = "The installation's licence has no room for another user.";
  else if (refusal.words.find("already been taken") != std::string::npos)
    hint = "Another user has this address, or is being created or deleted with it just now.";
  else if (refusal.attributes.empty())
    hint = "Correct what the server names, and try again.";
  return make(ErrorKind::kRejected, call, response,
              fmt::format("The server refused to {}: {}.", call.sense, printable(shown_value(refusal.words))),
              std::move(hint));
}

CallError not_found(const Call& call, const http::Response& response) {
  if (call.object.empty())
    return make(ErrorKind::kNotFound, call, response,
                fmt::format("The server has no endpoint to {} (404).", call.sense),
                "Check the server's address; the listing of accounts exists since Chatwoot 4.5.");
  return make(ErrorKind::kNotFound, call, response,
              fmt::format("{} does not exist on the server (404 when asked to {}).", call.object, call.sense),
              "It may have been deleted: refresh the recorded state.");
}

CallError foreign_answer(const Call& call, const http::Response& response) {
  std::string what = fmt::format("status {}", response.status);
  std::string hint(kCheckAddress);
  const std::string_view location = value_of(response.headers, "Location");
  if (response.status >= 300 && response.status < 400 && !location.empty()) {
    // After a `?` there may be a token of the page that it leads to.
    const std::string_view target = location.substr(0, location.find_first_of("?#"));
    what += fmt::format(", a redirection to {}", printable(shown_value(target)));
    hint = "Redirections are never followed: set the server to the address where Chatwoot itself answers.";
  } else if (response.content_type == "text/html") {
    what += ", a web page";
  } else if (!response.content_type.empty()) {
    what += fmt::format(", {}", printable(shown_value(response.content_type)));
  }
  CallError error = make(
      ErrorKind::kUnexpectedAnswer, call, response,
      fmt::format("What answered when asked to {} is not Chatwoot's Platform API: {}.", call.sense, what),
      std::move(hint));
  if (response.status < 300) error.unknown_outcome = call.is_write;
  return error;
}

CallError repeats_password(const Call& call, const http::Response& response) {
  CallError error = make(ErrorKind::kUnexpectedAnswer, call, response,
                         fmt::format("The response when asked to {} holds the password that was sent, "
                                     "so nothing of it was shown or recorded.",
                                     call.sense),
                         std::string(kCheckAddress));
  error.unknown_outcome = call.is_write;
  return error;
}

CallError proxy_refusal(const Call& call, const http::Response& response) {
  return make(
      ErrorKind::kUnexpectedAnswer, call, response,
      fmt::format("A proxy requires a user name and password for the request to {} (407).", call.sense),
      "Write them into the variable http_proxy, or name the server in no_proxy.");
}

/// The server's words and the fields that it names: not more than is looked at and shown.
ErrorBody words_of(const http::Response& response) {
  ErrorBody refusal = decode_refusal(response.body);
  constexpr std::size_t kMaxAttributes = 20;
  refusal.attributes.resize(std::min(refusal.attributes.size(), kMaxAttributes));
  constexpr std::size_t kMaxWords = 1000;
  refusal.words = shortened(refusal.words, kMaxWords, "…");
  for (std::string& attribute : refusal.attributes) attribute = printable(shown_value(attribute));
  return refusal;
}

/// The meaning of a response that is no 200, by the words that Chatwoot has for it.
CallError refusal_of(const Call& call, const http::Response& response) {
  const bool is_json = response.content_type == "application/json";
  ErrorBody refusal = is_json ? words_of(response) : ErrorBody{};
  CallError error;
  if (response.status == 429)
    error =
        make(ErrorKind::kThrottled, call, response,
             fmt::format("The server turned the request to {} away: too many requests (429).", call.sense),
             "Lower requests_per_minute, or wait until others send less.");
  else if (response.status == 407)
    error = proxy_refusal(call, response);
  else if (response.status >= 500)
    error = server_error(call, response, refusal);
  else if (response.status == 401 && refusal.words == "Invalid access_token")
    error = make(ErrorKind::kInvalidToken, call, response, "The server does not accept the token.",
                 "It has to be the token of a platform app (super-admin console, Platform Apps), "
                 "not a user's or a bot's. Check ROLLCALL_TOKEN, --token-file or --token-command.");
  else if (response.status == 401 && refusal.words == "Non permissible resource")
    error = make(ErrorKind::kNotPermitted, call, response,
                 fmt::format("{} exists, but the token may not use it (401 when asked to {}).", call.object,
                             call.sense),
                 "A platform app may use only what it created itself, or was permitted to on the server.");
  else if (response.status == 404 && refusal.words == "Not Found")
    error = not_found(call, response);
  else if (response.status == 422 && !refusal.words.empty())
    error = rejected(call, response, refusal);
  else if (response.status == 400 && is_json)
    error = make(ErrorKind::kBadRequest, call, response,
                 fmt::format("The server could not read the request to {} (400 {}).", call.sense,
                             printable(shown_value(refusal.words))),
                 "A string may hold characters that the server does not accept, "
                 "or a proxy changed the request.");
  else
    error = foreign_answer(call, response);
  error.server_words = std::move(refusal.words);
  error.attributes = std::move(refusal.attributes);
  return error;
}

}  // namespace

Result<http::Response> exchange(http::Transport& transport, const Call& call) {
  auto response = transport.send(call.request);
  if (!response) return tl::unexpected(transport_error(call, response.error()));
  if (repeats(call.password, response->body) ||
      repeats(call.password, value_of(response->headers, "Location")))
    return tl::unexpected(repeats_password(call, *response));
  if (response->status != 200) return tl::unexpected(refusal_of(call, *response));
  if (!response->body.empty() && response->content_type != "application/json")
    return tl::unexpected(foreign_answer(call, *response));
  return std::move(*response);
}

CallError stopped(const Call& call) {
  return transport_error(
      call, {http::Failure::kStopped, true, "The run was stopped before the response was read.", ""});
}

CallError unexpected_answer(const Call& call, const std::string& what) {
  CallError error;
  error.unknown_outcome = call.is_write;
  error.status = 200;
  error.message =
      fmt::format("The response when asked to {} cannot be understood: {}.", call.sense, printable(what));
  error.hint = fmt::format("{} Rollcall knows the responses of Chatwoot 4.10.", kCheckAddress);
  return error;
}

CallError not_as_asked(const Call& call, const std::string& what) {
  CallError error;
  error.unknown_outcome = call.is_write;
  error.status = 200;
  error.message = fmt::format("The server did not do all that it was asked to. Asked to {}, it shows {}.",
                              call.sense, printable(what));
  error.hint = "Look at it on the server; another client may have changed it at the same time.";
  return error;
}

}  // namespace rollcall::chatwoot
