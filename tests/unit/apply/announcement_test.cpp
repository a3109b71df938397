#include "fixture.hpp"

using namespace rollcall;
using model::Role;
using testing::Applied;

namespace {

std::vector<std::string> touched(const Applied& a) {
  std::vector<std::string> addresses;
  for (const model::Address& address : a.recorder.announcement().touched)
    addresses.push_back(to_string(address));
  return addresses;
}

}  // namespace

TEST_CASE("a run announces what it may create and touch, with the nonces that it uses") {
  Applied a;
  a.want_account("desk");
  a.want_user("ana");
  a.want_bot("triage", "desk");
  a.want_grant("desk", "ana", Role::kAdministrator);
  a.run();
  CHECK(touched(a) ==
        std::vector<std::string>{"accounts.desk", "users.ana@example.com", "agent_bots.triage"});
  const auto& creations = a.recorder.announcement().creations;
  REQUIRE(creations.size() == 4);
  const auto nonce_of = [&](const std::string& address) {
    const auto found = std::find_if(creations.begin(), creations.end(), [&](const state::Intent& intent) {
      return state::address_of(intent, a.directory) == address;
    });
    REQUIRE(found != creations.end());
    CHECK(found->verb == (address.starts_with("grants.") ? plan::Verb::kGrant : plan::Verb::kCreate));
    return found->nonce;
  };
  const model::RecordedEstate after = a.after();
  CHECK(nonce_of("accounts.desk") == after.accounts[0].nonce);
  CHECK(nonce_of("users.ana@example.com") == after.users[0].nonce);
  CHECK(nonce_of("agent_bots.triage").empty());
  CHECK(nonce_of("grants.desk/ana@example.com").empty());
}

TEST_CASE("grants touch their account, and what is blocked is not announced") {
  Applied a;
  a.has_account("hq");
  a.has_account("old").on_remove = model::OnRemove::kDelete;
  a.want_account("hq");
  a.want_user("joe");
  a.want_grant("hq", "joe", Role::kAgent);
  a.options.allow_deletes = false;
  a.run();
  CHECK(touched(a) == std::vector<std::string>{"accounts.hq", "users.joe@example.com"});
}
