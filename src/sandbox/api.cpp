#include "api.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

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

Reply Api::answer_at_points(const Request& request, std::optional<int> fault) {
  world_.faults.reach(fault, "before");
  if (throttled(request.message, request.settings)) {
    world_.faults.finish(fault);
    return retry_later();
  }
  Reply reply = route(world_, request.message, request.path, fault);
  world_.faults.reach(fault, "after");
  world_.faults.finish(fault);
  return chance(request.settings.drop_after) ? dropped_reply() : reply;
}

Reply Api::answer(const Request& request, std::optional<int> fault) {
  try {
    return answer_at_points(request, fault);
  } catch (const Interrupted& interrupted) {
    return interrupted.reply;
  } catch (const std::exception&) {
    // A bug of the sandbox; the server would say no more either.
    return error_reply(500);
  }
}

void Api::finish(Request& request, Reply reply) {
  journal_.finish(request.number, reply.status);
  request.respond(std::move(reply));
}

void Api::begin(const std::shared_ptr<Request>& request) {
  if (chance(request->settings.drop_before)) return finish(*request, dropped_reply());
  if (chance(request->settings.fail_rate)) return finish(*request, unavailable());
  const std::optional<Faults::Met> met = world_.faults.match(request->message, request->path);
  if (!met) return finish(*request, answer(*request, std::nullopt));
  const auto work = [this, request, id = met->id] { finish(*request, answer(*request, id)); };
  if (met->may_hold) {
    threads_.start(work);
  } else {
    work();
  }
}

void Api::handle(Message message, std::function<void(Reply)> respond) {
  const auto request = std::make_shared<Request>();
  const std::string override = message.header("x-http-method-override");
  if (message.method == "POST" && !override.empty()) message.method = override;
  request->message = std::move(message);
  request->path = normalized(request->message.path);
  request->respond = std::move(respond);
  std::optional<std::size_t> app;
  {
    const Lock lock(world_.mutex);
    request->settings = world_.settings;
    const auto it = std::find(world_.apps.begin(), world_.apps.end(), token_of(request->message));
    if (it != world_.apps.end()) app = static_cast<std::size_t>(it - world_.apps.begin());
  }
  request->number = journal_.begin(request->message, app);
  if (request->settings.latency_ms > 0) {
    timer_.after(std::chrono::milliseconds(request->settings.latency_ms),
                 [this, request] { begin(request); });
  } else {
    begin(request);
  }
}

}  // namespace sandbox
