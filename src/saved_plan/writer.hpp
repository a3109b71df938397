#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "model/kinds.hpp"
#include "report/json.hpp"
#include "report/words.hpp"
#include "saved_plan/describe.hpp"

namespace rollcall::saved_plan {

/// Writes what `describe` names, with keys and addresses in the place of references.
class Writer {
 public:
  static constexpr bool kReads = false;
  using Layout = report::JsonWriter::Layout;

  Writer(report::JsonWriter& json, const model::Directory& directory, const SourceFiles& files)
      : json_(json), directory_(directory), files_(files) {}

  template <class T>
  void field(std::string_view name, const T& value) {
    json_.key(name);
    put(value);
  }
  /// A list with an item a line.
  template <class T>
  void lines(std::string_view name, const std::vector<T>& values) {
    json_.key(name);
    list(values, Layout::kLines);
  }
  /// The same in the order of addresses.
  template <class T>
  void sorted_lines(std::string_view name, std::vector<T> values) {
    std::sort(values.begin(), values.end(),
              [this](const T& a, const T& b) { return address(a) < address(b); });
    lines(name, values);
  }
  /// An object with a member a line.
  template <class T>
  void block(std::string_view name, const T& value) {
    json_.key(name);
    json_.begin_object(Layout::kLines);
    describe(*this, value);
    json_.end_object();
  }
  /// The names of the files in which the places are that were written.
  void files(std::string_view name) {
    json_.key(name);
    json_.begin_array();
    for (const FileIndex file : used_files_) json_.text(files_.name(file));
    json_.end_array();
  }
  template <class Object>
  void subject(std::string_view name, const Object& object) {
    json_.text(name, std::visit([this](const auto& one) { return this->address(one); }, object));
  }

 private:
  template <class Kind>
  std::string address(const plan::ObjectAction<Kind>& object) const {
    return model::address_of(object.ref, directory_);
  }
  template <class Kind>
  std::string address(const model::Recorded<Kind>& object) const {
    return model::address_of(object.ref, directory_);
  }
  std::string address(const plan::GrantAction& grant) const {
    return model::address_of(grant.account, grant.user, directory_);
  }
  std::string address(const model::Grant& grant) const {
    return model::address_of(grant.account, grant.user, directory_);
  }

  template <class T>
  void list(const std::vector<T>& values, Layout layout) {
    json_.begin_array(layout);
    for (const T& value : values) put(value);
    json_.end_array();
  }

  template <class T>
  void put(const std::vector<T>& values) {
    list(values, Layout::kInline);
  }
  template <class T>
  void put(const std::optional<T>& value) {
    value ? put(*value) : json_.null();
  }
  template <class T>
  requires std::is_integral_v<T>
  void put(T number) { json_.number(static_cast<std::int64_t>(number)); }
  void put(bool flag) { json_.boolean(flag); }
  void put(const std::string& text) { json_.text(text); }
  void put(Date date) { json_.text(to_string(date)); }
  void put(Time time) { json_.text(to_string(time)); }
  void put(const model::Value& value) { json_.value(value); }
  void put(const model::SettingName& name) { json_.text(model::to_string(name)); }
  void put(const model::SettingsPatch& settings) {
    put(std::vector<model::Setting>(settings.begin(), settings.end()));
  }
  void put(const Origin& origin) {
    if (origin.line == 0) return json_.null();
    used_files_.insert(origin.file);
    put(NamedOrigin{files_.name(origin.file), origin.line, origin.column});
  }
  void put(plan::Phase phase) { json_.number(static_cast<std::int64_t>(phase)); }
  void put(plan::Guardrail guardrail) { json_.text(report::guardrail_name(guardrail)); }
  void put(model::AccountRef ref) { json_.text(directory_.key(ref)); }
  void put(model::UserRef ref) { json_.text(directory_.key(ref)); }
  void put(model::BotRef ref) { json_.text(directory_.key(ref)); }
  template <class T>
  requires std::is_enum_v<T>
  void put(T word) { json_.text(to_string(word)); }
  template <class T>
  requires std::is_class_v<T>
  void put(const T& value) {
    json_.begin_object();
    describe(*this, value);
    json_.end_object();
  }

  report::JsonWriter& json_;
  const model::Directory& directory_;
  const SourceFiles& files_;
  std::set<FileIndex> used_files_;
};

}  // namespace rollcall::saved_plan
