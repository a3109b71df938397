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
  return a == b || (!a.nonce.empty() && a.nonce == b.nonce);
}

}  // namespace

JournalFold::JournalFold(State base, const model::Directory& directory)
    : state_(std::move(base)), directory_(directory) {
  for (Intent& intent : std::exchange(state_.unresolved, {})) add_unresolved(std::move(intent));
}

void JournalFold::add(JournalEntry entry, bool known) {
  if (auto* begun = std::get_if<Begun>(&entry))
    begin(std::move(*begun));
  else if (auto* settled = std::get_if<Settled>(&entry))
    settle(std::move(*settled), known);
  else if (!known)
    take(std::move(std::get<Noted>(entry).facts));
}

void JournalFold::begin(Begun begun) {
  // The same action once more: the run knows more of it by now.
  if (const auto known = open_.find(begun.action); known != open_.end()) {
    known->second.intent = std::move(begun.intent);
    return;
  }
  Open open{std::move(begun.intent), {}};
  if (!unresolved_at_.empty()) open.older = take_unresolved(address_of(open.intent, directory_));
  open_.emplace(begun.action, std::move(open));
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
    for (Intent& older : open.mapped().older) add_unresolved(std::move(older));
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
    std::erase_if(open.older,
                  [&intent = open.intent](const Intent& older) { return asks_the_same(older, intent); });
    move_to(state_.unresolved, std::move(open.older));
    state_.unresolved.push_back(std::move(open.intent));
  }
  return std::move(state_);
}

}  // namespace rollcall::state
