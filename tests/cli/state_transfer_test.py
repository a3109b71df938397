#!/usr/bin/python3
"""state pull, push, migrate and set-server."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from command_line import CommandLineTest, ROSTER, TOKEN, main  # noqa: E402
from sandbox_server import Sandbox  # noqa: E402
from state_server import StateServer  # noqa: E402
import command_line  # noqa: E402

RENAMED = ROSTER.replace("name: VIP desk", "name: VIPs")


class Transfer(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.environment["XDG_STATE_HOME"] = str(self.folder / "home")
        self.write("roster.yaml", ROSTER)
        self.server()
        self.apply()

    def test_pull_and_push(self):
        first = self.rollcall("state", "pull").stdout
        self.assertEqual(first, self.read("rollcall.state.json"))
        self.write("first.json", first)
        self.assertIn("has this state already", self.rollcall("state", "push", "first.json").stdout)
        self.write("roster.yaml", RENAMED)
        self.apply()
        second = self.rollcall("state", "pull").stdout
        self.write("second.json", second)
        done = self.rollcall("state", "push", "first.json", code=1)
        self.assertIn("the other state is older (serial 1)", done.stderr)
        # Back to the first one by hand: now the second is newer.
        self.write("rollcall.state.json", first)
        self.assertIn("(serial 2)", self.rollcall("state", "push", "second.json").stdout)
        self.assertEqual(self.read("rollcall.state.json"), second)
        self.write("other.json", second.replace('"name": "VIPs"', '"name": "V"'))
        self.assertIn("has serial 2 as well", self.rollcall("state", "push", "other.json", code=1).stderr)
        foreign = json.loads(second)
        foreign["lineage"] = "6f1c1a52-3b0e-4a57-9d1b-0c2f6a7e8b90"
        self.write("foreign.json", second.replace(json.loads(second)["lineage"], foreign["lineage"]))
        self.assertIn("has the lineage", self.rollcall("state", "push", "foreign.json", code=1).stderr)
        self.assertIn("There is no file", self.rollcall("state", "push", "none.json", code=1).stderr)
        self.assertIn("is not a state of Rollcall", self.rollcall("state", "push", "roster.yaml", code=1).stderr)
        self.assertEqual(self.read("rollcall.state.json"), second)
        # Where nothing is recorded any state is taken.
        self.rollcall("state", "push", "foreign.json", "--state", "elsewhere.json")
        self.assertEqual(self.read("elsewhere.json"), self.read("foreign.json"))
        self.assertIn("There is no state at none.json", self.rollcall("state", "pull", "--state", "none.json", code=1).stderr)

    def test_migrate_to_a_server_and_back(self):
        states = StateServer()
        self.addCleanup(states.stop)
        before = self.read("rollcall.state.json")
        done = self.rollcall("state", "migrate", "--to", states.url())
        self.assertIn(f"The state is at {states.url()} now (serial 1).", done.stdout)
        self.assertEqual(json.dumps(states.state()), json.dumps(json.loads(before)))
        self.assertIsNone(states.lock_of())
        self.assertEqual(self.read("rollcall.state.json"), before)
        self.environment["ROLLCALL_STATE"] = states.url()
        self.assertIn("No changes.", self.rollcall("plan", "--detailed-exitcode").stdout)
        self.write("roster.yaml", RENAMED)
        self.apply()
        # What went on there is newer than what stayed here.
        done = self.rollcall("state", "migrate", "--state", "rollcall.state.json", "--to", states.url(), code=1)
        self.assertIn("the other state is older (serial 1)", done.stderr)
        self.rollcall("state", "migrate", "--to", "rollcall.state.json")
        self.assertEqual(self.state()["serial"], 3)
        self.assertEqual(self.rollcall("state", "pull").stdout, self.read("rollcall.state.json"))

    def test_migrate_takes_a_journal_along(self):
        self.write("roster.yaml", RENAMED)
        self.kill_apply_at("PATCH", "/accounts/")
        self.rollcall("state", "migrate", "--to", "new.json")
        self.assertEqual(list(self.folder.glob("rollcall.state.json.*.journal")), [])
        self.environment["ROLLCALL_STATE"] = "new.json"
        self.apply()
        self.rollcall("plan", "--detailed-exitcode")

    def test_migrate_says_what_is_missing(self):
        self.assertIn("There is no --to", self.rollcall("state", "migrate", code=1).stderr)
        done = self.rollcall("state", "migrate", "--to", "rollcall.state.json", code=1)
        self.assertIn("The state is at rollcall.state.json already.", done.stderr)
        done = self.rollcall("state", "migrate", "--to", "ftp://bucket/key", code=1)
        self.assertIn("starts with `ftp://`, where no state is kept", done.stderr)

    def another_server(self, data):
        sandbox = Sandbox(str(command_line.BUILD / "rollcall-sandbox"), *data, tokens=(TOKEN,))
        self.addCleanup(sandbox.stop)
        return f"http://127.0.0.1:{sandbox.port}"

    def test_set_server(self):
        data = self.folder / "server.json"
        self.sandbox.stop()
        (self.folder / "rollcall.state.json").unlink()
        self.server("--data", str(data))
        self.apply()
        old = self.environment.pop("ROLLCALL_SERVER")
        copy = self.folder / "copy.json"
        self.sandbox.stop()
        copy.write_bytes(data.read_bytes())
        new = self.another_server(("--data", str(copy)))
        self.assertIn(f"belongs to {old}, not to {new}", self.rollcall("plan", "--server", new, code=1).stderr)
        done = self.rollcall("state", "set-server", new)
        self.assertEqual(done.stdout, f"The state belongs to {new} now, and no longer to {old}.\n")
        self.assertEqual(self.state()["server"], new)
        self.assertIn("belongs to", self.rollcall("state", "set-server", new).stdout)
        self.assertIn("No changes.", self.rollcall("plan", "--server", new, "--detailed-exitcode").stdout)
        # Another Chatwoot has other accounts under these ids, or none.
        empty = self.another_server(())
        before = self.read("rollcall.state.json")
        done = self.rollcall("state", "set-server", empty, code=1)
        self.assertIn(f"{empty} is not the server that this state records: accounts.desk, accounts.vip, ", done.stderr)
        self.assertEqual(self.read("rollcall.state.json"), before)

    def test_set_server_asks_where_there_is_no_marker(self):
        data = self.folder / "server.json"
        self.sandbox.stop()
        (self.folder / "rollcall.state.json").unlink()
        self.server("--data", str(data))
        self.write("roster.yaml", ROSTER + "agent_bots:\n  triage: {name: Triage, account: desk}\n")
        self.apply()
        self.environment.pop("ROLLCALL_SERVER")
        self.sandbox.stop()
        new = self.another_server(("--data", str(data)))
        done = self.rollcall("state", "set-server", new, answer="no\n", code=1)
        self.assertIn("Alike by id and name, without a marker: agent_bots.triage.", done.stderr)
        self.assertIn("Nothing was changed.", done.stderr)
        self.rollcall("state", "set-server", new, answer="yes\n")
        self.assertEqual(self.state()["server"], new)


if __name__ == "__main__":
    main()
