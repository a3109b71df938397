"""What the tests of the command line share: a project folder, a sandbox, and rollcall as a user runs it."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
for shared in ("contract", "support"):
    sys.path.insert(0, str(ROOT / "tests" / shared))

from sandbox_server import Sandbox, eventually  # noqa: E402,F401

BUILD = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]) else None
TOKEN = "sandbox-token-of-the-cli-tests"

ROSTER = """\
version: 1
accounts:
  desk: {name: Desk, locale: en}
  vip: {name: VIP desk}
users:
  ana@example.com: {name: Ana}
  ben@example.com: {name: Ben}
  kim@example.com: {name: Kim}
grants:
  - role: administrator
    accounts: ["*"]
    users: [ana@example.com]
    reason: OPS-17
  - role: agent
    accounts: [desk]
    users: [ben@example.com, kim@example.com]
"""


class CommandLineTest(unittest.TestCase):
    """A temporary project folder; `self.server()` starts a sandbox that ends with the test."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rollcall-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("ROLLCALL_", "CI_", "GITHUB_")) and name not in ("NO_COLOR", "CI")}
        self.environment["TERM"] = "xterm"
        self.sandbox = None

    def server(self, *options):
        """Starts a sandbox and points the environment at it."""
        self.sandbox = Sandbox(str(BUILD / "rollcall-sandbox"), *options, tokens=(TOKEN,))
        self.addCleanup(self.sandbox.stop)
        self.environment["ROLLCALL_SERVER"] = f"http://127.0.0.1:{self.sandbox.port}"
        self.environment["ROLLCALL_TOKEN"] = TOKEN
        return self.sandbox

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def state(self):
        return json.loads(self.read("rollcall.state.json"))

    def start(self, *arguments, **options):
        """Rollcall as a process that goes on."""
        return subprocess.Popen([BUILD / "rollcall", *arguments], cwd=self.folder,
                                env={**self.environment, **options.pop("environment", {})},
                                stdin=options.pop("stdin", subprocess.DEVNULL), stdout=options.pop("stdout", subprocess.PIPE),
                                stderr=options.pop("stderr", subprocess.PIPE), encoding="utf-8", **options)

    def hold_apply(self, method, path, *arguments, fault=None, **options):
        """An apply that waits at this request, the first one unless `fault` says otherwise: the fault and the process."""
        held = self.sandbox.fault(method=method, path=path, action="hold", **fault or {})
        process = self.start("apply", "--auto-approve", *arguments, **options)
        self.assertEqual(self.sandbox.reached(held), "held")
        return held, process

    def remove_lock_of(self, process, lock_id):
        """Returns once the run knows: the thread that renews its lock has ended. No other thread of it may end meanwhile, so
        it has `--parallelism 1` and waits at a request."""
        threads = pathlib.Path(f"/proc/{process.pid}/task")
        before = len(list(threads.iterdir()))
        self.rollcall("unlock", lock_id)
        self.assertTrue(eventually(lambda: len(list(threads.iterdir())) < before, 20), "the lock is still renewed")

    def kill_apply_at(self, method, path, *arguments, environment=None, **fault):
        """An apply that is killed with this request on its way, whose response is lost."""
        held, process = self.hold_apply(method, path, *arguments, fault=fault, environment=environment or {})
        process.kill()
        process.communicate()
        self.sandbox.release(held, "drop")

    def stop_apply_at(self, method, path, *arguments, **options):
        """An apply that takes a SIGTERM while this request waits, and ends by itself once it goes on."""
        held, process = self.hold_apply(method, path, *arguments, **options)
        process.send_signal(signal.SIGTERM)
        self.await_stop(process)
        self.sandbox.release(held, "continue")
        self.assertEqual(process.wait(60), 143)
        process.communicate()

    def assert_in_no_file_and_no_process(self, secret):
        """Neither while an apply runs nor after it."""
        held, process = self.hold_apply("POST", "/accounts$")
        for name in ("environ", "cmdline"):
            self.assertNotIn(secret.encode(), pathlib.Path(f"/proc/{process.pid}/{name}").read_bytes())
        self.sandbox.release(held, "continue")
        self.assert_no_secret("".join(process.communicate(timeout=60)))
        for path in self.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn(secret, path.read_text(encoding="utf-8"))

    def await_stop(self, process):
        """Until an apply has said that it took a signal: from then on it starts nothing more."""
        for line in process.stderr:
            if line.startswith("Stopping: "):
                self.assertIn("A second signal ends the run at once", process.stderr.readline())
                return
        self.fail("nothing was said of the stop")

    def rollcall(self, *arguments, code=0, answer=None, environment=None, **options):
        """Runs rollcall to its end and checks the exit code, and that no secret was shown."""
        done = subprocess.run([BUILD / "rollcall", *arguments], cwd=options.pop("cwd", self.folder),
                              env={**self.environment, **(environment or {})}, input=answer,
                              stdin=subprocess.DEVNULL if answer is None else None, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8", timeout=120, check=False, **options)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        self.assert_no_secret(done.stdout + done.stderr)
        return done

    def assert_no_secret(self, text):
        self.assertNotIn(TOKEN, text)
        # A plan names the place of a password that only a run will make.
        text = text.replace('"password": "<password>"', "")
        for word in ('"access_token', "pubsub_token", '"password'):
            self.assertNotIn(word, text)

    def apply(self, *arguments, code=0):
        return self.rollcall("apply", "--auto-approve", *arguments, code=code)

    def access(self):
        """Who has which role where, by names, as the server has it."""
        snapshot = self.sandbox.control("GET", "snapshot")
        return {(account["name"], member["email"]): member["role"]
                for account in snapshot["accounts"] for member in account["members"]}


def main():
    unittest.main(verbosity=1)
