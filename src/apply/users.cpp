#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "apply/changes.hpp"
#include "apply/session.hpp"
#include "base/text.hpp"
#include "model/marker.hpp"

namespace rollcall::apply {
namespace {

using chatwoot::ErrorKind;
using plan::UserAction;
using plan::Verb;

const model::RecordedUser* recorded(const Session& session, const UserAction& user) {
  return model::find(session.estate(), user.moved_from.value_or(user.ref));
}

ActionOutcome unreadable(const chatwoot::CallError& error, const Session& session, const UserAction& user) {
  if (error.kind != ErrorKind::kNotFound) return finding_of(error);
  return gone(fmt::format("user {}", *user.id),
              model::address_of(user.moved_from.value_or(user.ref), session.directory));
}

/// Sends what differs, and reads the user again where the response leaves a doubt.
ActionOutcome send_user(Worker& worker, model::ServerId id, const std::vector<model::SettingChange>& changes,
                        const std::optional<std::string>& email) {
  if (changes.empty() && !email) return unchanged();
  chatwoot::UserPatch patch = chatwoot::user_patch(changes);
  patch.email = email;
  return send_or_look([&] { return worker.client.update_user(id, patch); },
                      [&] { return worker.client.get_user(id); },
                      [&](const model::LiveUser& now) {
                        return Shown{not_made(changes, now.settings), !email || now.email == *email};
                      });
}

/// The address that a move has to write; nothing where there is none to write. An error where the user has
/// neither the old one nor the new.
Expected<std::optional<std::string>> address_to_write(const Session& session, const UserAction& user,
                                                      const model::LiveUser& live) {
  std::string wanted = session.directory.key(user.ref);
  if (live.email == wanted) return std::nullopt;
  if (!user.moved_from)
    return fail(fmt::format("User {} has the address {} on the server, not {}.", live.id, live.email, wanted),
                "The address was changed on the server: "
                "write it into the roster with a `moved` entry, or change it back.");
  if (const std::string& before = session.directory.key(*user.moved_from); live.email != before)
    return fail(fmt::format("The user's address is {} on the server, but {} is recorded and {} is wanted.",
                            live.email, before, wanted),
                "It was changed on the server. Correct `moved` in the roster, or the address on the server.");
  return wanted;
}

ActionOutcome update(Session& session, Worker& worker, const UserAction& user) {
  if (user.settings.changes.empty() && !user.moved_from) return done();
  const auto live = worker.client.get_user(*user.id);
  if (!live) return unreadable(live.error(), session, user);
  const auto changes = still_to_send(user.settings.changes, live->settings);
  if (!changes) return failed(changes.error());
  const auto email = address_to_write(session, user, *live);
  if (!email) return failed(email.error());
  return send_user(worker, *user.id, *changes, *email);
}

ActionOutcome bind(Session& session, Worker& worker, const UserAction& user,
                   const model::SettingsPatch& wanted) {
  const auto live = worker.client.get_user(*user.id);
  if (!live) return unreadable(live.error(), session, user);
  const auto email = address_to_write(session, user, *live);
  if (!email) return failed(email.error());
  ActionOutcome finding =
      send_user(worker, *user.id, model::differences_from_live(wanted, live->settings), *email);
  finding.learnt = {*user.id, {}, user.provenance};
  return finding;
}

/// The user, once the server is done with the memberships of the accounts that this run deletes: for a
/// moment it lists them still, or answers 500 (states.half_get_user of the recordings).
chatwoot::Result<model::LiveUser> read_leaver(Session& session, Worker& worker, model::ServerId id) {
  chatwoot::Result<model::LiveUser> live;
  session.await_memberships([&](const std::set<model::ServerId>& deleted) {
    live = worker.client.get_user(id);
    if (!live) return live.error().status != 500 || deleted.empty();
    return std::none_of(live->memberships.begin(), live->memberships.end(),
                        [&](const auto& membership) { return deleted.contains(membership.account_id); });
  });
  return live;
}

ActionOutcome remove(Session& session, Worker& worker, const UserAction& user) {
  const model::RecordedUser* known = recorded(session, user);
  if (known == nullptr || known->provenance != model::Provenance::kCreated)
    return failed("Rollcall did not create this user, so it does not delete them.",
                  "Set on_remove to retain, or delete the user in the super-admin console.");
  const auto live = read_leaver(session, worker, *user.id);
  if (is_missing(live)) return unchanged();
  if (!live) return finding_of(live.error());
  if (!model::carries(live->marker, known->nonce))
    return failed(
        fmt::format("User {} does not carry the marker that Rollcall gave them, so they are not deleted.",
                    *user.id),
        "If the user is to go, delete them in the super-admin console, then run `rollcall state rm`.");
  if (!live->memberships.empty()) {
    std::vector<model::ServerId> accounts;
    for (const model::LiveMembership& membership : live->memberships)
      accounts.push_back(membership.account_id);
    return failed(
        fmt::format("The user is still a member of {} ({} {}), so they are not deleted.",
                    pluralize(accounts.size(), "account", "accounts"), accounts.size() == 1 ? "id" : "ids",
                    fmt::join(accounts, ", ")),
        "End those memberships, then apply again. An account that was just deleted takes a moment to go.");
  }
  const auto deleted = worker.client.delete_user(*user.id);
  if (!deleted && !is_missing(deleted)) return finding_of(deleted.error());
  return gone_or_pending(session, [&] { return is_missing(worker.client.get_user(*user.id)); });
}

/// Whether the state has had this nonce, for a user of whatever address.
bool is_known_nonce(const Session& session, const std::string& nonce) {
  const model::RecordedEstate& estate = session.estate();
  return std::any_of(estate.users.begin(), estate.users.end(),
                     [&](const model::RecordedUser& user) { return user.nonce == nonce; }) ||
         std::any_of(session.settings.unresolved.begin(), session.settings.unresolved.end(),
                     [&](const state::Intent& intent) { return intent.nonce == nonce; }) ||
         model::is_forgotten(estate, model::ObjectKind::kUser, 0, nonce);
}

/// A user whom this state's lineage created and who is not in it: nothing that would be created now is
/// certain to be new. Nothing: the user may be refused or adopted.
std::optional<ActionOutcome> state_is_old(const Session& session, const std::string& email,
                                          const model::LiveUser& live) {
  const auto marker = live.marker ? model::parse_marker(*live.marker) : std::nullopt;
  if (!marker || marker->lineage != session.settings.lineage || is_known_nonce(session, marker->nonce))
    return std::nullopt;
  // The same words for every user who is met so, so that they are told once.
  ActionOutcome finding = failed(
      "The server has the user already, created by a run that this state does not know. "
      "The state is old, or a second copy of it is in use.",
      "Restore the newest state, then apply again. "
      "Nothing was changed, except that asking has permitted this token to manage the user.");
  finding.fatal = {
      fmt::format("The server has {} (id {}) already, created by a run that this state does not know. "
                  "The state is old, or a second copy of it is in use. Nothing more was sent.",
                  model::object_address<model::User>(email), live.id),
      "Restore the newest state, then apply again. "
      "Where it is lost, `rollcall help state` says how to begin a new one."};
  return finding;
}

ActionOutcome refuse_existing(const Session& session, const model::LiveUser& live) {
  const auto marker = live.marker ? model::parse_marker(*live.marker) : std::nullopt;
  const bool is_forgotten = marker && marker->lineage == session.settings.lineage &&
                            model::is_forgotten(session.estate(), model::ObjectKind::kUser, 0, marker->nonce);
  return failed(fmt::format("A user with this address already exists on the server (id {}). "
                            "Asking has permitted this token to manage that user; nothing else was changed.",
                            live.id),
                is_forgotten ? "Rollcall created the user, and `rollcall state rm` forgot it: "
                               "set `adopt: true` to manage the user again."
                             : "Set `adopt: true` to adopt the user, or use another address.");
}

// The server commits the address before it answers; a moment, even on a busy one.
constexpr int kTakenLooks = 20;
constexpr std::chrono::milliseconds kBetweenTakenLooks{500};

bool is_taken(const chatwoot::Result<model::LiveUser>& answer) {
  return !answer && chatwoot::is_email_taken(answer.error());
}

/// POST answers the existing user for an address that it knows, so the same POST with the same marker is
/// the look-up of one whose response was lost: never two users. While a POST of an earlier run (`is_open`) is
/// still being carried out, the server may say that the address is taken: the next response shows the user.
chatwoot::Result<model::LiveUser> post_user(const Session& session, Worker& worker,
                                            const chatwoot::NewUser& user, bool is_open) {
  constexpr int kLooks = 2;
  auto answer = worker.client.create_user(user);
  for (int look = 0; look < kTakenLooks && is_open && !session.stopping() && is_taken(answer); ++look) {
    session.environment.clock.sleep_for(kBetweenTakenLooks);
    answer = worker.client.create_user(user);
  }
  if (answer || !answer.error().unknown_outcome) return answer;
  chatwoot::CallError first = answer.error();
  for (int look = 0; look < kLooks && !session.stopping() && !chatwoot::is_fatal(answer.error()); ++look) {
    answer = worker.client.create_user(user);
    if (answer) return answer;
  }
  first.server_gone = !session.stopping() && chatwoot::is_fatal(answer.error());
  first.hint += first.hint.empty() ? "" : " ";
  first.hint += "Apply again: it asks for the user with the same mark, so that no user is created twice.";
  return tl::unexpected(std::move(first));
}

ActionOutcome create(Session& session, Worker& worker, const plan::Action& action, const std::string& nonce) {
  const auto& user = std::get<UserAction>(action.object);
  const std::string& email = session.directory.key(user.ref);
  const std::string marker = session.marker(email, nonce);
  const auto live = post_user(
      session, worker,
      {email, user.settings.wanted, marker, chatwoot::one_time_password(session.environment.entropy)},
      session.is_left_open(user.ref));
  if (!live) return finding_of(live.error());
  if (live->email != email)
    return failed(fmt::format("The server answered with the user of another address ({}).", live->email),
                  "Look at both users in the super-admin console before you apply again.");
  const bool ours = live->marker == marker;
  if (!ours)
    if (auto stop = state_is_old(session, email, *live)) return std::move(*stop);
  if (!ours && !user.adopt) return refuse_existing(session, *live);

  const state::ServerResult learnt{live->id, ours ? nonce : std::string(),
                                   ours ? model::Provenance::kCreated : model::Provenance::kAdopted};
  if (const auto owner = session.ids.learn(user.ref, live->id, ours, session.directory))
    return failed(
        fmt::format("The server answered with user {}, which is {} already.", live->id, *owner),
        "The user may have got this address on the server: then write a `moved` entry, "
        "or change the address back there. Look at them in the super-admin console before you apply again.");
  const auto changes = model::differences_from_live(settings_to_write(action), live->settings);
  if (ours && !changes.empty()) {
    plan::Action so_far = action;
    auto& settings = std::get<UserAction>(so_far.object).settings;
    settings.wanted = shown_of(settings.wanted, live->settings);
    const auto recorded =
        session.record(state::changes_of(so_far, learnt, session.estate(), session.directory));
    if (!recorded) return unknown_and_over(recorded.error());
  }
  ActionOutcome finding = send_user(worker, live->id, changes, std::nullopt);
  if (ours) finding = created_but(fmt::format("The user was created (id {})", live->id), std::move(finding));
  if (ours && finding.outcome == plan::Outcome::kUnchanged) finding.outcome = plan::Outcome::kDone;
  finding.learnt = learnt;
  return finding;
}

}  // namespace

ActionOutcome apply_object(const UserAction& user, Session& session, Worker& worker,
                           const plan::Action& action, const std::string& nonce) {
  if (action.verb == Verb::kCreate) return create(session, worker, action, nonce);
  if (action.verb == Verb::kRelease) return done();
  if (!user.id)
    return failed("The record holds no id for this user.", "Run `rollcall refresh` and plan again.");
  switch (action.verb) {
    case Verb::kUpdate:
      return update(session, worker, user);
    case Verb::kBind:
      return bind(session, worker, user, settings_to_write(action));
    default:
      return remove(session, worker, user);
  }
}

}  // namespace rollcall::apply
