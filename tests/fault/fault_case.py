"""What the accident tests share: estates that are made once, and copies of them for each test."""

import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import project  # noqa: E402
from estates import Estate, ROOT  # noqa: E402
from project import APPLY, STATE, Start  # noqa: E402,F401

BUILD = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]) else None
LONG = "--long" in sys.argv
if LONG:
    sys.argv.remove("--long")


def users(count, name="users"):
    """`count` users, and their grants in one account: one request an action."""
    estate = Estate(name)
    for n in range(count):
        email = f"user{n}@example.com"
        estate.after["users"][email] = {"name": f"User {n}"}
        estate.give("hq", email, None, "agent")
    return estate


class FaultCase(unittest.TestCase):
    maxDiff = None
    starts = {}

    def start_of(self, estate):
        """Estates of one name are one."""
        if estate.name not in self.starts:
            self.starts[estate.name] = Start(BUILD, estate)
        return self.starts[estate.name]

    def project(self, frozen, *options):
        one = frozen.project(*options)
        self.addCleanup(one.stop)
        return one

    def killed(self, frozen, then="continue", **order):
        """A project whose apply was killed at a request."""
        one = self.project(frozen)
        held, _, text = one.kill_at(one.sandbox.fault(**order), then)
        self.assertTrue(held, text)
        one.settle_server()
        return one

    def ends_right(self, one, frozen):
        one.applied()
        one.finish()
        one.expect_picture(frozen.wanted)

    def journal(self, one):
        found = list(one.folder.glob("*.journal"))
        self.assertEqual(len(found), 1)
        return found[0]

    def refused(self, one, *says, command=APPLY):
        """The command fails, says so much, sends no write, and changes no file."""
        before = self.kept(one)
        asked = len(self.writes(one))
        code, text = one.run(*command)
        self.assertEqual(code, 1, text)
        for said in says:
            self.assertRegex(text, said)
        self.assertIn("hint:", text)
        self.assertEqual(len(self.writes(one)), asked)
        self.assertEqual(self.kept(one), before)
        return text

    @staticmethod
    def kept(one):
        """All files but the lock, which says who held it last."""
        return {name: file for name, file in one.files().items() if not name.endswith(".lock")}

    def writes(self, one):
        return [entry for entry in one.sandbox.control("GET", "log") if entry["method"] != "GET"]

    def names(self, one, kind="accounts"):
        return sorted(thing["name"] for thing in one.sandbox.control("GET", "snapshot")[kind])

    def access(self, one):
        return {(account["name"], member["email"]): member["role"]
                for account in one.sandbox.control("GET", "snapshot")["accounts"] for member in account["members"]}


def main():
    assert BUILD is not None and project.ROOT.exists()
    unittest.main(verbosity=1)


__all__ = ["APPLY", "BUILD", "Estate", "FaultCase", "LONG", "ROOT", "STATE", "Start", "main", "users"]
