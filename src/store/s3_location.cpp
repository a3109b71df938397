#include "store/s3_location.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.hpp"

namespace rollcall::store {
namespace {

constexpr std::string_view kS3Example =
    "Write it like s3://my-bucket/rollcall.state.json?region=eu-central-1";
/// S3 takes 1024 bytes; the lock's name is longer than the state's.
constexpr std::size_t kLongestKey = 1000;
constexpr std::size_t kShortestBucket = 3;
constexpr std::size_t kLongestBucket = 63;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_made_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [others](char c) {
    return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
  });
}

/// No part of a path that somebody on the way may take out: empty, `.`, `..`.
bool has_plain_parts(std::string_view key) {
  while (true) {
    const std::string_view part = key.substr(0, key.find('/'));
    if (part.empty() || part == "." || part == "..") return false;
    if (part.size() == key.size()) return true;
    key.remove_prefix(part.size() + 1);
  }
}

Expected<void> check_names(const S3Place& place) {
  if (place.bucket.size() < kShortestBucket || place.bucket.size() > kLongestBucket ||
      !is_made_of(place.bucket, "._-"))
    return fail(fmt::format("`{}` is not the name of an S3 bucket.", printable(place.bucket)),
                fmt::format("{}.", kS3Example));
  if (place.key.empty())
    return fail("The state's address names a bucket and no object in it.", fmt::format("{}.", kS3Example));
  if (place.key.size() > kLongestKey || !is_made_of(place.key, "._-/") || !has_plain_parts(place.key))
    return fail(fmt::format("`{}` is not a key that a state can have in a bucket.",
                            printable(shown_value(place.key))),
                "Use letters, digits, `.`, `_` and `-`, with single slashes between them.");
  return {};
}

Expected<http::ServerUrl> parse_endpoint(const std::string& text) {
  auto parsed = http::parse_server_url(text, http::PlainHttp::kAllowed);
  if (!parsed)
    return fail(fmt::format("The endpoint of the state is not valid: {}", parsed.error().message),
                "Write it like endpoint=https://minio.example.com:9000");
  if (!parsed->tls && !http::is_loopback(parsed->host))
    return fail(fmt::format("Plain http:// would send the state to {} unencrypted.", parsed->host),
                "Use an endpoint with https://.");
  return parsed;
}

bool is_region(std::string_view text) {
  return !text.empty() && is_made_of(text, "-_");
}

}  // namespace

Expected<S3Place> parse_s3_state(const StateUrl& url) {
  constexpr std::array<std::string_view, 3> kS3Parameters = {"region", "endpoint", "lease"};
  if (url.text.find('@') != std::string::npos)
    return fail("The state's address holds a user name or password.",
                fmt::format("{}. The credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and "
                            "AWS_SESSION_TOKEN.",
                            kS3Example));
  const auto parts = split_url(url, kS3Parameters);
  if (!parts) return tl::unexpected<Error>(parts.error());
  S3Place place;
  place.bucket = parts->authority;
  place.key = parts->path.empty() ? "" : parts->path.substr(1);
  if (auto valid = check_names(place); !valid) return tl::unexpected<Error>(valid.error());
  const auto lease = lease_of(*parts);
  if (!lease) return tl::unexpected<Error>(lease.error());
  place.lease = *lease;
  place.name = fmt::format("s3://{}/{}", place.bucket, place.key);
  if (const auto endpoint = parts->parameters.find("endpoint"); endpoint != parts->parameters.end()) {
    const auto server = parse_endpoint(endpoint->second);
    if (!server) return tl::unexpected<Error>(server.error());
    place.endpoint = *server;
    place.name += "?endpoint=" + http::to_string(*server);
  }
  if (const auto region = parts->parameters.find("region"); region != parts->parameters.end()) {
    if (!is_region(region->second))
      return fail(fmt::format("`region={}` is not the name of a region.", printable(region->second)),
                  fmt::format("{}.", kS3Example));
    place.region = region->second;
  }
  return place;
}

Expected<std::string> region_of(const S3Place& place, const std::string& usual) {
  if (!place.region.empty()) return place.region;
  if (place.endpoint && place.endpoint->host.ends_with(".r2.cloudflarestorage.com")) return "auto";
  if (usual.empty())
    return fail(
        fmt::format("The region of the state {} is not known.", place.name),
        "Write region=eu-central-1 or another one into the state's address, or set AWS_REGION; where a "
        "server has no regions, us-east-1 is usual.");
  if (!is_region(usual))
    return fail(fmt::format("`{}` in AWS_REGION is not the name of a region.", printable(usual)),
                "It is a word such as eu-central-1.");
  return usual;
}

http::ServerUrl bucket_url(const S3Place& place) {
  if (place.endpoint) {
    http::ServerUrl url = *place.endpoint;
    url.path += "/" + place.bucket;
    return url;
  }
  const std::string domain =
      fmt::format("s3.{}.amazonaws.com{}", place.region, place.region.starts_with("cn-") ? ".cn" : "");
  if (place.bucket.find_first_of("._") != std::string::npos) return {true, domain, 443, "/" + place.bucket};
  return {true, place.bucket + "." + domain, 443, ""};
}

}  // namespace rollcall::store
