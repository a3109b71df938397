#!/usr/bin/python3
"""A state in a bucket of a server that speaks S3: days of its users, its lock, and what the documentation says."""

import json
import re
import signal

from command_line import ROOT, ROSTER, eventually, main
from pipelines import github_jobs, rollcall_words
from s3_state import SECRET, TOKEN_OF_SESSION, S3Server, S3State


class Day(S3State):
    def test_two_runners_that_share_no_disk(self):
        self.apply()
        before = self.access()
        self.assertEqual(self.states.state()["serial"], 2)
        # Nothing else is in the bucket, and nothing else was.
        self.assertEqual(list(self.states.objects), ["rollcall.state.json"])
        self.assertEqual(self.states.removed, ["rollcall.state.json.lock"])
        self.assertEqual(self.journals(), [])
        self.environment["XDG_STATE_HOME"] = str(self.folder / "another-home")
        self.assertIn("No changes.", self.rollcall("plan", "--detailed-exitcode").stdout)
        self.assertIn("No drift", self.rollcall("drift").stdout)
        self.write("roster.yaml", ROSTER.replace("[ben@example.com, kim@example.com]", "[ben@example.com]"))
        self.apply()
        self.assertEqual(set(before) - set(self.access()), {("Desk", "kim@example.com")})
        self.assertEqual(self.states.state()["serial"], 4)
        self.assertFalse((self.folder / "rollcall.state.json").exists())

    def test_credentials_of_a_session(self):
        self.as_key("ASIASESSION", token=TOKEN_OF_SESSION)
        self.apply()
        self.rollcall("plan", "--detailed-exitcode")

    def test_etags_that_are_no_digests(self):
        self.keep_in({"opaque_etags": True, "missing_status": 412})
        self.apply()
        self.write("roster.yaml", ROSTER.replace("name: VIP desk", "name: VIPs"))
        self.apply()
        self.rollcall("plan", "--detailed-exitcode")

    def test_what_only_reads_neither_locks_nor_needs_the_right_to(self):
        self.apply()
        self.as_key("AKIAREADER")
        self.states.requests.clear()
        self.rollcall("plan", "--detailed-exitcode")
        self.rollcall("drift")
        self.rollcall("state", "list")
        self.assertEqual(set(self.states.methods()), {"GET"})
        done = self.apply(code=1)
        self.assertIn("These credentials may not have the state s3://states/rollcall.state.json", done.stderr)
        self.assertIn("on rollcall.state.json.lock s3:DeleteObject besides", done.stderr)


class Moving(S3State):
    def test_pull_push_and_migrate(self):
        self.apply()
        pulled = self.rollcall("state", "pull").stdout
        self.assertEqual(json.loads(pulled), self.states.state())
        self.write("pulled.json", pulled)
        self.assertIn("aws s3api list-object-versions --bucket states --prefix rollcall.state.json",
                      self.rollcall("state", "pull", "--serial", "1", code=1).stderr)
        self.assertIn("has this state already", self.rollcall("state", "push", "pulled.json").stdout)
        self.write("newer.json", pulled.replace('"serial": 2', '"serial": 8'))
        self.rollcall("state", "push", "newer.json")
        self.assertEqual(self.states.state()["serial"], 8)
        self.rollcall("state", "migrate", "--to", self.states.url("teams/another.json"))
        self.assertEqual(self.states.state("teams/another.json")["lineage"], json.loads(pulled)["lineage"])
        self.rollcall("state", "migrate", "--state", self.states.url("teams/another.json"), "--to", "local.json")
        self.assertEqual(json.loads(self.read("local.json"))["lineage"], json.loads(pulled)["lineage"])
        self.assertFalse([key for key in self.states.objects if key.endswith(".lock")])
        self.rollcall("plan", "--detailed-exitcode", "--state", "local.json")


    def test_a_large_state(self):
        users = 10_000
        state = {"format": "rollcall-state", "version": 2, "lineage": "6f1c1a52-3b0e-4a57-9d1b-0c2f6a7e8b90", "serial": 7,
                 "server": self.environment["ROLLCALL_SERVER"], "last_run": "0" * 32, "accounts_seen_to": 0, "accounts": {},
                 "users": {f"user-{number:06}@example.com": {"id": number + 1, "on_remove": "retain", "origin": "adopted",
                                                             "settings": {"name": f"{number} " + "x" * 60}}
                           for number in range(users)},
                 "agent_bots": {}, "released": {"accounts": {}, "users": {}, "agent_bots": {}}}
        self.write("large.json", json.dumps(state))
        self.rollcall("state", "push", "large.json")
        self.assertGreater(len(self.states.objects["rollcall.state.json"][0]), users * 150)
        self.assertEqual(json.loads(self.rollcall("state", "pull").stdout)["users"], state["users"])


