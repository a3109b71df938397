#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "plan/plan_builder.hpp"

namespace rollcall::plan {
namespace {

using model::UserRef;

constexpr ActionIndex kNone = std::numeric_limits<ActionIndex>::max();

/// The place of every text in byte order, each with `suffix` after it.
template <class Ref>
std::vector<std::uint32_t> ranks(const model::Interner<Ref>& texts, const char* suffix) {
  std::vector<std::pair<std::string, std::uint32_t>> sorted;
  sorted.reserve(texts.size());
  for (std::uint32_t i = 0; i < texts.size(); ++i) sorted.emplace_back(texts.text(Ref{i}) + suffix, i);
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::uint32_t> rank(texts.size());
  for (std::uint32_t place = 0; place < sorted.size(); ++place) rank[sorted[place].second] = place;
  return rank;
}

/// Which e-mail changes free an address: by the address.
using Freed = std::unordered_map<std::uint32_t, ActionIndex>;

Freed freed_addresses(const std::vector<Action>& actions) {
  Freed freed;
  for (ActionIndex i = 0; i < actions.size(); ++i)
    if (const auto* user = std::get_if<UserAction>(&actions[i].object); user != nullptr && user->moved_from)
      freed.emplace(static_cast<std::uint32_t>(*user->moved_from), i);
  return freed;
}

/// How many e-mail changes have to come before the one to an address, because each takes the address that the
/// next one frees. `effective_moves` has refused circles.
class ChangesBefore {
 public:
  explicit ChangesBefore(const std::vector<Action>& actions)
      : actions_(actions), freed_(freed_addresses(actions)) {}

  std::uint32_t count(UserRef address) {
    std::vector<std::uint32_t> passed;
    for (auto at = freed_.find(static_cast<std::uint32_t>(address));
         at != freed_.end() && counts_.emplace(at->first, 0).second; at = freed_.find(taken_by(at->second)))
      passed.push_back(at->first);
    for (auto at = passed.rbegin(); at != passed.rend(); ++at)
      counts_[*at] = 1 + counted(taken_by(freed_.at(*at)));
    return counted(static_cast<std::uint32_t>(address));
  }

 private:
  [[nodiscard]] std::uint32_t taken_by(ActionIndex change) const {
    return static_cast<std::uint32_t>(std::get<UserAction>(actions_[change].object).ref);
  }
  [[nodiscard]] std::uint32_t counted(std::uint32_t address) const {
    const auto known = counts_.find(address);
    return known == counts_.end() ? 0 : known->second;
  }

  const std::vector<Action>& actions_;
  Freed freed_;
  std::unordered_map<std::uint32_t, std::uint32_t> counts_;
};

struct SortKey {
  Phase phase{};
  std::uint32_t kind = 0;
  std::uint32_t depth = 0;
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  ActionIndex index = 0;

  auto operator<=>(const SortKey&) const = default;
};

/// Where an action stands among the others of its phase: e-mail changes first, then by kind and address.
class KeyMaker {
 public:
  KeyMaker(const std::vector<Action>& actions, const model::Directory& directory)
      : actions_(actions),
        object_ranks_(
            model::by_kind([&](auto kind) { return ranks(directory.*decltype(kind)::kDirectory, ""); })),
        grant_ranks_(ranks(directory.accounts, "/")),
        changes_before_(actions) {}

  SortKey make(ActionIndex index) {
    SortKey key{actions_[index].phase, 0, 0, 0, 0, index};
    std::visit([&](const auto& object) { place(object, key); }, actions_[index].object);
    return key;
  }

