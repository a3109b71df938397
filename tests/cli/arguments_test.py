#!/usr/bin/python3
"""The command line itself: help, version, slips of the finger, exit codes."""

import json

from command_line import CommandLineTest, ROSTER, main


class Arguments(CommandLineTest):
    def complaint(self, *arguments):
        return self.rollcall(*arguments, code=1).stderr

    def test_version_and_help_go_to_stdout(self):
        self.assertRegex(self.rollcall("--version").stdout, r"^rollcall \d+\.\d+\.\d+\n$")
        for command in ("init", "validate", "plan", "apply", "drift", "refresh", "state", "help"):
            self.assertIn(f"\n  {command} ", self.rollcall("help").stdout)
            self.assertIn("Usage: ", self.rollcall("help", command).stdout)
            self.assertIn("Usage: ", self.rollcall(command, "--help").stdout)
        self.assertEqual(self.rollcall("help", "plan").stdout, self.rollcall("plan", "--help").stdout)
        self.assertIn("ADDRESS", self.rollcall("help", "state", "rm").stdout)
        self.assertIn("--detailed-exitcode", self.rollcall("help", "plan").stdout)

    def test_a_slip_of_the_finger_gets_a_suggestion(self):
        self.assertEqual(self.complaint("paln"),
                         "error: There is no command `paln`, did you mean `plan`?\n"
                         "  hint: `rollcall help` lists the commands.\n")
        self.assertEqual(self.complaint("plan", "--refersh"),
                         "error: There is no option `--refersh`, did you mean `--refresh`?\n"
                         "  hint: See `rollcall help plan`.\n")
        self.assertIn("Unexpected argument `more`.", self.complaint("drift", "more"))
        self.assertIn("A command is missing.", self.complaint())
        self.assertEqual(self.complaint("help", "nothing"),
                         "error: There is no command or topic `nothing`.\n"
                         "  hint: `rollcall help` lists the commands and topics.\n")
        self.assertIn("There is no command `state sohw`, did you mean `state show`?", self.complaint("state", "sohw"))
        self.assertIn("A command is missing.", self.complaint("state"))
        self.assertIn("--format takes text or json, not `yaml`.", self.complaint("refresh", "--format", "yaml"))
        self.assertIn("--only takes a value.", self.complaint("plan", "--only"))

    def test_the_help_of_an_unknown_command_is_an_error(self):
        for words in (["plann", "--help"], ["--help", "plann"], ["--quiet", "plann", "-h"]):
            done = self.rollcall(*words, code=1)
            self.assertEqual(done.stdout, "")
            self.assertEqual(done.stderr, "error: There is no command `plann`, did you mean `plan`?\n"
                                          "  hint: `rollcall help` lists the commands.\n")
        self.assertEqual(self.complaint("state", "sohw", "--help"),
                         "error: There is no command `state sohw`, did you mean `state show`?\n"
                         "  hint: `rollcall state --help` lists them.\n")

    def test_flags_take_no_value(self):
        for words in (("plan", "--allow-deletes=nope"), ("plan", "--detailed-exitcode=3"), ("plan", "--full=false"),
                      ("apply", "--auto-approve=no"), ("plan", "--quiet=1")):
            self.assertEqual(self.complaint(*words), f"error: {words[1].split('=')[0]} takes no value.\n"
                                                     f"  hint: See `rollcall help {words[0]}`.\n")

    def test_each_mistake_is_told_in_words_of_its_own(self):
        self.assertIn("There is no option `--verison`, did you mean `--version`?", self.complaint("--verison"))
        self.assertIn("--project is given more than once.", self.complaint("plan", "--project", "a", "--project", "b"))
        self.assertIn("`rollcall state rm` takes an ADDRESS, such as", self.complaint("state", "rm"))
        self.assertIn("There is no command `state rn`, did you mean `state rm`?", self.complaint("help", "state", "rn"))
        self.assertIn("Unexpected argument `x`.", self.complaint("help", "plan", "x"))
        for before in (["--format", "json"], ["--format=json"], ["--quiet", "--server", "https://chat.example.com",
                                                                 "--format", "json"]):
            self.assertIn("`--format` belongs after the command.", self.complaint(*before, "plan"))

    def test_the_help_of_a_command_points_at_the_global_options(self):
        for command in (["plan"], ["state"], ["state", "rm"], ["help"]):
            shown = self.rollcall("help", *command).stdout
            self.assertTrue(shown.endswith("\nGlobal options, such as --project and --server, are in `rollcall help`.\n"))
            self.assertNotIn("TEXT", shown)
        self.assertIn("\nGlobal options:\n  --project PATH", self.rollcall("help").stdout)
        self.assertIn("\nCommands:\n  init ", self.rollcall("help").stdout)
        self.assertNotIn("\n\n\n", self.rollcall("help").stdout)

    def test_what_is_not_built_yet_is_unknown(self):
        for words in (["import"], ["diff", "HEAD"], ["explain", "users.ana@example.com"], ["report"], ["doctor"],
                      ["completion", "bash"]):
            self.assertIn(f"There is no command `{words[0]}`", self.rollcall(*words, code=1).stderr)

    def test_values_out_of_range_are_refused(self):
        self.assertIn("from 1 to 64, not `0`", self.complaint("--parallelism", "0", "plan"))
        self.assertIn("from 1 to 64, not `010x`", self.complaint("plan", "--parallelism", "010x"))
        self.assertIn("ROLLCALL_PARALLELISM takes", self.rollcall(
            "validate", code=1, environment={"ROLLCALL_PARALLELISM": "many"}).stderr)
        self.assertIn("not `010`", self.complaint("plan", "--max-removals", "010"))
        self.assertIn("not `05%`", self.complaint("plan", "--max-removals", "05%"))
        self.assertIn("not `200%`", self.complaint("plan", "--max-removals", "200%"))
        self.assertIn("such as 30s or 5m, not `soon`", self.complaint("apply", "--lock-timeout", "soon"))
        self.assertIn("--color", self.complaint("plan", "--color", "sometimes"))

    def test_an_empty_value_is_none(self):
        for option in ("--parallelism", "--lock-timeout", "--max-removals", "--server", "--state", "--only"):
            self.assertEqual(self.complaint("plan", option, ""), f"error: {option} takes a value, not an empty string.\n"
                                                                 "  hint: See `rollcall help plan`.\n")

    def test_an_option_behind_two_dashes_is_no_option(self):
        self.assertEqual(self.complaint("plan", "--", "--full"),
                         "error: `--full` is after `--`, where everything is an argument.\n"
                         "  hint: Remove `--`, or write the option before it.\n")
        self.assertIn("There is no option `--foo`.", self.complaint("plan", "--", "--foo"))

    def test_the_environment_takes_effect_and_flags_win(self):
        self.write("desk.yaml", ROSTER)
        self.write("empty.yaml", "version: 1\n")
        self.server()

        def validated(*words, **environment):
            return self.rollcall("validate", *words, environment=environment).stdout

        self.assertIn("2 accounts", validated(ROLLCALL_ROSTER="desk.yaml"))
        self.assertIn("0 accounts", validated("--roster", "empty.yaml", ROLLCALL_ROSTER="desk.yaml"))
        self.rollcall("apply", "--auto-approve", "--state", "mine.json",
                      environment={"ROLLCALL_ROSTER": "desk.yaml", "ROLLCALL_STATE": "theirs.json",
                                   "ROLLCALL_PARALLELISM": "1"})
        self.assertEqual({path.name for path in self.folder.glob("*.json")}, {"mine.json"})
        self.assertEqual(self.sandbox.control("GET", "counters")["most_in_flight"], 1)
        self.assertIn("No changes", self.rollcall("plan", "--roster", "desk.yaml", environment={
            "ROLLCALL_ROSTER": "empty.yaml", "ROLLCALL_STATE": "mine.json"}).stdout)

    def test_a_variable_that_a_flag_overrides_is_not_looked_at(self):
        self.write("roster.yaml", ROSTER)
        broken = {"ROLLCALL_PARALLELISM": "many"}
        self.assertIn("ROLLCALL_PARALLELISM takes", self.rollcall("plan", code=1, environment=broken).stderr)
        self.rollcall("plan", "--parallelism", "4", environment=broken)

    def test_json_stays_json_when_the_command_line_is_wrong(self):
        document = json.loads(self.rollcall("plan", "--format", "json", "--nothing", code=1).stdout)
        self.assertEqual(document["format"], "rollcall-error")
        self.assertIn("There is no option `--nothing`", document["diagnostics"][0]["message"])

    def test_global_options_work_on_both_sides_of_the_command(self):
        self.write("other/users.yaml", ROSTER)
        before = self.rollcall("--roster", "other/users.yaml", "validate")
        after = self.rollcall("validate", "--roster", "other/users.yaml")
        self.assertEqual(before.stdout, after.stdout)
        self.assertIn("2 accounts, 3 users", after.stdout)

    def test_colour_only_where_it_is_asked_for(self):
        self.write("roster.yaml", ROSTER)
        self.assertNotIn("\033", self.rollcall("plan").stdout)
        self.assertIn("\033", self.rollcall("plan", "--color", "always").stdout)
        self.assertIn("\033", self.rollcall("plan", "--color", "always", environment={"NO_COLOR": "1"}).stdout)
        self.write("roster.yaml", "version: 2\n")
        self.assertIn("\033", self.rollcall("validate", "--color", "always", code=1).stderr)
        self.assertNotIn("\033", self.rollcall("validate", code=1).stderr)


if __name__ == "__main__":
    main()
