#include "report/html.hpp"

#include <fmt/format.h>

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "drifts.hpp"
#include "golden/golden.hpp"
#include "hostile.hpp"
#include "report/format.hpp"
#include "sample.hpp"
#include "scenarios.hpp"

using namespace rollcall;
using report::Format;
using report::Row;
using report::Section;
using report::View;
using sample::Sample;

namespace {

const std::string kGitlabFiles = "https://git.example.com/ops/-/blob/4f2a/chat%20desk/";

std::string html_of(const Sample& s, const report::Pipeline& pipeline = {}) {
  report::Context context = s.context();
  context.meta.pipeline = pipeline;
  return report::plan_report(Format::kHtml, s.plan, s.recorded, context, {});
}

bool has(const std::string& page, const std::string& part) {
  return page.find(part) != std::string::npos;
}

std::size_t count_in(const std::string& page, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = page.find(part); at != std::string::npos; at = page.find(part, at + 1)) ++found;
  return found;
}

/// How often each piece of a page is there that begins so and is as long as `like`: one look for all of them.
std::unordered_map<std::string, std::size_t> pieces_of(const std::string& page, const std::string& begin,
                                                       const std::string& like) {
  std::unordered_map<std::string, std::size_t> pieces;
  for (std::size_t at = page.find(begin); at != std::string::npos; at = page.find(begin, at + 1))
    ++pieces[page.substr(at, like.size())];
  return pieces;
}

/// A view of one section with one row.
View view_with(Row row) {
  View view;
  view.total = "Total.";
  view.sections.emplace_back();
  view.sections.back().heading = "Section";
  view.sections.back().rows.push_back(std::move(row));
  return view;
}

std::string page_of(const View& view, report::Meta meta = {}) {
  meta.date = sample::day("2027-02-15");
  return report::html("Report", view, meta);
}

std::string page_of(Row row, const report::Pipeline& pipeline = {}) {
  report::Meta meta;
  meta.pipeline = pipeline;
  return page_of(view_with(std::move(row)), meta);
}

std::string style_of(const std::string& page) {
  const std::size_t begin = page.find("<style>") + std::string_view("<style>").size();
  return page.substr(begin, page.find("</style>") - begin);
}

/// Every element is one that the renderer writes, and ends where it should; no text has a `<` in it.
void check_balance(const std::string& page) {
  static const std::set<std::string> kElements = {
      "html", "head",    "title", "style", "body", "main",    "header",  "footer", "nav", "section",
      "h1",   "h2",      "h3",    "p",     "dl",   "dt",      "dd",      "table",  "tr",  "th",
      "td",   "caption", "ul",    "li",    "span", "details", "summary", "a",      "code"};
  static const std::set<std::string> kEmpty = {"!DOCTYPE", "meta", "link"};
  std::vector<std::string> open;
  for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    const std::string tag = page.substr(at + 1, page.find('>', at) - at - 1);
    const std::string name = tag.substr(0, tag.find(' '));
    if (kEmpty.count(name) != 0) continue;
    if (name.front() != '/') {
      INFO(tag);
      REQUIRE(kElements.count(name) == 1);
      open.push_back(name);
      continue;
    }
    INFO(page.substr(at > 200 ? at - 200 : 0, 220));
    REQUIRE_FALSE(open.empty());
    REQUIRE(name.substr(1) == open.back());
    open.pop_back();
  }
  CHECK(open.empty());
}

}  // namespace

TEST_CASE("A page is one file: no script, nothing to load, a style that its policy names") {
  const std::string page = html_of(sample::everything(), hostile::gitlab());
  golden::check("formats/linked.html", page);
  CHECK(has(page, "default-src 'none'; style-src 'sha256-" + sha256_base64(style_of(page)) +
                      "'; img-src data:; base-uri 'none'; form-action 'none'"));
  for (const char* loads : {"<script", " src=", " style=", "url(", "@import", "@font-face"})
    CHECK_FALSE(has(page, loads));
  CHECK(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">\n"));
  check_balance(page);
}

