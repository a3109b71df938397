#pragma once

#include <string>

#include "plan/drift.hpp"
#include "support/estates.hpp"

namespace rollcall::test {

/// Estates with the third side: what the server says. Starts as what the record says.
struct ThreeSides : Estates {
  model::LiveEstate live;
  plan::DriftContext context{{}, "ours", {}, {}};

  void live_as_recorded() {
    sort();
    live = {};
    live.accounts_listing = model::AccountListing::kListed;
    live.bots_listed = true;
    for (const auto& has : recorded.accounts) {
      model::LiveAccount account;
      account.id = has.id;
      account.sight = account.members_sight = model::Sight::kSeen;
      account.settings = has.settings;
      if (has.suspended_by_removal) account.settings.set(model::Field::kStatus, "suspended");
      for (const auto& grant : recorded.grants)
        if (grant.account == has.ref)
          account.members.push_back({model::find(recorded, grant.user)->id, grant.role});
      for (const auto& member : has.unlisted) account.members.push_back({member.user_id, member.role});
      live.accounts.push_back(account);
    }
    for (const auto& has : recorded.users) {
      model::LiveUser user;
      user.id = has.id;
      user.sight = model::Sight::kSeen;
      user.email = directory.key(has.ref);
      user.settings = has.settings;
      live.users.push_back(user);
    }
    for (const auto& has : recorded.bots) {
      model::LiveBot bot;
      bot.id = has.id;
      bot.sight = model::Sight::kSeen;
      bot.settings = has.settings;
      bot.settings.erase({model::Field::kOutgoingUrl, {}});
      bot.settings.erase({model::Field::kAccount, {}});
      if (const auto* account =
              model::find(recorded, this->account(has.settings.text(model::Field::kAccount))))
        bot.account_id = account->id;
      live.bots.push_back(bot);
    }
    const auto by_id = [](auto& objects) {
      std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    };
    by_id(live.accounts), by_id(live.users), by_id(live.bots);
  }

  model::LiveAccount& live_account(const std::string& key) {
    return const_cast<model::LiveAccount&>(
        *model::find_account(live, model::find(recorded, account(key))->id));
  }
  model::LiveUser& live_user(const std::string& name) {
    return const_cast<model::LiveUser&>(*model::find_user(live, model::find(recorded, user(name))->id));
  }
  model::LiveBot& live_bot(const std::string& key) {
    return const_cast<model::LiveBot&>(*model::find_bot(live, model::find(recorded, bot(key))->id));
  }
  /// Somebody whom only the server knows.
  model::LiveUser& stranger(model::ServerId id, const std::string& name) {
    model::LiveUser user;
    user.id = id;
    user.sight = model::Sight::kSeen;
    user.email = email(name);
    user.settings.set(model::Field::kName, "Stranger " + name);
    live.users.push_back(user);
    return live.users.back();
  }
  void drop_member(const std::string& key, const std::string& name) {
    const model::ServerId id = model::find(recorded, user(name))->id;
    std::erase_if(live_account(key).members, [&](const auto& member) { return member.user_id == id; });
  }
  void set_member(const std::string& key, const std::string& name, std::optional<model::Role> role) {
    drop_member(key, name);
    live_account(key).members.push_back({model::find(recorded, user(name))->id, role});
  }
};

inline std::string text_of(const plan::Fact& fact) {
  if (const auto* value = std::get_if<model::Value>(&fact)) return to_text(*value);
  if (const auto* text = std::get_if<std::string>(&fact)) return *text;
  const auto& role = std::get<std::optional<model::Role>>(fact);
  return role ? std::string(to_string(*role)) : "no role";
}

inline std::string text_of(const plan::Note& note) {
  static constexpr const char* kNotes[] = {"",
                                           "first missed",
                                           "back",
                                           "no such id",
                                           "not adopted",
                                           "address stays",
                                           "address kept",
                                           "active again",
                                           "deletion waits",
                                           "membership left",
                                           "interrupted",
                                           "never looked",
                                           "old state",
                                           "other state",
                                           "ended",
                                           "user of roster",
                                           "nobody read",
                                           "not permitted",
                                           "no such user",
                                           "read failed"};
  return kNotes[static_cast<std::size_t>(note.code)] + (note.since ? " " + to_string(*note.since) : "") +
         (note.ended ? " " + to_string(*note.ended) : "");
}

/// "changed accounts.hq name W="A" R="A" L="B" ! [raised role]" a line; the mark says that it counts, a
/// question mark that the server was not asked, the brackets that it deserves a second look.
inline std::string describe(const std::vector<plan::DriftItem>& items) {
  static constexpr const char* kLooks[] = {"",
                                           " [stale state]",
                                           " [unlisted administrator]",
                                           " [raised role]",
                                           " [address]",
                                           " [expired]",
                                           " [active again]",
                                           " [leaver]",
                                           " [ends access]"};
  std::string out;
  for (const plan::DriftItem& item : items) {
    out += fmt::format("{} {}", to_string(item.verdict), item.address);
    if (!item.what.empty()) out += " " + item.what;
    const auto side = [&](const char* name, const std::optional<plan::Fact>& fact) {
      if (fact) out += fmt::format(" {}={}", name, text_of(*fact));
    };
    side("W", item.wanted), side("R", item.recorded), side("L", item.live);
    out += item.live_read ? "" : " L=?";
    out += item.counts ? " !" : "";
    if (item.note.code != plan::NoteCode::kNone) out += fmt::format(" ({})", text_of(item.note));
    out += kLooks[static_cast<std::size_t>(item.second_look)];
    out += "\n";
  }
  return out;
}

/// Roster, record and server say the same.
inline ThreeSides agreed() {
  ThreeSides e;
  e.both_accounts({"hq"});
  e.both_users({"ana", "kim"});
  e.both_grant("hq", "ana", kAdmin);
  e.both_grant("hq", "kim", kAgent);
  e.want_bot("triage", "hq").settings.set(model::Field::kOutgoingUrl, "https://bots.example.com/triage");
  e.has_bot("triage", "hq").settings.set(model::Field::kOutgoingUrl, "https://bots.example.com/triage");
  e.live_as_recorded();
  return e;
}

}  // namespace rollcall::test
