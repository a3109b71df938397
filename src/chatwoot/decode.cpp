#include "chatwoot/decode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "chatwoot/json_reader.hpp"

namespace rollcall::chatwoot {
namespace {

using Json = nlohmann::json;
using model::Field;
using model::Value;

/// Bytes of an e-mail address: the server itself takes no longer ones.
constexpr std::size_t kLongestServerEmail = 255;

const Json& object(const Json& json) {
  if (!json.is_object()) throw Malformed{"it is not a JSON object"};
  return json;
}

const Json& field(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) throw Malformed{fmt::format("`{}` is missing", name)};
  return *found;
}

std::optional<model::ServerId> id_of(const Json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::uint64_t{kLargestId})
    return std::nullopt;
  const auto id = value.get<model::ServerId>();
  return id > 0 ? std::optional(id) : std::nullopt;
}

model::ServerId id_field(const Json& json, const char* name) {
  const auto id = id_of(field(json, name));
  if (!id) throw Malformed{fmt::format("`{}` is not an id", name)};
  return *id;
}

std::string text_field(const Json& json, const char* name) {
  const Json& value = field(json, name);
  if (!value.is_string()) throw Malformed{fmt::format("`{}` is not a string", name)};
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > kLongestServerText) throw Malformed{fmt::format("`{}` is longer than 10 KiB", name)};
  return text;
}

/// Null is no text: the setting is then absent.
std::optional<std::string> optional_text_field(const Json& json, const char* name) {
  return field(json, name).is_null() ? std::nullopt : std::optional(text_field(json, name));
}

Value to_value(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return json.get<bool>();
    case Json::value_t::number_integer:
      return json.get<std::int64_t>();
    case Json::value_t::number_unsigned:
      if (json.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max())
        return json.get<std::int64_t>();
      return static_cast<double>(json.get<std::uint64_t>());
    case Json::value_t::number_float:
      return json.get<double>();
    case Json::value_t::string:
      return json.get<std::string>();
    case Json::value_t::array: {
      Value::List list;
      list.reserve(json.size());
      for (const Json& item : json) list.push_back(to_value(item));
      return list;
    }
    case Json::value_t::object: {
      Value::Map map;
      map.reserve(json.size());
      for (const auto& [key, item] : json.items()) map.push_back({key, to_value(item)});
      return map;
    }
    case Json::value_t::null:
    case Json::value_t::binary:
    case Json::value_t::discarded:
      break;
  }
  return {};
}

void read_text(const Json& json, Field name, model::SettingsPatch& settings) {
  if (auto text = optional_text_field(json, std::string(model::field_name(name)).c_str()))
    settings.set(name, std::move(*text));
}

void read_section(const Json& section, Field name, model::SettingsPatch& settings) {
  if (!section.is_object())
    throw Malformed{fmt::format("`{}` is not a JSON object", model::field_name(name))};
  for (const auto& [key, value] : section.items()) {
    // The state holds nothing else.
    if (name == Field::kFeatures && !value.is_boolean() && !value.is_null())
      throw Malformed{fmt::format("a value of `{}` is neither true nor false", model::field_name(name))};
    settings.set({name, key}, to_value(value));
  }
}

/// The marker goes its own way; a value that is no text is not ours and stays an attribute like any other.
void read_attributes(const Json& section, model::SettingsPatch& settings,
                     std::optional<std::string>& marker) {
  read_section(section, Field::kCustomAttributes, settings);
  const model::SettingName name{Field::kCustomAttributes, std::string(model::kMarkerAttribute)};
  const Value* value = settings.find(name);
  if (value == nullptr || value->text() == nullptr) return;
  marker = *value->text();
  settings.erase(name);
}

model::LiveAccount read_account(const Json& json) {
  object(json);
  model::LiveAccount account;
  account.id = id_field(json, "id");
  account.sight = model::Sight::kSeen;
  for (const Field name :
       {Field::kName, Field::kLocale, Field::kDomain, Field::kSupportEmail, Field::kStatus})
    read_text(json, name, account.settings);
  read_section(field(json, "features"), Field::kFeatures, account.settings);
  read_section(field(json, "limits"), Field::kLimits, account.settings);
  read_attributes(field(json, "custom_attributes"), account.settings, account.marker);
  return account;
}

model::LiveUser read_user(const Json& json) {
  object(json);
  model::LiveUser user;
  user.id = id_field(json, "id");
  user.sight = model::Sight::kSeen;
  user.email = to_lower(text_field(json, "email"));
  if (user.email.size() > kLongestServerEmail) throw Malformed{"`email` is longer than 255 bytes"};
  // Nobody has an empty one, and the state would record it for the member that it names.
  if (user.email.empty()) throw Malformed{"`email` is empty"};
  read_text(json, Field::kName, user.settings);
  read_text(json, Field::kDisplayName, user.settings);
  // Left out where there are none (users.get_* of the recordings).
  if (const auto attributes = json.find("custom_attributes");
      attributes != json.end() && !attributes->is_null())
    read_attributes(*attributes, user.settings, user.marker);
  const Json& accounts = field(json, "accounts");
  if (!accounts.is_array()) throw Malformed{"`accounts` is not a list"};
  for (const Json& row : accounts) {
    object(row);
    const auto role = optional_text_field(row, "role");
    user.memberships.push_back({id_field(row, "id"), role ? model::parse_role(*role) : std::nullopt});
  }
  std::sort(user.memberships.begin(), user.memberships.end(),
            [](const auto& a, const auto& b) { return a.account_id < b.account_id; });
  return user;
}

