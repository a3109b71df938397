#include "endpoints.hpp"
#include "fields.hpp"
#include "jobs.hpp"
#include "text.hpp"

namespace sandbox {
namespace {

Json membership_json(const Membership& row) {
  return {{"id", row.id},
          {"account_id", row.account_id},
          {"user_id", row.user_id},
          {"role", nullable(row.role)},
          {"inviter_id", nullptr},
          {"created_at", iso_time(row.created_at)},
          {"updated_at", iso_time(row.updated_at)},
          {"active_at", nullptr},
          {"availability", "online"},
          {"auto_offline", true},
          {"custom_role_id", nullptr},
          {"agent_capacity_policy_id", nullptr}};
}

std::optional<Id> user_id_of(const Json& params) {
  return was_sent(params, "user_id") ? as_integer(params["user_id"]) : std::nullopt;
}

Reply update_role(const Call& call, Id membership_id, const std::optional<std::string>& role) {
  Lock lock = call.lock();
  const auto it = call.world.data.memberships.find(membership_id);
  if (it == call.world.data.memberships.end()) return error_reply(500);
  if (was_sent(call.params, "role") && it->second.role != role) {
    it->second.role = role;
    it->second.updated_at = now_ms();
    ++call.world.changes;
  }
  Reply reply = json_reply(membership_json(it->second));
  lock.unlock();
  call.at("row");
  return reply;
}

}  // namespace

Reply list_members(const Call& call, Id account_id) {
  const Lock lock = call.lock();
  Json list = Json::array();
  for (const Id id : call.world.data.memberships_of_account(account_id)) {
    list.push_back(membership_json(call.world.data.memberships.at(id)));
  }
  return json_reply(list);
}

Reply upsert_member(const Call& call, Id account_id) {
  static const std::map<Id, std::string> kRoles = {{0, "agent"}, {1, "administrator"}};
  Data& data = call.world.data;
  const std::optional<Id> user_id = user_id_of(call.params);
  Lock lock = call.lock();
  const std::optional<Id> existing = user_id ? data.find_membership(account_id, *user_id) : std::nullopt;
  lock.unlock();
  call.at("lookup");

  std::optional<std::string> role = "agent";
  if (was_sent(call.params, "role") && !read_enum(call.params["role"], kRoles, role)) return error_reply(500);
  lock.lock();
  if (!user_id || data.users.count(*user_id) == 0) return invalid({"User must exist"}, {"user"});
  if (!existing && data.find_membership(account_id, *user_id)) {
    return invalid({"User has already been taken"}, {"user_id"});
  }
  lock.unlock();
  call.at("validated");
  if (existing) return update_role(call, *existing, role);

  lock.lock();
  if (data.find_membership(account_id, *user_id)) return error_reply(500);
  const Id id = data.add_membership(account_id, *user_id, role).id;
  ++call.world.changes;
  // Committed before the notification settings are made, which fail while those of a former membership
  // still wait for their clean-up job.
  if (!call.world.settings.redis) return error_reply(500);
  lock.unlock();
  call.at("row");

  lock.lock();
  const auto row = data.memberships.find(id);
  if (row == data.memberships.end() || !data.notification_settings.insert({account_id, *user_id}).second) {
    return error_reply(500);
  }
  ++call.world.changes;
  return json_reply(membership_json(row->second));
}

Reply delete_member(const Call& call, Id account_id) {
  Lock lock = call.lock();
  const std::optional<Id> user_id = user_id_of(call.params);
  const std::optional<Id> row =
      user_id ? call.world.data.find_membership(account_id, *user_id) : std::nullopt;
  if (row) {
    if (!enqueue(call.world, {JobKind::kClearNotifications, account_id, *user_id, "low"}))
      return error_reply(500);
    call.world.data.erase_membership(*row);
    ++call.world.changes;
  }
  lock.unlock();
  call.at("row");
  return empty_reply();
}

}  // namespace sandbox
