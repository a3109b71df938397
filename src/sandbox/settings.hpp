#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace sandbox {

struct ThrottleSettings {
  int limit = 0;  // requests a minute and address
  bool loopback = true;
  std::optional<std::int64_t> minute;  // a fixed minute in place of the clock's
};

// The state of the installation around its data, as tests may set it. Times in milliseconds.
struct Settings {
  int latency_ms = 0;
  int job_delay_ms = 300;
  double fail_rate = 0;
  double drop_before = 0;
  double drop_after = 0;
  std::optional<ThrottleSettings> throttle;
  std::set<std::string> queues = {"default", "low"};  // those that are worked on
  bool redis = true;
  bool database = true;
  bool enterprise = true;    // the enterprise folder checks the keys of limits
  bool fresh_boot = false;   // GET /api says data_services failing until a request has used the database
  std::optional<int> seats;  // users that the plan's licence allows
  std::optional<std::string> mailer_sender = "Chatwoot <accounts@chatwoot.com>";
  std::string frontend_url;
};

}  // namespace sandbox
