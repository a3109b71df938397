#include <functional>
#include <map>

#include "control.hpp"

namespace sandbox {
namespace {

using Setter = std::function<void(Settings&, const Json&)>;

void set_throttle(Settings& settings, const Json& value) {
  if (value.is_null()) return settings.throttle.reset();
  ThrottleSettings throttle;
  throttle.limit = value.at("limit");
  throttle.loopback = value.value("loopback", true);
  const auto minute = value.find("minute");
  if (minute != value.end() && !minute->is_null()) throttle.minute = minute->get<std::int64_t>();
  settings.throttle = throttle;
}

const std::map<std::string, Setter>& setters() {
  static const std::map<std::string, Setter> kSetters = {
      {"latency_ms", [](Settings& s, const Json& v) { s.latency_ms = v; }},
      {"job_delay_ms", [](Settings& s, const Json& v) { s.job_delay_ms = v; }},
      {"fail_rate", [](Settings& s, const Json& v) { s.fail_rate = v; }},
      {"drop_before", [](Settings& s, const Json& v) { s.drop_before = v; }},
      {"drop_after", [](Settings& s, const Json& v) { s.drop_after = v; }},
      {"throttle", set_throttle},
      {"queues", [](Settings& s, const Json& v) { s.queues = v.get<std::set<std::string>>(); }},
      {"redis", [](Settings& s, const Json& v) { s.redis = v; }},
      {"database", [](Settings& s, const Json& v) { s.database = v; }},
      {"enterprise", [](Settings& s, const Json& v) { s.enterprise = v; }},
      {"fresh_boot", [](Settings& s, const Json& v) { s.fresh_boot = v; }},
      {"seats",
       [](Settings& s, const Json& v) {
         if (v.is_null()) return s.seats.reset();
         s.seats = v.get<int>();
       }},
      {"mailer_sender",
       [](Settings& s, const Json& v) {
         if (v.is_null()) return s.mailer_sender.reset();
         s.mailer_sender = v.get<std::string>();
       }},
  };
  return kSetters;
}

}  // namespace

Json settings_json(const Settings& settings) {
  Json throttle = nullptr;
  if (settings.throttle) {
    throttle = {{"limit", settings.throttle->limit},
                {"loopback", settings.throttle->loopback},
                {"minute", settings.throttle->minute ? Json(*settings.throttle->minute) : Json(nullptr)}};
  }
  return {{"latency_ms", settings.latency_ms},
          {"job_delay_ms", settings.job_delay_ms},
          {"fail_rate", settings.fail_rate},
          {"drop_before", settings.drop_before},
          {"drop_after", settings.drop_after},
          {"throttle", throttle},
          {"queues", settings.queues},
          {"redis", settings.redis},
          {"database", settings.database},
          {"enterprise", settings.enterprise},
          {"fresh_boot", settings.fresh_boot},
          {"seats", settings.seats ? Json(*settings.seats) : Json(nullptr)},
          {"mailer_sender", settings.mailer_sender ? Json(*settings.mailer_sender) : Json(nullptr)}};
}

std::optional<std::string> change_settings(Settings& settings, const Json& change) {
  Settings changed = settings;
  for (const auto& [key, value] : change.items()) {
    const auto setter = setters().find(key);
    if (setter == setters().end()) return "Unknown setting " + key;
    try {
      setter->second(changed, value);
    } catch (const nlohmann::json::exception& error) {
      return "The setting " + key + " is not understood: " + error.what();
    }
  }
  settings = changed;
  return std::nullopt;
}

}  // namespace sandbox
