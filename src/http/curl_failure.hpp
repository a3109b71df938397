#pragma once

#include <curl/curl.h>

#include <string>

#include "http/curl_transport.hpp"
#include "http/transport.hpp"

namespace rollcall::http {

/// What is known of a request of libcurl that got no answer.
struct CurlOutcome {
  CURLcode code = CURLE_OK;
  /// libcurl's own words; may be empty.
  std::string detail;
  /// errno of the connection, 0 where there is none.
  int system_error = 0;
  /// libcurl was about to write the request at least once.
  bool was_sent = false;
  bool over_limit = false;
  bool idle = false;
  bool stopped = false;
};

/// In plain words, with advice.
TransportError explain(const CurlOutcome& outcome, const CurlOptions& options);

}  // namespace rollcall::http
