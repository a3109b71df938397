#include "apply/recovery.hpp"

#include "fixture.hpp"

using namespace rollcall;
using http::Method;
using model::Field;
using testing::Answer;
using testing::Applied;
using testing::FakeChatwoot;

namespace {

const Answer kNotPermitted = testing::answer(401, R"({"error":"Non permissible resource"})");

/// An action of the plan that was begun and never settled.
struct Interrupted : Applied {
  apply::Recovery recovery;

  state::Intent intent(const std::string& address, const std::string& nonce = "") {
    plan_it();
    for (const plan::Action& action : plan.actions)
      if (plan::address_of(action, directory) == address)
        return {action.verb, nonce,
                state::changes_of(action, {0, nonce, model::Provenance::kCreated}, recorded, directory)};
    throw std::runtime_error("no action for " + address);
  }
  Expected<apply::Recovery> look(std::vector<state::Intent> intents) {
    state::State state;
    state.lineage = settings.lineage;
    state.estate = recorded;
    state.unresolved = std::move(intents);
    return apply::recover(state, directory, chatwoot.server.connections());
  }
  /// The record after a look at one.
  void recover(const state::Intent& intent) {
    auto looked = look({intent});
    if (!looked) FAIL(looked.error().message);
    recovery = std::move(*looked);
    for (const std::string& line : chatwoot.log()) CHECK(line.starts_with("GET "));
    recorded = state::fold(std::move(recorded), recovery.facts);
  }
  [[nodiscard]] std::string noted() const { return fmt::format("{}", fmt::join(recovery.notes, "|")); }
  [[nodiscard]] std::string orphans() const {
    return fmt::format("{}", fmt::join(recovery.possible_orphans, "|"));
  }
  FakeChatwoot::Json& on_server(const std::string& key) {
    return chatwoot.accounts.at(model::find(recorded, account(key))->id);
  }
  /// What the next plan still does.
  std::string planned() {
    const auto made = make();
    return made ? test::describe(*made, directory) : made.error().message;
  }
};

}  // namespace

TEST_CASE("recovery: an account's creation") {
  Interrupted a;
  a.want_account("desk").settings.set(Field::kLocale, "de");
  const state::Intent intent = a.intent("accounts.desk", "n1");
  a.chatwoot.listing_broken = GENERATE(false, true);
  SECTION("done, its settings not yet") {
    a.chatwoot.add_account(7, "Account desk", "lineage/desk/n1");
    a.recover(intent);
    CHECK(a.noted() == "accounts.desk was created (id 7).");
    REQUIRE(a.recorded.accounts.size() == 1);
    CHECK(a.recorded.accounts[0].id == 7);
    CHECK(a.recorded.accounts[0].provenance == model::Provenance::kCreated);
    CHECK(a.planned() == "0 w1 update accounts.desk locale=\"de\" (settings_differ)\n");
  }
  SECTION("not done, for another nonce is another creation") {
    a.chatwoot.add_account(7, "Account desk", "lineage/desk/n2");
    a.recover(intent);
    CHECK(a.orphans().find("accounts.desk (create) was not done, as far as this token can see.") == 0);
    CHECK(a.orphans().find("rollcall = lineage/desk/n1") != std::string::npos);
    CHECK(a.recorded.accounts.empty());
    // It may come late: the next look knows what to look for.
    CHECK(a.recovery.open == std::vector{intent});
  }
  SECTION("done, and recorded before the end") {
    auto& has = a.has_account("desk");
    has.nonce = "n1";
    a.recover(intent);
    CHECK(a.chatwoot.log().empty());
    CHECK(a.recovery.open.empty());
  }
  SECTION("the server is down") {
    a.chatwoot.before = [](const http::Request&) { return FakeChatwoot::gone(); };
    CHECK_FALSE(a.look({intent}));
  }
}

