#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/source.hpp"
#include "base/suggestion.hpp"
#include "model/directory.hpp"
#include "roster/roster.hpp"
#include "yaml/problems.hpp"
#include "yaml/reader.hpp"

namespace rollcall::roster {

/// Which objects are defined, and where: an origin for each reference, line 0 for none.
template <class Ref>
class Definitions {
 public:
  [[nodiscard]] Origin find(Ref ref) const {
    const auto index = static_cast<std::size_t>(ref);
    return index < origins_.size() ? origins_[index] : Origin{};
  }
  [[nodiscard]] bool has(Ref ref) const { return find(ref).line != 0; }
  void add(Ref ref, const Origin& origin, std::string_view spelled) {
    const auto index = static_cast<std::size_t>(ref);
    if (origins_.size() <= index) {
      origins_.resize(index + 1);
      spellings_.resize(index + 1);
    }
    origins_[index] = origin;
    spellings_[index] = std::hash<std::string_view>{}(spelled);
    refs_.push_back(ref);
  }
  /// Whether the definition was written with just these letters.
  [[nodiscard]] bool is_spelled(Ref ref, std::string_view text) const {
    return spellings_[static_cast<std::size_t>(ref)] == std::hash<std::string_view>{}(text);
  }
  [[nodiscard]] const std::vector<Ref>& refs() const { return refs_; }

 private:
  std::vector<Origin> origins_;
  std::vector<std::size_t> spellings_;
  std::vector<Ref> refs_;
};

template <class Kind>
using DefinitionsOf = Definitions<typename Kind::Ref>;

/// How much the search for suggestions may take, together: it looks at every candidate, and 50 problems are
/// shown.
struct SuggestionBudget {
  std::size_t words = 100;
  /// Characters of the candidates, times those of the word.
  std::size_t steps = 1'000'000'000;
};

/// Finds what an unknown word may stand for. Only the first different words get a suggestion.
class Suggestions {
 public:
  /// One of closest(), closest_key() and closest_email().
  using Closest = std::optional<std::string> (*)(std::string_view word,
                                                 const std::vector<std::string>& candidates);

  Suggestions(Closest closest, SuggestionBudget& budget) : closest_(closest), budget_(budget) {}

  template <class Candidates>
  std::optional<std::string> find(std::string_view word, Candidates candidates) {
    if (const auto known = known_.find(std::string(word)); known != known_.end()) return known->second;
    if (budget_.words == 0) return std::nullopt;
    if (!candidates_) keep(candidates());
    return known_.emplace(word, closest_of(word)).first->second;
  }

 private:
  void keep(std::vector<std::string> candidates);
  [[nodiscard]] std::optional<std::string> closest_of(std::string_view word);

  Closest closest_;
  SuggestionBudget& budget_;
  std::optional<std::vector<std::string>> candidates_;
  std::size_t candidates_size_ = 0;
  std::unordered_map<std::string, std::optional<std::string>> known_;
};

/// Among the objects of one kind that are defined.
template <class Kind>
struct SuggestionsOf : Suggestions {
  SuggestionsOf(SuggestionBudget& budget)
      : Suggestions(Kind::kKeyIsEmail ? closest_email : closest_key, budget) {}
};

/// What the roster's `defaults` gives to objects that do not write it themselves; `defaulted` of each says
/// where.
struct Defaults {
  /// Of the key `defaults`; line 0 where the roster has none.
  Origin origin;
  model::DesiredAccount account;
  model::DesiredUser user;
};

/// What the parts of load() share while they read, and what is defined of each kind. First all definitions of
/// all files, then what refers to them.
struct Context : model::OneEach<DefinitionsOf> {
  Context(const SourceFiles& all_files, model::Directory& all_names)
      : files(all_files), directory(all_names) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const SourceFiles& files;
  model::Directory& directory;
  yaml::Problems problems;
  yaml::Reader reader{problems};
  Roster roster;
  Defaults defaults;

