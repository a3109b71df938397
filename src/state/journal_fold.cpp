#include <algorithm>
#include <iterator>
#include <utility>

#include "state/journal.hpp"

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

void JournalFold::add(JournalEntry entry) {
  if (auto* begun = std::get_if<Begun>(&entry))
    begin(std::move(*begun));
  else if (auto* settled = std::get_if<Settled>(&entry))
    settle(std::move(*settled));
  else
    take(std::move(std::get<Noted>(entry).facts));
}

void JournalFold::begin(Begun begun) {
  // The same action once more: the run knows more of it by now.
  if (const auto known = open_.find(begun.action); known != open_.end()) {
    known->second.intent = std::move(begun.intent);
    return;
  }
  Open open{std::move(begun.intent), {}};
  if (!state_.unresolved.empty()) {
    const std::string address = address_of(open.intent, directory_);
    const auto older = std::stable_partition(
        state_.unresolved.begin(), state_.unresolved.end(),
        [&](const Intent& intent) { return address_of(intent, directory_) != address; });
    open.older.assign(std::make_move_iterator(older), std::make_move_iterator(state_.unresolved.end()));
    state_.unresolved.erase(older, state_.unresolved.end());
  }
  open_.emplace(begun.action, std::move(open));
}

void JournalFold::settle(Settled settled) {
  ++settled_;
  if (const auto open = open_.extract(settled.action); !open.empty() && settled.facts.empty())
    move_to(state_.unresolved, std::move(open.mapped().older));
  take(std::move(settled.facts));
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

State JournalFold::finish(std::string run) && {
  fold_pending();
  state_.last_run = std::move(run);
  for (auto& [action, open] : open_) {
    std::erase_if(open.older,
                  [&intent = open.intent](const Intent& older) { return asks_the_same(older, intent); });
    move_to(state_.unresolved, std::move(open.older));
    state_.unresolved.push_back(std::move(open.intent));
  }
  return std::move(state_);
}

}  // namespace rollcall::state
