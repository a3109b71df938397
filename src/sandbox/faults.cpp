#include "faults.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sandbox {
namespace {

constexpr std::array kPoints = {"before", "lookup", "validated", "row", "features", "after"};
constexpr std::array kActions = {"hold", "fail", "drop"};

template <typename List>
bool contains(const List& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// An expression that is too much for a path does not match it.
bool matches(const std::regex& expression, const std::string& path) {
  try {
    return std::regex_search(path, expression);
  } catch (const std::regex_error&) {
    return false;
  }
}

void end_with(const std::string& action, int status) {
  if (action == "fail") throw Interrupted{error_reply(status)};
  if (action == "drop") throw Interrupted{dropped_reply()};
}

}  // namespace

std::optional<std::string> Faults::add(const Json& order, int& id) {
  Fault fault;
  try {
    fault.order = order;
    fault.method = order.value("method", "");
    fault.path = std::regex(order.value("path", ""));
    fault.body = order.value("body", "");
    fault.point = order.value("point", "before");
    fault.action = order.value("action", "hold");
    fault.status = order.value("status", 500);
    fault.nth = order.value("nth", 1);
    fault.count = order.value("count", 1);
  } catch (const std::exception& error) {
    return std::string("The fault is not understood: ") + error.what();
  }
  if (!contains(kPoints, fault.point)) return "Unknown point " + fault.point;
  if (!contains(kActions, fault.action)) return "Unknown action " + fault.action;
  const std::lock_guard lock(mutex_);
  id = fault.id = ++last_id_;
  faults_.push_back(std::move(fault));
  return std::nullopt;
}

bool Faults::remove(int id) {
  const std::lock_guard lock(mutex_);
  const auto removed = faults_.remove_if([&](const Fault& fault) { return fault.id == id; });
  changed_.notify_all();
  return removed > 0;
}

void Faults::clear() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
  changed_.notify_all();
}

bool Faults::release(int id, const Json& then) {
  std::unique_lock lock(mutex_);
  Fault* fault = find(id);
  if (fault == nullptr || fault->state != "held" || !fault->then.is_null()) return false;
  fault->then = then;
  changed_.notify_all();
  // A fault that is removed before its request has seen the word would let that request go on.
  changed_.wait(lock, [&] {
    fault = find(id);
    return stopped_ || fault == nullptr || fault->then.is_null();
  });
  return true;
}

std::optional<Json> Faults::describe(int id) const {
  const std::lock_guard lock(mutex_);
  const Fault* fault = find(id);
  return fault == nullptr ? std::nullopt : std::optional<Json>(describe(*fault));
}

Json Faults::describe() const {
  const std::lock_guard lock(mutex_);
  Json list = Json::array();
  for (const Fault& fault : faults_) list.push_back(describe(fault));
  return list;
}

void Faults::await(int id, std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, longest, [&] {
    const Fault* fault = find(id);
    return stopped_ || fault == nullptr || (fault->state != "waiting" && fault->state != "met");
  });
}

int Faults::held() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::count_if(faults_.begin(), faults_.end(),
                                        [](const Fault& fault) { return fault.state == "held"; }));
}

std::optional<Faults::Met> Faults::match(const Message& message, const std::string& path) {
  const std::lock_guard lock(mutex_);
  std::optional<Met> met;
  for (Fault& fault : faults_) {
    const bool fits = (fault.method.empty() || fault.method == message.method) && matches(fault.path, path) &&
                      (fault.body.empty() || message.body.find(fault.body) != std::string::npos);
    if (!fits) continue;
    ++fault.seen;
    if (met || fault.seen < fault.nth || fault.met >= fault.count || fault.state == "held") continue;
    ++fault.met;
    fault.state = "met";
    met = Met{fault.id, fault.action == "hold"};
  }
  return met;
}

void Faults::reach(std::optional<int> id, const std::string& point) {
  if (!id) return;
  std::unique_lock lock(mutex_);
  Fault* fault = find(*id);
  if (fault == nullptr || fault->point != point) return;
  if (fault->action != "hold") {
    // Whatever became of another request that met the same fault meanwhile.
    fault->state = "done";
    changed_.notify_all();
    end_with(fault->action, fault->status);
  }
  if (fault->state != "met") return;
  fault->state = "held";
  changed_.notify_all();
  changed_.wait(lock, [&] {
    fault = find(*id);
    return stopped_ || fault == nullptr || !fault->then.is_null();
  });
  if (fault == nullptr || stopped_) return;
  fault->state = "done";
  const Json then = std::exchange(fault->then, nullptr);
  changed_.notify_all();
  if (then.is_number_integer()) end_with("fail", then.get<int>());
  if (then == "drop") end_with("drop", 0);
}

void Faults::finish(std::optional<int> id) {
  if (!id) return;
  const std::lock_guard lock(mutex_);
  Fault* fault = find(*id);
  if (fault == nullptr || fault->state != "met") return;
  fault->state = "missed";
  changed_.notify_all();
}

void Faults::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

Faults::Fault* Faults::find(int id) {
  const auto it =
      std::find_if(faults_.begin(), faults_.end(), [&](const Fault& fault) { return fault.id == id; });
  return it == faults_.end() ? nullptr : &*it;
}

const Faults::Fault* Faults::find(int id) const {
  const auto it =
      std::find_if(faults_.begin(), faults_.end(), [&](const Fault& fault) { return fault.id == id; });
  return it == faults_.end() ? nullptr : &*it;
}

Json Faults::describe(const Fault& fault) {
  return {{"id", fault.id},
          {"state", fault.state},
          {"seen", fault.seen},
          {"met", fault.met},
          {"order", fault.order}};
}

}  // namespace sandbox
