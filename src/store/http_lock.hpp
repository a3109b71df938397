#pragma once

#include <optional>
#include <string>

#include "store/lock_info.hpp"

/// The locks of Terraform's HTTP protocol, as a server is asked for them and tells of them.
namespace rollcall::store {

/// The id of the lock as the server keeps it, at most 255 characters. It is the one thing of a holder that
/// GitLab tells others, so it says who that is.
std::string http_lock_id(const LockInfo& info);
/// What such an id says, or `who` alone where another program made it.
LockInfo read_http_lock(const std::string& id, const std::string& who, const std::string& created);

/// The lock that is asked for, as JSON.
std::string lock_body(const LockInfo& info, const std::string& id);
/// Whose lock a refusal tells of; nothing where it does not.
std::optional<LockInfo> parse_lock(const std::string& body);

/// The text at a key of a JSON object; empty where there is none.
std::string text_of(const std::string& json, const char* key);

}  // namespace rollcall::store
