#!/usr/bin/python3
"""Markdown for reviewers, as a forge renders it: balanced, no mention, no HTML but ours, links only to the forge.

cmark-gfm renders it, the parser of GitHub; GitLab's follows the same specification."""

import html.parser
import json
import os
import re
import shutil
import subprocess

import jsonschema

from command_line import CommandLineTest, ROOT, main

RENDERER = shutil.which("cmark-gfm")
TAGS = {"h3", "h4", "p", "strong", "ul", "li", "code", "a", "details", "summary"}
LINKS = re.compile(r"https://git\.example\.com/ops/-/(blob/4f2a/[\w/.%~-]+(#L\d+)?|jobs/7)")


class Rendered(html.parser.HTMLParser):
    """Fails on what a report may not contain; `code` and `text` hold what it says."""

    def __init__(self, test, markdown):
        super().__init__(convert_charrefs=True)
        self.test, self.open, self.code, self.text, self.links = test, [], [], [], []
        test.assertTrue(RENDERER, "install cmark-gfm, as tests/support/setup.sh does")
        command = [RENDERER, "--unsafe", "--to", "html", "--validate-utf8"]
        for extension in ("table", "strikethrough", "autolink", "tagfilter", "tasklist", "footnotes"):
            command += ["-e", extension]
        self.feed(subprocess.run(command, input=markdown, stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout)
        self.close()
        test.assertEqual(self.open, [], "elements that stay open")

    def handle_starttag(self, tag, attributes):
        self.test.assertIn(tag, TAGS)
        for name, value in attributes:
            if (tag, name) == ("a", "href"):
                self.test.assertRegex(value, f"^{LINKS.pattern}$")
                self.links.append(value)
            else:
                self.test.assertEqual((tag, name, value), ("details", "open", None) if value is None else ("details", "open", ""))
        if tag == "summary":
            self.test.assertEqual(self.open[-1:], ["details"])
        if tag == "details":
            self.test.assertEqual(self.open, [], "details inside of something else")
        self.open.append(tag)

    def handle_endtag(self, tag):
        self.test.assertEqual(self.open[-1:], [tag])
        self.open.pop()

    def handle_data(self, data):
        if "code" in self.open:
            self.code.append(data)
            return
        self.text.append(data)
        # Mentions, references, emoji, links, workflow commands and quick actions of either forge.
        self.test.assertNotRegex(data, r"[@#!~%$&^*_`<>\[\]|\\]|://|www\.|(?<!\d):\w|\bGH-\d|(^|\n)\s*/")

    def handle_comment(self, data):
        self.test.fail(f"a comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


class Markdown(CommandLineTest):
    def test_the_golden_reports_render_as_they_should(self):
        found = sorted((ROOT / "tests" / "golden").glob("*/*.markdown"))
        self.assertGreaterEqual(len(found), 8)
        for path in found:
            with self.subTest(path.name):
                rendered = Rendered(self, path.read_text(encoding="utf-8"))
                self.assertTrue(rendered.code + rendered.text)
        linked = Rendered(self, (ROOT / "tests/golden/formats/linked.markdown").read_text(encoding="utf-8"))
        self.assertIn("https://git.example.com/ops/-/blob/4f2a/chat%20desk/roster/a.yaml#L44", linked.links)

    def test_the_check_sees_what_may_not_be_there(self):
        for bad in ("- @all", "- see #17", "- see !4", "- [x](https://evil.example.com)", "- https://evil.example.com",
                    "- www.evil.example.com", "- <b>x</b>", "- <!-- x -->", "<details><summary>x</summary>", "</details>",
                    "- ![x](y.png)", "- **x** <script>", "a  \nb", "- [ ] x", "- ~~x~~", "| a |\n|---|\n| b |", "/close",
                    "> x", "- :tada: x", "1. x", "***", "```\nx\n```", "[^1]\n\n[^1]: x"):
            with self.assertRaises(AssertionError, msg=bad):
                Rendered(self, bad + "\n")

    def test_a_hostile_name_is_shown_as_it_is(self):
        rendered = Rendered(self, (ROOT / "tests/golden/formats/hostile.markdown").read_text(encoding="utf-8"))
        for word in ("@everyone", "#17", "`@all`", "/close", ":tada:", "www.evil.example.com", "![x](https://evil.example.com/x.png)"):
            self.assertTrue(any(word in code for code in rendered.code), word)

    def test_a_hostile_roster_through_the_program(self):
        evil = ["</details>", "`@all`", "@everyone #1 !2", "[x](https://evil.example.com)", "<!-- x", "::error::x", "| a |"]
        lines = ["version: 1", "accounts:"]
        lines += [f"  a{i}: {{name: '{name}', custom_attributes: {{'k {name}': '{name}'}}}}" for i, name in enumerate(evil)]
        lines += ["users:"] + [f"  u{i}@example.com: {{name: '{name}'}}" for i, name in enumerate(evil)]
        lines += ["grants:"]
        lines += [f"  - {{role: administrator, accounts: [a{i}], users: [u{i}@example.com], reason: '{name}'}}"
                  for i, name in enumerate(evil)]
        self.write("ops/roster.yaml", "\n".join(lines) + "\n")
        environment = {"CI_PROJECT_DIR": str(self.folder), "CI_PROJECT_URL": "https://git.example.com/ops",
                       "CI_COMMIT_SHA": "4f2a", "CI_JOB_URL": "https://git.example.com/ops/-/jobs/7"}
        done = self.rollcall("plan", "--format", "markdown", cwd=self.folder / "ops", environment=environment)
        rendered = Rendered(self, done.stdout)
        self.assertIn("https://git.example.com/ops/-/blob/4f2a/ops/roster.yaml#L19", rendered.links)
        self.assertIn("</details>", rendered.code)
        # What is no URL that can stand in a link makes none.
        environment["CI_PROJECT_URL"] = "https://git.example.com/a) [x](https://evil.example.com"
        environment["CI_JOB_URL"] = "javascript:alert(1)"
        done = self.rollcall("plan", "--format", "markdown", cwd=self.folder / "ops", environment=environment)
        self.assertEqual(Rendered(self, done.stdout).links, [])

    def test_a_drift_of_the_demo_estate_in_every_format(self):
        shutil.copytree(ROOT / "examples" / "demo", self.folder, dirs_exist_ok=True)
        self.server()
        self.apply()
        account = self.state()["accounts"]["support-emea"]["id"]
        user = self.state()["users"]["kim@example.com"]["id"]
        self.sandbox.api("PATCH", f"/accounts/{account}", {"name": "</details> @all"})
        self.sandbox.api("POST", f"/accounts/{account}/account_users", {"user_id": user, "role": "administrator"})
        reports = {name: f"drift.{name}" for name in ("text", "json", "markdown", "html", "codequality", "sarif", "metrics")}
        shown = self.rollcall("drift", "--format", "github", code=2,
                              *(word for name, file in reports.items() for word in ("--report", f"{name}={file}"))).stdout
        rules = ["drift-changed", "drift-changed"]
        self.assertEqual([line.split("title=")[1].split("::")[0] for line in shown.splitlines()], rules)
        quality, sarif = json.loads(self.read("drift.codequality")), json.loads(self.read("drift.sarif"))
        self.assertEqual([entry["check_name"] for entry in quality], rules)
        self.assertEqual([result["ruleId"] for result in sarif["runs"][0]["results"]], rules)
        for name, document in (("codequality", quality), ("sarif", sarif)):
            schema = (ROOT / "tests" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
            jsonschema.Draft202012Validator(json.loads(schema)).validate(document)
        rendered = Rendered(self, self.read("drift.markdown"))
        self.assertIn("Raised roles (1)", rendered.text)
        self.assertIn("</details>", rendered.code)
        self.compare_with_golden("drift.github", shown)
        for file in reports.values():
            self.compare_with_golden(file, self.read(file))

    def compare_with_golden(self, name, text):
        """What differs in each run is replaced; ROLLCALL_UPDATE_GOLDEN=1 writes the texts anew."""
        state = self.state()
        today = json.loads(self.read("drift.json"))["meta"]["date"]
        version = self.rollcall("--version").stdout.split()[1]
        for value, shown in ((state["server"], "https://chat.example.com"), (state["lineage"], "LINEAGE"),
                             (today, "2027-02-15"), (f'"{version}"', '"VERSION"')):
            text = text.replace(value, shown)
        text = re.sub(r"(_timestamp_seconds) \d+", r"\1 1802673000", text)
        path = ROOT / "tests" / "golden" / "demo" / name
        if "ROLLCALL_UPDATE_GOLDEN" in os.environ:
            path.write_text(text, encoding="utf-8")
        self.assertEqual(text, path.read_text(encoding="utf-8"))

    def test_10000_actions_stay_within_what_a_comment_takes(self):
        names = "".join(f"  user{i:05}@example.com: {{name: '<b>`@u{i}` 😀'}}\n" for i in range(5000))
        self.write("roster.yaml", "version: 1\naccounts:\n  desk: {name: Desk}\nusers:\n" + names +
                   "groups:\n  all: {members: [" + ", ".join(f"user{i:05}@example.com" for i in range(5000)) + "]}\n"
                   "grants:\n  - {role: administrator, accounts: [desk], groups: [all], reason: '@all'}\n")
        self.rollcall("plan", "--report", "markdown=plan.md")
        text = self.read("plan.md")
        self.assertLessEqual(len(text), 60000)
        self.assertLessEqual(len(text.encode()), 200000)
        Rendered(self, text)
        for words in ("**New administrators (5,000)**", "#### Access by user (5,000)", "This report is shortened"):
            self.assertTrue(words in text, words)

    def test_a_failure_is_told_in_markdown_too(self):
        self.write("roster.yaml", "version: 1\nusers:\n  ana@example.com: {name: '</details>', rolle: '@all'}\n")
        done = self.rollcall("plan", "--format", "markdown", code=1)
        rendered = Rendered(self, done.stdout)
        self.assertIn("roster.yaml:3", rendered.code)
        self.assertIn("Failed: 1 error.", "".join(rendered.text))


if __name__ == "__main__":
    main()