  std::unordered_map<std::string, std::uint32_t> groups;
  /// The places of Group::groups, with their lengths.
  std::vector<std::vector<yaml::Span>> group_spans;
  /// The places of `from` and `to` of Roster::moves.
  std::vector<std::pair<yaml::Span, yaml::Span>> move_spans;
  struct BoundId {
    std::string_view key;
    Origin origin;
  };
  /// The account that each server id is bound to; keys are views of the files.
  std::unordered_map<model::ServerId, BoundId> ids;
  /// Keys that were refused where they are defined, as written and in lower case: who mentions one means what
  /// was reported there.
  std::unordered_set<std::string> refused_accounts, refused_groups;
  /// Whether a pattern matches any account, by pattern.
  std::unordered_map<std::string, bool> patterns;
  /// What all patterns together took to match; see glob_match.
  std::size_t pattern_steps = 0;
  /// R119 was reported.
  bool patterns_refused = false;

  SuggestionBudget suggestion_budget;
  model::OneEach<SuggestionsOf> near{suggestion_budget, suggestion_budget, suggestion_budget};
  Suggestions near_groups{closest_key, suggestion_budget};
  Suggestions near_flags{closest, suggestion_budget};
  /// False where a file could not be read: what it defines is unknown, so unknown references are not
  /// reported.
  bool complete = true;

  [[nodiscard]] std::string where(const Origin& origin) const { return files.describe(origin); }
};

/// `defaults`, which is read before all objects; a second one is reported.
void read_defaults(Context& context, yaml::Node key, yaml::Node value);
/// `accounts` and `users` of it.
model::DesiredAccount read_account_defaults(Context& context, yaml::Node key, yaml::Node value);
model::DesiredUser read_user_defaults(Context& context, yaml::Node key, yaml::Node value);
/// Gives an object the default settings that it does not have.
void fill(model::SettingsPatch& settings, model::Defaulted& defaulted, const model::SettingsPatch& defaults,
          const model::Defaulted& places);
/// Reports defaults that would give so many accounts and users too many settings (R127), and drops them.
void limit_defaults(Context& context, std::size_t accounts, std::size_t users);

// Accounts are read before bots, everything else before rules and moves.
void read_account(Context& context, yaml::Node key, yaml::Node value);
void read_user(Context& context, yaml::Node key, yaml::Node value);
void read_bot(Context& context, yaml::Node key, yaml::Node value);
/// Only the name: members may be defined later.
void define_group(Context& context, yaml::Node key);
void read_group(Context& context, yaml::Node key, yaml::Node value);
void read_rule(Context& context, yaml::Node node);
void read_move(Context& context, yaml::Node node);

void check_group_cycles(Context& context);
void check_moves(Context& context);

/// A key of an account, group or bot, which `what` names ("an account"); reports one that is none, and keeps
/// it in `refused` where that is wanted.
std::optional<std::string_view> read_key(Context& context, yaml::Node key, std::string_view what,
                                         std::unordered_set<std::string>* refused);
/// `on_remove` of a user or bot, which cannot be suspended.
std::optional<model::OnRemove> read_other_on_remove(Context& context, yaml::Node value);
/// An address in lower case; reports one that is none.
std::optional<std::string> read_email(Context& context, yaml::Node node, std::string_view what);
/// The key of a defined object that `word` may mean.
template <class Kind>
std::optional<std::string> near_defined(Context& context, std::string_view word) {
  return context.near.of<Kind>().find(word, [&] {
    std::vector<std::string> known;
    for (const auto ref : context.of<Kind>().refs()) known.push_back(context.directory.key(ref));
    return known;
  });
}
/// ", did you mean `…`?" where there is something near.
std::string did_you_mean(const std::optional<std::string>& near);
/// Reports an account key that is not defined; wants every account to be read.
void check_account(Context& context, std::string_view key, const yaml::Span& at);

}  // namespace rollcall::roster
