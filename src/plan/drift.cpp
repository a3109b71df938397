#include "plan/drift.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "plan/draft.hpp"
#include "plan/live_view.hpp"

namespace rollcall::plan {
namespace {

using model::ServerId;
using model::Sight;
using model::UserRef;
using model::Value;

constexpr std::array<std::string_view, 6> kVerdicts = {"changed",    "gone",    "unlisted",
                                                       "already_so", "pending", "conflict"};

/// The verdict on three optional facts of one kind; nothing where they agree.
template <class Fact>
std::optional<Verdict> judge(const std::optional<Fact>& wanted, const std::optional<Fact>& recorded,
                             const std::optional<Fact>& live) {
  if (wanted == recorded && recorded == live) return std::nullopt;
  if (!wanted && !recorded) return Verdict::kUnlisted;
  if (wanted == live) return Verdict::kAlreadySo;
  if (recorded && !live) return Verdict::kGone;
  if (wanted == recorded) return Verdict::kChanged;
  return recorded == live ? Verdict::kPending : Verdict::kConflict;
}

bool counts(Verdict verdict) {
  return verdict == Verdict::kChanged || verdict == Verdict::kGone || verdict == Verdict::kConflict;
}

/// A role in an account as a fact; the server may hold a membership without a role.
using Membership = std::optional<model::Role>;

using Side = std::optional<Fact>;

Side side_of(const std::optional<Membership>& membership) {
  return membership ? Side(Fact(*membership)) : std::nullopt;
}

Side name_in(const model::SettingsPatch& settings) {
  return Fact(settings.text(model::Field::kName));
}

class Comparison {
 public:
  Comparison(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
             const model::LiveEstate& live, const model::Directory& directory)
      : desired_(desired),
        recorded_(recorded),
        live_(live),
        directory_(directory),
        names_(recorded, live, directory) {}

  Drift compare(const Moves& moves) {
    moves_ = &moves;
    drift_.accounts_listed = live_.accounts_listing != model::AccountListing::kNone;
    drift_.bots_listed = live_.bots_listed;
    compare_accounts();
    compare_users();
    compare_bots();
    find_strangers();
    sort_items(drift_.items);
    std::sort(drift_.failures.begin(), drift_.failures.end(), [](const ReadFailure& a, const ReadFailure& b) {
      return a.address != b.address ? model::address_before(a.address, b.address) : a.message < b.message;
    });
    return std::move(drift_);
  }

 private:
  void add(Verdict verdict, std::string address, std::string what, Side wanted, Side recorded, Side live,
           Origin origin, Note note = {}) {
    drift_.items.push_back({verdict, std::move(address), std::move(what), std::move(wanted),
                            std::move(recorded), std::move(live), origin, counts(verdict), std::move(note)});
  }

  void fail_to_read(const std::string& address, Sight sight, const std::string& failure) {
    if (auto failed = read_failure(address, sight, failure)) drift_.failures.push_back(std::move(*failed));
  }

  /// An object that is in the roster and waits for an apply.
  template <class Wanted>
  void add_pending(const Wanted& wanted, const std::string& address) {
    add(Verdict::kPending, address, "", name_in(wanted.settings), std::nullopt, std::nullopt, wanted.origin);
  }

  /// The object as a whole. True where it was seen and is still wanted, so that its parts can be compared.
  template <class Wanted, class Recorded, class Live>
  bool compare_object(const Wanted* wanted, const Recorded& recorded, const Live* live,
                      const std::string& address) {
    const Sight sight = live == nullptr ? Sight::kNotRead : live->sight;
    const Origin origin = wanted == nullptr ? Origin{} : wanted->origin;
    const Side wanted_name = wanted == nullptr ? std::nullopt : name_in(wanted->settings);
    if (live != nullptr) fail_to_read(address, sight, live->failure);
    if (sight == Sight::kMissing) {
      const Note note =
          recorded.missing_since ? Note{NoteCode::kFirstMissed, *recorded.missing_since} : Note{};
      add(wanted == nullptr ? Verdict::kAlreadySo : Verdict::kGone, address, "", wanted_name,
          name_in(recorded.settings), std::nullopt, origin, note);
      return false;
    }
    if (wanted == nullptr)
      add(Verdict::kPending, address, "", std::nullopt, name_in(recorded.settings),
          sight == Sight::kSeen ? name_in(live->settings) : std::nullopt, origin);
    return wanted != nullptr && sight == Sight::kSeen;
  }