TEST_CASE(
    "recovery: the search by ids begins where the run began, for the same run may have created later ones") {
  Interrupted a;
  a.has_account("old");
  a.serve();
  a.want_account("desk");
  state::Intent intent = a.intent("accounts.desk", "n1");
  intent.first_id = a.next_id;
  a.chatwoot.add_account(a.next_id++, "Account desk", "lineage/desk/n1");
  a.has_account("later");
  a.serve();
  a.chatwoot.listing_broken = true;
  a.recover(intent);
  REQUIRE(model::find(a.recorded, a.account("desk")) != nullptr);
  CHECK(model::find(a.recorded, a.account("desk"))->id == 101);
}

TEST_CASE("a run writes down where such a search has to begin") {
  Applied a;
  a.both_accounts({"hq"});
  a.has_bot("echo", "hq");
  a.want_bot("echo", "hq");
  a.want_account("desk");
  a.want_bot("triage", "hq");
  a.want_user("ana");
  a.serve();
  a.recorder.fail_from(1);
  a.settings.parallelism = 4;
  a.run();
  for (const auto& [action, intent] : a.recorder.open()) {
    const std::string address = state::address_of(intent, a.directory);
    INFO(address);
    CHECK(intent.first_id == (address == "accounts.desk" ? 101 : address == "agent_bots.triage" ? 102 : 0));
  }
  CHECK_FALSE(a.recorder.open().empty());
}

TEST_CASE("recovery: an account's settings") {
  Interrupted a;
  a.both_accounts({"desk"});
  a.desired.accounts[0].settings.set(Field::kLocale, "de");
  a.desired.accounts[0].settings.set(Field::kDomain, "desk.example.com");
  a.serve();
  const state::Intent intent = a.intent("accounts.desk");
  SECTION("done") {
    a.on_server("desk")["locale"] = "de";
    a.on_server("desk")["domain"] = "desk.example.com";
    a.recover(intent);
    CHECK(a.noted() == "accounts.desk (update) was done.");
    CHECK(a.planned().empty());
  }
  SECTION("done in part") {
    a.on_server("desk")["locale"] = "de";
    a.recover(intent);
    CHECK(a.noted() == "accounts.desk (update) was done in part.");
    CHECK(a.planned() == "0 w1 update accounts.desk domain=\"desk.example.com\" (settings_differ)\n");
  }
  SECTION("not done") {
    a.recover(intent);
    CHECK(a.noted() == "accounts.desk (update) was not done.");
    CHECK(a.recovery.facts.empty());
  }
  SECTION("not for this token any more") {
    a.chatwoot.before = [](const http::Request&) { return kNotPermitted; };
    a.recover(intent);
    CHECK(a.noted().find("accounts.desk (update) could not be looked up: ") == 0);
    CHECK(a.recovery.facts.empty());
  }
  SECTION("the server fails") {
    a.chatwoot.before = [](const http::Request&) { return FakeChatwoot::server_error(); };
    a.recover(intent);
    CHECK(a.noted().find("accounts.desk (update) could not be looked up: ") == 0);
    CHECK(a.recovery.open == std::vector{intent});
  }
  SECTION("the server is away") {
    a.chatwoot.before = [](const http::Request&) { return FakeChatwoot::gone(); };
    CHECK_FALSE(a.look({intent}));
  }
}

TEST_CASE("recovery: a released account that comes back") {
  Interrupted a;
  a.both_accounts({"desk"});
  a.recorded.accounts[0].released = true;
  a.recorded.accounts[0].suspended_by_removal = true;
  a.serve();
  a.on_server("desk")["status"] = "suspended";
  const state::Intent intent = a.intent("accounts.desk");
  SECTION("done") {
    a.on_server("desk")["status"] = "active";
    a.recover(intent);
    CHECK(a.planned().empty());
  }
  SECTION("not done: it is suspended still") {
    a.recover(intent);
    CHECK(a.noted() == "accounts.desk (bind) was not done.");
    CHECK(a.planned() == "0 w1 bind accounts.desk lift (came_back)\n");
  }
}

