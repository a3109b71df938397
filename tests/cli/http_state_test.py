#!/usr/bin/python3
"""A state on a server that speaks the protocol of Terraform's HTTP backend."""

import base64
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from command_line import CommandLineTest, ROSTER, main  # noqa: E402
from state_server import StateServer  # noqa: E402

PASSWORD = "a-password-of-the-state"
USERS = {f"ana:{PASSWORD}": "maintainer", "ben:bens-own-password": "developer",
         "gitlab-ci-token:the-token-of-the-job": "maintainer"}


class SharedState(CommandLineTest):
    dialect = "gitlab"

    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server()
        self.states = StateServer(self.dialect, USERS)
        self.addCleanup(self.states.stop)
        self.environment["XDG_STATE_HOME"] = str(self.folder / "home")
        self.environment["ROLLCALL_STATE"] = self.states.url()
        self.as_user("ana", PASSWORD)

    def as_user(self, name, password):
        self.environment["ROLLCALL_STATE_USERNAME"] = name
        self.environment["ROLLCALL_STATE_PASSWORD"] = password

    def assert_no_secret(self, text):
        super().assert_no_secret(text)
        for secret in (PASSWORD, "bens-own-password", "the-token-of-the-job"):
            self.assertNotIn(secret, text)

    def journals(self):
        return list((self.folder / "home").rglob("*.journal"))

    def lose_a_connection_at_every_step(self, steps):
        """`steps`: method and how many requests of it an apply sends."""
        for number, (method, what, when, nth) in enumerate(
                (method, what, when, nth) for method, most in steps
                for what in ("drop", 503) for when in ("before", "after") for nth in range(1, most + 1)):
            with self.subTest(method=method, what=what, when=when, nth=nth):
                roster = ROSTER.replace("name: VIP desk", f"name: VIP desk {number}")
                self.write("roster.yaml", roster)
                self.states.fail(method, what, when, nth)
                serial = (self.states.state() or {"serial": 0})["serial"]
                self.apply()
                self.assertEqual(self.states.state()["serial"], serial + 2)
                self.assertIsNone(self.states.lock_of())
                self.assertEqual(self.states.faults, [])
                self.rollcall("plan", "--detailed-exitcode")


