#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "roster/keys.hpp"
#include "roster/roster.hpp"
#include "support/slow.hpp"

using namespace rollcall;
using model::Field;
using model::SettingName;
using model::Value;

namespace {

namespace fs = std::filesystem;

/// A folder of its own that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "rollcall-roster-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  fs::path write(const std::string& name, const std::string& text) const {
    const fs::path file = path_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  fs::path path_;
};

struct Loaded {
  explicit Loaded(const std::vector<fs::path>& paths, const std::optional<fs::path>& project = std::nullopt) {
    auto result = roster::load({paths, project}, files, directory);
    roster = std::move(result.roster);
    diagnostics = std::move(result.diagnostics);
  }

  [[nodiscard]] const model::DesiredAccount& account(const std::string& key) const {
    const auto ref = directory.accounts.find(key);
    for (const auto& account : roster.accounts)
      if (account.ref == ref) return account;
    FAIL("no account " << key);
    throw std::runtime_error(key);
  }
  [[nodiscard]] const model::DesiredUser& user(const std::string& email) const {
    const auto ref = directory.users.find(email);
    for (const auto& user : roster.users)
      if (user.ref == ref) return user;
    FAIL("no user " << email);
    throw std::runtime_error(email);
  }

  SourceFiles files;
  model::Directory directory;
  roster::Roster roster;
  Diagnostics diagnostics;
};

std::vector<std::string> names(const Loaded& loaded, const std::vector<roster::UserMention>& mentions) {
  std::vector<std::string> out;
  for (const auto& mention : mentions) out.push_back(loaded.directory.key(mention.user));
  return out;
}

const std::string kWhole = R"(version: 1

accounts:
  support-emea:
    name: Support EMEA
    locale: pt_BR
    domain: emea.example.com
    support_email: help@emea.example.com
    status: suspended
    features: {help_center: true, macros: false}
    limits: {agents: 50, inboxes: null}
    custom_attributes: {region: emea, old_key: null, size: 3, share: 0.5, active: "yes", tags: [a, {b: true}]}
    id: 42
    unlisted_members: revoke
    on_remove: delete
  support-vip: {name: VIP}

users:
  Ana@Example.com:
    name: Ana Silva
    display_name: Ana
    custom_attributes: {team: emea}
    adopt: true
    on_remove: delete
    until: 2027-06-30
  joe@example.com: {name: Joe Doe}
  kim@example.com: {name: Kim}

groups:
  night-shift: {members: [joe@example.com]}
  emea-agents: {members: [KIM@example.com], groups: [night-shift]}

agent_bots:
  triage: {name: Triage, description: First answers, outgoing_url: "https://bots.example.com:8443/triage?x=1", account: support-emea, on_remove: delete}

grants:
  - role: administrator
    accounts: [support-emea]
    users: [ana@example.com]
    reason: OPS-17 owner of the desk
  - role: agent
    accounts: ["support-*"]
    except: [support-vip]
    groups: [emea-agents]
    until: "2027-01-31"

moved:
  - {from: accounts.support-eu, to: accounts.support-emea}
  - {from: users.ana@old.example.com, to: users.ANA@example.com}
)";

}  // namespace

