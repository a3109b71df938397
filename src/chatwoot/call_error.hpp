#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "base/error.hpp"
#include "http/transport.hpp"

namespace rollcall::chatwoot {

enum class ErrorKind : std::uint8_t {
  /// 401 `Invalid access_token`: nothing will work.
  kInvalidToken,
  /// 401 `Non permissible resource`: it exists, but not for this token.
  kNotPermitted,
  /// 404 in Chatwoot's own words. Another 404, such as a proxy's page, is kUnexpectedAnswer.
  kNotFound,
  /// 422: the server's messages are in `server_words`, its fields in `attributes`.
  kRejected,
  kBadRequest,
  /// 5xx.
  kServerError,
  /// 429 until the attempts were used up.
  kThrottled,
  /// No response; `failure` says how.
  kTransport,
  /// A response that is none of Chatwoot's, or does not say what was asked for.
  kUnexpectedAnswer,
};

/// A call that did not succeed.
struct CallError {
  ErrorKind kind = ErrorKind::kUnexpectedAnswer;
  /// A write that may have been done all the same. False: it was certainly not done. Always false for reads.
  bool unknown_outcome = false;
  /// 0 where there was no response.
  int status = 0;
  std::optional<http::Failure> failure;
  /// No request has had a response of the server for a long time.
  bool server_gone = false;
  /// What failed, in the sense of the request, and what to do next. Never a secret.
  std::string message;
  std::string hint;
  /// The server's own words: `error` or `message` of its response.
  std::string server_words;
  std::vector<std::string> attributes;

  bool operator==(const CallError&) const = default;
};

template <class T>
using Result = tl::expected<T, CallError>;

/// Whether the server answered that it has no such thing.
template <class T>
bool is_missing(const Result<T>& answer) {
  return !answer && answer.error().kind == ErrorKind::kNotFound;
}

/// Message and hint.
Error to_error(const CallError& error);

/// Whether a user was not created because the address belongs to one who exists. For a moment the server says
/// so of a user who is being created, too.
bool is_email_taken(const CallError& error);

/// Whether going on with other requests is pointless: a wrong token, a server that cannot be reached, a stop.
bool is_fatal(const CallError& error);

}  // namespace rollcall::chatwoot
