#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/access.hpp"
#include "model/address.hpp"
#include "model/recorded.hpp"
#include "model/settings.hpp"
#include "state/located_json.hpp"

namespace rollcall::state {

/// Takes the members of one object by their keys. The first thing wrong is kept in `problem`; everything
/// after it gives defaults, so that a caller reads straight on and looks at the problem once.
class ObjectReader {
 public:
  /// `what` names the object in messages, such as "accounts.hq".
  ObjectReader(const NodeMember& object, std::string what, std::optional<Problem>& problem);

  /// At least 1.
  model::ServerId id(std::string_view key);
  /// The same; 0 where the key is absent.
  model::ServerId id_or_zero(std::string_view key);
  bool flag_or_false(std::string_view key);
  bool flag(std::string_view key);
  /// A lineage, nonce or run: letters, digits and dashes; empty where the key is absent.
  std::string token_or_empty(std::string_view key);
  std::string token(std::string_view key);
  std::optional<std::string> text_or_nothing(std::string_view key);
  /// Not empty.
  std::string text(std::string_view key);
  /// An integer from 0.
  std::int64_t count(std::string_view key);
  /// The address of an account, a user or an agent bot.
  model::Address object_address(std::string_view key);
  std::optional<model::Role> role_or_nothing(std::string_view key);
  std::optional<Time> time_or_nothing(std::string_view key);
  Time time(std::string_view key);
  model::OnRemove on_remove(bool may_suspend);
  model::Provenance origin(bool may_be_adopted);
  /// Of these fields.
  model::SettingsPatch settings(std::span<const model::Field> fields);
  /// The members of an object; nullptr after a problem.
  const Node::Map* map(std::string_view key);
  /// An array; nullptr where the key is absent, and after a problem.
  const Node::List* list_or_nothing(std::string_view key);
  const Node::List* list(std::string_view key);

  /// The members of an unlisted-members list; empty where the key is absent.
  std::vector<model::UnlistedMember> unlisted(std::string_view key);

  /// Refuses every key that was not read.
  void finish();

 private:
  const NodeMember* take(std::string_view key);
  const NodeMember* take_required(std::string_view key);
  template <class T>
  const T* as(const NodeMember* member, std::string_view wanted);
  void wrong(std::size_t at, std::string what);
  void read_setting(const NodeMember& member, std::span<const model::Field> fields,
                    model::SettingsPatch& out);

  const Node::Map* members_ = nullptr;
  std::size_t at_ = 0;
  std::string what_;
  std::vector<bool> taken_;
  std::optional<Problem>& problem_;
};

/// What only one kind of object has.
template <class Kind>
void read_parts(ObjectReader& /*in*/, model::RecordedParts<Kind>& /*parts*/) {}
void read_parts(ObjectReader& in, model::RecordedParts<model::Account>& parts);

/// What stands in every form of a recorded object, all but its key, its id, its grants and whether it is
/// released.
template <class Kind>
void read_facts(ObjectReader& in, model::Recorded<Kind>& object) {
  object.provenance = in.origin(Kind::kMayBeAdopted);
  if (Kind::kHasMarker) object.nonce = in.token_or_empty("nonce");
  object.on_remove = in.on_remove(Kind::kMaySuspend);
  object.settings = in.settings(Kind::kFields);
  object.missing_since = in.time_or_nothing("missing_since");
  read_parts(in, static_cast<model::RecordedParts<Kind>&>(object));
}

/// The address of an account, a user or an agent bot as it is written; nothing for anything else.
std::optional<model::Address> parse_object_address(std::string_view text);

/// A setting's value as it is written.
model::Value to_value(const Node& node);

/// Letters, digits and dashes, at most 100: what lineages, nonces and runs are made of.
bool is_token(std::string_view text);

}  // namespace rollcall::state
