#!/usr/bin/python3
"""A state in a bucket whose server fails, refuses or behaves otherwise than AWS; and its secrets."""

import json
import pathlib

from command_line import ROSTER, eventually, main
from s3_state import SECRET, TOKEN_OF_SESSION, S3State


class Faults(S3State):
    def test_a_lost_connection_at_every_step(self):
        # An apply proves conditions and locks with three PUTs to the lock, writes twice and deletes the lock.
        number = 0
        for method, path, most in (("GET", ".json", 2), ("GET", ".lock", 2), ("PUT", ".json", 2), ("PUT", ".lock", 3),
                                   ("DELETE", ".lock", 1)):
            for what in ("drop", 503) if path == ".json" else ("drop",):
                for when in ("before", "after"):
                    for nth in range(1, most + 1):
                        number += 1
                        with self.subTest(method=method, path=path, what=what, when=when, nth=nth):
                            self.lose(number, method, path, what, when, nth)

    def lose(self, number, method, path, what, when, nth):
        self.write("roster.yaml", ROSTER.replace("name: VIP desk", f"name: VIP desk {number}"))
        self.states.fail(method, what, when, nth, path)
        serial = (self.states.state() or {"serial": 0})["serial"]
        done = self.apply()
        self.assertNotIn("Took over", done.stderr)
        self.assertEqual(self.states.state()["serial"], serial + 2)
        self.assertIsNone(self.states.lock_of())
        self.assertEqual(self.states.faults, [])

    def test_races_are_repeated(self):
        for path in (".lock", ".json"):
            self.states.fail("PUT", 409, nth=1, path=path)
        self.states.fail("DELETE", 409)
        self.apply()
        self.assertEqual(self.states.faults, [])
        self.rollcall("plan", "--detailed-exitcode")

    def test_a_server_that_goes_away_during_an_apply(self):
        held, process = self.hold_apply("POST", "/account_users$")
        self.states.go_away()
        self.sandbox.release(held, "continue")
        _, said = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, said)
        self.assert_no_secret(said)
        journal, = self.journals()
        self.assertIn("127.0.0.1 closed the connection without a response.", said)
        self.assertIn(f"What this run did is in {journal}.", said)
        self.states.gone = False
        # On this machine the journal is merged, once its own lock is removed.
        self.rollcall("unlock", self.states.lock_of()["id"])
        self.apply()
        self.assertEqual(self.journals(), [])
        self.rollcall("plan", "--detailed-exitcode")

    def test_credentials_that_expire_during_an_apply(self):
        self.states.keys = {"ASIASESSION": {"secret": SECRET, "token": TOKEN_OF_SESSION}}
        self.as_key("ASIASESSION", token=TOKEN_OF_SESSION)
        self.environment["ROLLCALL_STATE"] = self.states.url(lease=2)
        held, process = self.hold_apply("POST", "/accounts$")
        self.states.keys["ASIASESSION"]["expired"] = True
        expires = self.states.lock_of()["expires"]
        self.assertTrue(eventually(lambda: self.states.now().strftime("%Y-%m-%dT%H:%M:%SZ") > expires, 20))
        self.sandbox.release(held, "continue")
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 1, said)
        self.assert_no_secret(said)
        self.assertIn("was not renewed within 2 seconds, so another run may have taken it: The session of the credentials",
                      said)
        del self.states.keys["ASIASESSION"]["expired"]
        self.apply("--lock-timeout", "30s")
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)
        self.assertEqual(self.journals(), [])
        self.rollcall("plan", "--detailed-exitcode")

    def test_two_runs_that_start_at_once(self):
        runs = [self.start("apply", "--auto-approve", "--lock-timeout", "60s",
                           environment={"XDG_STATE_HOME": str(self.folder / f"home-{number}")}) for number in range(3)]
        for run in runs:
            said = run.communicate(timeout=120)[1]
            self.assertEqual(run.returncode, 0, said)
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)
        self.assertEqual(self.states.state()["serial"], 2)
        self.assertIsNone(self.states.lock_of())

    def test_a_state_that_another_program_writes_is_not_overwritten(self):
        self.apply()
        self.write("roster.yaml", ROSTER.replace("name: VIP desk", "name: VIPs"))
        held, process = self.hold_apply("PATCH", "/accounts/")
        foreign = json.dumps(self.states.state() | {"serial": 99}).encode()
        self.states.put("rollcall.state.json", foreign)
        self.sandbox.release(held, "continue")
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 1, said)
        self.assertIn("has changed since this command read it; it was not written.", said)
        self.assertEqual(self.states.objects["rollcall.state.json"][0], foreign)


