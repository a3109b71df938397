#pragma once

#include <optional>
#include <string>

#include "base/secret.hpp"

namespace rollcall::http {

/// What goes into a signature of AWS (Signature Version 4) beside the secret key.
struct Signing {
  /// Never empty.
  std::string region;
  std::string key_id;
  /// Sent with each request; empty for none.
  Secret session_token = {};
};

/// What shows a server who asks: a header of the requests that are authenticated, or their signature.
struct Credentials {
  /// Empty where they are signed.
  std::string header;
  /// Of the header, or the key that signs. Never shown, and no part of a response that is.
  Secret value;
  std::optional<Signing> signing = {};
  /// Stands before the value in the header, such as "Bearer ".
  std::string scheme = {};
};

}  // namespace rollcall::http
