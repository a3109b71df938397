#!/usr/bin/python3
"""Holds what the commands really print under --format json to the schemas."""

import json
import signal

import jsonschema

from command_line import ROOT, ROSTER, CommandLineTest, main

NAMES = ["plan", "apply", "drift", "refresh", "error", "state-list", "state-show"]
SCHEMAS = {name: json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")) for name in NAMES}

LEAVING = ROSTER.replace("  vip: {name: VIP desk}\n", "").replace("name: Kim", "name: Kimberley").replace(
    "[ben@example.com, kim@example.com]", "[kim@example.com]")


class Documents(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server()

    def document(self, name, *arguments, code=0, **options):
        """The whole of stdout, which has to be one document of that format."""
        document = json.loads(self.rollcall(*arguments, "--format", "json", code=code, **options).stdout)
        return self.validated(name, document)

    def validated(self, name, document):
        self.assertEqual(document["format"], f"rollcall-{name}")
        jsonschema.Draft202012Validator(SCHEMAS[name]).validate(document)
        return document

    def id_of(self, address):
        return json.loads(self.rollcall("state", "show", address, "--format", "json").stdout)["id"]

    def test_plans(self):
        self.assertEqual(len(self.document("plan", "plan")["actions"]), 9)
        self.assertEqual(len(self.document("plan", "plan", "--only", "accounts.*", "--detailed-exitcode",
                                           code=2)["actions"]), 2)
        self.apply()
        self.assertEqual(self.document("plan", "plan", "--refresh")["actions"], [])
        self.write("roster.yaml", LEAVING)
        verbs = {action["verb"] for action in self.document("plan", "plan")["actions"]}
        self.assertEqual(verbs, {"update", "release", "revoke"})
        self.write("rollcall.yaml", "version: 1\nguardrails: {max_removals: 0}\n")
        self.assertTrue(self.document("plan", "plan", code=3)["refused"])

    def test_applies(self):
        self.sandbox.fault(method="POST", path="/users$", nth=2, action="fail", status=422)
        totals = self.document("apply", "apply", "--auto-approve", code=1)["result"]["totals"]
        self.assertEqual((totals["failed"], totals["skipped"] > 0), (1, True))
        self.assertEqual(self.document("apply", "apply", "--auto-approve")["result"]["stop"], "finished")
        self.assertIsNone(self.document("apply", "apply")["result"])
        self.write("roster.yaml", LEAVING)
        self.assertIsNone(self.document("apply", "apply", "--auto-approve", "--max-removals", "0", code=3)["result"])

    def test_an_apply_that_is_stopped_tells_why_once(self):
        wrong = {"ROLLCALL_TOKEN": "wrong-one"}
        done = self.rollcall("apply", "--auto-approve", code=1, environment=wrong)
        self.assertEqual((done.stdout + done.stderr).count("The server does not accept the token."), 1)
        document = self.document("apply", "apply", "--auto-approve", code=1, environment=wrong)
        self.assertEqual(document["result"]["fatal"]["message"], "The server does not accept the token.")

    def test_drift_and_refresh(self):
        self.apply()
        self.assertEqual(self.document("drift", "drift")["items"], [])
        self.sandbox.api("DELETE", f"/accounts/{self.id_of('accounts.desk')}/account_users",
                         {"user_id": self.id_of("users.ben@example.com")})
        self.assertTrue(self.document("drift", "drift", code=2)["drift"])
        refreshed = self.document("refresh", "refresh")
        self.assertEqual(refreshed["checked"], {"accounts": 2, "users": 3, "grants": 4})
        self.assertEqual([item["verdict"] for item in refreshed["items"]], ["gone"])

    def test_states(self):
        self.document("error", "state", "list", code=1)
        self.apply()
        self.assertEqual(len(self.document("state-list", "state", "list", "--grants")["grants"]), 4)
        for address in ("accounts.desk", "users.ana@example.com", "grants.desk/ana@example.com"):
            self.document("state-show", "state", "show", address)
        self.document("error", "state", "show", "accounts.dsk", code=1)

    def test_errors(self):
        self.assertEqual(self.document("error", "validate")["diagnostics"], [])
        self.write("roster.yaml", ROSTER.replace("role: agent", "role: agnet"))
        commands = [["validate"], ["plan"], ["apply", "--auto-approve"], ["drift"]]
        for command in commands:
            found = self.document("error", *command, code=1)["diagnostics"]
            self.assertEqual([one["line"] for one in found], [14], command)
        self.write("roster.yaml", ROSTER)
        self.document("error", "apply", code=1)
        self.document("error", "plan", "--onyl", "x", code=1)
        self.document("error", "plan", "--only", "accounts.nobody", code=1)
        self.document("error", "drift", code=1, environment={"ROLLCALL_TOKEN": "two words"})
        self.document("error", "drift", code=1, environment={"ROLLCALL_SERVER": "http://127.0.0.1:1"})
        self.write("rollcall.state.json", "{")
        for command in (["plan"], ["apply", "--auto-approve"], ["drift"], ["refresh"], ["state", "list"]):
            self.document("error", *command, code=1)

    def test_an_apply_that_is_interrupted_is_still_one_document(self):
        fault = self.sandbox.fault(method="POST", path="/users$", action="hold")
        process = self.start("apply", "--auto-approve", "--format", "json", "--parallelism", "1")
        self.assertEqual(self.sandbox.reached(fault), "held")
        process.send_signal(signal.SIGINT)
        self.await_stop(process)
        self.sandbox.release(fault)
        stdout, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        document = json.loads(stdout)
        self.validated("apply", document)
        self.assertEqual(document["result"]["stop"], "signal")
        self.assertGreater(document["result"]["totals"]["not_started"], 0)

    def test_reads_that_fail(self):
        self.apply()
        self.sandbox.fault(method="GET", path="/users/", action="fail", status=422, count=1000)
        self.assertEqual(self.document("plan", "plan", "--refresh", code=1)["unread"], 3)
        self.assertEqual(self.document("drift", "drift", code=1)["checked"]["users"], 0)
        self.assertEqual(self.document("refresh", "refresh", code=1)["checked"]["users"], 0)


if __name__ == "__main__":
    main()