class Refusals(S3State):
    def refused(self, *words, command=("plan",)):
        done = self.rollcall(*command, code=1)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_credentials(self):
        self.as_key("AKIANOBODY")
        self.refused("does not know the access key (InvalidAccessKeyId)", "Check AWS_ACCESS_KEY_ID")
        self.as_key("AKIAANA", "another/secret+key/0123456789")
        self.refused("did not accept the signature (SignatureDoesNotMatch)", "Check AWS_SECRET_ACCESS_KEY.")
        self.as_key("ASIAOVER", token=TOKEN_OF_SESSION)
        self.refused("is over or not valid (ExpiredToken)", "Get new credentials")
        self.as_key("ASIASESSION", token="another-token-of-a-session")
        self.refused("is over or not valid (InvalidToken)")
        self.as_key("AKIANOLIST")
        self.refused("(AccessDenied)", "they need s3:ListBucket, without which S3 denies what is not there yet")
        del self.environment["AWS_SECRET_ACCESS_KEY"]
        self.refused("AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not.")
        del self.environment["AWS_ACCESS_KEY_ID"]
        self.refused("needs credentials, and there are none.", "aws configure export-credentials")

    def test_no_credentials_where_only_the_repository_says_so(self):
        self.write("rollcall.yaml", f"version: 1\nstate: {self.environment.pop('ROLLCALL_STATE')}\n")
        self.rollcall("plan")
        self.states.requests.clear()
        self.environment["CI"] = "true"
        self.refused("The credentials of AWS are not used for 127.0.0.1", "Set ROLLCALL_STATE")
        self.assertEqual(self.states.requests, [])
        self.environment["ROLLCALL_STATE"] = self.states.url()
        self.rollcall("plan")

    def test_places(self):
        def at(text):
            self.environment["ROLLCALL_STATE"] = text
        at(self.states.url(bucket="elsewhere"))
        self.refused("There is no bucket elsewhere")
        at(self.states.url(region="us-west-2"))
        self.refused("The bucket states is in the region eu-central-1, and the request was made for us-west-2.",
                     "Write region=eu-central-1 into the state's address")
        self.states.redirects = True
        self.refused("The bucket states is in the region eu-central-1")
        at(self.states.url().replace("region=eu-central-1&", ""))
        self.refused("The region of the state", "set AWS_REGION")
        for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
            self.environment[name] = "eu-central-1"
            self.rollcall("plan")
            self.environment[name] = "us-west-2"
        at("s3://AKIAANA:the-secret@states/x")
        self.refused("The state's address holds a user name or password.")
        at("s3://states/a=b?region=eu-central-1")
        self.refused("`a=b` is not a key that a state can have in a bucket.")

    def test_clocks_that_differ(self):
        self.keep_in({"skew": 3600})
        self.refused("(RequestTimeTooSkewed): here it is 20", ", there 20", "Set this machine's clock")

    def test_stores_that_ignore_conditions(self):
        for switches, words in (({"ignores": ("If-Match", "If-None-Match", "DELETE")},
                                 "ignores the conditions of a write (If-Match, If-None-Match)"),
                                ({"ignores": ("If-None-Match",)}, "ignores the condition of a write (If-None-Match)"),
                                ({"writes_missing": True}, "MinIO before 2025-09 does so")):
            with self.subTest(**switches):
                self.keep_in(switches)
                # What only reads needs no conditions.
                self.rollcall("plan")
                self.refused(words, f"endpoint=http://127.0.0.1:{self.states.port}", "MinIO since 2025-09",
                             command=("apply", "--auto-approve"))
                self.assertEqual(self.states.objects, {})
                self.assertEqual(self.sandbox.control("GET", "snapshot")["accounts"], [])

    def test_a_store_that_deletes_whatever_stands_there(self):
        self.keep_in({"ignores": ("DELETE",)})
        self.apply()
        self.assertIsNone(self.states.lock_of())
        self.rollcall("plan", "--detailed-exitcode")


class Secrets(S3State):
    def test_no_secret_is_in_any_file_or_list_of_processes(self):
        self.as_key("ASIASESSION", token=TOKEN_OF_SESSION)
        held, process = self.hold_apply("POST", "/accounts$", "-v")
        command = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
        self.sandbox.release(held, "continue")
        self.assert_no_secret(command + "".join(process.communicate(timeout=60)))
        for path in self.folder.rglob("*"):
            if path.is_file():
                self.assert_no_secret(path.read_text(encoding="utf-8"))
        for data, _ in self.states.objects.values():
            self.assert_no_secret(data.decode())

    def test_a_server_that_repeats_what_it_was_sent(self):
        self.as_key("ASIASESSION", token=TOKEN_OF_SESSION)
        for words in (SECRET, TOKEN_OF_SESSION):
            self.states.put("rollcall.state.json.lock", json.dumps({"who": words, "id": "1"}).encode())
            done = self.apply(code=1)
            self.assertIn("holds the token, so nothing of it was shown or recorded", done.stderr)


if __name__ == "__main__":
    main()
