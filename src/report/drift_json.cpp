#include <algorithm>
#include <array>

#include "report/document.hpp"
#include "report/json.hpp"
#include "report/report.hpp"

namespace rollcall::report {
namespace {

using Layout = JsonWriter::Layout;

void write_text(JsonWriter& json, std::string_view name, const std::optional<std::string>& text) {
  text ? json.text(name, *text) : json.null(name);
}

void write_item(JsonWriter& json, const plan::DriftItem& item, const SourceFiles& files) {
  json.begin_object();
  json.text("verdict", plan::to_string(item.verdict));
  json.text("address", item.address);
  json.key("setting");
  item.what.empty() ? json.null() : json.text(item.what);
  write_text(json, "wanted", item.wanted);
  write_text(json, "recorded", item.recorded);
  write_text(json, "live", item.live);
  json.key("origin");
  write_origin(json, item.origin, files);
  json.boolean("counts", item.counts);
  json.text("note", item.note);
  json.end_object();
}

void write_totals(JsonWriter& json, const std::vector<plan::DriftItem>& items) {
  using plan::Verdict;
  json.begin_object();
  for (const Verdict verdict : {Verdict::kChanged, Verdict::kGone, Verdict::kUnlisted, Verdict::kAlreadySo,
                                Verdict::kPending, Verdict::kConflict}) {
    const auto count = std::count_if(items.begin(), items.end(),
                                     [&](const plan::DriftItem& item) { return item.verdict == verdict; });
    json.number(plan::to_string(verdict), count);
  }
  json.end_object();
}

std::string document(std::string_view format, const plan::Drift& drift, const SourceFiles& files) {
  JsonWriter json;
  json.begin_object(Layout::kLines);
  json.text("format", format);
  json.number("version", kDocumentVersion);
  json.boolean("drift", std::any_of(drift.items.begin(), drift.items.end(),
                                    [](const plan::DriftItem& item) { return item.counts; }));
  json.key("totals");
  write_totals(json, drift.items);
  json.key("checked");
  json.begin_object();
  json.count("accounts", drift.accounts_checked);
  json.count("users", drift.users_checked);
  json.count("grants", drift.grants_checked);
  json.end_object();
  json.boolean("accounts_listed", drift.accounts_listed);
  json.boolean("users_read", drift.users_read);
  json.key("failures");
  json.begin_array(Layout::kLines);
  for (const plan::ReadFailure& failure : drift.failures) {
    json.begin_object();
    json.text("address", failure.address);
    json.text("message", failure.message);
    json.end_object();
  }
  json.end_array();
  json.key("items");
  json.begin_array(Layout::kLines);
  for (const plan::DriftItem& item : drift.items) write_item(json, item, files);
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace

std::string drift_json(const plan::Drift& drift, const SourceFiles& files) {
  return document("rollcall-drift", drift, files);
}

std::string refresh_json(const plan::Drift& seen, const SourceFiles& files) {
  return document("rollcall-refresh", seen, files);
}

}  // namespace rollcall::report
