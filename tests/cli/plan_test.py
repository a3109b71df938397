#!/usr/bin/python3
"""plan: what would change, without a request; exit codes, guardrails, filters, documents."""

import json
import re

from command_line import CommandLineTest, ROSTER, eventually, main


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
        done = self.rollcall("plan", code=3)
        self.assertIn("! users.ana@example.com is protected", done.stdout)
        self.assertIn("- ana@example.com: administrator in desk, vip", done.stdout)
        self.assertIn("The guardrails refuse this plan", done.stderr)
        before = self.access()
        self.apply(code=3)
        self.assertEqual(self.access(), before)
        self.rollcall("plan", "--detailed-exitcode", code=3)
        document = json.loads(self.rollcall("plan", "--format", "json", code=3).stdout)
        self.assertEqual(document["format"], "rollcall-plan")

    def test_max_removals_for_one_run(self):
        self.applied()
        self.write("roster.yaml", ROSTER.replace("users: [ben@example.com, kim@example.com]",
                                                 "users: [kim@example.com]"))
        done = self.rollcall("plan", "--max-removals", "0", code=3)
        self.assertIn("--max-removals 1 lets it pass for one run", done.stderr)
        self.assertIn("! revokes 1 role; 1 removal in all, 0 allowed\n", done.stdout)
        self.assertIn("        To let it pass for one run: --max-removals 1\n", done.stdout)
        self.rollcall("plan", "--max-removals", "1")

    def test_the_entry_that_is_shown_lets_the_plan_pass(self):
        self.write("roster.yaml", ROSTER.replace("{name: VIP desk}", "{name: VIP desk, on_remove: delete}"))
        self.applied()
        self.write("roster.yaml", ROSTER.replace("  vip: {name: VIP desk}\n", "")
                   .replace("users: [ben@example.com, kim@example.com]", "users: [kim@example.com]"))
        guardrails = "version: 1\nguardrails:\n  max_removals: 0\n"
        self.write("rollcall.yaml", guardrails)
        shown = self.rollcall("plan", "--allow-deletes", code=3).stdout
        self.assertIn("! deletes accounts.vip: 1 user loses access; revokes 1 role; 2 removals in all, 0 allowed\n", shown)
        entry = re.search(r"^ +- (\{addresses: .*\})$", shown, re.M).group(1)
        self.write("rollcall.yaml", f"{guardrails}  allow:\n    - {entry}\n")
        shown = self.plan()
        self.assertIn("! rollcall.yaml:5 until ", shown)
        self.assertRegex(shown, r"        - accounts.vip .*: delete .*\n        - ben@example.com: agent in desk\n")
        document = json.loads(self.plan("--format", "json"))
        self.assertEqual(document["exceptions"][0]["actions"], ["grants.desk/ben@example.com", "accounts.vip"])
        self.apply()
        self.assertEqual(self.access(), {("Desk", "ana@example.com"): "administrator", ("Desk", "kim@example.com"): "agent"})
        self.assertIn("this entry of `allow` matches no removal of this plan [P012]", self.plan())

    def test_only_expired_leaves_out_what_the_guardrails_refuse(self):
        self.applied()
        self.write("rollcall.yaml", "version: 1\nguardrails: {protected: {users: [ben@example.com]}}\n")
        self.write("roster.yaml", ROSTER + "    until: 2020-01-31\n")
        self.rollcall("plan", code=3)
        before = self.access()
        self.apply(code=3)
        self.assertEqual(self.access(), before)
        shown = self.rollcall("plan", "--only-expired", code=3)
        self.assertIn("Refused by guardrails: left out, and the rest runs", shown.stdout)
        self.assertIn("The guardrails refuse a part of this plan", shown.stderr)
        done = self.apply("--only-expired", code=3)
        self.assertIn("Refused by the guardrails: 1\n  revoke grants.desk/ben@example.com", done.stdout)
        self.assertNotIn("--allow-deletes", done.stdout)
        self.assertNotIn(("Desk", "kim@example.com"), self.access())
        self.assertIn(("Desk", "ben@example.com"), self.access())
        # Nothing but what is refused is left.
        self.assertIn("refuse a part of this plan", self.rollcall("apply", "--only-expired", code=3).stderr)

    def test_what_is_no_longer_managed_is_told_and_forgotten(self):
        self.write("roster.yaml", ROSTER.replace("{name: VIP desk}", "{name: VIP desk, status: suspended}"))
        self.applied()
        self.write("roster.yaml", ROSTER)
        told = "`status` of accounts.vip is no longer managed and stays \"suspended\" [R919]"
        shown = self.plan("--detailed-exitcode")
        self.assertIn(told, shown)
        self.assertTrue(shown.endswith("\nNo changes. 1 setting is no longer managed.\n"), shown)
        before = self.read("rollcall.state.json")
        self.apply("--only", "accounts.desk")
        self.assertEqual(self.read("rollcall.state.json"), before)
        self.assertTrue(self.rollcall("apply").stdout.endswith(
            "Forgot 1 setting that the roster no longer names; the server keeps it.\n"))
        self.assertEqual(self.body(), "No changes. The recorded state matches the roster.\n")
        accounts = self.sandbox.control("GET", "snapshot")["accounts"]
        self.assertEqual([a["status"] for a in accounts if a["name"] == "VIP desk"], ["suspended"])
        # Beside other changes, too.
        self.write("roster.yaml", ROSTER.replace("locale: en", "").replace("name: Ben", "name: Benjamin"))
        shown = self.apply().stdout
        self.assertIn("Plan: 0 to create, 1 to update, 0 to remove. 1 setting is no longer managed.\n", shown)
        self.assertIn("Forgot 1 setting", shown)
        self.assertNotIn("locale", self.read("rollcall.state.json"))

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

    def test_a_expired_rule_is_not_desired_and_only_expired_finds_it(self):
        self.applied()
        expired = ROSTER.replace("users: [ben@example.com, kim@example.com]",
                                "users: [ben@example.com, kim@example.com]\n    until: 2020-01-31")
        self.write("roster.yaml", expired.replace("name: Ana", "name: Anna"))
        document = json.loads(self.plan("--format", "json", "--only-expired"))
        self.assertEqual(sorted((a["verb"], a["address"]) for a in document["actions"]),
                         [("revoke", "grants.desk/ben@example.com"), ("revoke", "grants.desk/kim@example.com")])
        self.assertIn("2020-01-31", self.plan("--only-expired"))
        self.apply("--only-expired")
        empty = "No changes within the selection. 1 other change is left out.\n"
        self.assertEqual(self.body("--only-expired"), empty)
        self.assertEqual(self.body("--only", "users.kim@example.com"), empty)
        self.assertEqual(self.apply("--only", "users.kim@example.com").stdout.split("\n\n", 1)[1], empty)
        self.apply()
        self.assertEqual(self.body("--only-expired"), "No changes. The recorded state matches the roster.\n")

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
        import subprocess
        from command_line import BUILD
        for arguments in (["plan"], ["plan", "--detailed-exitcode"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([BUILD / "rollcall", *arguments], cwd=self.folder, env=self.environment, stdout=full,
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
        user = self.state()["users"]["ben@example.com"]["id"]
        self.sandbox.api("DELETE", f"/accounts/{account}/account_users", {"user_id": user})
        self.assertIn("No changes.", self.rollcall("plan").stdout)
        shown = self.rollcall("plan", "--refresh").stdout
        self.assertIn("Plan: 1 to create, 0 to update, 0 to remove.", shown)
        self.assertIn("ben@example.com", shown)
        self.assertEqual(self.read("rollcall.state.json"), before)

    def test_a_server_that_was_not_read_whole_makes_no_whole_plan(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        self.apply()
        user = self.state()["users"]["ben@example.com"]["id"]
        self.sandbox.fault(method="GET", path=f"/users/{user}$", action="fail", status=422, count=1000)
        for command in (("plan", "--refresh"), ("apply", "--refresh"), ("apply", "--refresh", "--auto-approve")):
            done = self.rollcall(*command, code=1)
            self.assertIn("No changes in what could be read. 1 read of the server failed, so there may be more to do.\n", done.stdout)
            self.assertIn("Some of the server could not be read, so this plan may not be complete.", done.stderr)
        self.assertEqual(json.loads(self.rollcall("plan", "--refresh", "--format", "json", code=1).stdout)["unread"], 1)
        self.write("roster.yaml", ROSTER.replace("name: VIP desk", "name: Gold"))
        done = self.apply("--refresh", code=1)
        self.assertIn("Applied: 0 created, 1 updated, 0 removed.\n", done.stdout)
        self.assertIn("Some of the server could not be read", done.stderr)

    def without_vip(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        self.apply()
        self.sandbox.api("DELETE", f"/accounts/{self.state()['accounts']['vip']['id']}")
        self.sandbox.control("POST", "jobs/run")

    def test_what_is_gone_from_the_server_is_no_match(self):
        self.without_vip()
        shown = self.rollcall("plan", "--refresh").stdout
        self.assertTrue(shown.endswith("\nNo changes can be planned: 1 object is gone from the server.\n"), shown)
        self.assertRegex(shown, r"! roster.yaml:4: accounts.vip is gone from the server since 20\S+Z, so nothing is planned")
        self.rollcall("plan", "--refresh", "--detailed-exitcode", code=2)
        self.write("roster.yaml", ROSTER.replace("name: Ben", "name: Benjamin"))
        done = self.apply("--refresh", code=1)
        self.assertIn("Applied: 0 created, 1 updated, 0 removed.\n", done.stdout)
        self.assertIn("Gone from the server and not created again: accounts.vip.", done.stderr)
        self.rollcall("plan", "--detailed-exitcode", code=2)
        # Whoever looks at a part of it is not told to fail because of another.
        self.apply("--only", "accounts.desk")

    def test_what_is_gone_is_created_again_where_that_is_asked_for(self):
        self.without_vip()
        self.assertIn("`--recreate accounts.vip` matches nothing that is marked as missing.",
                      self.apply("--recreate", "accounts.vip", code=1).stderr)
        self.rollcall("refresh")
        old = self.state()["accounts"]["vip"]["id"]
        self.assertEqual(self.state()["accounts"]["vip"]["grants"], {"ana@example.com": "administrator"})
        shown = self.apply("--recreate", "accounts.*").stdout
        self.assertIn("Plan: 2 to create, 0 to update, 0 to remove.", shown)
        self.assertNotEqual(self.state()["accounts"]["vip"]["id"], old)
        self.assertEqual(self.access()[("VIP desk", "ana@example.com")], "administrator")
        self.assertTrue(self.rollcall("plan", "--detailed-exitcode").stdout.endswith(
            "\nNo changes. The recorded state matches the roster.\n"))

    def test_nothing_that_exists_is_created_again(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        self.apply()
        state = self.read("rollcall.state.json")
        desk = self.state()["accounts"]["desk"]
        missing = state.replace(f'"id": {desk["id"]},', f'"id": {desk["id"]}, "missing_since": "2026-05-06T07:08:09Z",', 1)
        self.write("rollcall.state.json", missing)
        self.assertIn("is on the server, so it is not created again.",
                      self.apply("--recreate", "accounts.desk", code=1).stderr)
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)

    def test_a_sign_in_address_that_was_changed_on_the_server(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        self.apply()
        user = self.state()["users"]["ben@example.com"]["id"]
        self.sandbox.api("PATCH", f"/users/{user}", {"email": "ben@new.example.com"})
        shown = self.rollcall("plan", "--refresh", "--detailed-exitcode", code=2).stdout
        self.assertIn("! users.ben@example.com has the sign-in address ben@new.example.com on the server\n", shown)
        self.assertIn("write `moved: [{from: users.ben@example.com, to: users.ben@new.example.com}]`", shown)
        self.assertTrue(shown.endswith("No changes. 1 sign-in address was changed on the server.\n"), shown)
        done = self.apply("--refresh", code=1)
        self.assertIn("users.ben@example.com (now ben@new.example.com)", done.stderr)
        self.write("roster.yaml", ROSTER.replace("ben@example.com", "ben@new.example.com") +
                   "moved:\n  - {from: users.ben@example.com, to: users.ben@new.example.com}\n")
        self.rollcall("plan", "--refresh")
        self.apply("--refresh")

    def test_a_look_at_the_server_compares_what_is_to_be_bound_and_adopted(self):
        self.server()
        api = self.sandbox.api
        desk = api("POST", "/accounts", {"name": "Old desk", "locale": "en"}).json()["id"]
        ana = api("POST", "/users", {"name": "Ana B", "email": "ana@example.com", "password": "Passw0rd!"}).json()["id"]
        api("POST", f"/accounts/{desk}/account_users", {"user_id": ana, "role": "administrator"})
        self.write("roster.yaml", ROSTER.replace("{name: Desk, locale: en}", f"{{id: {desk}, name: Desk, locale: en}}")
                   .replace("{name: Ana}", "{name: Ana, adopt: true}"))
        before = self.rollcall("plan", "--only", "grants.desk/ana@example.com").stdout
        self.assertIn('name    unknown -> "Desk"\n', before)
        shown = self.rollcall("plan", "--refresh", "--only", "grants.desk/ana@example.com").stdout
        self.assertIn(f"  ~ desk  bind to id {desk}, roster.yaml:3\n      name  \"Old desk\" -> \"Desk\"\n", shown)
        self.assertIn(f"+ ana@example.com  adopt user {ana}, roster.yaml:6\n      name  \"Ana B\" -> \"Ana\"\n", shown)
        self.assertIn("~ ana@example.com  administrator  roster.yaml:", shown)
        self.assertTrue(shown.endswith("Plan: 1 to create, 2 to update, 0 to remove. 6 other changes are left out.\n"), shown)
        self.apply("--refresh")
        self.assertEqual(self.access()[("Desk", "ana@example.com")], "administrator")
        self.assertTrue(self.rollcall("plan", "--refresh", "--detailed-exitcode").stdout.endswith(
            "\nNo changes. The recorded state matches the roster.\n"))

    def test_an_id_that_the_server_does_not_have_or_show_is_warned_of(self):
        self.server("--token", "other-app")
        ours = self.sandbox.api("POST", "/accounts", {"name": "Ours"}).json()["id"]
        other = self.sandbox.api("POST", "/accounts", {"name": "Another's"}, token="other-app").json()["id"]
        self.write("roster.yaml", "version: 1\naccounts:\n  gone: {name: Gone, id: 999}\n"
                   f"  desk: {{name: Desk, id: {ours}}}\n  other: {{name: Other, id: {other}}}\n")
        shown = self.rollcall("plan", "--refresh").stdout
        self.assertIn("roster.yaml:3: accounts.gone binds account 999, which the server does not have", shown)
        self.assertIn(f"roster.yaml:5: accounts.other binds account {other}, which this token may not read", shown)
        self.assertNotIn("accounts.desk binds", shown)
        self.assertNotIn("binds account", self.rollcall("plan").stdout)
        self.sandbox.fault(method="GET", path=f"/accounts/{other}$", action="fail", status=422)
        done = self.rollcall("plan", "--refresh", code=1)
        self.assertIn(f"accounts.other binds account {other}, which could not be read: ", done.stdout)
        self.assertIn("Some of the server could not be read", done.stderr)

    def test_a_role_that_was_raised_on_the_server_says_so(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        self.apply()
        desk, ben = self.state()["accounts"]["desk"]["id"], self.state()["users"]["ben@example.com"]["id"]
        self.sandbox.api("POST", f"/accounts/{desk}/account_users", {"user_id": ben, "role": "administrator"})
        self.assertIn("raised on the server; the roster gives agent, by roster.yaml:", self.rollcall("plan", "--refresh").stdout)

    def test_a_listing_that_is_broken_already_is_not_warned_of(self):
        self.write("roster.yaml", ROSTER.replace("VIP desk", "VIP desk, on_remove: delete"))
        self.write("rollcall.yaml", "version: 1\nguardrails: {max_removals: 100%}\n")
        self.server()
        self.apply()
        self.write("roster.yaml", ROSTER.replace("  vip: {name: VIP desk}\n", ""))
        says = "the server's listing of accounts answers 500 for this token already"
        self.assertNotIn(says, self.rollcall("plan", "--refresh", "--allow-deletes").stdout)
        account = self.sandbox.api("POST", "/accounts", {"name": "Another"}).json()["id"]
        self.sandbox.api("DELETE", f"/accounts/{account}")
        self.assertTrue(eventually(lambda: self.sandbox.api("GET", "/accounts").status == 500))
        shown = self.rollcall("plan", "--refresh", "--allow-deletes").stdout
        self.assertIn(says, shown)
        self.assertNotIn("with the deletion of accounts.vip the server's listing", shown)


if __name__ == "__main__":
    main()
