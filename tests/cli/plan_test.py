#!/usr/bin/python3
"""plan: what would change, without a request; exit codes, guardrails, filters, documents."""

import json

from command_line import CommandLineTest, ROSTER, main


class Plan(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)

    def applied(self):
        self.server()
        self.apply()

    def plan(self, *arguments, code=0):
        return self.rollcall("plan", *arguments, code=code).stdout

    def body(self, *arguments):
        """The plan after its title."""
        return self.plan(*arguments).split("\n\n", 1)[1]

    def test_a_first_plan_needs_no_server_and_writes_nothing(self):
        done = self.rollcall("plan")
        self.assertIn("Plan: 9 to create, 0 to update, 0 to remove.\n", done.stdout)
        self.assertIn("There is no recorded state at rollcall.state.json yet", done.stderr)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["roster.yaml"])
        self.assertEqual(self.plan(), self.plan())

    def test_nothing_to_do(self):
        self.applied()
        title, text = self.plan("--detailed-exitcode").split("\n\n", 1)
        serial = json.loads(self.read("rollcall.state.json"))["serial"]
        self.assertRegex(title, rf"^Plan for http://127\.0\.0\.1:\d+, state serial {serial}, \d{{4}}-\d\d-\d\d$")
        self.assertEqual(text, "No changes. The recorded state matches the roster.\n")

    def test_plan_sends_no_request(self):
        self.applied()
        # The requests alone: connections of the apply that the server has yet to close are counted for a while.
        before = self.sandbox.control("GET", "counters")["by_endpoint"]
        self.write("roster.yaml", ROSTER.replace("name: Ben", "name: Benjamin"))
        self.plan()
        self.assertEqual(self.sandbox.control("GET", "counters")["by_endpoint"], before)

    def test_detailed_exitcode(self):
        self.plan("--detailed-exitcode", code=2)
        self.plan()

    def test_changes_show_before_and_after_with_their_origin(self):
        self.applied()
        self.write("roster.yaml", ROSTER.replace("{name: Desk, locale: en}", "{name: Help desk, locale: de}")
                   .replace("users: [ben@example.com, kim@example.com]", "users: [ben@example.com]"))
        shown = self.plan()
        self.assertRegex(shown, r"name.*Desk.*->.*Help desk")
        self.assertRegex(shown, r"locale.*en.*->.*de")
        self.assertRegex(shown, r"- .*kim@example\.com")
        self.assertIn("roster.yaml:3", shown)
        self.assertTrue(shown.endswith("Plan: 0 to create, 1 to update, 1 to remove.\n"), shown)

    def test_json_is_one_document(self):
        document = json.loads(self.plan("--format", "json"))
        self.assertEqual((document["format"], document["version"]), ("rollcall-plan", 1))
        verbs = sorted(action["verb"] for action in document["actions"])
        self.assertEqual(verbs, ["create"] * 5 + ["grant"] * 4)

    def test_only_takes_what_it_needs_along(self):
        document = json.loads(self.plan("--format", "json", "--only", "grants.desk/kim@example.com"))
        self.assertEqual(sorted(action["address"] for action in document["actions"]),
                         ["accounts.desk", "grants.desk/kim@example.com", "users.kim@example.com"])
        self.assertEqual(document["left_out"], 6)
        self.assertIn("to remove. 6 other changes are left out.\n", self.plan("--only", "grants.Desk/KIM@example.com"))
        shown = self.rollcall("plan", "--only", "grants.nowhere/*", code=1).stderr
        self.assertIn("grants.nowhere/*", shown)

    def test_guardrails_refuse_and_say_which_actions(self):
        self.applied()
        self.write("roster.yaml", ROSTER.replace("users: [ana@example.com]", "users: [ben@example.com]"))
        self.write("rollcall.yaml", "version: 1\nguardrails: {protected: {users: [ana@example.com]}}\n")
        done = self.rollcall("plan", code=1)
        self.assertIn("! users.ana@example.com is protected", done.stdout)
        self.assertIn("- ana@example.com: administrator in desk, vip", done.stdout)
        self.assertIn("The guardrails refuse this plan", done.stderr)
        before = self.access()
        self.apply(code=1)
        self.assertEqual(self.access(), before)
        document = json.loads(self.rollcall("plan", "--format", "json", code=1).stdout)
        self.assertEqual(document["format"], "rollcall-plan")

    def test_max_removals_for_one_run(self):
        self.applied()
        self.write("roster.yaml", ROSTER.replace("users: [ben@example.com, kim@example.com]",
                                                 "users: [kim@example.com]"))
        self.assertIn("--max-removals allows them for one run", self.rollcall("plan", "--max-removals", "0", code=1).stderr)
        self.rollcall("plan", "--max-removals", "1")

    def test_who_comes_back_under_a_new_address_is_shown_with_both(self):
        self.applied()
        self.write("roster.yaml", ROSTER.replace("  kim@example.com: {name: Kim}\n", "").replace(", kim@example.com", ""))
        self.apply()
        self.write("roster.yaml", ROSTER.replace("kim@", "kimberley@") +
                   "moved:\n  - {from: users.kim@example.com, to: users.kimberley@example.com}\n")
        self.assertRegex(self.plan(), r"~ kimberley@example.com  bind to id \d+, released earlier, in the roster again, "
                                      r"moved from users.kim@example.com, roster.yaml:")
        action = json.loads(self.plan("--format", "json"))["actions"][0]
        self.assertEqual((action["verb"], action["moved_from"]), ("bind", "users.kim@example.com"))

    def test_a_lapsed_rule_is_not_desired_and_only_lapsed_finds_it(self):
        self.applied()
        lapsed = ROSTER.replace("users: [ben@example.com, kim@example.com]",
                                "users: [ben@example.com, kim@example.com]\n    until: 2020-01-31")
        self.write("roster.yaml", lapsed.replace("name: Ana", "name: Anna"))
        document = json.loads(self.plan("--format", "json", "--only-lapsed"))
        self.assertEqual(sorted((a["verb"], a["address"]) for a in document["actions"]),
                         [("revoke", "grants.desk/ben@example.com"), ("revoke", "grants.desk/kim@example.com")])
        self.assertIn("2020-01-31", self.plan("--only-lapsed"))
        self.apply("--only-lapsed")
        empty = "No changes within the selection. 1 other change is left out.\n"
        self.assertEqual(self.body("--only-lapsed"), empty)
        self.assertEqual(self.body("--only", "users.kim@example.com"), empty)
        self.assertEqual(self.apply("--only", "users.kim@example.com").stdout.split("\n\n", 1)[1], empty)
        self.apply()
        self.assertEqual(self.body("--only-lapsed"), "No changes. The recorded state matches the roster.\n")

    def test_a_state_of_another_server_is_refused(self):
        self.applied()
        before = self.read("rollcall.state.json")
        shown = self.rollcall("plan", "--server", "https://other.example.com", code=1).stderr
        self.assertIn("belongs to http://127.0.0.1:", shown)
        self.assertEqual(self.read("rollcall.state.json"), before)

    def test_a_broken_or_newer_state_is_refused(self):
        self.applied()
        good = self.read("rollcall.state.json")
        for broken in (good[:-20], good.replace('"version": 2', '"version": 3', 1), "", "<<<<<<< ours\n" + good, "[]"):
            self.write("rollcall.state.json", broken)
            shown = self.rollcall("plan", code=1).stderr
            self.assertIn("rollcall.state.json", shown)
            self.assertIn("hint:", shown)
            self.apply(code=1)
            self.assertEqual(self.read("rollcall.state.json"), broken)

    def test_a_reader_that_goes_away_is_no_failure(self):
        process = self.start("plan")
        process.stdout.close()
        process.stderr.read()
        process.stderr.close()
        self.assertEqual(process.wait(30), 0)

    def test_a_full_disk_behind_stdout_is_told(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            import subprocess
            from command_line import BUILD
            done = subprocess.run([BUILD / "rollcall", "plan"], cwd=self.folder, env=self.environment, stdout=full,
                                  stderr=subprocess.PIPE, encoding="utf-8", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Cannot write the output: No space left on device.", done.stderr)


class PlanRefresh(CommandLineTest):
    def test_reads_the_server_and_writes_nothing(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        self.apply()
        before = self.read("rollcall.state.json")
        account = self.state()["accounts"]["desk"]["id"]
        person = self.state()["users"]["ben@example.com"]["id"]
        self.sandbox.api("DELETE", f"/accounts/{account}/account_users", {"user_id": person})
        self.assertIn("No changes.", self.rollcall("plan").stdout)
        shown = self.rollcall("plan", "--refresh").stdout
        self.assertIn("Plan: 1 to create, 0 to update, 0 to remove.", shown)
        self.assertIn("ben@example.com", shown)
        self.assertEqual(self.read("rollcall.state.json"), before)

    def test_a_server_that_was_not_read_whole_makes_no_whole_plan(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        self.apply()
        person = self.state()["users"]["ben@example.com"]["id"]
        self.sandbox.fault(method="GET", path=f"/users/{person}$", action="fail", status=422, count=1000)
        for command in (("plan", "--refresh"), ("apply", "--refresh"), ("apply", "--refresh", "--auto-approve")):
            done = self.rollcall(*command, code=1)
            self.assertIn("No changes in what could be read. 1 read of the server failed, so more may be to do.\n", done.stdout)
            self.assertIn("Some of the server could not be read, so this plan may not be complete.", done.stderr)
        self.assertEqual(json.loads(self.rollcall("plan", "--refresh", "--format", "json", code=1).stdout)["unread"], 1)
        self.write("roster.yaml", ROSTER.replace("name: VIP desk", "name: Gold"))
        done = self.apply("--refresh", code=1)
        self.assertIn("Applied: 0 created, 1 updated, 0 removed.\n", done.stdout)
        self.assertIn("Some of the server could not be read", done.stderr)

    def test_what_is_gone_from_the_server_is_no_match(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        self.apply()
        self.sandbox.api("DELETE", f"/accounts/{self.state()['accounts']['vip']['id']}")
        self.sandbox.control("POST", "jobs/run")
        shown = self.rollcall("plan", "--refresh").stdout
        self.assertTrue(shown.endswith("\nNo changes can be planned: 1 object is gone from the server.\n"), shown)


if __name__ == "__main__":
    main()
