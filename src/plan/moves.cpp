#include "plan/moves.hpp"

#include <fmt/format.h>

#include <string>
#include <unordered_map>

#include "model/sorted.hpp"

namespace rollcall::plan {
namespace {

using model::AccountRef;
using model::ObjectKind;
using model::UserRef;

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
  /// Where a chain of moves ends; nothing where its end is not in the roster.
  [[nodiscard]] std::optional<Ref> target(const model::Move& first) const {
    const model::Move* move = &first;
    for (std::size_t steps = 0; steps <= by_from_.size(); ++steps) {
      const auto to = keys_.find(move->to.key);
      if (to && model::find(desired_, *to) != nullptr) return to;
      const auto next = by_from_.find(move->to.key);
      if (next == by_from_.end()) return std::nullopt;
      move = next->second;
    }
    return std::nullopt;
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
    std::vector<KeyChange<Ref>> kept;
    for (const KeyChange<Ref>& change : changes) {
      const bool taken_by_other = !kept.empty() && kept.back().to == change.to;
      const bool stays = model::find(recorded_, change.to) != nullptr &&
                         std::none_of(changes.begin(), changes.end(),
                                      [&](const auto& other) { return other.from == change.to; });
      if (!taken_by_other && !stays) {
        kept.push_back(change);
      } else if (!released(change.from)) {
        const std::string other = address(stays ? change.to : kept.back().from);
        return fail(
            fmt::format("`moved` makes {} out of {}, but the state has {} as an object of its own, and two "
                        "cannot become one.",
                        address(change.to), address(change.from), other),
            fmt::format("Take the entry out of `moved`, or forget that object: rollcall state rm {}.",
                        other));
      }
    }
    if (const KeyChange<Ref>* change = in_circle(kept))
      return fail(fmt::format("`moved` passes {} round in a circle.", address(change->from)),
                  "Move one of them to a key of its own first, and apply that.");
    return kept;
  }

  [[nodiscard]] std::string address(Ref ref) const { return model::object_address<Kind>(keys_.text(ref)); }

  /// A change that comes back to where it started; nullptr where every chain ends at a free key.
  static const KeyChange<Ref>* in_circle(const std::vector<KeyChange<Ref>>& changes) {
    std::unordered_map<std::uint32_t, Ref> to;
    for (const KeyChange<Ref>& change : changes)
      to.emplace(static_cast<std::uint32_t>(change.from), change.to);
    for (const KeyChange<Ref>& change : changes) {
      auto at = to.find(static_cast<std::uint32_t>(change.to));
      for (std::size_t steps = 0; at != to.end() && steps < changes.size(); ++steps)
        at = to.find(static_cast<std::uint32_t>(at->second));
      if (at != to.end()) return &change;
    }
    return nullptr;
  }

  const model::DesiredEstate& desired_;
  const model::RecordedEstate& recorded_;
  const model::Interner<Ref>& keys_;
  std::unordered_map<std::string, const model::Move*> by_from_;
};

/// New references by old ones, for the many look-ups of a whole record.
template <class Ref>
class Renaming {
 public:
  explicit Renaming(const std::vector<KeyChange<Ref>>& changes) {
    for (const KeyChange<Ref>& change : changes)
      to_.emplace(static_cast<std::uint32_t>(change.from), change.to);
  }
  void apply(Ref& ref) const {
    if (const auto at = to_.find(static_cast<std::uint32_t>(ref)); at != to_.end()) ref = at->second;
  }
  [[nodiscard]] bool empty() const { return to_.empty(); }

 private:
  std::unordered_map<std::uint32_t, Ref> to_;
};

template <class Kind>
void rename(std::vector<model::Recorded<Kind>>& objects, const Renaming<typename Kind::Ref>& renaming) {
  if (renaming.empty()) return;
  for (model::Recorded<Kind>& object : objects) renaming.apply(object.ref);
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.ref < b.ref; });
}

/// A bot is recorded with the key that its account had when the bot was last written.
void follow_account(model::RecordedBot& bot, const model::RecordedEstate& recorded,
                    const model::DesiredEstate& desired, const model::Directory& directory) {
  for (std::size_t steps = 0; steps < desired.moves.size(); ++steps) {
    const std::string key = bot.settings.text(model::Field::kAccount);
    const auto account = directory.accounts.find(key);
    if (account && model::find(recorded, *account) != nullptr) return;
    const auto move = std::find_if(desired.moves.begin(), desired.moves.end(), [&](const model::Move& m) {
      return m.from.kind == ObjectKind::kAccount && m.from.key == key;
    });
    if (move == desired.moves.end()) return;
    bot.settings.set(model::Field::kAccount, move->to.key);
  }
}

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

model::RecordedEstate after_moves(model::RecordedEstate recorded, const Moves& moves,
                                  const model::DesiredEstate& desired, const model::Directory& directory) {
  const Renaming<AccountRef> accounts(moves.accounts);
  const Renaming<UserRef> users(moves.users);
  model::each_kind(
      [&]<class Kind>(Kind) { rename(recorded.of<Kind>(), Renaming<typename Kind::Ref>(moves.of<Kind>())); });
  if (!accounts.empty() || !users.empty()) {
    for (model::Grant& grant : recorded.grants) {
      accounts.apply(grant.account);
      users.apply(grant.user);
    }
    std::sort(recorded.grants.begin(), recorded.grants.end());
  }
  for (model::RecordedBot& bot : recorded.bots) follow_account(bot, recorded, desired, directory);
  return recorded;
}

}  // namespace rollcall::plan
