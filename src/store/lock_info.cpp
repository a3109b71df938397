#include "store/lock_info.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace rollcall::store {
namespace {

void append_member(std::string& out, std::string_view key, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "\"{}\": ", key);
  append_json_text(out, text);
}

std::string* text_member(LockInfo& info, std::string_view key) {
  if (key == "who") return &info.who;
  if (key == "where") return &info.where;
  if (key == "when") return &info.when;
  if (key == "command") return &info.command;
  if (key == "job") return &info.job;
  if (key == "id") return &info.id;
  return nullptr;
}

bool read_member(const std::string& key, const nlohmann::json& value, LockInfo& info) {
  if (value.is_number_integer()) {
    if (key == "pid") info.pid = value.get<std::int64_t>();
    return true;
  }
  if (!value.is_string()) return false;
  if (std::string* member = text_member(info, key)) *member = value.get<std::string>();
  return true;
}

}  // namespace

std::string to_json(const LockInfo& info) {
  std::string out = "{";
  append_member(out, "who", info.who);
  out += ", ";
  append_member(out, "where", info.where);
  out += ", ";
  append_member(out, "when", info.when);
  fmt::format_to(std::back_inserter(out), ", \"pid\": {}, ", info.pid);
  append_member(out, "command", info.command);
  if (!info.job.empty()) {
    out += ", ";
    append_member(out, "job", info.job);
  }
  return out + "}\n";
}

std::optional<LockInfo> parse_lock_info(std::string_view json) {
  const auto object = nlohmann::json::parse(json, nullptr, false);
  if (!object.is_object() || object.empty()) return std::nullopt;
  LockInfo info;
  for (const auto& [key, value] : object.items())
    if (!read_member(key, value, info)) return std::nullopt;
  return info;
}

std::string describe(const LockInfo& info) {
  std::vector<std::string> facts;
  if (!info.command.empty()) facts.push_back(info.command);
  if (info.pid != 0) facts.push_back(fmt::format("process {}", info.pid));
  if (!info.when.empty()) facts.push_back("since " + info.when);
  if (!info.job.empty()) facts.push_back("job " + info.job);
  const std::string name = info.where.empty() ? info.who : info.who + "@" + info.where;
  return fmt::format("{} ({})", printable(name.empty() ? "another program" : name),
                     printable(fmt::format("{}", fmt::join(facts, ", "))));
}

std::string quoted(const std::string& id) {
  const bool is_plain = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:/@~").find(c) != std::string_view::npos;
  });
  if (is_plain && !id.empty()) return id;
  std::string out = "'";
  for (const char c : id) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace rollcall::store
