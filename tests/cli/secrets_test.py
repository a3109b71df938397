#!/usr/bin/python3
"""Tokens and generated passwords appear nowhere: in no output, no file, no process list, whatever goes wrong."""

import os
import signal
import stat
import threading

from command_line import CommandLineTest, ROSTER, TOKEN, main
from stand_in import Answer, Between

MORE = """
  eve@example.com: {name: Eve}
  joe@example.com: {name: Joe}
agent_bots:
  triage: {name: Triage, outgoing_url: "https://bots.example.com/t", account: desk}
"""


def tokens_in(value):
    """What stands in members whose names end in `token`, at any depth."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name.endswith("token") and isinstance(member, str) and member:
                yield member
            yield from tokens_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from tokens_in(member)


class Secrets(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server()
        self.passwords = set()
        # Tokens that the server gives to users and bots, and the path of the request that it answered so.
        self.issued = {}
        self.rule = lambda request, answer: answer
        between = Between(self, self.sandbox.port, self.watch)
        self.environment["ROLLCALL_SERVER"] = f"http://127.0.0.1:{between.port}"

    def watch(self, request, answer):
        if "password" in (request.json() or {}):
            self.passwords.add(request.json()["password"])
        if answer.body.startswith((b"{", b"[")):
            self.issued.update((token, request.target) for token in tokens_in(answer.json()))
        return self.rule(request, answer)

    def check_nowhere(self, *texts):
        """In none of the texts, and in no file of the project."""
        contents = list(texts)
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name != "token":
                contents.append(path.read_text(encoding="utf-8", errors="replace"))
        self.assertGreater(len(contents), len(texts))
        for secret in {TOKEN, *self.passwords, *self.issued}:
            for text in contents:
                self.assertNotIn(secret, text)

    def run_all(self, code=None):
        """Every command that talks to the server or looks at files, as talkative as it gets."""
        for arguments in (["validate"], ["plan"], ["plan", "--format", "json"], ["apply", "--auto-approve"],
                          ["apply", "--auto-approve", "--format", "json"], ["drift"], ["drift", "--format", "json"],
                          ["refresh"], ["refresh", "--format", "json"], ["plan", "--refresh"], ["state", "list"],
                          ["state", "show", "users.ana@example.com"], ["apply", "--nonsense"], ["help"],
                          ["init", "starter"], ["state", "rm", "grants.desk/kim@example.com"],
                          ["apply", "--auto-approve"]):
            process = self.start("-v", *arguments)
            stdout, stderr = process.communicate(timeout=300)
            if code is not None:
                self.assertIn(process.returncode, code, f"{arguments}\n{stdout}\n{stderr}")
            self.check_nowhere(stdout, stderr)

    def test_when_all_goes_well(self):
        self.run_all()
        self.assertEqual(len(self.passwords), 3)
        self.write("roster.yaml", ROSTER.replace("grants:", MORE.strip("\n") + "\ngrants:", 1))
        self.run_all()
        self.assertEqual(len(self.passwords), 5)
        for kind in ("/users", "/agent_bots"):
            self.assertTrue([path for path in self.issued.values() if kind in path], kind)

    def test_when_the_server_repeats_what_it_was_sent_in_its_errors(self):
        def rule(request, answer):
            if request.method == "GET":
                return answer
            return Answer(422, {"error": f"{request.headers} {request.body!r}"})
        self.rule = rule
        self.run_all()
        self.assertGreaterEqual(len(self.passwords), 3)

    def test_when_answers_are_broken_or_missing(self):
        turn = [0]

        def rule(request, answer):
            turn[0] += 1
            kind = turn[0] % 5
            if kind == 1:
                return answer.with_body(answer.body[:-1])
            if kind == 2:
                return Answer(500, f"<html>{request.headers}{request.body!r}</html>", "text/html")
            if kind == 3:
                return None
            return answer
        self.rule = rule
        for _ in range(2):
            self.run_all()
        self.assertTrue(self.passwords)

    def test_after_a_kill_with_the_journal(self):
        held = threading.Event()
        go_on = threading.Event()
        self.addCleanup(go_on.set)

        def rule(request, answer):
            if request.method == "POST" and request.target.endswith("/users"):
                held.set()
                go_on.wait(30)
            return answer
        self.rule = rule
        process = self.start("-v", "apply", "--auto-approve", "--parallelism", "1")
        self.assertTrue(held.wait(30))
        with open(f"/proc/{process.pid}/cmdline", "rb") as cmdline:
            self.assertNotIn(TOKEN.encode(), cmdline.read())
        process.send_signal(signal.SIGKILL)
        stdout, stderr = process.communicate(timeout=60)
        go_on.set()
        self.assertEqual(len(list(self.folder.glob("*.journal"))), 1)
        self.assertTrue(self.passwords)
        self.check_nowhere(stdout, stderr)
        self.rule = lambda request, answer: answer
        self.run_all()

    def test_the_command_that_gives_the_token_gets_none(self):
        self.environment.pop("ROLLCALL_TOKEN")
        self.write("token", TOKEN).chmod(0o600)
        command = "env > child-env; tr '\\0' ' ' < /proc/$PPID/cmdline > parent-line; cat token"
        self.rollcall("apply", "--auto-approve", "--token-command", command,
                      environment={"ROLLCALL_TOKEN_BACKUP": "", "ROLLCALL_STATE": "rollcall.state.json"})
        self.assertTrue(self.read("child-env"))
        self.assertTrue(self.read("parent-line"))
        self.check_nowhere()


class Modes(CommandLineTest):
    def test_files_are_their_owners_alone_whatever_the_umask(self):
        for umask in (0o000, 0o022, 0o777):
            with self.subTest(umask=oct(umask)):
                self.setUp()
                self.write("roster.yaml", ROSTER)
                self.server()
                fault = self.sandbox.fault(method="POST", path="/account_users$", nth=1, action="hold")
                process = self.start("apply", "--auto-approve", preexec_fn=lambda mask=umask: os.umask(mask))
                self.assertEqual(self.sandbox.reached(fault), "held")
                during = self.modes()
                self.sandbox.release(fault)
                self.assertEqual(process.wait(60), 0)
                process.communicate()
                self.assertTrue(any(name.endswith(".journal") for name in during))
                for name, mode in {**during, **self.modes()}.items():
                    self.assertEqual(mode, 0o600, name)

    def modes(self):
        return {path.name: stat.S_IMODE(path.stat().st_mode) for path in self.folder.iterdir()
                if path.name.startswith("rollcall.state.json")}


if __name__ == "__main__":
    main()
