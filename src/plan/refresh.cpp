#include "plan/refresh.hpp"

#include <algorithm>
#include <set>
#include <span>

#include "model/address.hpp"
#include "model/marker.hpp"
#include "plan/live_view.hpp"

namespace rollcall::plan {
namespace {

using model::Sight;
using model::Value;

/// Up to where nothing is left for an apply to judge: an account that carries a marker and that the record
/// does not know may show that the state is old. Had the mark passed it, no later search would find it.
model::ServerId judged_to(const model::RecordedEstate& recorded, const model::LiveEstate& live) {
  const std::set<model::ServerId> known = ids_of(recorded.accounts);
  for (const model::LiveAccount& account : live.accounts) {
    const auto marker = account.marker ? model::parse_marker(*account.marker) : std::nullopt;
    if (marker && !known.contains(account.id) &&
        !model::is_forgotten(recorded, model::ObjectKind::kAccount, account.id, marker->nonce))
      return std::min(account.id - 1, live.accounts_seen_to);
  }
  return live.accounts_seen_to;
}

class Refresher {
 public:
  Refresher(const model::RecordedEstate& recorded, const model::LiveEstate& live,
            const model::Directory& directory, Time now)
      : before_(recorded),
        live_(live),
        directory_(directory),
        names_(recorded, live, directory),
        accounts_(accounts_by_id(recorded)),
        now_(now) {
    out_.recorded = recorded;
    out_.accounts_listed = live.accounts_listing != model::AccountListing::kNone;
    out_.accounts_searched = live.accounts_listing == model::AccountListing::kSearched;
    out_.accounts_failure = live.accounts_failure;
    // Nobody asks for the listing of bots where none is recorded.
    out_.bots_listed = live.bots_listed || recorded.bots.empty();
    out_.recorded.accounts_seen_to = std::max(recorded.accounts_seen_to, judged_to(recorded, live));
  }

  Refreshed refresh() {
    for (model::RecordedAccount& account : out_.recorded.accounts) refresh_account(account);
    for (model::RecordedUser& user : out_.recorded.users) refresh_user(user);
    for (model::RecordedBot& bot : out_.recorded.bots) refresh_bot(bot);
    refresh_grants();
    for (ReadFailure& unread : failures_of_unlisted(before_, live_))
      out_.failures.push_back(std::move(unread));
    sort_items(out_.changes);
    sort_items(out_.told);
    std::stable_sort(out_.failures.begin(), out_.failures.end(),
                     [](const ReadFailure& a, const ReadFailure& b) {
                       return model::address_before(a.address, b.address);
                     });
    return std::move(out_);
  }

 private:
  using Side = std::optional<Fact>;

  void changed(Verdict verdict, std::string address, std::string what, Side recorded, Side live,
               Note note = {}) {
    out_.changes.push_back(item(verdict, std::move(address), std::move(what), std::move(recorded),
                                std::move(live), std::move(note)));
  }

  static DriftItem item(Verdict verdict, std::string address, std::string what, Side recorded, Side live,
                        Note note) {
    DriftItem item;
    item.verdict = verdict;
    item.address = std::move(address);
    item.what = std::move(what);
    item.recorded = std::move(recorded);
    item.live = std::move(live);
    item.counts = verdict != Verdict::kUnlisted;
    item.note = std::move(note);
    return item;
  }

  static void count(Sight sight, std::size_t& checked) {
    if (sight == Sight::kSeen || sight == Sight::kMissing) ++checked;
  }

  void fail_to_read(const std::string& address, Sight sight, const std::string& failure) {
    if (auto failed = read_failure(address, sight, failure)) out_.failures.push_back(std::move(*failed));
  }

  /// What is managed, with its parts.
  template <class Recorded, class Live>
  bool look_at(Recorded& recorded, const Live* live, const std::string& address, std::size_t* checked) {
    return !recorded.released && find_it(recorded, live, address, checked);
  }

  /// Marks or unmarks the object as missing. True where it was seen, so that its parts can be recorded.
  template <class Recorded, class Live>
  bool find_it(Recorded& recorded, const Live* live, const std::string& address, std::size_t* checked) {
    if (live == nullptr) return false;
    if (checked != nullptr) count(live->sight, *checked);
    fail_to_read(address, live->sight, live->failure);
    if (live->sight == Sight::kMissing && !recorded.missing_since) {
      recorded.missing_since = now_;
      changed(Verdict::kGone, address, "", Fact(recorded.settings.text(model::Field::kName)), std::nullopt);
    }
    if (live->sight != Sight::kSeen) return false;
    if (recorded.missing_since) {
      recorded.missing_since.reset();
      changed(Verdict::kChanged, address, "", std::nullopt, Fact(live->settings.text(model::Field::kName)),
              {NoteCode::kBack});
    }
    return true;
  }