TEST_CASE("recovery: who has access to a released account that has come back") {
  Interrupted a;
  a.want_account("desk");
  a.has_account("old").released = true;
  a.both_users({"ana", "joe"});
  a.recorded.grants = {{a.account("old"), a.user("ana"), model::Role::kAgent},
                       {a.account("old"), a.user("joe"), model::Role::kAgent}};
  a.want_grant("desk", "ana", model::Role::kAgent);
  a.want_grant("desk", "joe", model::Role::kAgent);
  a.desired.moves = {
      {{model::ObjectKind::kAccount, "old", ""}, {model::ObjectKind::kAccount, "desk", ""}, {}}};
  a.serve();
  a.on_server("old")["name"] = "Account desk";
  a.on_server("old")["custom_attributes"]["rollcall"] = "lineage/desk/nold";
  const state::Intent intent = a.intent("accounts.desk");
  SECTION("is recorded with it") {
    a.chatwoot.members[100] = {{101, "agent"}, {900, "administrator"}};
    a.recover(intent);
    CHECK(a.noted() == "accounts.desk (bind) was done.");
    CHECK(a.recorded.accounts.at(0).unlisted.size() == 1);
    CHECK(a.planned() == "0 w2 grant grants.desk/joe@example.com -->agent (rule_gives)\n");
  }
  SECTION("cannot be read: it is not recorded as managed again") {
    a.chatwoot.before = [](const http::Request& request) -> std::optional<Answer> {
      if (FakeChatwoot::is(request, Method::kGet, "/accounts/100/account_users"))
        return FakeChatwoot::server_error();
      return std::nullopt;
    };
    const auto before = a.recorded;
    a.recover(intent);
    CHECK(a.recorded == before);
    CHECK(a.recovery.open == std::vector{intent});
  }
}

TEST_CASE("recovery: two creations of the same account whose ends nobody knows") {
  Interrupted a;
  a.want_account("desk");
  const std::vector intents = {a.intent("accounts.desk", "n1"), a.intent("accounts.desk", "n2")};
  a.chatwoot.listing_broken = GENERATE(false, true);
  SECTION("one was done: nobody waits for the other") {
    const bool first = GENERATE(true, false);
    a.chatwoot.add_account(7, "Account desk", first ? "lineage/desk/n1" : "lineage/desk/n2");
    const auto looked = a.look(intents);
    REQUIRE(looked);
    CHECK(looked->possible_orphans.size() == 1);
    CHECK(looked->open.empty());
    a.recorded = state::fold(a.recorded, looked->facts);
    CHECK(a.recorded.accounts.at(0).nonce == (first ? "n1" : "n2"));
  }
  SECTION("both were") {
    a.chatwoot.add_account(7, "Account desk", "lineage/desk/n1");
    a.chatwoot.add_account(8, "Account desk", "lineage/desk/n2");
    const auto looked = a.look(intents);
    REQUIRE_FALSE(looked);
    CHECK(looked.error().message ==
          "The server shows account 8 as one that an interrupted run created for accounts.desk, which is "
          "account 7 already.");
    CHECK(looked.error().hint ==
          "Look at both in the super-admin console and delete account 8, then apply again.");
  }
  SECTION("neither was") {
    const auto looked = a.look(intents);
    REQUIRE(looked);
    CHECK(looked->open == intents);
  }
}

TEST_CASE("recovery: an account that is bound by its id is looked at by the next apply anyway") {
  Interrupted a;
  a.want_account("desk").id = 42;
  a.chatwoot.add_account(42, "By hand");
  a.recover(a.intent("accounts.desk"));
  CHECK(a.recovery.facts.empty());
  CHECK(a.recovery.open.empty());
}

