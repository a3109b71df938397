#!/usr/bin/python3
"""A state in PostgreSQL: what users do with it from day to day."""

import json
import signal

from command_line import main
from postgres_case import RENAMED, SHORT, TABLES, PostgresTest
from postgres_server import PASSWORD, eventually


class Day(PostgresTest):
    def test_two_runners_that_share_no_disk(self):
        self.assertIn("to create", self.rollcall("plan").stdout)
        self.assertEqual(self.sql("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'rollcall%'"), "0")
        self.apply()
        self.assertEqual(self.stored()["serial"], 2)
        self.assertEqual(self.sql("SELECT serial, lineage FROM rollcall_state"), f"2|{self.stored()['lineage']}")
        self.assertEqual(self.sql("SELECT count(*) FROM rollcall_lock"), "0")
        self.assertEqual(self.journals(), [])
        self.environment["XDG_STATE_HOME"] = str(self.folder / "another-home")
        self.assertIn("No changes.", self.rollcall("plan", "--detailed-exitcode").stdout)
        self.write("roster.yaml", RENAMED)
        self.apply()
        self.assertIn("No drift", self.rollcall("drift").stdout)
        self.assertEqual(self.stored()["serial"], 4)
        self.assertFalse((self.folder / "rollcall.state.json").exists())

    def test_what_only_reads_needs_no_more_than_that(self):
        self.apply()
        self.sql("DROP ROLE IF EXISTS ben; CREATE ROLE ben LOGIN PASSWORD 'bens-own-password'; "
                 f"GRANT SELECT ON {TABLES} TO ben")
        ben = {"ROLLCALL_STATE": self.url("ben"), "PGPASSWORD": "bens-own-password"}
        self.rollcall("plan", "--detailed-exitcode", environment=ben)
        self.rollcall("drift", environment=ben)
        self.rollcall("state", "list", environment=ben)
        self.rollcall("state", "pull", environment=ben)
        done = self.rollcall("apply", "--auto-approve", code=1, environment=ben)
        self.assertIn("could not be locked: the role lacks a right (permission denied for table rollcall_lock)", done.stderr)
        self.assertIn("writing SELECT, INSERT, UPDATE and DELETE", done.stderr)
        self.sql("DROP OWNED BY ben; DROP ROLE ben")

    def test_the_holder_is_named_with_its_job(self):
        self.environment["ROLLCALL_STATE"] = self.url(lease=SHORT)
        self.environment["CI_JOB_URL"] = "https://gitlab.example.com/ops/access/-/jobs/815"
        held, process = self.hold_apply("POST", "/accounts$")
        done = self.apply(code=1)
        self.assertIn(f"{self.name()} is locked by ", done.stderr)
        self.assertRegex(done.stderr, rf"is locked by \S+@\S+ \(apply, process {process.pid}, since \S+, "
                                      r"job https://gitlab.example.com/ops/access/-/jobs/815\), for \d+ s now\.")
        self.assertIn(f"expires within {SHORT} s; once you are certain of that, `rollcall unlock {self.lock_id()}` removes "
                      "it at once.", done.stderr)
        # Its own clock says that the run is alive, for longer than its lease is.
        since = self.sql("SELECT expires_at FROM rollcall_lock")
        eventually(lambda: self.sql(f"SELECT expires_at > timestamptz '{since}' + interval '{SHORT} s' FROM rollcall_lock") == "t",
                   "renewals of the lock")
        self.assertIn("to create", self.rollcall("plan").stdout)
        self.sandbox.release(held, "continue")
        self.assertEqual(process.wait(60), 0)
        self.assertNotIn("Took over", process.communicate()[1])
        self.assertEqual(self.sql("SELECT count(*) FROM rollcall_lock"), "0")

    def test_waiting_for_the_lock(self):
        held, process = self.hold_apply("POST", "/accounts$")
        second = self.start("apply", "--auto-approve", "--lock-timeout", "60s")
        self.assertRegex(second.stderr.readline(), r"is locked by .* Waiting for it\.")
        self.sandbox.release(held, "continue")
        process.communicate(timeout=60)
        second.communicate(timeout=60)
        self.assertEqual((process.returncode, second.returncode), (0, 0))
        self.assertEqual(self.stored()["serial"], 2)

    def test_a_dead_runs_lock_is_taken_over(self):
        self.environment["ROLLCALL_STATE"] = self.url(lease=SHORT)
        self.kill_apply_at("POST", "/accounts$")
        # A plan beside it exits as it would without.
        self.rollcall("plan", "--detailed-exitcode", code=2)
        self.lose_journals()
        done = self.rollcall("apply", "--auto-approve", "--lock-timeout", "60s",
                             environment={"XDG_STATE_HOME": str(self.folder / "another-home")})
        self.assertRegex(done.stderr, rf"Took over the lock of {self.name().replace('?', '.')}, which was not renewed in time: "
                                      r"it was held by \S+@\S+ \(apply, process \d+, since \S+\)\.")
        self.assertIn("Its journal is not on this machine", done.stderr)
        self.assertNotIn("applying", self.stored())
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)
        self.rollcall("plan", "--detailed-exitcode")
        self.assertIn("No drift", self.rollcall("drift").stdout)

    def test_unlock(self):
        self.environment["ROLLCALL_STATE"] = self.url(lease=3600)
        self.kill_apply_at("POST", "/accounts$")
        identity = self.lock_id()
        self.assertIn("is locked by", self.apply(code=1).stderr)
        done = self.rollcall("unlock", "another-id", code=1)
        self.assertIn("whose lock has another ID", done.stderr)
        self.assertIn("Nothing was changed.", self.rollcall("unlock", answer="no\n", code=1).stderr)
        self.assertEqual(self.lock_id(), identity)
        self.assertIn("is removed.", self.rollcall("unlock", identity).stdout)
        self.assertIn("has no lock with this ID", self.rollcall("unlock", identity, code=1).stderr)
        self.assertIn("is not locked.", self.rollcall("unlock").stdout)
        self.apply()
        self.rollcall("plan", "--detailed-exitcode")

    def paused_beyond_its_lease(self):
        """An apply that was paused before its second account, with its lease over by now."""
        self.environment["ROLLCALL_STATE"] = self.url(lease=SHORT)
        held, process = self.hold_apply("POST", "/accounts$", "--parallelism", "1")
        process.send_signal(signal.SIGSTOP)
        self.sandbox.release(held, "continue")
        self.await_end_of_lock()
        self.sandbox.send("DELETE", "/_sandbox/log", {})
        return process

    def assert_gave_up(self, process, words):
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 1, said)
        self.assertIn(words, said)
        self.assertIn("What this run did is in", said)

    def test_a_run_that_was_paused_beyond_its_lease_sends_nothing_more(self):
        process = self.paused_beyond_its_lease()
        before = self.stored()
        self.assert_gave_up(process, "so another run may have taken it")
        self.assertEqual(self.sandbox.control("GET", "log"), [])
        self.assertEqual(self.stored(), before)
        # What it did is in its journal.
        self.apply()
        self.rollcall("plan", "--detailed-exitcode")
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)
        self.assertEqual(self.journals(), [])

    def test_a_run_that_was_paused_overwrites_nothing_of_the_one_that_took_over(self):
        process = self.paused_beyond_its_lease()
        other = {"XDG_STATE_HOME": str(self.folder / "another-home")}
        done = self.rollcall("apply", "--auto-approve", environment=other)
        self.assertIn(f"process {process.pid},", done.stderr)
        self.sandbox.send("DELETE", "/_sandbox/log", {})
        after = self.stored()
        self.assert_gave_up(process, "The lock of")
        self.assertEqual(self.sandbox.control("GET", "log"), [])
        self.assertEqual(self.stored(), after)
        self.rollcall("plan", "--detailed-exitcode", environment=other)
        self.assertIn("No drift", self.rollcall("drift", environment=other).stdout)
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)

    def test_a_lock_that_was_removed_ends_its_run(self):
        self.environment["ROLLCALL_STATE"] = self.url(lease=SHORT)
        held, process = self.hold_apply("POST", "/accounts$", "--parallelism", "1")
        self.remove_lock_of(process, self.lock_id())
        self.sandbox.release(held, "continue")
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 1)
        self.assertIn(f"The lock of {self.name()} is no longer this run's: somebody removed it.", said)
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 1)
        self.apply()
        self.rollcall("plan", "--detailed-exitcode")

    def test_pull_push_and_migrate(self):
        self.apply()
        self.assertEqual(json.loads(self.rollcall("state", "pull").stdout), self.stored())
        self.write("roster.yaml", RENAMED)
        self.apply()
        first = self.rollcall("state", "pull", "--serial", "2").stdout
        self.assertEqual(json.loads(first)["serial"], 2)
        self.assertIn("VIP desk", first)
        self.assertEqual(self.rollcall("state", "pull", "--serial", "4").stdout, self.rollcall("state", "pull").stdout)
        done = self.rollcall("state", "pull", "--serial", "3", code=1)
        self.assertIn(f"{self.name()} has no state with serial 3.", done.stderr)
        self.assertIn("`x` is not a serial.", self.rollcall("state", "pull", "--serial", "x", code=1).stderr)
        self.write("first.json", first)
        self.assertIn("the other state is older (serial 2)", self.rollcall("state", "push", "first.json", code=1).stderr)
        self.rollcall("state", "migrate", "--to", "local.json")
        self.assertEqual(json.loads(self.read("local.json")), self.stored())
        done = self.rollcall("state", "pull", "--serial", "2", "--state", "local.json", code=1)
        self.assertIn("local.json keeps no earlier states.", done.stderr)
        # To another name in the same database.
        elsewhere = self.url().replace("name=eu", "name=us")
        done = self.rollcall("state", "migrate", "--to", elsewhere)
        self.assertIn(f"The state is at {self.name().replace('eu', 'us')} now (serial 4).", done.stdout)
        self.assertEqual(self.sql("SELECT name, serial FROM rollcall_state ORDER BY name"), "eu|4\nus|4")
        newer = first.replace('"serial": 2', '"serial": 9')
        self.write("newer.json", newer)
        self.rollcall("state", "push", "newer.json")
        self.assertEqual(self.rollcall("state", "pull").stdout, newer)

    def test_through_a_pooler(self):
        self.environment["ROLLCALL_STATE"] = self.url(port=self.postgres.pooler())
        self.apply()
        self.rollcall("plan", "--detailed-exitcode")
        held, process = self.hold_apply("GET", "/accounts", "--refresh")
        self.assertIn("is locked by", self.apply(code=1).stderr)
        self.sandbox.release(held, "continue")
        self.assertEqual(process.wait(60), 0)
        process.communicate()
        self.environment["PGPASSWORD"] = "a-wrong-password-of-ana"
        self.assertIn("did not accept the password of the role ana", self.rollcall("plan", code=1).stderr)

    def test_a_signal_lets_the_lock_go(self):
        self.stop_apply_at("POST", "/accounts$")
        self.assertEqual(self.sql("SELECT count(*) FROM rollcall_lock"), "0")
        self.assertNotIn("applying", self.stored())


if __name__ == "__main__":
    main()
