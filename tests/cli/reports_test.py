#!/usr/bin/python3
"""One run, many renderings: what --format prints and --report writes."""

import json
import os
import stat
import subprocess

from command_line import CommandLineTest, ROSTER, TOKEN, main


class Reports(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)

    def files(self):
        return {path.name for path in self.folder.iterdir()}

    def test_a_plan_is_written_in_several_formats_at_once(self):
        shown = self.rollcall("plan", "--report", "json=plan.json", "--report", "text=plan.txt", "--color", "always")
        self.assertIn("\033[", shown.stdout)
        self.assertEqual(self.read("plan.txt"), self.rollcall("plan").stdout)
        self.assertEqual(self.read("plan.json"), self.rollcall("plan", "--format", "json").stdout)
        self.assertEqual(self.files(), {"roster.yaml", "plan.json", "plan.txt"})

    def test_validate_and_drift_write_reports_too(self):
        self.rollcall("validate", "--report", "json=v.json", "--report", "text=v.txt")
        self.assertEqual(json.loads(self.read("v.json"))["diagnostics"], [])
        self.assertEqual(self.read("v.txt"), self.rollcall("validate").stdout)
        self.server()
        self.apply()
        self.rollcall("drift", "--report", "json=drift.json", "--report", "text=drift.txt")
        self.assertEqual(json.loads(self.read("drift.json"))["format"], "rollcall-drift")
        self.assertIn("No drift.", self.read("drift.txt"))

    def test_an_apply_writes_what_became_of_its_plan(self):
        self.server()
        done = self.apply("--report", "json=apply.json", "--report", "text=apply.txt")
        self.assertEqual(self.read("apply.txt"), done.stdout)
        document = json.loads(self.read("apply.json"))
        self.assertEqual((document["format"], len(document["result"]["actions"])), ("rollcall-apply", 9))
        # Nothing to do, and nothing done: what an earlier run wrote is gone.
        self.apply("--report", "json=apply.json")
        self.assertIsNone(json.loads(self.read("apply.json"))["result"])
        self.write("roster.yaml", ROSTER.replace("Kim", "Kimberly"))
        self.rollcall("apply", "--report", "json=apply.json", "--report", "text=apply.txt", answer="no\n", code=1)
        self.assertIsNone(json.loads(self.read("apply.json"))["result"])
        self.assertIn("Plan: 0 to create, 1 to update", self.read("apply.txt"))
        self.assertNotIn("Applied", self.read("apply.txt"))

    def test_a_file_of_a_run_that_failed_holds_the_errors(self):
        self.write("plan.json", "of yesterday")
        self.write("roster.yaml", ROSTER.replace("role: agent", "role: agnet"))
        failed = self.rollcall("plan", "--report", "json=plan.json", "--report", "text=plan.txt", code=1)
        self.assertEqual(failed.stdout, "")
        self.assertEqual(json.loads(self.read("plan.json"))["format"], "rollcall-error")
        self.assertEqual(self.read("plan.txt"), failed.stderr)

    def test_a_command_line_that_is_wrong_writes_nothing(self):
        self.rollcall("plan", "--report", "json=plan.json", "--nothing", code=1)
        self.assertIn("There is no option", self.rollcall("refresh", "--report", "json=a.json", code=1).stderr)
        self.assertEqual(self.files(), {"roster.yaml"})

    def test_a_report_that_cannot_be_written_is_a_failure_and_the_rest_is_there(self):
        (self.folder / "folder").mkdir()
        for file, words in (("none/plan.json", "Create the folder first."), ("folder", "it is not a regular file"),
                            ("/dev/stdout", "it is not a regular file")):
            done = self.rollcall("plan", "--detailed-exitcode", "--report", f"json={file}", "--report", "text=plan.txt",
                                 code=1)
            self.assertIn(words, done.stderr)
            self.assertIn("Plan: ", done.stdout)
            self.assertIn("Plan: ", self.read("plan.txt"))
        self.assertEqual(self.files(), {"roster.yaml", "plan.txt", "folder"})
        self.assertTrue(stat.S_ISDIR(os.lstat(self.folder / "folder").st_mode))

    def test_a_report_replaces_nothing_that_the_run_reads(self):
        self.server()
        self.apply()
        self.write("rollcall.yaml", "version: 1\n")
        for file in ("roster.yaml", "./roster.yaml", "rollcall.yaml", "rollcall.state.json"):
            before = self.read(file)
            done = self.rollcall("plan", "--report", f"json={file}", code=1)
            self.assertIn(f"The report was not written: {file} is what this run works with.", done.stderr)
            self.assertEqual(self.read(file), before)

    def test_no_result_replaces_what_runs_recover_by(self):
        self.server()
        self.apply()
        self.apply()
        self.write("token", TOKEN)
        os.chmod(self.folder / "token", 0o600)
        beside = ["rollcall.state.json" + ending for ending in (".bak", ".lock", ".tmp", ".bak.tmp", ".0123.journal")]
        for file in [*beside, "token", "elsewhere/x.journal"]:
            before = self.read(file) if (self.folder / file).exists() else None
            for words in (["--report", f"json={file}"], ["--out", file]):
                with self.subTest(words):
                    done = self.rollcall("plan", "--token-file", "token", *words, code=1)
                    self.assertRegex(done.stderr, r"(The report was not written|The plan is not saved): \S+ is (what this run "
                                                  r"works with|the name of a file by which a run recovers)\.")
                    self.assertEqual(self.read(file) if (self.folder / file).exists() else None, before)
        self.rollcall("plan", "--report", "json=rollcall.state.json.report")

    def test_no_result_becomes_a_part_of_the_roster(self):
        (self.folder / "roster").mkdir()
        (self.folder / "roster.yaml").rename(self.folder / "roster" / "roster.yaml")
        for words in (["--report", "json=roster/plan.yaml"], ["--out", "roster/plan.yml"]):
            done = self.rollcall("plan", *words, code=1)
            self.assertIn("would be read as a part of the roster.", done.stderr)
        self.rollcall("plan", "--report", "json=roster/plan.json")
        self.assertEqual({path.name for path in (self.folder / "roster").iterdir()}, {"roster.yaml", "plan.json"})

    def test_two_reports_are_two_files(self):
        for other in ("plan.md", "./plan.md", "../" + self.folder.name + "/plan.md"):
            done = self.rollcall("plan", "--report", "markdown=plan.md", "--report", f"html={other}", code=1)
            self.assertIn("Two reports are to be written to ", done.stderr)
        self.assertIn("`-` is none", self.rollcall("plan", "--report", "json=-", code=1).stderr)
        self.assertEqual(self.files(), {"roster.yaml"})

    def test_a_report_replaces_no_saved_plan(self):
        for words in (["plan", "--out", "p.plan"], ["show", "p.plan"]):
            done = self.rollcall(*words, "--report", "json=./p.plan", code=1)
            self.assertIn("The report was not written: ./p.plan is what this run works with.", done.stderr)
            self.assertEqual(json.loads(self.read("p.plan"))["format"], "rollcall-saved-plan")

    def test_a_report_shows_no_secret(self):
        self.write("roster.yaml", ROSTER.replace("VIP desk", TOKEN))
        self.environment["ROLLCALL_TOKEN"] = TOKEN
        self.rollcall("plan", "--report", "json=plan.json")
        self.assertNotIn(TOKEN, self.read("plan.json"))
        self.assertIn("***", self.read("plan.json"))

    def test_machine_formats_stay_valid_when_something_fails(self):
        self.write("roster.yaml", ROSTER.replace("role: agent", "role: agnet"))
        sarif = json.loads(self.rollcall("plan", "--format", "sarif", code=1).stdout)
        self.assertFalse(sarif["runs"][0]["invocations"][0]["executionSuccessful"])
        place = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
        self.assertEqual((place["artifactLocation"]["uri"], place["region"]["startLine"]), ("roster.yaml", 14))
        quality = json.loads(self.rollcall("validate", "--format", "codequality", code=1).stdout)
        self.assertEqual([entry["severity"] for entry in quality], ["critical"])
        self.assertEqual(self.rollcall("plan", "--format", "gitlab", code=1).stdout, "{}\n")
        # Even where the command line is wrong, and where there is no roster at all.
        self.assertEqual(self.rollcall("plan", "--format", "gitlab", "--nothing", code=1).stdout, "{}\n")
        (self.folder / "roster.yaml").unlink()
        quality = json.loads(self.rollcall("plan", "--format", "codequality", code=1).stdout)
        self.assertEqual(quality[0]["location"], {"path": "rollcall.yaml", "lines": {"begin": 1}})

    def test_a_format_is_refused_where_it_makes_no_sense(self):
        self.assertIn("--format takes text, json, markdown, html, codequality, sarif, github or metrics, not `gitlab`.",
                      self.rollcall("drift", "--format", "gitlab", code=1).stderr)
        self.assertIn("--format takes text or json, not `sarif`.",
                      self.rollcall("state", "list", "--format", "sarif", code=1).stderr)
        self.assertIn("with text, json, markdown, html, gitlab, codequality or sarif as the format, not `github=x`.",
                      self.rollcall("plan", "--report", "github=x", code=1).stderr)

    def test_paths_are_those_of_the_repository(self):
        self.write("roster.yaml", ROSTER.replace("role: agent", "role: agnet"))
        for variable in ("CI_PROJECT_DIR", "GITHUB_WORKSPACE"):
            root = self.folder.resolve().parent
            done = self.rollcall("validate", "--format", "codequality", code=1, environment={variable: str(root)})
            self.assertEqual(json.loads(done.stdout)[0]["location"]["path"], f"{self.folder.name}/roster.yaml")


