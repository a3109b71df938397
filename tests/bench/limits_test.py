#!/usr/bin/python3
"""The benchmark fails where a limit is missed, and says by how much."""

import pathlib
import subprocess
import sys
import unittest

BUILD = sys.argv.pop(1)
RUN = pathlib.Path(__file__).with_name("run.py")


class Limits(unittest.TestCase):
    def run_with(self, *limits):
        done = subprocess.run([sys.executable, RUN, "--build", BUILD, "--runs", "1", "--grants", "1000", *limits],
                              check=False, capture_output=True, encoding="utf-8", timeout=100)
        return done.returncode, done.stderr

    def test_within_the_limits(self):
        self.assertEqual(self.run_with("--max-ratio", "1e6", "--max-peak", "1e6"), (0, ""))

    def test_above_the_limits(self):
        code, said = self.run_with("--max-ratio", "0.001", "--max-peak", "0.002")
        self.assertEqual(code, 1)
        self.assertRegex(said, r"^1,000 grants: a plan takes as long as [0-9.]+ scans, and may take 0\.001\n"
                               r"1,000 grants: a plan takes [0-9.]+ MB, and may take 0\.002 MB\n$")


if __name__ == "__main__":
    unittest.main()
