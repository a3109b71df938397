#!/usr/bin/python3
"""Runs examples/quickstart.sh with built programs and checks the lines that a reader is to see."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(sys.argv.pop(1)).resolve()

# In this order; what stands between them may change freely.
LINES = [
    r"listening on http://127\.0\.0\.1:\d+",
    r"\$ rollcall init",
    r"\$ rollcall validate",
    r"\$ rollcall plan",
    r"Plan: 33 to create, 0 to update, 0 to remove\.",
    r"\$ rollcall apply --auto-approve",
    r"\$ rollcall plan",
    r"No changes\. The recorded state matches the roster\.",
    r"\$ curl -sS --fail -X POST http://127\.0\.0\.1:\d+/platform/api/v1/accounts/\d+/account_users .*",
    r"\$ rollcall drift",
    r".*dario@example\.com.*",
    r"\$ rollcall apply --refresh --auto-approve",
    r"\$ rollcall drift",
    r"# Done: .*",
]


class Quickstart(unittest.TestCase):
    def run_in(self, folder, build):
        environment = {**os.environ, "ROLLCALL_BUILD_DIR": str(build), "TMPDIR": folder}
        return subprocess.run(
            [ROOT / "examples" / "quickstart.sh"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def test_shows_the_whole_way_and_leaves_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_in(folder, BUILD)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(os.listdir(folder), [])
        rest = iter(done.stdout.splitlines())
        for wanted in LINES:
            self.assertTrue(any(re.fullmatch(wanted, line) for line in rest), f"no line {wanted} in:\n{done.stdout}")

    def test_stops_at_the_first_step_that_ends_otherwise(self):
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as build:
            os.symlink(BUILD / "rollcall-sandbox", pathlib.Path(build) / "rollcall-sandbox")
            broken = pathlib.Path(build) / "rollcall"
            broken.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
            broken.chmod(0o755)
            done = self.run_in(folder, build)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn("`rollcall init` ended with 3 instead of 0", done.stderr)
            self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
