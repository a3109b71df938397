// How long the largest responses take to read: the members of an account beside a bare scan of the same JSON,
// and what a hostile server may send. Exits with 1 where a limit is broken.
#include <fmt/format.h>

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "chatwoot/client.hpp"

namespace {

using namespace rollcall;

class OneResponse final : public http::Transport {
 public:
  explicit OneResponse(std::string_view body) : body_(body) {}
  tl::expected<http::Response, http::TransportError> send(const http::Request&) override {
    http::Response response;
    response.status = 200;
    response.content_type = "application/json";
    response.body = body_;
    return response;
  }

 private:
  std::string_view body_;
};

/// Of the processor, which other work on the machine disturbs less than the clock on the wall.
template <class Work>
double milliseconds(const Work& work) {
  const std::clock_t start = std::clock();
  work();
  return 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

std::string members(int count) {
  std::string body = "[";
  for (int user = 1; user <= count; ++user)
    body += fmt::format(
        R"({}{{"id":{},"account_id":3,"user_id":{},"inviter_id":null,"availability":"offline","auto_offline":true,)"
        R"("custom_role_id":null,"role":"agent","created_at":"2026-05-01T12:00:00.000Z",)"
        R"("updated_at":"2026-05-01T12:00:00.000Z"}})",
        user == 1 ? "" : ",", user + 10, user);
  return body + "]";
}

std::string repeated(std::string_view item, std::size_t bytes) {
  std::string body = "[";
  while (body.size() + item.size() + 2 < bytes) body.append(body.size() == 1 ? "" : ",").append(item);
  return body + "]";
}

/// True where the limit holds. `rows`: how many have to come out; nothing where the response is refused.
bool measure(std::string_view name, const std::string& body, std::optional<std::size_t> rows, double most) {
  bool scanned = false;
  std::optional<std::size_t> read;
  const double scan = milliseconds([&] { scanned = nlohmann::json::accept(body); });
  const double took = milliseconds([&] {
    OneResponse server(body);
    if (const auto list = chatwoot::Client(server).list_members(3)) read = list->size();
  });
  const bool holds = scanned && read == rows && took <= most;
  fmt::print("{:<34} {:>6.1f} MiB  read {:>6.0f} ms  bare scan {:>6.0f} ms  at most {:>6.0f} ms  {}\n", name,
             static_cast<double>(body.size()) / (1 << 20), took, scan, most, holds ? "holds" : "BROKEN");
  return holds;
}

}  // namespace

int main() {
  constexpr std::size_t kLargest = std::size_t{63} << 20U;
  bool holds = measure("200,000 members", members(200'000), 200'000, 1000);
  holds &= measure("empty objects", repeated("{}", kLargest), std::nullopt, 3000);
  holds &= measure("one object of many values", "[" + repeated("{}", kLargest) + "]", std::nullopt, 3000);
  holds &=
      measure("one object of many keys", "[{\"a\":" + repeated("[]", kLargest) + "}]", std::nullopt, 3000);
  holds &= measure("one long text", "[\"" + std::string(kLargest, 'x') + "\"]", std::nullopt, 3000);
  return holds ? 0 : 1;
}