class Locks(S3State):
    def test_the_holder_is_named_with_its_job(self):
        self.environment["GITHUB_SERVER_URL"] = "https://github.example.com"
        self.environment["GITHUB_REPOSITORY"] = "ops/access"
        self.environment["GITHUB_RUN_ID"] = "815"
        held, process = self.hold_apply("POST", "/accounts$")
        done = self.apply(code=1)
        self.assertRegex(done.stderr, rf"is locked by \S+@\S+ \(apply, process {process.pid}, since \S+, "
                                      r"job https://github.example.com/ops/access/actions/runs/815\), for \d+ s now\.")
        # Who only looks sees that a run goes on, and is not kept waiting.
        self.assertIn("A run is still in progress", self.rollcall("plan").stderr)
        second = self.start("apply", "--auto-approve", "--lock-timeout", "60s")
        self.assertRegex(second.stderr.readline(), r"is locked by .* Waiting for it\.")
        self.sandbox.release(held, "continue")
        process.communicate(timeout=60)
        second.communicate(timeout=60)
        self.assertEqual((process.returncode, second.returncode), (0, 0))
        self.assertEqual(self.states.state()["serial"], 2)
        self.assertIsNone(self.states.lock_of())

    def test_the_lock_of_a_dead_run_is_taken_over(self):
        self.environment["ROLLCALL_STATE"] = self.states.url(lease=2)
        self.kill_apply_at("POST", "/accounts$")
        for journal in self.journals():
            journal.unlink()
        self.assertIsNotNone(self.states.lock_of())
        # A plan beside it exits as it would without.
        self.rollcall("plan", "--detailed-exitcode", code=2)
        done = self.apply("--lock-timeout", "30s")
        self.assertRegex(done.stderr, r"Took over the lock of s3://states/rollcall.state.json\S*, which was not renewed in "
                                      r"time: it was held by \S+@\S+ \(apply, process \d+, since \S+\)\.")
        self.assertIsNone(self.states.lock_of())
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)
        self.rollcall("plan", "--detailed-exitcode")

    def test_a_run_that_was_stopped_past_its_lease_sends_nothing_more(self):
        self.environment["ROLLCALL_STATE"] = self.states.url(lease=2)
        held, process = self.hold_apply("POST", "/account_users$", "--parallelism", "1")
        process.send_signal(signal.SIGSTOP)
        self.rollcall("apply", "--auto-approve", "--lock-timeout", "30s",
                      environment={"XDG_STATE_HOME": str(self.folder / "another-home")})
        recorded = self.states.state()
        self.sandbox.release(held, "drop")
        sent = len(self.sandbox.control("GET", "log"))
        written = len(self.writes())
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 1, said)
        self.assertIn("was not renewed within 2 seconds, so another run may have taken it", said)
        self.assertEqual(len(self.sandbox.control("GET", "log")), sent)
        self.assertEqual(self.writes()[written:], [])
        self.assertEqual(self.states.state(), recorded)
        # Its journal is still here, and what it began is looked up.
        journal, = self.journals()
        self.assertIn(f"What this run did is in {journal}. ", said.replace("\n", " "))
        self.assertIn("What that one began is looked up again.", self.apply().stderr)
        self.rollcall("plan", "--detailed-exitcode")

    def test_a_renewal_without_a_response_is_asked_again_in_time(self):
        self.environment["ROLLCALL_STATE"] = self.states.url(lease=2)
        # Two writes prove conditions, one locks: the fourth is a renewal.
        self.states.hold("before", 4, "PUT", ".lock")
        held, process = self.hold_apply("POST", "/accounts$")
        self.assertTrue(self.states.reached.wait(20))
        first = self.states.lock_of()["expires"]
        self.assertTrue(eventually(lambda: self.states.lock_of()["expires"] > first, 20))
        # It arrives at last, and changes nothing.
        now = self.states.lock_of()["expires"]
        self.states.release("continue")
        self.assertGreaterEqual(self.states.lock_of()["expires"], now)
        self.sandbox.release(held, "continue")
        self.assertEqual(process.wait(60), 0)
        process.communicate()
        self.assertIsNone(self.states.lock_of())

    def test_a_lease_is_renewed_as_long_as_the_run_goes_on(self):
        self.environment["ROLLCALL_STATE"] = self.states.url(lease=2)
        held, process = self.hold_apply("POST", "/accounts$")
        first = self.states.lock_of()["expires"]
        self.assertTrue(eventually(lambda: self.states.lock_of()["expires"] > first, 20))
        self.assertIn("is locked by", self.apply(code=1).stderr)
        self.sandbox.release(held, "continue")
        self.assertEqual(process.wait(60), 0)
        process.communicate()
        self.assertIsNone(self.states.lock_of())

    def test_a_lock_is_removed_by_its_id(self):
        self.kill_apply_at("POST", "/accounts$")
        identity = self.states.lock_of()["id"]
        self.assertIn("has another ID", self.rollcall("unlock", "another-id", code=1).stderr)
        self.rollcall("unlock", answer="no\n", code=1)
        self.assertEqual(self.states.lock_of()["id"], identity)
        self.assertIn("is removed.", self.rollcall("unlock", identity).stdout)
        self.assertIn("has no lock with this ID", self.rollcall("unlock", identity, code=1).stderr)
        self.assertIn("is not locked.", self.rollcall("unlock").stdout)
        self.apply()
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)

    def test_a_run_whose_lock_somebody_removed_stops(self):
        self.environment["ROLLCALL_STATE"] = self.states.url(lease=2)
        held, process = self.hold_apply("POST", "/accounts$", "--parallelism", "1")
        self.remove_lock_of(process, self.states.lock_of()["id"])
        self.sandbox.release(held, "continue")
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 1, said)
        self.assertIn("is no longer this run's: somebody removed it.", said)
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 1)
        self.assertIn("applying", self.states.state())
        # Its journal is here, so the next run knows what it did.
        self.apply()
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)
        self.rollcall("plan", "--detailed-exitcode")

    def test_a_signal_lets_the_lock_go(self):
        self.stop_apply_at("POST", "/accounts$")
        self.assertIsNone(self.states.lock_of())
        self.assertNotIn("applying", self.states.state())