  /// What nobody recorded of a setting is not known to have been otherwise: it is pending, never in conflict.
  void compare_setting(const model::Setting& wanted, const Value* recorded, const Value& live,
                       const std::string& address, Origin origin) {
    const auto verdict =
        judge(std::optional(wanted.value), std::optional(recorded ? *recorded : live), std::optional(live));
    if (!verdict && recorded != nullptr) return;
    add(verdict.value_or(Verdict::kAlreadySo), address, model::to_string(wanted.name), Fact(wanted.value),
        recorded == nullptr ? std::nullopt : Side(Fact(*recorded)), Fact(live), origin);
  }

  template <class Wanted, class Recorded, class LiveValue>
  void compare_settings(const Wanted& wanted, const Recorded& recorded, const std::string& address,
                        const LiveValue& live_value) {
    for (const model::Setting& setting : wanted.settings) {
      // The server answers a bot's name for this one (agent_bots.* of the recordings).
      if (setting.name.field == model::Field::kOutgoingUrl) continue;
      compare_setting(setting, recorded.settings.find(setting.name), live_value(setting.name), address,
                      model::origin_of(wanted, setting.name));
    }
  }

  void compare_accounts() {
    const auto address = [&](const auto& object) {
      return model::account_address(directory_.key(object.account));
    };
    const auto both = [&](const model::DesiredAccount& wanted, const model::RecordedAccount& recorded) {
      if (recorded.released) return add_pending(wanted, address(wanted));
      const model::LiveAccount* live = model::find_account(live_, recorded.id);
      note_checked(live, drift_.accounts_checked);
      if (!compare_object(&wanted, recorded, live, address(wanted))) return;
      compare_settings(wanted, recorded, address(wanted), [&](const model::SettingName& name) {
        return model::live_value(live->settings, name);
      });
      fail_to_read(address(wanted), live->members_sight, live->members_failure);
      if (live->members_sight == Sight::kSeen) compare_members(wanted, *live);
    };
    const auto left = [&](const model::RecordedAccount& recorded) {
      if (recorded.released) return;
      const model::LiveAccount* live = model::find_account(live_, recorded.id);
      note_checked(live, drift_.accounts_checked);
      compare_object<model::DesiredAccount>(nullptr, recorded, live, address(recorded));
    };
    merge_sorted(
        desired_.accounts, [](const auto& wanted) { return wanted.account; }, recorded_.accounts,
        [](const auto& recorded) { return recorded.account; },
        [&](const auto& wanted) {
          add_pending(wanted, address(wanted));
          add_pending_grants(wanted);
        },
        both, left);
  }

  void compare_users() {
    const auto address = [&](const auto& object) { return model::user_address(directory_.key(object.user)); };
    const auto seen = [&](const model::RecordedUser& recorded) {
      const model::LiveUser* live = model::find_user(live_, recorded.id);
      note_checked(live, drift_.users_checked);
      if (live == nullptr || live->sight == Sight::kNotRead) drift_.users_read = false;
      return live;
    };
    const auto both = [&](const model::DesiredUser& wanted, const model::RecordedUser& recorded) {
      if (recorded.released) return add_pending(wanted, address(wanted));
      const model::LiveUser* live = seen(recorded);
      if (!compare_object(&wanted, recorded, live, address(wanted))) return;
      compare_settings(wanted, recorded, address(wanted), [&](const model::SettingName& name) {
        return model::live_value(live->settings, name);
      });
      compare_email(wanted, *live);
    };
    const auto left = [&](const model::RecordedUser& recorded) {
      if (!recorded.released)
        compare_object<model::DesiredUser>(nullptr, recorded, seen(recorded), address(recorded));
    };
    merge_sorted(
        desired_.users, [](const auto& wanted) { return wanted.user; }, recorded_.users,
        [](const auto& recorded) { return recorded.user; },
        [&](const auto& wanted) { add_pending(wanted, address(wanted)); }, both, left);
  }