TEST_CASE("recovery: a suspension, a deletion") {
  Interrupted a;
  a.has_account("desk").on_remove = GENERATE(model::OnRemove::kSuspend, model::OnRemove::kDelete);
  const bool deletes = a.recorded.accounts[0].on_remove == model::OnRemove::kDelete;
  a.options.allow_deletes = true;
  a.options.guardrails.max_removals = model::RemovalCount{10};
  a.serve();
  const state::Intent intent = a.intent("accounts.desk");
  SECTION("done") {
    a.on_server("desk")["status"] = "suspended";
    if (deletes) a.chatwoot.accounts.clear();
    a.recover(intent);
    CHECK(a.noted() == fmt::format("accounts.desk ({}) was done.", deletes ? "delete" : "suspend"));
    CHECK(a.planned().empty());
    if (!deletes) CHECK(a.recorded.accounts[0].suspended_by_removal);
  }
  SECTION("not done") {
    a.recover(intent);
    CHECK(a.recovery.facts.empty());
    CHECK(a.recovery.open.empty());
  }
  SECTION("accepted, and not carried out yet") {
    state::Intent accepted = intent;
    accepted.accepted = deletes;
    a.recover(accepted);
    CHECK(a.recovery.facts.empty());
    CHECK(a.recovery.open == (deletes ? std::vector{accepted} : std::vector<state::Intent>{}));
    if (deletes)
      CHECK(a.noted() ==
            "accounts.desk (delete) was accepted by the server, and waits for its background jobs.");
  }
  SECTION("401 is never read as gone") {
    a.chatwoot.before = [](const http::Request&) { return kNotPermitted; };
    a.recover(intent);
    CHECK(a.recovery.facts.empty());
  }
}

TEST_CASE("recovery: the bots of an account that was deleted") {
  Interrupted a;
  a.both_accounts({"hq"});
  a.has_account("desk").on_remove = model::OnRemove::kDelete;
  const model::ServerId triage = a.has_bot("triage", "desk").id;
  a.has_bot("router", "hq").on_remove = model::OnRemove::kDelete;
  a.options.allow_deletes = true;
  a.options.guardrails.max_removals = model::RemovalCount{10};
  a.serve();
  const state::Intent intent = a.intent("accounts.desk");
  const model::ServerId desk = model::find(a.recorded, a.account("desk"))->id;
  a.chatwoot.accounts.erase(desk);
  SECTION("are gone, too") {
    a.chatwoot.bots.clear();
    a.recover(intent);
    CHECK(a.noted() == "accounts.desk (delete) was done.|accounts.desk took agent_bots.triage with it.");
    CHECK(model::find(a.recorded, a.bot("triage")) == nullptr);
    CHECK(model::find(a.recorded, a.bot("router")) != nullptr);
  }
  SECTION("are not gone yet") {
    a.chatwoot.bots.at(triage)["account_id"] = desk;
    a.recover(intent);
    CHECK(a.noted() == "accounts.desk (delete) is not finished: agent_bots.triage is still there.");
    CHECK(a.recovery.open.size() == 1);
    CHECK(a.recovery.facts.empty());
  }
  SECTION("cannot be read") {
    a.chatwoot.before = [](const http::Request& request) -> std::optional<Answer> {
      if (request.path.find("/agent_bots/") == std::string::npos) return std::nullopt;
      return FakeChatwoot::server_error();
    };
    a.recover(intent);
    CHECK(a.recovery.open.size() == 1);
    CHECK(a.recovery.facts.empty());
  }
  SECTION("were elsewhere") {
    a.chatwoot.bots.at(triage)["account_id"] = nullptr;
    a.recover(intent);
    CHECK(a.noted() == "accounts.desk (delete) was done.");
    CHECK(model::find(a.recorded, a.bot("triage")) != nullptr);
  }
}

TEST_CASE("recovery: an account's move") {
  Interrupted a;
  a.has_account("old");
  a.want_account("new").settings.set(Field::kName, "Account old");
  a.move(model::ObjectKind::kAccount, "old", "new");
  a.serve();
  SECTION("done") {
    const state::Intent intent = a.intent("accounts.new");
    a.on_server("old")["custom_attributes"]["rollcall"] = "lineage/new/nold";
    a.recover(intent);
    CHECK(a.planned().empty());
    CHECK(model::find(a.recorded, a.account("new")) != nullptr);
  }
  SECTION("not done") {
    a.recover(a.intent("accounts.new"));
    CHECK(a.noted() == "accounts.new (update) was not done.");
    CHECK(model::find(a.recorded, a.account("old")) != nullptr);
  }
  SECTION("nothing to be sent, so nothing to be seen: a roster that is put back finds its account") {
    a.recorded.accounts[0].nonce.clear();
    a.recover(a.intent("accounts.new"));
    CHECK(model::find(a.recorded, a.account("old")) != nullptr);
  }
}

