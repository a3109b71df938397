#include "saved_plan/reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/address.hpp"
#include "report/words.hpp"
#include "state/object_reader.hpp"

namespace rollcall::saved_plan {
namespace {

/// The address of a user, or "#ID" for one whose address nobody could read.
bool is_user_key(std::string_view text) {
  if (!text.starts_with('#')) return model::key_of<model::User>(text) == text;
  return text.size() > 1 &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<model::SettingName> parse_setting(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto field = model::parse_field(text.substr(0, dot));
  const bool has_key = dot != std::string_view::npos;
  if (!field || model::is_keyed(*field) != has_key) return std::nullopt;
  return model::SettingName{*field, has_key ? std::string(text.substr(dot + 1)) : std::string()};
}

}  // namespace

Reader::Reader(const state::Node::Map& document, model::Directory& directory, SourceFiles& files)
    : object_{&document, std::vector<bool>(document.size()), 0}, directory_(directory), files_(files) {}

const state::NodeMember* Reader::take(std::string_view name) {
  if (problem_) return nullptr;
  const auto found = std::find_if(object_.members->begin(), object_.members->end(),
                                  [&](const state::NodeMember& member) { return member.key == name; });
  if (found == object_.members->end()) {
    at_ = object_.at;
    const std::string where = place();
    wrong(fmt::format("{} has no `{}`", where.empty() ? "it" : where, name));
    return nullptr;
  }
  object_.taken[static_cast<std::size_t>(found - object_.members->begin())] = true;
  return &*found;
}

/// plan.actions[3].verb
std::string Reader::place() const {
  std::string out;
  for (const Step& step : path_)
    if (step.key.empty())
      out += fmt::format("[{}]", step.item);
    else
      out += fmt::format("{}{}", out.empty() ? "" : ".", step.key);
  return out;
}

void Reader::wrong(std::string what) {
  if (!problem_) problem_ = state::Problem{at_, std::move(what)};
}

void Reader::must_be(std::string_view what) {
  wrong(fmt::format("`{}` must be {}", place(), what));
}

void Reader::finish() {
  if (problem_) return;
  const auto unread = std::find(object_.taken.begin(), object_.taken.end(), false);
  if (unread == object_.taken.end()) return;
  const state::NodeMember& member =
      (*object_.members)[static_cast<std::size_t>(unread - object_.taken.begin())];
  at_ = member.at;
  const std::string where = place();
  wrong(fmt::format("unknown key `{}`{}", member.key, where.empty() ? "" : " in " + where));
}

void Reader::files(std::string_view name) {
  std::vector<std::string> names;
  field(name, names);
  for (std::string& file : names) {
    const auto [known, is_new] = file_indexes_.try_emplace(file, 0);
    if (is_new) known->second = files_.add(std::move(file), {});
  }
}

void Reader::subject(std::string_view name, model::OfKinds<plan::ActionObjects>& object) {
  std::string text;
  field(name, text);
  if (problem_) return;
  const auto address = model::parse_address(text);
  if (!address || to_string(*address) != text) {
    wrong(fmt::format("`{}.{}` must be an address", place(), name));
    return;
  }
  if (address->kind == model::ObjectKind::kGrant) {
    plan::GrantAction grant;
    grant.account = directory_.accounts.intern(address->key);
    grant.user = directory_.users.intern(address->member);
    object = grant;
    return;
  }
  model::visit_kind(address->kind, [&]<class Kind>(Kind) {
    plan::ObjectAction<Kind> action;
    action.ref = (directory_.*Kind::kDirectory).intern(address->key);
    object = std::move(action);
  });
}

void Reader::get(const state::Node& node, bool& flag) {
  if (const bool* found = as<bool>(node, "true or false")) flag = *found;
}

void Reader::get(const state::Node& node, std::string& text) {
  if (const auto* found = as<std::string>(node, "a string")) text = *found;
}

void Reader::get(const state::Node& node, Date& date) {
  const auto* text = std::get_if<std::string>(&node.data);
  const auto found = text == nullptr ? std::nullopt : parse_date(*text);
  if (!found) return must_be("a date such as 2026-01-31");
  date = *found;
}

void Reader::get(const state::Node& node, Time& time) {
  const auto* text = std::get_if<std::string>(&node.data);
  const auto found = text == nullptr ? std::nullopt : parse_time(*text);
  if (!found) return must_be("a time such as 2026-01-31T23:59:59Z");
  time = *found;
}

void Reader::get(const state::Node& node, model::Value& value) {
  value = state::to_value(node);
}

void Reader::get(const state::Node& node, model::SettingName& name) {
  const auto* text = std::get_if<std::string>(&node.data);
  auto found = text == nullptr ? std::nullopt : parse_setting(*text);
  if (!found) return must_be("the name of a setting");
  name = std::move(*found);
}

void Reader::get(const state::Node& node, model::SettingsPatch& settings) {
  std::vector<model::Setting> found;
  get(node, found);
  settings = {};
  settings.set_all(std::move(found));
}

void Reader::get(const state::Node& node, Origin& origin) {
  std::optional<NamedOrigin> found;
  get(node, found);
  origin = {};
  if (problem_ || !found) return;
  if (found->line == 0) return must_be("a place with a line, or null");
  const auto known = file_indexes_.find(found->file);
  if (known == file_indexes_.end()) return must_be("a place in one of the `files`");
  origin = {known->second, found->line, found->column};
}

void Reader::get(const state::Node& node, plan::Phase& phase) {
  std::uint32_t number = 0;
  get(node, number);
  if (problem_) return;
  if (number < static_cast<std::uint32_t>(plan::Phase::kObjects) ||
      number > static_cast<std::uint32_t>(plan::Phase::kRemovals))
    return must_be("a number from 1 to 4");
  phase = static_cast<plan::Phase>(number);
}

void Reader::get(const state::Node& node, plan::Verb& verb) {
  word(node, verb, plan::Verb::kRevoke, [](plan::Verb one) { return plan::to_string(one); });
}

void Reader::get(const state::Node& node, plan::ReasonCode& reason) {
  word(node, reason, plan::ReasonCode::kRaisedOnServer,
       [](plan::ReasonCode one) { return plan::to_string(one); });
}

void Reader::get(const state::Node& node, plan::Guardrail& guardrail) {
  word(node, guardrail, plan::Guardrail::kProtectedAccount, &report::guardrail_name);
}

void Reader::get(const state::Node& node, model::Role& role) {
  word(node, role, model::Role::kAdministrator, [](model::Role one) { return model::to_string(one); });
}

void Reader::get(const state::Node& node, model::OnRemove& on_remove) {
  word(node, on_remove, model::OnRemove::kDelete, [](model::OnRemove one) { return model::to_string(one); });
}

void Reader::get(const state::Node& node, model::Provenance& provenance) {
  word(node, provenance, model::Provenance::kAdopted,
       [](model::Provenance one) { return model::to_string(one); });
}

void Reader::get(const state::Node& node, model::AccountRef& ref) {
  const auto* text = std::get_if<std::string>(&node.data);
  if (text == nullptr || model::key_of<model::Account>(*text) != *text) return must_be("an account key");
  ref = directory_.accounts.intern(*text);
}

void Reader::get(const state::Node& node, model::UserRef& ref) {
  const auto* text = std::get_if<std::string>(&node.data);
  if (text == nullptr || !is_user_key(*text)) return must_be("an e-mail address in lower case, or #ID");
  ref = directory_.users.intern(*text);
}

void Reader::get(const state::Node& node, model::BotRef& ref) {
  const auto* text = std::get_if<std::string>(&node.data);
  if (text == nullptr || model::key_of<model::Bot>(*text) != *text) return must_be("the key of an agent bot");
  ref = directory_.bots.intern(*text);
}

}  // namespace rollcall::saved_plan
