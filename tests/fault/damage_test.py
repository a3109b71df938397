#!/usr/bin/python3
"""The journal of a killed apply, cut off and changed: what comes back is right, or nothing is touched."""

import json
import random
import re

import estates
from fault_case import APPLY, FaultCase, LONG, main
from sanitized import SANITIZED

PLACES = 1500 if LONG else 8 if SANITIZED else 60


class Damage(FaultCase):
    @classmethod
    def setUpClass(cls):
        cls.random = random.Random(7)

    def setUp(self):
        self.start = self.start_of(estates.everything())
        one = self.start.project()
        held, _, text = one.kill_at(one.sandbox.fault(method="DELETE", path="account_users$", nth=3, point="row"))
        self.assertTrue(held, text)
        one.settle_server()
        self.frozen = self.start.freeze(one)
        one.stop()
        self.addCleanup(self.frozen.close)

    def each(self, damage):
        """Copies with a damaged journal: (refused, recovered)."""
        refused = recovered = 0
        for _ in range(PLACES):
            with self.frozen.project() as one:
                journal = self.journal(one)
                told = damage(journal)
                before = self.kept(one)
                code, text = one.run(*APPLY)
                with self.subTest(told):
                    if code == 1 and "journal" in text and self.kept(one) == before:
                        self.assertRegex(text, r"The journal cannot be used|is the journal of an interrupted run")
                        self.assertEqual(self.writes(one), [])
                        refused += 1
                        continue
                    recovered += 1
                    if not self.follow(one, code, text):
                        continue
                    one.finish()
                    self.nothing_twice(one)
        return refused, recovered

    def follow(self, one, code, text):
        """What was on disk for sure and is gone was lost by nobody's crash: the messages say how to go on. False
        where they send a user to the super-admin console, to look at a bot that nobody knows."""
        roster = json.loads((one.folder / "roster.yaml").read_text())
        for _ in range(6):
            if code == 0:
                return True
            if re.search(r"The server has bot \d+ already", text):
                self.assertIn("Nothing was sent.", text)
                return False
            for email in re.findall(r"users\.(\S+@example\.com)", text):
                if "adopt: true" in text and email in roster["users"]:
                    roster["users"][email]["adopt"] = True
            for number, key in re.findall(r"`id: (\d+)` at accounts\.(\S+) in", text):
                roster["accounts"][key]["id"] = int(number)
            one.write(json.dumps(roster, indent=1))
            one.settle_server()
            code, text = one.run(*APPLY)
        self.fail(text)

    def nothing_twice(self, one):
        picture = one.picture()
        for kind in ("accounts", "users"):
            self.assertEqual(self.plain(picture[kind]), self.plain(self.frozen.wanted[kind]))
        # A bot carries no marker: one whose intent was taken away again is not known to anybody.
        self.assertLessEqual({json.loads(line)["name"] for line in picture["bots"]},
                             {json.loads(line)["name"] for line in self.frozen.wanted["bots"]})

    @staticmethod
    def plain(lines):
        things = [json.loads(line) for line in lines]
        for thing in things:
            thing.get("custom_attributes", {}).pop("rollcall", None)
        return sorted(json.dumps(thing, sort_keys=True) for thing in things)

    def test_cut_off_anywhere(self):
        def cut(journal):
            text = journal.read_bytes()
            at = self.random.randrange(len(text))
            journal.write_bytes(text[:at])
            return f"cut off at byte {at} of {len(text)}"
        refused, recovered = self.each(cut)
        self.assertEqual((refused, recovered), (0, PLACES))

    def test_zeroes_at_the_end(self):
        def zeroes(journal):
            text = journal.read_bytes()
            at = self.random.randrange(len(text) * 3 // 4, len(text))
            journal.write_bytes(text[:at] + bytes(len(text) - at))
            return f"zeroes from byte {at} of {len(text)}"
        refused, recovered = self.each(zeroes)
        self.assertEqual((refused, recovered), (0, PLACES))

    def test_one_bit_anywhere(self):
        def flip(journal):
            text = bytearray(journal.read_bytes())
            at = self.random.randrange(len(text))
            text[at] ^= 1 << self.random.randrange(8)
            journal.write_bytes(bytes(text))
            return f"byte {at} of {len(text)}"
        refused, recovered = self.each(flip)
        # A line break at the very end that became something else is an end that was cut off.
        self.assertGreater(refused, PLACES * 9 // 10)
        self.assertEqual(refused + recovered, PLACES)

    def test_lines_that_are_missing_or_came_twice(self):
        def shuffle(journal):
            lines = journal.read_bytes().splitlines(keepends=True)
            at = self.random.randrange(1, len(lines) - 1)
            if self.random.random() < 0.5:
                del lines[at]
            else:
                lines.insert(at, lines[at])
            journal.write_bytes(b"".join(lines))
            return f"line {at}"
        refused, _ = self.each(shuffle)
        self.assertEqual(refused, PLACES)


if __name__ == "__main__":
    main()
