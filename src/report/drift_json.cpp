#include <algorithm>
#include <array>

#include "report/document.hpp"
#include "report/drift_words.hpp"
#include "report/json.hpp"
#include "report/report.hpp"

namespace rollcall::report {
namespace {

using Layout = JsonWriter::Layout;

/// As the server types it; null for nothing, for a setting that is absent, and for a membership without a
/// role.
void write_fact(JsonWriter& json, std::string_view name, const std::optional<plan::Fact>& fact) {
  struct Write {
    JsonWriter& json;
    void operator()(const model::Value& value) const { json.value(value); }
    void operator()(const std::optional<model::Role>& role) const {
      role ? json.text(to_string(*role)) : json.null();
    }
    void operator()(const std::string& text) const { json.text(text); }
  };
  json.key(name);
  fact ? std::visit(Write{json}, *fact) : json.null();
}

constexpr std::array<std::string_view, 9> kSecondLooks = {"",
                                                          "stale_state",
                                                          "unlisted_administrator",
                                                          "raised_role",
                                                          "sign_in_address",
                                                          "expired",
                                                          "active_again",
                                                          "leaver",
                                                          "ends_access"};

/// What items of a drift and of a refresh have in common.
void write_item(JsonWriter& json, const plan::DriftItem& item, const SourceFiles& files) {
  json.text("verdict", to_string(item.verdict));
  json.text("address", item.address);
  json.key("setting");
  item.what.empty() ? json.null() : json.text(item.what);
  write_fact(json, "wanted", item.wanted);
  write_fact(json, "recorded", item.recorded);
  write_fact(json, "live", item.live);
  json.boolean("live_read", item.live_read);
  json.key("origin");
  write_origin(json, item.origin, files);
  json.boolean("counts", item.counts);
  json.key("second_look");
  if (item.second_look == plan::SecondLook::kNone)
    json.null();
  else
    json.text(kSecondLooks.at(static_cast<std::size_t>(item.second_look)));
  json.text("note", note_text(item.note));
}

void write_totals(JsonWriter& json, const std::vector<plan::DriftItem>& items) {
  json.begin_object();
  for (const std::string_view verdict : model::verdict_words())
    json.number(verdict, std::count_if(items.begin(), items.end(), [&](const plan::DriftItem& item) {
                  return to_string(item.verdict) == verdict;
                }));
  json.end_object();
}

void write_checked(JsonWriter& json, std::size_t accounts, std::size_t users, std::size_t grants) {
  json.begin_object();
  json.count("accounts", accounts);
  json.count("users", users);
  json.count("grants", grants);
  json.end_object();
}

void write_failures(JsonWriter& json, const std::vector<plan::ReadFailure>& failures) {
  json.begin_array(Layout::kLines);
  for (const plan::ReadFailure& failure : failures) {
    json.begin_object();
    json.text("address", failure.address);
    json.text("message", failure.message);
    json.end_object();
  }
  json.end_array();
}

void write_acknowledgements(JsonWriter& json, const std::vector<plan::Acknowledgement>& acknowledgements,
                            const SourceFiles& files) {
  json.begin_array(Layout::kLines);
  for (const plan::Acknowledgement& acknowledgement : acknowledgements) {
    json.begin_object();
    json.key("addresses");
    json.begin_array();
    for (const std::string& pattern : acknowledgement.entry.addresses) json.text(pattern);
    json.end_array();
    json.text("reason", acknowledgement.entry.reason);
    json.text("until", to_string(acknowledgement.entry.until));
    json.key("origin");
    write_origin(json, acknowledgement.entry.origin, files);
    json.boolean("ended", acknowledgement.has_ended);
    json.count("findings", acknowledgement.findings);
    json.end_object();
  }
  json.end_array();
}

void begin_items(JsonWriter& json, std::string_view format, const Meta& meta,
                 const std::vector<plan::DriftItem>& items) {
  begin_document(json, format, meta);
  json.boolean("drift", std::any_of(items.begin(), items.end(),
                                    [](const plan::DriftItem& item) { return item.counts; }));
  json.key("totals");
  write_totals(json, items);
}

}  // namespace

std::string drift_json(const plan::Drift& drift, const SourceFiles& files, const Meta& meta) {
  JsonWriter json;
  begin_items(json, "rollcall-drift", meta, drift.items);
  json.key("checked");
  write_checked(json, drift.accounts_checked, drift.users_checked, drift.grants_checked);
  json.boolean("accounts_listed", drift.accounts_listed);
  json.boolean("accounts_searched", drift.accounts_searched);
  json.boolean("bots_listed", drift.bots_listed);
  json.boolean("users_read", drift.users_read);
  json.key("failures");
  write_failures(json, drift.failures);
  json.key("items");
  json.begin_array(Layout::kLines);
  for (const plan::DriftItem& item : drift.items) {
    json.begin_object();
    write_item(json, item, files);
    item.acknowledged ? json.count("acknowledged", *item.acknowledged) : json.null("acknowledged");
    json.end_object();
  }
  json.end_array();
  json.key("acknowledgements");
  write_acknowledgements(json, drift.acknowledgements, files);
  json.end_object();
  return json.take();
}

std::string refresh_json(const plan::Refreshed& refreshed, const Meta& meta) {
  const SourceFiles no_files;
  std::vector<plan::DriftItem> items = refreshed.changes;
  items.insert(items.end(), refreshed.told.begin(), refreshed.told.end());
  JsonWriter json;
  begin_items(json, "rollcall-refresh", meta, items);
  json.key("checked");
  write_checked(json, refreshed.accounts_checked, refreshed.users_checked, refreshed.grants_checked);
  json.boolean("accounts_listed", refreshed.accounts_listed);
  json.boolean("accounts_searched", refreshed.accounts_searched);
  json.boolean("bots_listed", refreshed.bots_listed);
  json.key("failures");
  write_failures(json, refreshed.failures);
  json.key("items");
  json.begin_array(Layout::kLines);
  for (std::size_t i = 0; i < items.size(); ++i) {
    json.begin_object();
    write_item(json, items[i], no_files);
    json.boolean("taken", i < refreshed.changes.size());
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace rollcall::report
