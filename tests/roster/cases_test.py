#!/usr/bin/python3
"""Holds every bad roster of this folder to the whole text that it causes, which stands beside it as NAME.expected.

A case is a file or a folder, checked by `rollcall validate NAME`. A folder with a project file (rollcall.yaml) is a
project of its own and checked in place; one with a recorded state (state.json) too is planned against it, and the
whole plan is compared. To write the texts anew after a wanted change, run this with ROLLCALL_UPDATE_GOLDEN=1 in the
environment, then read the difference.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

CASES = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(CASES.parent / "support"))

from sanitized import some_of, some_tests  # noqa: E402

DOCS = CASES.parents[1] / "docs"
BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
# Cases that cannot be in the repository.
MADE_HERE = {"001-broken-link", "001-no-such-file", "001-pipe", "001-project-file", "002-too-large",
             "022-too-many-separators", "023-too-many-errors", "023-too-many-warnings", "127-too-many-defaults", "119-slow-patterns", "906-too-many-grants", "907-groups-that-take-too-long", "020-link-to-a-folder", "021-link-to-the-outside", "p20-another-server"}


def output(folder, *arguments, **variables):
    """What it says, diagnostics first, without today's date; the closing line of a valid roster is left out."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ROLLCALL_")} | variables
    done = subprocess.run([BUILD / "rollcall", *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
    told = re.sub(rb"\A(Plan.*), [-0-9]{10}$", rb"\1, TODAY", done.stdout, flags=re.M) if arguments[0] == "plan" else b""
    return done.returncode, (done.stderr + told).decode("utf-8")


def run(case):
    if not (case / "rollcall.yaml").exists():
        return output(CASES, "validate", case.name)
    with tempfile.TemporaryDirectory() as folder:
        project = pathlib.Path(folder) / "project"
        shutil.copytree(case, project)
        if (case / "state.json").exists():
            return output(project, "plan", "--state", "state.json")
        return output(project, "validate")


def all_cases():
    return [case for case in sorted(CASES.iterdir())
            if re.match(r"(p|[0-9])[0-9]{2}", case.name) and (case.is_dir() or case.suffix == ".yaml")]


def rules(text, before):
    return set(re.findall(re.escape(before) + r"([RP][0-9]{3})\b", text))


class Compared(unittest.TestCase):
    maxDiff = None

    def compare(self, name, text):
        expected = CASES / f"{name}.expected"
        if "ROLLCALL_UPDATE_GOLDEN" in os.environ:
            expected.write_bytes(text.encode("utf-8"))
        self.assertEqual(text, expected.read_bytes().decode("utf-8"))


class Cases(Compared):
    def test_every_case_causes_exactly_its_expected_text(self):
        cases = all_cases()
        self.assertGreater(len(cases), 150)
        for case in some_of(cases, 3):
            with self.subTest(case.name):
                code, text = run(case)
                self.assertEqual(code, 1 if "error: " in text else 0)
                self.assertTrue(text)
                self.compare(case.name.removesuffix(".yaml"), text)

    def test_a_path_that_is_not_there(self):
        self.compare("001-no-such-file", output(CASES, "validate", "nowhere.yaml")[1])

    def test_a_link_that_leads_nowhere(self):
        with tempfile.TemporaryDirectory() as folder:
            roster = pathlib.Path(folder) / "roster"
            roster.mkdir()
            (roster / "users.yaml").symlink_to("nowhere.yaml")
            self.compare("001-broken-link", output(folder, "validate", "roster")[1])

    def test_a_pipe_is_not_waited_for(self):
        with tempfile.TemporaryDirectory() as folder:
            roster = pathlib.Path(folder) / "roster"
            roster.mkdir()
            (roster / "users.yaml").write_text("version: 1\n", encoding="utf-8")
            os.mkfifo(roster / "pipe.yaml")
            self.compare("001-pipe", output(folder, "validate", "roster")[1])

    def test_a_link_to_a_folder_is_not_passed_over_in_silence(self):
        with tempfile.TemporaryDirectory() as folder:
            roster = pathlib.Path(folder) / "roster"
            (roster / "desks").mkdir(parents=True)
            (roster / "desks" / "users.yaml").write_text("version: 1\n", encoding="utf-8")
            (roster / "shared").symlink_to("desks")
            (roster / ".hidden").symlink_to("desks")
            code, text = output(folder, "validate", "roster")
            self.assertEqual(code, 0)
            self.compare("020-link-to-a-folder", text)

    def test_a_link_to_the_outside_is_not_read(self):
        with tempfile.TemporaryDirectory() as folder:
            roster = pathlib.Path(folder) / "project" / "roster"
            roster.mkdir(parents=True)
            (pathlib.Path(folder) / "outside.yaml").write_text("version: 1\nusers: {}\n", encoding="utf-8")
            (roster / "users.yaml").symlink_to("../../outside.yaml")
            self.compare("021-link-to-the-outside", output(roster.parent, "validate")[1])

    def test_the_project_file_names_another_server(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "rollcall.yaml").write_text(
                "version: 1\nserver: https://other.example.com\n", encoding="utf-8")
            self.compare("p20-another-server",
                         output(folder, "validate", ROLLCALL_SERVER="https://chat.example.com")[1])

    def test_the_project_file_is_no_roster(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("rollcall.yaml", "other/rollcall.yaml", "roster.yaml"):
                path = pathlib.Path(folder) / name
                path.parent.mkdir(exist_ok=True)
                path.write_text("version: 1\n", encoding="utf-8")
            code, text = output(folder, "validate", "rollcall.yaml", "other/rollcall.yaml", "roster.yaml")
            self.assertEqual(code, 1)
            self.compare("001-project-file", text)

    def test_no_expected_text_is_left_over(self):
        names = {case.name.removesuffix(".yaml") for case in all_cases()} | MADE_HERE
        self.assertEqual({path.stem for path in CASES.glob("*.expected")}, names)

    def test_every_rule_of_the_manual_is_shown_and_no_other(self):
        shown = set().union(*(rules(path.read_text(encoding="utf-8"), "[") for path in CASES.glob("*.expected")))
        documented = set().union(*(rules((DOCS / name).read_text(encoding="utf-8"), "\n| ")
                                   for name in ("roster.md", "project.md")))
        self.assertEqual(shown, documented)
        self.assertGreater(len(shown), 70)


@some_tests(3)
class Limits(Compared):
    """What a roster may have of everything, which takes large ones."""

    def compare_validated(self, name, text):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "roster.yaml").write_text(text, encoding="utf-8")
            self.compare(name, output(folder, "validate", "roster.yaml")[1])

    def test_a_file_that_is_too_large(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(pathlib.Path(folder) / "too-large.yaml", "wb") as file:
                file.truncate(64 * 1024 * 1024 + 1)
            self.compare("002-too-large", output(folder, "validate", "too-large.yaml")[1])

    def test_more_separators_than_a_roster_can_have(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "a.yaml").write_text("version: 1\n" + "\n" * 2_000_000, encoding="utf-8")
            (pathlib.Path(folder) / "b.yaml").write_text("version: 1\n#" + "," * 1_999_996, encoding="utf-8")
            (pathlib.Path(folder) / "c.yaml").write_text("version: 1\n", encoding="utf-8")
            self.assertEqual(output(folder, "validate", "a.yaml", "b.yaml")[0], 0)
            self.compare("022-too-many-separators", output(folder, "validate", "a.yaml", "b.yaml", "c.yaml")[1])

    def test_more_errors_than_are_looked_for(self):
        text = "version: 1\nusers: [" + ", ".join(["1"] * 3) + "]\ngrants:\n" + "- 1\n" * 100_001
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "roster.yaml").write_text(text, encoding="utf-8")
            shown = output(folder, "validate", "roster.yaml")[1]
        self.assertTrue(shown.endswith("and 99,952 more errors\n"))
        self.compare("023-too-many-errors", "".join(shown.splitlines(keepends=True)[:6]))

    def test_more_warnings_than_are_kept(self):
        text = ("version: 1\naccounts:\n  desk: {name: Desk}\nusers:\n  ana@example.com: {name: Ana}\ngrants:\n"
                "  - {role: administrator, accounts: [desk], users: [" + "ana@example.com, " * 100_002 + "]}\n")
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "roster.yaml").write_text(text, encoding="utf-8")
            code, shown = output(folder, "validate", "roster.yaml")
        self.assertEqual(code, 0)
        self.compare("023-too-many-warnings", "".join(shown.splitlines(keepends=True)[:2]))

    def test_more_defaults_than_can_be_given(self):
        attributes = ", ".join(f"a{number}: 1" for number in range(2000))
        accounts = "".join(f"  b{number}: {{name: B}}\n" for number in range(1001))
        self.compare_validated("127-too-many-defaults", "version: 1\ndefaults:\n  accounts:\n    custom_attributes: {"
                               f"{attributes}}}\naccounts:\n{accounts}")

    def test_patterns_that_take_too_long(self):
        accounts = "".join(f"  {'a' * 90}{number:04}: {{name: A}}\n" for number in range(1000))
        patterns = "".join(f'      - "*{"[ab]" * 45}{number:04}"\n' for number in range(100))
        self.compare_validated("119-slow-patterns", f"version: 1\naccounts:\n{accounts}grants:\n  - role: agent\n"
                               f"    accounts:\n{patterns}    groups: [all]\ngroups:\n  all: {{members: []}}\n")

    def test_more_grants_than_a_roster_can_mean(self):
        accounts = "".join(f"  a{number}: {{name: A}}\n" for number in range(2237))
        users = "".join(f"  u{number}@example.com: {{name: U}}\n" for number in range(2236))
        everybody = ", ".join(f"u{number}@example.com" for number in range(2236))
        text = (f"version: 1\naccounts:\n{accounts}users:\n{users}groups:\n  all: {{members: [{everybody}]}}\ngrants:\n"
                '  - {role: agent, accounts: [a0], users: [u0@example.com]}\n  - {role: agent, accounts: ["*"], groups: [all]}\n')
        self.compare_validated("906-too-many-grants", text)

    def test_groups_that_take_too_long_to_work_out(self):
        users = "".join(f"  u{number}@example.com: {{name: U}}\n" for number in range(10_500))
        groups = "".join(f"  g{number}: {{members: [u{number}@example.com], groups: [g{number + 1}]}}\n"
                         for number in range(10_499))
        rules = "".join(f"  - {{role: agent, accounts: [a], groups: [g{number}]}}\n" for number in range(10_499))
        self.compare_validated("907-groups-that-take-too-long", f"version: 1\naccounts:\n  a: {{name: A}}\nusers:\n{users}"
                               f"groups:\n{groups}  g10499: {{}}\ngrants:\n{rules}")


if __name__ == "__main__":
    unittest.main()