  void compare_email(const model::DesiredUser& wanted, const model::LiveUser& live) {
    const UserRef before = moved_from(moves_->users, wanted.user).value_or(wanted.user);
    const std::string &w = directory_.key(wanted.user), &r = directory_.key(before);
    if (live.email.empty()) return;
    if (const auto verdict = judge(std::optional(w), std::optional(r), std::optional(live.email)))
      add(*verdict, model::user_address(w), "email", Fact(w), Fact(r), Fact(live.email), wanted.origin,
          counts(*verdict) ? Note{NoteCode::kAddressStays} : Note{});
  }

  void compare_bots() {
    const auto address = [&](const auto& object) { return model::bot_address(directory_.key(object.bot)); };
    const auto both = [&](const model::DesiredBot& wanted, const model::RecordedBot& recorded) {
      if (recorded.released) return add_pending(wanted, address(wanted));
      const model::LiveBot* live = model::find_bot(live_, recorded.id);
      if (!compare_object(&wanted, recorded, live, address(wanted))) return;
      compare_settings(wanted, recorded, address(wanted), [&](const model::SettingName& name) {
        return live_bot_value(*live, name, recorded_, directory_);
      });
    };
    const auto left = [&](const model::RecordedBot& recorded) {
      if (!recorded.released)
        compare_object<model::DesiredBot>(nullptr, recorded, model::find_bot(live_, recorded.id),
                                          address(recorded));
    };
    merge_sorted(
        desired_.bots, [](const auto& wanted) { return wanted.bot; }, recorded_.bots,
        [](const auto& recorded) { return recorded.bot; },
        [&](const auto& wanted) { add_pending(wanted, address(wanted)); }, both, left);
  }

  template <class Live>
  void note_checked(const Live* live, std::size_t& checked) const {
    if (live != nullptr && (live->sight == Sight::kSeen || live->sight == Sight::kMissing)) ++checked;
  }

  [[nodiscard]] Origin origin_of(const model::DesiredGrant& grant) const {
    const auto& rules = desired_.causes.sets[grant.cause];
    return rules.empty() ? Origin{} : desired_.causes.rules[rules.front()].origin;
  }

  void add_pending_grants(const model::DesiredAccount& wanted) {
    const std::string& key = directory_.key(wanted.account);
    for (const model::DesiredGrant& grant : model::grants_of(desired_, wanted.account))
      add(Verdict::kPending, model::grant_address(key, directory_.key(grant.grant.user)), "role",
          side_of(Membership(grant.grant.role)), std::nullopt, std::nullopt, origin_of(grant));
  }

  /// All three views of one person in one account.
  struct Views {
    std::optional<Membership> wanted, recorded, live;
    Origin origin;
  };