TEST_CASE("recovery: a user's creation stays open until the user is asked for again") {
  Interrupted a;
  a.want_user("ana");
  const state::Intent intent = a.intent("users.ana@example.com", "n1");
  SECTION("nothing is known") {
    a.recover(intent);
    CHECK(a.recovery.open == std::vector{intent});
    CHECK(a.noted().find("`rollcall state rm users.ana@example.com`") != std::string::npos);
  }
  SECTION("the address is recorded by now, whatever its nonce") {
    a.has_user("ana").nonce = GENERATE("n1", "n2", "");
    a.recover(intent);
    CHECK(a.recovery.open.empty());
  }
  CHECK(a.recovery.facts.empty());
  CHECK(a.chatwoot.log().empty());
}

TEST_CASE("recovery: a user's name and address") {
  Interrupted a;
  a.has_user("old");
  a.want_user("new");
  a.move(model::ObjectKind::kUser, "old", "new");
  a.serve();
  const state::Intent intent = a.intent("users.new@example.com");
  auto& user = a.chatwoot.users.begin()->second;
  SECTION("done") {
    user["email"] = "new@example.com";
    user["name"] = "User new";
    a.recover(intent);
    CHECK(a.planned().empty());
  }
  SECTION("the name alone") {
    user["name"] = "User new";
    a.recover(intent);
    CHECK(a.noted() == "users.new@example.com (update) was done in part.");
    CHECK(a.planned() == "0 w1 update users.new@example.com from old@example.com (moved)\n");
  }
  SECTION("not done") {
    a.recover(intent);
    CHECK(a.recovery.facts.empty());
  }
  SECTION("the user is gone") {
    a.chatwoot.users.clear();
    a.recover(intent);
    CHECK(a.recovery.facts.empty());
    CHECK(a.noted().find("could not be looked up") != std::string::npos);
  }
}

TEST_CASE("recovery: a user's deletion") {
  Interrupted a;
  a.has_user("ana").on_remove = model::OnRemove::kDelete;
  a.options.allow_deletes = true;
  a.serve();
  const state::Intent intent = a.intent("users.ana@example.com");
  const bool is_done = GENERATE(true, false);
  if (is_done) a.chatwoot.users.clear();
  a.recover(intent);
  CHECK(a.recorded.users.empty() == is_done);
}

TEST_CASE("recovery: a bot's creation") {
  Interrupted a;
  a.both_accounts({"desk"});
  a.want_bot("triage", "desk");
  a.serve();
  const state::Intent intent = a.intent("agent_bots.triage");
  a.chatwoot.listing_broken = GENERATE(false, true);
  SECTION("done") {
    a.chatwoot.add_bot(1, "Bot triage", 100);
    a.recover(intent);
    CHECK(a.noted() == "agent_bots.triage was created (id 1).");
    CHECK(a.planned().empty());
  }
  SECTION("not done: another account's") {
    a.chatwoot.add_bot(1, "Bot triage", 99);
    a.recover(intent);
    CHECK(a.recovery.facts.empty());
    CHECK(a.recovery.open == std::vector{intent});
    CHECK(a.orphans().find("a bot of the name \"Bot triage\" is left") != std::string::npos);
  }
  SECTION("done: its outgoing_url cannot be read back, so it is sent again") {
    state::Intent with_url = intent;
    std::get<state::PutBot>(with_url.facts.back())
        .object.settings.set(Field::kOutgoingUrl, "https://bots.example.com");
    a.desired.bots[0].settings.set(Field::kOutgoingUrl, "https://bots.example.com");
    a.chatwoot.add_bot(1, "Bot triage", 100);
    a.recover(with_url);
    CHECK(a.planned() ==
          "0 w1 update agent_bots.triage outgoing_url=\"https://bots.example.com\" (settings_differ)\n");
  }
  SECTION("two that nobody can tell apart") {
    a.chatwoot.add_bot(1, "Bot triage", 100);
    a.chatwoot.add_bot(3, "Bot triage", 100);
    const auto looked = a.look({intent});
    REQUIRE_FALSE(looked);
    CHECK(looked.error().message.find("the bots 1, 3") != std::string::npos);
  }
}