class InGitHubActions(CommandLineTest):
    """What a roster or a server says starts no workflow command, on stdout and stderr."""

    HOSTILE = ROSTER.replace("VIP desk", '"::error::x ##[error]y"').replace(
        "users:", 'users:\n  mal@example.com: {name: "::set-output name=a::b"}', 1)

    def setUp(self):
        super().setUp()
        self.environment["GITHUB_ACTIONS"] = "true"
        self.write("roster.yaml", self.HOSTILE)

    def commands(self, text):
        """What the runner carries out of a stream: lines that begin with ::, or hold ##[, outside of stopped parts."""
        found, resume = [], None
        for line in text.splitlines():
            self.assertNotIn("##[", line)
            line = line.strip()
            if resume is None and line.startswith("::stop-commands::"):
                resume = f"::{line.removeprefix('::stop-commands::')}::"
                self.assertGreater(len(resume), 32)
            elif resume is not None:
                resume = None if line == resume else resume
            elif line:
                found.append(line)
        self.assertIsNone(resume, "commands stay stopped")
        return found

    def test_texts_stand_between_words_that_nobody_can_guess(self):
        done = self.rollcall("plan")
        self.assertIn("Plan: ", done.stdout)
        self.assertEqual(self.commands(done.stdout) + self.commands(done.stderr), [])
        words = [self.rollcall("plan").stdout.splitlines()[0] for _ in range(2)]
        self.assertNotEqual(words[0], words[1])

    def test_a_diagnostic_that_shows_the_roster_is_stopped_too(self):
        self.write("roster.yaml", self.HOSTILE.replace("role: agent", "role: '::error::agnet'"))
        done = self.rollcall("validate", code=1)
        self.assertIn("agnet", done.stderr)
        self.assertEqual(self.commands(done.stdout) + self.commands(done.stderr), [])

    def test_an_apply_is_stopped_as_a_whole(self):
        self.server()
        done = self.rollcall("apply", "--auto-approve")
        self.assertIn("[1/", done.stderr)
        self.assertIn("Applied: ", done.stdout)
        self.assertEqual(self.commands(done.stdout) + self.commands(done.stderr), [])

    def test_annotations_are_commands_and_documents_are_as_everywhere(self):
        done = self.rollcall("plan", "--format", "github")
        self.assertIn("::warning file=roster.yaml,line=11,title=new-administrator::New administrators: "
                      "ana@example.com: administrator in desk, vip", self.commands(done.stdout))
        for line in self.commands(done.stdout):
            self.assertRegex(line, "^::(error|warning|notice) ")
        self.assertEqual(self.commands(done.stderr), [])
        self.assertEqual(self.rollcall("plan", "--format", "json").stdout,
                         self.rollcall("plan", "--format", "json", environment={"GITHUB_ACTIONS": ""}).stdout)
        self.rollcall("plan", "--report", "text=plan.txt")
        self.assertTrue(self.read("plan.txt").startswith("Plan"))
        self.assertTrue(self.rollcall("--version").stdout.startswith("rollcall "))
        self.assertTrue(self.rollcall("help", "formats").stdout.startswith("# Formats"))

    def test_both_streams_stop_the_commands_of_one_runner(self):
        def printed(*arguments):
            with self.start(*arguments, stderr=subprocess.STDOUT) as process:
                return process.stdout.read()
        self.assertEqual(self.commands(printed("plan")), [])
        annotated = printed("plan", "--format", "github")
        # A remark came before them on stderr.
        self.assertIn("There is no recorded state", annotated.split("::warning ")[0])
        self.assertEqual(len([line for line in self.commands(annotated) if line.startswith("::warning ")]), 1)

    def test_the_summary_of_the_step_gets_the_report_in_markdown(self):
        summary = self.write("summary.md", "before\n")
        self.environment["GITHUB_STEP_SUMMARY"] = str(summary)
        self.rollcall("plan", "--format", "github")
        self.assertEqual(self.read("summary.md"), "before\n" + self.rollcall("plan", "--format", "markdown").stdout)
        # The same of a failure, and only with that format.
        summary.unlink()
        self.write("roster.yaml", ROSTER.replace("role: agent", "role: agnet"))
        self.rollcall("validate", "--format", "github", code=1)
        self.assertIn("**Failed: 1 error.**", self.read("summary.md"))
        before = self.read("summary.md")
        self.rollcall("validate", code=1)
        self.assertEqual(self.read("summary.md"), before)

    def test_a_summary_without_room_is_left_as_it_is(self):
        summary = self.write("summary.md", "x" * (1 << 20))
        self.environment["GITHUB_STEP_SUMMARY"] = str(summary)
        self.assertIn("The summary of this step has no room for the report",
                      self.rollcall("plan", "--format", "github").stderr)
        self.assertEqual(summary.stat().st_size, 1 << 20)
        self.environment["GITHUB_STEP_SUMMARY"] = str(self.folder)
        self.assertIn("Cannot write", self.rollcall("plan", "--format", "github", code=1).stderr)


if __name__ == "__main__":
    main()
