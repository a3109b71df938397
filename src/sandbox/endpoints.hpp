#pragma once

#include "world.hpp"

namespace sandbox {

// The endpoints of the Platform API, past token, malformed bodies, and the look-up of path ids. What they
// answer is in tests/contract/. Each takes the world's lock itself, so that points lie outside it.

Reply list_accounts(const Call& call);
Reply create_account(const Call& call);
Reply show_account(const Call& call, Id id);
Reply update_account(const Call& call, Id id);
Reply delete_account(const Call& call, Id id);

Reply create_user(const Call& call);
Reply show_user(const Call& call, Id id);
Reply update_user(const Call& call, Id id);
Reply delete_user(const Call& call, Id id);
Reply user_login(const Call& call, Id id);
Reply user_token(const Call& call, Id id);

Reply list_members(const Call& call, Id account_id);
Reply upsert_member(const Call& call, Id account_id);
Reply delete_member(const Call& call, Id account_id);

Reply list_agent_bots(const Call& call);
Reply create_agent_bot(const Call& call);
Reply show_agent_bot(const Call& call, Id id);
Reply update_agent_bot(const Call& call, Id id);
Reply delete_agent_bot(const Call& call, Id id);

// GET /api, which needs no token.
Reply show_version(World& world);
// The two calls of the application's own API that the recordings use, with a user's token.
Reply application_agents(World& world, const std::string& token, Id account_id);
Reply application_account(World& world, const std::string& token, Id account_id);

}  // namespace sandbox
