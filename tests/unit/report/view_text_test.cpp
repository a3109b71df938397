#include "report/view_text.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace rollcall;
using report::Form;
using report::Row;
using report::Section;
using report::view_text;

namespace {

Row row(char sign, const std::string& subject, const std::string& text = {}) {
  Row made;
  made.sign = sign;
  made.subject = subject;
  made.text = text;
  return made;
}

Row changed(const std::string& subject, const std::string& aspect, const std::string& before,
            const std::string& after) {
  Row made = row('~', subject);
  made.aspect = aspect;
  made.change = {before, after};
  return made;
}

std::string text_of(Section section, bool colour = false) {
  return view_text({{}, {}, {std::move(section)}, "Total."}, colour);
}

Section section(const std::string& heading, std::vector<Row> rows) {
  Section made;
  made.heading = heading;
  made.rows = std::move(rows);
  return made;
}

}  // namespace

TEST_CASE("A table aligns subjects and changes, and says what follows them") {
  Row limit = changed("accounts.hooli", "limits.agents", "20", "500 (live)");
  limit.sources = {{"roster/hooli.yaml", 4, {}, {}}};
  Row role = changed("grants.hq/lee@example.com", "role", "agent", "administrator (live)");
  role.sources = {{"roster/a.yaml", 44, parse_date("2027-03-31"), "OPS-17"}};
  role.note = "the user is known to the roster elsewhere";
  Section changed_section = section("Changed on the server", {limit, role, row('!', "accounts.lab")});
  changed_section.count = 3;
  changed_section.advice = "`rollcall apply --refresh` changes it back.";
  CHECK(text_of(changed_section) == R"(Changed on the server (3)
  `rollcall apply --refresh` changes it back.
  ~ accounts.hooli limits.agents    20 -> 500 (live)               roster/hooli.yaml:4
  ~ grants.hq/lee@example.com role  agent -> administrator (live)  roster/a.yaml:44 until 2027-03-31 (OPS-17); the user is known to the roster elsewhere
  ! accounts.lab

Total.
)");
}

TEST_CASE("A sentence names subject, change, text and reason") {
  Row admin = changed("kim@example.com", {}, "agent", "administrator");
  admin.text = "in hq";
  admin.form = Form::kSentence;
  Row warning = row('!', "roster.yaml:3", "This rule reaches no user");
  warning.form = Form::kSentence;
  warning.sources = {{"roster.yaml", 3, {}, {}}};
  warning.sources_told = true;
  warning.rule = "R901";
  warning.advice = "Remove it.";
  Section look = section(std::string(report::kSecondLook), {});
  look.sections = {section("New administrators", {admin}), section("Warnings", {warning})};
  look.sections.front().hidden = 1200;
  CHECK(text_of(look) == R"(Worth a second look
  New administrators
    ~ kim@example.com: agent -> administrator in hq
    and 1,200 more (--full lists them)
  Warnings
    ! roster.yaml:3: This rule reaches no user [R901]
      Remove it.

Total.
)");
}

TEST_CASE("Lines that belong to a row are a table of their own") {
  Row account = row('~', "hq", "update");
  account.rows = {changed("name", {}, "\"HQ\"", "\"Head\""),
                  changed("support_email", {}, std::string(50, 'a'), std::string(50, 'b')),
                  row(' ', {}, "3 grants stay on the server")};
  for (Row& nested : account.rows) nested.sign = ' ';
  CHECK(text_of(section("Accounts", {account, row('+', "support-emea", "create")})) ==
        "Accounts\n"
        "  ~ hq            update\n"
        "      name           \"HQ\" -> \"Head\"\n"
        "      support_email  " +
            std::string(50, 'a') + "\n                     -> " + std::string(50, 'b') +
            "\n"
            "      3 grants stay on the server\n"
            "  + support-emea  create\n\nTotal.\n");
}

TEST_CASE("A row that stands for many says how to see them, a nested section of such rows says it once") {
  Row users = row('+', {}, "60 new users");
  users.form = Form::kSentence;
  users.folded = 60;
  CHECK(text_of(section("Users", {users, row('-', "ana@example.com", "delete")})) ==
        "Users\n  + 60 new users (--full lists them)\n  - ana@example.com  delete\n\nTotal.\n");
  CHECK(text_of(section("Users", {users})) == "Users\n  + 60 new users (--full lists them)\n\nTotal.\n");
  Section access = section("Access", {});
  access.sections = {section("Rules that reach many", {users})};
  CHECK(text_of(access) ==
        "Access\n  Rules that reach many (--full lists every grant)\n    + 60 new users\n\nTotal.\n");
}

TEST_CASE("More rules than are shown are counted") {
  Row grant = row('+', "kim@example.com");
  grant.change = {{}, "agent"};
  grant.sources = {{"a.yaml", 1, {}, {}}, {"a.yaml", 2, {}, {}}};
  grant.more_sources = 2;
  CHECK(text_of(section("hq", {grant})) ==
        "hq\n  + kim@example.com  agent  a.yaml:1, a.yaml:2, and 2 more rules\n\nTotal.\n");
}

TEST_CASE("One value is shown where both are equal or one is missing") {
  Row kept = changed("a@example.com", {}, "agent", "agent");
  Row gone = changed("b@example.com", {}, "agent", "");
  gone.change = {"agent", {}};
  CHECK(text_of(section("hq", {kept, gone})) ==
        "hq\n  ~ a@example.com  agent\n  ~ b@example.com  agent\n\nTotal.\n");
}

TEST_CASE("Colour marks headings, signs and advice, and hostile text stays harmless") {
  Section refused = section("Refused", {row('-', "a\x1b[31m", "x\ny")});
  refused.tone = report::Tone::kAlarm;
  refused.advice = "Do it.";
  CHECK(text_of(refused, true) ==
        "\033[31mRefused\033[0m\n  \033[2mDo it.\033[0m\n  \033[31m-\033[0m a\\x1b[31m  x\\x0ay\n\nTotal.\n");
  CHECK(text_of(refused).find('\033') == std::string::npos);
}

TEST_CASE("The breakdown comes first, its headings aligned") {
  report::View view;
  view.breakdown = {{"Users", {{1200, "to create"}, {1, "blocked"}}}, {"Access", {{3, "to grant"}}}};
  view.total = "Plan.";
  CHECK(view_text(view, false) ==
        "Changes\n  Users       1,200 to create, 1 blocked\n  Access      3 to grant\n\nPlan.\n");
}
