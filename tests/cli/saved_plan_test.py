#!/usr/bin/python3
"""Saved plans: what is in the file, that it is shown and applied as it was reviewed, and all that an apply refuses."""

import json
import pathlib
import re
import stat
import sys

import jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from command_line import ROOT, ROSTER, CommandLineTest, main  # noqa: E402
from state_server import StateServer  # noqa: E402

SCHEMA = json.loads((ROOT / "schemas" / "saved-plan.schema.json").read_text(encoding="utf-8"))
CHANGED = ROSTER.replace("name: Kim}", "name: Kim K}").replace("name: VIP desk", "name: VIPs").replace(
    "users: [ben@example.com, kim@example.com]", "users: [ben@example.com]")
DELETING = ROSTER.replace("vip: {name: VIP desk}", "vip: {name: VIP desk, on_remove: delete}")


class SavedPlan(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server()

    def save(self, *arguments, code=0):
        """Saves the plan as plan.json and gives its digest."""
        self.rollcall("plan", "--out", "plan.json", *arguments, code=code)
        return self.file()["digest"]

    def file(self):
        return json.loads(self.read("plan.json"))

    def apply_file(self, *arguments, code=0, **options):
        return self.rollcall("apply", "plan.json", "--auto-approve", *arguments, code=code, **options)

    def writes(self):
        return [request for request in self.sandbox.control("GET", "log") if request["method"] != "GET"]

    def refused(self, *arguments):
        """The error of an apply that sends nothing."""
        before = len(self.writes())
        error = self.apply_file(*arguments, code=1).stderr
        self.assertEqual(len(self.writes()), before, error)
        return error

    def change_file(self, change):
        document = self.file()
        change(document)
        self.write("plan.json", json.dumps(document))

    def kill_in_the_middle(self):
        """An apply of the file that is killed with its second new user on its way, whose response is lost."""
        held = self.sandbox.fault(method="POST", path="/users$", nth=2, action="hold")
        process = self.start("apply", "plan.json", "--auto-approve", "--parallelism", "1")
        self.assertEqual(self.sandbox.reached(held), "held")
        process.kill()
        process.communicate()
        self.sandbox.release(held, "drop")


class Files(SavedPlan):
    def test_it_is_shown_as_it_was_printed_and_applied(self):
        digest = self.save()
        self.assertRegex(digest, "^[0-9a-f]{64}$")
        printed = self.rollcall("plan", "--out", "plan.json").stdout
        self.assertIn(f", digest {digest}\n", printed)
        self.assertEqual(self.rollcall("show", "plan.json").stdout, printed)
        full = self.rollcall("plan", "--out", "plan.json", "--full").stdout
        self.assertEqual(self.rollcall("show", "plan.json", "--full").stdout, full)
        document = self.rollcall("plan", "--out", "plan.json", "--format", "json").stdout
        self.assertEqual(json.loads(document)["digest"], digest)
        self.assertEqual(self.rollcall("show", "plan.json", "--format", "json").stdout, document)
        self.assertIn(f", digest {digest}\n", self.apply_file().stdout)
        self.assertEqual(len(self.access()), 4)

    def test_it_is_shown_without_the_project(self):
        self.save()
        printed = self.rollcall("show", "plan.json").stdout
        for name in ("roster.yaml",):
            (self.folder / name).unlink()
        for variable in ("ROLLCALL_SERVER", "ROLLCALL_TOKEN"):
            del self.environment[variable]
        self.assertEqual(self.rollcall("show", "plan.json").stdout, printed)

    def test_a_plan_of_changes_is_shown_as_it_was_printed(self):
        self.write("roster.yaml", DELETING)
        self.apply()
        self.write("roster.yaml", DELETING.replace("  vip: {name: VIP desk, on_remove: delete}\n", "").replace(
            "  kim@example.com: {name: Kim}", "  kay@example.com: {name: Kim}").replace(
            "kim@example.com]", "kay@example.com]") +
            "moved:\n  - {from: users.kim@example.com, to: users.kay@example.com}\n")
        printed = self.rollcall("plan", "--out", "plan.json", "--allow-deletes").stdout
        self.assertIn("1 user loses access", printed)
        self.assertIn("agent in 1 account", printed)
        self.assertEqual(self.rollcall("show", "plan.json").stdout, printed)

    def test_the_file_is_private_and_follows_its_schema(self):
        self.save("--only", "accounts.*", "--max-removals", "30%")
        self.assertEqual(stat.S_IMODE((self.folder / "plan.json").stat().st_mode), 0o600)
        jsonschema.Draft202012Validator(SCHEMA).validate(self.file())
        self.assert_no_secret(self.read("plan.json"))
        self.assertEqual(self.file()["options"], {"only": ["accounts.*"], "only_expired": False, "refresh": False,
                                                  "allow_deletes": False, "max_removals": "30%"})

    def test_the_same_plan_has_the_same_digest(self):
        digest = self.save()
        self.write("other/roster.yaml", "version: 1\n")
        self.assertEqual(self.save(), digest)
        self.write("roster.yaml", ROSTER.replace("OPS-17", "OPS-18"))
        self.assertNotEqual(self.save(), digest)

    def test_what_only_counts_serials_does_not_change_the_digest(self):
        self.apply()
        self.write("roster.yaml", CHANGED)
        digest = self.save()
        state = self.read("rollcall.state.json")
        self.write("rollcall.state.json", re.sub(r'"serial": \d+', '"serial": 77', state))
        self.assertEqual(self.save(), digest)
        self.assertEqual(self.file()["state"]["serial"], 77)

    def test_only_a_saved_plan_is_overwritten(self):
        self.apply()
        before = self.read("rollcall.state.json")
        for name in ("rollcall.state.json", "roster.yaml"):
            error = self.rollcall("plan", "--out", name, code=1).stderr
            self.assertIn(name, error)
        self.assertEqual(self.read("rollcall.state.json"), before)
        self.assertIn("nowhere", self.rollcall("plan", "--out", "nowhere/plan.json", code=1).stderr)
        self.save()
        self.save()

    def test_a_refused_plan_is_saved_and_refused_again(self):
        self.apply()
        self.write("rollcall.yaml", "version: 1\nguardrails: {max_removals: 0}\n")
        self.write("roster.yaml", CHANGED)
        self.save(code=3)
        self.assertIn("The guardrails refuse this plan", self.apply_file(code=3).stderr)

    def test_a_plan_over_what_an_earlier_run_left_unknown_is_not_saved(self):
        self.kill_apply_at("POST", "/accounts$")
        done = self.rollcall("plan", "--out", "plan.json", code=1)
        self.assertIn("The plan is not saved in plan.json: what an earlier run did is not known yet.", done.stderr)
        self.assertIn("`rollcall apply` looks at the server and goes on from there", done.stderr)
        self.assertFalse((self.folder / "plan.json").exists())
        self.apply()
        self.save()
        self.apply_file()

    def test_an_empty_plan_is_applied_as_often_as_you_like(self):
        self.apply()
        self.save()
        for _ in range(2):
            self.assertIn("No changes.", self.apply_file().stdout)

    def test_a_part_of_the_plan_is_applied_as_it_was_chosen(self):
        self.save("--only", "accounts.*")
        self.assertIn("Applied: 2 created", self.apply_file().stdout)
        self.assertEqual([user["email"] for user in self.sandbox.control("GET", "snapshot")["users"]], [])

    def test_what_was_read_under_refresh_is_read_again(self):
        self.apply()
        self.write("roster.yaml", CHANGED)
        self.save("--refresh")
        self.assertIn("Applied: ", self.apply_file().stdout)
        self.assertEqual(len(self.access()), 3)


class Refusals(SavedPlan):
    def test_what_is_no_saved_plan(self):
        self.apply()
        error = self.rollcall("apply", "rollcall.state.json", code=1).stderr
        self.assertIn('rollcall.state.json is not a saved plan: its `format` is not "rollcall-saved-plan".', error)
        self.assertIn("roster.yaml:1: The saved plan cannot be used: this is not valid JSON (byte 0).",
                      self.rollcall("show", "roster.yaml", code=1).stderr)
        self.assertIn("There is no file none.json.", self.rollcall("apply", "none.json", code=1).stderr)

    def test_a_file_that_is_cut_off_or_has_an_unknown_key(self):
        self.save()
        text = self.read("plan.json")
        self.write("plan.json", text[:len(text) // 2])
        self.assertIn("the file ends too early, as if it had been cut off", self.refused())
        self.write("plan.json", text.replace('"date":', '"data": 1, "date":'))
        line = text[:text.index('"date":')].count("\n") + 1
        self.assertIn(f"plan.json:{line}: The saved plan cannot be used: unknown key `data` (byte", self.refused())

    def test_a_newer_version(self):
        self.save()
        self.change_file(lambda document: document.update(version=2))
        self.assertIn("plan.json has version 2, and this program reads version 1 at most.", self.refused())

    def test_a_file_that_was_changed(self):
        digest = self.save()

        def promote(document):
            for action in document["plan"]["actions"]:
                if action["address"] == "grants.desk/kim@example.com":
                    action["after"] = "administrator"

        self.change_file(promote)
        for command in (["apply", "plan.json", "--auto-approve"], ["show", "plan.json"]):
            error = self.rollcall(*command, code=1).stderr
            self.assertRegex(error, rf"plan\.json was changed: its plan has the digest [0-9a-f]{{64}}, and the file "
                                    rf"names {digest}\.")
        self.assertEqual(self.writes(), [])

    def test_a_file_that_was_forged_with_its_digest(self):
        self.save()
        genuine = self.file()
        self.write("roster.yaml", ROSTER.replace("- role: agent", "- role: administrator\n    reason: x"))
        self.save()
        self.write("roster.yaml", ROSTER)
        self.change_file(lambda document: document.update(roster_sha256=genuine["roster_sha256"]))
        error = self.refused()
        self.assertIn("What there is to do is not what the plan in plan.json says: its digest is "
                      f"{self.file()['digest']}, and that of the plan that was made now is {genuine['digest']}.", error)

    def test_a_file_that_permits_itself_deletions(self):
        self.write("roster.yaml", DELETING)
        self.apply()
        self.write("roster.yaml", DELETING.replace("  vip: {name: VIP desk, on_remove: delete}\n", ""))
        self.save("--allow-deletes")
        self.assertIn("It was made with --allow-deletes: give that to the apply, too.", self.refused())
        self.apply_file("--allow-deletes")
        self.assertEqual({account for account, _ in self.access()}, {"Desk"})

    def test_a_file_that_permits_itself_removals(self):
        self.write("rollcall.yaml", "version: 1\nguardrails: {max_removals: 0}\n")
        self.apply()
        self.write("roster.yaml", CHANGED)
        self.save("--max-removals", "1")
        self.assertIn("It was made with --max-removals 1: give that to the apply, too.", self.refused())
        self.apply_file("--max-removals", "1")

    def test_another_roster(self):
        self.save()
        self.write("roster.yaml", ROSTER + "# nothing but a comment\n")
        self.assertIn("The roster has changed since the plan in plan.json was made.", self.refused())

    def test_another_state(self):
        self.apply()
        self.write("roster.yaml", CHANGED)
        self.save()
        self.rollcall("state", "rm", "users.kim@example.com")
        self.assertIn("rollcall.state.json has changed since the plan in plan.json was made (serial 1 then, serial 2 now).",
                      self.refused())

    def test_a_state_that_another_apply_wrote(self):
        self.save()
        self.apply("--only", "accounts.*")
        self.assertIn("rollcall.state.json has changed since the plan in plan.json was made (no state yet then, serial 1 now).",
                      self.refused())

    def test_the_state_of_another_lineage(self):
        self.apply()
        self.write("roster.yaml", CHANGED)
        self.save()
        state = self.state()
        lineage = "00000000-0000-4000-8000-000000000000"
        self.write("rollcall.state.json", self.read("rollcall.state.json").replace(state["lineage"], lineage))
        self.assertIn("The plan in plan.json was made from another state: its lineage is "
                      f"{state['lineage']}, and that of rollcall.state.json is {lineage}.", self.refused())

    def test_another_server(self):
        self.save()
        server = self.environment["ROLLCALL_SERVER"]
        other = server.replace("127.0.0.1", "localhost")
        self.assertIn(f"The plan in plan.json is for {server}, and this command for {other}.",
                      self.refused("--server", other))

    def test_a_plan_for_no_server(self):
        server = self.environment.pop("ROLLCALL_SERVER")
        self.save()
        self.environment["ROLLCALL_SERVER"] = server
        self.assertIn("The plan in plan.json was made for no server.", self.refused())

    def test_one_that_was_applied_already(self):
        self.save()
        self.apply_file()
        self.assertIn("The plan in plan.json was applied already.", self.refused())
        # Another apply has been the last one since.
        self.write("roster.yaml", CHANGED)
        self.apply()
        self.write("roster.yaml", ROSTER)
        self.assertIn("rollcall.state.json has changed since", self.refused())

    def test_one_that_only_forgot_a_setting_was_applied(self):
        self.apply()
        self.write("roster.yaml", ROSTER.replace(", locale: en", ""))
        self.save()
        self.apply_file()
        self.assertIn("The plan in plan.json was applied already.", self.refused())

    def test_a_server_that_says_something_else_by_now(self):
        self.apply()
        self.write("roster.yaml", CHANGED)
        self.save("--refresh")
        desk = next(account["id"] for account in self.sandbox.control("GET", "snapshot")["accounts"] if account["name"] == "Desk")
        self.sandbox.api("PATCH", f"/accounts/{desk}", {"locale": "fr"})
        self.assertIn("What there is to do is not what the plan in plan.json says", self.refused())

    def test_a_project_file_that_refuses_it_by_now(self):
        self.apply()
        self.write("roster.yaml", CHANGED)
        self.save()
        self.write("rollcall.yaml", "version: 1\nguardrails: {max_removals: 0}\n")
        self.assertIn("The project file, the day or the server may say something else by now", self.refused())

    def test_options_that_choose_something_else(self):
        self.save()
        for option in (["--only", "accounts.*"], ["--only-expired"], ["--recreate", "accounts.desk"]):
            self.assertIn("A saved plan is applied as it is", self.refused(*option))

    def test_an_error_is_a_document(self):
        self.save()
        self.write("roster.yaml", CHANGED)
        document = json.loads(self.apply_file("--format", "json", code=1).stdout)
        self.assertEqual(document["format"], "rollcall-error")


class Interrupted(SavedPlan):
    def test_the_same_command_continues_after_a_kill(self):
        digest = self.save()
        self.kill_in_the_middle()
        self.assertEqual(self.state_of_plan(), None)
        done = self.apply_file()
        self.assertIn("The apply of plan.json did not come to its end. What is left of it goes on now.", done.stderr)
        self.assertIn(digest, done.stdout)
        self.assertEqual(len(self.access()), 4)
        self.assertEqual(self.state()["last_plan"], {"digest": digest, "complete": True})
        self.assertIn("The plan in plan.json was applied already.", self.refused())
        self.assertIn("No changes.", self.rollcall("plan", "--detailed-exitcode").stdout)

    def state_of_plan(self):
        path = self.folder / "rollcall.state.json"
        return self.state()["last_plan"] if path.exists() else None

    def test_it_goes_on_after_several_kills(self):
        self.save()
        self.kill_in_the_middle()
        self.kill_in_the_middle()
        self.apply_file()
        self.assertEqual(len(self.access()), 4)

    def test_what_failed_is_tried_again_by_the_same_command(self):
        digest = self.save()
        self.sandbox.fault(method="POST", path="/users$", nth=2, action="fail", status=422)
        self.apply_file(code=1)
        self.assertEqual(self.state()["last_plan"], {"digest": digest, "complete": False})
        self.apply_file()
        self.assertEqual(len(self.access()), 4)
        self.assertIn("The plan in plan.json was applied already.", self.refused())

    def test_another_apply_in_between_ends_it(self):
        self.save()
        self.kill_in_the_middle()
        self.apply("--only", "accounts.*", "--only", "users.ana@example.com")
        self.write("rollcall.yaml", "version: 1\n")
        self.apply()
        self.assertIn("rollcall.state.json has changed since", self.refused())

    def test_what_is_not_in_the_plan_is_not_done(self):
        self.apply()
        self.write("roster.yaml", CHANGED)
        self.save()
        held = self.sandbox.fault(method="PATCH", path="/users/", action="hold")
        process = self.start("apply", "plan.json", "--auto-approve", "--parallelism", "1")
        self.assertEqual(self.sandbox.reached(held), "held")
        process.kill()
        process.communicate()
        self.sandbox.release(held, "drop")
        desk = next(account["id"] for account in self.sandbox.control("GET", "snapshot")["accounts"] if account["name"] == "Desk")
        self.sandbox.api("PATCH", f"/accounts/{desk}", {"locale": "fr"})
        self.rollcall("refresh")
        self.assertIn("What is left to do is not all in the saved plan: accounts.desk (update).", self.refused())

    def test_a_shared_state_whose_journal_is_lost(self):
        states = StateServer("gitlab", {"ana:a-password": "maintainer"})
        self.addCleanup(states.stop)
        self.environment.update(ROLLCALL_STATE=states.url(), ROLLCALL_STATE_USERNAME="ana",
                                ROLLCALL_STATE_PASSWORD="a-password", XDG_STATE_HOME=str(self.folder / "home"))
        digest = self.save()
        self.kill_in_the_middle()
        self.assertEqual(states.state()["applying"]["plan_digest"], digest)
        self.environment["XDG_STATE_HOME"] = str(self.folder / "another-home")
        states.set_lock(None)
        done = self.apply_file()
        self.assertIn("What is left of it goes on now.", done.stderr)
        self.assertEqual(len(self.access()), 4)
        self.assertEqual(states.state()["last_plan"], {"digest": digest, "complete": True})
        self.assertIn("The plan in plan.json was applied already.", self.refused())


if __name__ == "__main__":
    main()
