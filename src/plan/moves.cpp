#include "plan/moves.hpp"

#include <fmt/format.h>

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "model/sorted.hpp"

namespace rollcall::plan {
namespace {

using model::ObjectKind;

/// The moves of one kind of object.
template <class Kind>
class MovesOfKind {
 public:
  using Ref = typename Kind::Ref;

  MovesOfKind(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
              const model::Directory& directory)
      : desired_(desired), recorded_(recorded), keys_(directory.*Kind::kDirectory) {}

  Expected<std::vector<KeyChange<Ref>>> work_out() {
    for (const model::Move& move : desired_.moves)
      if (move.from.kind == Kind::kKind) by_from_.emplace(move.from.key, &move);
    std::vector<KeyChange<Ref>> changes;
    for (const model::Recorded<Kind>& object : recorded_.of<Kind>()) {
      if (by_from_.empty()) break;
      const auto first = by_from_.find(keys_.text(object.ref));
      if (first == by_from_.end()) continue;
      if (const auto to = target(*first->second); to && *to != object.ref)
        changes.push_back({object.ref, *to, first->second->origin});
    }
    return without_collisions(std::move(changes));
  }

 private:
  /// Where a chain of moves ends; nothing where its end is not in the roster. Each move is looked at once,
  /// however many chains lead through it.
  std::optional<Ref> target(const model::Move& first) {
    std::vector<const model::Move*> passed;
    std::optional<Ref> end;
    for (const model::Move* move = &first; move != nullptr && !end;) {
      // A circle has no end: one that is under way says so.
      if (const auto [known, is_new] = ends_.try_emplace(move); !is_new) {
        end = known->second;
        break;
      }
      passed.push_back(move);
      if (const auto to = keys_.find(move->to.key); to && model::find(desired_, *to) != nullptr) end = to;
      const auto next = by_from_.find(move->to.key);
      move = next == by_from_.end() ? nullptr : next->second;
    }
    for (const model::Move* move : passed) ends_[move] = end;
    return end;
  }

  /// A released object gives way to one that stands or comes under the key; a managed one does not: which of
  /// the two is meant is nothing to guess about.
  Expected<std::vector<KeyChange<Ref>>> without_collisions(std::vector<KeyChange<Ref>> changes) const {
    const auto released = [&](Ref key) { return model::find(recorded_, key)->released; };
    std::sort(changes.begin(), changes.end(), [&](const auto& a, const auto& b) {
      if (a.to != b.to) return a.to < b.to;
      return released(a.from) != released(b.from) ? released(b.from)
                                                  : keys_.text(a.from) < keys_.text(b.from);
    });
    std::unordered_set<Ref> leaving;
    for (const KeyChange<Ref>& change : changes) leaving.insert(change.from);
    std::vector<KeyChange<Ref>> kept;
    for (const KeyChange<Ref>& change : changes) {
      const bool taken_by_other = !kept.empty() && kept.back().to == change.to;
      const bool stays = model::find(recorded_, change.to) != nullptr && !leaving.contains(change.to);
      if (!taken_by_other && !stays) {
        kept.push_back(change);
      } else if (!released(change.from)) {
        const std::string other = address(stays ? change.to : kept.back().from);
        return fail(fmt::format("`moved` moves {1} to {0}, "
                                "but the state has {2} as an object of its own, and two cannot become one.",
                                address(change.to), address(change.from), other),
                    fmt::format("Take the entry out of `moved`, or forget that object: rollcall state rm {}.",
                                other));
      }
    }
    if (const KeyChange<Ref>* change = in_circle(kept))
      return fail(fmt::format("`moved` moves {} in a circle.", address(change->from)),
                  "Move one of them to a key of its own first, and apply that.");
    return kept;
  }

  [[nodiscard]] std::string address(Ref ref) const { return model::object_address<Kind>(keys_.text(ref)); }

  /// A change that comes back to where it started; nullptr where every chain ends at a free key.
  static const KeyChange<Ref>* in_circle(const std::vector<KeyChange<Ref>>& changes) {
    std::unordered_map<Ref, Ref> to;
    for (const KeyChange<Ref>& change : changes) to.emplace(change.from, change.to);
    std::unordered_map<Ref, const KeyChange<Ref>*> first_of;
    for (const KeyChange<Ref>& change : changes)
      for (auto at = to.find(change.from); at != to.end(); at = to.find(at->second)) {
        const auto [seen, is_new] = first_of.try_emplace(at->first, &change);
        if (is_new) continue;
        if (seen->second == &change) return &change;
        break;
      }
    return nullptr;
  }

