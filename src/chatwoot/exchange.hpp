#pragma once

#include <string>

#include "base/secret.hpp"
#include "chatwoot/call_error.hpp"
#include "http/transport.hpp"

namespace rollcall::chatwoot {

/// A request with what its errors say about it.
struct Call {
  http::Request request;
  /// Follows "asked to": "delete account 5".
  std::string sense;
  /// The object that the server looks up, as a sentence starts: "Account 5".
  std::string object;
  /// Whether a response that is lost leaves open what became of it.
  bool is_write = false;
  /// A password in the request. A response that repeats it is refused.
  Secret password = {};
};

/// Sends a call; a value is a response with status 200 that is JSON or empty. Everything else becomes a
/// CallError.
Result<http::Response> exchange(http::Transport& transport, const Call& call);

/// A response that was not read to its end, because the run was stopped.
CallError stopped(const Call& call);

/// A response of status 200 that is not what it should be; `what` is the end of a sentence.
CallError unexpected_answer(const Call& call, const std::string& what);

/// A success that does not show what was asked for: "`name` as "B" instead of "A"".
CallError not_as_asked(const Call& call, const std::string& what);

}  // namespace rollcall::chatwoot
