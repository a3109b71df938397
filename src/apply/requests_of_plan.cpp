#include "apply/requests_of_plan.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "apply/accounts.hpp"
#include "apply/bots.hpp"
#include "apply/changes.hpp"
#include "apply/grants.hpp"
#include "apply/known_ids.hpp"
#include "chatwoot/writes.hpp"
#include "model/kinds.hpp"

namespace rollcall::apply {
namespace {

namespace writes = chatwoot::writes;
using chatwoot::RequestId;
using model::Field;
using plan::PlannedRequest;
using plan::Verb;
using Requests = std::vector<PlannedRequest>;

constexpr const char* kMarker = "<marker>";
constexpr const char* kPassword = "<password>";
/// What the server holds besides, in a section that is replaced whole.
constexpr const char* kKept = "<kept>";

PlannedRequest planned(const writes::Write& write, bool conditional) {
  return {std::string(http::to_string(write.method)), write.path, writes::body_of(write), conditional};
}
PlannedRequest sent(const writes::Write& write) {
  return planned(write, false);
}
PlannedRequest sent_where_needed(const writes::Write& write) {
  return planned(write, true);
}

/// As if the server had none of them.
std::vector<model::SettingChange> changes_to(const model::SettingsPatch& settings) {
  std::vector<model::SettingChange> changes;
  for (const model::Setting& setting : settings)
    changes.push_back({setting.name, std::nullopt, setting.value});
  return changes;
}

/// Stands for the account as a run will read it.
model::LiveAccount unread_account(bool carries_marker) {
  model::LiveAccount account;
  account.settings.set({Field::kLimits, kKept}, kKept);
  account.settings.set({Field::kCustomAttributes, kKept}, kKept);
  if (carries_marker) account.marker = kMarker;
  return account;
}

class PlanRequests {
 public:
  PlanRequests(const plan::Plan& plan, const model::RecordedEstate& before, const model::Directory& directory)
      : before_(before), directory_(directory), ids_(plan, before), created_(created_by(plan)) {}

  Requests of(const plan::Action& action) const {
    if (action.blocked || action.verb == Verb::kRelease) return {};
    return std::visit([&](const auto& object) { return requests(action, object); }, action.object);
  }

 private:
  /// The users whom the plan creates, and whether it may adopt them instead.
  static std::map<model::UserRef, bool> created_by(const plan::Plan& plan) {
    std::map<model::UserRef, bool> created;
    for (const plan::Action& action : plan.actions)
      if (const auto* user = std::get_if<plan::UserAction>(&action.object);
          user != nullptr && action.verb == Verb::kCreate)
        created.emplace(user->ref, user->adopt);
    return created;
  }

  template <class Ref>
  RequestId id_of(Ref ref) const {
    const auto id = ids_.find(ref);
    return id ? RequestId(*id) : RequestId::of(model::address_of(ref, directory_));
  }

  Requests requests(const plan::Action& action, const plan::AccountAction& account) const {
    const auto* known = model::find(before_, account.moved_from.value_or(account.ref));
    const bool is_new = action.verb == Verb::kCreate;
    if (!is_new && !account.id) return {};
    const RequestId id = id_of(account.ref);
    if (action.verb == Verb::kDelete) return {sent_where_needed(writes::delete_account(id))};
    Requests all;
    if (is_new)
      all.push_back(sent(writes::create_account({account.settings.wanted.text(Field::kName), kMarker})));
    const bool carries_marker = is_new || (known != nullptr && !known->nonce.empty());
    const auto patch = chatwoot::account_patch(
        unread_account(carries_marker), changes_to(settings_to_write(action)),
        moves_marker(account, known) ? std::optional<std::string>(kMarker) : std::nullopt);
    if (!patch.empty()) all.push_back(sent_where_needed(writes::update_account(id, patch)));
    return all;
  }

  Requests requests(const plan::Action& action, const plan::UserAction& user) const {
    const bool is_new = action.verb == Verb::kCreate;
    if (!is_new && !user.id) return {};
    const RequestId id = id_of(user.ref);
    if (action.verb == Verb::kDelete) return {sent_where_needed(writes::delete_user(id))};
    const std::string& email = directory_.key(user.ref);
    Requests all;
    if (is_new)
      all.push_back(
          sent(writes::create_user({email, user.settings.wanted, kMarker, Secret(std::string(kPassword))})));
    chatwoot::UserPatch patch = chatwoot::user_patch(changes_to(settings_to_write(action)));
    if (user.moved_from) patch.email = email;
    if (!patch.empty()) all.push_back(sent_where_needed(writes::update_user(id, patch)));
    return all;
  }

  Requests requests(const plan::Action& action, const plan::BotAction& bot) const {
    const auto* known = model::find(before_, bot.moved_from.value_or(bot.ref));
    const bool is_new = action.verb == Verb::kCreate;
    if (!is_new && !bot.id) return {};
    const RequestId id = id_of(bot.ref);
    if (action.verb == Verb::kDelete)
      return known != nullptr && is_deleted_itself(*known) ? Requests{sent(writes::delete_bot(id))}
                                                           : Requests{};
    if (action.verb == Verb::kUpdate && bot.settings.changes.empty()) return {};
    chatwoot::BotSettings settings{bot_settings_to_write(action.verb, bot, known), {}};
    if (const auto account = model::account_of(bot.settings.wanted, directory_))
      settings.account_id = id_of(*account);
    if (is_new) return {sent(writes::create_bot(settings))};
    // What cannot be read back is always sent.
    const bool unreadable = settings.settings.find(Field::kOutgoingUrl) != nullptr;
    if (settings.empty()) return {};
    return {planned(writes::update_bot(id, settings), !unreadable)};
  }

  Requests requests(const plan::Action& /*action*/, const plan::GrantAction& grant) const {
    const RequestId account = id_of(grant.account);
    const auto created = created_.find(grant.user);
    const bool is_created = created != created_.end();
    // Whom the plan creates has the id that the run gets to know.
    const auto id = is_created && grant.after ? std::nullopt : user_id_of(grant, ids_.find(grant.user));
    const RequestId user = id ? RequestId(*id) : id_of(grant.user);
    if (!grant.after) return {sent_where_needed(writes::delete_member(account, user))};
    const bool user_is_new = is_created && !created->second;
    const bool guarded = is_guarded(grant, !ids_.find(grant.account), user_is_new);
    return {planned(writes::put_member(account, user, *grant.after), guarded)};
  }

  const model::RecordedEstate& before_;
  const model::Directory& directory_;
  KnownIds ids_;
  std::map<model::UserRef, bool> created_;
};

}  // namespace

void add_requests(plan::Plan& plan, const model::RecordedEstate& before, const model::Directory& directory) {
  const PlanRequests requests(plan, before, directory);
  for (plan::Action& action : plan.actions) action.requests = requests.of(action);
}

}  // namespace rollcall::apply