 private:
  template <class Kind>
  void place(const ObjectAction<Kind>& object, SortKey& key) {
    key.kind = 1 + static_cast<std::uint32_t>(Kind::kKind);
    key.first = rank(object.ref);
    if constexpr (Kind::kKeyIsEmail) {
      if (!object.moved_from) return;
      key.kind = 0;
      key.depth = changes_before_.count(object.ref);
    }
  }
  void place(const GrantAction& grant, SortKey& key) const {
    key.kind = 1 + static_cast<std::uint32_t>(model::kKindCount);
    key.first = grant_ranks_[static_cast<std::size_t>(grant.account)];
    key.second = rank(grant.user);
  }
  template <class Ref>
  [[nodiscard]] std::uint32_t rank(Ref ref) const {
    return object_ranks_.at(
        static_cast<std::size_t>(model::KindOf<Ref>::kKind))[static_cast<std::size_t>(ref)];
  }

  const std::vector<Action>& actions_;
  std::array<std::vector<std::uint32_t>, model::kKindCount> object_ranks_;
  std::vector<std::uint32_t> grant_ranks_;
  ChangesBefore changes_before_;
};

void sort_actions(std::vector<Action>& actions, const model::Directory& directory) {
  KeyMaker maker(actions, directory);
  std::vector<SortKey> keys;
  keys.reserve(actions.size());
  for (ActionIndex i = 0; i < actions.size(); ++i) keys.push_back(maker.make(i));
  std::sort(keys.begin(), keys.end());
  std::vector<Action> sorted;
  sorted.reserve(actions.size());
  for (const SortKey& key : keys) sorted.push_back(std::move(actions[key.index]));
  actions = std::move(sorted);
}

/// The actions that others wait for, by what they are about.
struct Gates {
  explicit Gates(const PlanBuilder& draft)
      : accounts(draft.directory.accounts.size(), kNone),
        users(draft.directory.users.size(), kNone),
        deleted_accounts(draft.directory.accounts.size(), kNone),
        freed(freed_addresses(draft.actions)) {
    for (ActionIndex i = 0; i < draft.actions.size(); ++i) {
      const Action& action = draft.actions[i];
      const bool opens = action.verb == Verb::kCreate || action.verb == Verb::kBind;
      if (const auto* account = std::get_if<AccountAction>(&action.object)) {
        if (opens || account->moved_from) accounts[static_cast<std::size_t>(account->ref)] = i;
        if (action.verb == Verb::kDelete) deleted_accounts[static_cast<std::size_t>(account->ref)] = i;
      } else if (const auto* user = std::get_if<UserAction>(&action.object)) {
        if (opens || user->moved_from) users[static_cast<std::size_t>(user->ref)] = i;
      }
    }
  }

