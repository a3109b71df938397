#include "journal.hpp"

#include <algorithm>

#include "text.hpp"

namespace sandbox {
namespace {

constexpr std::size_t kMostEntries = 100'000;
constexpr std::size_t kLongestBody = 64 * 1024;

void mask(Json& value) {
  if (value.is_object()) {
    for (auto& [key, item] : value.items()) {
      if (key == "password" && !item.is_null()) {
        item = "<secret>";
      } else {
        mask(item);
      }
    }
  } else if (value.is_array()) {
    for (Json& item : value) mask(item);
  }
}

// The body as JSON, or its size only: what is not understood may hold a secret.
Json masked_body(const std::string& body) {
  if (body.empty()) return nullptr;
  Json value =
      body.size() > kLongestBody ? Json(Json::value_t::discarded) : Json::parse(body, nullptr, false);
  if (!value.is_structured()) return "<" + std::to_string(body.size()) + " bytes>";
  mask(value);
  return value;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Method and path, with :id for the digits that follow a slash.
std::string endpoint_of(const Message& message) {
  std::string endpoint = message.method + " ";
  for (std::size_t i = 0; i < message.path.size(); ++i) {
    const bool starts_id = is_digit(message.path[i]) && i > 0 && message.path[i - 1] == '/';
    endpoint += starts_id ? ":id" : message.path.substr(i, 1);
    while (starts_id && i + 1 < message.path.size() && is_digit(message.path[i + 1])) ++i;
  }
  return endpoint;
}

}  // namespace

std::uint64_t Journal::begin(const Message& message, std::optional<std::size_t> app) {
  Entry entry;
  entry.at = now_ms();
  entry.app = app;
  entry.method = message.method;
  entry.path = message.path + (message.query.empty() ? "" : "?" + message.query);
  entry.body = masked_body(message.body);
  const std::string endpoint = endpoint_of(message);
  const std::lock_guard lock(mutex_);
  entry.number = ++last_;
  entries_.push_back(std::move(entry));
  if (entries_.size() > kMostEntries) entries_.pop_front();
  ++requests_;
  ++by_endpoint_[endpoint];
  most_in_flight_ = std::max(most_in_flight_, ++in_flight_);
  return last_;
}

void Journal::finish(std::uint64_t number, int status) {
  const std::lock_guard lock(mutex_);
  --in_flight_;
  ++by_status_[status];
  const auto it =
      std::lower_bound(entries_.begin(), entries_.end(), number,
                       [](const Entry& entry, std::uint64_t wanted) { return entry.number < wanted; });
  if (it != entries_.end() && it->number == number) it->status = status;
}

Json Journal::entries(std::uint64_t after) const {
  const std::lock_guard lock(mutex_);
  Json list = Json::array();
  for (const Entry& entry : entries_) {
    if (entry.number <= after) continue;
    list.push_back({{"number", entry.number},
                    {"at", iso_time(entry.at)},
                    {"app", entry.app ? Json(*entry.app) : Json(nullptr)},
                    {"method", entry.method},
                    {"path", entry.path},
                    {"body", entry.body},
                    {"status", entry.status ? Json(*entry.status) : Json(nullptr)}});
  }
  return list;
}

Json Journal::counters() const {
  const std::lock_guard lock(mutex_);
  Json statuses = Json::object();
  for (const auto& [status, count] : by_status_) statuses[std::to_string(status)] = count;
  return {{"requests", requests_},
          {"in_flight", in_flight_},
          {"most_in_flight", most_in_flight_},
          {"by_status", statuses},
          {"by_endpoint", by_endpoint_}};
}

void Journal::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  by_status_.clear();
  by_endpoint_.clear();
  requests_ = 0;
  most_in_flight_ = in_flight_;
}

}  // namespace sandbox
