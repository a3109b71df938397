#include "message.hpp"

#include <algorithm>
#include <string_view>

#include "text.hpp"

namespace sandbox {
namespace {

// Ruby's JSON parser takes 100 levels, the outermost counted.
constexpr int kMaxNesting = 100;

int nesting_of(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

// Rails drops null from arrays, on every level.
void compact_arrays(Json& value) {
  if (value.is_array()) {
    Json kept = Json::array();
    for (Json& item : value) {
      if (!item.is_null()) kept.push_back(std::move(item));
    }
    value = std::move(kept);
  }
  if (value.is_structured()) {
    for (Json& item : value) compact_arrays(item);
  }
}

std::optional<Json> parse_json(const std::string& body) {
  if (body.empty()) return Json::object();
  const bool marked = starts_with_ignoring_case(body, "\xEF\xBB\xBF");
  if (marked || nesting_of(body) > kMaxNesting) return std::nullopt;
  Json value = Json::parse(body, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  if (!value.is_object()) return Json::object();
  compact_arrays(value);
  return value;
}

void add_pairs(Json& params, std::string_view text) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string key = url_decode(pair.substr(0, equals));
    if (equals == std::string_view::npos) {
      params[key] = nullptr;
    } else {
      params[key] = url_decode(pair.substr(equals + 1));
    }
  }
}

std::string after(const std::string& text, const std::string& marker, const std::string& end) {
  const std::size_t start = text.find(marker);
  if (start == std::string::npos) return {};
  const std::size_t from = start + marker.size();
  return text.substr(from, text.find(end, from) - from);
}

void add_parts(Json& params, const std::string& content_type, const std::string& body) {
  const std::string boundary = "--" + after(content_type + ";", "boundary=", ";");
  std::size_t start = body.find(boundary);
  while (start != std::string::npos) {
    const std::size_t next = body.find(boundary, start + boundary.size());
    const std::string part = body.substr(start, next == std::string::npos ? next : next - start);
    const std::size_t head = part.find("\r\n\r\n");
    const std::string name = after(part.substr(0, head), " name=\"", "\"");
    if (!name.empty() && head != std::string::npos) {
      params[name] = part.substr(head + 4, part.size() - head - 6);
    }
    start = next;
  }
}

}  // namespace

std::string Message::header(const std::string& name) const {
  const auto range = headers.equal_range(name);
  return range.first == range.second ? std::string() : std::prev(range.second)->second;
}

std::string status_text(int status) {
  static const std::map<int, std::string> kTexts = {{200, "OK"},
                                                    {304, "Not Modified"},
                                                    {400, "Bad Request"},
                                                    {401, "Unauthorized"},
                                                    {403, "Forbidden"},
                                                    {404, "Not Found"},
                                                    {406, "Not Acceptable"},
                                                    {409, "Conflict"},
                                                    {422, "Unprocessable Entity"},
                                                    {429, "Too Many Requests"},
                                                    {500, "Internal Server Error"},
                                                    {502, "Bad Gateway"},
                                                    {503, "Service Unavailable"},
                                                    {504, "Gateway Timeout"}};
  const auto it = kTexts.find(status);
  return it == kTexts.end() ? "Status " + std::to_string(status) : it->second;
}

// What a text column holds may be half a character after a cut; never fail on it.
static std::string text_of(const Json& body) {
  return body.dump(-1, ' ', false, nlohmann::detail::error_handler_t::replace);
}

Reply json_reply(const Json& body) {
  return {ReplyKind::kJson, 200, "application/json; charset=utf-8", text_of(body)};
}

Reply empty_reply() {
  return {ReplyKind::kJson, 200, "application/json", ""};
}

Reply unauthorized(const std::string& message) {
  return {ReplyKind::kJson, 401, "application/json; charset=utf-8", text_of({{"error", message}})};
}

Reply invalid(const std::vector<std::string>& messages, const std::vector<std::string>& attributes) {
  std::string joined;
  for (const std::string& message : messages) joined += (joined.empty() ? "" : ", ") + message;
  return {ReplyKind::kJson, 422, "application/json; charset=utf-8",
          text_of({{"message", joined}, {"attributes", attributes}})};
}

Reply error_reply(int status) {
  return {ReplyKind::kError, status, "application/json; charset=UTF-8",
          text_of({{"status", status}, {"error", status_text(status)}})};
}

Reply control_reply(const Json& body, int status) {
  return {ReplyKind::kControl, status, "application/json; charset=utf-8", text_of(body) + "\n"};
}

Reply dropped_reply() {
  return {ReplyKind::kDropped, 0, "", ""};
}

std::optional<Json> parse_params(const Message& message) {
  Json params = Json::object();
  add_pairs(params, message.query);
  const std::string content_type = message.header("content-type");
  if (starts_with_ignoring_case(content_type, "multipart/form-data")) {
    add_parts(params, content_type, message.body);
  } else if (starts_with_ignoring_case(content_type, "application/x-www-form-urlencoded")) {
    add_pairs(params, message.body);
  } else if (lower(strip(content_type.substr(0, content_type.find(';')))) == "application/json") {
    std::optional<Json> fields = parse_json(message.body);
    if (!fields) return std::nullopt;
    params.update(*fields);
  }
  return params;
}

}  // namespace sandbox
