#pragma once

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "model/directory.hpp"
#include "model/kinds.hpp"
#include "model/recorded.hpp"
#include "plan/plan.hpp"

namespace rollcall::apply {

/// The server's ids of everything that is recorded, that the plan names, or that this run has created. May be
/// used from any thread.
class KnownIds {
 public:
  KnownIds(const plan::Plan& plan, const model::RecordedEstate& estate);

  template <class Ref>
  [[nodiscard]] std::optional<model::ServerId> find(Ref ref) const {
    const std::scoped_lock lock(mutex_);
    const auto& ids = known_.of<model::KindOf<Ref>>().ids;
    const auto found = ids.find(ref);
    return found == ids.end() ? std::nullopt : std::optional(found->second);
  }
  /// Whether an object of the kind is known that has this id.
  template <class Kind>
  [[nodiscard]] bool has(model::ServerId id) const {
    const std::scoped_lock lock(mutex_);
    return known_.of<Kind>().refs.contains(id);
  }
  /// Of the account that the settings of a bot name.
  [[nodiscard]] std::optional<model::ServerId> account_of(const model::SettingsPatch& bot,
                                                          const model::Directory& directory) const;
  [[nodiscard]] std::optional<std::string> address_of(model::ServerId user,
                                                      const model::Directory& directory) const;

  /// Takes note of an id that a response gave, and whether the object was `created` just now, unless another
  /// one of the kind has that id: then its address comes back, and nothing is noted.
  template <class Ref>
  std::optional<std::string> learn(Ref ref, model::ServerId id, bool created,
                                   const model::Directory& directory) {
    const std::scoped_lock lock(mutex_);
    auto& known = known_.of<model::KindOf<Ref>>();
    const auto [at, is_free] = known.refs.try_emplace(id, ref);
    if (!is_free && at->second != ref) return model::address_of(at->second, directory);
    known.ids[ref] = id;
    if (created) known.created.insert(ref);
    return std::nullopt;
  }
  /// The account has this id under a key that the record may not know yet.
  void bound(model::AccountRef account, model::ServerId id);
  /// Whether this very run created it, so that it cannot have had members (or memberships) before.
  template <class Ref>
  [[nodiscard]] bool is_new(Ref ref) const {
    const std::scoped_lock lock(mutex_);
    return known_.of<model::KindOf<Ref>>().created.contains(ref);
  }

  /// One above every id of the kind that was known before the run created any.
  template <class Kind>
  [[nodiscard]] model::ServerId first_unknown() const {
    return known_.of<Kind>().first_unknown;
  }
  /// Before the first account is created: ids up to this one exist already.
  void accounts_exist_to(model::ServerId id) {
    known_.accounts.first_unknown = std::max(known_.accounts.first_unknown, id + 1);
  }

 private:
  template <class Kind>
  struct Known {
    using Ref = typename Kind::Ref;

    void add(Ref ref, model::ServerId id) {
      ids[ref] = id;
      refs[id] = ref;
      first_unknown = std::max(first_unknown, id + 1);
    }

    std::unordered_map<Ref, model::ServerId> ids;
    std::unordered_map<model::ServerId, Ref> refs;
    std::unordered_set<Ref> created;
    model::ServerId first_unknown = 1;
  };

  mutable std::mutex mutex_;
  model::OneEach<Known> known_;
};

}  // namespace rollcall::apply