TEST_CASE("recovery: two creations of the same bot whose ends nobody knows") {
  Interrupted a;
  a.want_bot("triage", "");
  const std::vector intents = {a.intent("agent_bots.triage"), a.intent("agent_bots.triage")};
  SECTION("one was done: nobody waits for the other") {
    a.chatwoot.add_bot(3, "Bot triage", nullptr);
    const auto looked = a.look(intents);
    REQUIRE(looked);
    CHECK(looked->facts.size() == 1);
    CHECK(looked->possible_orphans.size() == 1);
    CHECK(looked->open.empty());
  }
  SECTION("neither was") {
    const auto looked = a.look(intents);
    REQUIRE(looked);
    CHECK(looked->open == intents);
  }
}

TEST_CASE("recovery: the server is asked once for all the creations that are looked for") {
  Interrupted a;
  a.want_account("desk"), a.want_account("hq");
  a.want_bot("triage", ""), a.want_bot("echo", "");
  const std::vector intents = {a.intent("accounts.desk", "n1"), a.intent("accounts.hq", "n2"),
                               a.intent("agent_bots.triage"), a.intent("agent_bots.echo")};
  a.chatwoot.add_account(7, "Account hq", "lineage/hq/n2");
  a.chatwoot.add_bot(3, "Bot echo", nullptr);
  const auto looked = [&] {
    const auto recovery = a.look(intents);
    REQUIRE(recovery);
    CHECK(recovery->open == std::vector{intents[0], intents[2]});
    CHECK(fmt::format("{}", fmt::join(recovery->notes, "|")) ==
          "accounts.hq was created (id 7).|agent_bots.echo was created (id 3).");
  };
  SECTION("by its listings") {
    looked();
    CHECK(a.chatwoot.log() == std::vector<std::string>{"GET /accounts", "GET /agent_bots"});
  }
  SECTION("or by ids, where these are broken") {
    a.chatwoot.listing_broken = true;
    looked();
    for (const char* line : {"GET /accounts", "GET /agent_bots"}) CHECK(a.chatwoot.count(line) == 3);
    for (const char* line : {"GET /accounts/1", "GET /accounts/7", "GET /agent_bots/1", "GET /agent_bots/3"})
      CHECK(a.chatwoot.count(line) == 1);
  }
  SECTION("but an id whose answer failed is asked for again") {
    a.chatwoot.listing_broken = true;
    a.chatwoot.before = FakeChatwoot::once(Method::kGet, "/agent_bots/3", FakeChatwoot::server_error());
    looked();
    CHECK(a.chatwoot.count("GET /agent_bots/3") == 2);
  }
}

TEST_CASE("recovery: a bot's settings") {
  Interrupted a;
  a.both_accounts({"desk"});
  a.has_bot("triage", "desk");
  a.want_bot("triage", "desk").settings.set(Field::kDescription, "First answers");
  a.serve();
  SECTION("done") {
    const state::Intent intent = a.intent("agent_bots.triage");
    a.chatwoot.bots.begin()->second["description"] = "First answers";
    a.recover(intent);
    CHECK(a.planned().empty());
  }
  SECTION("an outgoing_url cannot be read back, so it is sent once more") {
    a.recorded.bots[0].settings.set(Field::kOutgoingUrl, "https://old.example.com");
    a.desired.bots[0].settings.set(Field::kOutgoingUrl, "https://new.example.com");
    const state::Intent intent = a.intent("agent_bots.triage");
    a.chatwoot.bots.begin()->second["description"] = "First answers";
    a.recover(intent);
    CHECK(a.planned() ==
          "0 w1 update agent_bots.triage outgoing_url=\"https://new.example.com\" (settings_differ)\n");
  }
}