  template <class LiveValue>
  void take_settings(model::SettingsPatch& settings, const std::string& address,
                     const LiveValue& live_value) {
    const model::SettingsPatch before = settings;
    for (const model::Setting& setting : before) {
      if (setting.name.field == model::Field::kOutgoingUrl) continue;
      Value live = live_value(setting.name);
      if (live == setting.value) continue;
      changed(Verdict::kChanged, address, model::to_string(setting.name), Fact(setting.value), Fact(live));
      settings.set(setting.name, std::move(live));
    }
  }

  void refresh_account(model::RecordedAccount& account) {
    const model::LiveAccount* live = model::find_account(live_, account.id);
    const std::string address = model::address_of(account.ref, directory_);
    if (model::stays_suspended(account)) return refresh_suspension(account, live, address);
    if (!look_at(account, live, address, &out_.accounts_checked)) return;
    fail_to_read(address, live->members_sight, live->members_failure);
    take_settings(account.settings, address,
                  [&](const model::SettingName& name) { return model::live_value(live->settings, name); });
  }

  /// The account is no longer managed, except that it stays suspended.
  void refresh_suspension(model::RecordedAccount& account, const model::LiveAccount* live,
                          const std::string& address) {
    if (!find_it(account, live, address, &out_.accounts_checked)) return;
    const Value suspended{std::string(model::kSuspended)};
    Value status = model::live_value(live->settings, {model::Field::kStatus, {}});
    if ((status == suspended) == account.suspended_by_removal) return;
    account.suspended_by_removal = status == suspended;
    const std::string what{model::field_name(model::Field::kStatus)};
    if (account.suspended_by_removal)
      changed(Verdict::kChanged, address, what, std::nullopt, Fact(status));
    else
      changed(Verdict::kChanged, address, what, Fact(suspended), Fact(std::move(status)),
              {NoteCode::kActiveAgain});
  }

  void refresh_user(model::RecordedUser& user) {
    const model::LiveUser* live = model::find_user(live_, user.id);
    const std::string address = model::address_of(user.ref, directory_);
    if (model::waits_for_deletion(user)) {
      find_it(user, live, address, &out_.users_checked);
      return;
    }
    if (!look_at(user, live, address, &out_.users_checked)) return;
    take_settings(user.settings, address,
                  [&](const model::SettingName& name) { return model::live_value(live->settings, name); });
    // The record keeps its address: under the new one the next plan would take the user for another one.
    if (!live->email.empty() && live->email != directory_.key(user.ref))
      out_.told.push_back(item(Verdict::kChanged, address, "email", Fact(directory_.key(user.ref)),
                               Fact(live->email), {NoteCode::kAddressKept}));
  }

  void refresh_bot(model::RecordedBot& bot) {
    const model::LiveBot* live = model::find_bot(live_, bot.id);
    const std::string address = model::address_of(bot.ref, directory_);
    if (!look_at(bot, live, address, nullptr)) return;
    take_settings(bot.settings, address, [&](const model::SettingName& name) {
      return live_bot_value(*live, name, accounts_, directory_);
    });
  }

  /// One walk over accounts and their grants, both sorted.
  void refresh_grants() {
    std::vector<model::Grant> kept;
    kept.reserve(before_.grants.size());
    auto grant = before_.grants.begin();
    for (model::RecordedAccount& account : out_.recorded.accounts) {
      while (grant != before_.grants.end() && grant->account < account.ref) kept.push_back(*grant++);
      const auto first = grant;
      while (grant != before_.grants.end() && grant->account == account.ref) ++grant;
      const model::LiveAccount* live = model::find_account(live_, account.id);
      if (account.released)
        refresh_released(account, std::span(first, grant), kept);
      else if (live == nullptr || live->sight != Sight::kSeen || live->members_sight != Sight::kSeen)
        kept.insert(kept.end(), first, grant);
      else
        refresh_members(account, *live, std::span(first, grant), kept);
    }
    kept.insert(kept.end(), grant, before_.grants.end());
    out_.recorded.grants = std::move(kept);
  }