TEST_CASE("A page says what it was made from") {
  Sample s = sample::everything();
  report::Context context = s.context();
  context.meta.plan_digest = "sha256:4f2a";
  context.meta.pipeline = hostile::gitlab();
  const std::string page = report::plan_report(Format::kHtml, s.plan, s.recorded, context, {});
  CHECK(has(page, "<h1>Plan for <span class=\"value\">https://chat.example.com</span></h1>"));
  CHECK(has(page, "<dt>Date</dt><dd>2027-02-15 (UTC)</dd>"));
  CHECK(has(page, "<dt>State</dt><dd><span class=\"value\">rollcall.state.json</span>, serial 41</dd>"));
  CHECK(has(page, "<dt>Digest of the plan</dt><dd><code>sha256:4f2a</code></dd>"));
  CHECK(has(page, "<dt>Job</dt><dd><a href=\"https://git.example.com/ops/-/jobs/7\">"));
  CHECK(has(page,
            "<tr><th scope=\"row\">Agent bots</th><td><span>1 to update</span>, <span>1 to "
            "release</span></td></tr>"));
  CHECK(page.find("<h2>Worth a second look</h2>") < page.find("<h2>Access by user <span"));
  CHECK(page.find("<h2>Access by user <span") <
        page.find("<h2>Accounts <span class=\"count\">(9)</span></h2>"));
}

TEST_CASE("A page without findings is the total alone") {
  View view;
  view.title = "Drift, no recorded state, 2027-02-15";
  view.total = "No drift.";
  const std::string page = page_of(view);
  CHECK(has(page, "<p class=\"total\">No drift.</p>"));
  CHECK(has(page, "<dt>State</dt><dd>nothing recorded yet</dd>"));
  for (const char* part : {"<section", "<nav", "<footer", "<table"}) CHECK_FALSE(has(page, part));
  check_balance(page);
}

TEST_CASE("Names that would like to be elements are shown as they are") {
  const std::string page = html_of(hostile::hostile_plan());
  check_balance(page);
  golden::check("formats/hostile.html", page);
  const drifts::Estate estate = hostile::hostile_drift();
  const std::string drift =
      report::drift_report(Format::kHtml, estate.drift, estate.files, Sample::meta(), {});
  check_balance(drift);
  golden::check("formats/hostile_drift.html", drift);
}

TEST_CASE("No text leaves the place that it is shown in") {
  const std::array<std::pair<std::string, std::string>, 6> texts = {
      {{"</style></span><script>x</script>", "&lt;/style&gt;&lt;/span&gt;&lt;script&gt;x&lt;/script&gt;"},
       {"\" onclick=\"x", "&quot; onclick=&quot;x"},
       {"&lt;b&gt;", "&amp;lt;b&amp;gt;"},
       {"A\nb\x1b[31m\x07", "A\\x0ab\\x1b[31m\\x07"},
       {"\xe2\x80\xae gpj.exe", "\\xe2\\x80\\xae gpj.exe"},
       {"\xff\xc0\xaf", "\\xff\\xc0\\xaf"}}};
  for (const auto& [text, shown] : texts) {
    INFO(text);
    Row row;
    row.subject = row.aspect = row.text = row.reason = row.note = row.advice = row.rule = text;
    row.change = {text, text + "2"};
    row.sources.push_back({text, 7, {}, text});
    View view = view_with(row);
    view.title = view.total = view.sections.front().heading = view.sections.front().advice = text;
    view.breakdown.push_back({text, {{1, text}}});
    Section user;
    user.heading = user.summary = text;
    user.rows = {Row(), Row()};
    view.sections.front().sections.push_back(user);
    report::Meta meta;
    meta.server = meta.state = meta.plan_digest = text;
    const std::string page = page_of(view, meta);
    check_balance(page);
    CHECK(count_in(page, shown) == 22);
    CHECK(count_in(page, text) == (text == shown ? 22 : 0));
    CHECK(style_of(page) == style_of(page_of(Row())));
  }
}

TEST_CASE("Values are shown as they are written, and backticks of sentences mark code") {
  Row row;
  row.subject = "`a`";
  row.change = {"`b`", "  c  "};
  row.text = "run `apply <x>` ``now or `later";
  const std::string page = page_of(row);
  CHECK(has(page,
            "<span class=\"name value\">`a`</span>: <span class=\"value was\">`b`</span> → "
            "<span class=\"value\">  c  </span> run <code>apply &lt;x&gt;</code> ``now or `later"));
}

