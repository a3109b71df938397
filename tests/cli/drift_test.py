#!/usr/bin/python3
"""drift and refresh: what the server says against roster and record."""

import datetime
import json
import re
import time

from command_line import CommandLineTest, ROSTER, main


class Drift(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server()
        self.apply()
        self.account = self.state()["accounts"]["desk"]["id"]

    def user(self, name):
        return self.state()["users"][f"{name}@example.com"]["id"]

    def items(self, *arguments, code):
        document = json.loads(self.rollcall("drift", "--format", "json", *arguments, code=code).stdout)
        self.assertEqual(document["format"], "rollcall-drift")
        return {(item["verdict"], item["address"], item["setting"]) for item in document["items"]}

    def set_role(self, name, role):
        self.sandbox.api("POST", f"/accounts/{self.account}/account_users", {"user_id": self.user(name), "role": role})

    def test_none(self):
        self.assertIn("No drift.", self.rollcall("drift").stdout)
        self.assertEqual(self.items(code=0), set())

    def test_changed_gone_and_unlisted_on_the_server(self):
        self.set_role("ben", "administrator")
        self.sandbox.api("DELETE", f"/accounts/{self.account}/account_users", {"user_id": self.user("kim")})
        self.sandbox.api("PATCH", f"/accounts/{self.account}", {"name": "Hacked"})
        stranger = self.sandbox.api("POST", "/users", {"name": "S", "email": "stranger@example.com",
                                                       "password": "Passw0rd!"}).json()["id"]
        self.sandbox.api("POST", f"/accounts/{self.account}/account_users", {"user_id": stranger, "role": "agent"})
        self.assertEqual(self.items(code=2), {
            ("changed", "grants.desk/ben@example.com", "role"),
            ("gone", "grants.desk/kim@example.com", "role"),
            ("changed", "accounts.desk", "name"),
            ("unlisted", "grants.desk/stranger@example.com", "role")})
        text = self.rollcall("drift", code=2).stdout
        for words in ("Hacked", "ben@example.com", "kim@example.com", "stranger@example.com"):
            self.assertIn(words, text)

    def test_unlisted_members_are_reported_kept_or_revoked(self):
        stranger = self.sandbox.api("POST", "/users", {"name": "S", "email": "stranger@example.com",
                                                       "password": "Passw0rd!"}).json()["id"]
        self.sandbox.api("POST", f"/accounts/{self.account}/account_users", {"user_id": stranger, "role": "agent"})
        def policy(word):
            self.write("roster.yaml", ROSTER.replace("{name: Desk, locale: en}",
                                                     "{name: Desk, locale: en, unlisted_members: %s}" % word))
        unlisted = {("unlisted", "grants.desk/stranger@example.com", "role")}
        self.assertEqual(self.items(code=2), unlisted)
        policy("keep")
        self.assertEqual(self.items(code=0), unlisted)
        policy("report")
        self.assertEqual(self.items(code=2), unlisted)
        self.write("rollcall.yaml", "version: 1\ndrift: {fail_on: [changed, gone]}\n")
        self.assertEqual(self.items(code=0), unlisted)
        policy("revoke")
        self.assertEqual(self.items(code=2), unlisted)
        self.apply("--refresh")
        self.assertNotIn(("Desk", "stranger@example.com"), self.access())
        self.assertEqual(self.items(code=0), set())

    def acknowledge(self, *entries):
        self.write("rollcall.yaml", "version: 1\ndrift:\n  acknowledged:\n" + "".join(f"    - {entry}\n" for entry in entries))

    def test_acknowledged_findings_do_not_count_until_their_day(self):
        self.set_role("ben", "administrator")
        self.sandbox.api("PATCH", f"/accounts/{self.account}", {"name": "Hacked"})
        today = datetime.datetime.now(datetime.timezone.utc).date()
        last = today + datetime.timedelta(days=90)
        def entry(address, until=last):
            return f'{{addresses: ["{address}"], reason: OPS-7 known, until: {until}}}'
        self.acknowledge(entry("grants.desk/b*@example.com"))
        text = self.rollcall("drift", code=2).stdout
        self.assertIn("Drift: 1 changed. Also seen: 1 acknowledged.", text)
        self.assertRegex(text, r"Acknowledged \(1\)\n.*\n  ~ grants.desk/ben@example.com role .*; "
                               rf"acknowledged until {last}: OPS-7 known\n")
        self.assertNotIn("Worth a second look", text)

        self.acknowledge(entry("grants.desk/ben@example.com"), entry("accounts.desk", today))
        done = self.rollcall("drift")
        self.assertIn("No drift. Also seen: 2 acknowledged.", done.stdout)
        document = json.loads(self.rollcall("drift", "--format", "json").stdout)
        self.assertFalse(document["drift"])
        self.assertEqual([(item["address"], item["counts"], item["acknowledged"]) for item in document["items"]],
                         [("accounts.desk", False, 1), ("grants.desk/ben@example.com", False, 0)])
        self.assertEqual([given["findings"] for given in document["acknowledgements"]], [1, 1])

    def test_an_acknowledgement_that_has_ended_or_matches_nothing_is_told(self):
        today = datetime.datetime.now(datetime.timezone.utc).date()
        yesterday = today - datetime.timedelta(days=1)
        self.acknowledge(f"{{addresses: [accounts.desk], reason: OPS-7, until: {yesterday}}}",
                         f"{{addresses: [accounts.vip], reason: OPS-8, until: {today}}}")
        done = self.rollcall("drift")
        self.assertIn(f"! rollcall.yaml:4: this entry of `acknowledged` expired on {yesterday} "
                      "and has no effect", done.stdout)
        self.assertIn("! rollcall.yaml:5: this entry of `acknowledged` matches nothing that counts as drift",
                      done.stdout)
        self.assertIn("[P012]", self.rollcall("validate").stderr)
        self.sandbox.api("PATCH", f"/accounts/{self.account}", {"name": "Hacked"})
        self.assertIn("Drift: 1 changed.", self.rollcall("drift", code=2).stdout)

    def test_an_acknowledgement_has_a_reason_and_ends_within_90_days(self):
        late = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=92)
        self.acknowledge(f"{{addresses: [accounts.desk], reason: OPS-7, until: {late}}}")
        self.assertIn("more than 90 days ahead [P011]", self.rollcall("drift", code=1).stderr)
        self.acknowledge("{addresses: [accounts.desk], until: 2026-12-31}")
        self.assertIn("`reason`", self.rollcall("drift", code=1).stderr)

    def metrics(self):
        """The samples of the file, each checked against the text format."""
        samples, family, helped = {}, None, set()
        for line in self.read("rollcall.prom").splitlines():
            if line.startswith("# "):
                comment, name, _ = line[2:].split(" ", 2)
                if comment == "HELP":
                    self.assertNotIn(name, helped)
                    helped.add(name)
                    family = name
                self.assertEqual(name, family)
                continue
            matched = re.fullmatch(r'([a-z_]+)(\{[a-z]+="[a-z_]+"(?:,[a-z]+="[a-z_]+")*\})? (\d+)', line)
            self.assertTrue(matched, line)
            self.assertEqual(matched[1], family)
            samples[matched[1] + (matched[2] or "")] = int(matched[3])
        return samples

    def test_metrics_for_a_textfile_collector(self):
        self.set_role("ben", "administrator")
        self.rollcall("drift", "--report", "metrics=rollcall.prom", code=2)
        samples = self.metrics()
        now = time.time()
        self.assertLess(abs(now - samples["rollcall_drift_last_run_timestamp_seconds"]), 600)
        self.assertLess(abs(now - samples["rollcall_state_written_timestamp_seconds"]), 600)
        self.assertEqual(samples["rollcall_state_serial"], self.state()["serial"])
        self.assertEqual(samples["rollcall_drift_complete"], 1)
        self.assertEqual(samples['rollcall_drift_findings{verdict="changed",counts="true"}'], 1)
        self.assertEqual(samples['rollcall_drift_findings{verdict="gone",counts="true"}'], 0)
        self.assertEqual(samples['rollcall_drift_objects_checked{kind="accounts"}'], 2)
        # Whoever runs the collector reads it.
        self.assertEqual((self.folder / "rollcall.prom").stat().st_mode & 0o444, 0o444)

        self.environment["ROLLCALL_TOKEN"] = "wrong"
        self.rollcall("drift", "--report", "metrics=rollcall.prom", code=1)
        self.assertEqual(self.metrics()["rollcall_drift_complete"], 0)
        (self.folder / "rollcall.state.json").unlink()
        self.rollcall("drift", "--report", "metrics=rollcall.prom", code=1)
        self.assertEqual(set(self.metrics()),
                         {"rollcall_drift_last_run_timestamp_seconds", "rollcall_drift_complete"})
        self.assertIn("--format takes text, json, markdown,", self.rollcall("plan", "--format", "metrics", code=1).stderr)

    def test_findings_about_one_setting_are_one_line(self):
        for key in ("desk", "vip"):
            account = self.state()["accounts"][key]["id"]
            self.sandbox.api("PATCH", f"/accounts/{account}", {"locale": "fr"})
        self.write("roster.yaml", ROSTER.replace("{name: VIP desk}", "{name: VIP desk, locale: en}"))
        self.apply("--refresh")
        for key in ("desk", "vip"):
            account = self.state()["accounts"][key]["id"]
            self.sandbox.api("PATCH", f"/accounts/{account}", {"locale": "fr"})
        self.assertRegex(self.rollcall("drift", code=2).stdout,
                         r'~ 2 accounts locale  "en" -> "fr" \(live\)  accounts\.desk, accounts\.vip \(--full lists them\)')
        full = self.rollcall("drift", "--full", code=2).stdout
        for key in ("desk", "vip"):
            self.assertRegex(full, rf'~ accounts\.{key} locale +"en" -> "fr" \(live\)')

    def test_pending_converged_and_conflict(self):
        self.write("roster.yaml", ROSTER.replace("name: Ben", "name: Benjamin").replace("name: VIP desk", "name: Gold")
                   .replace("locale: en", "locale: de"))
        self.sandbox.api("PATCH", f"/accounts/{self.account}", {"locale": "fr"})
        self.sandbox.api("PATCH", f"/accounts/{self.state()['accounts']['vip']['id']}", {"name": "Gold"})
        self.assertEqual(self.items(code=2), {
            ("pending", "users.ben@example.com", "name"),
            ("conflict", "accounts.desk", "locale"),
            ("converged", "accounts.vip", "name")})

    def test_skip_users_reads_two_listings_and_one_request_an_account(self):
        before = self.sandbox.control("GET", "counters")["requests"]
        self.rollcall("drift", "--skip", "users")
        after = self.sandbox.control("GET", "counters")["requests"]
        self.assertEqual(after - before, 2 + 2)
        self.rollcall("drift")
        self.assertEqual(self.sandbox.control("GET", "counters")["requests"] - after, 2 + 2 + 3)

    def test_members_whose_user_the_token_cannot_see_are_shown_by_id(self):
        from command_line import BUILD
        self.sandbox.stop()
        from sandbox_server import Sandbox
        self.sandbox = Sandbox(str(BUILD / "rollcall-sandbox"), tokens=(self.environment["ROLLCALL_TOKEN"], "other-app"))
        self.addCleanup(self.sandbox.stop)
        self.environment["ROLLCALL_SERVER"] = f"http://127.0.0.1:{self.sandbox.port}"
        (self.folder / "rollcall.state.json").unlink()
        self.apply()
        self.account = self.state()["accounts"]["desk"]["id"]
        hidden = self.sandbox.api("POST", "/users", {"name": "H", "email": "hidden@example.com",
                                                     "password": "Passw0rd!"}, token="other-app").json()["id"]
        self.sandbox.api("POST", f"/accounts/{self.account}/account_users", {"user_id": hidden, "role": "agent"})
        self.assertEqual(self.items(code=2), {("unlisted", f"grants.desk/#{hidden}", "role")})
        self.assertNotIn("hidden@example.com", self.rollcall("drift", code=2).stdout)
        self.write("roster.yaml", ROSTER.replace("locale: en}", "locale: en, unlisted_members: revoke}"))
        self.write("rollcall.yaml", "version: 1\nguardrails: {protected: {users: [root@example.com]}}\n")
        self.apply("--refresh")
        self.assertEqual(self.items(code=2), {("unlisted", f"grants.desk/#{hidden}", "role")})
        (self.folder / "rollcall.yaml").unlink()
        self.assertIn(f"#{hidden}", self.apply("--refresh").stdout)
        self.is_clean()

    def test_a_broken_listing_is_told(self):
        doomed = self.sandbox.api("POST", "/accounts", {"name": "Doomed"}).json()["id"]
        self.sandbox.api("DELETE", f"/accounts/{doomed}")
        self.sandbox.control("POST", "jobs/run")
        self.set_role("ben", "administrator")
        self.assertIn(("changed", "grants.desk/ben@example.com", "role"), self.items(code=2))
        # The search by id has taken the place of the listing.
        shown = self.rollcall("drift", code=2).stdout
        broken = r"The server's listing of accounts is broken: .* an object that the token had created was deleted"
        repair = "PlatformAppPermissible.find_each { |p| p.delete if p.permissible.nil? }"
        self.assertRegex(shown, broken)
        self.assertIn(repair, shown)
        shown = self.rollcall("refresh").stdout
        self.assertIn("Accounts were searched for by id\n", shown)
        self.assertRegex(shown, broken)
        self.assertIn(repair, shown)
        # A search that does not come to its end is no look at all accounts.
        self.sandbox.fault(method="GET", path="/accounts/[0-9]+$", action="fail", status=500, count=1000)
        shown = self.rollcall("refresh", code=1).stdout
        self.assertRegex(shown, broken + ".* The search by id did not finish: ")
        self.assertIn("The server's listing of accounts is broken, and the search by id did not finish",
                      self.rollcall("plan", "--refresh", code=1).stdout)

    def test_refresh_takes_over_and_the_next_apply_mends(self):
        self.set_role("ben", "administrator")
        self.sandbox.api("DELETE", f"/accounts/{self.account}/account_users", {"user_id": self.user("kim")})
        shown = self.rollcall("refresh").stdout
        self.assertIn("ben@example.com", shown)
        before = self.read("rollcall.state.json")
        self.rollcall("refresh")
        self.assertEqual(self.read("rollcall.state.json"), before)
        self.assertIn("Plan: 1 to create, 1 to update, 0 to remove.", self.rollcall("plan").stdout)
        self.apply()
        self.assertEqual(self.access()[("Desk", "ben@example.com")], "agent")
        self.assertEqual(self.access()[("Desk", "kim@example.com")], "agent")
        self.assertEqual(self.items(code=0), set())

    def test_refresh_never_forgets_an_account(self):
        self.sandbox.api("DELETE", f"/accounts/{self.account}")
        self.sandbox.control("POST", "jobs/run")
        self.rollcall("refresh")
        self.assertIn("missing", self.read("rollcall.state.json"))
        shown = self.rollcall("plan")
        self.assertIn("rollcall apply --recreate accounts.desk", shown.stdout + shown.stderr)
        self.apply("--recreate", "accounts.desk")
        self.assertEqual(self.access()[("Desk", "ben@example.com")], "agent")

    def test_a_wrong_token_is_never_read_as_gone(self):
        before = self.read("rollcall.state.json")
        self.rollcall("refresh", environment={"ROLLCALL_TOKEN": "wrong-token"}, code=1)
        self.rollcall("drift", environment={"ROLLCALL_TOKEN": "wrong-token"}, code=1)
        self.assertEqual(self.read("rollcall.state.json"), before)

    def test_refresh_without_a_state_is_an_error(self):
        self.rollcall("refresh", "--state", "none.json", code=1)
        self.assertFalse((self.folder / "none.json").exists())

    def fail_reads(self, path):
        """From now on such reads are refused in a way that is never tried again."""
        self.sandbox.fault(method="GET", path=path, action="fail", status=422, count=1000)

    def test_reads_that_fail_are_told_with_the_report_and_exit_1(self):
        self.fail_reads(f"/users/{self.user('ben')}$")
        for command in ("drift", "refresh"):
            done = self.rollcall(command, code=1)
            self.assertIn("Not read (1)\n", done.stdout)
            self.assertIn("! users.ben@example.com: ", done.stdout)
            self.assertIn("Checked 2 accounts, 2 users and 4 grants. 1 read failed.", done.stdout)
            self.assertIn("Some of the server could not be read.", done.stderr)
            document = json.loads(self.rollcall(command, "--format", "json", code=1).stdout)
            self.assertEqual([failure["address"] for failure in document["failures"]], ["users.ben@example.com"])
            self.assertEqual(document["checked"], {"accounts": 2, "users": 2, "grants": 4})

    def test_a_refresh_that_could_read_nothing_claims_nothing(self):
        before = self.read("rollcall.state.json")
        self.fail_reads("/account_users$")
        self.fail_reads("/users/")
        self.sandbox.fault(method="GET", path="/accounts$", action="fail", status=500, count=1000)
        self.fail_reads("/accounts/[0-9]+$")
        shown = self.rollcall("refresh", code=1).stdout
        self.assertIn("Nothing could be read: the record stays as it was. Checked 0 accounts, 0 users and 0 grants.", shown)
        document = json.loads(self.rollcall("refresh", "--format", "json", code=1).stdout)
        self.assertEqual(document["checked"], {"accounts": 0, "users": 0, "grants": 0})
        self.assertEqual(self.read("rollcall.state.json"), before)

    def test_an_address_that_was_changed_by_hand_is_told_and_not_taken(self):
        self.rollcall("refresh")
        self.sandbox.api("PATCH", f"/users/{self.user('kim')}", {"email": "kimberley@example.com"})
        shown = self.rollcall("refresh").stdout
        self.assertIn("Refreshed: nothing had to be recorded. 1 difference is not recorded.", shown)
        # The first look records how far it has seen the accounts, and nothing else.
        before = self.read("rollcall.state.json")
        self.assertNotIn("kimberley", before)
        items = json.loads(self.rollcall("refresh", "--format", "json").stdout)["items"]
        self.assertEqual([(item["setting"], item["taken"]) for item in items], [("email", False)])
        self.assertEqual(self.read("rollcall.state.json"), before)

    def test_a_bot_of_nobody_is_listed_and_a_broken_listing_of_bots_is_told(self):
        bot = self.sandbox.api("POST", "/agent_bots", {"name": "Stray", "outgoing_url": "https://x.example.com"}).json()["id"]
        self.assertEqual(self.items(code=2), {("unlisted", f"agent_bots.#{bot}", None)})
        self.write("rollcall.yaml", "version: 1\nunlisted_agent_bots: keep\n")
        self.assertEqual(self.items(code=0), {("unlisted", f"agent_bots.#{bot}", None)})
        self.sandbox.fault(method="GET", path="/agent_bots$", action="fail", status=500, count=1000)
        shown = self.rollcall("drift").stdout
        self.assertIn("The server's listing of agent bots is broken", shown)
        self.assertIn("which `unlisted_agent_bots: keep` allows", shown)
        self.assertFalse(json.loads(self.rollcall("drift", "--format", "json").stdout)["bots_listed"])
        (self.folder / "rollcall.yaml").unlink()
        done = self.rollcall("drift", code=1)
        self.assertIn("No drift in what could be read.", done.stdout)
        self.assertIn("PlatformAppPermissible.find_each { |p| p.delete if p.permissible.nil? }", done.stdout)
        self.assertIn("Some of the server could not be listed", done.stderr)

    def go_back_to_an_old_state(self):
        """An account and its grant are created after the copy that is put back."""
        old = self.read("rollcall.state.json")
        self.write("roster.yaml", ROSTER.replace("accounts:\n", "accounts:\n  lab: {name: Lab}\n", 1))
        self.apply()
        self.lab = self.state()["accounts"]["lab"]["id"]
        self.write("rollcall.state.json", old)

    def test_an_old_state_is_stale_whatever_fail_on_says(self):
        self.go_back_to_an_old_state()
        self.write("rollcall.yaml", "version: 1\nunlisted_accounts: keep\ndrift: {fail_on: []}\n")
        self.assertIn(("stale_state", "accounts.lab", None), self.items(code=2))
        shown = self.rollcall("drift", code=2).stdout
        self.assertTrue(shown.startswith("Worth a second look\n  The state is old, or there are two\n"), shown)
        self.assertIn("Restore the newer state", shown)
        self.write("roster.yaml", ROSTER)
        self.assertEqual(self.items(code=2), {("stale_state", f"accounts.#{self.lab}", None)})

    def test_an_old_state_makes_no_look_at_the_server_green(self):
        self.go_back_to_an_old_state()
        # With nothing to create that would meet it.
        self.write("roster.yaml", ROSTER)
        before = self.access()
        for command in (["plan", "--refresh"], ["refresh"], ["refresh"], ["apply", "--refresh", "--auto-approve"]):
            done = self.rollcall(*command, code=1)
            self.assertIn(f"The state is old, or there are two: the server has accounts.#{self.lab}, created by Rollcall "
                          "and missing from this state.", done.stderr)
            self.assertIn("Restore the newest state.", done.stderr)
        self.assertIn("Nothing was changed.", done.stderr)
        self.assertEqual(self.access(), before)
        shown = self.rollcall("refresh", code=1).stdout
        self.assertIn(f"Created by Rollcall, but missing from this state (1)\n", shown)
        self.assertIn("Restore the newer state", shown)
        document = json.loads(self.rollcall("refresh", "--format", "json", code=1).stdout)
        self.assertEqual([(item["verdict"], item["address"], item["taken"]) for item in document["items"]],
                         [("stale_state", f"accounts.#{self.lab}", False)])
        self.assertLess(self.state()["accounts_seen_to"], self.lab)

    def test_a_second_state_matters_to_a_plan_that_creates_what_it_has(self):
        (self.folder / "rollcall.state.json").unlink()
        self.write("roster.yaml", ROSTER.replace("accounts:\n", "accounts:\n  lab: {name: Lab}\n", 1))
        self.apply("--only", "accounts.lab")
        done = self.rollcall("plan", "--refresh", code=1)
        self.assertIn("The state is old, or there are two: the server has accounts.desk, accounts.vip, created", done.stderr)
        self.rollcall("plan", "--refresh", "--only", "accounts.lab")

    def test_a_run_that_goes_on_is_no_stale_state(self):
        self.go_back_to_an_old_state()
        for command in (["drift"], ["plan", "--refresh"]):
            fault = self.sandbox.fault(method="GET", path=f"/users/{self.user('ben')}$", nth=1, action="hold")
            process = self.start(*command)
            self.assertEqual(self.sandbox.reached(fault), "held")
            self.write("rollcall.state.json", self.read("rollcall.state.json") + "\n")
            self.sandbox.release(fault)
            stdout, stderr = process.communicate(timeout=60)
            self.assertEqual((process.returncode, stdout), (1, ""))
            self.assertIn("A run is in progress: rollcall.state.json changed while the server was read.", stderr)

    def test_a_journal_that_grows_is_a_run_that_goes_on(self):
        self.go_back_to_an_old_state()
        self.write("roster.yaml", ROSTER.replace("name: Kim", "name: Kim K"))
        first = self.sandbox.fault(method="PATCH", path="/users/", nth=1, action="hold")
        running = self.start("apply", "--auto-approve")
        self.assertEqual(self.sandbox.reached(first), "held")
        look = self.sandbox.fault(method="GET", path=f"/users/{self.user('ben')}$", nth=1, action="hold")
        process = self.start("drift")
        self.assertEqual(self.sandbox.reached(look), "held")
        self.sandbox.release(first)
        running.communicate(timeout=60)
        self.sandbox.release(look)
        stdout, stderr = process.communicate(timeout=60)
        self.assertEqual((process.returncode, stdout), (1, ""))
        self.assertIn("A run is in progress", stderr)

    def test_a_creation_that_no_apply_looks_up_says_how_it_is_forgotten(self):
        with_zoe = ROSTER.replace("users:\n", "users:\n  zoe@example.com: {name: Zoe}\n", 1)
        self.write("roster.yaml", with_zoe)
        self.kill_apply_at("POST", "/users$")
        note = lambda: json.loads(self.rollcall("drift", "--format", "json", code=2).stdout)["items"][0]["note"]  # noqa: E731
        self.assertEqual(note(), "an interrupted run: the next apply looks up what became of it")
        self.write("roster.yaml", ROSTER)
        self.assertIn("no apply looks it up while the roster does not have the user: `rollcall state rm`", note())
        self.assertIn("a user's creation is looked up only by an apply whose roster has the user. `rollcall state rm ADDRESS` "
                      "forgets an action", self.rollcall("plan").stderr)
        self.rollcall("apply")
        self.rollcall("state", "rm", "users.zoe@example.com")
        self.is_clean()

    def test_the_report_begins_with_what_deserves_a_second_look(self):
        self.write("rollcall.yaml", "version: 1\ndrift: {fail_on: []}\n")
        self.set_role("ben", "administrator")
        self.sandbox.api("POST", f"/accounts/{self.state()['accounts']['vip']['id']}/account_users",
                         {"user_id": self.user("kim"), "role": "administrator"})
        self.write("roster.yaml", ROSTER.replace("  kim@example.com: {name: Kim}\n", "").replace(", kim@example.com", ""))
        shown = self.rollcall("drift", code=2).stdout
        first = shown[:shown.index("\n\n")]
        self.assertEqual(first, """\
Worth a second look
  Unlisted administrators
    + grants.vip/kim@example.com role  live administrator
  Raised roles
    ~ grants.desk/ben@example.com role  agent -> administrator (live)  roster.yaml:13
  Users who left the roster and still have access
    = grants.desk/kim@example.com role  recorded agent, live agent""")
        self.assertIn("Drift: 1 pending (merged, not applied). Also seen: 1 changed, 1 unlisted, 1 pending", shown)

    def test_a_user_of_the_roster_who_is_a_member_by_no_rule_is_named_as_such(self):
        self.sandbox.api("POST", f"/accounts/{self.state()['accounts']['vip']['id']}/account_users",
                         {"user_id": self.user("kim"), "role": "administrator"})
        self.assertIn("+ grants.vip/kim@example.com role  live administrator; a user of the roster whom no rule lists here",
                      self.rollcall("drift", code=2).stdout)

    def test_a_line_says_what_was_and_what_is(self):
        self.write("roster.yaml", ROSTER.replace("locale: en}", "locale: en, limits: {agents: 20}}"))
        self.apply()
        self.sandbox.api("PATCH", f"/accounts/{self.account}", {"limits": {"agents": 500}})
        self.assertIn("  ~ accounts.desk limits.agents  20 -> 500 (live)  roster.yaml:3\n", self.rollcall("drift", code=2).stdout)

    def unmanaged_account(self, **fields):
        return self.sandbox.api("POST", "/accounts", {"name": "Theirs", **fields}).json()["id"]

    def test_unlisted_accounts_are_reported_unless_the_project_file_keeps_them(self):
        account = self.unmanaged_account()
        self.assertEqual(self.items(code=2), {("unlisted", f"accounts.#{account}", None)})
        self.write("rollcall.yaml", "version: 1\nunlisted_accounts: keep\n")
        self.assertEqual(self.items(code=0), {("unlisted", f"accounts.#{account}", None)})

    def test_an_account_that_the_roster_binds_is_read_with_its_members(self):
        account = self.unmanaged_account(locale="de")
        self.sandbox.api("POST", f"/accounts/{account}/account_users", {"user_id": self.user("ben"), "role": "administrator"})
        self.write("roster.yaml", ROSTER.replace("accounts:\n", f"accounts:\n  theirs: {{id: {account}, name: Theirs, locale: en}}\n", 1))
        self.assertEqual(self.items(code=2), {
            ("pending", "accounts.theirs", None), ("converged", "accounts.theirs", "name"),
            ("pending", "accounts.theirs", "locale"), ("pending", "grants.theirs/ana@example.com", "role"),
            ("unlisted", "grants.theirs/ben@example.com", "role")})
        document = json.loads(self.rollcall("drift", "--format", "json", code=2).stdout)
        live = {(item["address"], item["setting"]): (item["live"], item["live_read"]) for item in document["items"]}
        self.assertEqual(live[("accounts.theirs", None)], ("Theirs", True))
        self.assertEqual(live[("accounts.theirs", "locale")], ("de", True))

    def test_a_suspension_by_on_remove_that_was_lifted_by_hand_is_drift(self):
        suspending = ROSTER.replace("locale: en}", "locale: en, on_remove: suspend}")
        self.write("roster.yaml", suspending)
        self.apply()
        self.write("roster.yaml", re.sub(r"  desk: .*\n", "", suspending).replace("[desk]", "[vip]"))
        self.assertIn(("pending", "accounts.desk", None), self.items(code=2))
        self.rollcall("apply", "--auto-approve", "--max-removals", "100")
        self.is_clean()
        self.sandbox.api("PATCH", f"/accounts/{self.account}", {"status": "active"})
        self.assertEqual(self.items(code=2), {("changed", "accounts.desk", "status")})

    def test_a_move_that_was_not_applied_is_drift(self):
        moved = ROSTER.replace("  desk:", "  front:").replace("[desk]", "[front]")
        self.write("roster.yaml", moved + "moved:\n  - {from: accounts.desk, to: accounts.front}\n")
        self.assertEqual(self.items(code=2), {("pending", "accounts.front", "key")})
        self.apply()
        self.is_clean()

    def test_a_user_to_be_adopted_is_not_read(self):
        self.write("roster.yaml", ROSTER.replace("users:\n", "users:\n  joe@example.com: {name: Joe, adopt: true}\n", 1))
        document = json.loads(self.rollcall("drift", "--format", "json", code=2).stdout)
        self.assertEqual([(item["verdict"], item["live"], item["live_read"]) for item in document["items"]],
                         [("pending", None, False)])
        self.assertIn("wanted Joe, live not read", self.rollcall("drift", code=2).stdout)

    def test_values_keep_their_types(self):
        self.write("roster.yaml", ROSTER.replace("locale: en}", "locale: en, limits: {agents: 20}, features: {macros: true}}"))
        self.apply()
        self.sandbox.api("PATCH", f"/accounts/{self.account}", {"limits": {"agents": 500}, "features": {"macros": False}})
        document = json.loads(self.rollcall("drift", "--format", "json", code=2).stdout)
        self.assertEqual({item["setting"]: (item["wanted"], item["recorded"], item["live"]) for item in document["items"]},
                         {"limits.agents": (20, 20, 500), "features.macros": (True, True, False)})

    def advice(self, heading, code):
        """The line under a heading."""
        lines = self.rollcall("drift", code=code).stdout.splitlines()
        return lines[[line.startswith(heading) for line in lines].index(True) + 1]

    def is_clean(self):
        self.assertEqual(self.items(code=0), set())

    def test_what_is_told_about_changed_gone_and_conflicting_things_helps(self):
        self.set_role("ben", "administrator")
        self.sandbox.api("PATCH", f"/accounts/{self.account}", {"name": "Hacked"})
        self.assertIn("`rollcall apply --refresh` changes it back", self.advice("Changed on the server (2)", 2))
        self.apply("--refresh")
        self.is_clean()
        self.sandbox.api("DELETE", f"/accounts/{self.account}/account_users", {"user_id": self.user("kim")})
        self.assertIn("granted again by `rollcall apply --refresh`", self.advice("Gone from the server", 2))
        self.apply("--refresh")
        self.is_clean()
        self.sandbox.api("DELETE", f"/users/{self.user('kim')}")
        self.sandbox.control("POST", "jobs/run")
        self.assertIn("`rollcall apply --refresh --recreate PATTERN`", self.advice("Gone from the server", 2))
        self.apply("--refresh", "--recreate", "users.kim@example.com")
        self.is_clean()
        self.write("roster.yaml", ROSTER.replace("locale: en", "locale: de"))
        self.sandbox.api("PATCH", f"/accounts/{self.account}", {"locale": "fr"})
        self.assertIn("refresh and apply the roster's", self.advice("Conflict", 2))
        self.rollcall("refresh")
        self.apply()
        self.is_clean()

    def test_what_is_told_about_pending_and_converged_things_helps(self):
        wanted = ROSTER.replace("name: VIP desk", "name: Gold").replace(
            "    users: [ben@example.com, kim@example.com]", "    users: [ben@example.com, kim@example.com]\n"
            "  - {role: agent, accounts: [vip], users: [ben@example.com]}")
        self.write("roster.yaml", wanted)
        vip = self.state()["accounts"]["vip"]["id"]
        self.sandbox.api("PATCH", f"/accounts/{vip}", {"name": "Gold"})
        self.sandbox.api("POST", f"/accounts/{vip}/account_users", {"user_id": self.user("ben"), "role": "agent"})
        self.assertEqual(self.items(code=0), {("converged", "accounts.vip", "name"),
                                              ("converged", "grants.vip/ben@example.com", "role")})
        self.assertIn("`rollcall apply --refresh` records it", self.advice("Converged", 0))
        self.apply("--refresh")
        self.is_clean()
        self.write("roster.yaml", wanted.replace("{name: Kim}", "{name: Kim, on_remove: delete}"))
        self.apply()
        self.write("roster.yaml", wanted.replace("  kim@example.com: {name: Kim}\n", "").replace(", kim@example.com", ""))
        self.assertIn("deletions only with --allow-deletes", self.advice("Pending", 2))
        self.apply()
        self.assertEqual(self.items(code=2), {("pending", "users.kim@example.com", None)})
        self.apply("--allow-deletes")
        self.is_clean()

    def test_what_is_told_about_a_changed_address_helps(self):
        self.sandbox.api("PATCH", f"/users/{self.user('kim')}", {"email": "kimberley@example.com"})
        item = self.advice("Sign-in address changed on the server", 2)
        self.assertIn("an apply does not change it back; an entry in `moved` accepts the new address", item)
        self.assertIn("Write a `moved` entry for the new address", self.apply("--refresh", code=1).stderr)
        self.assertEqual(self.items(code=2), {("changed", "users.kim@example.com", "email")})
        self.write("roster.yaml", ROSTER.replace("kim@", "kimberley@") +
                   "moved:\n  - {from: users.kim@example.com, to: users.kimberley@example.com}\n")
        self.apply()
        self.is_clean()


if __name__ == "__main__":
    main()
