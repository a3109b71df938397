#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/limits.hpp"
#include "model/kinds.hpp"
#include "saved_plan/describe.hpp"
#include "state/located_json.hpp"

namespace rollcall::saved_plan {

/// Sets what `describe` names from a document, and keeps the first thing that is wrong with it. After that
/// everything gives defaults, so that whoever reads goes straight on and looks at the problem once.
class Reader {
 public:
  static constexpr bool kReads = true;

  Reader(const state::Node::Map& document, model::Directory& directory, SourceFiles& files);

  template <class T>
  void field(std::string_view name, T& value) {
    const state::NodeMember* member = take(name);
    if (member == nullptr) return;
    at_ = member->at;
    path_.push_back({name, 0});
    get(member->value, value);
    path_.pop_back();
  }
  template <class T>
  void lines(std::string_view name, std::vector<T>& values) {
    field(name, values);
  }
  template <class T>
  void sorted_lines(std::string_view name, std::vector<T>& values) {
    field(name, values);
  }
  template <class T>
  void block(std::string_view name, T& value) {
    field(name, value);
  }
  /// Before all places, which may be in no other file.
  void files(std::string_view name);
  void subject(std::string_view name, model::OfKinds<plan::ActionObjects>& object);

  /// Refuses every key of the document that was not read.
  void finish();
  /// Refuses the place that was read last.
  void wrong(std::string what);
  [[nodiscard]] const std::optional<state::Problem>& problem() const { return problem_; }

 private:
  /// A key, or the number of an item.
  struct Step {
    std::string_view key;
    std::size_t item = 0;
  };

  const state::NodeMember* take(std::string_view name);
  [[nodiscard]] std::string place() const;
  void must_be(std::string_view what);

  template <class T>
  const T* as(const state::Node& node, std::string_view what) {
    const T* value = std::get_if<T>(&node.data);
    if (value == nullptr) must_be(what);
    return value;
  }

  /// A word of an enumeration whose values count from 0 to `last`.
  template <class T, class Word>
  void word(const state::Node& node, T& value, T last, const Word& word_of) {
    const auto* text = std::get_if<std::string>(&node.data);
    std::string known;
    for (std::size_t i = 0; i <= static_cast<std::size_t>(last); ++i) {
      const auto candidate = static_cast<T>(i);
      const std::string_view name = word_of(candidate);
      if (text != nullptr && *text == name) {
        value = candidate;
        return;
      }
      known += (known.empty() ? "" : i == static_cast<std::size_t>(last) ? " or " : ", ") + std::string(name);
    }
    must_be(known);
  }

  template <class T>
  void get(const state::Node& node, std::vector<T>& values) {
    const auto* list = as<state::Node::List>(node, "a list");
    if (list == nullptr) return;
    values.clear();
    values.reserve(list->size());
    for (const state::Node& item : *list) {
      path_.push_back({{}, values.size()});
      get(item, values.emplace_back());
      path_.pop_back();
      if (problem_) return;
    }
  }
  template <class T>
  void get(const state::Node& node, std::optional<T>& value) {
    value.reset();
    if (!std::holds_alternative<std::monostate>(node.data)) get(node, value.emplace());
  }
  /// An id of the server where the type is one; a number otherwise.
  template <class T>
  requires std::is_integral_v<T>
  void get(const state::Node& node, T& number) {
    constexpr std::int64_t kLast = sizeof(T) < sizeof(std::int64_t)
                                       ? std::int64_t{std::numeric_limits<std::uint32_t>::max()}
                                       : kLargestNumber;
    const auto* found = std::get_if<std::int64_t>(&node.data);
    if (found == nullptr || *found < 0 || *found > kLast)
      return must_be(fmt::format("an integer from 0 to {}", kLast));
    number = static_cast<T>(*found);
  }
  void get(const state::Node& node, bool& flag);
  void get(const state::Node& node, std::string& text);
  void get(const state::Node& node, Date& date);
  void get(const state::Node& node, Time& time);
  void get(const state::Node& node, model::Value& value);
  void get(const state::Node& node, model::SettingName& name);
  void get(const state::Node& node, model::SettingsPatch& settings);
  void get(const state::Node& node, Origin& origin);
  void get(const state::Node& node, plan::Phase& phase);
  void get(const state::Node& node, plan::Verb& verb);
  void get(const state::Node& node, plan::ReasonCode& reason);
  void get(const state::Node& node, plan::Guardrail& guardrail);
  void get(const state::Node& node, model::Role& role);
  void get(const state::Node& node, model::OnRemove& on_remove);
  void get(const state::Node& node, model::Provenance& provenance);
  void get(const state::Node& node, model::AccountRef& ref);
  void get(const state::Node& node, model::UserRef& ref);
  void get(const state::Node& node, model::BotRef& ref);

  template <class T>
  requires std::is_class_v<T>
  void get(const state::Node& node, T& value) {
    const auto* members = as<state::Node::Map>(node, "an object");
    if (members == nullptr) return;
    auto outer = std::exchange(object_, {members, std::vector<bool>(members->size()), at_});
    describe(*this, value);
    finish();
    object_ = std::move(outer);
  }

  struct Object {
    const state::Node::Map* members = nullptr;
    std::vector<bool> taken;
    /// Where it begins, as near as is known.
    std::size_t at = 0;
  };

  Object object_;
  std::vector<Step> path_;
  std::size_t at_ = 0;
  model::Directory& directory_;
  SourceFiles& files_;
  std::map<std::string, FileIndex> file_indexes_;
  std::optional<state::Problem> problem_;
};

}  // namespace rollcall::saved_plan
