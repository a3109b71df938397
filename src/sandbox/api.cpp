#include "api.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "router.hpp"
#include "text.hpp"

namespace sandbox {
namespace {

constexpr std::int64_t kMinute = 60'000;

std::string address_of(const Message& message) {
  const std::string forwarded = message.header("x-forwarded-for");
  return forwarded.empty() ? "127.0.0.1" : strip(forwarded.substr(forwarded.rfind(',') + 1));
}

Reply retry_later() {
  return {ReplyKind::kThrottled, 429, "text/plain", "Retry later\n"};
}

// As a proxy in front of a server that is down.
Reply unavailable() {
  return {ReplyKind::kPage, 503, "text/html", "<html><body><h1>503 Service Unavailable</h1></body></html>\n"};
}

}  // namespace

Api::Api(World& world, Journal& journal, std::uint64_t seed)
    : world_(world), journal_(journal), random_(seed) {}

bool Api::chance(double probability) {
  if (probability <= 0) return false;
  const std::lock_guard lock(mutex_);
  return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

bool Api::throttled(const Message& message, const Settings& settings) {
  // The counter is in Redis; without it nobody is throttled.
  if (!settings.throttle || !settings.redis) return false;
  const std::string address = address_of(message);
  if (address == "127.0.0.1" && !settings.throttle->loopback) return false;
  const std::int64_t window = settings.throttle->minute.value_or(now_ms() / kMinute);
  const std::lock_guard lock(mutex_);
  if (window != window_) {
    window_ = window;
    seen_in_window_.clear();
  }
  return ++seen_in_window_[address] > settings.throttle->limit;
}

Reply Api::answer(const Message& message, const std::string& path, const Settings& settings) {
  if (chance(settings.drop_before)) return dropped_reply();
  if (chance(settings.fail_rate)) return unavailable();
  const std::optional<int> fault = world_.faults.match(message, path);
  try {
    world_.faults.reach(fault, "before");
    if (throttled(message, settings)) {
      world_.faults.finish(fault);
      return retry_later();
    }
    const Reply reply = route(world_, message, path, fault);
    world_.faults.reach(fault, "after");
    world_.faults.finish(fault);
    return chance(settings.drop_after) ? dropped_reply() : reply;
  } catch (const Interrupted& interrupted) {
    return interrupted.reply;
  }
}

Reply Api::handle(const Message& received) {
  Message message = received;
  const std::string override = message.header("x-http-method-override");
  if (message.method == "POST" && !override.empty()) message.method = override;
  const std::string path = normalized(message.path);
  std::optional<std::size_t> app;
  Settings settings;
  {
    const Lock lock(world_.mutex);
    settings = world_.settings;
    const auto it = std::find(world_.apps.begin(), world_.apps.end(), token_of(message));
    if (it != world_.apps.end()) app = static_cast<std::size_t>(it - world_.apps.begin());
  }
  const std::uint64_t number = journal_.begin(message, app);
  if (settings.latency_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(settings.latency_ms));
  Reply reply;
  try {
    reply = answer(message, path, settings);
  } catch (const std::exception&) {
    // A bug of the sandbox; the server would say no more either.
    reply = error_reply(500);
  }
  journal_.finish(number, reply.status);
  return reply;
}

}  // namespace sandbox
