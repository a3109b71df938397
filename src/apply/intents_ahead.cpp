#include "apply/intents_ahead.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

namespace rollcall::apply {
namespace {

// Large enough for a sync not to count, small enough for a run that was interrupted to leave little to read.
constexpr std::size_t kSlice = 1024;
// The next slice is written while the workers have this many left.
constexpr std::size_t kLeft = kSlice / 2;

}  // namespace

bool shows_its_end(const plan::Action& action) {
  switch (action.verb) {
    case plan::Verb::kGrant:
    case plan::Verb::kChangeRole:
    case plan::Verb::kRevoke:
      return true;
    case plan::Verb::kUpdate:
      break;
    default:
      return false;
  }
  const auto* bot = std::get_if<plan::BotAction>(&action.object);
  return bot == nullptr || std::none_of(bot->settings.changes.begin(), bot->settings.changes.end(),
                                        [](const model::SettingChange& change) {
                                          return change.name.field == model::Field::kOutgoingUrl;
                                        });
}

IntentsAhead::IntentsAhead(Session& session, const std::vector<plan::ActionIndex>& phase)
    : session_(session) {
  std::copy_if(phase.begin(), phase.end(), std::back_inserter(actions_),
               [&](plan::ActionIndex index) { return shows_its_end(session.plan.actions[index]); });
}

Expected<void> IntentsAhead::reach(plan::ActionIndex action) {
  const auto place = std::lower_bound(actions_.begin(), actions_.end(), action);
  const auto number = static_cast<std::size_t>(place - actions_.begin()) + 1;
  const std::size_t wanted = std::min(actions_.size(), number + kLeft);
  if (written_ >= wanted) return {};
  std::unique_lock lock(writing_, std::try_to_lock);
  if (!lock) {
    // Another worker is about to write the next ones.
    if (written_ >= number) return {};
    lock.lock();
  }
  while (written_ < wanted)
    if (auto written = write_slice(); !written) return written;
  return {};
}

Expected<void> IntentsAhead::write_slice() {
  const std::size_t begin = written_;
  const std::size_t end = std::min(actions_.size(), begin + kSlice);
  std::vector<state::Intended> slice;
  slice.reserve(end - begin);
  for (std::size_t i = begin; i < end; ++i)
    slice.push_back({actions_[i], session_.intent_of(actions_[i], {})});
  auto written = session_.environment.recorder.intend(std::move(slice));
  if (written) written_ = end;
  return written;
}

}  // namespace rollcall::apply
