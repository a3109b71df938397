#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "http/server_url.hpp"
#include "store/location.hpp"

namespace rollcall::store {

/// An object of an S3 bucket: the place of a state.
struct S3Place {
  /// As messages name it: s3://bucket/key, with the endpoint where there is one.
  std::string name;
  std::string bucket;
  /// Of the characters that need no escaping: a-z, A-Z, 0-9, `.`, `_`, `-` and `/`.
  std::string key;
  /// Empty where the URL names none.
  std::string region;
  /// The server where it is not AWS.
  std::optional<http::ServerUrl> endpoint;
  /// Of its lock.
  std::chrono::milliseconds lease{0};
};

/// s3://BUCKET/KEY?region=REGION&endpoint=URL&lease=SECONDS. Refused: a user name or password, plain http to
/// another machine, a key that would have to be escaped, for libraries sign such keys in different ways.
Expected<S3Place> parse_s3_state(const StateUrl& url);

/// The region of the URL, else `usual` (of the environment), else that of Cloudflare's R2 at its endpoints.
Expected<std::string> region_of(const S3Place& place, const std::string& usual);

/// Where the bucket is: the path of a request to it is that of a key. At AWS its name is part of the host's,
/// which no certificate allows for a name with dots; elsewhere it is the first part of the path.
http::ServerUrl bucket_url(const S3Place& place);

}  // namespace rollcall::store
