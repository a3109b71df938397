#!/usr/bin/python3
"""state list, show and rm."""

import json

from command_line import CommandLineTest, ROSTER, main

GRANTED = "[ben@example.com, kim@example.com]"


class State(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server()
        self.apply()

    def test_list_and_show(self):
        shown = self.rollcall("state", "list").stdout
        for address in ("accounts.desk", "accounts.vip", "users.ana@example.com"):
            self.assertIn(address, shown)
        self.assertNotIn("grants.desk", shown)
        self.assertIn("grants.desk/kim@example.com", self.rollcall("state", "list", "--grants").stdout)
        shown = self.rollcall("state", "show", "accounts.desk").stdout
        self.assertIn("Desk", shown)
        self.assertIn("kim@example.com", shown)
        self.assertEqual(json.loads(self.rollcall("state", "list", "--format", "json").stdout)["version"], 1)
        self.assertEqual(json.loads(self.rollcall("state", "show", "accounts.desk", "--format", "json").stdout)["version"], 1)

    def test_rm_forgets_and_leaves_the_server_alone(self):
        before = self.access()
        serial = self.state()["serial"]
        shown = self.rollcall("state", "rm", "grants.desk/kim@example.com", "users.ben@example.com").stdout
        self.assertIn("Forgot grants.desk/kim@example.com", shown)
        state = self.state()
        self.assertNotIn("ben@example.com", state["users"])
        self.assertEqual([one["address"] for one in state["forgotten"]], ["users.ben@example.com"])
        self.assertEqual(state["serial"], serial + 1)
        self.assertEqual(self.access(), before)
        self.assertIn("ben@example.com", self.read("rollcall.state.json.bak"))

    def test_a_serial_near_its_end_stops_a_run_before_it_sends_anything(self):
        text = self.read("rollcall.state.json")
        changed = text.replace(f'"serial": {self.state()["serial"]}', '"serial": 9007199254740985')
        self.write("rollcall.state.json", changed)
        sent = self.sandbox.control("GET", "counters")["by_endpoint"]
        for command in (("apply", "--auto-approve"), ("refresh",), ("state", "rm", "grants.desk/kim@example.com")):
            done = self.rollcall(*command, code=1)
            self.assertIn("has the serial 9007199254740985, and none is larger than 9007199254740991", done.stderr)
        self.assertEqual(self.sandbox.control("GET", "counters")["by_endpoint"], sent)
        self.assertEqual(self.read("rollcall.state.json"), changed)
        # What writes nothing needs no serial.
        self.rollcall("plan")

    def test_rm_takes_the_grants_along(self):
        self.rollcall("state", "rm", "accounts.desk", "users.ana@example.com")
        listed = self.rollcall("state", "list", "--grants").stdout
        self.assertNotIn("grants.", listed)
        self.assertIn("accounts.vip", listed)

    def test_rm_forgets_what_nobody_knows_the_end_of(self):
        self.write("roster.yaml", ROSTER.replace("users:\n", "users:\n  zoe@example.com: {name: Zoe}\n", 1))
        self.kill_apply_at("POST", "/users$")
        self.assertIn("The state has no users.zoe@example.com.",
                      self.rollcall("state", "show", "users.zoe@example.com", code=1).stderr)
        shown = self.rollcall("state", "rm", "users.zoe@example.com").stdout
        self.assertIn("Forgot the attempt to create users.zoe@example.com", shown)
        state = self.state()
        self.assertNotIn("unresolved", state)
        self.assertNotIn("zoe@example.com", state["users"])
        self.assertEqual([(one["address"], "id" in one) for one in state["forgotten"]], [("users.zoe@example.com", False)])

    def test_rm_says_what_was_begun(self):
        self.write("roster.yaml", ROSTER.replace(GRANTED, "[ben@example.com]"))
        self.kill_apply_at("DELETE", "/account_users$")
        kim = self.state()["users"]["kim@example.com"]["id"]
        self.sandbox.api("DELETE", f"/accounts/{self.state()['accounts']['desk']['id']}/account_users", {"user_id": kim})
        self.assertIn("Forgot grants.desk/kim@example.com.", self.rollcall("state", "rm", "grants.desk/kim@example.com").stdout)
        self.write("roster.yaml", ROSTER)
        self.kill_apply_at("POST", "/account_users$")
        self.assertIn("Forgot that grants.desk/kim@example.com (grant) was begun. What it may have done stays on the server.",
                      self.rollcall("state", "rm", "grants.desk/kim@example.com").stdout)

    def cut_power_before_granting(self):
        """Leaves a grant to kim that was intended and that nothing shows as sent."""
        self.write("roster.yaml", ROSTER.replace(GRANTED, "[ben@example.com]"))
        self.apply()
        self.write("roster.yaml", ROSTER)
        self.kill_apply_at("POST", "/account_users$")
        journal = next(self.folder.glob("*.journal"))
        *lines, sent = journal.read_bytes().splitlines(keepends=True)
        self.assertRegex(sent, rb'^[0-9a-f]{16} \{"sent": [0-9]+\}\n$')
        journal.write_bytes(b"".join(lines))

    def test_rm_says_what_was_about_to_be_sent(self):
        self.cut_power_before_granting()
        self.assertIn("Forgot that grants.desk/kim@example.com (grant) was about to be sent. What it may have done stays on the "
                      "server.", self.rollcall("state", "rm", "grants.desk/kim@example.com").stdout)

    def test_what_a_power_cut_leaves_of_what_was_only_intended(self):
        self.cut_power_before_granting()
        self.write("roster.yaml", ROSTER.replace(GRANTED, "[ben@example.com]"))
        shown = self.rollcall("plan", "--detailed-exitcode", code=2)
        self.assertIn("An earlier run was about to send more: 1 action that it may never have sent.", shown.stderr)
        self.assertNotIn("unknown", shown.stdout + shown.stderr)
        self.assertIn("No changes as far as is known: an earlier run may have sent more than is recorded, and the next apply "
                      "looks.", shown.stdout)
        self.assertEqual(json.loads(self.rollcall("plan", "--format", "json").stdout)["unresolved"], 0)
        self.assertEqual(self.rollcall("drift").stdout.count("kim"), 0)
        # It never arrived, and nobody is told of it.
        self.assertNotIn("kim", self.apply().stderr)
        self.assertNotIn("unresolved", self.state())

    def test_what_rm_has_forgotten_stops_nothing_and_is_created_or_taken_over_as_it_says(self):
        desk = self.state()["accounts"]["desk"]["id"]
        shown = self.rollcall("state", "rm", "accounts.desk", "users.ben@example.com").stdout
        self.assertIn(f"Forgot accounts.desk (id {desk}).", shown)
        self.assertIn("the next apply creates another one", shown)
        self.assertIn("only with `adopt: true`", shown)
        refused = self.rollcall("apply", "--auto-approve", code=1)
        self.assertIn("`rollcall state rm` forgot it", refused.stdout)
        created = self.state()["accounts"]["desk"]["id"]
        self.assertNotEqual(created, desk)
        self.assertEqual(self.state()["forgotten"][0]["id"], desk)

    def test_an_old_state_creates_nothing_and_says_so(self):
        old = self.read("rollcall.state.json")
        more = "accounts:\n  lab: {name: Lab}\n  den: {name: Den}\n"
        self.write("roster.yaml", ROSTER.replace("accounts:\n", more, 1))
        self.apply()
        before = self.access()
        count = len(self.sandbox.control("GET", "snapshot")["accounts"])
        for broken in (False, True):
            self.write("rollcall.state.json", old)
            if broken:
                self.sandbox.fault(method="GET", path="/accounts$", action="fail", count=100)
            refused = self.rollcall("apply", "--auto-approve", code=1)
            self.assertIn("2 accounts that this state created but does not know", refused.stderr)
            self.assertIn("Restore the newest state.", refused.stderr)
            self.assertEqual(self.access(), before)
            self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), count)

    def test_nothing_is_compared_with_a_state_that_is_not_there(self):
        for command in (["drift"], ["refresh"], ["plan", "--only-expired"], ["apply", "--only-expired", "--auto-approve"]):
            shown = self.rollcall(*command, "--state", "none.json", code=1).stderr
            self.assertIn("so there is nothing to compare with.", shown)

    def test_a_reader_says_whether_the_run_goes_on(self):
        self.write("roster.yaml", ROSTER.replace("name: Kim", "name: Kim K"))
        fault = self.sandbox.fault(method="PATCH", path="/users/")
        running = self.start("apply", "--auto-approve")
        self.assertEqual(self.sandbox.reached(fault), "held")
        for command in (["plan"], ["state", "list"], ["state", "show", "accounts.desk"]):
            shown = self.rollcall(*command).stderr
            self.assertRegex(shown,
                             rf"A run is still in progress: .*\(apply, process {running.pid}, since .*\)\. What its journal "
                             r"rollcall\.state\.json\.[0-9a-f]+\.journal \(0 outcomes\) holds is included here; nothing was")
            # What it has begun is its own: nothing to look up, and nothing to forget.
            self.assertNotIn("unknown", shown)
        running.kill()
        running.communicate()
        self.sandbox.release(fault)
        files = {path.name for path in self.folder.iterdir()}
        for command in (["plan"], ["state", "list"]):
            shown = self.rollcall(*command).stderr
            self.assertRegex(shown, r"A run was interrupted\. What its journal rollcall")
            self.assertIn("The outcome of 1 action of an earlier run is unknown", shown)
        # Without the lock's file, too: a copy of the state and its journal.
        (self.folder / "rollcall.state.json.lock").unlink()
        self.assertIn("A run was interrupted. What its", self.rollcall("plan").stderr)
        self.assertEqual({path.name for path in self.folder.iterdir()}, files - {"rollcall.state.json.lock"})
        self.apply()
        self.assertNotIn("A run", self.rollcall("plan").stderr)

    def test_one_wrong_address_changes_nothing(self):
        before = self.read("rollcall.state.json")
        for wrong in ("accounts.nowhere", "users.x@example.com", "agent_bots.none", "grants.vip/kim@example.com", "x"):
            self.assertIn("hint:", self.rollcall("state", "rm", "accounts.desk", wrong, code=1).stderr)
            self.rollcall("state", "show", wrong, code=1)
        self.assertEqual(self.read("rollcall.state.json"), before)

    def test_a_slip_of_the_finger_gets_a_suggestion(self):
        for command in ("show", "rm"):
            shown = self.rollcall("state", command, "users.bne@example.com", code=1).stderr
            self.assertIn("The state has no users.bne@example.com.", shown)
            self.assertIn("Did you mean users.ben@example.com?", shown)

    def test_that_there_is_no_state_is_said_once(self):
        for command in (["state", "list"], ["state", "show", "accounts.desk"], ["state", "rm", "accounts.desk"], ["drift"],
                        ["refresh"], ["plan", "--only-expired"], ["apply", "--only-expired", "--auto-approve"]):
            with self.subTest(command):
                shown = self.rollcall(*command, "--state", "none.json", code=1).stderr
                self.assertEqual(shown.count("none.json"), 1)
                self.assertRegex(shown, r"\Aerror: .*none.json.*\n  hint: .*\n\Z")
        self.assertIn("There is no recorded state at none.json yet", self.rollcall("plan", "--state", "none.json").stderr)


if __name__ == "__main__":
    main()
