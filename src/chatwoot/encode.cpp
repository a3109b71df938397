#include "chatwoot/encode.hpp"

#include <variant>

#include <nlohmann/json.hpp>

namespace rollcall::chatwoot {
namespace {

using Json = nlohmann::json;
using model::Field;
using model::Value;

struct ToJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const Value::List& list) const {
    Json out = Json::array();
    for (const Value& item : list) out.push_back(std::visit(*this, item.data));
    return out;
  }
  Json operator()(const Value::Map& map) const {
    Json out = Json::object();
    for (const model::Member& member : map) out[member.key] = std::visit(*this, member.value.data);
    return out;
  }
  template <class Plain>
  Json operator()(const Plain& plain) const {
    return plain;
  }
};

Json to_json(const RequestId& id) {
  return std::visit(ToJson{}, id.value().data);
}

/// Plain fields by their name, keyed ones as objects. Field::kAccount is an id that the caller sets.
Json to_json(const model::SettingsPatch& settings) {
  Json out = Json::object();
  for (const auto& [name, value] : settings) {
    if (name.field == Field::kAccount) continue;
    Json& place = out[std::string(model::field_name(name.field))];
    (model::is_keyed(name.field) ? place[name.key] : place) = std::visit(ToJson{}, value.data);
  }
  return out;
}

std::string text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string encode(const NewAccount& account) {
  return text({{"name", account.name}, {"custom_attributes", {{model::kMarkerAttribute, account.marker}}}});
}

std::string encode(const AccountPatch& patch) {
  Json out = to_json(patch.plain);
  if (patch.limits) out["limits"] = ToJson{}(*patch.limits);
  if (patch.custom_attributes) out["custom_attributes"] = ToJson{}(*patch.custom_attributes);
  return text(out);
}

std::string encode(const NewUser& user) {
  Json out = to_json(user.settings);
  out["email"] = user.email;
  out["password"] = user.password.reveal();
  out["custom_attributes"][std::string(model::kMarkerAttribute)] = user.marker;
  return text(out);
}

std::string encode(const UserPatch& patch) {
  Json out = to_json(patch.settings);
  if (patch.email) out["email"] = *patch.email;
  if (patch.marker) out["custom_attributes"][std::string(model::kMarkerAttribute)] = *patch.marker;
  return text(out);
}

std::string encode(const BotSettings& bot) {
  Json out = to_json(bot.settings);
  if (bot.account_id) out["account_id"] = to_json(*bot.account_id);
  return text(out);
}

std::string encode_member(const RequestId& user, model::Role role) {
  return text({{"user_id", to_json(user)}, {"role", to_string(role)}});
}

std::string encode_member(const RequestId& user) {
  return text({{"user_id", to_json(user)}});
}

}  // namespace rollcall::chatwoot
