#include "state/journal_fold.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rollcall::state {
namespace {

template <class Item>
void move_to(std::vector<Item>& into, std::vector<Item> items) {
  into.insert(into.end(), std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
}

/// Whether a look at the one tells of the other as well.
bool asks_the_same(const Intent& a, const Intent& b) {
  const bool equal = a.verb == b.verb && a.nonce == b.nonce && a.facts == b.facts &&
                     a.first_id == b.first_id && a.accepted == b.accepted;
  return equal || (!a.nonce.empty() && a.nonce == b.nonce);
}

}  // namespace

JournalFold::JournalFold(State base, const model::Directory& directory)
    : state_(std::move(base)), directory_(directory) {
  for (Intent& intent : std::exchange(state_.unresolved, {})) add_unresolved(std::move(intent));
}

void JournalFold::add(JournalEntry entry, bool known) {
  if (auto* begun = std::get_if<Begun>(&entry)) {
    begin(begun->action, std::move(begun->intent));
  } else if (auto* intended = std::get_if<Intended>(&entry)) {
    intended->intent.only_intended = true;
    begin(intended->action, std::move(intended->intent));
  } else if (const auto* sent = std::get_if<Sent>(&entry)) {
    if (const auto open = open_.find(sent->action); open != open_.end())
      open->second.intent.only_intended = false;
  } else if (auto* settled = std::get_if<Settled>(&entry)) {
    settle(std::move(*settled), known);
  } else if (!known) {
    take(std::move(std::get<Noted>(entry).facts));
  }
}

void JournalFold::begin(std::uint32_t action, Intent intent) {
  // The same action once more: the run knows more of it by now.
  if (const auto known = open_.find(action); known != open_.end()) {
    known->second.intent = std::move(intent);
    return;
  }
  Open open{std::move(intent), {}};
  if (!unresolved_at_.empty()) open.older = take_unresolved(address_of(open.intent, directory_));
  open_.emplace(action, std::move(open));
}

void JournalFold::drop_unsent() {
  for (auto open = open_.begin(); open != open_.end();) {
    if (!open->second.intent.only_intended) {
      ++open;
      continue;
    }
    put_back(std::move(open->second.older));
    open = open_.erase(open);
  }
}

void JournalFold::put_back(std::vector<Intent> older) {
  for (Intent& intent : older) add_unresolved(std::move(intent));
}

void JournalFold::add_unresolved(Intent intent) {
  unresolved_at_[address_of(intent, directory_)].push_back(unresolved_.size());
  unresolved_.emplace_back(std::move(intent));
}

std::vector<Intent> JournalFold::take_unresolved(const std::string& address) {
  std::vector<Intent> taken;
  const auto at = unresolved_at_.extract(address);
  if (at.empty()) return taken;
  for (const std::size_t index : at.mapped()) {
    taken.push_back(std::move(*unresolved_[index]));
    unresolved_[index].reset();
  }
  return taken;
}

void JournalFold::settle(Settled settled, bool known) {
  ++settled_;
  if (const auto open = open_.extract(settled.action); !open.empty() && settled.facts.empty())
    put_back(std::move(open.mapped().older));
  if (!known) take(std::move(settled.facts));
}

void JournalFold::take(std::vector<StateChange> facts) {
  move_to(pending_, std::move(facts));
  // A fold costs as much as the estate is large, so it waits until there is as much to take in: a long run
  // holds no more than twice its estate, and folding stays in proportion to its facts.
  constexpr std::size_t kMin = 10'000;
  if (pending_.size() >= std::max(kMin, state_.estate.grants.size())) fold_pending();
}

void JournalFold::fold_pending() {
  state_.estate = fold(std::move(state_.estate), pending_);
  pending_.clear();
}

State JournalFold::so_far() const {
  State state = state_;
  state.estate = fold(std::move(state.estate), pending_);
  for (const std::optional<Intent>& intent : unresolved_)
    if (intent) state.unresolved.push_back(*intent);
  // It is not known yet whether what is under way settles these as well.
  for (const auto& [action, open] : open_)
    state.unresolved.insert(state.unresolved.end(), open.older.begin(), open.older.end());
  return state;
}

State JournalFold::finish(std::string run, std::optional<AppliedPlan> plan) && {
  fold_pending();
  state_.last_run = std::move(run);
  state_.last_plan = std::move(plan);
  for (std::optional<Intent>& intent : unresolved_)
    if (intent) state_.unresolved.push_back(std::move(*intent));
  for (auto& [action, open] : open_) {
    // Of two that ask the same, one that was sent says more.
    std::erase_if(open.older, [&intent = open.intent](const Intent& older) {
      if (!asks_the_same(older, intent)) return false;
      intent.only_intended = intent.only_intended && older.only_intended;
      return true;
    });
    move_to(state_.unresolved, std::move(open.older));
    state_.unresolved.push_back(std::move(open.intent));
  }
  return std::move(state_);
}

}  // namespace rollcall::state
