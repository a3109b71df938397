#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <variant>

#include "apply/changes.hpp"
#include "apply/session.hpp"
#include "base/text.hpp"

namespace rollcall::apply {
namespace {

using namespace std::chrono_literals;
using chatwoot::ErrorKind;
using plan::UserAction;
using plan::Verb;

const model::RecordedUser* recorded(const Session& session, const UserAction& user) {
  return model::find(session.estate, user.moved_from.value_or(user.user));
}

Finding unreadable(const chatwoot::CallError& error, const Session& session, const UserAction& user) {
  if (error.kind != ErrorKind::kNotFound) return finding_of(error);
  return failed(
      fmt::format("The server has no person {}.", *user.id),
      fmt::format("Run `rollcall refresh`. If the person was deleted on purpose, run `rollcall state rm {}`, "
                  "and the next apply creates them again.",
                  model::user_address(session.directory.key(user.user))));
}

/// Sends what differs, and reads the person again where the answer leaves a doubt.
Finding send_user(Worker& worker, model::ServerId id, const std::vector<model::SettingChange>& changes,
                  const std::optional<std::string>& email) {
  if (changes.empty() && !email) return already_so();
  chatwoot::UserPatch patch = chatwoot::user_patch(changes);
  patch.email = email;
  const auto sent = worker.client.update_user(id, patch);
  if (sent) return done();
  if (!sent.error().unknown_outcome || sent.error().kind == ErrorKind::kTransport)
    return finding_of(sent.error());
  // A 500 on a write proves nothing.
  const auto now = worker.client.get_user(id);
  if (!now) return finding_of(sent.error());
  const auto missing = not_made(changes, now->settings);
  if (missing.empty() && (!email || now->email == *email)) return done();
  if (sent.error().status == 200 && !missing.empty()) return failed(not_taken(missing));
  return failed(chatwoot::to_error(sent.error()));
}

Finding update(Session& session, Worker& worker, const UserAction& user) {
  if (user.settings.changes.empty() && !user.moved_from) return done();
  const auto live = worker.client.get_user(*user.id);
  if (!live) return unreadable(live.error(), session, user);
  const auto changes = still_to_send(user.settings.changes, live->settings);
  if (!changes) return failed(changes.error());
  std::optional<std::string> email;
  if (user.moved_from && live->email != session.directory.key(user.user)) {
    email = session.directory.key(user.user);
    if (const std::string& before = session.directory.key(*user.moved_from); live->email != before)
      return failed(
          fmt::format("The person's address is {} on the server, but {} is recorded and {} is wanted.",
                      live->email, before, *email),
          "Somebody changed it on the server. Correct `moved` in the roster, or the address on the server.");
  }
  return send_user(worker, *user.id, *changes, email);
}

Finding bind(Session& session, Worker& worker, const UserAction& user) {
  const auto live = worker.client.get_user(*user.id);
  if (!live) return unreadable(live.error(), session, user);
  const std::string& email = session.directory.key(user.user);
  if (live->email != email)
    return failed(
        fmt::format("Person {} has the address {} on the server, not {}.", *user.id, live->email, email),
        "The address was changed on the server: write it into the roster with a `moved` entry, or change it "
        "back.");
  Finding finding = send_user(
      worker, *user.id, model::differences_from_live(user.settings.wanted, live->settings), std::nullopt);
  finding.learnt = {*user.id, {}, user.provenance};
  return finding;
}

/// Whether everything that the person is still a member of is being deleted since this run asked for it.
bool only_in_deleted_accounts(Session& session, const model::LiveUser& live) {
  const std::scoped_lock lock(session.mutex);
  return !session.stopping() && session.environment.clock.ticks() < session.deleting_until &&
         std::all_of(live.memberships.begin(), live.memberships.end(), [&](const auto& membership) {
           return session.deleted_accounts.contains(membership.account_id);
         });
}

/// The person, once the server is done with the accounts that this run deleted, or has had its time.
chatwoot::Result<model::LiveUser> read_leaver(Session& session, Worker& worker, model::ServerId id) {
  constexpr auto kBetweenLooks = 500ms;
  auto live = worker.client.get_user(id);
  while (live && !live->memberships.empty() && only_in_deleted_accounts(session, *live)) {
    session.environment.clock.sleep_for(kBetweenLooks);
    live = worker.client.get_user(id);
  }
  return live;
}

Finding remove(Session& session, Worker& worker, const UserAction& user) {
  const model::RecordedUser* known = recorded(session, user);
  if (known == nullptr || known->provenance != model::Provenance::kCreated)
    return failed("Rollcall did not create this person, so it does not delete them.",
                  "Set on_remove to retain, or delete the person in the super-admin console.");
  const auto live = read_leaver(session, worker, *user.id);
  if (!live && live.error().kind == ErrorKind::kNotFound) return already_so();
  if (!live) return finding_of(live.error());
  if (known->nonce.empty() || !live->marker || !live->marker->ends_with("/" + known->nonce))
    return failed(
        fmt::format("Person {} does not carry the marker that Rollcall gave them, so they are not deleted.",
                    *user.id),
        "If the person is to go, delete them in the super-admin console, then run `rollcall state rm`.");
  if (!live->memberships.empty()) {
    std::vector<model::ServerId> accounts;
    for (const model::LiveMembership& membership : live->memberships)
      accounts.push_back(membership.account_id);
    return failed(
        fmt::format("The person is still a member of {} ({} {}), so they are not deleted.",
                    count_of(accounts.size(), "account", "accounts"), accounts.size() == 1 ? "id" : "ids",
                    fmt::join(accounts, ", ")),
        "End those memberships, then apply again. An account that was just deleted takes a moment to go.");
  }
  const auto deleted = worker.client.delete_user(*user.id);
  if (deleted || deleted.error().kind == ErrorKind::kNotFound) return done();
  return finding_of(deleted.error());
}

Finding refuse_existing(const Session& session, const model::LiveUser& live) {
  const bool from_here = live.marker && live.marker->starts_with(session.settings.lineage + "/");
  return failed(
      fmt::format(
          "A person of this address existed on the server before (id {}). By asking, this token has been "
          "permitted to manage them; nothing else was changed.",
          live.id),
      from_here ? "The person carries the marker of an earlier run of this state, whose answer was lost: set "
                  "`adopt: true` to take them over."
                : "Set `adopt: true` to take the person over, or use another address.");
}

/// POST answers the existing person for an address that it knows, so the same POST with the same marker is
/// the look-up of one whose answer was lost: never two people.
chatwoot::Result<model::LiveUser> post_user(const Session& session, Worker& worker,
                                            const chatwoot::NewUser& user) {
  constexpr int kLooks = 2;
  auto answer = worker.client.create_user(user);
  if (answer || !answer.error().unknown_outcome) return answer;
  chatwoot::CallError first = answer.error();
  for (int look = 0; look < kLooks && !session.stopping() && !chatwoot::is_fatal(answer.error()); ++look) {
    answer = worker.client.create_user(user);
    if (answer) return answer;
  }
  first.server_gone = !session.stopping() && chatwoot::is_fatal(answer.error());
  first.hint += first.hint.empty() ? "" : " ";
  first.hint += "Apply again: it asks for the person with the same mark, so that nobody is created twice.";
  return tl::unexpected(std::move(first));
}

Finding create(Session& session, Worker& worker, const plan::Action& action, const std::string& nonce) {
  const auto& user = std::get<UserAction>(action.object);
  const std::string& email = session.directory.key(user.user);
  const std::string marker = session.marker(email, nonce);
  const auto live = post_user(
      session, worker,
      {email, user.settings.wanted, marker, chatwoot::one_time_password(session.environment.entropy)});
  if (!live) return finding_of(live.error());
  if (live->email != email)
    return failed(fmt::format("The server answered with the person of another address ({}).", live->email),
                  "Look at both people in the super-admin console before you apply again.");
  const bool ours = live->marker == marker;
  if (!ours && !user.adopt) return refuse_existing(session, *live);

  const state::Learnt learnt{live->id, ours ? nonce : std::string(),
                             ours ? model::Provenance::kCreated : model::Provenance::kAdopted};
  if (const auto owner = session.ids.learn(user.user, live->id, ours, session.directory))
    return failed(
        fmt::format("The server answered with person {}, which is {} already.", live->id, *owner),
        "The person may have got this address on the server: then write a `moved` entry, or change the "
        "address back there. Look at them in the super-admin console before you apply again.");
  const auto changes = model::differences_from_live(user.settings.wanted, live->settings);
  if (ours && !changes.empty()) {
    plan::Action so_far = action;
    auto& settings = std::get<UserAction>(so_far.object).settings;
    settings.wanted = shown_of(settings.wanted, live->settings);
    const auto recorded =
        session.record(state::records_of(so_far, learnt, session.estate, session.directory));
    if (!recorded) return unknown_and_over(recorded.error());
  }
  Finding finding = send_user(worker, live->id, changes, std::nullopt);
  if (ours && finding.outcome == plan::Outcome::kAlreadySo) finding.outcome = plan::Outcome::kDone;
  finding.learnt = learnt;
  return finding;
}

}  // namespace

Finding apply_user(Session& session, Worker& worker, const plan::Action& action, const std::string& nonce) {
  const auto& user = std::get<UserAction>(action.object);
  if (action.verb == Verb::kCreate) return create(session, worker, action, nonce);
  if (action.verb == Verb::kRelease) return done();
  if (!user.id)
    return failed("The record holds no id for this person.", "Run `rollcall refresh` and plan again.");
  switch (action.verb) {
    case Verb::kUpdate:
      return update(session, worker, user);
    case Verb::kBind:
      return bind(session, worker, user);
    default:
      return remove(session, worker, user);
  }
}

}  // namespace rollcall::apply
