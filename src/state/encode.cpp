#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "state/state.hpp"

namespace rollcall::state {
namespace {

using model::RecordedAccount;
using model::RecordedBot;
using model::RecordedUser;
using model::Value;

void append_text(std::string& out, std::string_view text) {
  // A byte that is no UTF-8 would make the file unreadable as a whole.
  const bool valid = !find_invalid_utf8(text);
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else if (byte >= 0x80 && !valid) {
      out += "\\ufffd";
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_number(std::string& out, double number) {
  constexpr double kExactWhole = 9007199254740992.0;
  if (!std::isfinite(number))
    out += "null";
  else if (std::trunc(number) == number && std::fabs(number) < kExactWhole)
    out += std::to_string(static_cast<std::int64_t>(number));
  else
    fmt::format_to(std::back_inserter(out), "{}", number);
}

void append_value(std::string& out, const Value& value);

struct AppendValue {
  std::string& out;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
  void operator()(std::int64_t number) const { out += std::to_string(number); }
  void operator()(double number) const { append_number(out, number); }
  void operator()(const std::string& text) const { append_text(out, text); }
  void operator()(const Value::List& list) const {
    std::string_view separator = "[";
    for (const Value& item : list) {
      out += std::exchange(separator, ", ");
      append_value(out, item);
    }
    out += list.empty() ? "[]" : "]";
  }
  void operator()(const Value::Map& map) const {
    std::string_view separator = "{";
    for (const model::Member& member : map) {
      out += std::exchange(separator, ", ");
      append_text(out, member.key);
      out += ": ";
      append_value(out, member.value);
    }
    out += map.empty() ? "{}" : "}";
  }
};

void append_value(std::string& out, const Value& value) {
  std::visit(AppendValue{out}, value.data);
}

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
      append_text(out, name.key);
      out += ": ";
    }
    append_value(out, sorted[i]->value);
    if (keyed && (i + 1 == sorted.size() || sorted[i + 1]->name.field != name.field)) out += '}';
  }
  out += '}';
}

/// Everything of an object that stands on its one line, from `id` to `settings`.
template <class Object>
void append_facts(std::string& out, const Object& object) {
  fmt::format_to(std::back_inserter(out), "\"id\": {}", object.id);
  if (object.missing_since)
    fmt::format_to(std::back_inserter(out), ", \"missing_since\": \"{}\"", to_string(*object.missing_since));
  if constexpr (requires { object.nonce; }) {
    if (!object.nonce.empty()) {
      out += ", \"nonce\": ";
      append_text(out, object.nonce);
    }
  }
  fmt::format_to(std::back_inserter(out), R"(, "on_remove": "{}", "origin": "{}", "settings": )",
                 model::to_string(object.on_remove), model::to_string(object.provenance));
  append_settings(out, object.settings);
}

class Encoder {
 public:
  Encoder(const State& state, const model::Directory& directory) : state_(state), directory_(directory) {
    rank_users();
  }

  std::string run() {
    out_.reserve(4096 + state_.estate.grants.size() * 56 + state_.estate.users.size() * 200);
    header();
    sections(false, "  ");
    out_ += ",\n  \"released\": {\n";
    sections(true, "    ");
    out_ += "\n  }\n}\n";
    return std::move(out_);
  }

 private:
  void rank_users() {
    std::vector<std::uint32_t> order(directory_.users.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return directory_.users.text(model::UserRef{a}) < directory_.users.text(model::UserRef{b});
    });
    rank_.resize(order.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) rank_[order[i]] = i;
  }

  void header() {
    fmt::format_to(std::back_inserter(out_), "{{\n  \"format\": \"{}\",\n  \"version\": {},\n", kStateFormat,
                   kStateVersion);
    text_line("lineage", state_.lineage);
    fmt::format_to(std::back_inserter(out_), "  \"serial\": {},\n", state_.serial);
    text_line("server", state_.server);
    text_line("last_run", state_.last_run);
  }

  void text_line(std::string_view key, std::string_view text) {
    fmt::format_to(std::back_inserter(out_), "  \"{}\": ", key);
    append_text(out_, text);
    out_ += ",\n";
  }

