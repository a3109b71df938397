#include "http/transport.hpp"

namespace rollcall::http {

std::string_view to_string(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
    case Method::kLock:
      return "LOCK";
    case Method::kUnlock:
      return "UNLOCK";
  }
  return "";
}

std::string_view to_string(Failure failure) {
  switch (failure) {
    case Failure::kResolve:
      return "could not resolve";
    case Failure::kConnect:
      return "could not connect";
    case Failure::kProxy:
      return "refused by the proxy";
    case Failure::kTls:
      return "TLS failure";
    case Failure::kSetup:
      return "not set up";
    case Failure::kTimeout:
      return "timed out";
    case Failure::kTooLarge:
      return "too large";
    case Failure::kRepeatsToken:
      return "repeats the token";
    case Failure::kBroken:
      return "broken";
    case Failure::kStopped:
      return "stopped";
    case Failure::kLeaseLost:
      return "lock lost";
  }
  return "";
}

}  // namespace rollcall::http
