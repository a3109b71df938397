#include "forge/api.hpp"

#include <fmt/format.h>

#include <utility>

#include <nlohmann/json.hpp>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "forge/rate_limit.hpp"
#include "http/headers.hpp"

namespace rollcall::forge {
namespace {

using Json = nlohmann::json;
using Effect = WriteFailure::Effect;

constexpr int kGatewayTimeout = 504;
constexpr std::size_t kPerPage = 100;
/// GitLab and GitHub take a few thousand comments.
constexpr int kMostPages = 100;

bool is_success(const http::Response& response) {
  return response.status == 200 || response.status == 201;
}

/// Null where it is none.
Json parse(const std::string& body) {
  Json document = Json::parse(body, nullptr, false);
  return document.is_discarded() ? Json() : document;
}

/// The forge's own words for a refusal, with a space before them; empty where it has none.
std::string words_of(const http::Response& response) {
  const Json body = parse(response.body);
  std::string words;
  for (const char* key : {"message", "error_description", "error"}) {
    const Json value = value_at(body, key);
    if (value.is_null()) continue;
    words = value.is_string() ? value.get<std::string>() : value.dump();
    break;
  }
  // GitHub's words on the single field.
  if (const Json errors = value_at(body, "errors"); errors.is_array() && !errors.empty())
    if (const std::string first = text_at(errors.front(), "message"); !first.empty()) words += ": " + first;
  return words.empty() ? "" : " " + printable(shown_value(words));
}

Effect effect_of(const http::TransportError& error) {
  if (!error.may_have_arrived) return Effect::kNone;
  const bool slow = error.failure == http::Failure::kTimeout || error.failure == http::Failure::kStopped;
  return slow ? Effect::kMayFollow : Effect::kUnknown;
}

Effect effect_of(const http::Response& response, http::Method method) {
  // A comment that was deleted since it was listed: another look finds none.
  if (response.status == 404 && method != http::Method::kPost) return Effect::kUnknown;
  if (response.status == kGatewayTimeout) return Effect::kMayFollow;
  return response.status >= 500 || is_success(response) ? Effect::kUnknown : Effect::kNone;
}

/// GitLab may leave items out of a page that is not the last, so its size says nothing where the header does.
bool is_last_page(const http::Response& response, std::size_t items) {
  const std::string_view link = http::value_of(response.headers, "Link");
  if (link.empty()) return items < kPerPage;
  return link.find("rel=\"next\"") == std::string_view::npos;
}

}  // namespace

std::int64_t id_at(const Json& object, const char* key) {
  const Json value = value_at(object, key);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

std::string text_at(const Json& object, const char* key) {
  const Json value = value_at(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

Json value_at(const Json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found == object.end() ? Json() : *found;
}

http::Request Api::with_headers(http::Request request) const {
  request.headers.insert(request.headers.end(), headers_.begin(), headers_.end());
  if (!request.body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  return request;
}

Expected<Json> Api::read(http::Request request, std::string_view sense) {
  request.repeatable = true;
  const auto response = transport_->send(with_headers(std::move(request)));
  if (!response) return tl::unexpected<Error>(no_response(response.error(), sense));
  // Where the address is wrong there is no API at all.
  if (response->status == 404) return tl::unexpected<Error>(not_the_api(*response, sense));
  if (!is_success(*response)) return tl::unexpected<Error>(refusal(*response, sense));
  Json document = parse(response->body);
  if (document.is_null()) return tl::unexpected<Error>(not_the_api(*response, sense));
  return document;
}

Expected<void> Api::read_pages(const std::string& path, std::string_view sense,
                               const std::function<void(const Json&)>& on_item) {
  const char between = path.find('?') == std::string::npos ? '?' : '&';
  for (int page = 1; page <= kMostPages; ++page) {
    http::Request request;
    request.path = fmt::format("{}{}per_page={}&page={}", path, between, kPerPage, page);
    request.response_limit = kListLimit;
    request.repeatable = true;
    const auto response = transport_->send(with_headers(std::move(request)));
    if (!response) return tl::unexpected<Error>(no_response(response.error(), sense));
    if (!is_success(*response)) return tl::unexpected<Error>(refusal(*response, sense));
    const Json items = parse(response->body);
    if (!items.is_array()) return tl::unexpected<Error>(not_the_api(*response, sense));
    for (const Json& item : items) on_item(item);
    if (is_last_page(*response, items.size())) return {};
  }
  return fail(
      fmt::format("{} has more than {} comments on {}: the one to keep was not looked for any further.",
                  wording_.forge, with_thousands(kMostPages * kPerPage), wording_.place),
      "Nothing was written. Delete comments that are not needed.");
}

Written Api::create(const std::string& path, const std::string& body) {
  http::Request request;
  request.method = http::Method::kPost;
  request.path = path;
  request.body = Json{{"body", body}}.dump();
  return write(std::move(request), fmt::format("create a comment on {}", wording_.place));
}

Written Api::update(http::Method method, const std::string& path, std::int64_t id, const std::string& body) {
  http::Request request;
  request.method = method;
  request.path = path;
  request.body = Json{{"body", body}}.dump();
  request.repeatable = true;
  return write(std::move(request), fmt::format("update comment {} of {}", id, wording_.place));
}

Written Api::write(http::Request request, std::string_view sense) {
  // A comment on GitLab may be larger than an object of another kind.
  request.response_limit = kListLimit;
  const http::Method method = request.method;
  const auto response = transport_->send(with_headers(std::move(request)));
  if (!response)
    return tl::unexpected(WriteFailure{no_response(response.error(), sense), effect_of(response.error())});
  if (!is_success(*response))
    return tl::unexpected(WriteFailure{refusal(*response, sense), effect_of(*response, method)});
  const Json document = parse(response->body);
  Comment written{id_at(document, "id"), text_at(document, "body")};
  if (written.id <= 0)
    return tl::unexpected(WriteFailure{not_the_api(*response, sense), effect_of(*response, method)});
  return written;
}

Error Api::no_response(const http::TransportError& error, std::string_view sense) const {
  std::string hint = error.hint;
  if (error.failure == http::Failure::kTooLarge)
    hint = fmt::format("Delete comments of {} that are not needed.", wording_.place);
  if (error.failure == http::Failure::kRepeatsToken)
    hint = fmt::format("If a comment of {} shows the token, revoke the token, and delete the comment.",
                       wording_.place);
  return {fmt::format("No response of {} when asked to {}: {}", wording_.forge, sense, error.message), hint};
}

Error Api::lack_of_rights(const http::Response& response, std::string_view sense) const {
  const std::string words = words_of(response);
  if (response.status == 401)
    return {fmt::format("{} does not accept the token of {} (401{}).", wording_.forge, wording_.token, words),
            fmt::format("It may have expired or been revoked. {}", wording_.rights)};
  if (response.status == 403)
    return {fmt::format("The token of {} may not {} (403{}).", wording_.token, sense, words),
            wording_.rights};
  return {fmt::format("{} has no {} that the token of {} may see (404{}).", wording_.forge, wording_.place,
                      wording_.token, words),
          wording_.rights};
}

Error Api::not_the_api(const http::Response& response, std::string_view sense) const {
  std::string what = fmt::format("status {}", response.status);
  const std::string_view location = http::value_of(response.headers, "Location");
  if (response.status >= 300 && response.status < 400 && !location.empty())
    what += fmt::format(", a redirection to {}, which is not followed",
                        printable(shown_value(location.substr(0, location.find_first_of("?#")))));
  else if (!response.content_type.empty())
    what += fmt::format(", {}", printable(shown_value(response.content_type)));
  return {fmt::format("The server that was asked to {} is not {}'s API: {}.", sense, wording_.forge, what),
          "Check the address that the pipeline gives, and any proxy in between."};
}

Error Api::refusal(const http::Response& response, std::string_view sense) const {
  const Time now = clock_.now();
  if (const auto wait = wait_of(response, now))
    return {fmt::format("{} takes no more requests for now ({}), until {}.", wording_.forge, response.status,
                        to_string(Time{now + *wait})),
            "Run the job again after that."};
  const std::string words = words_of(response);
  switch (response.status) {
    case 401:
    case 403:
    case 404:
      return lack_of_rights(response, sense);
    case 400:
    case 413:
    case 422:
      return {fmt::format("{} refused to {} ({}{}).", wording_.forge, sense, response.status, words),
              "A text of many characters beyond ASCII can be too long for it before the limit is reached: "
              "200,000 bytes are always taken."};
    default:
      break;
  }
  if (response.status < 500) return not_the_api(response, sense);
  return {fmt::format("{} failed when asked to {} ({}{}).", wording_.forge, sense, response.status, words),
          "Run the job again when it is well."};
}

}  // namespace rollcall::forge
