#include "report/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace rollcall::report {
namespace {

/// The metrics in the order in which they are added. All are gauges: a report is a look at a moment.
class Metrics {
 public:
  void family(std::string_view name, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} gauge\n", name, help, name);
  }
  /// Labels are words of this program, which need no escape.
  void sample(std::int64_t value, std::string_view labels = {}) {
    text_ += labels.empty() ? fmt::format("{} {}\n", name_, value)
                            : fmt::format("{}{{{}}} {}\n", name_, labels, value);
  }
  void sample(std::size_t value, std::string_view labels = {}) {
    sample(static_cast<std::int64_t>(value), labels);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string_view name_;
  std::string text_;
};

std::int64_t seconds_of(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

void add_run(Metrics& metrics, const Meta& meta, bool is_complete) {
  metrics.family("rollcall_drift_last_run_timestamp_seconds", "When the last drift report was made.");
  metrics.sample(seconds_of(meta.time));
  metrics.family("rollcall_drift_complete", "Whether nothing failed that the report had to read.");
  metrics.sample(std::int64_t{is_complete});
}

void add_findings(Metrics& metrics, const std::vector<plan::DriftItem>& items) {
  metrics.family("rollcall_drift_findings", "Findings by verdict, and whether they count as drift.");
  for (const std::string_view verdict : model::verdict_words())
    for (const bool counts : {true, false})
      metrics.sample(static_cast<std::int64_t>(std::count_if(items.begin(), items.end(),
                                                             [&](const plan::DriftItem& item) {
                                                               return to_string(item.verdict) == verdict &&
                                                                      item.counts == counts;
                                                             })),
                     fmt::format(R"(verdict="{}",counts="{}")", verdict, counts));
  metrics.family("rollcall_drift_acknowledged", "Findings that the project file acknowledges.");
  metrics.sample(
      static_cast<std::int64_t>(std::count_if(items.begin(), items.end(), [](const plan::DriftItem& item) {
        return item.acknowledged.has_value();
      })));
}

void add_state(Metrics& metrics, const Meta& meta) {
  if (meta.serial) {
    metrics.family("rollcall_state_serial", "Serial of the recorded state.");
    metrics.sample(*meta.serial);
  }
  if (meta.state_written_at) {
    metrics.family("rollcall_state_written_timestamp_seconds", "When the recorded state was written.");
    metrics.sample(seconds_of(*meta.state_written_at));
  }
}

}  // namespace

std::string metrics(const plan::Drift& drift, const Meta& meta) {
  Metrics metrics;
  add_run(metrics, meta, plan::is_complete(drift));
  add_findings(metrics, drift.items);
  metrics.family("rollcall_drift_objects_checked", "What the report has compared, by kind.");
  metrics.sample(drift.accounts_checked, R"(kind="accounts")");
  metrics.sample(drift.users_checked, R"(kind="users")");
  metrics.sample(drift.grants_checked, R"(kind="grants")");
  metrics.family("rollcall_drift_read_failures", "Reads of the server that failed.");
  metrics.sample(drift.failures.size());
  add_state(metrics, meta);
  return metrics.take();
}

std::string metrics_of_failure(const Meta& meta) {
  Metrics metrics;
  add_run(metrics, meta, false);
  return metrics.take();
}

}  // namespace rollcall::report
