#!/usr/bin/python3
"""init writes a starter that works, and overwrites nothing; validate checks offline."""

import fnmatch
import json
import re
import subprocess

import jsonschema
import yaml

from command_line import CommandLineTest, ROOT, ROSTER, main
from pipelines import GITHUB, GITLAB, github_jobs, gitlab_jobs, rollcall_words, script_of


class Init(CommandLineTest):
    def test_the_starter_is_valid_and_plans(self):
        shown = self.rollcall("init").stdout
        self.assertEqual(shown, "written rollcall.yaml\nwritten roster/roster.yaml\nwritten .gitignore\n")
        self.assertIn("1 account, 2 users", self.rollcall("validate").stdout)
        self.assertIn("Plan: 5 to create, 0 to update, 0 to remove.", self.rollcall("plan").stdout)
        ignored = self.read(".gitignore").split()
        for name in ("rollcall.state.json", "rollcall.state.json.bak", "rollcall.state.json.lock"):
            self.assertIn(name, ignored)

    def test_the_starter_is_what_the_schemas_say(self):
        self.rollcall("init")
        for name, schema in (("rollcall.yaml", "project"), ("roster/roster.yaml", "roster")):
            document = yaml.safe_load(self.read(name))
            rules = json.loads((ROOT / "schemas" / f"{schema}.schema.json").read_text(encoding="utf-8"))
            validator = jsonschema.validators.validator_for(rules)(rules)
            self.assertEqual([problem.message for problem in validator.iter_errors(document)], [])

    def test_nothing_is_overwritten(self):
        self.write("rollcall.yaml", "mine")
        shown = self.rollcall("init").stdout
        self.assertIn("kept    rollcall.yaml (it was there already)\n", shown)
        self.assertEqual(self.read("rollcall.yaml"), "mine")

    def test_a_roster_outside_the_folder_is_refused(self):
        (self.folder / "desk").mkdir()
        for roster in ("../roster.yaml", "/etc", "a/../../roster/"):
            shown = self.rollcall("init", "desk", "--roster", roster, code=1)
            self.assertIn(f"The roster {roster} is outside the project's folder.", shown.stderr)
            self.assertEqual(list(self.folder.rglob("*")), [self.folder / "desk"])
        self.rollcall("init", "desk", "--roster", str(self.folder / "desk" / "access"))
        self.assertTrue((self.folder / "desk" / "access" / "roster.yaml").exists())

    def test_it_says_what_is_left_to_do_and_no_more(self):
        self.environment.pop("ROLLCALL_SERVER", None)
        self.assertIn("Next: put your server into rollcall.yaml, put your users into roster/, then run `rollcall plan`.\n",
                      self.rollcall("init", "a").stderr)
        self.assertIn("Next: put your users into roster/, then run `rollcall plan`.\n",
                      self.rollcall("init", "b", "--server", "https://chat.example.org").stderr)
        self.write("c/roster.yaml", ROSTER)
        self.assertIn("Next: put your server into rollcall.yaml, then run `rollcall plan`.\n",
                      self.rollcall("init", "c").stderr)
        self.write("d/roster.yaml", ROSTER)
        self.assertIn("Next: run `rollcall plan`.\n",
                      self.rollcall("init", "d", "--server", "https://chat.example.org").stderr)

    def test_no_sample_users_join_a_roster_that_is_there(self):
        def written(*paths):
            for path in paths:
                self.write(path, ROSTER)
            shown = self.rollcall("init").stdout
            files = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}
            self.assertEqual(files, {*paths, "rollcall.yaml", ".gitignore"})
            self.assertIn("2 accounts, 3 users", self.rollcall("validate").stdout)
            return shown

        self.assertEqual(written("roster/users.yaml"),
                         "written rollcall.yaml\nwritten .gitignore\nkept    roster/ (it was there already)\n")
        self.assertIn("\nroster: roster/\n", self.read("rollcall.yaml"))
        written("roster/users.yaml")  # again, with the project file there too
        for path in ("roster/users.yaml", "rollcall.yaml", ".gitignore"):
            (self.folder / path).unlink()
        # An empty folder holds no roster, but this file does.
        self.assertEqual(written("roster.yaml"),
                         "written rollcall.yaml\nwritten .gitignore\nkept    roster.yaml (it was there already)\n")
        self.assertIn("\nroster: roster.yaml\n", self.read("rollcall.yaml"))

    def test_no_sample_users_where_a_project_file_names_another_roster(self):
        self.write("rollcall.yaml", "version: 1\nroster: desks.yaml\n")
        self.write("desks.yaml", ROSTER)
        self.assertEqual(self.rollcall("init").stdout,
                         "kept    rollcall.yaml (it was there already)\nwritten .gitignore\n")
        self.assertFalse((self.folder / "roster").exists())

    def test_the_project_file_names_the_roster_that_was_asked_for(self):
        for arguments, line, sample in (
                (["--roster", "users.yaml"], "roster: users.yaml", "users.yaml"),
                (["--roster", "access/"], "roster: access/", "access/roster.yaml"),
                (["--roster", "010"], 'roster: "010"', "010/roster.yaml"),
                (["--roster", "a.yaml", "--roster", "team #1.yml"], 'roster: [a.yaml, "team #1.yml"]', "a.yaml")):
            with self.subTest(line=line):
                folder = f"desk{len(list(self.folder.iterdir()))}"
                done = self.rollcall("init", folder, *arguments)
                self.assertEqual(done.stdout, f"written {folder}/rollcall.yaml\nwritten {folder}/{sample}\n"
                                              f"written {folder}/.gitignore\n")
                self.assertIn(f"\n{line}\n", self.read(f"{folder}/rollcall.yaml"))
                self.write(f"{folder}/team #1.yml", "version: 1\n")
                self.assertIn("1 account, 2 ", self.rollcall("--project", folder, "validate").stdout)

    def test_a_roster_that_was_asked_for_and_is_there_is_kept(self):
        self.write("desks/users.yaml", ROSTER)
        self.assertEqual(self.rollcall("init", "--roster", "desks").stdout,
                         "written rollcall.yaml\nwritten .gitignore\nkept    desks (it was there already)\n")
        self.assertIn("2 accounts, 3 ", self.rollcall("validate").stdout)
        self.assertIn('Write `roster: other.yaml` into it.', self.rollcall("init", "--roster", "other.yaml").stderr)
        self.assertFalse((self.folder / "other.yaml").exists())

    def test_a_gitignore_of_ones_own_is_told_what_it_lacks(self):
        self.write(".gitignore", "build/\n/rollcall.state.json\r\nrollcall.state.json.bak\n")
        done = self.rollcall("init", "--quiet")
        self.assertIn("kept    .gitignore", done.stdout)
        self.assertEqual(done.stderr, "Add these lines to .gitignore, so that no state gets into Git:\n"
                         "  rollcall.state.json.tmp\n  rollcall.state.json.lock\n  rollcall.state.json.*.journal\n")
        self.assertEqual(self.read(".gitignore").count("\n"), 3)
        (self.folder / ".gitignore").unlink()
        self.rollcall("init")
        self.assertNotIn("Add these", self.rollcall("init").stderr)

    def test_the_starter_names_the_server_that_the_environment_names(self):
        self.rollcall("init", environment={"ROLLCALL_SERVER": "https://Desk.example.com/"})
        self.assertIn("\nserver: https://desk.example.com\n", self.read("rollcall.yaml"))
        self.rollcall("validate", environment={"ROLLCALL_SERVER": "https://desk.example.com"})

    def test_the_starter_gitignore_holds_whatever_stands_beside_a_state(self):
        self.server()
        self.rollcall("init")
        ignored = [line for line in self.read(".gitignore").splitlines() if not line.startswith("#")]
        before = {path.name for path in self.folder.iterdir()}
        # Held in the middle of an apply, where the most files are there.
        fault = self.sandbox.fault(method="POST", path="account_users$")
        running = self.start("apply", "--auto-approve")
        self.assertEqual(self.sandbox.reached(fault), "held")
        during = {path.name for path in self.folder.iterdir()} - before
        self.sandbox.release(fault)
        running.communicate(timeout=60)
        self.assertEqual(running.returncode, 0)
        after = {path.name for path in self.folder.iterdir()} - before
        self.assertIn("rollcall.state.json", after)
        named = {"rollcall.state.json.tmp", "rollcall.state.json.0123456789abcdef0123456789abcdef.journal"}
        for name in during | after | named:
            self.assertTrue(any(fnmatch.fnmatchcase(name, line) for line in ignored), name)

    def test_another_folder_and_one_that_cannot_be_made(self):
        self.rollcall("init", "desk/access")
        self.assertIn("version: 1", self.read("desk/access/rollcall.yaml"))
        self.rollcall("--project", "desk/access/rollcall.yaml", "validate")
        self.rollcall("--project", "desk/access", "validate")
        self.write("file", "")
        self.assertIn("Cannot create", self.rollcall("init", "file/inside", code=1).stderr)


