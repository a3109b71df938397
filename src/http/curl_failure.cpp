#include "http/curl_failure.hpp"

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace rollcall::http {
namespace {

std::string size_of(std::size_t bytes) {
  constexpr std::size_t kKibibyte = std::size_t{1} << 10U;
  constexpr std::size_t kMebibyte = kKibibyte << 10U;
  if (bytes % kMebibyte == 0) return fmt::format("{} MiB", bytes / kMebibyte);
  return bytes % kKibibyte == 0 ? fmt::format("{} KiB", bytes / kKibibyte) : fmt::format("{} bytes", bytes);
}

/// libcurl has a limit of its own for one line, and before 8.6 reports it as a lack of memory.
bool is_header_line_too_long(const CurlOutcome& outcome) {
  constexpr int kTooLarge = 100;  // CURLE_TOO_LARGE, which older headers do not name
  return outcome.was_sent && (outcome.code == CURLE_OUT_OF_MEMORY || outcome.code == kTooLarge);
}

/// libcurl's own words, save for those on a proxy: they repeat its variable, which may hold a password.
std::string detail_of(const CurlOutcome& outcome) {
  const std::string& detail = outcome.detail;
  const bool is_told = !detail.empty() && to_lower(detail).find("proxy") == std::string::npos &&
                       detail.find('@') == std::string::npos;
  return is_told ? printable(detail) : curl_easy_strerror(outcome.code);
}

constexpr std::string_view kProxyVariables =
    "The variables https_proxy, http_proxy and all_proxy name the proxy, no_proxy the hosts that need none.";

/// Unsupported proxy scheme, unsupported proxy syntax.
bool is_proxy_unusable(const CurlOutcome& outcome) {
  return outcome.detail.starts_with("Unsupported proxy");
}

TransportError unusable_proxy_error(const CurlOptions& options) {
  return {Failure::kProxy, false,
          fmt::format("The address of the proxy for {} is not valid.", options.server.host),
          fmt::format("Write it like http://proxy.example.com:3128, or with https:// or socks5://; "
                      "in a password, escape all characters but letters and digits, such as %40 for @. {}",
                      kProxyVariables)};
}

/// A SOCKS proxy was reached and did not lead on.
TransportError socks_error(const CurlOutcome& outcome, const CurlOptions& options) {
  if (outcome.proxy_code == CURLPX_USER_REJECTED || outcome.proxy_code == CURLPX_NO_AUTH)
    return {Failure::kProxy, outcome.was_sent,
            fmt::format("The proxy for {} requires another user name and password.", options.server.host),
            fmt::format("Write them into the proxy's variable, or fix them there. {}", kProxyVariables)};
  return {
      Failure::kConnect, outcome.was_sent,
      fmt::format("The proxy did not connect to {} on port {}.", options.server.host, options.server.port),
      fmt::format("Check that the proxy speaks SOCKS and can reach the server. {}", kProxyVariables)};
}

TransportError resolve_error(const CurlOutcome& outcome, const CurlOptions& options) {
  const bool is_proxy = outcome.code == CURLE_COULDNT_RESOLVE_PROXY;
  return {Failure::kResolve, outcome.was_sent,
          is_proxy ? "The name of the proxy could not be resolved."
                   : fmt::format("The server's name {} could not be resolved.", options.server.host),
          is_proxy ? std::string(kProxyVariables)
                   : "Check the server's address and this machine's name service."};
}

TransportError connect_error(const CurlOutcome& outcome, const CurlOptions& options) {
  const std::string why =
      outcome.system_error == 0 ? detail_of(outcome) : system_message(outcome.system_error);
  // The proxy's own address is not told: its variable may hold a password.
  if (outcome.tried_port != 0 && outcome.tried_port != options.server.port)
    return {Failure::kConnect, outcome.was_sent,
            fmt::format("Could not connect to the proxy on port {} that leads to {}: {}.", outcome.tried_port,
                        options.server.host, why),
            std::string(kProxyVariables)};
  return {
      Failure::kConnect, outcome.was_sent,
      fmt::format("Could not connect to {} on port {}: {}.", options.server.host, options.server.port, why),
      "Check that the server is up, and that address and port are right."};
}

TransportError tunnel_error(const CurlOutcome& outcome, const CurlOptions& options) {
  const int status = outcome.tunnel_status;
  if (status == 407)
    return {Failure::kProxy, false,
            fmt::format("The proxy for {} requires a user name and password (407).", options.server.host),
            fmt::format("Write them into the proxy's variable, or fix them there. {}", kProxyVariables)};
  const std::string message = fmt::format("The proxy did not connect to {} on port {} (it answered {}).",
                                          options.server.host, options.server.port, status);
  // It may reach the server a moment later.
  if (status >= 500)
    return {Failure::kConnect, false, message,
            fmt::format("Check that the proxy can reach the server. {}", kProxyVariables)};
  return {Failure::kProxy, false, message,
          fmt::format("Check that the proxy allows this server. {}", kProxyVariables)};
}

TransportError tls_error(const CurlOutcome& outcome, const CurlOptions& options) {
  switch (outcome.code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return {
          Failure::kTls, outcome.was_sent,
          fmt::format("The certificate of {} was not accepted: {}.", options.server.host, detail_of(outcome)),
          "If a private authority signed it, name that authority's certificate with --ca-file; "
          "otherwise fix the certificate, or correct the server's address."};
    case CURLE_SSL_CACERT_BADFILE:
      return {Failure::kTls, outcome.was_sent,
              options.ca_file.empty()
                  ? "The system's certificates could not be read."
                  : fmt::format("The certificate file {} could not be read.", printable(options.ca_file)),
              "--ca-file takes certificates in PEM format; "
              "without it the system's are used (package ca-certificates)."};
    default:
      return {Failure::kTls, outcome.was_sent,
              fmt::format("No encrypted connection to {} on port {}: {}.", options.server.host,
                          options.server.port, detail_of(outcome)),
              "Check that this port speaks TLS, and that the address should not start with http://."};
  }
}

TransportError timeout_error(const CurlOutcome& outcome, const CurlOptions& options) {
  const auto seconds = [](std::chrono::milliseconds time) {
    return static_cast<double>(time.count()) / 1000;
  };
  if (outcome.idle)
    return {Failure::kTimeout, outcome.was_sent,
            fmt::format("{} began to respond and then sent nothing for {} s.", options.server.host,
                        seconds(options.idle_timeout)),
            "Check the network and any proxy in between."};
  if (!outcome.was_sent)
    return {Failure::kConnect, false,
            fmt::format("{} did not accept a connection within {} s.", options.server.host,
                        seconds(options.connect_timeout)),
            "Check that the server is up, and that no firewall or proxy holds the connection up."};
  return {Failure::kTimeout, true,
          fmt::format("{} did not respond within {} s.", options.server.host, seconds(options.total_timeout)),
          "The server may be overloaded: try again, with a lower --parallelism."};
}

constexpr const char* kBrokenHint = "Check the server, and any proxy in between.";

TransportError lost_error(const CurlOptions& options) {
  return {Failure::kBroken, true,
          fmt::format("{} closed the connection without a response.", options.server.host), kBrokenHint};
}

TransportError broken_error(const CurlOutcome& outcome, const CurlOptions& options) {
  const std::string& host = options.server.host;
  switch (outcome.code) {
    case CURLE_GOT_NOTHING:
      return lost_error(options);
    case CURLE_PARTIAL_FILE:
      return {Failure::kBroken, outcome.was_sent, fmt::format("The response of {} was cut off.", host),
              kBrokenHint};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return {Failure::kBroken, outcome.was_sent, fmt::format("The response of {} is not HTTP.", host),
              "Check the server's address and port."};
    default:
      return {Failure::kBroken, outcome.was_sent,
              fmt::format("The connection to {} broke: {}.", host, detail_of(outcome)), kBrokenHint};
  }
}

}  // namespace

TransportError explain(const CurlOutcome& outcome, const CurlOptions& options) {
  if (outcome.over_limit || outcome.code == CURLE_FILESIZE_EXCEEDED)
    return {Failure::kTooLarge, outcome.was_sent,
            fmt::format("The response of {} is larger than {}.", options.server.host, size_of(outcome.limit)),
            "No response that is expected here is that large: check the server's address."};
  if (outcome.repeats_token)
    return {Failure::kRepeatsToken, true,
            fmt::format("The response of {} holds the token, so nothing of it was shown or recorded.",
                        options.server.host),
            "No server should do that: check the server's address, and any proxy in between. "
            "Renew the token if it may have gone to a server that is not yours."};
  if (outcome.over_header_limit || is_header_line_too_long(outcome))
    return {Failure::kTooLarge, outcome.was_sent,
            fmt::format("The headers of the response of {} are larger than {}.", options.server.host,
                        size_of(kHeaderLimit)),
            "No response that is expected here has headers that large: "
            "check the server's address, and any proxy in between."};
  if (!outcome.thrown.empty())
    return {Failure::kBroken, outcome.was_sent,
            fmt::format("The response of {} could not be received: {}.", options.server.host, outcome.thrown),
            "Check whether this machine has memory left, then run the command again."};
  if (outcome.stopped)
    return {Failure::kStopped, outcome.was_sent, "The run was stopped before the response came.", ""};
  if (outcome.idle) return timeout_error(outcome, options);
  if (outcome.kept_from_repeating) return lost_error(options);
  if (!outcome.was_sent && is_proxy_unusable(outcome)) return unusable_proxy_error(options);
  if (!outcome.was_sent && outcome.tunnel_status >= 300) return tunnel_error(outcome, options);
  switch (outcome.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return resolve_error(outcome, options);
    case CURLE_COULDNT_CONNECT:
      return connect_error(outcome, options);
    case CURLE_PROXY:
      return socks_error(outcome, options);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_USE_SSL_FAILED:
      return tls_error(outcome, options);
    case CURLE_OPERATION_TIMEDOUT:
      return timeout_error(outcome, options);
    default:
      return broken_error(outcome, options);
  }
}

TransportError explain_lost_lease(const Error& lost, const CurlOutcome& outcome) {
  return {Failure::kLeaseLost, outcome.was_sent, lost.message, lost.hint};
}

TransportError explain_setup(CURLcode code, const CurlOptions& options) {
  return {Failure::kSetup, false,
          fmt::format("The request to {} was not sent, because libcurl refused one of its options: {}.",
                      options.server.host, curl_easy_strerror(code)),
          "Rollcall needs libcurl 7.85 or later with TLS; "
          "check also that --ca-file and the server's address are right."};
}

}  // namespace rollcall::http
