#!/usr/bin/python3
"""Deletions that the server has not carried out yet, or did not answer, in drift report and plan."""

import json

from command_line import ROSTER, main
from drift_and_plan import DriftAndPlanTest


class DriftAndDeletions(DriftAndPlanTest):
    def accepted_deletion_of_vip(self):
        """With its key back in the roster, while the server has not carried it out."""
        roster = ROSTER.replace("{name: VIP desk}", "{name: VIP desk, on_remove: delete}")
        self.project(roster, "--job-delay", "1000s")
        self.write("roster.yaml", ROSTER.replace("  vip: {name: VIP desk}\n", ""))
        self.apply("--allow-deletes", code=1)
        self.write("roster.yaml", roster)

    def test_a_leaver_who_waits_for_a_membership_in_an_account_that_was_let_go(self):
        leaver = "  kim@example.com: {name: Kim, on_remove: delete}\n"
        roster = ROSTER.replace("  kim@example.com: {name: Kim}\n", leaver)
        self.project(roster)
        without = ROSTER.replace("  kim@example.com: {name: Kim}\n", "").replace("accounts: [desk]\n    users: [ben@example.com, kim@example.com]",
                                                                                 "accounts: [vip]\n    users: [ben@example.com]")
        without = without.replace("  desk: {name: Desk, locale: en}\n", "")
        self.write("roster.yaml", without)
        desk, kim = self.state()["accounts"]["desk"]["id"], self.state()["users"]["kim@example.com"]["id"]
        self.apply("--allow-deletes")
        self.assertEqual([item[:2] for item in self.drift()], [("pending", "users.kim@example.com")])
        told = self.rollcall("drift", code=2).stdout
        self.assertIn("Waiting (1)\n", told)
        self.assertNotIn("the next `rollcall apply` does it", told)
        self.assertIn("`rollcall plan --refresh` names the membership", told)
        shown = self.rollcall("plan", "--refresh").stdout
        self.assertIn("but is still a member of accounts.desk [R917]", shown)
        self.assertIn("remove the user from it on the server, then run `rollcall apply --refresh --allow-deletes`", shown)
        self.sandbox.api("DELETE", f"/accounts/{desk}/account_users", {"user_id": kim})
        self.assertIn("Plan: 0 to create, 0 to update, 0 to remove, 1 blocked.",
                      self.rollcall("plan", "--refresh", "--detailed-exitcode", code=2).stdout)
        self.apply("--refresh", "--allow-deletes")
        self.assertEqual(self.drift(code=0), [])
        self.assertNotIn("kim@example.com", self.read("rollcall.state.json"))

    def test_a_leaver_who_waits_and_was_deleted_by_hand(self):
        self.project(ROSTER.replace("  kim@example.com: {name: Kim}\n", "  kim@example.com: {name: Kim, on_remove: delete}\n"))
        kim = self.state()["users"]["kim@example.com"]["id"]
        self.write("roster.yaml", ROSTER.replace("  kim@example.com: {name: Kim}\n", "").replace(", kim@example.com", "").replace(
            "  desk: {name: Desk, locale: en}\n", "").replace("accounts: [desk]", "accounts: [vip]"))
        self.apply("--allow-deletes")
        self.sandbox.api("DELETE", f"/users/{kim}")
        self.sandbox.control("POST", "jobs/run")
        self.assertEqual(self.drift(code=0), [("converged", "users.kim@example.com", "")])
        self.rollcall("refresh")
        self.assertEqual(self.drift(code=0), [])
        self.assertNotIn("R917", self.rollcall("plan").stdout)

    def test_a_deletion_that_the_server_has_accepted(self):
        self.project(ROSTER.replace("{name: VIP desk}", "{name: VIP desk, on_remove: delete}"), "--job-delay", "1000s")
        self.write("roster.yaml", ROSTER.replace("  vip: {name: VIP desk}\n", ""))
        done = self.apply("--allow-deletes", code=1)
        self.assertIn("Unknown (sent, but not confirmed): 1", done.stdout)
        self.assertIn("The server has accepted the deletion, but not carried it out yet.", done.stdout)
        self.assertIs(self.state()["unresolved"][0]["accepted"], True)
        waiting = [("pending", "accounts.vip", "its deletion waits for the server's background jobs: apply again once they have run")]
        self.assertEqual(self.drift(), waiting)
        told = "accounts.vip (delete) was accepted by the server, and waits for its background jobs."
        self.assertIn(told, self.rollcall("refresh").stderr)
        self.assertEqual(self.drift(), waiting)
        self.assertIn("[R921]", self.rollcall("plan").stdout)
        # Not allowed this time: the one that was sent waits on.
        self.assertIn(told, self.apply().stderr)
        self.assertEqual(self.drift(), waiting)
        self.sandbox.control("POST", "jobs/run")
        self.rollcall("refresh")
        self.assertEqual(self.drift(code=0), [])
        self.assertNotIn("unresolved", self.state())

    def test_a_key_that_is_back_while_the_server_deletes_its_object(self):
        self.accepted_deletion_of_vip()
        for command in (["plan", "--detailed-exitcode"], ["plan", "--refresh", "--detailed-exitcode"]):
            shown = self.rollcall(*command, code=2).stdout
            self.assertIn("the server accepted the deletion of accounts.vip in an earlier run", shown)
            self.assertIn("[R921]", shown)
            self.assertIn("No changes can be planned: 1 object is about to be deleted there.", shown)
        document = json.loads(self.rollcall("plan", "--format", "json").stdout)
        self.assertEqual([(item["address"], item["since"]) for item in document["missing"]], [("accounts.vip", None)])
        self.assertEqual(document["unresolved"], 1)
        self.assertIn("About to be deleted by the server, as an earlier run asked: accounts.vip.",
                      self.apply("--refresh", code=1).stderr)
        self.assertEqual([item[:2] for item in self.drift()], [("pending", "accounts.vip")])
        # Under another key it is the same object.
        self.write("roster.yaml", self.read("roster.yaml").replace("  vip: {name: VIP desk, on_remove: delete}\n", "  gold: {name: VIP desk}\n")
                   + "moved:\n  - {from: accounts.vip, to: accounts.gold}\n")
        self.rollcall("plan", "--refresh", "--detailed-exitcode", code=2)
        self.apply("--refresh", code=1)

    def test_a_key_that_is_back_once_the_server_has_deleted_its_object(self):
        self.accepted_deletion_of_vip()
        self.sandbox.control("POST", "jobs/run")
        self.assertEqual([item[:2] for item in self.drift()], [("pending", "accounts.vip")])
        shown = self.rollcall("plan", "--refresh", "--detailed-exitcode", code=2).stdout
        self.assertIn("Plan: 2 to create, 0 to update, 0 to remove.", shown)
        self.assertNotIn("--recreate", shown)
        self.assertIn("2 created", self.apply("--refresh").stdout)
        self.assertEqual(self.drift(code=0), [])

    def test_a_deletion_whose_response_was_lost(self):
        roster = ROSTER.replace("{name: VIP desk}", "{name: VIP desk, on_remove: delete}")
        self.project(roster, "--job-delay", "1000s")
        self.write("roster.yaml", ROSTER.replace("  vip: {name: VIP desk}\n", ""))
        self.kill_apply_at("DELETE", "/accounts/[0-9]+$", "--allow-deletes")
        self.write("roster.yaml", roster)
        shown = self.rollcall("plan", "--detailed-exitcode", code=2).stdout
        self.assertIn("No changes as far as is known: the outcome of 1 action of an earlier run is unknown, and the next apply looks it up.",
                      shown)
        self.assertIn("If its request has arrived all the same, the server's background jobs will still delete it.",
                      self.apply().stderr)

    def test_what_left_the_roster_and_is_gone_is_dropped(self):
        self.project(ROSTER)
        vip = self.state()["accounts"]["vip"]["id"]
        self.write("roster.yaml", ROSTER.replace("  vip: {name: VIP desk}\n", ""))
        self.sandbox.api("DELETE", f"/accounts/{vip}")
        self.sandbox.control("POST", "jobs/run")
        shown = self.apply("--refresh").stdout
        self.assertIn("drop from the recorded state (id %d), it left the roster, and the server no longer has it" % vip, shown)
        for words in ("untouched", "stays on the server", "keeps access here", "R915"):
            self.assertNotIn(words, shown)
        self.assertNotIn("vip", self.state()["released"]["accounts"])
        self.assertEqual(self.drift(code=0), [])


if __name__ == "__main__":
    main()
