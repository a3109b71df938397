#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/transport.hpp"
#include "store/s3_location.hpp"

namespace rollcall::store {

struct S3Object {
  std::string bytes;
  /// Changes with the bytes.
  std::string etag;
  /// By the server's clock, to the second, where it says it.
  std::optional<std::chrono::sys_seconds> written_at;
};

struct S3Read {
  /// Nothing where there is none.
  std::optional<S3Object> object;
  /// The server's time, to the second, where it says it.
  std::optional<std::chrono::sys_seconds> time;
};

/// What became of a write under a condition.
struct S3Write {
  /// False: what stands there is not what was expected, and nothing was written.
  bool done = false;
  /// Of what was written.
  std::string etag;
  std::optional<std::chrono::sys_seconds> time;
};

/// Objects of one bucket, written and removed only under conditions. Where a response is lost, what stands
/// there is read. Used by one thread at a time.
class S3Objects {
 public:
  /// `transport` leads to the bucket.
  S3Objects(S3Place place, std::unique_ptr<http::Transport> transport);

  /// `what` is what happens to the state thereby, for messages: read, locked.
  Expected<S3Read> get(const std::string& key, std::size_t limit, std::string_view what);
  /// Writes where the object with this ETag stands, or none where there is nothing.
  Expected<S3Write> put(const std::string& key, std::string_view bytes,
                        const std::optional<std::string>& expected, std::string_view what);
  /// Removes the object with this ETag; false where another one stands there.
  Expected<bool> remove(const std::string& key, const std::string& etag);
  /// Whether the server refuses this write, whose condition does not hold.
  Expected<bool> heeds(const std::string& key, std::string_view bytes,
                       const std::optional<std::string>& expected);

 private:
  using Answer = tl::expected<http::Response, http::TransportError>;

  [[nodiscard]] Error explain(const Answer& answer, std::string_view what) const;

  S3Place place_;
  std::unique_ptr<http::Transport> transport_;
};

}  // namespace rollcall::store
