#include "state_access/state_access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <type_traits>
#include <unordered_set>
#include <utility>

#include "apply/recovery.hpp"
#include "base/digest.hpp"
#include "state/journal.hpp"
#include "state/journal_fold.hpp"
#include "state_access/write_state.hpp"
#include "store/snapshot.hpp"

namespace rollcall::state_access {
namespace {

tl::unexpected<Error> does_not_fit(const std::string& journal, const std::string& state, std::string why) {
  return fail(fmt::format("{} is the journal of an interrupted run, and it does not belong to {}: {}.",
                          journal, state, why),
              fmt::format("Restore the state that the run began with ({}), "
                          "and the next command merges the journal. "
                          "If that state is lost, move the journal away and run `rollcall refresh`.",
                          state.find("://") == std::string::npos
                              ? state + ".bak may be it"
                              : "`rollcall state push` puts an archived one back"));
}

bool holds_nothing(const state::State& state) {
  return state.estate == model::RecordedEstate() && state.unresolved.empty();
}

/// Whether the state says of this very run that it goes on: then it holds a part of the journal already.
bool is_applying(const state::JournalHeader& header, const state::State& state) {
  return state.applying && state.applying->run == header.run && state.lineage == header.lineage;
}

/// Another run has written the shared state since: it has looked up what this one had done by then, for the
/// state said what that might be.
bool is_superseded(const state::JournalHeader& header, const RecordedState& recorded) {
  const state::State& state = recorded.state;
  return recorded.shared && recorded.version && header.lineage == state.lineage &&
         header.base != recorded.digest && header.serial < state.serial && !is_applying(header, state);
}

Expected<void> fits(const state::JournalHeader& header, const RecordedState& recorded,
                    const std::string& journal) {
  const std::string& name = recorded.store->name();
  const state::State& state = recorded.state;
  if (!recorded.version) {
    if (header.base == state::kAbsent) return {};
    return does_not_fit(journal, name, "there is no state");
  }
  if (header.lineage != state.lineage)
    return does_not_fit(journal, name,
                        fmt::format("their lineages differ ({} and {})", header.lineage, state.lineage));
  if (header.base == recorded.digest || is_applying(header, state)) return {};
  if (header.base == state::kAbsent)
    return does_not_fit(journal, name, "the run began without a state, and there is one by now");
  if (header.serial > state.serial)
    return does_not_fit(
        journal, name,
        fmt::format("the run began with serial {}, and an older copy of the state is here (serial {})",
                    header.serial, state.serial));
  return does_not_fit(
      journal, name,
      fmt::format("the run began with serial {}, and the state has been written since (serial {}); "
                  "a journal that came back from a cache or a backup can be removed",
                  header.serial, state.serial));
}

/// A first run gives the state its lineage; a state that holds nothing follows the run to its server.
void begin_as(const state::JournalHeader& header, state::State& state) {
  if (header.base == state::kAbsent) state.lineage = header.lineage;
  if (!header.server.empty() && holds_nothing(state)) state.server = header.server;
}

/// Whether the record shows that a creation or a grant was carried out.
bool is_recorded(const state::Intent& creation, const model::RecordedEstate& estate) {
  return std::visit(
      [&](const auto& change) {
        using Change = std::decay_t<decltype(change)>;
        if constexpr (std::is_same_v<Change, state::PutGrant>) {
          const model::Grant* grant = model::find(estate, change.grant.account, change.grant.user);
          return grant != nullptr && grant->role == change.grant.role;
        } else if constexpr (
            requires { typename Change::Kind; } && requires { change.object; }) {
          const auto* object = model::find(estate, change.object.ref);
          return object != nullptr && !object->missing_since && object->nonce == creation.nonce;
        } else {
          return false;
        }
      },
      state::subject_of(creation));
}

bool is_creation(const state::Intent& intent) {
  return intent.verb == plan::Verb::kCreate || intent.verb == plan::Verb::kGrant;
}

/// What became of these is unknown here: each that the record does not show is to be looked up.
void take_as_unresolved(state::State& state, std::vector<state::Intent> intents,
                        const model::Directory& directory) {
  using Key = std::tuple<plan::Verb, std::string, std::string>;
  const auto key_of = [&](const state::Intent& intent) {
    return Key(intent.verb, state::address_of(intent, directory), intent.nonce);
  };
  std::set<Key> known;
  for (const state::Intent& intent : state.unresolved) known.insert(key_of(intent));
  for (state::Intent& intent : intents)
    if (!(is_creation(intent) && is_recorded(intent, state.estate)) && known.insert(key_of(intent)).second)
      state.unresolved.push_back(std::move(intent));
}

/// What a run began and was not seen to fail in. The run may have gone on after the other one had looked,
/// without its lock.
std::vector<state::Intent> begun_in(std::vector<state::JournalEntry> entries) {
  std::map<std::uint32_t, state::Intent> begun;
  for (state::JournalEntry& entry : entries) {
    if (auto* begins = std::get_if<state::Begun>(&entry)) {
      begun.insert_or_assign(begins->action, std::move(begins->intent));
    } else if (auto* intended = std::get_if<state::Intended>(&entry)) {
      intended->intent.only_intended = true;
      begun.insert_or_assign(intended->action, std::move(intended->intent));
    } else if (const auto* sent = std::get_if<state::Sent>(&entry)) {
      if (const auto found = begun.find(sent->action); found != begun.end())
        found->second.only_intended = false;
    } else if (const auto* settled = std::get_if<state::Settled>(&entry); settled && settled->facts.empty()) {
      begun.erase(settled->action);
    }
  }
  std::vector<state::Intent> intents;
  for (auto& [action, intent] : begun) intents.push_back(std::move(intent));
  return intents;
}

/// What a run may have created and granted whose journal is not here. A grant may never have been sent; a
/// creation is unknown all the same, for the server need not show it.
std::vector<state::Intent> announced_in(state::Applying& applying) {
  std::vector<state::Intent> intents = std::exchange(applying.creations, {});
  for (state::Intent& intent : intents) intent.only_intended = intent.verb == plan::Verb::kGrant;
  return intents;
}

/// Takes what the journal says into the state in memory.
void merge_entries(RecordedState& recorded, const state::JournalHeader& header,
                   std::vector<state::JournalEntry> entries, const model::Directory& directory) {
  begin_as(header, recorded.state);
  const bool applying = is_applying(header, recorded.state);
  const std::int64_t known = applying ? recorded.state.applying->records_folded : 0;
  state::JournalFold fold(recorded.state, directory);
  recorded.merged_entries = recorded.merged_entries || applying || !entries.empty();
  std::int64_t number = 0;
  for (state::JournalEntry& entry : entries) fold.add(std::move(entry), number++ < known);
  recorded.merged.push_back({recorded.journals->name(header.run), fold.settled()});
  std::optional<state::AppliedPlan> plan;
  if (!header.plan_digest.empty()) plan = state::AppliedPlan{header.plan_digest, false};
  recorded.state = std::move(fold).finish(header.run, std::move(plan));
  if (applying) recorded.state.applying.reset();
}

/// Merges the journal of one run into the state in memory; nothing: it says nothing that the state does not
/// hold.
Expected<void> merge_journal(RecordedState& recorded, const std::string& run, const std::string& bytes,
                             model::Directory& directory) {
  const std::string name = recorded.journals->name(run);
  if (run == recorded.state.last_run) return {};
  std::vector<state::JournalEntry> entries;
  const auto read = state::read_journal(
      bytes, name, directory,
      [&](const state::JournalHeader& header) {
        // Of a shared state only a journal that says something has to fit: others may have written it since.
        return recorded.shared ? Expected<void>() : fits(header, recorded, name);
      },
      [&](state::JournalEntry entry) { entries.push_back(std::move(entry)); });
  if (!read) return tl::unexpected<Error>(read.error());
  // Nothing was sent before the header was on disk.
  if (!read->header) return {};
  if (recorded.shared) {
    if (entries.empty() && !is_applying(*read->header, recorded.state)) return {};
    if (is_superseded(*read->header, recorded)) {
      take_as_unresolved(recorded.state, begun_in(std::move(entries)), directory);
      recorded.superseded.push_back(name);
      return {};
    }
    if (auto fitting = fits(*read->header, recorded, name); !fitting) return fitting;
  }
  merge_entries(recorded, *read->header, std::move(entries), directory);
  return {};
}

/// A journal only grows.
std::vector<std::pair<std::string, std::size_t>> sizes_of(
    const std::vector<std::pair<std::string, std::string>>& journals) {
  std::vector<std::pair<std::string, std::size_t>> sizes;
  for (const auto& [run, bytes] : journals) sizes.emplace_back(run, bytes.size());
  return sizes;
}

/// Reads what the store holds; what a first run begins with where there is nothing.
Expected<void> read_state(RecordedState& recorded, const store::Snapshot& snapshot, const Use& use,
                          model::Directory& directory, Entropy& entropy) {
  if (!snapshot.stored) {
    recorded.state.lineage = make_uuid(entropy);
    recorded.state.server = use.server;
    return {};
  }
  auto state = state::decode(snapshot.stored->bytes, recorded.store->name(), directory);
  if (!state) return tl::unexpected<Error>(state.error());
  recorded.state = std::move(*state);
  recorded.version = snapshot.stored->version;
  recorded.written_at = snapshot.stored->written_at;
  if (use.writer || use.digest || !snapshot.journals.empty())
    recorded.digest = sha256(snapshot.stored->bytes);
  return {};
}

/// A state belongs to one server. One that holds nothing, as a first run against a wrong address leaves it,
/// follows the settings.
Expected<void> check_server(RecordedState& recorded, const std::string& server) {
  if (server.empty() || recorded.state.server == server) return {};
  if (holds_nothing(recorded.state)) {
    recorded.state.server = server;
    return {};
  }
  return fail(fmt::format("The state {} belongs to {}, not to {}.", recorded.store->name(),
                          recorded.state.server, server),
              "Name that server, or another state with --state.");
}

/// Whether the run behind a journal goes on. It may have begun or ended while its journal was read.
RunSight what_the_lock_says(const store::LockSight& before, const store::LockSight& after) {
  using Kind = store::LockSight::Kind;
  if (before.kind == Kind::kHeld || after.kind == Kind::kHeld)
    return {RunSight::Kind::kGoesOn, after.holder ? after.holder : before.holder};
  if (before.kind == Kind::kUnknown || after.kind == Kind::kUnknown) return {RunSight::Kind::kUnknown, {}};
  return {};
}

}  // namespace

Expected<RecordedState> open(store::Backend backend, model::Directory& directory, const Use& use,
                             Clock& clock, Entropy& entropy) {
  RecordedState recorded;
  recorded.store = std::move(backend.store);
  recorded.journals = std::move(backend.journals);
  recorded.shared = backend.shared;
  store::LockSight lock_before;
  if (use.writer) {
    auto lock = recorded.store->lock(*use.writer, use.wait, clock);
    if (!lock) return tl::unexpected<Error>(lock.error());
    recorded.lock = std::move(*lock);
  } else {
    lock_before = recorded.store->look_at_lock();
  }
  const auto snapshot = store::read_snapshot(*recorded.store, *recorded.journals);
  if (!snapshot) return tl::unexpected<Error>(snapshot.error());
  if (auto read = read_state(recorded, *snapshot, use, directory, entropy); !read)
    return tl::unexpected<Error>(read.error());
  if (use.writer)
    if (auto room = state::require_serials(recorded.state, recorded.store->name()); !room)
      return tl::unexpected<Error>(room.error());
  recorded.journal_sizes = sizes_of(snapshot->journals);
  for (const auto& [run, bytes] : snapshot->journals)
    if (auto merged = merge_journal(recorded, run, bytes, directory); !merged)
      return tl::unexpected<Error>(merged.error());
  // Its journal is not here.
  if (recorded.state.applying)
    take_as_unresolved(recorded.state, announced_in(*recorded.state.applying), directory);
  recorded.exists = recorded.version || recorded.merged_entries;
  if (auto checked = check_server(recorded, use.server); !checked)
    return tl::unexpected<Error>(checked.error());
  if (!use.writer && !recorded.merged.empty())
    recorded.run = what_the_lock_says(lock_before, recorded.store->look_at_lock());
  return recorded;
}

Expected<void> save_journals(RecordedState& recorded, const model::Directory& directory) {
  return recorded.merged_entries || !recorded.superseded.empty() ? save(recorded, directory)
                                                                 : Expected<void>();
}

Expected<void> remove_journals(RecordedState& recorded) {
  for (const auto& [run, size] : recorded.journal_sizes)
    if (auto removed = recorded.journals->remove(run); !removed) return removed;
  return {};
}

Expected<void> require_unchanged(const RecordedState& recorded) {
  const auto now = store::read_snapshot(*recorded.store, *recorded.journals);
  if (!now) return tl::unexpected<Error>(now.error());
  const auto version = now->stored ? std::optional(now->stored->version) : std::nullopt;
  if (version == recorded.version && sizes_of(now->journals) == recorded.journal_sizes) return {};
  return fail(
      fmt::format("A run is in progress: {} changed while the server was read.", recorded.store->name()),
      "Wait until it has ended, then run this command again.");
}

Expected<void> refuse_open_moves(const std::vector<model::Move>& moves, const state::State& state,
                                 const model::Directory& directory) {
  if (moves.empty()) return {};
  std::unordered_set<std::string> open;
  for (const state::Intent& intent : state.unresolved)
    if (intent.verb == plan::Verb::kCreate) open.insert(state::address_of(intent, directory));
  for (const model::Move& move : moves) {
    const std::string from = to_string(move.from);
    if (open.contains(from))
      return fail(
          fmt::format("{} may have been created by an interrupted run and has not been seen yet, "
                      "so it cannot be moved to {}.",
                      from, to_string(move.to)),
          fmt::format("Put it back under {0} and apply once, so that it is found or created; then move it. "
                      "Or forget the attempt with `rollcall state rm {0}`.",
                      from));
  }
  return {};
}

Expected<void> save(RecordedState& recorded, const model::Directory& directory) {
  return write_state(*recorded.store, recorded.state, directory, recorded.version, recorded.digest);
}

model::RecordedEstate touched_by(const state::Applying& applying, const model::RecordedEstate& estate,
                                 const model::Directory& directory) {
  model::RecordedEstate touched;
  touched.accounts_seen_to = estate.accounts_seen_to;
  const std::set<model::Address> addresses(applying.touched.begin(), applying.touched.end());
  model::each_kind([&]<class Kind>(Kind) {
    for (const model::Recorded<Kind>& object : estate.of<Kind>())
      if (addresses.contains({Kind::kKind, directory.key(object.ref), {}}))
        touched.of<Kind>().push_back(object);
  });
  for (const model::RecordedAccount& account : touched.accounts) {
    const auto grants = model::grants_of(estate, account.ref);
    touched.grants.insert(touched.grants.end(), grants.begin(), grants.end());
  }
  return touched;
}

Expected<Recovered> recover(RecordedState& recorded, const model::Directory& directory,
                            const http::MakeTransport& make_transport) {
  state::State& state = recorded.state;
  if (state.unresolved.empty()) return Recovered{};
  auto recovery = apply::recover(state, directory, make_transport);
  if (!recovery) return tl::unexpected<Error>(recovery.error());
  Recovered recovered{std::move(recovery->notes), std::move(recovery->possible_orphans), false};
  if (recovery->facts.empty() && recovery->open == state.unresolved) return recovered;
  state.estate = state::fold(std::move(state.estate), recovery->facts);
  state.unresolved = std::move(recovery->open);
  recovered.changed = true;
  return recovered;
}

void settle_deletions(state::State& state, const model::Directory& directory) {
  model::RecordedEstate& estate = state.estate;
  const auto is_over = [&](const auto& drop) {
    const auto* object = model::find(estate, drop.ref);
    return object == nullptr || object->missing_since;
  };
  std::vector<state::StateChange> facts;
  model::each_kind([&]<class Kind>(Kind) {
    std::erase_if(state.unresolved, [&](const state::Intent& intent) {
      const auto* drop = std::get_if<state::Drop<Kind>>(&state::subject_of(intent));
      if (!intent.accepted || drop == nullptr || !is_over(*drop)) return false;
      facts.insert(facts.end(), intent.facts.begin(), intent.facts.end());
      if constexpr (std::is_same_v<Kind, model::Account>)
        for (const model::RecordedBot& bot : estate.bots)
          if (bot.missing_since && model::account_of(bot.settings, directory) == drop->ref)
            facts.emplace_back(state::DropBot{bot.ref});
      return true;
    });
  });
  estate = state::fold(std::move(estate), facts);
}

}  // namespace rollcall::state_access