TEST_CASE("the whole language becomes values") {
  const Folder folder;
  const Loaded loaded({folder.write("roster.yaml", kWhole)});
  REQUIRE(render(loaded.diagnostics, false) == "");

  REQUIRE(loaded.roster.accounts.size() == 2);
  const model::DesiredAccount& account = loaded.account("support-emea");
  CHECK(account.origin == Origin{0, 4, 3});
  CHECK(account.settings.text(Field::kName) == "Support EMEA");
  CHECK(account.settings.text(Field::kLocale) == "pt_BR");
  CHECK(account.settings.text(Field::kDomain) == "emea.example.com");
  CHECK(account.settings.text(Field::kSupportEmail) == "help@emea.example.com");
  CHECK(account.settings.text(Field::kStatus) == "suspended");
  const auto value = [&](Field field, const char* key) {
    const Value* found = account.settings.find(SettingName{field, key});
    REQUIRE(found != nullptr);
    return to_text(*found);
  };
  CHECK(value(Field::kFeatures, "help_center") == "true");
  CHECK(value(Field::kFeatures, "macros") == "false");
  CHECK(value(Field::kLimits, "agents") == "50");
  CHECK(value(Field::kLimits, "inboxes") == "null");
  CHECK(value(Field::kCustomAttributes, "region") == "\"emea\"");
  CHECK(value(Field::kCustomAttributes, "old_key") == "null");
  CHECK(value(Field::kCustomAttributes, "size") == "3");
  CHECK(value(Field::kCustomAttributes, "share") == "0.5");
  CHECK(value(Field::kCustomAttributes, "active") == "\"yes\"");
  CHECK(value(Field::kCustomAttributes, "tags") == "[\"a\", {\"b\": true}]");
  CHECK(account.settings.size() == 15);
  CHECK(account.id == 42);
  CHECK(account.unlisted_members == model::UnlistedMembers::kRevoke);
  CHECK(account.on_remove == model::OnRemove::kDelete);
  CHECK(loaded.account("support-vip").settings.size() == 1);
  CHECK(loaded.account("support-vip").unlisted_members == model::UnlistedMembers::kReport);
  CHECK(loaded.account("support-vip").on_remove == model::OnRemove::kRetain);

  REQUIRE(loaded.roster.users.size() == 3);
  const model::DesiredUser& ana = loaded.user("ana@example.com");
  CHECK(ana.settings.text(Field::kDisplayName) == "Ana");
  CHECK(ana.adopt);
  CHECK(ana.on_remove == model::OnRemove::kDelete);
  CHECK(ana.until == parse_date("2027-06-30"));
  CHECK_FALSE(loaded.user("joe@example.com").adopt);
  CHECK(loaded.user("joe@example.com").until == std::nullopt);

  REQUIRE(loaded.roster.bots.size() == 1);
  CHECK(loaded.roster.bots[0].settings.text(Field::kAccount) == "support-emea");
  CHECK(loaded.roster.bots[0].settings.text(Field::kOutgoingUrl) ==
        "https://bots.example.com:8443/triage?x=1");
  CHECK(loaded.roster.bots[0].on_remove == model::OnRemove::kDelete);

  REQUIRE(loaded.roster.groups.size() == 2);
  CHECK(names(loaded, loaded.roster.groups[1].members) == std::vector<std::string>{"kim@example.com"});
  REQUIRE(loaded.roster.groups[1].groups.size() == 1);
  CHECK(loaded.roster.groups[1].groups[0].group == 0);

  REQUIRE(loaded.roster.rules.size() == 2);
  const roster::Rule& first = loaded.roster.rules[0];
  CHECK(loaded.files.describe(first.origin) == (folder.path() / "roster.yaml").string() + ":37");
  CHECK(first.role == model::Role::kAdministrator);
  CHECK(first.reason == "OPS-17 owner of the desk");
  CHECK(names(loaded, first.users) == std::vector<std::string>{"ana@example.com"});
  const roster::Rule& second = loaded.roster.rules[1];
  CHECK(second.accounts.at(0).text == "support-*");
  CHECK(second.except.at(0).text == "support-vip");
  CHECK(second.until == parse_date("2027-01-31"));
  CHECK(second.groups.at(0).group == 1);

  REQUIRE(loaded.roster.moves.size() == 2);
  CHECK(to_string(loaded.roster.moves[0].from) == "accounts.support-eu");
  CHECK(to_string(loaded.roster.moves[1].to) == "users.ana@example.com");
}

