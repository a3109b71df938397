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


if __name__ == "__main__":
    unittest.main()
