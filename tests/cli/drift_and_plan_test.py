#!/usr/bin/python3
"""Drift of what is managed, in the plan."""

from command_line import ROSTER, main
from drift_and_plan import DriftAndPlanTest


class DriftAndPlan(DriftAndPlanTest):
    def test_an_account_that_was_suspended_and_is_active_again(self):
        self.project(ROSTER.replace("{name: VIP desk}", "{name: VIP desk, on_remove: suspend}"))
        vip = self.state()["accounts"]["vip"]["id"]
        self.write("roster.yaml", ROSTER.replace("  vip: {name: VIP desk}\n", ""))
        self.apply()
        self.sandbox.api("PATCH", f"/accounts/{vip}", {"status": "active"})
        shown = self.mended_by_an_apply(found=[("changed", "accounts.vip")])
        self.assertIn("- accounts.vip \"VIP desk\": suspend (id %d): 1 user loses access" % vip, shown)
        self.assertIn("it was suspended when it left the roster, and is active again on the server", shown)
        self.assertEqual(self.sandbox.api("GET", f"/accounts/{vip}").json()["status"], "suspended")

    def test_access_that_has_ended_and_was_given_by_hand(self):
        for policy in ("report", "keep"):
            with self.subTest(policy=policy):
                (self.folder / "rollcall.state.json").unlink(missing_ok=True)
                self.project(ROSTER.replace("locale: en}", f"locale: en, unlisted_members: {policy}}}").replace(
                    "    users: [ben@example.com, kim@example.com]",
                    "    users: [ben@example.com]\n  - {role: agent, accounts: [desk], users: [kim@example.com], until: 2026-01-31}"))
                desk, kim = (self.state()[kind][key]["id"] for kind, key in (("accounts", "desk"), ("users", "kim@example.com")))
                self.sandbox.api("POST", f"/accounts/{desk}/account_users", {"user_id": kim, "role": "administrator"})
                shown = self.mended_by_an_apply("--only-expired", found=[("expired", "grants.desk/kim@example.com")])
                self.assertIn("expired on 2026-01-31 by roster.yaml:17", shown)
                self.assertNotIn(("Desk", "kim@example.com"), self.access())

    def test_a_role_that_was_raised_is_named_so_far_as_it_is_known(self):
        self.project(ROSTER)
        desk, ben = self.state()["accounts"]["desk"]["id"], self.state()["users"]["ben@example.com"]["id"]
        self.sandbox.api("POST", f"/accounts/{desk}/account_users", {"user_id": ben, "role": "administrator"})
        self.assertIn("raised on the server; the roster gives agent", self.rollcall("plan", "--refresh").stdout)
        shown = self.mended_by_an_apply(found=[("changed", "grants.desk/ben@example.com")])
        self.assertIn("the roster gives a lower role", shown)

    def test_what_comes_back_is_compared_with_the_server(self):
        self.project(ROSTER)
        desk = self.state()["accounts"]["desk"]["id"]
        self.write("roster.yaml", ROSTER.replace("  desk: {name: Desk, locale: en}\n", "").replace("accounts: [desk]", "accounts: [vip]"))
        self.apply()
        self.sandbox.api("PATCH", f"/accounts/{desk}", {"locale": "fr"})
        self.write("roster.yaml", ROSTER)
        self.assertIn('unknown -> "en"', self.rollcall("plan").stdout)
        shown = self.rollcall("plan", "--refresh").stdout
        self.assertIn('"fr" -> "en"', shown)
        self.assertNotIn("unknown", shown)

    def test_what_comes_back_suspended_counts_as_a_removal(self):
        users = "".join(f"  u{number}@example.com: {{name: U}}\n" for number in range(12))
        roster = ROSTER.replace("users:\n", "users:\n" + users, 1) + (
            "  - {role: agent, accounts: [vip], users: [%s]}\n" % ", ".join(f"u{number}@example.com" for number in range(12)))
        self.project(roster)
        self.write("roster.yaml", roster.replace("  vip: {name: VIP desk}\n", "").replace("accounts: [vip]", "accounts: [desk]"))
        self.apply()
        back = roster.replace("  vip: {name: VIP desk}\n", "  %s: {name: VIP desk, status: suspended}\n")
        for key, moved in (("vip", ""), ("gold", "moved:\n  - {from: accounts.vip, to: accounts.gold}\n")):
            self.write("roster.yaml", back.replace("accounts: [vip]", f"accounts: [{key}]") % key + moved)
            for options in ([], ["--refresh"]):
                shown = self.rollcall("plan", *options, code=3).stdout
                self.assertIn("users lose access", shown)
            self.assertIn('"active" -> "suspended"', shown)
            self.apply("--refresh", code=3)

    def test_a_leaver_who_is_a_member_of_an_account_that_nobody_manages(self):
        self.project(ROSTER.replace("  kim@example.com: {name: Kim}\n", "  kim@example.com: {name: Kim, on_remove: delete}\n"))
        kim = self.state()["users"]["kim@example.com"]["id"]
        other = self.sandbox.api("POST", "/accounts", {"name": "Other"}).json()["id"]
        self.sandbox.api("POST", f"/accounts/{other}/account_users", {"user_id": kim, "role": "agent"})
        self.write("roster.yaml", ROSTER.replace("  kim@example.com: {name: Kim}\n", "").replace(", kim@example.com", ""))
        shown = self.rollcall("plan", "--refresh", "--allow-deletes").stdout
        self.assertIn(f"stays a member of account {other}, which is not managed", shown)
        self.assertIn("Plan: 0 to create, 0 to update, 1 to remove, 1 to release.", shown)
        self.apply("--refresh", "--allow-deletes")
        self.sandbox.api("DELETE", f"/accounts/{other}/account_users", {"user_id": kim})
        self.apply("--refresh", "--allow-deletes")
        self.assertNotIn("kim@example.com", self.read("rollcall.state.json"))

    def test_the_grants_of_a_user_who_is_gone_are_told_with_the_user(self):
        self.project(ROSTER)
        self.sandbox.api("DELETE", f"/users/{self.state()['users']['kim@example.com']['id']}")
        self.sandbox.control("POST", "jobs/run")
        self.rollcall("refresh")
        self.assertEqual([item[:2] for item in self.drift()], [("gone", "users.kim@example.com")])
        self.rollcall("plan", "--refresh", "--detailed-exitcode", code=2)

    def test_the_members_of_an_account_that_is_bound_are_no_news(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        account = self.sandbox.api("POST", "/accounts", {"name": "Old"}).json()["id"]
        self.stranger(account, "guest@example.com")
        self.write("roster.yaml", ROSTER.replace("accounts:\n", f"accounts:\n  old: {{name: Old, id: {account}}}\n", 1))
        self.assertNotIn("not seen before", self.apply("--refresh").stdout)

    def test_a_membership_without_a_role_is_named_as_such(self):
        self.project(ROSTER.replace("locale: en}", "locale: en, unlisted_members: revoke}"))
        self.stranger(self.state()["accounts"]["desk"]["id"], "guest@example.com", None)
        shown = self.rollcall("plan", "--refresh").stdout
        self.assertIn("- guest@example.com: no role in desk", shown)
        self.assertRegex(shown, "- guest@example.com  no role  ")
        self.assertIn("(no role)", self.apply("--refresh").stderr)

    def test_more_members_than_one_run_looks_up(self):
        self.write("rollcall.yaml", "version: 1\nrequests_per_minute: 100000\n")
        self.project(ROSTER.replace("locale: en}", "locale: en, unlisted_members: keep}"))
        desk = self.state()["accounts"]["desk"]["id"]
        for number in range(1001):
            self.stranger(desk, f"guest{number}@example.com")
        self.assertEqual(len(self.drift(code=0)), 1001)
        self.rollcall("plan", "--refresh", "--detailed-exitcode")
        # Whoever has no recorded id may be one of them.
        with_lee = self.read("roster.yaml").replace("users:\n", "users:\n  lee@example.com: {name: Lee}\n", 1).replace(
            "[ben@example.com,", "[lee@example.com, ben@example.com,")
        self.write("roster.yaml", with_lee)
        done = self.rollcall("drift", code=1)
        self.assertIn("1 member that the roster does not list was not looked up", done.stdout)
        # A refresh knows no roster; each one goes on with those whom it does not know.
        self.rollcall("refresh", code=1)
        self.rollcall("refresh")


if __name__ == "__main__":
    main()
