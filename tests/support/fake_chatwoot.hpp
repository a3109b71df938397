#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/directory.hpp"
#include "model/recorded.hpp"
#include "support/fake_transport.hpp"

namespace rollcall::testing {

/// A small Platform API in memory after the transport interface, with what of its oddities matters to an
/// apply. Tests look at it and change it between runs.
class FakeChatwoot {
 public:
  using Json = nlohmann::json;
  using Id = model::ServerId;
  using Fault = std::function<std::optional<Answer>(const http::Request&)>;

  FakeServer server{[this](const http::Request& request) { return handle(request); }};

  std::map<Id, Json> accounts, users, bots;
  std::map<Id, std::map<Id, std::string>> members;
  /// Accounts that exist but that the token may not see.
  std::set<Id> hidden;
  bool listing_broken = false;
  /// Accounts, users and bots count for themselves.
  Id next_account = 1, next_user = 1, next_bot = 1;
  /// Answers in place of the server, before it does anything.
  Fault before = [](const http::Request&) { return std::nullopt; };
  /// Answers after it has done what was asked, in place of its own response.
  Fault after = [](const http::Request&) { return std::nullopt; };

  Json& add_account(Id id, const std::string& name, const std::string& marker = "");
  Json& add_user(Id id, const std::string& email, const std::string& name, const std::string& marker = "");
  Json& add_bot(Id id, const std::string& name, const Json& account);

  /// "POST /accounts" and the like, without the base path, in the order of arrival.
  [[nodiscard]] std::vector<std::string> log() const;
  [[nodiscard]] std::size_t count(const std::string& line) const;
  static bool is(const http::Request& request, http::Method method, const std::string& path);

  /// A fault for the first request of this method and path.
  static Fault once(http::Method method, const std::string& path, const Answer& answer);
  static Answer server_error();
  static Answer lost();
  static Answer gone();
  static Answer wrong_token();

 private:
  Answer handle(const http::Request& request);
  Answer route(const http::Request& request);
  Answer account_users(http::Method method, Id account, const Json& body);
  Answer objects(std::map<Id, Json>& all, http::Method method, Id id, const Json& body);
  Answer list(const std::map<Id, Json>& all);
  Answer create(std::map<Id, Json>& all, const Json& body);
  void merge(const std::map<Id, Json>& all, Json& object, const Json& body);
  Json shown(const std::map<Id, Json>& all, Id id);
};

/// Puts on the server what the record says is there, markers of `lineage` included.
void put_on_server(FakeChatwoot& chatwoot, const model::RecordedEstate& estate,
                   const model::Directory& directory, const std::string& lineage);

}  // namespace rollcall::testing
