#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/limits.hpp"
#include "http/headers.hpp"

namespace rollcall::http {

/// LOCK and UNLOCK are those of WebDAV.
enum class Method : std::uint8_t { kGet, kPost, kPut, kPatch, kDelete, kLock, kUnlock };

/// GET, POST, PUT, PATCH, DELETE, LOCK, UNLOCK.
std::string_view to_string(Method method);

struct Request {
  Method method = Method::kGet;
  /// Appended to the server's own path; begins with a slash.
  std::string path;
  /// Empty for none. May hold a password: it is never logged and never part of an error.
  std::string body;
  /// Whether the credentials are sent.
  bool authenticated = true;
  /// Doing it twice is as good as doing it once, so it may be sent again when it is unknown whether it
  /// arrived.
  bool repeatable = false;
  /// Bytes of the largest body that the caller takes of a success; see kObjectLimit and kListLimit.
  std::size_t response_limit = kObjectLimit;
  /// What it says besides; whoever gives a body says here what it is.
  Headers headers{};
};

struct Response {
  int status = 0;
  /// In lower case, without parameters, such as "application/json".
  std::string content_type;
  std::string body;
  /// Content-MD5, Date, ETag, Last-Modified, Link, Location, Retry-After, X-Amz-Bucket-Region,
  /// X-RateLimit-Remaining and X-RateLimit-Reset, their names in lower case.
  Headers headers;
  /// An earlier attempt of the same request ended without a response, or with a 5xx, and may have done its
  /// work.
  bool earlier_attempt_unknown = false;
  /// A gateway's failure or a 429, and the server itself has done nothing for anybody for a long time.
  bool server_gone = false;
  /// Requested where the run is stopped: whoever reads a large body looks at it.
  std::stop_token stop;
  /// Held while this is the one large response of the run.
  std::shared_ptr<void> turn;
};

enum class Failure : std::uint8_t {
  kResolve,
  kConnect,
  /// A proxy answered in the server's place and lets nothing through.
  kProxy,
  /// The certificate, the handshake, the file of certificates.
  kTls,
  /// libcurl refused an option that the request needs.
  kSetup,
  kTimeout,
  kTooLarge,
  /// The response holds the token, so that nothing of it can be shown or recorded.
  kRepeatsToken,
  /// The connection broke, or what came is no whole HTTP response.
  kBroken,
  /// The run was stopped.
  kStopped,
  /// Another run may have the lock of the state by now.
  kLeaseLost,
};

/// could not resolve, could not connect, refused by the proxy, TLS failure, not set up, timed out, too large,
/// repeats the token, broken, stopped, lock lost.
std::string_view to_string(Failure failure);

/// A request without a response.
struct TransportError {
  Failure failure = Failure::kBroken;
  /// False: the request was certainly not sent. True: the server may have done it.
  bool may_have_arrived = true;
  /// What happened, with the server's name, and what to do next. Never a secret.
  std::string message;
  std::string hint;
  /// Not this request alone: no request has had a response for a long time.
  bool server_gone = false;
};

/// One request, one response. An object belongs to one thread at a time.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual tl::expected<Response, TransportError> send(const Request& request) = 0;
};

/// Makes one transport for each worker. Called on the thread that starts the workers.
using MakeTransport = std::function<std::unique_ptr<Transport>()>;

}  // namespace rollcall::http
