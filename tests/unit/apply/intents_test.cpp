#include <algorithm>

#include "apply/intents_ahead.hpp"
#include "fixture.hpp"

using namespace rollcall;
using model::Field;
using model::Role;
using plan::Outcome;
using testing::Applied;

namespace {

std::vector<std::string> begun(const Applied& a) {
  std::vector<std::string> addresses;
  for (const plan::ActionIndex index : a.recorder.begun())
    addresses.push_back(plan::address_of(a.plan.actions[index], a.directory));
  std::sort(addresses.begin(), addresses.end());
  return addresses;
}

/// An estate of which only the grants are not there yet.
void want_grants(Applied& a, std::size_t accounts, std::size_t users) {
  for (std::size_t account = 0; account < accounts; ++account)
    a.both_accounts({fmt::format("a{:03}", account).c_str()});
  for (std::size_t user = 0; user < users; ++user) a.both_users({fmt::format("u{:03}", user).c_str()});
  for (std::size_t account = 0; account < accounts; ++account)
    for (std::size_t user = 0; user < users; ++user)
      a.want_grant(fmt::format("a{:03}", account), fmt::format("u{:03}", user), Role::kAdministrator);
  a.serve();
}

}  // namespace

TEST_CASE(
    "what the server always shows is intended at once, phase by phase, and the rest begins one by one") {
  Applied a;
  a.both_accounts({"desk", "old"});
  a.both_users({"ana", "joe", "kim"});
  a.desired.accounts[0].settings.set(Field::kName, "Another desk");
  a.desired.users[0].settings.set(Field::kName, "Another Ana");
  a.desired.accounts.pop_back();
  a.recorded.accounts[1].on_remove = model::OnRemove::kSuspend;
  a.want_account("lab");
  a.want_grant("desk", "ana", Role::kAdministrator);
  a.want_grant("lab", "ana", Role::kAdministrator);
  a.has_grant("desk", "joe", Role::kAdministrator);
  a.want_grant("desk", "joe", Role::kAgent);
  a.has_grant("desk", "kim", Role::kAgent);
  a.serve();
  a.run();
  CHECK(a.all_done());
  CHECK(begun(a) == std::vector<std::string>{"accounts.lab", "accounts.old"});
  // Two updates; two grants; a change of role and a revocation.
  CHECK(a.recorder.slices() == std::vector<std::size_t>{2, 2, 2});
  CHECK(a.recorder.intended().empty());
  CHECK(a.recorder.open().empty());
}

TEST_CASE("an agent bot's address that the server never shows is no change that it shows") {
  plan::BotAction bot;
  plan::Action action;
  action.verb = plan::Verb::kUpdate;
  bot.settings.changes = {{{Field::kName, {}}, model::Value("a"), model::Value("b")}};
  action.object = bot;
  CHECK(apply::shows_its_end(action));
  bot.settings.changes.push_back({{Field::kOutgoingUrl, {}}, model::Value("a"), model::Value("b")});
  action.object = bot;
  CHECK_FALSE(apply::shows_its_end(action));
}

TEST_CASE("thousands of grants are intended a thousand at a time, by however many workers, each once") {
  Applied a;
  a.settings.parallelism = GENERATE(1U, 16U);
  want_grants(a, 50, 50);
  a.run();
  CHECK(a.all_done());
  CHECK(a.after().grants.size() == 2500);
  CHECK(a.recorder.slices() == std::vector<std::size_t>{1024, 1024, 452});
  CHECK(a.recorder.begun().empty());
}

TEST_CASE(
    "a run that stops has intended little more than it has sent, and what it did not send is not open") {
  Applied a;
  want_grants(a, 50, 50);
  std::stop_source stop;
  a.settings.stop = stop.get_token();
  std::size_t posts = 0;
  a.chatwoot.after = [&](const http::Request& request) -> std::optional<testing::Answer> {
    if (request.method == http::Method::kPost && ++posts == 10) stop.request_stop();
    return std::nullopt;
  };
  a.run();
  CHECK(a.recorder.slices() == std::vector<std::size_t>{1024});
  CHECK(a.recorder.intended().size() == 1014);
  CHECK(a.recorder.open().empty());
}

TEST_CASE("where intents cannot be written, nothing of the phase is sent") {
  Applied a;
  a.settings.parallelism = GENERATE(1U, 4U);
  want_grants(a, 2, 8);
  a.recorder.fail_intend();
  a.run();
  for (const std::string& line : a.chatwoot.log()) CHECK(line.starts_with("GET "));
  CHECK(a.result.stop == plan::Stop::kFatal);
  CHECK(std::all_of(a.result.results.begin(), a.result.results.end(),
                    [](const auto& one) { return one.outcome == Outcome::kNotStarted; }));
}
