#include "report/apply_words.hpp"
#include "report/document.hpp"
#include "report/json.hpp"
#include "report/report.hpp"

namespace rollcall::report {
namespace {

using Layout = JsonWriter::Layout;

std::string_view stop_name(plan::Stop stop) {
  switch (stop) {
    case plan::Stop::kFinished:
      return "finished";
    case plan::Stop::kSignal:
      return "signal";
    case plan::Stop::kFatal:
      return "fatal";
  }
  return {};
}

void write_error(JsonWriter& json, const Error& error) {
  json.begin_object();
  json.text("message", error.message);
  json.text("hint", error.hint);
  json.end_object();
}

void write_totals(JsonWriter& json, const ApplyTotals& totals) {
  json.begin_object();
  json.count("created", totals.created);
  json.count("adopted", totals.adopted);
  json.count("updated", totals.updated);
  json.count("removed", totals.removed);
  json.count("released", totals.released);
  json.count("unchanged", totals.unchanged);
  json.count("failed", totals.failed);
  json.count("unknown", totals.unknown);
  json.count("skipped", totals.skipped);
  json.count("blocked", totals.blocked);
  json.count("not_started", totals.not_started);
  json.end_object();
}

void write_one(JsonWriter& json, const plan::Plan& plan, const plan::ActionResult& one,
               const Context& context) {
  const plan::Action& action = plan.actions[one.action];
  json.begin_object();
  json.text("address", plan::address_of(action, context.directory));
  json.text("verb", plan::to_string(action.verb));
  json.text("outcome", plan::to_string(one.outcome));
  json.key("id");
  one.id ? json.number(*one.id) : json.null();
  json.key("provenance");
  one.provenance ? json.text(to_string(*one.provenance)) : json.null();
  json.key("error");
  one.error == Error{} ? json.null() : write_error(json, one.error);
  json.key("because_of");
  one.because_of ? json.text(plan::address_of(plan.actions[*one.because_of], context.directory))
                 : json.null();
  json.end_object();
}

void write_result(JsonWriter& json, const plan::Plan& plan, const plan::ApplyResult& result,
                  const Context& context) {
  json.begin_object(Layout::kLines);
  json.text("stop", stop_name(result.stop));
  json.key("fatal");
  result.fatal ? write_error(json, *result.fatal) : json.null();
  json.key("totals");
  write_totals(json, count(plan, result));
  json.number("duration_ms", result.duration.count());
  json.key("notes");
  json.begin_array(Layout::kLines);
  for (const std::string& note : result.notes) json.text(note);
  json.end_array();
  json.key("actions");
  json.begin_array(Layout::kLines);
  for (const plan::ActionResult& one : result.results) write_one(json, plan, one, context);
  json.end_array();
  json.end_object();
}

}  // namespace

std::string apply_json(const plan::Plan& plan, const std::optional<plan::ApplyResult>& result,
                       const model::RecordedEstate& recorded, const Context& context) {
  JsonWriter json;
  begin_document(json, "rollcall-apply", context.meta);
  json.key("plan");
  write_plan(json, plan, recorded, context);
  json.key("result");
  if (result)
    write_result(json, plan, *result, context);
  else
    json.null();
  json.end_object();
  return json.take();
}

}  // namespace rollcall::report
