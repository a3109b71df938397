#!/usr/bin/python3
"""apply: the whole way over HTTP, every verb, prompts, and what is recorded."""

import json
import os
import stat

from command_line import CommandLineTest, ROSTER, eventually, main

WHOLE = """\
version: 1
accounts:
  desk:
    name: Desk
    locale: de
    domain: desk.example.com
    support_email: help@desk.example.com
    features: {help_center: false, macros: true}
    limits: {agents: 7}
    custom_attributes: {region: emea}
    on_remove: suspend
users:
  ana@example.com: {name: Ana, display_name: A., custom_attributes: {team: emea}}
  ben@example.com: {name: Ben, on_remove: delete}
agent_bots:
  triage: {name: Triage, description: First answers, outgoing_url: https://bots.example.com/triage, account: desk}
grants:
  - {role: administrator, accounts: [desk], users: [ana@example.com]}
  - {role: agent, accounts: [desk], users: [ben@example.com]}
"""


class Apply(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.server()

    def snapshot(self):
        return self.sandbox.control("GET", "snapshot")

    def settled(self):
        self.assertIn("No changes.", self.rollcall("plan", "--detailed-exitcode").stdout)
        self.rollcall("drift")

    def test_every_setting_reaches_the_server(self):
        self.write("roster.yaml", WHOLE)
        shown = self.apply()
        self.assertIn("6 created", shown.stdout)
        self.settled()
        snapshot = self.snapshot()
        account = snapshot["accounts"][0]
        self.assertEqual((account["name"], account["locale"], account["domain"], account["support_email"]),
                         ("Desk", "de", "desk.example.com", "help@desk.example.com"))
        self.assertNotIn("help_center", account["features"])
        self.assertTrue(account["features"]["macros"])
        self.assertEqual(account["limits"], {"agents": 7})
        self.assertEqual(account["custom_attributes"]["region"], "emea")
        lineage = self.state()["lineage"]
        self.assertRegex(account["custom_attributes"]["rollcall"], rf"^{lineage}/desk/[0-9a-f]{{32}}$")
        users = {user["email"]: user for user in snapshot["users"]}
        self.assertEqual(users["ana@example.com"]["display_name"], "A.")
        self.assertEqual(users["ana@example.com"]["custom_attributes"]["team"], "emea")
        bot = snapshot["agent_bots"][0]
        self.assertEqual((bot["name"], bot["outgoing_url"], bot["account_id"]),
                         ("Triage", "https://bots.example.com/triage", account["id"]))
        self.assertEqual(self.access(), {("Desk", "ana@example.com"): "administrator",
                                         ("Desk", "ben@example.com"): "agent"})

    def test_the_state_is_private_and_holds_no_secret(self):
        self.write("roster.yaml", WHOLE)
        os.umask(0)
        self.apply()
        os.umask(0o022)
        mode = stat.S_IMODE(os.stat(self.folder / "rollcall.state.json").st_mode)
        self.assertEqual(mode, 0o600)
        self.assert_no_secret(self.read("rollcall.state.json"))

    def test_updates_demotions_and_revocations(self):
        self.write("roster.yaml", ROSTER)
        self.apply()
        self.write("roster.yaml", ROSTER.replace("{name: VIP desk}", "{name: Gold desk}")
                   .replace("accounts: [desk]\n    users: [ben@example.com, kim@example.com]",
                            "accounts: [desk]\n    users: [ben@example.com]\n"
                            "  - {role: administrator, accounts: [vip], users: [kim@example.com]}"))
        self.apply()
        self.assertEqual(self.access(), {("Desk", "ana@example.com"): "administrator",
                                         ("Gold desk", "ana@example.com"): "administrator",
                                         ("Desk", "ben@example.com"): "agent",
                                         ("Gold desk", "kim@example.com"): "administrator"})
        self.settled()
        self.write("roster.yaml", self.read("roster.yaml").replace("role: administrator, accounts: [vip]",
                                                                   "role: agent, accounts: [vip]"))
        self.apply()
        self.assertEqual(self.access()[("Gold desk", "kim@example.com")], "agent")
        self.settled()

    def test_what_leaves_the_roster(self):
        self.write("roster.yaml", WHOLE)
        self.apply()
        self.write("roster.yaml", WHOLE.replace("  ben@example.com: {name: Ben, on_remove: delete}\n", "")
                   .replace("  - {role: agent, accounts: [desk], users: [ben@example.com]}\n", ""))
        shown = self.apply().stdout
        self.assertIn("1 blocked", shown)
        self.rollcall("plan", "--detailed-exitcode", code=2)
        self.apply("--allow-deletes")
        self.assertTrue(eventually(lambda: len(self.snapshot()["users"]) == 1))
        self.assertIn("No changes.", self.rollcall("plan").stdout)
        self.write("roster.yaml", "version: 1\nusers:\n  ana@example.com: {name: Ana, display_name: A., "
                                  "custom_attributes: {team: emea}}\n")
        self.apply()
        self.assertEqual(self.snapshot()["accounts"][0]["status"], "suspended")
        self.assertEqual(self.access(), {("Desk", "ana@example.com"): "administrator"})
        self.assertIn("No changes.", self.rollcall("plan").stdout)

    def test_a_reverted_commit_binds_again_and_creates_nothing_twice(self):
        self.write("roster.yaml", WHOLE)
        self.apply()
        self.write("roster.yaml", "version: 1\nusers:\n  ana@example.com: {name: Ana}\n")
        self.apply()
        self.write("roster.yaml", WHOLE)
        self.apply()
        snapshot = self.snapshot()
        self.assertEqual([len(snapshot[kind]) for kind in ("accounts", "users", "agent_bots")], [1, 2, 1])
        self.assertEqual(snapshot["accounts"][0]["status"], "active")
        self.settled()

    def test_moves_keep_the_objects(self):
        self.write("roster.yaml", ROSTER)
        self.apply()
        before = {user["id"] for user in self.snapshot()["users"]}
        moved = ROSTER.replace("ben@example.com", "benjamin@example.com").replace("desk:", "help-desk:")
        self.write("roster.yaml", moved.replace("[desk]", "[help-desk]") +
                   "moved:\n  - {from: accounts.desk, to: accounts.help-desk}\n"
                   "  - {from: users.ben@example.com, to: users.benjamin@example.com}\n")
        self.apply()
        snapshot = self.snapshot()
        self.assertEqual({user["id"] for user in snapshot["users"]}, before)
        self.assertIn("benjamin@example.com", {user["email"] for user in snapshot["users"]})
        self.assertEqual(len(snapshot["accounts"]), 2)
        markers = sorted(account["custom_attributes"]["rollcall"].split("/")[1] for account in snapshot["accounts"])
        self.assertEqual(markers, ["help-desk", "vip"])
        self.settled()

    def test_bind_and_adopt(self):
        account = self.sandbox.api("POST", "/accounts", {"name": "Old desk"}).json()["id"]
        self.sandbox.api("POST", "/users", {"name": "Old Ana", "email": "ana@example.com", "password": "Passw0rd!"})
        self.write("roster.yaml", ROSTER.replace("{name: Desk, locale: en}", f"{{name: Desk, locale: en, id: {account}}}"))
        shown = self.apply(code=1).stdout
        self.assertIn("adopt: true", shown)
        self.write("roster.yaml", self.read("roster.yaml").replace("{name: Ana}", "{name: Ana, adopt: true}"))
        self.apply()
        snapshot = self.snapshot()
        self.assertEqual(len(snapshot["accounts"]), 2)
        self.assertEqual(snapshot["accounts"][0]["name"], "Desk")
        self.assertEqual([p["name"] for p in snapshot["users"] if p["email"] == "ana@example.com"], ["Ana"])
        self.assertEqual(self.state()["users"]["ana@example.com"]["origin"], "adopted")
        self.assertEqual(self.state()["accounts"]["desk"]["origin"], "bound")
        self.settled()

    def test_only_yes_applies(self):
        self.write("roster.yaml", ROSTER)
        for answer in ("y\n", "no\n", "YES\n", "yes please\n", "\n", ""):
            done = self.rollcall("apply", answer=answer, code=1)
            self.assertIn("Only `yes` applies: \nNothing was changed.\n", done.stderr)
        self.assertEqual(self.snapshot()["accounts"], [])
        self.assertFalse((self.folder / "rollcall.state.json").exists())
        done = self.rollcall("apply", answer="yes\n")
        self.assertIn("9 created", done.stdout)
        self.assertIn("Only `yes` applies: \n[1/9] ", done.stderr)

    def test_an_account_and_its_member_are_deleted_in_one_apply(self):
        roster = ROSTER.replace("{name: VIP desk}", "{name: VIP desk, on_remove: delete}").replace(
            "{name: Ana}", "{name: Ana, on_remove: delete}")
        self.write("roster.yaml", roster)
        self.apply()
        self.write("roster.yaml", "version: 1\naccounts:\n  desk: {name: Desk, locale: en}\n"
                   "users:\n  ben@example.com: {name: Ben}\n  kim@example.com: {name: Kim}\n"
                   "grants:\n  - {role: agent, accounts: [desk], users: [kim@example.com]}\n"
                   "  - {role: administrator, accounts: [desk], users: [ben@example.com]}\n")
        self.apply("--allow-deletes")
        self.sandbox.control("POST", "jobs/run")
        snapshot = self.snapshot()
        self.assertEqual([account["name"] for account in snapshot["accounts"]], ["Desk"])
        self.assertEqual(sorted(user["email"] for user in snapshot["users"]),
                         ["ben@example.com", "kim@example.com"])
        self.assertIn("No changes.", self.rollcall("plan", "--detailed-exitcode").stdout)
        # The listing of accounts is broken for ever by now, so they are searched for by their ids.
        shown = self.rollcall("drift").stdout
        self.assertIn("Accounts were searched for by id", shown)
        self.assertIn("No drift.", shown)

    def test_one_line_an_action_where_no_terminal_is(self):
        self.write("roster.yaml", ROSTER)
        lines = self.apply().stderr.splitlines()
        self.assertEqual(sum(line.startswith("[") for line in lines), 9, lines)
        self.write("roster.yaml", ROSTER.replace("name: Kim", "name: Kimberley"))
        self.assertNotIn("[1/1]", self.apply("--quiet").stderr)

    def test_json_is_one_document_with_plan_and_result(self):
        self.write("roster.yaml", ROSTER)
        document = json.loads(self.apply("--format", "json").stdout)
        self.assertEqual((document["format"], document["version"]), ("rollcall-apply", 1))
        self.assertEqual(document["result"]["stop"], "finished")
        self.assertIsNone(json.loads(self.apply("--format", "json").stdout)["result"])

    def test_json_needs_no_approval_where_there_is_nothing_to_apply(self):
        self.write("roster.yaml", ROSTER)
        done = self.rollcall("apply", "--format", "json", code=1)
        self.assertEqual(json.loads(done.stdout)["format"], "rollcall-error")
        self.assertIn("There are changes to apply, and --format json cannot ask.", done.stderr)
        self.assertEqual(self.access(), {})
        self.apply()
        document = json.loads(self.rollcall("apply", "--format", "json").stdout)
        self.assertEqual((document["format"], document["plan"]["actions"], document["result"]),
                         ("rollcall-apply", [], None))

    def test_verbose_shows_requests_and_no_secret(self):
        self.write("roster.yaml", ROSTER)
        shown = self.apply("-v").stderr
        self.assertRegex(shown, r"POST /platform/api/v1/accounts 200 \d+ ms")
        self.assertRegex(shown, r"POST /platform/api/v1/users 200 \d+ ms")

    def test_a_failure_skips_what_needs_it_and_nothing_else(self):
        self.write("roster.yaml", ROSTER)
        self.sandbox.fault(method="POST", path="/users$", nth=2, action="fail", status=422)
        done = self.apply(code=1)
        self.assertRegex(done.stdout, r"1 failed")
        self.assertRegex(done.stdout, r"skipped")
        self.apply()
        self.assertEqual(len(self.snapshot()["users"]), 3)
        self.settled()

    def test_a_marker_of_another_state_stops_the_run(self):
        self.write("roster.yaml", ROSTER)
        self.apply()
        (self.folder / "rollcall.state.json").unlink()
        done = self.apply(code=1)
        self.assertRegex(done.stdout + done.stderr, r"desk|vip")
        self.assertEqual(len(self.snapshot()["accounts"]), 2)

    def test_apply_refresh_records_what_it_saw(self):
        self.write("roster.yaml", ROSTER)
        self.apply()
        account = self.state()["accounts"]["desk"]["id"]
        user = self.state()["users"]["ben@example.com"]["id"]
        self.sandbox.api("POST", f"/accounts/{account}/account_users", {"user_id": user, "role": "administrator"})
        self.apply("--refresh")
        self.assertEqual(self.access()[("Desk", "ben@example.com")], "agent")
        self.settled()

    def test_apply_refresh_records_what_it_saw_even_where_nothing_is_to_do(self):
        self.write("roster.yaml", ROSTER)
        self.apply()
        account = self.state()["accounts"]["desk"]["id"]
        guest = self.sandbox.api("POST", "/users", {"name": "G", "email": "guest@example.com",
                                                    "password": "Passw0rd!"}).json()["id"]
        self.sandbox.api("POST", f"/accounts/{account}/account_users", {"user_id": guest, "role": "agent"})
        serial = self.state()["serial"]
        self.assertIn("No changes.", self.rollcall("apply", "--refresh").stdout)
        self.assertIn("guest@example.com", self.read("rollcall.state.json"))
        self.assertEqual(self.state()["serial"], serial + 1)

    def test_nobody_is_asked_about_deletions_that_are_blocked(self):
        self.write("roster.yaml", ROSTER.replace("{name: VIP desk}", "{name: VIP desk, on_remove: delete}"))
        self.apply()
        self.write("roster.yaml", ROSTER.replace("  vip: {name: VIP desk}\n", ""))
        done = self.rollcall("apply", answer="yes\n")
        self.assertNotIn("Only `yes` applies", done.stderr)
        self.assertIn("Nothing was changed: deletions run only with --allow-deletes.\n", done.stderr)
        self.assertEqual(len(self.snapshot()["accounts"]), 2)

    def test_a_leaver_who_stays_a_member_of_a_released_account_is_released(self):
        self.write("roster.yaml", ROSTER.replace("{name: Ana}", "{name: Ana, on_remove: delete}"))
        self.apply()
        self.write("roster.yaml", "version: 1\naccounts:\n  desk: {name: Desk, locale: en}\n"
                   "users:\n  ben@example.com: {name: Ben}\n  kim@example.com: {name: Kim}\n"
                   "grants:\n  - {role: agent, accounts: [desk], users: [kim@example.com]}\n"
                   "  - {role: administrator, accounts: [desk], users: [ben@example.com]}\n")
        shown = self.apply("--allow-deletes").stdout
        self.assertIn("users.ana@example.com has `on_remove: delete` but stays a member of accounts.vip", shown)
        self.assertEqual(self.access()[("VIP desk", "ana@example.com")], "administrator")
        waits = self.rollcall("plan", "--detailed-exitcode").stdout
        self.assertIn("users.ana@example.com is to be deleted (`on_remove: delete`), but is still a member of "
                      "accounts.vip", waits)
        self.assertIn("left the roster, and is deleted once no membership is left", self.rollcall("drift", code=2).stdout)
        # The account comes back without her: nothing holds the deletion up any more.
        self.write("roster.yaml", self.read("roster.yaml").replace("accounts:\n", "accounts:\n  vip: {name: VIP desk}\n")
                   .replace("administrator, accounts: [desk]", "administrator, accounts: [desk, vip]"))
        self.assertIn("1 blocked", self.apply().stdout)
        self.apply("--allow-deletes")
        self.assertTrue(eventually(lambda: len(self.snapshot()["users"]) == 2))
        self.settled()


if __name__ == "__main__":
    main()
