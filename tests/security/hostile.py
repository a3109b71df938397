"""What the tests of this folder share: what must never be printed, and whether a file was touched."""

import pathlib
import re
import sys
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from command_line import CommandLineTest, TOKEN  # noqa: E402


class HostileTest(CommandLineTest):
    def assert_harmless(self, done):
        """The output goes to a terminal, and to the log of a runner, which obeys lines."""
        # What stops commands, and resumes them, with a word that nobody can guess, is Rollcall's own.
        said = re.sub(r"^::(stop-commands::)?[0-9a-f]{32}-[12](::)?$", "", done.stdout + done.stderr, flags=re.M)
        for line in said.split("\n"):
            unseen = {c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")}
            # A source line is shown with its tabs.
            self.assertEqual(unseen - {"\t"}, set(), line)
            self.assertFalse(line.lstrip().startswith("::"), line)
            self.assertNotIn("##[", line)
            self.assertNotIn("##vso[", line)

    def assert_no_token_in_files(self):
        for path in self.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn(TOKEN.encode(), path.read_bytes(), path)

    def contents(self):
        """Every name below the folder, with the bytes of regular files."""
        return {str(path.relative_to(self.folder)): path.read_bytes() if path.is_file() else None
                for path in self.folder.rglob("*")}