  /// The members of a released account are not read. Who is to be deleted once no membership is left
  /// tells it of himself: a user's own response lists all of them.
  void refresh_released(model::RecordedAccount& account, std::span<const model::Grant> recorded,
                        std::vector<model::Grant>& kept) {
    const std::string& key = directory_.key(account.ref);
    for (const model::Grant& grant : recorded) {
      const model::RecordedUser* user = model::find(before_, grant.user);
      if (user != nullptr && has_left(*user, account.id))
        changed(Verdict::kGone, model::grant_address(key, directory_.key(grant.user)), "role",
                Fact(std::optional(grant.role)), std::nullopt);
      else
        kept.push_back(grant);
    }
    std::erase_if(account.unlisted, [&](const model::UnlistedMember& member) {
      const MemberName name = names_.name_of(member.user_id);
      const model::RecordedUser* user = name.user ? model::find(before_, *name.user) : nullptr;
      return user != nullptr && has_left(*user, account.id);
    });
  }

  /// Whether the user is to be deleted, and the server shows no membership in this account any more.
  [[nodiscard]] bool has_left(const model::RecordedUser& user, model::ServerId account) const {
    const model::LiveUser* live =
        model::deletes_on_removal(user) ? model::find_user(live_, user.id) : nullptr;
    return live != nullptr && live->sight == Sight::kSeen &&
           std::none_of(live->memberships.begin(), live->memberships.end(),
                        [&](const model::LiveMembership& at) { return at.account_id == account; });
  }

  void refresh_members(model::RecordedAccount& account, const model::LiveAccount& live,
                       std::span<const model::Grant> recorded, std::vector<model::Grant>& kept) {
    const std::string& key = directory_.key(account.ref);
    std::vector<model::Grant> seen;
    std::vector<bool> there(recorded.size(), false);
    std::vector<model::UnlistedMember> unlisted;
    out_.grants_checked += recorded.size();
    for (const model::LiveMember& member : live.members) {
      const MemberName name = names_.name_of(member.user_id);
      const std::string address = member_address(key, name, member.user_id);
      const model::Grant* managed = name.user ? model::find(before_, account.ref, *name.user) : nullptr;
      if (managed == nullptr) ++out_.grants_checked;
      if (managed != nullptr) {
        there[static_cast<std::size_t>(managed - recorded.data())] = true;
        if (managed->role != member.role)
          changed(Verdict::kChanged, address, "role", Fact(std::optional(managed->role)), Fact(member.role));
      }
      // A membership without a role is none that was granted: the next apply grants it anew.
      if (managed != nullptr && member.role) {
        seen.push_back({account.ref, managed->user, *member.role});
        continue;
      }
      const model::UnlistedMember* last_seen = model::find_member(account.unlisted, member.user_id);
      unlisted.push_back({member.user_id, member.role, name.email});
      // The id stands for the same user as before: an address is not forgotten because it was not read.
      const bool unseen = name.note.code == NoteCode::kReadFailed || name.note.code == NoteCode::kNotRead;
      if (unseen && last_seen != nullptr) unlisted.back().email = last_seen->email;
      const bool known = last_seen != nullptr && *last_seen == unlisted.back();
      if (managed == nullptr && !known)
        changed(Verdict::kUnlisted, address, "role", std::nullopt, Fact(member.role), name.note);
    }
    for (std::size_t i = 0; i < recorded.size(); ++i)
      if (!there[i])
        changed(Verdict::kGone, model::grant_address(key, directory_.key(recorded[i].user)), "role",
                Fact(std::optional(recorded[i].role)), std::nullopt);
    std::sort(seen.begin(), seen.end());
    kept.insert(kept.end(), seen.begin(), seen.end());
    account.unlisted = std::move(unlisted);
  }

  const model::RecordedEstate& before_;
  const model::LiveEstate& live_;
  const model::Directory& directory_;
  MemberNames names_;
  AccountsById accounts_;
  Time now_;
  Refreshed out_;
};

}  // namespace

Refreshed refresh(const model::RecordedEstate& recorded, const model::LiveEstate& live,
                  const model::Directory& directory, Time now) {
  return Refresher(recorded, live, directory, now).refresh();
}

bool is_complete(const Refreshed& refreshed) {
  return refreshed.failures.empty() && refreshed.accounts_listed;
}

}  // namespace rollcall::plan
