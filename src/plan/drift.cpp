#include "plan/drift.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "plan/drift_parts.hpp"

namespace rollcall::plan {
namespace {

/// What an interrupted run left open is pending, whether the three differ or not.
void add_interrupted(Comparison& all) {
  std::set<std::string> reported;
  for (const DriftItem& item : all.drift.items) reported.insert(item.address);
  for (const OpenAction& open : all.context.open) {
    if (!reported.insert(open.address).second) continue;
    DriftItem item;
    item.address = open.address;
    item.live_read = false;
    const bool is_asked_for = !open.created_user || model::find(all.desired, *open.created_user) != nullptr;
    DriftItem& added = all.add(std::move(item));
    if (!is_asked_for) added.note.code = NoteCode::kNeverLooked;
  }
}

/// Declines what the project file acknowledges; the first entry that names an item stands for it. A stale
/// state cannot be declined.
void acknowledge(Drift& drift, const DriftContext& context) {
  for (const model::Exception& entry : context.policy.acknowledged) {
    const std::size_t index = drift.acknowledgements.size();
    Acknowledgement& added = drift.acknowledgements.emplace_back();
    added.entry = entry;
    added.has_ended = entry.until < context.today;
    if (added.has_ended) continue;
    for (DriftItem& item : drift.items) {
      if ((!item.counts && !item.acknowledged) || !model::covers(entry, item.address)) continue;
      ++added.findings;
      if (item.acknowledged || item.verdict == Verdict::kStaleState) continue;
      item.acknowledged = index;
      item.counts = false;
      item.second_look = SecondLook::kNone;
    }
  }
}

Drift compare(Comparison all) {
  all.drift.accounts_listed = all.live.accounts_listing != model::AccountListing::kNone;
  all.drift.accounts_searched = all.live.accounts_listing == model::AccountListing::kSearched;
  all.drift.bots_listed = all.live.bots_listed;
  all.drift.bots_kept = all.context.policy.keeps_bots;
  find_unrecorded(all);
  compare_accounts(all);
  compare_users(all);
  compare_bots(all);
  add_interrupted(all);
  sort_items(all.drift.items);
  acknowledge(all.drift, all.context);
  for (ReadFailure& unread : failures_of_unlisted(all.recorded, all.live))
    all.drift.failures.push_back(std::move(unread));
  std::sort(
      all.drift.failures.begin(), all.drift.failures.end(), [](const ReadFailure& a, const ReadFailure& b) {
        return a.address != b.address ? model::address_before(a.address, b.address) : a.message < b.message;
      });
  return std::move(all.drift);
}

}  // namespace

OpenActions::OpenActions(const std::vector<OpenAction>& open) {
  for (const OpenAction& action : open) {
    by_address.emplace(action.address, &action);
    if (!action.nonce.empty()) by_nonce.emplace(action.nonce, &action);
  }
}

DriftItem& Comparison::add(DriftItem item, Weight weight) {
  if (const OpenAction* action = open_by_address(item.address)) {
    // A deletion that is seen to be over is not open any more.
    const bool is_over = action->deletes && item.what.empty() && item.live_read && !item.live;
    if (!is_over) {
      item.verdict = Verdict::kPending;
      item.note.code = action->deletes ? NoteCode::kDeletionWaits : NoteCode::kInterrupted;
    }
  }
  item.counts = plan::counts(item.verdict, weight, context.policy);
  return drift.items.emplace_back(std::move(item));
}

void Comparison::fail_to_read(const std::string& address, model::Sight sight, const std::string& failure) {
  if (auto failed = read_failure(address, sight, failure)) drift.failures.push_back(std::move(*failed));
}

const OpenAction* Comparison::open_by_address(const std::string& address) const {
  const auto at = open.by_address.find(address);
  return at == open.by_address.end() ? nullptr : at->second;
}

const OpenAction* Comparison::open_by_nonce(const std::string& nonce) const {
  const auto at = open.by_nonce.find(nonce);
  return at == open.by_nonce.end() ? nullptr : at->second;
}

bool Comparison::deletes(const std::string& address) const {
  const OpenAction* action = open_by_address(address);
  return action != nullptr && action->deletes;
}

Side name_of(const model::SettingsPatch& settings) {
  return Fact(settings.text(model::Field::kName));
}

model::Value suspended_status() {
  return std::string(model::kSuspended);
}

std::vector<DriftItem> stale_items(Drift drift) {
  std::erase_if(drift.items, [](const DriftItem& item) { return item.verdict != Verdict::kStaleState; });
  return std::move(drift.items);
}

bool is_complete(const Drift& drift) {
  return drift.failures.empty() && drift.accounts_listed && (drift.bots_listed || drift.bots_kept);
}

bool is_idle(const Acknowledgement& acknowledgement, const Drift& drift) {
  if (acknowledgement.has_ended || acknowledgement.findings != 0 || !is_complete(drift)) return false;
  const auto& addresses = acknowledgement.entry.addresses;
  return drift.users_read || std::none_of(addresses.begin(), addresses.end(), [](const std::string& pattern) {
           return pattern.starts_with("users.");
         });
}

Drift find_drift(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
                 const model::LiveEstate& live, const model::Directory& directory,
                 const DriftContext& context) {
  // Moves that no plan can make are the plan's to refuse; here the objects stand under their recorded keys.
  const Moves moves = effective_moves(desired, recorded, directory).value_or(Moves{});
  model::RecordedEstate renamed;
  const model::RecordedEstate& now = after_moves(recorded, moves, desired, directory, renamed);
  return compare({desired,
                  now,
                  live,
                  directory,
                  moves,
                  context,
                  {now, live, directory},
                  OpenActions(context.open),
                  accounts_by_id(now)});
}

}  // namespace rollcall::plan