  void sections(bool released, const std::string& indent) {
    const auto& estate = state_.estate;
    section("accounts", estate.accounts, directory_.accounts, &RecordedAccount::account, released, indent);
    out_ += ",\n";
    section("users", estate.users, directory_.users, &RecordedUser::user, released, indent);
    out_ += ",\n";
    section("agent_bots", estate.bots, directory_.bots, &RecordedBot::bot, released, indent);
  }

  template <class Object, class Ref>
  void section(std::string_view name, const std::vector<Object>& objects, const model::Interner<Ref>& texts,
               Ref Object::*ref, bool released, const std::string& indent) {
    std::vector<const Object*> sorted;
    for (const Object& object : objects)
      if (object.released == released) sorted.push_back(&object);
    std::sort(sorted.begin(), sorted.end(),
              [&](const Object* a, const Object* b) { return texts.text(a->*ref) < texts.text(b->*ref); });
    fmt::format_to(std::back_inserter(out_), "{}\"{}\": {{", indent, name);
    std::string_view separator = "\n";
    for (const Object* object : sorted) {
      fmt::format_to(std::back_inserter(out_), "{}{}  ", std::exchange(separator, ",\n"), indent);
      append_text(out_, texts.text(object->*ref));
      out_ += ": {";
      body(*object, indent);
      out_ += '}';
    }
    if (!sorted.empty()) fmt::format_to(std::back_inserter(out_), "\n{}", indent);
    out_ += '}';
  }

  template <class Object>
  void body(const Object& object, const std::string&) {
    append_facts(out_, object);
  }

  void body(const RecordedAccount& account, const std::string& indent) {
    fmt::format_to(std::back_inserter(out_), "\n{}    \"grants\": {{", indent);
    grants(account.account, indent);
    fmt::format_to(std::back_inserter(out_), "}},\n{}    ", indent);
    append_facts(out_, account);
    if (account.suspended_by_removal) out_ += ", \"suspended_by_removal\": true";
    if (!account.unlisted.empty()) unlisted(account.unlisted, indent);
    fmt::format_to(std::back_inserter(out_), "\n{}  ", indent);
  }

  void grants(model::AccountRef account, const std::string& indent) {
    const auto& all = state_.estate.grants;
    const auto first =
        std::lower_bound(all.begin(), all.end(), account,
                         [](const model::Grant& g, model::AccountRef wanted) { return g.account < wanted; });
    std::vector<model::Grant> sorted;
    for (auto at = first; at != all.end() && at->account == account; ++at) sorted.push_back(*at);
    if (sorted.empty()) return;
    const auto rank = [&](const model::Grant& grant) {
      return rank_[static_cast<std::uint32_t>(grant.user)];
    };
    std::sort(sorted.begin(), sorted.end(),
              [&](const model::Grant& a, const model::Grant& b) { return rank(a) < rank(b); });
    std::string_view separator = "\n";
    for (const model::Grant& grant : sorted) {
      out_ += std::exchange(separator, ",\n");
      out_ += indent;
      out_ += "      ";
      append_text(out_, directory_.users.text(grant.user));
      out_ += ": \"";
      out_ += model::to_string(grant.role);
      out_ += '"';
    }
    fmt::format_to(std::back_inserter(out_), "\n{}    ", indent);
  }

  void unlisted(const std::vector<model::UnlistedMember>& members, const std::string& indent) {
    fmt::format_to(std::back_inserter(out_), ",\n{}    \"unlisted\": [", indent);
    std::string_view separator = "\n";
    for (const model::UnlistedMember& member : members) {
      fmt::format_to(std::back_inserter(out_), "{}{}      {{", std::exchange(separator, ",\n"), indent);
      if (member.email) {
        out_ += "\"email\": ";
        append_text(out_, *member.email);
        out_ += ", ";
      }
      fmt::format_to(std::back_inserter(out_), "\"id\": {}", member.user_id);
      if (member.role)
        fmt::format_to(std::back_inserter(out_), ", \"role\": \"{}\"", model::to_string(*member.role));
      out_ += '}';
    }
    fmt::format_to(std::back_inserter(out_), "\n{}    ]", indent);
  }

  const State& state_;
  const model::Directory& directory_;
  /// The place of each person in the byte order of addresses.
  std::vector<std::uint32_t> rank_;
  std::string out_;
};

}  // namespace

std::string encode(const State& state, const model::Directory& directory) {
  return Encoder(state, directory).run();
}

}  // namespace rollcall::state
