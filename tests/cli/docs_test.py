#!/usr/bin/python3
"""Runs the commands of the documents as they are written, against the sandbox, and validates their rosters.

Every line of a block marked `sh` is run by one shell a document, in order, in a project of its own. What cannot be
run stands below with its reason; a line of that list that no document has any more fails, too."""

import json
import os
import re
import subprocess
import tempfile

from command_line import BUILD, ROOT, ROSTER, TOKEN, CommandLineTest, Sandbox, main

DOCUMENTS = ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]

NOT_RUN = {
    "./tests/run.sh -L fault": "runs tests of this very suite",
    "ROLLCALL_CAMPAIGN_SHARD=1/1 ./tests/run.sh -L fault": "runs tests of this very suite",
    "ROLLCALL_CAMPAIGN_SHARD=3/8 ./tests/run.sh -L campaign": "runs tests of this very suite",
    "ROLLCALL_CAMPAIGN_SHARD=1/1 ./tests/run.sh -L campaign": "runs tests of this very suite",
    'tests/fault/random_faults.py build/release --only "seed 17"': "runs a test of this very suite",
    "tests/fault/kill_points.py build/release --long": "takes long; a shard of it is a test of its own",
    "tests/fault/random_faults.py build/release --long": "takes long; a shard of it is a test of its own",
    "tests/fault/random_lifecycles.py build/release --long": "takes long; a shard of it is a test of its own",
    "tests/fault/old_states.py build/release --long": "takes long; a shard of it is a test of its own",
    "./tests/run.sh --preset tsan -R 'unit|fault.(sequences|writers)'": "it builds",
    "tests/fuzz/run.sh 600": "takes long and needs clang; its inputs are replayed by tests of their own",
    "./examples/quickstart.sh": "tests/quickstart runs it",
    "./tests/run.sh": "it is what runs this test",
    "./tests/run.sh --preset asan": "it runs this test",
    "./tests/run.sh -L unit": "it builds",
    "./tests/run.sh -R rules": "it builds",
    "ROLLCALL_UPDATE_GOLDEN=1 ./tests/run.sh": "it writes to the repository",
    "git diff tests/golden": "it looks at the repository",
    ".ci/run": "it runs this test",
    ".ci/nightly": "it runs this test",
    "tests/fuzz/run.sh": "it builds, with clang",
    "tests/fuzz/run.sh 600 roster": "it builds, with clang",
    "cmake --install build/release": "it writes to /usr/local",
    "cmake --preset dev": "it builds",
    "cmake --build --preset dev": "it builds",
    'ctest --preset dev -j "$(nproc)"': "it runs this test",
    "cmake --build --preset release --target bench": "it builds",
    "tests/bench/run.py --build build/release --runs 9 --grants 100000 --max-elapsed 1.4 --max-peak 50":
        "tests/bench runs it",
}

# What a reader puts in where the documents have a placeholder.
VALUES = {"ADDRESS": "accounts.desk", "users.EMAIL": "users.ana@example.com", "FILE": "token", "CMD": "cat token",
          "PATTERN": "accounts.*", "PATH": "roster.yaml", "COMMAND": "plan", "TOPIC": "roster"}


