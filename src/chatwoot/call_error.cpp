#include "chatwoot/call_error.hpp"

namespace rollcall::chatwoot {

Error to_error(const CallError& error) {
  return {error.message, error.hint};
}

bool is_email_taken(const CallError& error) {
  return error.kind == ErrorKind::kRejected &&
         error.server_words.find("Email has already been taken") != std::string::npos;
}

bool is_fatal(const CallError& error) {
  if (error.kind == ErrorKind::kInvalidToken || error.server_gone) return true;
  if (error.kind != ErrorKind::kTransport) return false;
  switch (error.failure.value_or(http::Failure::kBroken)) {
    case http::Failure::kResolve:
    case http::Failure::kConnect:
    case http::Failure::kProxy:
    case http::Failure::kTls:
    case http::Failure::kSetup:
    case http::Failure::kRepeatsToken:
    case http::Failure::kStopped:
    case http::Failure::kLeaseLost:
      return true;
    case http::Failure::kTimeout:
    case http::Failure::kTooLarge:
    case http::Failure::kBroken:
      return false;
  }
  return false;
}

}  // namespace rollcall::chatwoot
