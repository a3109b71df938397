#include "state/object_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace rollcall::state {
namespace {

void append_settings(std::string& out, const model::SettingsPatch& settings) {
  // Fields are sorted by their words here; keys inside a field are sorted already.
  std::vector<const model::Setting*> sorted;
  for (const model::Setting& setting : settings) sorted.push_back(&setting);
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
    return model::field_name(a->name.field) < model::field_name(b->name.field);
  });
  out += '{';
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const model::SettingName& name = sorted[i]->name;
    const bool keyed = model::is_keyed(name.field);
    if (i > 0) out += ", ";
    if (!keyed || i == 0 || sorted[i - 1]->name.field != name.field)
      fmt::format_to(std::back_inserter(out), "\"{}\": {}", model::field_name(name.field), keyed ? "{" : "");
    if (keyed) {
      append_json_text(out, name.key);
      out += ": ";
    }
    model::append_json(out, sorted[i]->value);
    if (keyed && (i + 1 == sorted.size() || sorted[i + 1]->name.field != name.field)) out += '}';
  }
  out += '}';
}

}  // namespace

void append_facts(std::string& out, const model::RecordedFacts& object) {
  if (object.id != 0) fmt::format_to(std::back_inserter(out), "\"id\": {}, ", object.id);
  if (object.missing_since)
    fmt::format_to(std::back_inserter(out), "\"missing_since\": \"{}\", ", to_string(*object.missing_since));
  if (!object.nonce.empty()) {
    out += "\"nonce\": ";
    append_json_text(out, object.nonce);
    out += ", ";
  }
  fmt::format_to(std::back_inserter(out), R"("on_remove": "{}", "origin": "{}", "settings": )",
                 model::to_string(object.on_remove), model::to_string(object.provenance));
  append_settings(out, object.settings);
}

void append_unlisted(std::string& out, const model::UnlistedMember& member) {
  out += '{';
  if (member.email) {
    out += "\"email\": ";
    append_json_text(out, *member.email);
    out += ", ";
  }
  fmt::format_to(std::back_inserter(out), "\"id\": {}", member.user_id);
  if (member.role)
    fmt::format_to(std::back_inserter(out), ", \"role\": \"{}\"", model::to_string(*member.role));
  out += '}';
}

}  // namespace rollcall::state
