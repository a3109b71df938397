#!/usr/bin/python3
"""drift and refresh: what the server says against roster and record."""

import json

from command_line import CommandLineTest, ROSTER, main


class Drift(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server()
        self.apply()
        self.account = self.state()["accounts"]["desk"]["id"]

    def person(self, name):
        return self.state()["users"][f"{name}@example.com"]["id"]

    def items(self, *arguments, code):
        document = json.loads(self.rollcall("drift", "--format", "json", *arguments, code=code).stdout)
        self.assertEqual(document["format"], "rollcall-drift")
        return {(item["verdict"], item["address"], item["setting"]) for item in document["items"]}

    def set_role(self, name, role):
        self.sandbox.api("POST", f"/accounts/{self.account}/account_users", {"user_id": self.person(name), "role": role})

    def test_none(self):
        self.assertIn("No drift.", self.rollcall("drift").stdout)
        self.assertEqual(self.items(code=0), set())

    def test_changed_gone_and_unlisted_on_the_server(self):
        self.set_role("ben", "administrator")
        self.sandbox.api("DELETE", f"/accounts/{self.account}/account_users", {"user_id": self.person("kim")})
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

    def test_an_unlisted_member_alone_is_no_drift_unless_they_are_to_be_revoked(self):
        stranger = self.sandbox.api("POST", "/users", {"name": "S", "email": "stranger@example.com",
                                                       "password": "Passw0rd!"}).json()["id"]
        self.sandbox.api("POST", f"/accounts/{self.account}/account_users", {"user_id": stranger, "role": "agent"})
        self.assertEqual(self.items(code=0), {("unlisted", "grants.desk/stranger@example.com", "role")})
        self.write("roster.yaml", ROSTER.replace("{name: Desk, locale: en}",
                                                 "{name: Desk, locale: en, unlisted_members: revoke}"))
        self.items(code=2)
        self.apply("--refresh")
        self.assertNotIn(("Desk", "stranger@example.com"), self.access())
        self.assertEqual(self.items(code=0), set())

    def test_pending_already_so_and_conflict(self):
        self.write("roster.yaml", ROSTER.replace("name: Ben", "name: Benjamin").replace("name: VIP desk", "name: Gold")
                   .replace("locale: en", "locale: de"))
        self.sandbox.api("PATCH", f"/accounts/{self.account}", {"locale": "fr"})
        self.sandbox.api("PATCH", f"/accounts/{self.state()['accounts']['vip']['id']}", {"name": "Gold"})
        self.assertEqual(self.items(code=2), {
            ("pending", "users.ben@example.com", "name"),
            ("conflict", "accounts.desk", "locale"),
            ("already_so", "accounts.vip", "name")})

    def test_skip_users_reads_one_request_and_one_an_account(self):
        before = self.sandbox.control("GET", "counters")["requests"]
        self.rollcall("drift", "--skip", "users")
        after = self.sandbox.control("GET", "counters")["requests"]
        self.assertEqual(after - before, 1 + 2)
        self.rollcall("drift")
        self.assertEqual(self.sandbox.control("GET", "counters")["requests"] - after, 1 + 2 + 3)

    def test_members_whose_person_the_token_cannot_see_are_shown_by_id(self):
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
        self.assertEqual(self.items(code=0), {("unlisted", f"grants.desk/#{hidden}", "role")})
        self.assertNotIn("hidden@example.com", self.rollcall("drift").stdout)

    def test_a_broken_listing_is_told(self):
        doomed = self.sandbox.api("POST", "/accounts", {"name": "Doomed"}).json()["id"]
        self.sandbox.api("DELETE", f"/accounts/{doomed}")
        self.sandbox.control("POST", "jobs/run")
        self.set_role("ben", "administrator")
        self.assertIn(("changed", "grants.desk/ben@example.com", "role"), self.items(code=2))
        self.assertRegex(self.rollcall("drift", code=2).stdout, r"listing of accounts is broken")

    def test_refresh_takes_over_and_the_next_apply_mends(self):
        self.set_role("ben", "administrator")
        self.sandbox.api("DELETE", f"/accounts/{self.account}/account_users", {"user_id": self.person("kim")})
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
        self.assertIn("rollcall state rm accounts.desk", shown.stdout + shown.stderr)
        self.rollcall("state", "rm", "accounts.desk")
        self.apply()
        self.assertEqual(self.access()[("Desk", "ben@example.com")], "agent")

    def test_a_wrong_token_is_never_read_as_gone(self):
        before = self.read("rollcall.state.json")
        self.rollcall("refresh", environment={"ROLLCALL_TOKEN": "wrong-token"}, code=1)
        self.rollcall("drift", environment={"ROLLCALL_TOKEN": "wrong-token"}, code=1)
        self.assertEqual(self.read("rollcall.state.json"), before)

    def test_refresh_without_a_state_is_an_error(self):
        self.rollcall("refresh", "--state", "none.json", code=1)
        self.assertFalse((self.folder / "none.json").exists())


if __name__ == "__main__":
    main()