  std::vector<ActionIndex> accounts;
  std::vector<ActionIndex> users;
  std::vector<ActionIndex> deleted_accounts;
  Freed freed;
};

void need(std::vector<ActionIndex>& needs, const std::vector<ActionIndex>& gates, std::size_t ref) {
  if (gates[ref] != kNone) needs.push_back(gates[ref]);
}

/// The server deletes an account's bots with it: so the account waits for those that stay, and those that are
/// only let go are gone once the account is.
void add_needs_of_bots(PlanBuilder& draft, const Gates& gates) {
  for (ActionIndex i = 0; i < draft.actions.size(); ++i) {
    const auto* bot = std::get_if<BotAction>(&draft.actions[i].object);
    const model::RecordedBot* recorded = bot == nullptr ? nullptr : model::find(draft.recorded, bot->ref);
    if (recorded == nullptr) continue;
    const auto account = model::account_of(recorded->settings, draft.directory);
    const ActionIndex deletion = account ? gates.deleted_accounts[static_cast<std::size_t>(*account)] : kNone;
    if (deletion == kNone) continue;
    if (!leaves(draft.actions[i]))
      draft.actions[deletion].depends_on.push_back(i);
    else if (draft.actions[i].verb == Verb::kDelete && !model::deletes_on_removal(*recorded))
      draft.actions[i].depends_on.push_back(deletion);
  }
}

/// A user is let go or deleted after their revocations; deleted also after the accounts that vanish with
/// their memberships, because the server must show none.
void add_needs_of_leavers(PlanBuilder& draft, const Gates& gates) {
  std::unordered_map<std::uint32_t, ActionIndex> leavers;
  for (ActionIndex i = 0; i < draft.actions.size(); ++i)
    if (const auto* user = std::get_if<UserAction>(&draft.actions[i].object);
        user != nullptr && leaves(draft.actions[i]))
      leavers.emplace(static_cast<std::uint32_t>(user->ref), i);
  if (leavers.empty()) return;
  std::unordered_map<model::ServerId, ActionIndex> deleted;
  for (const auto& [user, index] : leavers)
    if (const model::RecordedUser* recorded = model::find(draft.recorded, UserRef{user});
        recorded != nullptr && draft.actions[index].verb == Verb::kDelete)
      deleted.emplace(recorded->id, index);
  for (const model::RecordedAccount& account : draft.recorded.accounts) {
    const ActionIndex deletion = gates.deleted_accounts[static_cast<std::size_t>(account.ref)];
    if (deletion == kNone || deleted.empty()) continue;
    const auto wait = [&](model::ServerId member) {
      if (const auto at = deleted.find(member); at != deleted.end())
        draft.actions[at->second].depends_on.push_back(deletion);
    };
    for (const model::Grant& grant : model::grants_of(draft.recorded, account.ref))
      if (const model::RecordedUser* user = model::find(draft.recorded, grant.user)) wait(user->id);
    for (const model::UnlistedMember& member : account.unlisted) wait(member.user_id);
  }
  for (ActionIndex i = 0; i < draft.actions.size(); ++i) {
    const auto* grant = std::get_if<GrantAction>(&draft.actions[i].object);
    if (grant == nullptr || draft.actions[i].verb != Verb::kRevoke) continue;
    if (const auto at = leavers.find(static_cast<std::uint32_t>(grant->user)); at != leavers.end())
      draft.actions[at->second].depends_on.push_back(i);
  }
}

}  // namespace

void order_actions(PlanBuilder& draft) {
  if (draft.actions.empty()) return;
  sort_actions(draft.actions, draft.directory);
  const Gates gates(draft);
  for (ActionIndex i = 0; i < draft.actions.size(); ++i) {
    Action& action = draft.actions[i];
    if (const auto* grant = std::get_if<GrantAction>(&action.object)) {
      need(action.depends_on, gates.accounts, static_cast<std::size_t>(grant->account));
      // Whom nobody put there goes by the id alone.
      if (grant->after || !grant->unlisted)
        need(action.depends_on, gates.users, static_cast<std::size_t>(grant->user));
    } else if (const auto* user = std::get_if<UserAction>(&action.object);
               user != nullptr && !leaves(action)) {
      const auto at = gates.freed.find(static_cast<std::uint32_t>(user->ref));
      if (at != gates.freed.end() && at->second != i) action.depends_on.push_back(at->second);
    } else if (const auto* bot = std::get_if<BotAction>(&action.object); bot != nullptr && !leaves(action)) {
      const auto account = model::account_of(bot->settings.wanted, draft.directory);
      if (account) need(action.depends_on, gates.accounts, static_cast<std::size_t>(*account));
    }
  }
  add_needs_of_bots(draft, gates);
  add_needs_of_leavers(draft, gates);
  for (Action& action : draft.actions) {
    std::sort(action.depends_on.begin(), action.depends_on.end());
    action.depends_on.erase(std::unique(action.depends_on.begin(), action.depends_on.end()),
                            action.depends_on.end());
  }
  block_what_needs_blocked(draft.actions);
}

void block_what_needs_blocked(std::vector<Action>& actions) {
  for (Action& action : actions)
    action.blocked =
        action.blocked || std::any_of(action.depends_on.begin(), action.depends_on.end(),
                                      [&](ActionIndex needed) { return actions[needed].blocked; });
}

}  // namespace rollcall::plan
