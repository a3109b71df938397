#include "support/fake_chatwoot.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rollcall::testing {
namespace {

std::string short_path(const http::Request& request) {
  const std::string base = "/platform/api/v1";
  return request.path.starts_with(base) ? request.path.substr(base.size()) : request.path;
}
Answer not_found() {
  return answer(404, R"({"status":404,"error":"Not Found"})");
}
Answer ok(const FakeChatwoot::Json& body) {
  return answer(200, body.dump());
}

}  // namespace

FakeChatwoot::Json& FakeChatwoot::add_account(Id id, const std::string& name, const std::string& marker) {
  Json attributes = Json::object();
  if (!marker.empty()) attributes["rollcall"] = marker;
  next_account = std::max(next_account, id + 1);
  return accounts[id] = {{"id", id},
                         {"name", name},
                         {"locale", "en"},
                         {"domain", nullptr},
                         {"support_email", nullptr},
                         {"status", "active"},
                         {"features", Json::object()},
                         {"limits", Json::object()},
                         {"custom_attributes", attributes}};
}

FakeChatwoot::Json& FakeChatwoot::add_user(Id id, const std::string& email, const std::string& name,
                                           const std::string& marker) {
  Json attributes = Json::object();
  if (!marker.empty()) attributes["rollcall"] = marker;
  next_user = std::max(next_user, id + 1);
  return users[id] = {{"id", id},
                      {"email", email},
                      {"name", name},
                      {"display_name", nullptr},
                      {"custom_attributes", attributes}};
}

FakeChatwoot::Json& FakeChatwoot::add_bot(Id id, const std::string& name, const Json& account) {
  next_bot = std::max(next_bot, id + 1);
  return bots[id] = {{"id", id},
                     {"name", name},
                     {"description", nullptr},
                     {"outgoing_url", name},
                     {"account_id", account}};
}

std::vector<std::string> FakeChatwoot::log() const {
  std::vector<std::string> lines;
  for (const http::Request& request : server.requests())
    lines.push_back(fmt::format("{} {}", http::to_string(request.method), short_path(request)));
  return lines;
}

std::size_t FakeChatwoot::count(const std::string& line) const {
  const auto lines = log();
  return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), line));
}

bool FakeChatwoot::is(const http::Request& request, http::Method method, const std::string& path) {
  return request.method == method && short_path(request) == path;
}

FakeChatwoot::Fault FakeChatwoot::once(http::Method method, const std::string& path, const Answer& answer) {
  return [=, used = false](const http::Request& request) mutable -> std::optional<Answer> {
    if (used || !is(request, method, path)) return std::nullopt;
    used = true;
    return answer;
  };
}

Answer FakeChatwoot::server_error() {
  return answer(500, R"({"status":500,"error":"Internal Server Error"})");
}

Answer FakeChatwoot::lost() {
  return no_answer(http::Failure::kTimeout, true);
}

Answer FakeChatwoot::gone() {
  return no_answer(http::Failure::kConnect, false);
}

Answer FakeChatwoot::wrong_token() {
  return answer(401, R"({"error":"Invalid access_token"})");
}

Answer FakeChatwoot::handle(const http::Request& request) {
  if (auto fault = before(request)) return *fault;
  Answer own = route(request);
  if (auto fault = after(request)) return *fault;
  return own;
}

Answer FakeChatwoot::route(const http::Request& request) {
  std::vector<std::string> parts;
  const std::string path = short_path(request);
  for (std::size_t at = 1; at <= path.size();) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    parts.push_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  const Json body = request.body.empty() ? Json::object() : Json::parse(request.body);
  const Id id = parts.size() > 1 ? std::stoll(parts[1]) : 0;
  if (parts[0] == "api")
    return ok({{"version", "4.10.0"}, {"timestamp", ""}, {"queue_services", "ok"}, {"data_services", "ok"}});
  if (parts.size() == 3) return account_users(request.method, id, body);
  if (parts[0] == "accounts") return objects(accounts, request.method, id, body);
  if (parts[0] == "users") return objects(users, request.method, id, body);
  return objects(bots, request.method, id, body);
}

Answer FakeChatwoot::account_users(http::Method method, Id account, const Json& body) {
  if (!accounts.contains(account)) return not_found();
  auto& rows = members[account];
  const auto row = [&](Id user, const std::string& role) {
    return Json{{"id", user * 7}, {"account_id", account}, {"user_id", user}, {"role", role}};
  };
  if (method == http::Method::kGet) {
    Json list = Json::array();
    for (const auto& [user, role] : rows) list.push_back(row(user, role));
    return ok(list);
  }
  const Id user = body.at("user_id");
  if (method == http::Method::kDelete) {
    rows.erase(user);
    return answer(200);
  }
  if (!users.contains(user)) return answer(422, R"({"message":"User must exist","attributes":["user"]})");
  rows[user] = body.at("role");
  return ok(row(user, rows[user]));
}

