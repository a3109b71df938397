#!/usr/bin/python3
"""The page for who approves access, as a browser reads it: balanced, no element but ours, nothing to load, links only
to its own sections and to the forge. `tests/pages` opens it in a browser."""

import base64
import hashlib
import html.parser
import json
import re
import shutil

from command_line import CommandLineTest, ROOT, main

VOID = {"meta", "link"}
TAGS = VOID | {"html", "head", "title", "style", "body", "main", "header", "footer", "nav", "section", "h1", "h2", "h3",
               "p", "dl", "dt", "dd", "table", "caption", "tr", "th", "td", "ul", "li", "span", "details", "summary", "a",
               "code"}
ATTRIBUTES = {"html": {"lang"}, "nav": {"aria-labelledby"}, "section": {"id", "class"}, "h2": {"id"}, "th": {"scope"},
              "p": {"class"}, "dl": {"class"}, "ul": {"class"}, "li": {"class"}, "details": {"open", "class"}, "a": {"href"},
              "span": {"class", "role", "aria-label"}}
PARENTS = {"li": {"ul"}, "tr": {"table"}, "caption": {"table"}, "th": {"tr"}, "td": {"tr"}, "dt": {"dl"}, "dd": {"dl"},
           "summary": {"details"}, "h1": {"header"}, "h2": {"section", "nav"}, "h3": {"section"}}
LINKS = re.compile(r"#s\d+|https://git\.example\.com/ops/-/(blob/4f2a/[\w/.%~-]+(#L\d+)?|jobs/7)")
HEAD = [("charset", "utf-8"), ("name", "viewport"), ("name", "color-scheme"), ("name", "referrer")]


class Page(html.parser.HTMLParser):
    """Fails on what a page may not contain; `text` holds what it says, `links` where it leads."""

    def __init__(self, test, page):
        super().__init__(convert_charrefs=True)
        self.test, self.open, self.text, self.links, self.ids, self.head, self.level = test, [], [], [], [], [], 1
        test.assertTrue(page.startswith("<!DOCTYPE html>\n"))
        # What a parser would have to guess.
        test.assertNotRegex(page, r"&(?!(amp|lt|gt|quot);)")
        self.style = page.partition("<style>")[2].partition("</style>")[0]
        self.feed(page)
        self.close()
        test.assertEqual(self.open, [], "elements that stay open")
        test.assertEqual(len(self.ids), len(set(self.ids)))
        for link in self.links:
            if link.startswith("#"):
                test.assertIn(link[1:], self.ids)
        test.assertEqual(self.head, HEAD)
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        test.assertEqual(self.policy, f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
                                      "base-uri 'none'; form-action 'none'")

    def handle_starttag(self, tag, attributes):
        self.test.assertIn(tag, TAGS)
        if tag in PARENTS:
            self.test.assertIn(self.open[-1], PARENTS[tag])
        if tag == "meta":
            if attributes[0] == ("http-equiv", "Content-Security-Policy"):
                self.policy = attributes[1][1]
            else:
                self.head.append(attributes[0])
        elif tag == "link":
            self.test.assertEqual(attributes, [("rel", "icon"), ("href", "data:,")])
        else:
            self.test.assertLessEqual({name for name, _ in attributes}, ATTRIBUTES.get(tag, set()))
        for name, value in attributes:
            if (tag, name) == ("a", "href"):
                self.test.assertRegex(value, f"^({LINKS.pattern})$")
                self.links.append(value)
            elif name == "id":
                self.ids.append(value)
        if re.fullmatch("h[1-6]", tag):
            self.test.assertLessEqual(int(tag[1]), self.level + 1, "a level of headings is left out")
            self.level = int(tag[1])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        self.test.assertEqual(self.open[-1:], [tag])
        self.open.pop()

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)

    def handle_comment(self, data):
        self.test.fail(f"a comment: {data}")

    handle_pi = unknown_decl = handle_comment


def texts(page):
    """What a reader sees, one text with single spaces."""
    return re.sub(r"\s+", " ", "".join(page.text))