  void compare_members(const model::DesiredAccount& wanted, const model::LiveAccount& live) {
    const std::string& key = directory_.key(wanted.account);
    std::vector<std::pair<UserRef, Views>> views;
    for (const model::DesiredGrant& grant : model::grants_of(desired_, wanted.account))
      views.push_back({grant.grant.user, {Membership(grant.grant.role), {}, {}, origin_of(grant)}});
    for (const model::Grant& grant : model::grants_of(recorded_, wanted.account))
      views.push_back({grant.user, {{}, Membership(grant.role), {}, {}}});
    const bool revokes = wanted.unlisted_members == model::UnlistedMembers::kRevoke;
    for (const model::LiveMember& member : live.members) {
      shown_as_members_.insert(member.user_id);
      const MemberName name = names_.name_of(member.user_id);
      if (name.user) {
        views.push_back({*name.user, {{}, {}, Membership(member.role), {}}});
        continue;
      }
      add(Verdict::kUnlisted, member_address(key, name, member.user_id), "role", std::nullopt, std::nullopt,
          side_of(member.role), {}, name.note);
      drift_.items.back().counts = revokes;
      ++drift_.grants_checked;
    }
    std::stable_sort(views.begin(), views.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t begin = 0, end = 0; begin < views.size(); begin = end) {
      Views all;
      for (; end < views.size() && views[end].first == views[begin].first; ++end) {
        const Views& one = views[end].second;
        if (one.wanted) all.wanted = one.wanted, all.origin = one.origin;
        if (one.recorded) all.recorded = one.recorded;
        if (one.live) all.live = one.live;
      }
      ++drift_.grants_checked;
      const auto verdict = judge(all.wanted, all.recorded, all.live);
      if (!verdict) continue;
      add(*verdict, model::grant_address(key, directory_.key(views[begin].first)), "role",
          side_of(all.wanted), side_of(all.recorded), side_of(all.live), all.origin);
      if (*verdict == Verdict::kUnlisted) drift_.items.back().counts = revokes;
    }
  }

  template <class Objects>
  static std::set<ServerId> ids_of(const Objects& objects) {
    std::set<ServerId> ids;
    for (const auto& object : objects) ids.insert(object.id);
    return ids;
  }

  /// What only the server has. People show up as members already; those who are members of nothing are listed
  /// too.
  void find_strangers() {
    std::set<ServerId> accounts = ids_of(recorded_.accounts);
    for (const model::DesiredAccount& wanted : desired_.accounts)
      if (wanted.id) accounts.insert(*wanted.id);
    const auto unlisted = [&](std::string address, const model::SettingsPatch& settings) {
      add(Verdict::kUnlisted, std::move(address), "", std::nullopt, std::nullopt, name_in(settings), {});
    };
    for (const model::LiveAccount& account : live_.accounts)
      if (account.sight == Sight::kSeen && !accounts.contains(account.id))
        unlisted(fmt::format("accounts.#{}", account.id), account.settings);
    const std::set<ServerId> users = ids_of(recorded_.users);
    for (const model::LiveUser& user : live_.users)
      if (user.sight == Sight::kSeen && !users.contains(user.id) && !shown_as_members_.contains(user.id))
        unlisted(user.email.empty() ? fmt::format("users.#{}", user.id) : model::user_address(user.email),
                 user.settings);
    const std::set<ServerId> bots = ids_of(recorded_.bots);
    for (const model::LiveBot& bot : live_.bots)
      if (bot.sight == Sight::kSeen && !bots.contains(bot.id))
        unlisted(fmt::format("agent_bots.#{}", bot.id), bot.settings);
  }

  const model::DesiredEstate& desired_;
  const model::RecordedEstate& recorded_;
  const model::LiveEstate& live_;
  const model::Directory& directory_;
  MemberNames names_;
  const Moves* moves_ = nullptr;
  std::set<ServerId> shown_as_members_;
  Drift drift_;
};

}  // namespace

std::string_view to_string(Verdict verdict) {
  return kVerdicts.at(static_cast<std::size_t>(verdict));
}

Drift find_drift(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
                 const model::LiveEstate& live, const model::Directory& directory) {
  // Moves that no plan can make are the plan's to refuse; here the objects stand under their recorded keys.
  const Moves moves = effective_moves(desired, recorded, directory).value_or(Moves{});
  if (desired.moves.empty()) return Comparison(desired, recorded, live, directory).compare(moves);
  const model::RecordedEstate renamed = after_moves(recorded, moves, desired, directory);
  return Comparison(desired, renamed, live, directory).compare(moves);
}

}  // namespace rollcall::plan
