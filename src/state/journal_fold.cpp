#include <algorithm>
#include <iterator>
#include <utility>

#include "state/journal.hpp"

namespace rollcall::state {

void JournalFold::add(JournalEntry entry) {
  if (auto* begun = std::get_if<Begun>(&entry)) {
    if (!state_.unresolved.empty()) {
      const std::string address = address_of(begun->intent, directory_);
      std::erase_if(state_.unresolved,
                    [&](const Intent& intent) { return address_of(intent, directory_) == address; });
    }
    open_.insert_or_assign(begun->action, std::move(begun->intent));
  } else if (auto* settled = std::get_if<Settled>(&entry)) {
    open_.erase(settled->action);
    ++settled_;
    take(std::move(settled->facts));
  } else {
    take(std::move(std::get<Noted>(entry).facts));
  }
}

void JournalFold::take(std::vector<Record> facts) {
  pending_.insert(pending_.end(), std::make_move_iterator(facts.begin()),
                  std::make_move_iterator(facts.end()));
  // A fold costs as much as the estate is large, so it waits until there is as much to take in: a long run
  // holds no more than twice its estate, and folding stays in proportion to its facts.
  constexpr std::size_t kLeast = 10'000;
  if (pending_.size() >= std::max(kLeast, state_.estate.grants.size())) fold_pending();
}

void JournalFold::fold_pending() {
  state_.estate = fold(std::move(state_.estate), pending_);
  pending_.clear();
}

State JournalFold::finish(std::string run) && {
  fold_pending();
  state_.last_run = std::move(run);
  for (auto& [action, intent] : open_) state_.unresolved.push_back(std::move(intent));
  return std::move(state_);
}

}  // namespace rollcall::state
