#include "project/project.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace rollcall;

namespace {

/// A folder of its own, and the working folder while it lives.
class Folder {
 public:
  Folder() : before_(std::filesystem::current_path()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "rollcall-project-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
    std::filesystem::current_path(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(path_);
  }
  void write(const std::string& name, const std::string& text) const {
    const auto target = path_ / name;
    std::filesystem::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary) << text;
  }

 private:
  std::filesystem::path before_;
  std::filesystem::path path_;
};

project::Settings settings_of(const project::LoadedProject& loaded, const project::Overrides& flags = {},
                              const project::Overrides& environment = {}) {
  auto settings = project::merge(loaded, flags, environment);
  REQUIRE(settings);
  return *settings;
}

std::filesystem::path state_of(const project::Settings& settings) {
  return std::get<std::filesystem::path>(settings.state);
}

}  // namespace

TEST_CASE("a whole project file is read") {
  const Folder folder;
  folder.write("rollcall.yaml", R"(version: 1
server: https://chat.example.com
roster: [roster/, extra.yaml]
state: states/desk.json
parallelism: 4
requests_per_minute: 600
unlisted_accounts: keep
unlisted_agent_bots: report
drift:
  fail_on: [changed, expired]
  acknowledged:
    - {addresses: [Accounts.hooli, "grants.initech/#17"], reason: OPS-77, until: 2026-12-31}
guardrails:
  min_administrators: 2
  max_removals: 10%
  protected: {users: [Root@example.com], accounts: [hq]}
  require_reason_for: [administrator]
  allowed_email_domains: [Example.com]
  allow:
    - {addresses: [accounts.Initech, grants.initech/*], reason: OPS-99 contract ended, until: 2026-12-05}
    - {addresses: ["users.*@initech.example"], until: "2026-12-06"}
)");
  SourceFiles files;
  const auto loaded = project::load({}, files);
  CHECK(render(loaded.diagnostics, false).empty());
  const project::Settings settings = settings_of(loaded);
  CHECK(settings.server == "https://chat.example.com");
  CHECK(settings.roster == std::vector<std::filesystem::path>{"roster/", "extra.yaml"});
  CHECK(state_of(settings) == "states/desk.json");
  CHECK(settings.parallelism == 4);
  CHECK(settings.drift.fail_on == std::vector{model::Verdict::kChanged, model::Verdict::kExpired});
  CHECK(settings.drift.acknowledged ==
        std::vector<model::Exception>{
            {{"accounts.hooli", "grants.initech/#17"}, "OPS-77", *parse_date("2026-12-31"), {0, 12, 7}}});
  CHECK(settings.drift.keeps_accounts);
  CHECK_FALSE(settings.drift.keeps_bots);
  CHECK(settings.requests_per_minute == 600);
  model::Guardrails expected;
  expected.min_administrators = 2;
  expected.max_removals = model::RemovalPercent{10};
  expected.protected_users = {"root@example.com"};
  expected.protected_accounts = {"hq"};
  expected.protected_users_at = {{0, 16, 23}};
  expected.protected_accounts_at = {{0, 16, 53}};
  expected.require_reason_for = {model::Role::kAdministrator};
  expected.allowed_email_domains = {"example.com"};
  expected.allow = {{{"accounts.initech", "grants.initech/*"},
                     "OPS-99 contract ended",
                     *parse_date("2026-12-05"),
                     {0, 20, 7}},
                    {{"users.*@initech.example"}, {}, *parse_date("2026-12-06"), {0, 21, 7}}};
  CHECK(settings.guardrails == expected);
}

TEST_CASE("everything works without a project file") {
  const Folder folder;
  SourceFiles files;
  const auto loaded = project::load({}, files);
  CHECK(loaded.diagnostics.empty());
  CHECK_FALSE(loaded.path);
  const project::Settings none = settings_of(loaded);
  CHECK(none.roster.empty());
  CHECK(none.server.empty());
  CHECK(state_of(none) == "rollcall.state.json");
  CHECK(none.parallelism == 8);
  CHECK(none.requests_per_minute == 2400);
  CHECK(none.guardrails == model::Guardrails{});
  folder.write("roster/a.yaml", "version: 1\n");
  CHECK(settings_of(loaded).roster == std::vector<std::filesystem::path>{"roster"});
  folder.write("roster.yaml", "version: 1\n");
  CHECK(settings_of(loaded).roster == std::vector<std::filesystem::path>{"roster.yaml"});
}

TEST_CASE("the command line wins over the environment, that over the file") {
  const Folder folder;
  folder.write("rollcall.yaml",
               "version: 1\nserver: https://file.example.com\nstate: file.json\nparallelism: 2\n");
  SourceFiles files;
  const auto loaded = project::load({}, files);
  const project::Overrides environment{
      "https://environment.example.com", {"environment.yaml"}, "environment.json", 3};
  const project::Overrides flags{"https://flag.example.com", {"flag.yaml"}, "flag.json", 4};
  CHECK(settings_of(loaded).server == "https://file.example.com");
  CHECK(settings_of(loaded, {}, environment).server == "https://environment.example.com");
  CHECK(settings_of(loaded, {}, environment).roster.front() == "environment.yaml");
  CHECK(settings_of(loaded, {}, environment).parallelism == 3);
  CHECK(settings_of(loaded, flags, environment).server == "https://flag.example.com");
  CHECK(state_of(settings_of(loaded, flags, environment)) == "flag.json");
  CHECK(settings_of(loaded, flags, environment).roster.front() == "flag.yaml");
  CHECK(settings_of(loaded, flags, environment).parallelism == 4);
}

TEST_CASE("paths of the project file are relative to it, paths of the command line to the working folder") {
  const Folder folder;
  folder.write("desk/rollcall.yaml", "version: 1\nroster: users\nstate: state.json\n");
  SourceFiles files;
  const auto loaded = project::load("desk/rollcall.yaml", files);
  CHECK(settings_of(loaded).roster.front() == "desk/users");
  CHECK(state_of(settings_of(loaded)) == "desk/state.json");
  CHECK(state_of(settings_of(loaded,
                             {.server = {}, .roster = {"users"}, .state = "here.json", .parallelism = {}})) ==
        "here.json");
}

TEST_CASE("a folder stands for its project file") {
  const Folder folder;
  folder.write("desk/rollcall.yaml", "version: 1\nroster: users\n");
  SourceFiles files;
  for (const char* name : {"desk", "desk/", "./desk"}) {
    const auto loaded = project::load(name, files);
    CHECK(loaded.diagnostics.empty());
    CHECK(loaded.path == "desk/rollcall.yaml");
    CHECK(settings_of(loaded).roster.front() == "desk/users");
  }
}

TEST_CASE("a project file that was asked for has to be there") {
  const Folder folder;
  SourceFiles files;
  CHECK(render(project::load("gone.yaml", files).diagnostics, false) ==
        "error: There is no project file gone.yaml.\n"
        "  hint: Check --project, or run `rollcall init` for a new one.\n");
  std::filesystem::create_directory("empty");
  CHECK(render(project::load("empty/", files).diagnostics, false) ==
        "error: There is no project file empty/rollcall.yaml.\n"
        "  hint: Check --project, or run `rollcall init` for a new one.\n");
}

TEST_CASE("a state that is a URL is refused") {
  const Folder folder;
  SourceFiles files;
  const auto settings =
      project::merge(project::load({}, files),
                     {.server = {}, .roster = {}, .state = "ftp://bucket/key", .parallelism = {}}, {});
  REQUIRE_FALSE(settings);
  CHECK(settings.error().message ==
        "The state ftp://bucket/key starts with `ftp://`, where no state is kept.");
}

TEST_CASE("a server's address that is none is an error of the project file, without what may be a password") {
  const Folder folder;
  SourceFiles files;
  folder.write("rollcall.yaml", "version: 1\nserver: https://ana:secret@chat.example.com\n");
  const std::string shown = render(project::load({}, files).diagnostics, false);
  CHECK(shown.find("rollcall.yaml:2:9: error: the server's address holds a user name or password [P007]\n") ==
        0);
  CHECK(shown.find("secret") == std::string::npos);
  folder.write("rollcall.yaml", "version: 1\nserver: chat.example.com\n");
  CHECK(render(project::load({}, files).diagnostics, false).find("\n  server: chat.example.com\n") !=
        std::string::npos);
}

TEST_CASE("the password in a state's URL is not shown") {
  const Folder folder;
  SourceFiles files;
  folder.write("rollcall.yaml", "version: 1\nstate: https://ana:secret@git.example.com/state\n");
  const std::string shown = render(project::load({}, files).diagnostics, false);
  CHECK(shown.find("rollcall.yaml:2:8: error: the state's address holds a user name or password [P008]\n") ==
        0);
  CHECK(shown.find("secret") == std::string::npos);
  project::Overrides flags;
  flags.state = "https://ana:secret@git.example.com/state";
  CHECK(project::merge({}, flags, {}).error().message ==
        "The state's address holds a user name or password.");
}

TEST_CASE("a server that is named outside has to be the one of the project file") {
  const Folder folder;
  SourceFiles files;
  folder.write("rollcall.yaml", "version: 1\nserver: https://Chat.example.com/\n");
  const auto loaded = project::load({}, files);
  const auto check = [&](const std::string& server) {
    project::Overrides flags;
    flags.server = server;
    return render(project::check_named_outside(loaded, settings_of(loaded, flags), files), false);
  };
  CHECK(check("https://chat.example.com:443") == "");
  CHECK(check("https://other.example.com")
            .find("rollcall.yaml:2:9: error: the server here is not https://other.example.com, which the "
                  "command line or ROLLCALL_SERVER names [P020]\n") == 0);
  CHECK(project::check_named_outside(loaded, settings_of(loaded), files).empty());
}

TEST_CASE("an entry of `allow` holds for at most 31 days, one of `acknowledged` for 90") {
  SourceFiles files;
  files.add("rollcall.yaml", "a\nb\nc\nd\n");
  const Date today = *parse_date("2024-10-04");
  project::Settings settings;
  std::vector<model::Exception>* list = nullptr;
  std::string key;
  std::int32_t most = 0;
  SECTION("allow") {
    list = &settings.guardrails.allow, key = "allow", most = 31;
  }
  SECTION("acknowledged") {
    list = &settings.drift.acknowledged, key = "acknowledged", most = 90;
  }
  const auto entry = [&](std::int32_t days, std::uint32_t line) {
    list->push_back({{"accounts.hq"}, "why", Date{today.days + days}, {0, line, 1}});
  };
  entry(most, 1), entry(most + 1, 2), entry(0, 3), entry(-1, 4);
  const Diagnostics found = project::review_exceptions(settings, files, today);
  REQUIRE(found.size() == 2);
  CHECK(found[0].line == 2);
  CHECK(found[0].severity == Severity::kError);
  CHECK(found[0].rule == "P011");
  CHECK(found[0].message == "this entry of `" + key + "` holds until " +
                                to_string(Date{today.days + most + 1}) + ", more than " +
                                std::to_string(most) + " days ahead");
  CHECK(found[1].line == 4);
  CHECK(found[1].severity == Severity::kWarning);
  CHECK(found[1].rule == "P012");
  CHECK(found[1].message == "this entry of `" + key + "` expired on 2024-10-03 and has no effect");
}

TEST_CASE("the JSON Schema of the project file knows the parser's keys, and no others") {
  std::ifstream stream(ROLLCALL_SOURCE_DIR "/schemas/project.schema.json");
  const auto schema = nlohmann::json::parse(stream);
  std::vector<std::pair<std::string, std::vector<std::string>>> places;
  const std::function<void(const std::string&, const nlohmann::json&)> visit =
      [&](const std::string& place, const nlohmann::json& node) {
        if (node.contains("items")) visit(place, node["items"]);
        if (!node.contains("properties")) return;
        std::vector<std::string> keys;
        for (const auto& [key, value] : node["properties"].items()) {
          keys.push_back(key);
          visit(place.empty() ? key : place + "." + key, value);
        }
        places.emplace_back(place, keys);
      };
  visit("", schema);
  auto known = project::known_keys();
  for (auto& [place, keys] : known) std::sort(keys.begin(), keys.end());
  std::sort(known.begin(), known.end());
  std::sort(places.begin(), places.end());
  CHECK(places == known);
}
