#include "endpoints.hpp"
#include "fields.hpp"
#include "text.hpp"

namespace sandbox {
namespace {

constexpr std::size_t kLongestUrl = 2048;

// The server shows the name in place of outgoing_url (mended after 4.10).
Json bot_json(const AgentBot& bot) {
  return {{"id", bot.id},
          {"name", nullable(bot.name)},
          {"description", nullable(bot.description)},
          {"outgoing_url", nullable(bot.name)},
          {"account_id", bot.account_id ? Json(*bot.account_id) : Json(nullptr)},
          {"access_token", bot.access_token}};
}

void assign(AgentBot& bot, const Json& params) {
  if (was_sent(params, "name")) bot.name = as_text(params["name"]);
  if (was_sent(params, "description")) bot.description = as_text(params["description"]);
  if (was_sent(params, "outgoing_url")) bot.outgoing_url = as_text(params["outgoing_url"]);
  if (was_sent(params, "account_id")) bot.account_id = as_integer(params["account_id"]);
}

Problems problems_of(const AgentBot& bot) {
  Problems problems;
  problems.check_length("name", "Name", bot.name, kLongestText);
  problems.check_length("description", "Description", bot.description, kLongestText);
  problems.check_length("outgoing_url", "Outgoing url", bot.outgoing_url, kLongestUrl);
  return problems;
}

bool database_refuses(const AgentBot& bot) {
  const auto bad = [](const std::optional<std::string>& text) { return text && has_nul(*text); };
  return bad(bot.name) || bad(bot.description) || bad(bot.outgoing_url);
}

}  // namespace

Reply list_agent_bots(const Call& call) {
  const Lock lock = call.lock();
  Json list = Json::array();
  for (const Id id : call.permissions().agent_bots) {
    const auto it = call.world.data.agent_bots.find(id);
    if (it == call.world.data.agent_bots.end()) return error_reply(500);
    list.push_back(bot_json(it->second));
  }
  return json_reply(list);
}

Reply create_agent_bot(const Call& call) {
  AgentBot bot;
  assign(bot, call.params);
  const Problems problems = problems_of(bot);
  if (problems.any()) return invalid(problems.messages(), problems.attributes());
  if (database_refuses(bot)) return error_reply(500);
  call.at("validated");

  Lock lock = call.lock();
  bot.id = call.world.data.next_id("agent_bots");
  bot.access_token = random_token(24);
  call.world.data.agent_bots[bot.id] = bot;
  ++call.world.changes;
  lock.unlock();
  call.at("row");

  lock.lock();
  call.permissions().agent_bots.insert(bot.id);
  ++call.world.changes;
  return json_reply(bot_json(bot));
}

Reply show_agent_bot(const Call& call, Id id) {
  const Lock lock = call.lock();
  const auto it = call.world.data.agent_bots.find(id);
  return it == call.world.data.agent_bots.end() ? error_reply(404) : json_reply(bot_json(it->second));
}

Reply update_agent_bot(const Call& call, Id id) {
  Lock lock = call.lock();
  const auto it = call.world.data.agent_bots.find(id);
  if (it == call.world.data.agent_bots.end()) return error_reply(404);
  AgentBot bot = it->second;
  assign(bot, call.params);
  const Problems problems = problems_of(bot);
  if (problems.any()) return invalid(problems.messages(), problems.attributes());
  if (database_refuses(bot)) return error_reply(500);
  it->second = bot;
  ++call.world.changes;
  lock.unlock();
  call.at("row");
  return json_reply(bot_json(bot));
}

Reply delete_agent_bot(const Call& call, Id id) {
  const Lock lock = call.lock();
  call.world.data.agent_bots.erase(id);
  ++call.world.changes;
  return empty_reply();
}

}  // namespace sandbox
