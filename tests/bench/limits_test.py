#!/usr/bin/python3
"""The benchmarks fail where a limit is missed, and say by how much."""

import pathlib
import subprocess
import sys
import unittest

BUILD = sys.argv.pop(1)
RUN = pathlib.Path(__file__).with_name("run.py")
APPLY = pathlib.Path(__file__).with_name("apply.py")


class Limits(unittest.TestCase):
    def run_with(self, *limits):
        done = subprocess.run([sys.executable, RUN, "--build", BUILD, "--runs", "1", "--grants", "1000", *limits],
                              check=False, capture_output=True, encoding="utf-8", timeout=100)
        return done.returncode, done.stderr

    def test_within_the_limits(self):
        self.assertEqual(self.run_with("--max-ratio", "1e6", "--max-elapsed", "1e6", "--max-elapsed-in-files", "1e6",
                                       "--max-peak", "1e6"), (0, ""))

    def test_above_the_limits(self):
        code, said = self.run_with("--max-ratio", "0.001", "--max-elapsed", "0.002", "--max-elapsed-in-files", "0.003",
                                   "--max-peak", "0.004")
        self.assertEqual(code, 1)
        number = "[0-9]+[.][0-9]+"
        self.assertRegex(said, "^" + "".join(
            f"1,000 grants, files: {files}: a plan takes {number} {unit}, and may take {limit}\n"
            for files, elapsed in ((1, 0.002), (20, 0.003))
            for unit, limit in (("scans of processor time", 0.001), ("scans of elapsed time", elapsed), ("MB", 0.004))) + "$")

    def test_of_a_shared_state(self):
        for limit, ends in (("1000", 0), ("0.001", 1)):
            done = subprocess.run([sys.executable, APPLY, "--build", BUILD, "--states", "--runs", "1", "--grants", "200",
                                   "--max-shared", limit], check=False, capture_output=True, encoding="utf-8", timeout=100)
            self.assertEqual(done.returncode, ends, done.stderr)
            self.assertRegex(done.stdout, "^200 grants, 64 connections, 20 ms: file [0-9.]+ s, shared state [0-9.]+ s, ratio ")
            self.assertRegex(done.stderr, "^$" if ends == 0 else
                             "^an apply over a shared state takes [0-9.]+ times as long, and may take 0.001\n$")


if __name__ == "__main__":
    unittest.main()