TEST_CASE("anchors, aliases and merge keys make values like those written out") {
  const Folder folder;
  const Loaded loaded({folder.write("roster.yaml", R"(version: 1
accounts:
  a1: &desk
    name: One
    locale: en
    limits: &limits {agents: 5}
  a2:
    <<: *desk
    name: Two
    limits: {<<: *limits, inboxes: 2}
users:
  ana@example.com: {name: Ana}
groups:
  night: {members: &users [ana@example.com]}
grants:
  - {role: agent, accounts: [a1], users: *users}
)")});
  REQUIRE(render(loaded.diagnostics, false) == "");
  const auto& two = loaded.account("a2").settings;
  CHECK(two.text(Field::kName) == "Two");
  CHECK(two.text(Field::kLocale) == "en");
  CHECK(*two.find(SettingName{Field::kLimits, "agents"}) == Value(5));
  CHECK(*two.find(SettingName{Field::kLimits, "inboxes"}) == Value(2));
  CHECK(names(loaded, loaded.roster.rules.at(0).users) == std::vector<std::string>{"ana@example.com"});
  CHECK(loaded.roster.rules[0].users[0].origin == Origin{0, 14, 28});
}

TEST_CASE("a folder is read in byte order, without dot files, other files and the project file") {
  const Folder folder;
  const std::string version = "version: 1\n";
  folder.write("roster/b.yaml", version + "accounts:\n  b: {name: B}\n");
  folder.write("roster/B.yaml", version + "accounts:\n  upper: {name: U}\n");
  folder.write("roster/a/z.yml", version + "accounts:\n  z: {name: Z}\n");
  folder.write("roster/a.yaml", version + "accounts:\n  a: {name: A}\n");
  folder.write("roster/.hidden.yaml", "not a roster");
  folder.write("roster/.git/x.yaml", "not a roster");
  folder.write("roster/notes.txt", "not a roster");
  const fs::path project = folder.write("roster/rollcall.yaml", "server: https://chat.example.com\n");
  const Loaded loaded({folder.path() / "roster"}, project);
  REQUIRE(render(loaded.diagnostics, false) == "");
  std::vector<std::string> read;
  for (FileIndex file = 0; file < loaded.files.size(); ++file)
    read.push_back(fs::path(loaded.files.name(file)).lexically_relative(folder.path()).string());
  CHECK(read ==
        std::vector<std::string>{"roster/B.yaml", "roster/a.yaml", "roster/a/z.yml", "roster/b.yaml"});
  CHECK(loaded.roster.accounts.size() == 4);
}

TEST_CASE("a file that is named twice is read once") {
  const Folder folder;
  const fs::path file = folder.write("roster/a.yaml", "version: 1\nusers:\n  ana@example.com: {name: Ana}\n");
  const Loaded loaded(
      {file, folder.path() / "roster", folder.path() / "roster" / ".." / "roster" / "a.yaml"});
  CHECK(render(loaded.diagnostics, false) == "");
  CHECK(loaded.roster.users.size() == 1);
}

TEST_CASE("what is defined in one file may be named in another that comes before") {
  const Folder folder;
  folder.write("a.yaml", "version: 1\ngrants:\n  - {role: agent, accounts: [d*], groups: [night]}\n");
  folder.write("b.yaml", "version: 1\ngroups:\n  night: {groups: [day]}\n");
  folder.write("c.yaml",
               "version: 1\ngroups:\n  day: {members: [ana@example.com]}\naccounts:\n  desk: {name: Desk}\n");
  folder.write("d.yaml", "version: 1\nusers:\n  ana@example.com: {name: Ana}\n");
  const Loaded loaded({folder.path()});
  CHECK(render(loaded.diagnostics, false) == "");
  CHECK(loaded.roster.groups.size() == 2);
}

TEST_CASE("chains of moves are allowed") {
  const Folder folder;
  const Loaded loaded(
      {folder.write("roster.yaml",
                    "version: 1\naccounts:\n  c: {name: C}\nmoved:\n"
                    "  - {from: accounts.a, to: accounts.b}\n  - {from: accounts.b, to: accounts.c}\n")});
  CHECK(render(loaded.diagnostics, false) == "");
  CHECK(loaded.roster.moves.size() == 2);
}

TEST_CASE("what a group or section may leave empty") {
  const Folder folder;
  const Loaded loaded(
      {folder.write("roster.yaml",
                    "version: 1\naccounts: {}\nusers: {}\ngroups:\n  night: {members: []}\n  day: {}\n"
                    "agent_bots: {}\ngrants: []\nmoved: []\n")});
  CHECK(render(loaded.diagnostics, false) == "");
  CHECK(loaded.roster.groups.size() == 2);
}

TEST_CASE("objects are sorted by reference even where the directory knew some before") {
  const Folder folder;
  const fs::path file =
      folder.write("roster.yaml", "version: 1\naccounts:\n  a: {name: A}\n  b: {name: B}\n");
  SourceFiles files;
  model::Directory directory;
  const auto b = directory.accounts.intern("b");
  const auto loaded = roster::load({{file}}, files, directory);
  REQUIRE(loaded.roster.accounts.size() == 2);
  CHECK(loaded.roster.accounts[0].ref == b);
}

TEST_CASE("the directory is used once the files are parsed, and what else it holds defines nothing") {
  const Folder folder;
  const fs::path file = folder.write("roster.yaml", R"(version: 1
accounts:
  desk: {name: Desk}
users:
  ana@example.com: {name: Ana}
grants:
  - {role: agent, accounts: [desk, gone], users: [ana@example.com, left@example.com]}
)");
  SourceFiles files;
  model::Directory directory;
  int calls = 0;
  const auto loaded = roster::load({{file}}, files, directory, [&] {
    ++calls;
    CHECK(directory.accounts.size() == 0);
    CHECK(directory.users.size() == 0);
    CHECK(files.size() == 1);
    directory.accounts.intern("gone");
    directory.users.intern("left@example.com");
  });
  CHECK(calls == 1);
  CHECK(loaded.roster.accounts.size() == 1);
  CHECK_THAT(render(loaded.diagnostics, false),
             Catch::Contains("unknown account `gone`") && Catch::Contains("unknown user `left@example.com`"));
}

TEST_CASE("many mentions of unknown users are each reported") {
  const Folder folder;
  std::string text = "version: 1\naccounts:\n  desk: {name: Desk}\nusers:\n";
  for (int i = 0; i < 2000; ++i) text += "  user" + std::to_string(i) + "@example.com: {name: User}\n";
  text += "grants:\n  - role: agent\n    accounts: [desk]\n    users:\n";
  for (int i = 0; i < 20000; ++i) text += "      - nobody" + std::to_string(i) + "@example.com\n";
  const Loaded loaded({folder.write("roster.yaml", text)});
  CHECK(loaded.diagnostics.size() == 20000);
  CHECK(loaded.diagnostics[19999].message == "unknown user `nobody19999@example.com`");
  // No more lines than are ever shown.
  CHECK(loaded.diagnostics[0].source_line == "      - nobody0@example.com");
  CHECK(loaded.diagnostics[49].source_line == "      - nobody49@example.com");
  CHECK(loaded.diagnostics[50].source_line.empty());
}

TEST_CASE("the first 100 unknown names get a suggestion, whatever their kind") {
  const Folder folder;
  std::string text =
      "version: 1\naccounts:\n  support: {name: Desk}\nusers:\n  ana@example.com: {name: Ana}\n"
      "grants:\n  - role: agent\n    users: [";
  for (char c = 'a'; c < 'a' + 26; ++c) text += "ana" + std::string(1, c) + "@example.com, ";
  text += "]\n    accounts: [";
  for (int i = 0; i < 80; ++i) text += "suppor" + std::to_string(i) + ", ";
  const Loaded loaded({folder.write("roster.yaml", text + "]\n")});
  CHECK(loaded.diagnostics.size() == 106);
  CHECK(std::count_if(loaded.diagnostics.begin(), loaded.diagnostics.end(), [](const Diagnostic& found) {
          return found.message.find("did you mean") != std::string::npos;
        }) == 100);
}

TEST_CASE("suggestions are searched for as long as that is cheap") {
  const Folder folder;
  const std::string longest(60, 'x');
  std::string text = "version: 1\naccounts:\n  desk: {name: Desk}\nusers:\n";
  constexpr int kUsers = testing::kSlow ? 25000 : 100000;
  for (int i = 0; i < kUsers; ++i)
    text += "  " + longest + std::to_string(i) + "@example.com: {name: User}\n";
  text += "grants:\n  - role: agent\n    accounts: [desk]\n    users:\n";
  for (int i = 0; i < 100; ++i) text += "      - " + longest + "y" + std::to_string(i) + "@example.com\n";
  const Loaded loaded({folder.write("roster.yaml", text)});
  CHECK(loaded.diagnostics.size() == 100);
  const auto suggested = std::count_if(
      loaded.diagnostics.begin(), loaded.diagnostics.end(),
      [](const Diagnostic& found) { return found.message.find("did you mean") != std::string::npos; });
  CHECK(suggested >= 1);
  CHECK(suggested < 20 * (100000 / kUsers));
}

TEST_CASE("many problems on one long line are shown with a piece of it") {
  const Folder folder;
  constexpr std::size_t kMany = testing::kSlow ? 20000 : 100000;
  std::string text = "version: 1\nusers: {";
  for (std::size_t i = 0; i < kMany; ++i) text += "u" + std::to_string(i) + "@example.com: {nme: User}, ";
  const Loaded loaded({folder.write("roster.yaml", text + "}\n")});
  CHECK(loaded.diagnostics.size() == kMany);
  CHECK(render(loaded.diagnostics, false).size() < 50000);
}

TEST_CASE("every place of the language has its keys") {
  const auto places = roster::known_keys();
  CHECK(places.size() == 11);
  CHECK(places[4].name == "account");
  CHECK(places[4].required == std::vector<std::string>{"name"});
}

TEST_CASE("defaults fill what an object does not write itself, key by key") {
  const Folder folder;
  // The file with the defaults is the last one.
  folder.write("a.yaml", R"(version: 1
accounts:
  plain: {name: Plain}
  own:
    name: Own
    locale: fr
    features: {macros: true}
    limits: {agents: null}
    custom_attributes: {region: null}
    unlisted_members: keep
    on_remove: retain
users:
  ana@example.com: {name: Ana, custom_attributes: {team: vip}, on_remove: retain}
  joe@example.com: {name: Joe}
)");
  folder.write("b.yaml", R"(version: 1
defaults:
  accounts:
    locale: de
    support_email: help@example.com
    status: suspended
    features: {macros: false, help_center: true}
    limits: {agents: 5, inboxes: null}
    custom_attributes: {region: emea, old: null}
    unlisted_members: revoke
    on_remove: suspend
  users:
    custom_attributes: {team: emea, tier: 2}
    on_remove: delete
)");
  const Loaded loaded({folder.path()});
  REQUIRE(render(loaded.diagnostics, false) == "");

  const model::DesiredAccount& plain = loaded.account("plain");
  CHECK(plain.settings.size() == 10);
  CHECK(plain.settings.text(Field::kLocale) == "de");
  CHECK(plain.settings.text(Field::kSupportEmail) == "help@example.com");
  CHECK(plain.settings.text(Field::kStatus) == "suspended");
  CHECK(*plain.settings.find({Field::kFeatures, "macros"}) == Value(false));
  CHECK(*plain.settings.find({Field::kLimits, "inboxes"}) == Value());
  CHECK(*plain.settings.find({Field::kCustomAttributes, "old"}) == Value());
  CHECK(plain.unlisted_members == model::UnlistedMembers::kRevoke);
  CHECK(plain.on_remove == model::OnRemove::kSuspend);
  CHECK(model::origin_of(plain, {Field::kName, ""}) == Origin{0, 3, 3});
  CHECK(model::origin_of(plain, {Field::kLocale, ""}) == Origin{1, 4, 5});
  CHECK(model::origin_of(plain, {Field::kFeatures, "macros"}) == Origin{1, 7, 16});
  CHECK(plain.defaulted.on_remove == Origin{1, 11, 5});

  const model::DesiredAccount& own = loaded.account("own");
  CHECK(own.settings.text(Field::kLocale) == "fr");
  CHECK(*own.settings.find({Field::kFeatures, "macros"}) == Value(true));
  CHECK(*own.settings.find({Field::kFeatures, "help_center"}) == Value(true));
  CHECK(*own.settings.find({Field::kLimits, "agents"}) == Value());
  CHECK(*own.settings.find({Field::kCustomAttributes, "region"}) == Value());
  CHECK(own.unlisted_members == model::UnlistedMembers::kKeep);
  CHECK(own.on_remove == model::OnRemove::kRetain);
  CHECK(model::origin_of(own, {Field::kLocale, ""}) == own.origin);
  CHECK(model::origin_of(own, {Field::kFeatures, "help_center"}) == Origin{1, 7, 31});
  CHECK(own.defaulted.on_remove == Origin{});

  const model::DesiredUser& ana = loaded.user("ana@example.com");
  CHECK(*ana.settings.find({Field::kCustomAttributes, "team"}) == Value("vip"));
  CHECK(*ana.settings.find({Field::kCustomAttributes, "tier"}) == Value(2));
  CHECK(ana.on_remove == model::OnRemove::kRetain);
  const model::DesiredUser& joe = loaded.user("joe@example.com");
  CHECK(*joe.settings.find({Field::kCustomAttributes, "team"}) == Value("emea"));
  CHECK(joe.on_remove == model::OnRemove::kDelete);
  CHECK(joe.defaulted.on_remove == Origin{1, 14, 5});
}
