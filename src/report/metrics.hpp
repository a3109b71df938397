#pragma once

#include <string>

#include "report/report.hpp"

/// A drift as metrics, in the text format of Prometheus (version 0.0.4), which the textfile collector of
/// node_exporter reads. docs/drift.md names them.
namespace rollcall::report {

/// Every series, whatever its value, so that none comes and goes.
std::string metrics(const plan::Drift& drift, const Meta& meta);

/// Of a run that has no drift to report: when it was, and that it is not complete.
std::string metrics_of_failure(const Meta& meta);

}  // namespace rollcall::report
