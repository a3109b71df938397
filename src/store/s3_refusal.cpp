#include "store/s3_refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "store/http_status.hpp"

namespace rollcall::store {
namespace {

/// XML's own escapes replaced.
std::string unescape_xml(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kEscapes = {
      {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}}};
  std::string out;
  while (!text.empty()) {
    const auto found = std::find_if(kEscapes.begin(), kEscapes.end(),
                                    [&](const auto& escape) { return text.starts_with(escape.first); });
    out += found == kEscapes.end() ? text.front() : found->second;
    text.remove_prefix(found == kEscapes.end() ? 1 : found->first.size());
  }
  return out;
}

/// The text of the first element of this name, as it may be shown: S3's errors have one level, and no
/// attributes.
std::string element(const http::Response& response, std::string_view name) {
  constexpr std::size_t kLooked = std::size_t{64} << 10U;
  const std::string_view body = std::string_view(response.body).substr(0, kLooked);
  const std::string open = fmt::format("<{}>", name);
  const std::size_t found = body.find(open);
  if (found == std::string_view::npos) return {};
  const std::size_t begin = found + open.size();
  const std::size_t end = body.find('<', begin);
  if (end == std::string_view::npos) return {};
  return printable(shown_value(unescape_xml(body.substr(begin, end - begin))));
}

/// A server's words may repeat what it was sent, the signature among it, which is 64 hexadecimal digits.
bool may_hold_signature(std::string_view text) {
  constexpr std::size_t kSuspicious = 32;
  std::size_t digits = 0;
  for (const char c : text) {
    const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    digits = is_digit ? digits + 1 : 0;
    if (digits >= kSuspicious) return true;
  }
  return false;
}

/// "NoSuchKey: The specified key does not exist."
std::string words_of(const http::Response& response) {
  std::string code = s3_code(response);
  if (code.empty()) return {};
  const std::string message = element(response, "Message");
  if (message.empty() || may_hold_signature(message)) return code;
  return fmt::format("{}: {}", code, message);
}

template <std::size_t Count>
bool is_one_of(std::string_view code, const std::array<std::string_view, Count>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

Error explain_region(const S3Place& place, const http::Response& response, const std::string& code) {
  std::string region = element(response, "Region");
  if (region.empty()) region = printable(http::value_of(response.headers, "x-amz-bucket-region"));
  if (region.empty())
    return {fmt::format("The bucket {} is not where the request went: it is in another region than {}, or on "
                        "another server ({}).",
                        place.bucket, place.region, code.empty() ? std::to_string(response.status) : code),
            "Correct region= or endpoint= in the state's address, or AWS_REGION."};
  return {fmt::format("The bucket {} is in the region {}, and the request was made for {}.", place.bucket,
                      region, place.region),
          fmt::format("Write region={} into the state's address, or set AWS_REGION.", region)};
}

Error explain_skew(const S3Place& place, const http::Response& response) {
  const std::string ours = element(response, "RequestTime");
  std::string theirs = element(response, "ServerTime");
  if (theirs.empty()) theirs = printable(http::value_of(response.headers, "Date"));
  return {fmt::format("The clocks of this machine and of the server of the state {} differ by more than the "
                      "server takes (RequestTimeTooSkewed): here it is {}, there {}.",
                      place.name, ours.empty() ? "another time" : ours, theirs),
          "Set this machine's clock; a time service (NTP) keeps it right."};
}

Error explain_key(const S3Place& place, const std::string& code) {
  if (code == "InvalidAccessKeyId")
    return {fmt::format("The server of the state {} does not know the access key ({}).", place.name, code),
            "Check AWS_ACCESS_KEY_ID, and whether the key is of this server and still active. Temporary "
            "credentials need AWS_SESSION_TOKEN, too."};
  if (code == "SignatureDoesNotMatch")
    return {
        fmt::format("The server of the state {} did not accept the signature ({}): the secret key does not "
                    "belong to the access key.",
                    place.name, code),
        "Check AWS_SECRET_ACCESS_KEY. Where it is right, a proxy on the way may change the requests."};
  return {fmt::format("The session of the credentials for the state {} is over or not valid ({}).",
                      place.name, code),
          "Get new credentials, and set AWS_SESSION_TOKEN together with the keys that it belongs to. They "
          "have to last longer than the run."};
}

Error explain_access(const S3Place& place, std::string_view what, const std::string& code) {
  return {
      fmt::format("These credentials may not have the state {} {} ({}).", place.name, what,
                  code.empty() ? "403" : code),
      fmt::format("On the bucket they need s3:ListBucket, without which S3 denies what is not there yet; on "
                  "{} s3:GetObject and, to apply, s3:PutObject; on {}.lock s3:DeleteObject besides. A "
                  "bucket of another account has to allow them in its own policy, too.",
                  place.key, place.key)};
}

}  // namespace

std::string s3_code(const http::Response& response) {
  return element(response, "Code");
}

Error explain_s3(const S3Place& place, const http::Response& response, std::string_view what) {
  constexpr std::array<std::string_view, 5> kKey = {"InvalidAccessKeyId", "SignatureDoesNotMatch",
                                                    "ExpiredToken", "InvalidToken", "TokenRefreshRequired"};
  constexpr std::array<std::string_view, 4> kRegion = {"AuthorizationHeaderMalformed", "PermanentRedirect",
                                                       "TemporaryRedirect",
                                                       "IllegalLocationConstraintException"};
  const std::string code = s3_code(response);
  if (is_one_of(code, kKey)) return explain_key(place, code);
  if (is_one_of(code, kRegion) || response.status == 301 || response.status == 307)
    return explain_region(place, response, code);
  if (code == "RequestTimeTooSkewed") return explain_skew(place, response);
  if (code == "NoSuchBucket")
    return {fmt::format("There is no bucket {} for the state {} ({}).", place.bucket, place.name, code),
            "Create it, or correct the bucket, the region or the endpoint in the state's address."};
  if (response.status == kForbidden) return explain_access(place, what, code);
  if (code == "EntityTooLarge" || response.status == kTooLarge)
    return {fmt::format("The state is too large for {} ({}).", place.name, response.status),
            "The server sets the limit; S3 takes 5 GB."};
  const std::string words = words_of(response);
  return {fmt::format("The server of the state {} answered {}{}.", place.name, response.status,
                      words.empty() ? "" : fmt::format(" ({})", words)),
          response.status >= kServerError || code == "SlowDown"
              ? "Try again when the server is well."
              : "Check that the address of the state is right, and that its server speaks S3."};
}

}  // namespace rollcall::store
