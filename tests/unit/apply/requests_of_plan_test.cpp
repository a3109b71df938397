#include "apply/requests_of_plan.hpp"

#include <map>
#include <random>

#include "random_estate.hpp"
#include "support/slow.hpp"

using namespace rollcall;
using plan::PlannedRequest;
using testing::Applied;
using testing::FakeChatwoot;
using Json = FakeChatwoot::Json;

namespace {

/// Settings of every kind on both sides, more than an estate of RandomEstates has.
void dress(test::RandomEstates& random) {
  using model::Field;
  test::Estates& estates = random.estates();
  const auto attributes = [&](model::SettingsPatch& settings, bool may_remove) {
    if (random.one_in(3))
      settings.set({Field::kCustomAttributes, "team"}, random.one_in(2) ? "emea" : "apac");
    if (may_remove && random.one_in(4)) settings.set({Field::kCustomAttributes, "old"}, model::Value());
    if (random.one_in(4))
      settings.set({Field::kCustomAttributes, "nested"},
                   model::Value::Map{{"list", model::Value::List{1, "x"}}});
  };
  const auto account = [&](model::SettingsPatch& settings) {
    attributes(settings, true);
    if (random.one_in(3)) settings.set(Field::kLocale, random.one_in(2) ? "en" : "de");
    if (random.one_in(3)) settings.set({Field::kLimits, "inboxes"}, random.one_in(2) ? 3 : 4);
  };
  const auto user = [&](model::SettingsPatch& settings) {
    attributes(settings, false);
    if (random.one_in(3)) settings.set(Field::kDisplayName, random.one_in(2) ? "A" : "B");
  };
  const auto bot = [&](model::SettingsPatch& settings) {
    if (random.one_in(3)) settings.set(Field::kDescription, random.one_in(2) ? "First" : "Second");
    if (random.one_in(3))
      settings.set(Field::kOutgoingUrl, random.one_in(2) ? "https://a.example.com" : "https://b.example.com");
  };
  for (auto& one : estates.desired.accounts) account(one.settings);
  for (auto& one : estates.recorded.accounts) account(one.settings);
  for (auto& one : estates.desired.users) user(one.settings);
  for (auto& one : estates.recorded.users) user(one.settings);
  for (auto& one : estates.desired.bots) bot(one.settings);
  for (auto& one : estates.recorded.bots) bot(one.settings);
}

/// Others change what the record says, some of it to what the roster wants.
void change_server(Applied& a, std::mt19937& random) {
  const auto one_in = [&](std::uint32_t n) { return random() % n == 0; };
  FakeChatwoot& server = a.chatwoot;
  for (auto& [id, account] : server.accounts) {
    if (one_in(4)) account["status"] = one_in(2) ? "active" : "suspended";
    if (one_in(4)) account["features"] = one_in(2) ? Json::object() : Json{{"macros", true}};
    if (one_in(6))
      account["limits"] = one_in(2) ? Json{{"agents", 7}} : Json{{"inboxes", 4}, {"captain_responses", 1}};
    if (one_in(6)) account["custom_attributes"]["team"] = one_in(2) ? "emea" : "other";
    if (one_in(6)) account["custom_attributes"]["theirs"] = 1;
  }
  for (auto& [id, user] : server.users) {
    if (one_in(6)) user["custom_attributes"]["team"] = "apac";
    if (one_in(8)) user["name"] = "Renamed";
  }
  for (auto& [id, bot] : server.bots) {
    if (one_in(4)) bot["description"] = "First";
    if (one_in(6) && !server.accounts.empty()) bot["account_id"] = server.accounts.begin()->first;
  }
  for (auto& [account, rows] : server.members)
    for (auto row = rows.begin(); row != rows.end();) {
      if (one_in(6)) row->second = one_in(2) ? "agent" : "administrator";
      row = one_in(8) ? rows.erase(row) : std::next(row);
    }
  std::erase_if(server.users, [&](const auto&) { return one_in(12); });
  std::erase_if(server.bots, [&](const auto&) { return one_in(8); });
  for (const model::DesiredUser& wanted : a.desired.users) {
    const std::string& email = a.directory.key(wanted.ref);
    const bool is_there = std::any_of(server.users.begin(), server.users.end(),
                                      [&](const auto& user) { return user.second.at("email") == email; });
    if (!is_there && one_in(4))
      server.add_user(server.next_user, email, one_in(2) ? "Somebody" : "User " + email);
  }
}

/// Some requests fail, and of some the response is lost.
void let_some_fail(Applied& a, std::mt19937& random) {
  a.chatwoot.before = [&random](const http::Request& request) -> std::optional<testing::Answer> {
    if (request.method == http::Method::kGet || random() % 12 != 0) return std::nullopt;
    return random() % 2 == 0 ? FakeChatwoot::server_error()
                             : testing::answer(422, R"({"message":"Name is invalid","attributes":["name"]})");
  };
  a.chatwoot.after = [&random](const http::Request& request) -> std::optional<testing::Answer> {
    if (request.method == http::Method::kGet || random() % 16 != 0) return std::nullopt;
    return FakeChatwoot::server_error();
  };
}

Json json_of(const model::Value& value) {
  std::string text;
  model::append_json(text, value);
  return Json::parse(text);
}

struct Counts {
  std::size_t sent = 0;
  std::size_t conditional_sent = 0;
  std::size_t conditional_left_out = 0;
};

/// What was planned and what was sent, held against each other.
class Comparison {
 public:
  explicit Comparison(const Applied& a) : a_(a) {
    const auto learn = [&](const std::string& address, model::ServerId id) {
      ids_["{" + address + "}"] = id;
    };
    for (const plan::ActionResult& one : a.result.results)
      if (one.id) learn(plan::address_of(a.plan.actions[one.action], a.directory), *one.id);
    // An adoption that failed in the end has no id in the result.
    for (const auto& [id, user] : a.chatwoot.users)
      learn(model::object_address<model::User>(user.at("email").get<std::string>()), id);
    for (const plan::ActionResult& one : a.result.results)
      for (const PlannedRequest& request : a.plan.actions[one.action].requests)
        planned_.emplace(request.method + " " + resolved(request.path),
                         Planned{request, plan::is_success(one.outcome), false});
  }

