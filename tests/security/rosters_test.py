#!/usr/bin/python3
"""Rosters that mean to take long, or to make messages long, are refused or read like others. How long large ones take is
measured by tests/bench/rosters.py."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from command_line import CommandLineTest, main  # noqa: E402
from hostile_rosters import SHAPES, nested_groups  # noqa: E402
from sanitized import SANITIZED, some_of  # noqa: E402

MEGABYTE = 1_000_000


class Rosters(CommandLineTest):
    def validate(self, files, code):
        for name, text in files.items():
            self.write(f"roster/{name}", text)
        done = self.rollcall("validate", "roster", code=code)
        for name in files:
            (self.folder / "roster" / name).unlink()
        # At most 50 problems, each a few lines of some hundred characters.
        self.assertLess(len(done.stdout) + len(done.stderr), 100_000)
        return done.stdout + done.stderr

    def test_a_long_pattern(self):
        told = self.validate(SHAPES["long_pattern"](3 * MEGABYTE // 2), 1)
        self.assertIn("this pattern has 1,500,001 bytes; the maximum is 200 [R118]", told)

    def test_many_unknown_names(self):
        told = self.validate(SHAPES["unknown_users"](MEGABYTE // 4 if SANITIZED else MEGABYTE), 1)
        self.assertIn("unknown user `nobody0@example.com` [R111]", told)
        self.assertRegex(told, r"and [0-9,]+ more errors\n$")

    def test_deeply_nested_groups(self):
        levels = 5_000 if SANITIZED else 20_000
        told = self.validate(nested_groups(levels * 130), 0)
        self.assertIn(f"{levels:,} grants", told)
        self.assertIn(f"{levels:,} grants", self.validate(nested_groups(levels * 130, named="all"), 0))
        told = self.validate(nested_groups(levels * 70, member="ana@example.com", named="rules"), 0)
        self.assertIn(" 1 grant.", told)
        self.assertIn("[R907]", self.validate(nested_groups(20_000 * 130, named="rules"), 1))

    def test_a_small_roster_that_means_many_grants(self):
        told = self.validate(SHAPES["many_grants"](600_000), 1)
        self.assertIn("the rules up to this one result in more than 5,000,000 grants [R906]", told)

    def test_every_shape_comes_to_its_end(self):
        for name, shape in some_of(SHAPES.items(), 2):
            with self.subTest(name):
                files = shape(10_000 if SANITIZED else 40_000)
                for file, text in files.items():
                    self.write(f"roster/{file}", text)
                done = self.rollcall_of_any_end("validate", "roster")
                for file in files:
                    (self.folder / "roster" / file).unlink()
                self.assertIn(done.returncode, (0, 1))
                self.assertLess(len(done.stdout) + len(done.stderr), 100_000)
                self.assertNotIn("memory", done.stderr)
                if done.returncode == 1:
                    self.assertRegex(done.stderr, re.compile(r"error: .* \[R[0-9]{3}\]$", re.M))

    def rollcall_of_any_end(self, *arguments):
        process = self.start(*arguments)
        process.stdout, process.stderr = process.communicate(timeout=120)
        return process


if __name__ == "__main__":
    main()