def blocks(document, language):
    """The fenced blocks of a language, without the indent that a list gives them."""
    text = (ROOT / document).read_text(encoding="utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    return ["".join(line[len(indent):] for line in body.splitlines(True)) for indent, body in found]


def commands(document):
    """The commands of all blocks; a line that ends in a backslash goes on, a comment does not count."""
    lines = "".join(blocks(document, "sh")).replace("\\\n", " ").splitlines()
    return [command for command in (re.sub(r"(^| +)#.*", "", line).strip() for line in lines) if command]


def spoken(document):
    """Commands inside the text: `rollcall plan --detailed-exitcode`."""
    text = re.sub(r"^ *```.*?^ *```$", "", (ROOT / document).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return sorted(set(re.findall(r"`(rollcall [^`]+)`", text)))


class Docs(CommandLineTest):
    def shell(self, lines, folder=None):
        """One shell for all the lines, which stops at the first that fails."""
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", "\n".join(lines)], cwd=folder or self.folder,
                              env={**self.environment, "PATH": f"{BUILD}:{os.environ['PATH']}"}, input="yes\n",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=120, check=False)
        self.assertEqual(done.returncode, 0, f"{lines}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def test_the_list_of_what_is_not_run_is_true(self):
        shown = {command for document in DOCUMENTS for command in commands(document)}
        self.assertEqual(set(NOT_RUN) - shown, set())
        for command in shown & set(NOT_RUN):
            program = next(word for word in command.split() if "=" not in word)
            if "/" in program:
                self.assertTrue(os.access(ROOT / program, os.X_OK), command)

    def test_every_command_has_a_place(self):
        """Documents whose commands are run below; the others may only have commands of the list."""
        for document in set(DOCUMENTS) - {"README.md", "docs/drift.md", "docs/getting-started.md", "docs/gitops.md",
                                          "docs/sandbox.md", "docs/state.md"}:
            self.assertEqual([c for c in commands(document) if c not in NOT_RUN], [], document)

    def test_readme(self):
        self.server()
        lines = [command.replace("ROLLCALL_TOKEN=…", f"ROLLCALL_TOKEN={TOKEN}")
                 for command in commands("README.md") if command not in NOT_RUN]
        del self.environment["ROLLCALL_TOKEN"]
        self.assertIn("rollcall init", lines)
        shown = self.shell(lines)
        self.assertIn("Applied: 5 created, 0 updated, 0 removed.", shown)
        self.assertIn("No drift.", shown)

    def test_sandbox(self):
        start, *lines = commands("docs/sandbox.md")
        self.assertEqual(start, "rollcall-sandbox --port 3999 --data sandbox.json")
        with subprocess.Popen([BUILD / "rollcall-sandbox", "--port", "0", "--data", "sandbox.json"], cwd=self.folder,
                              stdout=subprocess.PIPE, encoding="utf-8") as sandbox:
            try:
                port = sandbox.stdout.readline().strip().rsplit(":", 1)[1]
                for line in lines:
                    self.assertTrue(line.startswith(("curl ", "S=")), line)
                shown = self.shell([line.replace(":3999", f":{port}").replace("curl ", "curl -sS --fail ", 1)
                                    for line in lines])
            finally:
                sandbox.terminate()
        self.assertIn('"Acme"', shown)
        self.assertNotIn('"error"', shown)

    def test_state(self):
        self.server()
        self.write("roster.yaml", ROSTER)
        self.apply()
        self.write("roster.yaml", ROSTER.replace("name: Kim", "name: Kim K"))
        self.apply()
        lines = commands("docs/state.md")
        self.assertEqual(lines[0], "cp rollcall.state.json.bak rollcall.state.json")
        self.assertIn("No changes.", self.shell(lines))

    def test_drift(self):
        self.server()
        self.write("roster.yaml", ROSTER)
        self.apply()
        self.assertEqual(self.shell(commands("docs/drift.md")).count("No drift."), 4)
        self.assertIn("No drift.", self.read("drift.md"))
        self.assertIn("rollcall_drift_complete 1", self.read("rollcall.prom"))

    def test_getting_started(self):
        start, *lines = commands("docs/getting-started.md")
        self.assertEqual(start, "rollcall-sandbox --port 3999 --token try-it")
        sandbox = Sandbox(str(BUILD / "rollcall-sandbox"), tokens=("try-it",))
        self.addCleanup(sandbox.stop)
        for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
            self.environment.update({f"{name}_NAME": "Ana", f"{name}_EMAIL": "ana@example.com"})
        shown = self.shell([line.replace(":3999", f":{sandbox.port}") for line in lines])
        for text in ("Plan: 5 to create, 0 to update, 0 to remove.", "No changes.", "exit code 2", "written .gitlab-ci.yml"):
            self.assertIn(text, shown)
        self.assertGreater(shown.rindex("No drift."), shown.index("exit code 2"))
        self.assertIn('"name":"Agnes"', json.dumps(sandbox.control("GET", "snapshot"), separators=(",", ":")))

    def test_gitops(self):
        self.server()
        self.write("roster.yaml", ROSTER)
        self.apply()
        ana = next(user["id"] for user in self.sandbox.control("GET", "snapshot")["users"] if user["name"] == "Ana")
        desk = next(account["id"] for account in self.sandbox.control("GET", "snapshot")["accounts"] if account["name"] == "Desk")
        self.sandbox.api("POST", f"/accounts/{desk}/account_users", {"user_id": ana, "role": "agent"})
        self.rollcall("drift", code=2)
        self.shell(commands("docs/gitops.md"))
        self.rollcall("drift")

    def test_the_image_has_what_a_build_needs(self):
        text = blocks("docs/gitops.md", "dockerfile")[0].replace("\\\n", " ")
        setup = (ROOT / "tests" / "support" / "setup.sh").read_text(encoding="utf-8")
        needed = re.search(r"packages_for_building=\((.*?)\)", setup, re.DOTALL)[1].split()
        self.assertEqual(re.findall(r"--no-install-recommends (.*)", text)[0].split(), needed)

    def test_commands_inside_the_text(self):
        for document in DOCUMENTS:
            for command in spoken(document):
                with self.subTest(document=document, command=command):
                    self.check_spoken(command)

    def check_spoken(self, command):
        words = [VALUES.get(word, word) for word in command.split()[1:]]
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([BUILD / "rollcall", *words], cwd=folder, env=self.environment, check=False,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  encoding="utf-8", timeout=60)
        # In an empty folder most of them fail, but for another reason than the command line.
        self.assertNotRegex(done.stderr, "There is no (command|option)|Unexpected argument|takes (a|no) value")

    def test_rosters_and_project_files_are_valid(self):
        for number, text in enumerate(blocks("README.md", "yaml")):
            self.write(f"readme-{number}.yaml", text)
            self.rollcall("validate", f"readme-{number}.yaml")
        whole = [text for text in blocks("docs/roster.md", "yaml") if text.startswith("version: 1\n")]
        self.assertGreater(len(whole), 0)
        for number, text in enumerate(whole):
            self.write(f"roster-{number}.yaml", text)
            self.rollcall("validate", f"roster-{number}.yaml")
        self.write("roster/roster.yaml", ROSTER)
        for text in blocks("docs/project.md", "yaml") + blocks("docs/drift.md", "yaml"):
            self.write("rollcall.yaml", text)
            self.rollcall("validate")


if __name__ == "__main__":
    main()