model::LiveBot read_bot(const Json& json) {
  object(json);
  model::LiveBot bot;
  bot.id = id_field(json, "id");
  bot.sight = model::Sight::kSeen;
  read_text(json, Field::kName, bot.settings);
  read_text(json, Field::kDescription, bot.settings);
  // Any number is taken at its creation (agent_bots.post_account_unknown), so this may be no id at all.
  const Json& account = field(json, "account_id");
  if (!account.is_null() && !account.is_number_integer()) throw Malformed{"`account_id` is not a number"};
  bot.account_id = id_of(account);
  return bot;
}

MemberRow read_member(const Json& json) {
  object(json);
  MemberRow row;
  row.member.user_id = id_field(json, "user_id");
  row.account_id = id_field(json, "account_id");
  const auto role = optional_text_field(json, "role");
  row.role_text = role.value_or("none");
  if (role) row.member.role = model::parse_role(*role);
  return row;
}

/// The seam: whatever is thrown inside becomes the error.
template <class Read>
auto guarded(Read read) -> Decoded<decltype(read())> {
  try {
    return read();
  } catch (const Malformed& malformed) {
    return tl::unexpected(malformed.what);
  } catch (const Json::exception&) {
    return tl::unexpected(std::string("it has a value of an unexpected type"));
  }
}

template <class Read>
auto decoded(std::string_view body, Read read) {
  return guarded([&] { return read(read_json(body)); });
}

/// Rows sorted by the id that `id_of_row` gives; an id that comes twice is refused.
template <class Read, class Id>
auto decoded_rows(std::string_view body, const std::stop_token& stop, Read read, Id id_of_row) {
  using Row = decltype(read(Json()));
  return guarded([&] {
    std::vector<Row> rows;
    read_json_rows(body, stop, [&](const Json& row) { rows.push_back(read(row)); });
    std::sort(rows.begin(), rows.end(),
              [&](const Row& a, const Row& b) { return id_of_row(a) < id_of_row(b); });
    const auto twice = std::adjacent_find(
        rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return id_of_row(a) == id_of_row(b); });
    if (twice != rows.end()) throw Malformed{fmt::format("id {} comes twice", id_of_row(*twice))};
    return rows;
  });
}

}  // namespace

Value decode_value(std::string_view body) {
  return to_value(read_json(body));
}

Decoded<model::LiveAccount> decode_account(std::string_view body) {
  return decoded(body, read_account);
}

Decoded<std::vector<model::LiveAccount>> decode_accounts(std::string_view body, const std::stop_token& stop) {
  return decoded_rows(body, stop, read_account, [](const model::LiveAccount& row) { return row.id; });
}

Decoded<model::LiveUser> decode_user(std::string_view body) {
  return decoded(body, read_user);
}

Decoded<model::LiveBot> decode_bot(std::string_view body) {
  return decoded(body, read_bot);
}

Decoded<std::vector<model::LiveBot>> decode_bots(std::string_view body, const std::stop_token& stop) {
  return decoded_rows(body, stop, read_bot, [](const model::LiveBot& row) { return row.id; });
}

Decoded<MemberRow> decode_member(std::string_view body) {
  return decoded(body, read_member);
}

Decoded<std::vector<MemberRow>> decode_members(std::string_view body, const std::stop_token& stop) {
  return decoded_rows(body, stop, read_member, [](const MemberRow& row) { return row.member.user_id; });
}

Decoded<Secret> decode_login_link(std::string_view body) {
  return decoded(body, [](const Json& json) { return Secret(text_field(object(json), "url")); });
}

Decoded<Secret> decode_access_token(std::string_view body) {
  return decoded(body, [](const Json& json) { return Secret(text_field(object(json), "access_token")); });
}

Decoded<ServerInfo> decode_server_info(std::string_view body) {
  return decoded(body, [](const Json& json) {
    object(json);
    return ServerInfo{text_field(json, "version"), text_field(json, "queue_services"),
                      text_field(json, "data_services")};
  });
}

ErrorBody decode_refusal(std::string_view body) {
  const auto refusal = decoded(body, [](const Json& json) {
    ErrorBody out;
    object(json);
    for (const char* name : {"message", "error"})
      if (const auto words = json.find(name); words != json.end() && words->is_string() && out.words.empty())
        out.words = words->get<std::string>();
    if (const auto attributes = json.find("attributes"); attributes != json.end() && attributes->is_array())
      for (const Json& attribute : *attributes)
        if (attribute.is_string()) out.attributes.push_back(attribute.get<std::string>());
    return out;
  });
  return refusal.value_or(ErrorBody{});
}

}  // namespace rollcall::chatwoot