class Documentation(S3State):
    """The role of docs/state.md, for the pipeline that `rollcall init --ci github` writes."""

    def test_the_pipeline_runs_with_the_rights_of_its_role(self):
        text = (ROOT / "docs" / "state.md").read_text(encoding="utf-8")
        blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        role, = (json.loads(block) for language, block in blocks if language == "json" and "Statement" in block)
        jobs = github_jobs((ROOT / "src" / "cli" / "templates" / "github-workflow.yml").read_text(encoding="utf-8"))
        self.states = S3Server({"AKIAROLE": {"secret": SECRET, "policy": role}}, bucket="my-bucket")
        self.addCleanup(self.states.stop)
        self.as_key("AKIAROLE")
        self.environment |= {"CI": "true", "ROLLCALL_STATE": self.states.url()}
        commands = rollcall_words(jobs["plan"]) + rollcall_words(jobs["apply"])
        self.assertEqual([words[0] for words in commands], ["plan", "apply"])
        for words in commands:
            self.rollcall(*words)
        self.assertIsNone(self.states.lock_of())
        self.rollcall("plan", "--detailed-exitcode")
        # And no more than they need.
        for statement in role["Statement"]:
            for right in list(statement["Action"]):
                with self.subTest(missing=right, of=statement["Resource"]):
                    statement["Action"].remove(right)
                    self.write("roster.yaml", ROSTER.replace("name: VIP desk", f"name: VIP {right.partition(':')[2]}"))
                    self.assertIn("These credentials may not have the state", self.apply(code=1).stderr)
                    statement["Action"].append(right)
                    self.states.objects.pop("rollcall.state.json.lock", None)
                    self.apply()


if __name__ == "__main__":
    main()