class Gitlab(SharedState):
    def test_a_lost_connection_at_every_step(self):
        # An apply locks, writes twice and unlocks.
        self.lose_a_connection_at_every_step([("GET", 4), ("POST", 3), ("DELETE", 1)])

    def test_two_runners_that_share_no_disk(self):
        self.apply()
        before = self.access()
        # The first write says what the run may do, the last one what it did.
        self.assertEqual(self.states.state()["serial"], 2)
        self.assertIsNone(self.states.lock_of())
        self.assertEqual(self.journals(), [])
        # Another runner: nothing of the first one's folder.
        self.environment["XDG_STATE_HOME"] = str(self.folder / "another-home")
        self.assertIn("No changes.", self.rollcall("plan", "--detailed-exitcode").stdout)
        self.assertIn("No drift", self.rollcall("drift").stdout)
        self.write("roster.yaml", ROSTER.replace("[ben@example.com, kim@example.com]", "[ben@example.com]"))
        self.apply()
        self.assertEqual(set(before) - set(self.access()), {("Desk", "kim@example.com")})
        self.assertEqual(self.states.state()["serial"], 4)
        self.assertFalse((self.folder / "rollcall.state.json").exists())

    def test_what_only_reads_neither_locks_nor_needs_the_right_to(self):
        self.apply()
        self.as_user("ben", "bens-own-password")
        self.states.requests.clear()
        self.rollcall("plan", "--detailed-exitcode")
        self.rollcall("drift")
        self.rollcall("state", "list")
        self.assertEqual(set(self.states.methods()), {"GET"})
        self.write("roster.yaml", ROSTER.replace("name: VIP desk", "name: VIPs"))
        done = self.apply(code=1)
        self.assertIn("These credentials may not have the state", done.stderr)
        self.assertIn("Maintainer may lock and write it", done.stderr)

    def test_the_holder_is_named_with_its_job(self):
        self.environment["CI_JOB_URL"] = "https://gitlab.example.com/ops/access/-/jobs/815"
        held, process = self.hold_apply("POST", "/accounts$")
        done = self.apply(code=1)
        self.assertRegex(done.stderr, rf"is locked by \S+@\S+ \(apply, process {process.pid}, since \S+, "
                                      r"job https://gitlab.example.com/ops/access/-/jobs/815\), for \d+ s now\.")
        identity = self.states.lock_of()["ID"]
        self.assertIn(f"`rollcall unlock {identity}` removes it", done.stderr)
        # Who only looks is told that a run may be going on, and is not kept waiting.
        self.assertIn("to create", self.rollcall("plan").stdout)
        self.sandbox.release(held, "continue")
        self.assertEqual(process.wait(60), 0)
        process.communicate()
        self.assertIsNone(self.states.lock_of())

    def test_waiting_for_the_lock(self):
        held, process = self.hold_apply("POST", "/accounts$")
        second = self.start("apply", "--auto-approve", "--lock-timeout", "60s")
        line = second.stderr.readline()
        self.assertRegex(line, r"is locked by .* Waiting for it\.")
        self.sandbox.release(held, "continue")
        process.communicate(timeout=60)
        second.communicate(timeout=60)
        self.assertEqual((process.returncode, second.returncode), (0, 0))
        self.assertEqual(self.states.state()["serial"], 2)

    def test_the_lock_of_a_dead_run(self):
        self.kill_apply_at("POST", "/accounts$")
        identity = self.states.lock_of()["ID"]
        self.assertIn("is locked by", self.apply(code=1).stderr)
        # A plan beside it exits as it would without.
        self.rollcall("plan", "--detailed-exitcode", code=2)
        done = self.rollcall("unlock", "another-id", code=1)
        self.assertIn("has no lock with this ID", done.stderr)
        done = self.rollcall("unlock", answer="no\n", code=1)
        self.assertIn("Nothing was changed.", done.stderr)
        self.assertEqual(self.states.lock_of()["ID"], identity)
        self.assertIn("is removed.", self.rollcall("unlock", identity).stdout)
        self.assertIsNone(self.states.lock_of())
        self.assertIn("is not locked.", self.rollcall("unlock").stdout)
        self.apply()
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)
        self.assertEqual(self.journals(), [])

    def test_a_runner_that_is_gone_with_its_journal(self):
        self.write("roster.yaml", ROSTER.replace("name: VIP desk", "name: VIPs").replace("kim@example.com]", "ben@example.com]"))
        self.apply()
        self.write("roster.yaml", ROSTER + "  - {role: agent, accounts: [vip], users: [kim@example.com]}\n")
        # Two renamings and a grant are done by then; the runner and its folder are gone, and its lock stays.
        self.kill_apply_at("POST", "/account_users$", nth=2)
        for journal in self.journals():
            journal.unlink()
        self.assertEqual(self.states.state()["applying"]["touched"][0], "accounts.desk")
        self.rollcall("unlock", self.states.lock_of()["ID"])
        seen = self.rollcall("plan", "--detailed-exitcode", code=2)
        self.assertRegex(seen.stderr, r"A run has begun and not ended: \S+@\S+ \(apply, process \d+, since \S+\)\. Its journal ")
        self.assertIn("what it has done since its last checkpoint is not counted in here.", seen.stderr)
        done = self.apply()
        self.assertIn("Its journal is not on this machine, so the server is asked what it did.", done.stderr)
        self.assertNotIn("applying", self.states.state())
        self.rollcall("plan", "--detailed-exitcode")
        self.assertIn("No drift", self.rollcall("drift").stdout)

    def test_a_grant_of_a_runner_that_is_gone_is_still_managed(self):
        self.apply()
        self.write("roster.yaml", ROSTER + "  - {role: agent, accounts: [vip], users: [ben@example.com]}\n"
                                           "  - {role: agent, accounts: [vip], users: [kim@example.com]}\n")
        self.kill_apply_at("POST", "/account_users$", nth=2)
        for journal in self.journals():
            journal.unlink()
        self.rollcall("unlock", self.states.lock_of()["ID"])
        self.write("roster.yaml", ROSTER)
        self.apply()
        self.assertEqual({who for account, who in self.access() if account == "VIP desk"}, {"ana@example.com"})
        self.rollcall("plan", "--detailed-exitcode")
        self.rollcall("drift")

    def test_a_journal_that_says_nothing_is_in_nobodys_way(self):
        held, process = self.hold_apply("GET", "/accounts$")
        process.kill()
        process.communicate()
        self.sandbox.release(held, "drop")
        self.assertEqual(len(self.journals()), 1)
        self.rollcall("unlock", self.states.lock_of()["ID"])
        self.rollcall("apply", "--auto-approve", environment={"XDG_STATE_HOME": str(self.folder / "another-home")})
        self.rollcall("plan", "--detailed-exitcode")
        self.apply()
        self.assertEqual(self.journals(), [])

    def test_a_run_that_went_on_without_its_lock_is_looked_into(self):
        self.apply()
        self.write("roster.yaml", ROSTER.replace("users:\n", "  one: {name: New one}\nusers:\n", 1))
        held, process = self.hold_apply("POST", "/accounts$")
        # Somebody takes the lock of a run that is alive, and another run makes the account.
        self.rollcall("unlock", self.states.lock_of()["ID"])
        self.rollcall("apply", "--auto-approve", environment={"XDG_STATE_HOME": str(self.folder / "another-home")})
        self.sandbox.release(held, "continue")
        self.assertEqual(process.wait(60), 1)
        process.communicate()
        done = self.apply(code=1)
        self.assertIn("What that one began is looked up again.", done.stderr)
        self.assertRegex(done.stderr, r"The server shows account \d+ as one that an interrupted run created for accounts\.one")
        self.assertIn("delete account", done.stderr)

    def test_a_lock_that_cannot_be_let_go_is_told(self):
        self.states.fail("DELETE", 500)
        done = self.apply(code=1)
        identity = self.states.lock_of()["ID"]
        self.assertIn("The lock of", done.stderr)
        self.assertIn(f"`rollcall unlock {identity}` removes it.", done.stderr)
        self.rollcall("unlock", identity)
        self.rollcall("plan", "--detailed-exitcode")

    def test_a_signal_lets_the_lock_go(self):
        self.stop_apply_at("POST", "/accounts$")
        self.assertIsNone(self.states.lock_of())
        self.assertNotIn("applying", self.states.state())

    def test_a_server_that_repeats_what_it_was_sent(self):
        words = base64.b64encode(f"ana:{PASSWORD}".encode()).decode()
        self.states.set_lock({"ID": "7d1b3d62", "Operation": "", "Info": "", "Who": words, "Version": "",
                              "Created": "2026-01-31T23:59:59Z", "Path": ""})
        done = self.apply(code=1)
        self.assertIn("is locked by *** (since", done.stderr)
        self.assertNotIn(words, done.stderr)

    def test_the_id_of_another_program_is_quoted(self):
        self.states.set_lock({"ID": "x'1;`id`", "Operation": "", "Info": "", "Who": "kim", "Version": "", "Created": "",
                              "Path": ""})
        self.assertIn("""`rollcall unlock 'x'\\''1;`id`'`""", self.apply(code=1).stderr)

    def test_a_wrong_id_is_refused_whatever_went_before(self):
        self.states.set_lock({"ID": "right", "Operation": "", "Info": "", "Who": "kim", "Version": "", "Created": "",
                              "Path": ""})
        self.states.fail("DELETE", 503)
        self.assertIn("has no lock with this ID", self.rollcall("unlock", "wrong", code=1).stderr)
        self.assertEqual(self.states.lock_of()["ID"], "right")

    def test_the_lock_of_another_program(self):
        self.states.set_lock({"ID": "7d1b3d62-1f0e-4d8c-8d0f-7f2f5d1c1a11", "Operation": "OperationTypeApply", "Info": "",
                              "Who": "kim@laptop", "Version": "1.9.0", "Created": "2026-01-31T23:59:59Z", "Path": ""})
        done = self.apply(code=1)
        self.assertIn("is locked by kim@laptop (since 2026-01-31T23:59:59Z), for ", done.stderr)
        self.assertIn("is removed.", self.rollcall("unlock", answer="yes\n").stdout)

    def test_a_server_that_goes_away_during_an_apply(self):
        held, process = self.hold_apply("POST", "/account_users$")
        self.states.go_away()
        self.sandbox.release(held, "continue")
        _, said = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, said)
        journal, = self.journals()
        self.assertIn("rollcall could not be read: 127.0.0.1 closed the connection without a response.", said)
        self.assertIn(f"What this run did is in {journal}.", said)
        self.assertIn("The next apply or refresh on this machine merges what the state does not have yet.", said)
        self.assertEqual(journal.stat().st_mode & 0o777, 0o600)
        self.assertEqual(journal.parent.stat().st_mode & 0o777, 0o700)

    def test_credentials(self):
        self.as_user("ana", "a-wrong-password")
        self.assertIn("did not accept user name and password (401)", self.rollcall("plan", code=1).stderr)
        del self.environment["ROLLCALL_STATE_PASSWORD"]
        self.assertIn("ROLLCALL_STATE_USERNAME is set, and ROLLCALL_STATE_PASSWORD is not.",
                      self.rollcall("plan", code=1).stderr)
        del self.environment["ROLLCALL_STATE_USERNAME"]
        self.assertIn("wants a user name and a password", self.rollcall("plan", code=1).stderr)
        # The job's own token goes to the GitLab of the job by itself, and nowhere else.
        self.environment["CI_JOB_TOKEN"] = "the-token-of-the-job"
        self.assertIn("wants a user name and a password", self.rollcall("plan", code=1).stderr)
        self.environment["CI_API_V4_URL"] = "https://gitlab.example.com/api/v4"
        self.assertIn("wants a user name and a password", self.rollcall("plan", code=1).stderr)
        self.environment["CI_API_V4_URL"] = f"http://127.0.0.1:{self.states.port}/api/v4"
        self.rollcall("plan")

    def test_a_password_is_not_sent_where_only_the_repository_says_so(self):
        self.write("rollcall.yaml", f"version: 1\nstate: {self.environment.pop('ROLLCALL_STATE')}\n")
        self.rollcall("plan")
        self.states.requests.clear()
        done = self.rollcall("plan", code=1, environment={"CI": "true"})
        self.assertIn("The password of the state is not sent to 127.0.0.1", done.stderr)
        self.assertEqual(self.states.methods(), [])

    def test_wrong_places(self):
        done = self.rollcall("plan", "--state", self.states.url(project=8), code=1)
        self.assertIn("There is no place for the state", done.stderr)
        done = self.rollcall("plan", "--state", "http://states.example.com/rollcall", code=1)
        self.assertIn("Plain http:// would send the state and its password to states.example.com unencrypted.", done.stderr)
        done = self.rollcall("plan", "--state", "https://ana:a-password-of-the-state@states.example.com/x", code=1)
        self.assertIn("The state's address holds a user name or password.", done.stderr)
        self.assertNotIn("ana:", done.stderr)
        done = self.rollcall("plan", "--state", "ftp://states.example.com/x", code=1)
        self.assertIn("starts with `ftp://`, where no state is kept", done.stderr)

    def test_a_state_that_is_too_large(self):
        # What a run may do has to be in the state before it does anything.
        self.states.too_large = 100
        done = self.apply(code=1)
        self.assertIn("The state is too large for", done.stderr)
        self.assertEqual(self.journals(), [])
        self.assertEqual(self.sandbox.control("GET", "snapshot")["accounts"], [])
        self.states.too_large = None
        held, process = self.hold_apply("POST", "/account_users$")
        self.states.too_large = 100
        self.sandbox.release(held, "continue")
        self.assertIn("The state is too large for", process.communicate(timeout=60)[1])
        self.assertEqual(len(self.journals()), 1)
        self.states.too_large = None
        self.apply()
        self.assertEqual(self.journals(), [])
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)

    def test_a_journal_folder_that_cannot_be_written(self):
        if os.getuid() == 0:
            self.environment["XDG_STATE_HOME"] = "/proc/nothing"
        else:
            (self.folder / "home").mkdir(mode=0o500)
        done = self.apply(code=1)
        self.assertIn("Cannot make the folder", done.stderr)
        self.assertIsNone(self.states.state())
        self.assertIsNone(self.states.lock_of())
        self.rollcall("apply", "--auto-approve", "--journal-dir", str(self.folder / "journals"))

    def test_the_password_is_in_no_file_and_no_process(self):
        self.assert_in_no_file_and_no_process(PASSWORD)
        self.assertNotIn(PASSWORD, json.dumps(self.states.state()))


class Plain(SharedState):
    dialect = "plain"

    def test_an_apply_with_lock_and_unlock(self):
        self.apply()
        self.assertEqual([method for method in self.states.methods() if method != "GET"], ["LOCK", "POST", "POST", "UNLOCK"])
        self.assertEqual(self.states.state()["serial"], 2)
        self.rollcall("plan", "--detailed-exitcode")

    def test_a_lost_connection_at_every_step(self):
        self.lose_a_connection_at_every_step([("GET", 4), ("LOCK", 1), ("POST", 2), ("UNLOCK", 1)])

    def test_the_holder(self):
        self.environment |= {"GITHUB_SERVER_URL": "https://github.example.com", "GITHUB_REPOSITORY": "ops/access",
                             "GITHUB_RUN_ID": "815"}
        held, process = self.hold_apply("POST", "/accounts$")
        self.assertRegex(self.apply(code=1).stderr, rf"is locked by \S+ \(apply, process {process.pid}, since \S+, "
                                                    r"job https://github.example.com/ops/access/actions/runs/815\)")
        process.kill()
        process.communicate()
        self.sandbox.release(held, "drop")
        self.rollcall("unlock", self.states.lock_of()["ID"])
        self.apply()


if __name__ == "__main__":
    main()