  void check(const std::vector<http::Request>& writes, Counts& counts) {
    for (const http::Request& request : writes) {
      if (!take(request))
        FAIL("not planned: " << http::to_string(request.method) << " " << request.path << " " << request.body
                             << "\n"
                             << test::describe(a_.plan, a_.directory));
      ++counts.sent;
    }
    for (const auto& [place, one] : planned_) {
      if (!one.succeeded) continue;
      if (one.request.conditional) ++(one.sent ? counts.conditional_sent : counts.conditional_left_out);
      if (!one.sent && !one.request.conditional)
        FAIL("not sent: " << place << "\n" << test::describe(a_.plan, a_.directory));
    }
  }

 private:
  struct Planned {
    const PlannedRequest& request;
    bool succeeded = false;
    bool sent = false;
  };

  /// Whether it is planned.
  bool take(const http::Request& request) {
    const Json body = request.body.empty() ? Json() : Json::parse(request.body);
    const auto [first, last] =
        planned_.equal_range(std::string(http::to_string(request.method)) + " " + request.path);
    const bool is_account = request.path.find("/accounts/") != std::string::npos;
    const Parts parts = request.method != http::Method::kPatch ? Parts::kAll
                        : is_account                           ? Parts::kSections
                                                               : Parts::kAny;
    const auto found = std::find_if(
        first, last, [&](const auto& one) { return fits(one.second.request.body, body, parts); });
    if (found == last) return false;
    found->second.sent = true;
    return true;
  }

  [[nodiscard]] std::string resolved(std::string path) const {
    const std::size_t at = path.find('{');
    if (at == std::string::npos) return path;
    const std::size_t size = path.find('}') + 1 - at;
    const auto id = ids_.find(path.substr(at, size));
    return id == ids_.end() ? path : path.replace(at, size, std::to_string(id->second));
  }

  /// What of an object is sent: a PATCH leaves out what is so already, but the server replaces an account's
  /// attributes and limits whole, so one of these has all that it is to hold.
  enum class Parts : std::uint8_t { kAll, kSections, kAny };

  static Parts parts_in(Parts parts, const std::string& key) {
    const bool is_whole = key == "custom_attributes" || key == "limits";
    return parts == Parts::kSections && !is_whole ? Parts::kAny : parts == Parts::kAny ? parts : Parts::kAll;
  }

  [[nodiscard]] bool fits(const model::Value& planned, const Json& sent, Parts parts) const {
    if (const std::string* text = planned.text()) {
      if (*text == "<marker>" || *text == "<password>") return sent.is_string();
      if (const auto id = ids_.find(*text); id != ids_.end()) return sent == Json(id->second);
    }
    const auto* map = std::get_if<model::Value::Map>(&planned.data);
    if (map == nullptr) return sent == json_of(planned);
    if (!sent.is_object()) return false;
    const auto member = [&](const std::string& key) {
      return std::find_if(map->begin(), map->end(), [&](const auto& one) { return one.key == key; });
    };
    for (const model::Member& one : *map) {
      if (one.key == "<kept>") continue;
      const auto found = sent.find(one.key);
      if (found == sent.end()) {
        if (parts == Parts::kAll && !one.value.is_null()) return false;
        continue;
      }
      if (!fits(one.value, *found, parts_in(parts, one.key))) return false;
    }
    if (member("<kept>") != map->end()) return true;
    for (const auto& [key, value] : sent.items())
      if (member(key) == map->end()) return false;
    return true;
  }

