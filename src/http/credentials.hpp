#pragma once

#include <string>

#include "base/secret.hpp"

namespace rollcall::http {

/// What shows a server who asks: a header of the requests that are authenticated.
struct Credentials {
  std::string header;
  /// Never shown, and no part of a response that is.
  Secret value;
};

}  // namespace rollcall::http