class Html(CommandLineTest):
    ENVIRONMENT = {"CI_PROJECT_URL": "https://git.example.com/ops", "CI_COMMIT_SHA": "4f2a",
                   "CI_JOB_URL": "https://git.example.com/ops/-/jobs/7"}

    def test_the_golden_pages_are_valid(self):
        found = sorted((ROOT / "tests" / "golden").glob("*/*.html"))
        self.assertGreaterEqual(len(found), 9)
        for path in found:
            with self.subTest(path.name):
                Page(self, path.read_text(encoding="utf-8"))

    def test_the_check_sees_what_may_not_be_there(self):
        good = (ROOT / "tests/golden/formats/linked.html").read_text(encoding="utf-8")
        Page(self, good)
        for old, new in (("</ul>", ""), ("</li>", "</li></li>"), ("<ul ", "<ol "), ("<h3>", "<h3 onclick=\"x\">"),
                         ("<h2>", "<h4>"), ("</h1>", "<script>x</script></h1>"), ("href=\"#s1\"", "href=\"#x\""),
                         ("https://git", "javascript://git"), ("data:,", "x.png"), ("</main>", "<!-- x --></main>"),
                         ("Access", "Access &nbsp;"), ("--page:#fff", "--page:#eee"), ("'none'", "*")):
            with self.subTest(new), self.assertRaises(AssertionError):
                Page(self, good.replace(old, new, 1))

    def test_a_hostile_roster_through_the_program(self):
        evil = ["</style></title></details>", "<script>alert(1)</script>", "\" onclick=\"x", "<!-- x", "&lt;b&gt;",
                "<a href=https://evil.example.com>x</a>", "{color:red}"]
        lines = ["version: 1", "accounts:"]
        lines += [f"  a{i}: {{name: '{name}', custom_attributes: {{'k {name}': '{name}'}}}}" for i, name in enumerate(evil)]
        lines += ["users:"] + [f"  u{i}@example.com: {{name: '{name}'}}" for i, name in enumerate(evil)]
        lines += ["grants:"]
        lines += [f"  - {{role: administrator, accounts: [a{i}], users: [u{i}@example.com], reason: '{name}'}}"
                  for i, name in enumerate(evil)]
        self.write("ops/roster.yaml", "\n".join(lines) + "\n")
        environment = self.ENVIRONMENT | {"CI_PROJECT_DIR": str(self.folder)}
        done = self.rollcall("plan", "--format", "html", cwd=self.folder / "ops", environment=environment)
        page = Page(self, done.stdout)
        self.assertIn("https://git.example.com/ops/-/blob/4f2a/ops/roster.yaml#L19", page.links)
        for i, name in enumerate(evil):
            self.assertIn(f"{name} (u{i}@example.com)", texts(page))
        # What is no URL that can stand in a link makes none.
        environment |= {"CI_PROJECT_URL": "https://git.example.com/\"onclick=\"x", "CI_JOB_URL": "javascript:alert(1)"}
        done = self.rollcall("plan", "--format", "html", cwd=self.folder / "ops", environment=environment)
        self.assertEqual([link for link in Page(self, done.stdout).links if not link.startswith("#")], [])

    def test_a_drift_of_the_demo_estate(self):
        shutil.copytree(ROOT / "examples" / "demo", self.folder, dirs_exist_ok=True)
        self.server()
        self.apply()
        account = self.state()["accounts"]["support-emea"]["id"]
        user = self.state()["users"]["kim@example.com"]["id"]
        self.sandbox.api("PATCH", f"/accounts/{account}", {"name": "</details> <b>x"})
        self.sandbox.api("POST", f"/accounts/{account}/account_users", {"user_id": user, "role": "administrator"})
        self.rollcall("drift", "--report", "html=drift.html", code=2)
        said = texts(Page(self, self.read("drift.html")))
        for words in (f"Drift for {self.environment['ROLLCALL_SERVER']}", "serial 1", "Raised roles (1)", "2 changed",
                      '"Support EMEA" → "</details> <b>x" (live)'):
            self.assertIn(words, said)

    def test_a_saved_plan_is_shown_with_its_digest(self):
        self.write("roster.yaml", "version: 1\naccounts:\n  desk: {name: Desk}\n")
        self.server()
        self.rollcall("plan", "--out", "p.plan")
        digest = re.search("[0-9a-f]{64}", self.rollcall("show", "p.plan").stdout)[0]
        self.assertIn(f"Digest of the plan{digest}", texts(Page(self, self.rollcall("show", "p.plan", "--format", "html").stdout)))

    def test_10000_actions_are_all_there(self):
        names = "".join(f"  user{i:05}@example.com: {{name: '<b>`@u{i}` 😀'}}\n" for i in range(5000))
        self.write("roster.yaml", "version: 1\naccounts:\n  desk: {name: Desk}\nusers:\n" + names +
                   "groups:\n  all: {members: [" + ", ".join(f"user{i:05}@example.com" for i in range(5000)) + "]}\n"
                   "grants:\n  - {role: administrator, accounts: [desk], groups: [all], reason: '@all'}\n")
        self.rollcall("plan", "--report", "html=plan.html")
        page = self.read("plan.html")
        self.assertLess(len(page.encode()), 5_000_000)
        said = texts(Page(self, page))
        for i in range(5000):
            self.assertEqual(said.count(f"user{i:05}@example.com"), 3)
        for words in ("New administrators (5,000)", "Access by user (5,000)", "Users (5,000)", "Show all 5,000"):
            self.assertIn(words, said)

    def test_a_failure_is_a_page_too(self):
        self.write("roster.yaml", "version: 1\nusers:\n  ana@example.com: {name: '</details>', rolle: '<b>'}\n")
        said = texts(Page(self, self.rollcall("plan", "--format", "html", code=1).stdout))
        for words in ("Problems", "Failed: 1 error.", "roster.yaml:3"):
            self.assertIn(words, said)

    def test_a_secret_is_hidden_however_it_is_written(self):
        token = 'a&b<c>d"e\\f-secret-token'
        self.write("roster.yaml", f"version: 1\naccounts:\n  desk: {{name: '{token}'}}\n")
        self.environment["ROLLCALL_TOKEN"] = token
        said = texts(Page(self, self.rollcall("plan", "--format", "html").stdout))
        self.assertIn('name: "***"', said)
        self.assertNotIn("secret", said)
        for name in ("json", "sarif"):
            document = self.rollcall("plan", "--format", name).stdout
            self.assertNotIn("secret", document)
            json.loads(document)


if __name__ == "__main__":
    main()
