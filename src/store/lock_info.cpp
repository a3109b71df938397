#include "store/lock_info.hpp"

#include <fmt/format.h>

#include <iterator>

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
  return fmt::format("{}@{} ({}, process {}, since {})", info.who, info.where, info.command, info.pid,
                     info.when);
}

}  // namespace rollcall::store
