#pragma once

#include <string>
#include <vector>

#include "base/secret.hpp"
#include "chatwoot/call_error.hpp"
#include "chatwoot/requests.hpp"
#include "http/credentials.hpp"
#include "http/transport.hpp"
#include "model/access.hpp"
#include "model/live.hpp"

namespace rollcall::chatwoot {

struct ServerInfo {
  std::string version;
  /// "ok" or "failing"; data_services may say failing on a fresh thread of a healthy server.
  std::string queue_services;
  std::string data_services;

  bool operator==(const ServerInfo&) const = default;
};

/// What shows Chatwoot who asks: the token of a platform app, in the header that it looks at.
http::Credentials platform_credentials(Secret token);

/// The Platform API as typed calls, one request each. Belongs to the thread of its transport.
///
/// Every call fails with a CallError. For writes: a value means done; `unknown_outcome` false means certainly
/// not done; true means that the outcome is unknown, so look before anything is repeated. Everything but the
/// creation of accounts, users and bots is harmless to repeat and is tried again by the transport. Objects
/// come back as kSeen; secrets in responses are dropped.
class Client {
 public:
  explicit Client(http::Transport& transport) : transport_(transport) {}

  /// GET /api: needs no token.
  Result<ServerInfo> server_info();

  /// Sorted by id. 500 (kServerError) for ever once the token's app has seen a deletion; 404 before
  /// Chatwoot 4.5.
  Result<std::vector<model::LiveAccount>> list_accounts();
  Result<model::LiveAccount> get_account(model::ServerId id);
  /// Fails with an unknown outcome where the response does not show name and marker.
  Result<model::LiveAccount> create_account(const NewAccount& account);
  /// Fails where the response does not show what was sent.
  Result<model::LiveAccount> update_account(model::ServerId id, const AccountPatch& patch);
  /// Carried out by a job: the account still answers for a while. An account that is gone already is
  /// kNotFound, save where an attempt of this very call may have deleted it.
  Result<void> delete_account(model::ServerId id);

  Result<model::LiveUser> get_user(model::ServerId id);
  /// The created or the existing user: compare the marker, then the settings.
  Result<model::LiveUser> create_user(const NewUser& user);
  /// Fails where the response does not show what was sent.
  Result<model::LiveUser> update_user(model::ServerId id, const UserPatch& patch);
  /// From the whole installation, by a job.
  Result<void> delete_user(model::ServerId id);
  /// A link that logs the user in once.
  Result<Secret> login_link(model::ServerId id);
  Result<Secret> access_token(model::ServerId id);

  /// Sorted by user id. A role that Rollcall does not know, or none, is nullopt.
  Result<std::vector<model::LiveMember>> list_members(model::ServerId account);
  /// Adds a member or changes the role. Fails where the response shows another role.
  Result<void> put_member(model::ServerId account, model::ServerId user, model::Role role);
  /// Succeeds whether or not there was such a member: read the members to know.
  Result<void> delete_member(model::ServerId account, model::ServerId user);

  /// Sorted by id. 500 (kServerError) for ever once the token's app has seen a bot deleted.
  Result<std::vector<model::LiveBot>> list_bots();
  Result<model::LiveBot> get_bot(model::ServerId id);
  /// Bots carry no marker: look for an unknown one by name, description and account.
  Result<model::LiveBot> create_bot(const BotSettings& bot);
  /// Fails where the response does not show what was sent (outgoing_url is never shown).
  Result<model::LiveBot> update_bot(model::ServerId id, const BotSettings& patch);
  Result<void> delete_bot(model::ServerId id);
  Result<model::LiveBot> delete_bot_avatar(model::ServerId id);

 private:
  http::Transport& transport_;
};

}  // namespace rollcall::chatwoot
