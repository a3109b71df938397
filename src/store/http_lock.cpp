#include "store/http_lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/version.hpp"

namespace rollcall::store {
namespace {

constexpr std::size_t kLongestId = 255;
constexpr char kBetween = '~';

/// The text at a key of a JSON object; empty where there is none.
std::string text_at(const nlohmann::json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

nlohmann::json parse(const std::string& body) {
  return nlohmann::json::parse(body, nullptr, false);
}

/// What needs no quotes in a shell and does not end a part of the id.
std::string as_part_of_id(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("-._:/").find(c) != std::string_view::npos;
    out += is_plain ? c : '-';
  }
  return out;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == kBetween)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

}  // namespace

std::string http_lock_id(const LockInfo& info) {
  std::string id = fmt::format("{}~{}~{}@{}~{}", as_part_of_id(info.id), as_part_of_id(info.command),
                               as_part_of_id(info.who), as_part_of_id(info.where), info.pid);
  const std::string job = as_part_of_id(info.job);
  if (!job.empty() && id.size() + 1 + job.size() <= kLongestId) id += kBetween + job;
  id.resize(std::min(id.size(), kLongestId));
  return id;
}

LockInfo read_http_lock(const std::string& id, const std::string& who, const std::string& created) {
  LockInfo info;
  info.id = id;
  info.when = created;
  const std::vector<std::string> parts = split(id);
  const auto* pid = parts.size() < 4 ? nullptr : parts[3].data();
  const std::size_t at = parts.size() < 4 ? std::string::npos : parts[2].find('@');
  if (pid == nullptr || at == std::string::npos ||
      std::from_chars(pid, pid + parts[3].size(), info.pid).ec != std::errc{}) {
    info.who = who;
    return info;
  }
  info.command = parts[1];
  info.who = parts[2].substr(0, at);
  info.where = parts[2].substr(at + 1);
  if (parts.size() > 4) info.job = parts[4];
  return info;
}

// All seven fields of Terraform's lock: GitLab refuses a lock without one of them.
std::string lock_body(const LockInfo& info, const std::string& id) {
  return nlohmann::json{{"ID", id},
                        {"Operation", "rollcall " + info.command},
                        {"Info", info.job},
                        {"Who", info.who + "@" + info.where},
                        {"Version", std::string(version())},
                        {"Created", info.when},
                        {"Path", ""}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<LockInfo> parse_lock(const std::string& body) {
  const nlohmann::json object = parse(body);
  const std::string id = text_at(object, "ID");
  if (id.empty()) return std::nullopt;
  return read_http_lock(id, text_at(object, "Who"), text_at(object, "Created"));
}

std::string text_of(const std::string& json, const char* key) {
  return text_at(parse(json), key);
}

}  // namespace rollcall::store