  const Applied& a_;
  std::map<std::string, model::ServerId> ids_;
  /// By method and path.
  std::multimap<std::string, Planned> planned_;
};

}  // namespace

TEST_CASE(
    "ten thousand random estates: an apply sends only what is planned, and leaves out what is conditional") {
  constexpr std::uint32_t kSeeds = testing::kSlow ? 80 : 10'000;
  Counts counts;
  std::size_t planned = 0;
  for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto a = testing::random_estate(seed, seed % 4 != 0, dress);
    change_server(*a, random);
    const auto made = a->make();
    if (!made) continue;
    ++planned;
    a->plan = *made;
    apply::add_requests(a->plan, a->recorded, a->directory);
    // Threads cost more than everything else here.
    if (seed % 8 != 0) a->settings.parallelism = 1;
    if (seed % 3 == 0) let_some_fail(*a, random);
    a->carry_out();
    std::vector<http::Request> writes = a->chatwoot.server.requests();
    std::erase_if(writes, [](const http::Request& request) { return request.method == http::Method::kGet; });
    Comparison(*a).check(writes, counts);
  }
  CHECK(planned > kSeeds / 2);
  CHECK(counts.sent > 5 * kSeeds);
  CHECK(counts.conditional_sent > kSeeds);
  CHECK(counts.conditional_left_out > kSeeds);
}

namespace {

/// The requests of the action at an address, a line each.
std::string requests_at(Applied& a, const std::string& address) {
  a.plan_it();
  apply::add_requests(a.plan, a.recorded, a.directory);
  std::string lines;
  for (const plan::Action& action : a.plan.actions) {
    if (plan::address_of(action, a.directory) != address) continue;
    for (const PlannedRequest& one : action.requests) {
      lines += fmt::format("{} {} ", one.method, one.path.substr(std::string("/platform/api/v1").size()));
      model::append_json(lines, one.body);
      lines += one.conditional ? " where needed\n" : "\n";
    }
  }
  return lines;
}

}  // namespace

TEST_CASE("the requests of what is new name what has no id yet by its address") {
  Applied a;
  a.want_account("desk").settings.set(model::Field::kLocale, "de");
  a.want_user("ana");
  a.want_bot("triage", "desk");
  a.want_grant("desk", "ana", model::Role::kAgent);
  CHECK(requests_at(a, "accounts.desk") ==
        "POST /accounts {\"custom_attributes\": {\"rollcall\": \"<marker>\"}, \"name\": \"Account desk\"}\n"
        "PATCH /accounts/{accounts.desk} {\"locale\": \"de\", \"name\": \"Account desk\"} where needed\n");
  CHECK(requests_at(a, "users.ana@example.com") ==
        "POST /users {\"custom_attributes\": {\"rollcall\": \"<marker>\"}, \"email\": \"ana@example.com\", "
        "\"name\": \"User ana\", \"password\": \"<password>\"}\n"
        "PATCH /users/{users.ana@example.com} {\"name\": \"User ana\"} where needed\n");
  CHECK(requests_at(a, "agent_bots.triage") ==
        "POST /agent_bots {\"account_id\": \"{accounts.desk}\", \"name\": \"Bot triage\"}\n");
  CHECK(requests_at(a, "grants.desk/ana@example.com") ==
        "POST /accounts/{accounts.desk}/account_users {\"role\": \"agent\", \"user_id\": "
        "\"{users.ana@example.com}\"}\n");
}

TEST_CASE("the requests of what is recorded have its ids, and keep what the server has besides") {
  Applied a;
  auto& desk = a.want_account("desk");
  a.has_account("desk");
  desk.settings.set({model::Field::kLimits, "agents"}, 7);
  desk.settings.set({model::Field::kCustomAttributes, "region"}, "emea");
  a.both_users({"ana", "ben"});
  a.both_grant("desk", "ana", model::Role::kAdministrator);
  a.want_grant("desk", "ben", model::Role::kAdministrator);
  a.has_user("kim");
  a.has_grant("desk", "kim", model::Role::kAgent);
  a.sort();
  CHECK(requests_at(a, "accounts.desk") ==
        "PATCH /accounts/100 {\"custom_attributes\": {\"<kept>\": \"<kept>\", \"region\": \"emea\", "
        "\"rollcall\": \"<marker>\"}, \"limits\": {\"<kept>\": \"<kept>\", \"agents\": 7}} where needed\n");
  CHECK(requests_at(a, "grants.desk/ben@example.com") ==
        "POST /accounts/100/account_users {\"role\": \"administrator\", \"user_id\": 102}\n");
  CHECK(requests_at(a, "grants.desk/kim@example.com") ==
        "DELETE /accounts/100/account_users {\"user_id\": 103} where needed\n");
  CHECK(requests_at(a, "users.kim@example.com").empty());
}
