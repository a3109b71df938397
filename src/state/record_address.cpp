#include <algorithm>
#include <variant>

#include "model/kinds.hpp"
#include "state/state_change.hpp"

namespace rollcall::state {
namespace {

struct AddressOf {
  const model::Directory& directory;

  template <class Kind>
  std::string operator()(const Put<Kind>& put) const {
    return model::address_of(put.object.ref, directory);
  }
  template <class Kind>
  std::string operator()(const Drop<Kind>& drop) const {
    return model::address_of(drop.ref, directory);
  }
  template <class Kind>
  std::string operator()(const Move<Kind>& move) const {
    return model::address_of(move.to, directory);
  }
  std::string operator()(const PutGrant& put) const {
    return model::address_of(put.grant.account, put.grant.user, directory);
  }
  std::string operator()(const DropGrant& drop) const {
    return model::address_of(drop.account, drop.user, directory);
  }
  std::string operator()(const PutUnlisted& put) const { return model::address_of(put.account, directory); }
  std::string operator()(const DropUnlisted& drop) const {
    return model::address_of(drop.account, directory);
  }
  // No intent is about it.
  std::string operator()(const PutAccountsSeenTo&) const { return {}; }
};

bool is_note(const StateChange& record) {
  return std::holds_alternative<PutUnlisted>(record) || std::holds_alternative<DropUnlisted>(record);
}

}  // namespace

const StateChange& subject_of(const Intent& intent) {
  const auto last = std::find_if_not(intent.facts.rbegin(), intent.facts.rend(), is_note);
  return last == intent.facts.rend() ? intent.facts.front() : *last;
}

bool creates_user(const Intent& intent) {
  return intent.verb == plan::Verb::kCreate && std::holds_alternative<PutUser>(subject_of(intent));
}

std::string address_of(const Intent& intent, const model::Directory& directory) {
  return std::visit(AddressOf{directory}, subject_of(intent));
}

}  // namespace rollcall::state