class PipelineCase(CommandLineTest):
    def pipeline(self, system):
        self.rollcall("init", "--ci", system, system)
        return self.read(f"{system}/{GITLAB if system == 'gitlab' else GITHUB}")


class Pipelines(PipelineCase):
    def test_both_are_written_beside_the_starter(self):
        for system, path in (("gitlab", GITLAB), ("github", GITHUB)):
            done = self.rollcall("init", "--ci", system, system)
            self.assertEqual(done.stdout, "".join(f"written {system}/{name}\n" for name in (
                "rollcall.yaml", "roster/roster.yaml", ".gitignore", path)))
            self.assertIn(f"The first lines of {path} say what to set up; `rollcall help gitops` explains it.\n", done.stderr)
            self.rollcall("--project", system, "validate")

    def test_a_project_that_is_there_gets_the_pipeline_alone(self):
        self.write("rollcall.yaml", "version: 1\n")
        done = self.rollcall("init", "--ci", "github")
        self.assertEqual(done.stdout, f"kept    rollcall.yaml (it was there already)\nwritten {GITHUB}\n")
        self.assertEqual({path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()},
                         {"rollcall.yaml", GITHUB})
        self.write("roster.yaml", ROSTER)
        self.assertEqual(self.rollcall("init", "--ci", "gitlab").stdout,
                         f"kept    rollcall.yaml (it was there already)\nwritten {GITLAB}\n"
                         "kept    roster.yaml (it was there already)\n")

    def test_a_pipeline_that_is_there_is_kept(self):
        self.write(GITLAB, "mine: {script: [make]}\n")
        done = self.rollcall("init", "--ci", "gitlab", "--quiet")
        self.assertIn(f"kept    {GITLAB} (it was there already)\n", done.stdout)
        self.assertEqual(done.stderr, f"{GITLAB} is not what this version of Rollcall would write. To compare it with that, "
                                      "name an empty folder: `rollcall init --ci gitlab FOLDER`.\n")
        self.assertEqual(self.read(GITLAB), "mine: {script: [make]}\n")
        self.rollcall("init", "--ci", "github")
        self.assertEqual(self.rollcall("init", "--ci", "github", "--quiet").stderr, "")

    def test_a_folder_below_the_repository_is_told(self):
        subprocess.run(["git", "init", "--quiet", self.folder], check=True)
        self.assertNotIn("top folder", self.rollcall("init", "--ci", "gitlab").stderr)
        said = self.rollcall("init", "--ci", "github", "desk/access").stderr
        self.assertIn(f"It is read only in the repository's top folder: move it to {self.folder.resolve() / GITHUB}, "
                      "and give its commands `--project desk/access`.\n", said)

    def test_no_other_system(self):
        self.assertIn("--ci takes gitlab or github, not `jenkins`.", self.rollcall("init", "--ci", "jenkins", code=1).stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_what_the_environment_names_is_in_neither(self):
        hostile = {"ROLLCALL_SERVER": "https://desk.example.com/${{secrets.X}}", "ROLLCALL_TOKEN": "a-token-of-the-user"}
        for system in ("gitlab", "github"):
            plain = self.pipeline(system)
            self.rollcall("init", "--ci", system, "again", environment=hostile)
            self.assertEqual(self.read(f"again/{GITLAB if system == 'gitlab' else GITHUB}"), plain)

    def test_the_program_takes_every_command_line(self):
        for system, jobs_of in (("gitlab", gitlab_jobs), ("github", github_jobs)):
            for name, job in jobs_of(self.pipeline(system)).items():
                words = rollcall_words(job)
                self.assertEqual(len(words), 0 if name == "outside" else 1, name)
                for command in words:
                    # In an empty folder they fail, but for another reason than the command line.
                    said = self.start(*command, environment={"CI": "true"}).communicate(timeout=60)[1]
                    self.assertNotRegex(said, "There is no (command|option)|Unexpected argument|takes |does not offer",
                                        f"{system}, {name}")
                for line in script_of(job):
                    self.assertEqual(subprocess.run(["sh", "-n", "-c", line], check=False).returncode, 0, line)

    def test_every_line_is_explained_where_it_first_stands(self):
        for system in ("gitlab", "github"):
            lines = [line.strip() for line in self.pipeline(system).splitlines()]
            explained = set()
            for number, line in enumerate(lines):
                self.assertLessEqual(len(line), 120, line)
                if line and not line.startswith("#") and line not in explained:
                    explained.add(line)
                    self.assertTrue(any(near.startswith("#") for near in lines[max(0, number - 4):number]),
                                    f"{system}, line {number + 1}: {line}")


class Gitlab(PipelineCase):
    def setUp(self):
        super().setUp()
        self.text = self.pipeline("gitlab")
        self.jobs = gitlab_jobs(self.text)
        self.document = yaml.safe_load(self.text)

    def test_the_jobs(self):
        self.assertEqual(list(self.jobs), ["validate", "plan", "comment", "plan-main", "apply", "expire", "drift", "repair"])
        for name, job in self.jobs.items():
            self.assertIn(job["stage"], self.document["stages"])
            self.assertEqual(job["image"], "$ROLLCALL_IMAGE")
            if name != "comment":
                artifacts = job["artifacts"]
                self.assertEqual((artifacts["when"], artifacts["access"]), ("always", "developer"), name)
                self.assertIn("expire_in", artifacts)

    def test_reports(self):
        self.assertEqual(self.jobs["validate"]["artifacts"]["reports"], {"codequality": "codequality.json"})
        for name in ("plan", "plan-main"):
            self.assertEqual(self.jobs[name]["artifacts"]["reports"], {"terraform": "plan-widget.json"})
            self.assertEqual(rollcall_words(self.jobs[name]), rollcall_words(self.jobs["plan"]))

    def test_what_is_kept_apart(self):
        for name, job in self.jobs.items():
            writes = name in ("apply", "expire", "repair")
            self.assertEqual(job["interruptible"], not writes, name)
            self.assertEqual(job.get("resource_group"), "rollcall" if writes or name in ("plan-main", "drift") else None, name)

    def test_who_has_which_variables(self):
        environments = {name: job["environment"] for name, job in self.jobs.items() if "environment" in job}
        access = {"name": "rollcall", "action": "access"}
        self.assertEqual(environments, {"comment": {"name": "rollcall-comment", "action": "access"},
                                        "apply": {"name": "rollcall"}, "expire": access, "drift": access,
                                        "repair": access})
        self.assertNotIn("ROLLCALL_TOKEN", str(self.document))
        self.assertEqual(self.document["variables"]["ROLLCALL_STATE"],
                         "${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/terraform/state/rollcall")


class Github(PipelineCase):
    def setUp(self):
        super().setUp()
        self.text = self.pipeline("github")
        self.jobs = github_jobs(self.text)
        self.document = yaml.safe_load(self.text)

    def test_the_jobs(self):
        self.assertEqual(list(self.jobs), ["outside", "validate", "plan", "comment", "apply", "expire", "drift", "repair"])
        self.assertNotIn("container", self.jobs.pop("outside"))
        for name, job in self.jobs.items():
            self.assertEqual(job["container"], "${{ vars.ROLLCALL_IMAGE }}")
            uploads = [step for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
            self.assertEqual(len(uploads), name not in ("validate", "comment"), name)
            for step in uploads:
                self.assertEqual((step["if"], step["with"]["overwrite"]), ("${{ always() }}", True))

    def test_events(self):
        # YAML 1.1 reads `on` as true.
        events = self.document[True]
        self.assertEqual(set(events), {"pull_request", "push", "schedule", "workflow_dispatch"})
        self.assertEqual(events["push"], {"branches": ["main"]})
        self.assertNotIn("pull_request_target", str(self.document))
        self.assertEqual((self.document["concurrency"]["cancel-in-progress"], self.document["concurrency"]["queue"]),
                         (False, "max"))

    def test_rights(self):
        self.assertEqual(self.document["permissions"], {"contents": "read"})
        self.assertEqual({name: job["permissions"] for name, job in self.jobs.items() if "permissions" in job},
                         {"comment": {"pull-requests": "write"}})
        self.assertEqual({name for name, job in self.jobs.items() if "GITHUB_TOKEN" in job.get("env", {})}, {"comment"})
        with_token = {name for name, job in self.jobs.items() if "ROLLCALL_TOKEN" in job.get("env", {})}
        self.assertEqual(with_token, {"apply", "expire", "drift", "repair"})
        self.assertEqual({name for name, job in self.jobs.items() if job.get("environment") == "rollcall"}, with_token)

    def test_actions(self):
        used = [step["uses"] for job in self.jobs.values() for step in job["steps"] if "uses" in step]
        for action in used:
            self.assertRegex(action, r"^actions/[a-z-]+@v\d+\.\d+\.\d+$")
        for job in self.jobs.values():
            for step in job["steps"]:
                if "checkout" in step.get("uses", ""):
                    self.assertIs(step["with"]["persist-credentials"], False)
        self.assertNotIn("checkout", str(self.jobs["comment"]))


class Validate(CommandLineTest):
    def test_project_files_in_the_roster_folder_are_skipped(self):
        self.write("roster/users.yaml", ROSTER)
        self.write("roster/rollcall.yaml", "version: 1\nserver: https://chat.example.com\n")
        self.write("roster/desk.yaml", "version: 1\nroster: .\n")
        self.assertIn("2 accounts, 3 users", self.rollcall("--project", "roster/desk.yaml", "validate").stdout)
        self.assertIn("unknown key `roster`", self.rollcall("validate", code=1).stderr)
        (self.folder / "roster" / "desk.yaml").unlink()
        self.assertIn("2 accounts, 3 users", self.rollcall("validate").stdout)

    def test_quiet_leaves_warnings_out_and_errors_in(self):
        self.write("roster.yaml", ROSTER + "    until: 2020-01-31\n  - {role: agent, accounts: [vip], users: "
                                           "[ana@example.com]}\n")
        self.assertIn("R902", self.rollcall("validate").stderr)
        self.assertEqual(self.rollcall("validate", "--quiet").stderr, "")
        self.write("rollcall.yaml", "version: 1\nguardrails: {allowed_email_domains: [example.org]}\n")
        shown = self.rollcall("validate", "--quiet", code=1).stderr
        self.assertIn("R905", shown)
        self.assertNotIn("warning", shown)

    def test_a_part_of_the_roster_need_not_know_who_is_protected(self):
        self.write("roster.yaml", ROSTER)
        self.write("rollcall.yaml", "version: 1\nguardrails: {protected: {accounts: [hq]}}\n")
        self.assertIn("P009", self.rollcall("validate").stderr)
        self.assertEqual(self.rollcall("validate", "roster.yaml").stderr, "")

    def test_all_problems_of_all_files_with_their_place(self):
        self.write("roster/a.yaml", "version: 1\naccounts:\n  desk: {nam: Desk}\n")
        self.write("roster/b.yaml", "version: 1\ngrants:\n  - {role: owner, accounts: [desk], users: [a@example.com]}\n")
        shown = self.rollcall("validate", code=1).stderr
        self.assertIn("roster/a.yaml:3:10: error: unknown key `nam`", shown)
        self.assertIn("did you mean `name`?", shown)
        self.assertIn("roster/b.yaml:3:12: error: ", shown)
        self.assertIn("\n    - {role: owner, accounts: [desk], users: [a@example.com]}\n", shown)

    def test_paths_replace_the_roster(self):
        self.write("roster.yaml", "version: 2\n")
        self.write("good.yaml", ROSTER)
        self.assertEqual(self.rollcall("validate", "good.yaml").stdout,
                         "The roster is valid: 2 accounts, 3 users, 0 agent bots, 4 grants.\n")
        self.rollcall("validate", code=1)

    def test_nothing_to_validate_is_an_error(self):
        self.assertIn("There is no roster", self.rollcall("validate", code=1).stderr)
        self.assertIn("gone.yaml", self.rollcall("validate", "gone.yaml", code=1).stderr)

    def test_guardrails_that_judge_the_roster(self):
        self.write("roster.yaml", ROSTER)
        self.write("rollcall.yaml", "version: 1\nguardrails: {require_reason_for: [agent], "
                                    "allowed_email_domains: [example.org]}\n")
        shown = self.rollcall("validate", code=1).stderr
        self.assertIn("roster.yaml:6:3: error: ", shown)
        self.assertIn("example.com", shown)
        self.assertIn("roster.yaml:14:5: error: ", shown)

    def test_json(self):
        self.write("roster.yaml", ROSTER)
        self.assertEqual(json.loads(self.rollcall("validate", "--format", "json").stdout)["diagnostics"], [])
        self.write("roster.yaml", "version: 1\nacounts: {}\n")
        document = json.loads(self.rollcall("validate", "--format", "json", code=1).stdout)
        self.assertEqual(document["format"], "rollcall-error")
        found = document["diagnostics"][0]
        self.assertEqual((found["severity"], found["file"], found["line"], found["column"]),
                         ("error", "roster.yaml", 2, 1))


if __name__ == "__main__":
    main()
