#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "http/curl_transport.hpp"
#include "http/transport.hpp"

namespace rollcall::http {

/// For all headers of one response, those of informational responses and of a proxy before it included.
constexpr std::size_t kHeaderLimit = std::size_t{256} << 10U;

/// What is known of a request of libcurl that got no response.
struct CurlOutcome {
  CURLcode code = CURLE_OK;
  /// libcurl's own words; may be empty.
  std::string detail;
  /// errno of the connection, 0 where there is none.
  int system_error = 0;
  /// libcurl was about to write the request at least once.
  bool was_sent = false;
  /// It did so again by itself, for the connection died under the first request.
  bool was_repeated = false;
  /// The connection died under the request, and libcurl was not let to send it again.
  bool kept_from_repeating = false;
  /// The port that a connection was tried to: not the server's where there is a proxy. 0: none was tried.
  std::uint16_t tried_port = 0;
  /// What a proxy answered when it was asked for a tunnel to the server; 0 where none did.
  int tunnel_status = 0;
  /// What a SOCKS proxy had against it (CURLPX_…).
  int proxy_code = CURLPX_OK;
  /// Bytes that the body may have.
  std::size_t limit = 0;
  bool over_limit = false;
  bool over_header_limit = false;
  bool repeats_token = false;
  bool idle = false;
  bool stopped = false;
  /// The lease did not allow it at the moment at which the request was to be sent.
  bool kept_by_lease = false;
  /// What this program threw while it took the response; empty where it did not.
  std::string thrown;
};

/// In plain words, with advice.
TransportError explain(const CurlOutcome& outcome, const CurlOptions& options);

/// The same for a request that was not sent, because the lease is lost.
TransportError explain_lost_lease(const Error& lost, const CurlOutcome& outcome);

/// The same for a request that was not sent, because libcurl did not take an option.
TransportError explain_setup(CURLcode code, const CurlOptions& options);

}  // namespace rollcall::http
