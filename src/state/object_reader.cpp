#include "state/object_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/limits.hpp"

namespace rollcall::state {
namespace {

using model::Field;

struct ToValue {
  template <class Scalar>
  model::Value operator()(const Scalar& scalar) const {
    return scalar;
  }
  model::Value operator()(std::monostate) const { return {}; }
  model::Value operator()(const Node::List& list) const {
    model::Value::List out;
    out.reserve(list.size());
    for (const Node& item : list) out.push_back(std::visit(*this, item.data));
    return out;
  }
  model::Value operator()(const Node::Map& map) const {
    model::Value::Map out;
    out.reserve(map.size());
    for (const NodeMember& member : map) out.push_back({member.key, std::visit(*this, member.value.data)});
    return out;
  }
};

bool is_null(const Node& node) {
  return std::holds_alternative<std::monostate>(node.data);
}

}  // namespace

model::Value to_value(const Node& node) {
  return std::visit(ToValue{}, node.data);
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::optional<model::Address> parse_object_address(std::string_view text) {
  auto address = model::parse_address(text);
  if (!address || to_string(*address) != text || address->kind == model::ObjectKind::kGrant)
    return std::nullopt;
  return std::move(*address);
}

ObjectReader::ObjectReader(const NodeMember& object, std::string what, std::optional<Problem>& problem)
    : members_(std::get_if<Node::Map>(&object.value.data)),
      at_(object.at),
      what_(std::move(what)),
      problem_(problem) {
  if (members_ == nullptr)
    wrong(at_, fmt::format("{} must be an object", what_));
  else
    taken_.resize(members_->size());
}

void ObjectReader::wrong(std::size_t at, std::string what) {
  if (!problem_) problem_ = Problem{at, std::move(what)};
}

const NodeMember* ObjectReader::take(std::string_view key) {
  if (problem_) return nullptr;
  const auto found =
      std::find_if(members_->begin(), members_->end(), [&](const auto& m) { return m.key == key; });
  if (found == members_->end()) return nullptr;
  taken_[static_cast<std::size_t>(found - members_->begin())] = true;
  return &*found;
}

const NodeMember* ObjectReader::take_required(std::string_view key) {
  const NodeMember* member = take(key);
  if (member == nullptr) wrong(at_, fmt::format("{} has no `{}`", what_, key));
  return member;
}

template <class T>
const T* ObjectReader::as(const NodeMember* member, std::string_view wanted) {
  if (member == nullptr) return nullptr;
  const T* value = std::get_if<T>(&member->value.data);
  if (value == nullptr) wrong(member->at, fmt::format("`{}` of {} must be {}", member->key, what_, wanted));
  return value;
}

model::ServerId ObjectReader::id(std::string_view key) {
  const NodeMember* member = take_required(key);
  const std::string wanted = fmt::format("an integer from 1 to {}", kLargestId);
  const auto* id = as<std::int64_t>(member, wanted);
  if (id == nullptr) return 0;
  if (*id < 1 || *id > kLargestId)
    wrong(member->at, fmt::format("`{}` of {} must be {}", key, what_, wanted));
  return *id;
}

model::ServerId ObjectReader::id_or_zero(std::string_view key) {
  const bool there =
      members_ != nullptr &&
      std::any_of(members_->begin(), members_->end(), [&](const auto& member) { return member.key == key; });
  return there ? id(key) : 0;
}

bool ObjectReader::flag_or_false(std::string_view key) {
  const bool* flag = as<bool>(take(key), "true or false");
  return flag != nullptr && *flag;
}

bool ObjectReader::flag(std::string_view key) {
  take_required(key);
  return flag_or_false(key);
}

std::string ObjectReader::token_or_empty(std::string_view key) {
  constexpr std::string_view kWanted = "letters, digits and dashes";
  const NodeMember* member = take(key);
  const auto* text = as<std::string>(member, kWanted);
  if (text == nullptr) return {};
  if (!is_token(*text)) wrong(member->at, fmt::format("`{}` of {} must be {}", key, what_, kWanted));
  return *text;
}

std::string ObjectReader::token(std::string_view key) {
  take_required(key);
  return token_or_empty(key);
}

std::string ObjectReader::text(std::string_view key) {
  take_required(key);
  return text_or_nothing(key).value_or("");
}

std::int64_t ObjectReader::count(std::string_view key) {
  const std::string wanted = fmt::format("an integer from 0 to {}", kLargestNumber);
  const NodeMember* member = take_required(key);
  const auto* count = as<std::int64_t>(member, wanted);
  if (count == nullptr) return 0;
  if (*count < 0 || *count > kLargestNumber)
    wrong(member->at, fmt::format("`{}` of {} must be {}", key, what_, wanted));
  return *count;
}

Time ObjectReader::time(std::string_view key) {
  take_required(key);
  return time_or_nothing(key).value_or(Time{});
}

const Node::List* ObjectReader::list(std::string_view key) {
  take_required(key);
  return list_or_nothing(key);
}

std::optional<std::string> ObjectReader::text_or_nothing(std::string_view key) {
  const NodeMember* member = take(key);
  const auto* text = as<std::string>(member, "a string");
  if (text == nullptr) return std::nullopt;
  if (text->empty()) wrong(member->at, fmt::format("`{}` of {} is empty", key, what_));
  return *text;
}

model::Address ObjectReader::object_address(std::string_view key) {
  constexpr std::string_view kWanted = "the address of an account, a user or an agent bot";
  const NodeMember* member = take_required(key);
  const auto* text = as<std::string>(member, kWanted);
  if (text == nullptr) return {};
  if (auto address = parse_object_address(*text)) return std::move(*address);
  wrong(member->at, fmt::format("`{}` of {} must be {}", key, what_, kWanted));
  return {};
}

std::optional<model::Role> ObjectReader::role_or_nothing(std::string_view key) {
  constexpr std::string_view kWanted = "agent or administrator";
  const NodeMember* member = take(key);
  const auto* text = as<std::string>(member, kWanted);
  if (text == nullptr) return std::nullopt;
  const auto role = model::parse_role(*text);
  if (!role) wrong(member->at, fmt::format("`{}` of {} must be {}", key, what_, kWanted));
  return role;
}

std::optional<Time> ObjectReader::time_or_nothing(std::string_view key) {
  constexpr std::string_view kWanted = "a time such as 2026-01-31T23:59:59Z";
  const NodeMember* member = take(key);
  const auto* text = as<std::string>(member, kWanted);
  if (text == nullptr) return std::nullopt;
  const auto time = parse_time(*text);
  if (!time) wrong(member->at, fmt::format("`{}` of {} must be {}", key, what_, kWanted));
  return time;
}

model::OnRemove ObjectReader::on_remove(bool may_suspend) {
  const std::string_view wanted = may_suspend ? "retain, suspend or delete" : "retain or delete";
  const NodeMember* member = take_required("on_remove");
  const auto* text = as<std::string>(member, wanted);
  if (text == nullptr) return {};
  const auto word = model::parse_on_remove(*text);
  if (word && (may_suspend || *word != model::OnRemove::kSuspend)) return *word;
  wrong(member->at, fmt::format("`on_remove` of {} must be {}", what_, wanted));
  return {};
}

model::Provenance ObjectReader::origin(bool may_be_adopted) {
  const std::string_view wanted = may_be_adopted ? "created, bound or adopted" : "created or bound";
  const NodeMember* member = take_required("origin");
  const auto* text = as<std::string>(member, wanted);
  if (text == nullptr) return {};
  const auto word = model::parse_provenance(*text);
  if (word && (may_be_adopted || *word != model::Provenance::kAdopted)) return *word;
  wrong(member->at, fmt::format("`origin` of {} must be {}", what_, wanted));
  return {};
}

const Node::Map* ObjectReader::map(std::string_view key) {
  return as<Node::Map>(take_required(key), "an object");
}

const Node::List* ObjectReader::list_or_nothing(std::string_view key) {
  return as<Node::List>(take(key), "a list");
}

std::vector<model::UnlistedMember> ObjectReader::unlisted(std::string_view key) {
  std::vector<model::UnlistedMember> members;
  const Node::List* list = list_or_nothing(key);
  if (list == nullptr) return members;
  for (const Node& node : *list) {
    const NodeMember item{{}, at_, node};
    ObjectReader in(item, fmt::format("an unlisted member of {}", what_), problem_);
    model::UnlistedMember member;
    member.user_id = in.id("id");
    member.role = in.role_or_nothing("role");
    member.email = in.text_or_nothing("email");
    in.finish();
    if (problem_) return members;
    members.push_back(std::move(member));
  }
  std::sort(members.begin(), members.end(),
            [](const auto& a, const auto& b) { return a.user_id < b.user_id; });
  const auto twice = std::adjacent_find(members.begin(), members.end(),
                                        [](const auto& a, const auto& b) { return a.user_id == b.user_id; });
  if (twice != members.end()) wrong(at_, fmt::format("{} lists the member {} twice", what_, twice->user_id));
  return members;
}

model::SettingsPatch ObjectReader::settings(std::span<const Field> fields) {
  model::SettingsPatch out;
  const Node::Map* members = map("settings");
  if (members == nullptr) return out;
  for (const NodeMember& member : *members) {
    read_setting(member, fields, out);
    if (problem_) return out;
  }
  return out;
}

void ObjectReader::read_setting(const NodeMember& member, std::span<const Field> fields,
                                model::SettingsPatch& out) {
  const auto field = model::parse_field(member.key);
  if (!field || std::find(fields.begin(), fields.end(), *field) == fields.end())
    return wrong(member.at, fmt::format("unknown setting `{}` in {}", member.key, what_));
  if (!model::is_keyed(*field)) {
    if (!is_null(member.value) && as<std::string>(&member, "a string or null") == nullptr) return;
    return out.set(*field, to_value(member.value));
  }
  const auto* keys = as<Node::Map>(&member, "an object");
  if (keys == nullptr) return;
  for (const NodeMember& inner : *keys) {
    if (*field == Field::kFeatures && !is_null(inner.value) &&
        as<bool>(&inner, "true, false or null") == nullptr)
      return;
    out.set({*field, inner.key}, to_value(inner.value));
  }
}

void ObjectReader::finish() {
  if (problem_) return;
  for (std::size_t i = 0; i < taken_.size(); ++i)
    if (!taken_[i])
      return wrong((*members_)[i].at, fmt::format("unknown key `{}` in {}", (*members_)[i].key, what_));
}

void read_parts(ObjectReader& in, model::RecordedParts<model::Account>& parts) {
  parts.suspended_by_removal = in.flag_or_false("suspended_by_removal");
  parts.unlisted = in.unlisted("unlisted");
}

}  // namespace rollcall::state
