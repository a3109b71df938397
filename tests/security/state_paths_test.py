#!/usr/bin/python3
"""Hostile values of `state:`: each is refused with words, sends nothing, and leaves every file as it was."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from command_line import ROSTER, TOKEN, main  # noqa: E402
from hostile import HostileTest  # noqa: E402

OUTSIDE = "outside the project's folder"


class StatePaths(HostileTest):
    def setUp(self):
        super().setUp()
        # Nobody listens there: what is sent would be told.
        self.environment |= {"ROLLCALL_SERVER": "http://127.0.0.1:1", "ROLLCALL_TOKEN": TOKEN}
        self.write("project/roster.yaml", ROSTER)
        self.write("outside/notes", "my thesis")
        self.write("project/notes", "my thesis")
        self.project = self.folder / "project"
        (self.project / "folder").mkdir()
        os.symlink("../outside/new.json", self.project / "dangling")
        os.symlink("../outside/notes", self.project / "link")
        os.symlink("../outside", self.project / "way")
        os.symlink("loop", self.project / "loop")
        os.link(self.folder / "outside" / "notes", self.project / "hard")
        os.mkfifo(self.project / "pipe")

    def check(self, value, words, *arguments):
        before = self.contents()
        for command in (("plan",), ("apply", "--auto-approve"), ("state", "list")):
            done = self.rollcall(*command, *arguments, code=1, cwd=self.project)
            self.assertIn(words, done.stderr, value)
            self.assert_harmless(done)
            self.assertNotIn("thesis", done.stdout + done.stderr)
            self.assertNotIn("127.0.0.1", done.stderr)
        self.assertEqual(self.contents(), before)

    def test_values_of_the_project_file(self):
        for value, words in (
                ("/etc/rollcall.json", OUTSIDE),
                ("../outside/new.json", OUTSIDE),
                ("folder/../../outside/new.json", OUTSIDE),
                ("way/new.json", OUTSIDE),
                ("dangling", OUTSIDE),
                ("link", OUTSIDE),
                ("/dev/full", OUTSIDE),
                ("folder", "is a folder, not a state file"),
                ("pipe", "is not a regular file"),
                ("hard", "error: "),
                ("notes", "error: "),
                ("loop", "error: "),
                ("http://state.example.com/a", "plain http:// would send the state and its password"),
                ("https://ana:word@state.example.com/a", "holds a user name or password"),
                ("ftp://state.example.com/a", "where no state is kept"),
                ("''", "`state` is empty"),
        ):
            with self.subTest(value):
                self.write("project/rollcall.yaml", f"version: 1\nstate: {value}\n")
                self.check(value, words)

    def test_values_of_the_command_line(self):
        for value, words in (
                ("/dev/full", "is not a regular file"),
                ("/dev/ptmx", "is not a regular file"),
                ("pipe", "is not a regular file"),
                ("folder", "is a folder, not a state file"),
                ("notes/state.json", "error: "),
                ("n" * 300, "error: "),
        ):
            with self.subTest(value):
                self.check(value, words, "--state", value)


if __name__ == "__main__":
    main()
