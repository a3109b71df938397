#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "json.hpp"

namespace sandbox {

// A request as it came in. Header names in lower case; _ and - stay different, as the server needs them.
struct Message {
  std::string method;
  std::string path;  // as sent, without the query
  std::string query;
  std::multimap<std::string, std::string> headers;
  std::string body;

  // The last value of a header, or empty.
  std::string header(const std::string& name) const;
};

enum class ReplyKind {
  kJson,       // the application's own answer: security headers, ETag on success
  kError,      // the framework's error page: no security headers
  kPage,       // the same as HTML or XML
  kThrottled,  // 429
  kControl,    // of /_sandbox/
  kDropped     // the connection is closed without an answer
};

struct Reply {
  ReplyKind kind = ReplyKind::kJson;
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
};

Reply json_reply(const Json& body);
Reply empty_reply();
// {"error": "..."}
Reply unauthorized(const std::string& message);
// 422 with the messages joined, and the attributes that they are about.
Reply invalid(const std::vector<std::string>& messages, const std::vector<std::string>& attributes);
// 400, 404, 500: {"status": N, "error": "..."}
Reply error_reply(int status);
Reply control_reply(const Json& body, int status = 200);
Reply dropped_reply();
std::string status_text(int status);

// The fields that the server sees in a request: the query, overridden by what it takes from the body.
// None when the body is malformed JSON in the server's eyes.
std::optional<Json> parse_params(const Message& message);

}  // namespace sandbox
