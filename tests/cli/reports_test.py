#!/usr/bin/python3
"""One run, many renderings: what --format prints and --report writes."""

import json
import os
import stat

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

    def test_a_file_of_a_run_that_failed_holds_the_errors(self):
        self.write("plan.json", "of yesterday")
        self.write("roster.yaml", ROSTER.replace("role: agent", "role: agnet"))
        failed = self.rollcall("plan", "--report", "json=plan.json", "--report", "text=plan.txt", code=1)
        self.assertEqual(failed.stdout, "")
        self.assertEqual(json.loads(self.read("plan.json"))["format"], "rollcall-error")
        self.assertEqual(self.read("plan.txt"), failed.stderr)

    def test_a_command_line_that_is_wrong_writes_nothing(self):
        self.rollcall("plan", "--report", "json=plan.json", "--nothing", code=1)
        self.assertIn("There is no option", self.rollcall("apply", "--report", "json=a.json", code=1).stderr)
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
            self.assertIn(f"The report was not written: {file} is what this run reads.", done.stderr)
            self.assertEqual(self.read(file), before)

    def test_a_report_shows_no_secret(self):
        self.write("roster.yaml", ROSTER.replace("VIP desk", TOKEN))
        self.environment["ROLLCALL_TOKEN"] = TOKEN
        self.rollcall("plan", "--report", "json=plan.json")
        self.assertNotIn(TOKEN, self.read("plan.json"))
        self.assertIn("***", self.read("plan.json"))


if __name__ == "__main__":
    main()