Answer FakeChatwoot::objects(std::map<Id, Json>& all, http::Method method, Id id, const Json& body) {
  if (id == 0 && method == http::Method::kGet) return list(all);
  if (id == 0) return create(all, body);
  if (!all.contains(id)) return not_found();
  if (hidden.contains(id) && &all == &accounts) return answer(401, R"({"error":"Non permissible resource"})");
  if (method == http::Method::kDelete) {
    all.erase(id);
    if (&all == &accounts) members.erase(id);
    if (&all == &users)
      for (auto& [account, rows] : members) rows.erase(id);
    return answer(200);
  }
  if (method == http::Method::kPatch) merge(all, all[id], body);
  return ok(shown(all, id));
}

Answer FakeChatwoot::list(const std::map<Id, Json>& all) {
  if (listing_broken) return server_error();
  Json rows = Json::array();
  for (const auto& [id, object] : all)
    if (&all != &accounts || !hidden.contains(id)) rows.push_back(object);
  return ok(rows);
}

Answer FakeChatwoot::create(std::map<Id, Json>& all, const Json& body) {
  if (&all == &users)
    for (const auto& [id, user] : users)
      if (user.at("email") == body.at("email")) return ok(shown(users, id));
  const Id id = &all == &accounts ? next_account : &all == &users ? next_user : next_bot;
  if (&all == &accounts)
    add_account(id, body.at("name"));
  else if (&all == &users)
    add_user(id, body.at("email"), body.at("name"));
  else
    add_bot(id, body.at("name"), nullptr);
  merge(all, all[id], body);
  return ok(shown(all, id));
}

void FakeChatwoot::merge(const std::map<Id, Json>& all, Json& object, const Json& body) {
  for (const auto& [name, value] : body.items()) {
    if (name == "password") continue;
    if (name == "features")
      for (const auto& [flag, on] : value.items()) {
        object["features"].erase(flag);
        if (on == true) object["features"][flag] = true;
      }
    else if (name == "custom_attributes" && &all == &users)
      object[name].update(value);
    else if (name == "outgoing_url")
      continue;
    else
      object[name] = value;
  }
}

FakeChatwoot::Json FakeChatwoot::shown(const std::map<Id, Json>& all, Id id) {
  Json object = all.at(id);
  if (&all != &users) return object;
  object["accounts"] = Json::array();
  for (const auto& [account, rows] : members)
    if (const auto row = rows.find(id); row != rows.end())
      object["accounts"].push_back({{"id", account}, {"name", "An account"}, {"role", row->second}});
  if (object["custom_attributes"].empty()) object.erase("custom_attributes");
  return object;
}

void put_on_server(FakeChatwoot& chatwoot, const model::RecordedEstate& estate,
                   const model::Directory& directory, const std::string& lineage) {
  using Json = FakeChatwoot::Json;
  const auto marker = [&](const std::string& key, const std::string& nonce) {
    return nonce.empty() ? std::string() : lineage + "/" + key + "/" + nonce;
  };
  const auto set = [](Json& object, const model::SettingsPatch& settings) {
    for (const model::Setting& setting : settings) {
      const std::string field(model::field_name(setting.name.field));
      const Json value = Json::parse(model::to_text(setting.value));
      if (setting.name.field == model::Field::kAccount || setting.name.field == model::Field::kOutgoingUrl)
        continue;
      if (setting.name.key.empty())
        object[field] = value;
      else if (!value.is_null() && value != false)
        object[field][setting.name.key] = value;
    }
  };
  for (const auto& account : estate.accounts)
    set(chatwoot.add_account(account.id, "", marker(directory.key(account.ref), account.nonce)),
        account.settings);
  for (const auto& user : estate.users)
    set(chatwoot.add_user(user.id, directory.key(user.ref), "", marker(directory.key(user.ref), user.nonce)),
        user.settings);
  for (const auto& bot : estate.bots) {
    const auto account = directory.accounts.find(bot.settings.text(model::Field::kAccount));
    const auto* known = account ? model::find(estate, *account) : nullptr;
    set(chatwoot.add_bot(bot.id, "", known ? Json(known->id) : Json()), bot.settings);
  }
  for (const model::Grant& grant : estate.grants) {
    const auto* account = model::find(estate, grant.account);
    const auto* user = model::find(estate, grant.user);
    if (account && user) chatwoot.members[account->id][user->id] = std::string(model::to_string(grant.role));
  }
  for (const auto& account : estate.accounts)
    for (const model::UnlistedMember& member : account.unlisted)
      if (member.role)
        chatwoot.members[account.id][member.user_id] = std::string(model::to_string(*member.role));
}

}  // namespace rollcall::testing
