#include "report/document.hpp"
#include "report/json.hpp"
#include "report/report.hpp"
#include "report/state_view.hpp"

namespace rollcall::report {
namespace {

using Layout = JsonWriter::Layout;

void write_head(JsonWriter& json, const RecordedObject& object) {
  json.text("address", object.address);
  json.number("id", object.id);
  json.text("provenance", to_string(object.provenance));
  json.text("on_remove", to_string(object.on_remove));
  json.boolean("released", object.released);
  json.boolean("suspended_by_removal", object.suspended_by_removal);
  json.key("missing_since");
  object.missing_since ? json.text(to_string(*object.missing_since)) : json.null();
}

void write_grants(JsonWriter& json, const std::vector<RecordedGrant>& grants) {
  json.key("grants");
  json.begin_array(Layout::kLines);
  for (const RecordedGrant& grant : grants) {
    json.begin_object();
    json.text("address", grant.address);
    json.text("role", to_string(grant.role));
    json.end_object();
  }
  json.end_array();
}

void write_unlisted(JsonWriter& json, const std::vector<model::UnlistedMember>& members) {
  json.key("unlisted");
  json.begin_array(Layout::kLines);
  for (const model::UnlistedMember& member : members) {
    json.begin_object();
    json.number("user_id", member.user_id);
    json.key("email");
    member.email ? json.text(*member.email) : json.null();
    json.key("role");
    member.role ? json.text(to_string(*member.role)) : json.null();
    json.end_object();
  }
  json.end_array();
}

void write_settings(JsonWriter& json, const model::SettingsPatch& settings) {
  json.key("settings");
  json.begin_array(Layout::kLines);
  for (const model::Setting& setting : settings) {
    json.begin_object();
    json.text("setting", model::to_string(setting.name));
    json.key("value");
    json.value(setting.value);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string state_list_json(const model::RecordedEstate& recorded, const model::Directory& directory,
                            bool grants, const Meta& meta) {
  JsonWriter json;
  begin_document(json, "rollcall-state-list", meta);
  json.key("objects");
  json.begin_array(Layout::kLines);
  for (const RecordedObject& object : recorded_objects(recorded, directory)) {
    json.begin_object();
    write_head(json, object);
    json.end_object();
  }
  json.end_array();
  if (grants) write_grants(json, recorded_grants(recorded, directory));
  json.end_object();
  return json.take();
}

Expected<std::string> state_show_json(const model::RecordedEstate& recorded,
                                      const model::Directory& directory, const model::Address& address,
                                      const Meta& meta) {
  JsonWriter json;
  begin_document(json, "rollcall-state-show", meta);
  if (address.kind == model::ObjectKind::kGrant)
    return find_recorded_grant(recorded, directory, address).map([&](const RecordedGrant& grant) {
      json.text("address", grant.address);
      json.text("role", to_string(grant.role));
      json.end_object();
      return json.take();
    });
  return find_recorded(recorded, directory, address).map([&](const RecordedObject& object) {
    write_head(json, object);
    write_settings(json, *object.settings);
    write_grants(json, grants_of(recorded, directory, object));
    write_unlisted(json, object.unlisted);
    json.end_object();
    return json.take();
  });
}

}  // namespace rollcall::report
