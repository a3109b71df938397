#!/usr/bin/python3
"""The steps of .ci, and tests/run.sh, in a repository of a few files, with tools that do as they are told."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HOUR = 3600

# install_packages has nothing to install here.
PRELUDE = "set -euo pipefail; source .ci/steps.sh; install_packages() { :; }; "


class Repository(unittest.TestCase):
    """One of a few files, and a folder of tools that come before the machine's own."""
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rollcall-gate-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "tools").mkdir()
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("CI_", "GITHUB_", "GIT_", "ROLLCALL_"))}
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


class Steps(Repository):
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


class Scripts(Repository):
    """The scripts themselves, where every package is installed and a build makes nothing."""

    # What it was asked for; then the log that the real one leaves, with the closing line of a campaign.
    CTEST = """
echo "ctest $*; shard: ${ROLLCALL_CAMPAIGN_SHARD:-none}; long: ${ROLLCALL_CAMPAIGN_LONG:-no}"
mkdir -p "build/$2/Testing/Temporary"
echo "shard 1/1: 9 right" >"build/$2/Testing/Temporary/LastTest.log"
exit "${CTEST_CODE:-0}"
"""

    def setUp(self):
        super().setUp()
        for name in ("tests/run.sh", ".ci/run", ".ci/nightly"):
            shutil.copy(ROOT / name, self.repository / name)
        self.tool("dpkg-query", "echo installed")
        self.tool("apt-get", 'echo "apt-get $*"; exit 1')
        self.tool("cmake", "")
        self.tool("ctest", self.CTEST)

    def script(self, name, *arguments, code=0, **environment):
        done = subprocess.run([self.repository / name, *arguments], cwd=self.folder,
                              env=self.environment | environment, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, encoding="utf-8", timeout=60)
        self.assertEqual(done.returncode, code, done.stdout)
        return done.stdout

    def stand_at(self, message, commit, repository=None):
        """The repository's commit becomes one without files, whose hash is always the same."""
        ana = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
               for what, value in (("NAME", "Ana"), ("EMAIL", "ana@example.com"), ("DATE", "1700000000 +0000"))}
        at = ["-C", str(repository or self.repository)]
        self.git(*at, "init", "--quiet", "--object-format=sha1")
        tree = self.git(*at, "hash-object", "-t", "tree", "-w", "/dev/null")
        made = self.git(*at, "commit-tree", "-m", message, tree, **ana)
        self.assertEqual(made[:7], commit)
        self.git(*at, "update-ref", "HEAD", made)

    def shard(self, **environment):
        """Which one tests/run.sh says that it takes, and hands to the campaigns."""
        said = self.script("tests/run.sh", **environment)
        shard = re.search("^Campaigns: ROLLCALL_CAMPAIGN_SHARD=(.*)$", said, re.M)[1]
        self.assertIn(f"; shard: {shard}; ", said)
        return shard

    # Which shard of the campaigns.

    def test_the_hash_of_the_commit_chooses_the_shard(self):
        for message, commit, shard in (("Change 1", "44b6fce", "7/24"), ("Change 2", "f7a54b0", "17/24"),
                                       ("Change 3", "d2983f3", "12/24"), ("Change 45", "3f61a88", "1/24")):
            with self.subTest(commit):
                self.stand_at(message, commit)
                self.assertEqual(self.shard(), shard)

    def test_the_environment_chooses_the_shard_before_the_commit_does(self):
        self.stand_at("Change 1", "44b6fce")
        self.assertEqual(self.shard(ROLLCALL_CAMPAIGN_SHARD="3/5"), "3/5")
        self.assertEqual(self.shard(ROLLCALL_CAMPAIGN_SHARD=""), "7/24")
        self.assertEqual(self.shard(ROLLCALL_CAMPAIGN_SHARDS="5"), "2/5")
        self.assertEqual(self.shard(ROLLCALL_CAMPAIGN_SHARDS="7"), "7/7")

    def test_without_git_it_is_the_first_shard(self):
        self.assertEqual(self.shard(), "1/24")
        self.stand_at("Change 1", "44b6fce")
        self.tool("git", "exit 127")
        self.assertEqual(self.shard(), "1/24")

    def test_without_a_commit_it_is_the_first_shard(self):
        self.git("init", "--quiet")
        self.assertEqual(self.shard(), "1/24")

    def test_a_folder_inside_of_a_repository_is_not_its_commit(self):
        self.stand_at("Change 1", "44b6fce", repository=self.folder)
        self.assertEqual(self.git("rev-parse", "--short=7", "HEAD"), "44b6fce")
        self.assertEqual(self.shard(), "1/24")

    def test_the_tests_end_as_ctest_does(self):
        said = self.script("tests/run.sh", "--preset", "asan", "-LE", "campaign", code=8, CTEST_CODE="8")
        self.assertRegex(said, r"(?m)^ctest --preset asan --parallel \d+ -LE campaign; ")
        self.assertNotIn("apt-get", said)

    def test_only_the_targets_that_are_named_are_built(self):
        self.tool("cmake", 'echo "cmake $*"')
        said = self.script("tests/run.sh", "--preset", "asan", "--target", "one", "--target", "two", "-L", "campaign")
        self.assertIn("cmake --build --preset asan --target one two -- --quiet\n", said)
        self.assertRegex(said, r"(?m)^ctest --preset asan --parallel \d+ -L campaign; ")

    # Which steps there are.

    def steps(self, name):
        return [line.split()[0] for line in self.script(name, "--list").splitlines()]

    def test_the_steps_are_listed_as_the_guide_has_them(self):
        guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
        for name, steps in ((".ci/run", ["format", "tests", "asan", "tidy", "cppcheck", "tsan"]),
                            (".ci/nightly", ["campaigns", "tsan", "tidy", "cppcheck", "clang", "fuzzers", "bare", "pages",
                                             "benchmark"])):
            with self.subTest(name):
                self.assertEqual(self.steps(name), steps)
                table = guide.partition(f"| step of `{name}` | is |")[2].partition("\n\n")[0]
                told = [row.split("|")[1] for row in table.splitlines()[2:]]
                self.assertEqual(re.findall("`(.*?)`", "".join(told)), steps)

    def test_a_list_runs_no_step(self):
        for name in (".ci/run", ".ci/nightly"):
            self.assertNotIn("==", self.script(name, "--only", "cppcheck", "--list"))
        self.assertIn("  asan ", self.script(".ci/nightly", "--long", "--list"))
        self.assertIn("There is no option --shorter", self.script(".ci/nightly", "--shorter", code=2))

    # What they hand to the campaigns.

    def test_a_change_meets_a_shard_and_a_night_all_of_them(self):
        self.stand_at("Change 1", "44b6fce")
        self.assertIn("; shard: 7/24; long: no\n", self.script(".ci/run", "--only", "tests"))
        said = self.script(".ci/nightly", "--only", "campaigns")
        self.assertRegex(said, r"(?m)^ctest --preset release --parallel \d+ -L campaign; shard: 1/1; long: no$")
        self.assertEqual(said.count("\nshard 1/1: 9 right\n"), 1)

    def test_a_long_night_has_thousands_of_cases(self):
        for arguments in (("--long", "--only", "campaigns"), ("--only", "campaigns", "--long")):
            self.assertIn("; shard: 1/1; long: 1\n", self.script(".ci/nightly", *arguments))
        self.stand_at("Change 1", "44b6fce")
        said = self.script(".ci/nightly", "--long", "--only", "campaigns", "--only", "asan")
        self.assertRegex(said, r"(?m)^ctest --preset asan --parallel \d+ -L campaign; shard: 7/24; long: 1$")
        self.assertEqual(said.count("\nshard 1/1: 9 right\n"), 2)

    def test_tests_that_fail_fail_the_step(self):
        self.assertRegex(self.script(".ci/nightly", "--only", "campaigns", code=1, CTEST_CODE="8"), "campaigns +FAILED")


if __name__ == "__main__":
    unittest.main()