TEST_CASE("recovery: grants, changes of role and revocations") {
  Interrupted a;
  a.both_accounts({"desk"});
  a.both_users({"ana", "joe", "kim"});
  a.has_grant("desk", "ana", model::Role::kAgent);
  a.want_grant("desk", "ana", model::Role::kAdministrator);
  a.want_grant("desk", "joe", model::Role::kAdministrator);
  a.has_grant("desk", "kim", model::Role::kAgent);
  a.serve();
  auto& members = a.chatwoot.members[100];
  const std::vector intents = {a.intent("grants.desk/ana@example.com"),
                               a.intent("grants.desk/joe@example.com"),
                               a.intent("grants.desk/kim@example.com")};
  SECTION("done") {
    members = {{101, "administrator"}, {102, "administrator"}};
    const auto looked = a.look(intents);
    REQUIRE(looked);
    a.recorded = state::fold(a.recorded, looked->facts);
    CHECK(a.planned().empty());
  }
  SECTION("not done") {
    const auto looked = a.look(intents);
    REQUIRE(looked);
    CHECK(state::fold(a.recorded, looked->facts) == a.recorded);
    CHECK(looked->notes.size() == 3);
  }
  SECTION("the account cannot be read") {
    a.chatwoot.before = [](const http::Request&) { return kNotPermitted; };
    const auto looked = a.look(intents);
    REQUIRE(looked);
    CHECK(looked->facts.empty());
    CHECK(looked->open.empty());
    CHECK(looked->notes.size() == 3);
  }
  CHECK(a.chatwoot.log() == std::vector<std::string>{"GET /accounts/100/account_users"});
}

TEST_CASE(
    "recovery: what was only intended is told where it is done, and otherwise only what cannot be read") {
  Interrupted a;
  a.both_accounts({"desk"});
  a.both_users({"ana", "joe"});
  a.want_grant("desk", "ana", model::Role::kAdministrator);
  a.want_grant("desk", "joe", model::Role::kAdministrator);
  a.desired.users[1].settings.set(Field::kName, "Another name");
  a.serve();
  std::vector intents = {a.intent("grants.desk/ana@example.com"), a.intent("grants.desk/joe@example.com"),
                         a.intent("users.joe@example.com")};
  for (state::Intent& intent : intents) intent.only_intended = true;
  SECTION("one is done") {
    a.chatwoot.members[100] = {{101, "administrator"}};
    const auto looked = a.look(intents);
    REQUIRE(looked);
    CHECK(looked->notes == std::vector<std::string>{"grants.desk/ana@example.com (grant) was done."});
    CHECK(looked->open.empty());
    CHECK(state::fold(a.recorded, looked->facts).grants ==
          std::vector<model::Grant>{{a.account("desk"), a.user("ana"), model::Role::kAdministrator}});
  }
  SECTION("none is") {
    const auto looked = a.look(intents);
    REQUIRE(looked);
    CHECK(looked->notes.empty());
    CHECK(looked->open.empty());
    CHECK(state::fold(a.recorded, looked->facts) == a.recorded);
  }
  SECTION("the server fails at all of it") {
    a.chatwoot.before = [](const http::Request&) { return testing::answer(500, "{}"); };
    const auto looked = a.look(intents);
    REQUIRE(looked);
    CHECK(looked->notes.size() == 2);
    CHECK_THAT(looked->notes.at(0), Catch::StartsWith("users.joe@example.com could not be read: "));
    CHECK_THAT(looked->notes.at(1), Catch::StartsWith("The members of accounts.desk could not be read: "));
    CHECK(looked->facts.empty());
    CHECK(looked->open.size() == 3);
  }
  // What they are about is read once, and no more often.
  CHECK(a.chatwoot.log() == std::vector<std::string>{"GET /users/102", "GET /accounts/100/account_users"});
}

TEST_CASE("recovery: the revocation of somebody whom the roster does not list") {
  Interrupted a;
  a.both_accounts({"desk"});
  a.recorded.accounts[0].unlisted = {{900, model::Role::kAgent, "guest@example.com"}};
  a.desired.accounts[0].unlisted_members = model::UnlistedMembers::kRevoke;
  a.serve();
  const state::Intent intent = a.intent("grants.desk/guest@example.com");
  const bool is_done = GENERATE(true, false);
  if (is_done) a.chatwoot.members[100].clear();
  a.recover(intent);
  CHECK(a.noted() ==
        fmt::format("grants.desk/guest@example.com (revoke) was {}done.", is_done ? "" : "not "));
  CHECK(a.recorded.accounts[0].unlisted.empty() == is_done);
}
