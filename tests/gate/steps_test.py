#!/usr/bin/python3
"""The steps of .ci in a repository of a few files, with tools that do as they are told."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HOUR = 3600

# install_packages has nothing to install here.
PRELUDE = "set -euo pipefail; source .ci/steps.sh; install_packages() { :; }; "


class Steps(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rollcall-gate-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "tools").mkdir()
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("CI_", "GITHUB_", "GIT_"))}
        self.environment |= {"PATH": f"{self.folder / 'tools'}:{os.environ['PATH']}", "GIT_CONFIG_GLOBAL": "/dev/null",
                             "GIT_CONFIG_SYSTEM": "/dev/null"}
        self.repository = self.folder / "repository"
        for name in (".ci/steps.sh", ".ci/cppcheck-suppressions", "tests/support/setup.sh"):
            (self.repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.repository / name)
        self.write("src/plan/plan.cpp")
        self.write("src/http/throttle.cpp", "#include <mutex>\n")

    def write(self, name, text="int one();\n"):
        path = self.repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def git(self, *arguments, **environment):
        return subprocess.run(["git", *arguments], cwd=self.repository, env={**self.environment, **environment},
                              check=True, capture_output=True, encoding="utf-8").stdout.strip()

    def commit(self, hours_ago):
        if not (self.repository / ".git").exists():
            self.git("init", "--quiet")
        date = f"{int(time.time() - hours_ago * HOUR)} +0000"
        self.git("add", "--all")
        self.git("-c", "user.name=Ana", "-c", "user.email=ana@example.com", "commit", "--quiet", "--allow-empty",
                 "--message", "A change", GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
        return self.git("rev-parse", "HEAD")

    def tool(self, name, script):
        path = self.folder / "tools" / name
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(0o755)

    def bash(self, script, code=0):
        done = subprocess.run(["bash", "-c", PRELUDE + script], cwd=self.repository, env=self.environment, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=60)
        self.assertEqual(done.returncode, code, done.stdout)
        return done.stdout

    def files(self):
        """What a run looks at, and what it says about that."""
        said, *files = self.bash('take_changed_files; printf "%s\\n" "${files[@]}" | sort').splitlines()
        return said, files

    def everything(self):
        return sorted(str(path.relative_to(self.repository)) for folder in ("src", "tests")
                      for path in (self.repository / folder).rglob("*") if path.is_file())

    # What a change touches.

    def test_since_the_newest_commit_older_than_a_day(self):
        self.commit(50)
        self.write("src/plan/older.cpp")
        base = self.commit(30)
        self.write("src/plan/newer.cpp")
        self.commit(20)
        self.write("src/plan/newest.cpp")
        self.commit(1)
        self.write("src/plan/not_committed.cpp")
        said, files = self.files()
        self.assertRegex(said, f"^Looking at what has changed since {base[:7]} of [-0-9]+, files: 3$")
        self.assertEqual(files, ["src/plan/newer.cpp", "src/plan/newest.cpp", "src/plan/not_committed.cpp"])

    def test_a_commit_is_looked_at_however_old_it_is(self):
        self.commit(90)
        self.write("src/plan/last.cpp")
        self.commit(70)
        self.assertEqual(self.files()[1], ["src/plan/last.cpp"])

    def test_since_the_base_of_a_merge_request(self):
        self.commit(50)
        self.write("src/plan/on_main.cpp")
        base = self.commit(3)
        self.git("update-ref", "refs/remotes/origin/main", base)
        self.write("src/plan/on_the_branch.cpp")
        self.commit(2)
        for name, value in (("CI_MERGE_REQUEST_DIFF_BASE_SHA", base), ("GITHUB_BASE_REF", "main")):
            with self.subTest(name):
                self.environment[name] = value
                self.assertEqual(self.files()[1], ["src/plan/on_the_branch.cpp"])
                del self.environment[name]

    def test_everything_without_a_commit_to_compare_with(self):
        self.assertEqual(self.bash('take_changed_files 2>/dev/null; printf "%s\\n" "${files[@]}" | sort').splitlines(),
                         ["Looking at all files: there is no commit to compare with", *self.everything()])
        self.commit(2)
        self.write("src/plan/new.cpp")
        self.commit(1)
        self.assertEqual(self.files(),
                         ("Looking at all files: there is no commit to compare with", self.everything()))
        self.environment["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = "0" * 40
        self.assertIn("there is no commit to compare with", self.bash("take_changed_files"))

    def test_everything_where_what_decides_the_findings_has_changed(self):
        base = self.commit(50)
        self.commit(40)
        for name in (".clang-tidy", "CMakeLists.txt", "CMakePresets.json", ".ci/cppcheck-suppressions"):
            with self.subTest(name):
                self.write(name, "# changed\n")
                self.commit(2)
                said, files = self.files()
                self.assertIn(f"Looking at all files: {name} has changed since", said)
                self.assertEqual(files, self.everything())
                self.git("reset", "--quiet", "--hard", base)
                self.commit(40)

    def test_races_are_looked_for_where_threads_are(self):
        self.commit(50)
        self.commit(40)
        self.write("src/plan/plan.cpp", "int two();\n")
        run = 'check_races() { echo "looked"; }; take_changed_files >/dev/null; check_races_if_touched'
        self.assertEqual(self.bash(run), "Nothing that has threads has changed.\n")
        self.write("src/http/retry.cpp")
        self.assertEqual(self.bash(run), "looked\n")

    # What a tool says, and how it ends.

    def tidy(self, script, code):
        self.tool("clang-tidy", script)
        return self.bash("tidy --checks=x <<<src/plan/plan.cpp", code)

    def test_the_findings_of_clang_tidy_fail(self):
        finding = "src/plan/plan.cpp:1:5: error: bad [x]"
        self.assertEqual(self.tidy(f'echo "{finding}"; echo "12 warnings generated." >&2; exit 1', 123), finding + "\n")

    def test_where_clang_tidy_finds_nothing_it_says_nothing(self):
        self.assertEqual(self.tidy('echo "12 warnings and 1 error generated." >&2', 0), "")

    def test_a_failure_of_clang_tidy_is_shown(self):
        self.assertEqual(self.tidy('echo "cannot read its configuration" >&2; exit 1', 123),
                         "clang-tidy failed (exit code 1) over src/plan/plan.cpp\ncannot read its configuration\n")
        self.assertIn("clang-tidy failed (exit code 139) over src/plan/plan.cpp", self.tidy("kill -SEGV $$", 123))
        self.assertIn("a note without a finding", self.tidy('echo "a note without a finding" >&2', 0))

    def test_many_files_are_looked_at_by_folders(self):
        for number in range(61):
            self.write(f"src/plan/file{number}.cpp")
        self.write("build/release/src/CMakeFiles/rollcall_plan.dir/Unity/unity_0_cxx.cxx")
        self.tool("cmake", "")
        self.tool("clang-tidy", f'echo "$@" >>{self.folder}/asked')
        self.commit(1)
        self.bash("take_changed_files; check_tidy")
        asked = (self.folder / "asked").read_text().splitlines()
        self.assertEqual(len([line for line in asked if "-p build/dev --checks=-*,clang-analyzer-*" in line]), 63)
        self.assertEqual(len([line for line in asked if "unity_0_cxx.cxx -p build/release" in line]), 1)

    def test_a_failed_step_fails_the_run_after_the_others(self):
        script = """
prepare() { :; }
good() { echo "it is good"; }
bad() { false; echo "it goes on after an error"; }
step first "one that fails" bad
step second "one that does not" good
main "Usage: run" """
        shown = self.bash(script, 1)
        self.assertNotIn("it goes on after an error", shown)
        self.assertIn("it is good", shown)
        self.assertRegex(shown, r"first +FAILED +\d+ s")
        self.assertRegex(shown, r"second +passed +\d+ s")
        self.assertRegex(shown, r"total +FAILED +\d+ s")
        self.assertNotIn("first", self.bash(script + "--only second"))
        self.bash(script + "--only third", 2)


if __name__ == "__main__":
    unittest.main()