TEST_CASE("Places are links only where the pipeline shows its files") {
  Row row;
  row.subject = "x";
  row.text = "by a.yaml:44 and a.yaml:4.";
  row.sources = {{"a.yaml", 4, {}, {}}, {"javascript:alert(1)", 9, {}, {}}, {"/etc/a.yaml", 1, {}, {}}};
  CHECK(count_in(page_of(row), "<a ") == 0);
  CHECK(has(page_of(row), "<code>javascript:alert(1):9</code>"));
  const std::string page = page_of(row, hostile::gitlab());
  // The job is one.
  CHECK(count_in(page, "<a ") == 3);
  CHECK(has(page, "<a href=\"" + kGitlabFiles + "a.yaml#L4\"><code>a.yaml:4</code></a>"));
  CHECK(has(page, "<a href=\"" + kGitlabFiles + "javascript%3Aalert%281%29#L9\"><code>"));
  CHECK(has(page, "<code>/etc/a.yaml:1</code>"));
  // Words that name the places need them no second time.
  row.sources_told = true;
  row.sources.resize(1);
  CHECK_FALSE(has(page_of(row), "<code>a.yaml"));
  CHECK(count_in(page_of(row, hostile::gitlab()), "<a ") == 2);
  CHECK(has(page_of(row, hostile::gitlab()),
            "by a.yaml:44 and <a href=\"" + kGitlabFiles + "a.yaml#L4\">a.yaml:4</a>."));
  // Those that no words name are of use as links.
  row.text = "by a.yaml:44";
  CHECK_FALSE(has(page_of(row), "<code>a.yaml"));
  CHECK(has(page_of(row, hostile::gitlab()), "a.yaml#L4\"><code>a.yaml:4</code></a>"));
}

TEST_CASE("What does not count is said to") {
  Row row;
  row.subject = "accounts.x";
  row.declined = true;
  CHECK_FALSE(has(page_of(row), "does not count"));
  row.sign = '+';
  CHECK(has(page_of(row), "<span class=\"dim\">; does not count</span>"));
}

TEST_CASE("A page of 10,000 actions has all of them, and shuts long lists") {
  const std::string page = html_of(hostile::huge("Zoë Wünsch-Ångström of the night shift", 2500));
  check_balance(page);
  CHECK(page.size() < 6'000'000);
  for (const char* summary : {"Show all 2,500</summary>", "<h2>Access by user <span class=\"count\">(2,500)",
                              "<h3>New administrators <span class=\"count\">(2,500)"})
    CHECK(has(page, summary));
  CHECK(count_in(page, "<summary>Show all 2,500</summary>") == 7);
  CHECK(count_in(page, "<details open>") == 0);
  const auto user = [](std::size_t i) { return fmt::format(">u{:04}@example.com</span>", i); };
  const auto administrator = [](std::size_t i) {
    return fmt::format(">a{:04}</span>: <span class=\"value\">administrator", i);
  };
  const auto agent = [](std::size_t i) {
    return fmt::format(">b{:04}</span>: <span class=\"value\">agent", i);
  };
  const auto suspended = [](std::size_t i) { return fmt::format(">c{:04}</span>: suspend", i); };
  auto users = pieces_of(page, ">u", user(0)), administrators = pieces_of(page, ">a", administrator(0));
  auto agents = pieces_of(page, ">b", agent(0)), suspensions = pieces_of(page, ">c", suspended(0));
  for (std::size_t i = 0; i < 2500; ++i) {
    INFO(i);
    REQUIRE(users[user(i)] >= 3);
    REQUIRE(administrators[administrator(i)] >= 1);
    REQUIRE(agents[agent(i)] >= 1);
    REQUIRE(suspensions[suspended(i)] >= 1);
  }
}

TEST_CASE("A page names every object of a drift, however alike the findings are") {
  drifts::Estate estate = drifts::checked();
  for (std::size_t i = 0; i < 150; ++i)
    estate.drift.items.push_back(drifts::item(plan::Verdict::kChanged, fmt::format("accounts.a{:03}", i),
                                              "locale", drifts::value("en"), drifts::value("en"),
                                              drifts::value("de"), 1, true));
  const std::string page =
      report::drift_report(Format::kHtml, estate.drift, estate.files, Sample::meta(), {});
  CHECK(count_in(page, "<span class=\"value\">locale</span>: ") == 1);
  CHECK(has(page, ">150 accounts</span>"));
  CHECK(count_in(page, ">accounts.a") == 150);
}

TEST_CASE("A page leaves out neither rules of a grant nor new users of a kind") {
  Sample s;
  std::vector<model::CauseId> causes;
  for (std::uint32_t line = 1; line <= 9; ++line) causes.push_back(s.rule(line));
  for (std::uint32_t i = 0; i < 60; ++i)
    s.user(plan::Verb::kCreate, plan::ReasonCode::kNew, fmt::format("u{:02}@example.com", i), i + 1);
  s.grant(plan::ReasonCode::kRuleGives, "a", "u00@example.com", {}, model::Role::kAgent,
          s.both({causes[0], causes[1], causes[2], causes[3], causes[8]}));
  const std::string page = html_of(s);
  CHECK(has(page, "<code>roster/a.yaml:4</code>, <code>roster/a.yaml:9</code>"));
  CHECK_FALSE(has(page, "more rule"));
  CHECK(has(page, ">u59@example.com</span>: create"));
}