  const model::DesiredEstate& desired_;
  const model::RecordedEstate& recorded_;
  const model::Interner<Ref>& keys_;
  std::unordered_map<std::string, const model::Move*> by_from_;
  /// Where the chains that begin with these end.
  std::unordered_map<const model::Move*, std::optional<Ref>> ends_;
};

template <class Kind>
void rename(std::vector<model::Recorded<Kind>>& objects, const Renaming<Kind>& renaming) {
  if (renaming.empty()) return;
  for (model::Recorded<Kind>& object : objects) object.ref = renaming.moved_to(object.ref);
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.ref < b.ref; });
}

/// A bot is recorded with the key that its account had when the bot was last written.
class AccountsOfBots {
 public:
  AccountsOfBots(const model::RecordedEstate& recorded, const model::DesiredEstate& desired,
                 const model::Directory& directory)
      : recorded_(recorded), directory_(directory) {
    for (const model::Move& move : desired.moves)
      if (move.from.kind == ObjectKind::kAccount) to_.emplace(move.from.key, move.to.key);
  }

  void follow(model::RecordedBot& bot) {
    const std::string key = bot.settings.text(model::Field::kAccount);
    std::string now = end_of(key);
    if (now != key) bot.settings.set(model::Field::kAccount, std::move(now));
  }

 private:
  [[nodiscard]] bool is_recorded(const std::string& key) const {
    const auto account = directory_.accounts.find(key);
    return account && model::find(recorded_, *account) != nullptr;
  }

  std::string end_of(std::string key) {
    std::vector<std::string> passed;
    while (!is_recorded(key)) {
      // One that is under way is its own end, so that a circle has one.
      if (const auto known = ends_.find(key); known != ends_.end()) {
        key = known->second;
        break;
      }
      const auto next = to_.find(key);
      if (next == to_.end()) break;
      ends_.emplace(key, key);
      passed.push_back(std::exchange(key, next->second));
    }
    for (const std::string& from : passed) ends_[from] = key;
    return key;
  }

  const model::RecordedEstate& recorded_;
  const model::Directory& directory_;
  std::unordered_map<std::string, std::string> to_;
  std::unordered_map<std::string, std::string> ends_;
};

}  // namespace

Expected<Moves> effective_moves(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
                                const model::Directory& directory) {
  Moves moves;
  if (desired.moves.empty()) return moves;
  std::optional<Error> refused;
  model::each_kind([&]<class Kind>(Kind) {
    if (refused) return;
    auto changes = MovesOfKind<Kind>(desired, recorded, directory).work_out();
    if (changes)
      moves.of<Kind>() = std::move(*changes);
    else
      refused = std::move(changes.error());
  });
  if (refused) return tl::unexpected(std::move(*refused));
  return moves;
}

Renamings renamings_of(const Moves& moves) {
  Renamings renamings;
  model::each_kind([&]<class Kind>(Kind) { renamings.of<Kind>() = Renaming<Kind>(moves.of<Kind>()); });
  return renamings;
}

model::RecordedEstate after_moves(model::RecordedEstate recorded, const Moves& moves,
                                  const model::DesiredEstate& desired, const model::Directory& directory) {
  const Renamings renamings = renamings_of(moves);
  model::each_kind([&]<class Kind>(Kind) { rename(recorded.of<Kind>(), renamings.of<Kind>()); });
  if (!renamings.accounts.empty() || !renamings.users.empty()) {
    for (model::Grant& grant : recorded.grants) {
      grant.account = renamings.accounts.moved_to(grant.account);
      grant.user = renamings.users.moved_to(grant.user);
    }
    std::sort(recorded.grants.begin(), recorded.grants.end());
  }
  AccountsOfBots accounts(recorded, desired, directory);
  for (model::RecordedBot& bot : recorded.bots) accounts.follow(bot);
  return recorded;
}

const model::RecordedEstate& after_moves(const model::RecordedEstate& recorded, const Moves& moves,
                                         const model::DesiredEstate& desired,
                                         const model::Directory& directory, model::RecordedEstate& renamed) {
  if (desired.moves.empty()) return recorded;
  return renamed = after_moves(recorded, moves, desired, directory);
}

}  // namespace rollcall::plan
