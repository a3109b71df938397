#include <algorithm>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "state/state_change.hpp"

namespace rollcall::state {

/// The objects of one kind, each in a slot that it keeps while its key moves. Grants name slots, so that
/// moving or dropping an object with thousands of grants touches none of them.
template <class Kind>
class FoldTable {
 public:
  using Ref = typename Kind::Ref;
  using Object = model::Recorded<Kind>;
  using Slot = std::uint32_t;

  void fill(std::vector<Object> objects) {
    slots_.reserve(objects.size());
    for (Object& object : objects) put(std::move(object));
  }

  void put(Object object) {
    SlotState& slot = slots_[slot_of(object.ref)];
    slot.object = std::move(object);
  }
  Object* find(Ref ref) {
    const auto found = by_ref_.find(ref);
    if (found == by_ref_.end()) return nullptr;
    std::optional<Object>& object = slots_[found->second].object;
    return object ? &*object : nullptr;
  }
  void drop(Ref ref, std::uint32_t now) { clear(slots_[slot_of(ref)], now); }
  void move(Ref from, Ref to, std::uint32_t now) {
    if (from == to || find(from) == nullptr) return;
    const Slot slot = slot_of(from);
    if (const auto replaced = by_ref_.find(to); replaced != by_ref_.end())
      clear(slots_[replaced->second], now);
    by_ref_.erase(from);
    by_ref_[to] = slot;
    slots_[slot].ref = to;
    slots_[slot].object->ref = to;
  }

  template <class Change>
  void for_each(const Change& change) {
    for (SlotState& slot : slots_)
      if (slot.object) change(*slot.object);
  }

  /// The slot behind a key, made where there is none.
  Slot slot_of(Ref ref) {
    const auto [at, added] = by_ref_.try_emplace(ref, static_cast<Slot>(slots_.size()));
    if (added) slots_.push_back(SlotState{ref, std::nullopt, 0});
    return at->second;
  }
  [[nodiscard]] Ref ref(Slot slot) const { return slots_[slot].ref; }
  /// When everything that hangs on the slot was last dropped; 0: never.
  [[nodiscard]] std::uint32_t dropped(Slot slot) const { return slots_[slot].dropped; }

  std::vector<Object> take() {
    std::vector<Object> objects;
    objects.reserve(slots_.size());
    for (SlotState& slot : slots_)
      if (slot.object) objects.push_back(std::move(*slot.object));
    std::sort(objects.begin(), objects.end(), [](const Object& a, const Object& b) { return a.ref < b.ref; });
    return objects;
  }

 private:
  struct SlotState {
    Ref ref{};
    std::optional<Object> object;
    std::uint32_t dropped = 0;
  };

  static void clear(SlotState& slot, std::uint32_t now) {
    slot.object.reset();
    slot.dropped = now;
  }

  std::unordered_map<Ref, Slot> by_ref_;
  std::vector<SlotState> slots_;
};

namespace {

/// What was said of a pair at one moment. The last word counts, unless its account or user was dropped
/// after it.
struct GrantWord {
  std::uint64_t pair = 0;
  std::uint32_t when = 0;
  std::optional<model::Role> role;
};

class Fold {
 public:
  explicit Fold(model::RecordedEstate estate, std::size_t records)
      : accounts_seen_to_(estate.accounts_seen_to), forgotten_(std::move(estate.forgotten)) {
    model::each_kind([&]<class Kind>(Kind) { tables_.of<Kind>().fill(std::move(estate.of<Kind>())); });
    words_.reserve(estate.grants.size() + records);
    for (const model::Grant& grant : estate.grants) say(grant.account, grant.user, grant.role);
  }

  void apply(const StateChange& record) {
    ++now_;
    std::visit(*this, record);
  }

  template <class Kind>
  void operator()(const Put<Kind>& put) {
    tables_.of<Kind>().put(put.object);
  }
  template <class Kind>
  void operator()(const Drop<Kind>& drop) {
    tables_.of<Kind>().drop(drop.ref, now_);
  }
  template <class Kind>
  void operator()(const Move<Kind>& move) {
    tables_.of<Kind>().move(move.from, move.to, now_);
    if constexpr (std::is_same_v<Kind, model::Account>) follow(move);
  }
  void operator()(const PutGrant& put) { say(put.grant.account, put.grant.user, put.grant.role); }
  void operator()(const DropGrant& drop) { say(drop.account, drop.user, std::nullopt); }
  void operator()(const PutUnlisted& put) {
    if (model::RecordedAccount* account = tables_.accounts.find(put.account)) account->unlisted = put.members;
  }
  void operator()(const DropUnlisted& drop) {
    if (model::RecordedAccount* account = tables_.accounts.find(drop.account))
      std::erase_if(account->unlisted, [&](const auto& member) { return member.user_id == drop.user_id; });
  }
  void operator()(const PutAccountsSeenTo& put) { accounts_seen_to_ = std::max(accounts_seen_to_, put.id); }

  model::RecordedEstate finish() {
    model::RecordedEstate estate;
    estate.grants = grants();
    model::each_kind([&]<class Kind>(Kind) { estate.of<Kind>() = tables_.of<Kind>().take(); });
    estate.accounts_seen_to = accounts_seen_to_;
    estate.forgotten = std::move(forgotten_);
    return estate;
  }

 private:
  /// Bots name their account by its key.
  void follow(const MoveAccount& move) {
    if (move.from_key.empty()) return;
    tables_.bots.for_each([&](model::RecordedBot& bot) {
      if (bot.settings.text(model::Field::kAccount) == move.from_key)
        bot.settings.set(model::Field::kAccount, move.to_key);
    });
  }

  void say(model::AccountRef account, model::UserRef user, std::optional<model::Role> role) {
    const auto pair = (std::uint64_t{tables_.accounts.slot_of(account)} << 32U) | tables_.users.slot_of(user);
    words_.push_back({pair, now_, role});
  }

  std::vector<model::Grant> grants() {
    // Words were said in the order of time, which a stable sort keeps within a pair.
    std::stable_sort(words_.begin(), words_.end(),
                     [](const auto& a, const auto& b) { return a.pair < b.pair; });
    std::vector<model::Grant> grants;
    grants.reserve(words_.size());
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const GrantWord& word = words_[i];
      if (i + 1 < words_.size() && words_[i + 1].pair == word.pair) continue;
      const auto account = static_cast<std::uint32_t>(word.pair >> 32U);
      const auto user = static_cast<std::uint32_t>(word.pair);
      if (!word.role || word.when < tables_.accounts.dropped(account) ||
          word.when < tables_.users.dropped(user))
        continue;
      grants.push_back({tables_.accounts.ref(account), tables_.users.ref(user), *word.role});
    }
    std::sort(grants.begin(), grants.end());
    return grants;
  }

  model::OneEach<FoldTable> tables_;
  model::ServerId accounts_seen_to_;
  std::vector<model::ForgottenObject> forgotten_;
  std::vector<GrantWord> words_;
  std::uint32_t now_ = 0;
};

}  // namespace

model::RecordedEstate fold(model::RecordedEstate estate, const std::vector<StateChange>& records) {
  if (records.empty()) return estate;
  Fold fold(std::move(estate), records.size());
  for (const StateChange& record : records) fold.apply(record);
  return fold.finish();
}

}  // namespace rollcall::state
