#!/usr/bin/python3
"""What the author of a merge request may not gain: neither the token nor the files of the runner."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from command_line import BUILD, CommandLineTest, ROSTER, Sandbox, TOKEN, main  # noqa: E402

SECRET = "hunter-of-secrets"


class Server(CommandLineTest):
    """The token goes only to a server that is named outside the repository."""

    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server()
        self.address = self.environment.pop("ROLLCALL_SERVER")
        self.write("rollcall.yaml", f"version: 1\nserver: {self.address}\n")

    def requests(self):
        return sum(self.sandbox.control("GET", "counters")["by_endpoint"].values())

    def check_refused(self, *arguments, environment):
        for command in (("plan", "--refresh"), ("apply", "--auto-approve"), ("refresh",), ("drift",)):
            with self.subTest(command):
                done = self.rollcall(*command, *arguments, code=1, environment=environment)
                self.assertIn(f"The token is not sent to {self.address}: in a pipeline (CI is set)", done.stderr)
                self.assertIn("Set ROLLCALL_SERVER", done.stderr)
                self.assertEqual(self.requests(), 0)

    def test_a_server_of_the_repository_alone_in_a_pipeline(self):
        self.check_refused(environment={"CI": "true"})
        # A plan without --refresh sends nothing.
        self.rollcall("plan", environment={"CI": "true"})

    def test_a_state_of_the_repository_that_names_the_server(self):
        self.apply()
        count = self.requests()
        done = self.rollcall("drift", code=1, environment={"CI": "true"})
        self.assertIn("The token is not sent", done.stderr)
        self.assertEqual(self.requests(), count)

    def test_a_server_that_is_named_outside(self):
        self.rollcall("apply", "--auto-approve", "--server", self.address, environment={"CI": "true"})
        self.rollcall("drift", environment={"CI": "true", "ROLLCALL_SERVER": self.address + "/"})

    def test_a_state_that_is_named_outside(self):
        self.check_refused("--state", "other.json", environment={"CI": "true"})
        self.rollcall("apply", "--auto-approve", "--state", "other.json")
        self.rollcall("drift", environment={"CI": "true", "ROLLCALL_STATE": "other.json"})

    def test_without_a_pipeline_the_project_file_is_enough(self):
        self.apply()
        self.rollcall("drift")

    def test_a_project_file_that_names_another_server(self):
        self.write("rollcall.yaml", "version: 1\nserver: https://evil.example.com\n")
        for command in (("plan",), ("drift",), ("validate",), ("apply", "--auto-approve")):
            with self.subTest(command):
                done = self.rollcall(*command, "--server", self.address, code=1)
                self.assertIn(f"rollcall.yaml:2:9: error: the server here is not {self.address}", done.stderr)
                self.assertIn("[P020]", done.stderr)
        self.assertEqual(self.requests(), 0)

    def test_a_state_outside_of_the_folder(self):
        self.write("rollcall.yaml", "version: 1\nstate: ../elsewhere.json\n")
        done = self.rollcall("plan", code=1)
        self.assertIn("is outside the project's folder", done.stderr)
        os.symlink("/tmp", self.folder / "link")
        self.write("rollcall.yaml", "version: 1\nstate: link/elsewhere.json\n")
        self.assertIn("is outside the project's folder", self.rollcall("plan", code=1).stderr)
        self.rollcall("plan", "--state", "../elsewhere.json")


class Files(CommandLineTest):
    """Nothing of a file that is no roster is shown."""

    def setUp(self):
        super().setUp()
        self.secret = self.folder / "secret"
        self.secret.write_text(f"root:{SECRET}:19000::::\n{SECRET}: [\n")
        self.project = self.folder / "project"
        self.project.mkdir()
        self.write("project/rollcall.yaml", "version: 1\nroster: roster/\n")
        self.write("project/roster/a.yaml", ROSTER)

    def check_hidden(self, words, *arguments):
        done = self.rollcall(*arguments, code=1)
        self.assertIn(words, done.stderr)
        self.assertNotIn(SECRET, done.stdout + done.stderr)

    def test_a_link_in_the_roster(self):
        os.symlink(self.secret, self.project / "roster" / "x.yaml")
        for form in ("text", "json"):
            self.check_hidden("x.yaml: error: this file is outside the project's folder", "validate", "--project",
                              "project", "--format", form)

    def test_a_link_of_a_folder(self):
        os.symlink(self.folder, self.project / "more")
        self.write("project/rollcall.yaml", "version: 1\nroster: [roster, more/secret]\n")
        self.check_hidden("more/secret: error: this file is outside", "validate", "--project", "project")

    def test_a_path_of_the_project_file(self):
        for path in ("../secret", str(self.secret)):
            self.write("project/rollcall.yaml", f"version: 1\nroster: [roster, {path}]\n")
            self.check_hidden("secret: error: this file is outside", "validate", "--project", "project")

    def test_a_path_of_the_command_line_is_read_and_not_shown(self):
        self.check_hidden("secret: error: the file does not start with `version: 1` [R100]", "validate", "secret")

    def test_a_linked_project_file(self):
        os.remove(self.project / "rollcall.yaml")
        os.symlink(self.secret, self.project / "rollcall.yaml")
        done = self.rollcall("validate", code=1, cwd=self.project)
        self.assertIn("rollcall.yaml is a link that leads out of this folder", done.stderr)
        self.assertNotIn(SECRET, done.stdout + done.stderr)
        self.check_hidden("the file does not start with `version: 1` [P001]", "validate", "--project", "project")

    def test_a_link_within_the_project(self):
        self.write("project/shared.yaml", "version: 1\n")
        os.symlink("../shared.yaml", self.project / "roster" / "b.yaml")
        self.rollcall("validate", "--project", "project")

    def test_the_token_in_a_diagnostic(self):
        self.write("project/roster/a.yaml", f"version: 1\nusers:\n  {TOKEN}: {{name: X}}\n")
        self.check_masked(("validate", "--project", "project", "--format", "json"), code=1)
        self.check_masked(("validate", "--project", "project"), code=1)

    def test_the_token_in_what_is_planned(self):
        self.write("project/roster/a.yaml", f"version: 1\nusers:\n  eve@example.com: {{name: My {TOKEN}}}\n")
        self.check_masked(("plan", "--project", "project"))
        self.check_masked(("plan", "--project", "project", "--format", "json"))

    def test_the_token_in_the_state(self):
        self.write("project/roster/a.yaml", f"version: 1\nusers:\n  eve@example.com: {{name: My {TOKEN}}}\n")
        sandbox = Sandbox(str(BUILD / "rollcall-sandbox"), tokens=("the-token-before-it",))
        self.addCleanup(sandbox.stop)
        self.start("apply", "--auto-approve", "--project", "project", "--server", f"http://127.0.0.1:{sandbox.port}",
                   environment={"ROLLCALL_TOKEN": "the-token-before-it"}).communicate(timeout=60)
        for form in ("text", "json"):
            self.check_masked(("state", "show", "users.eve@example.com", "--project", "project", "--format", form))

    def test_the_token_in_the_command_line(self):
        self.assertIn("***", self.rollcall("plan", f"--{TOKEN}", code=1,
                                           environment={"ROLLCALL_TOKEN": TOKEN}).stderr)

    def test_a_command_that_sends_nothing_runs_no_token_command(self):
        self.rollcall("plan", "--project", "project", "--token-command", "touch ran")
        self.assertFalse((self.folder / "ran").exists())

    def check_masked(self, command, code=0):
        """However the token is given. `rollcall` looks that it is not shown; a line break is the editor's."""
        self.environment.pop("ROLLCALL_TOKEN", None)
        self.write("token", TOKEN + "\n").chmod(0o600)
        for given, environment in ((("--token-file", "token"), {}), ((), {"ROLLCALL_TOKEN": TOKEN}),
                                   ((), {"ROLLCALL_TOKEN": TOKEN + "\n"})):
            with self.subTest(command, given=given, environment=environment):
                done = self.rollcall(*command, *given, code=code, environment=environment)
                self.assertIn("***", done.stdout + done.stderr)


if __name__ == "__main__":
    main()
