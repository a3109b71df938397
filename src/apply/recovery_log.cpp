#include "apply/recovery_log.hpp"

#include <fmt/format.h>

#include <variant>

#include "model/address.hpp"
#include "observe/probe.hpp"

namespace rollcall::apply {

using state::Intent;

namespace {

/// What is read to see what became of an action: the members of its account, or its object.
std::string read_for(const Intent& intent, const model::Directory& directory) {
  const state::StateChange& subject = state::subject_of(intent);
  const auto members_of = [&](model::AccountRef account) {
    return fmt::format("The members of {}", model::address_of(account, directory));
  };
  if (const auto* put = std::get_if<state::PutGrant>(&subject)) return members_of(put->grant.account);
  if (const auto* drop = std::get_if<state::DropGrant>(&subject)) return members_of(drop->account);
  return state::address_of(intent, directory);
}

}  // namespace

void RecoveryLog::note(const Intent& intent, std::string_view what) {
  recovery_.notes.push_back(fmt::format("{} {}", state::address_of(intent, directory_), what));
}

void RecoveryLog::done(const Intent& intent) {
  recovery_.facts.insert(recovery_.facts.end(), intent.facts.begin(), intent.facts.end());
  note(intent, fmt::format("({}) was done.", plan::to_string(intent.verb)));
}

void RecoveryLog::not_done(const Intent& intent) {
  if (intent.only_intended) return;
  note(intent, fmt::format("({}) was not done.", plan::to_string(intent.verb)));
}

void RecoveryLog::not_seen(const Intent& intent, std::string_view what,
                           const std::vector<model::ServerId>& unseen) {
  std::string text = fmt::format(
      "{} (create) was not done, as far as this token can see. If the server failed in the middle of it, "
      "{} is left: look for it in the super-admin console and delete it.",
      state::address_of(intent, directory_), what);
  if (!unseen.empty()) text += fmt::format(" It may be one of these ids: {}.", observe::ranges_of(unseen));
  recovery_.possible_orphans.push_back(std::move(text));
}

Expected<void> RecoveryLog::unreadable(const Intent& intent, const chatwoot::CallError& error) {
  using chatwoot::ErrorKind;
  const bool settled = error.kind == ErrorKind::kNotFound || error.kind == ErrorKind::kNotPermitted;
  if (!settled && error.kind != ErrorKind::kServerError)
    return tl::unexpected<Error>(chatwoot::to_error(error));
  if (!intent.only_intended)
    note(intent, fmt::format("({}) could not be looked up: {} The record stays as it was.",
                             plan::to_string(intent.verb), error.message));
  else if (std::string what = read_for(intent, directory_); unread_.insert(what).second)
    recovery_.notes.push_back(
        fmt::format("{} could not be read: {} The record stays as it was.", what, error.message));
  if (!settled) stays_open(intent);
  return {};
}

}  // namespace rollcall::apply
