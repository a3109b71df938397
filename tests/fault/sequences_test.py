#!/usr/bin/python3
"""Accidents in a row: what a lost response means for what the roster says next. Each case is a line of docs/reliability.md."""

import itertools
import json
import re
import signal

import estates
from fault_case import APPLY, Estate, FaultCase, ROOT, STATE, main, users
from project import eventually
from sanitized import some_of

JOE = "joe@example.com"
YESTERDAY = "2020-01-01"


class Sequences(FaultCase):
    def start(self, name, build=lambda estate: None):
        estate = Estate(name)
        build(estate)
        return self.start_of(estate)

    def joined(self, name):
        """Joe is to join, with access to headquarters."""
        def build(estate):
            estate.after["users"][JOE] = {"name": "Joe"}
            estate.give("hq", JOE, None, "agent")
        return self.start(name, build)

    def roster(self, one, change):
        roster = json.loads((one.folder / "roster.yaml").read_text())
        change(roster)
        one.write(json.dumps(roster, indent=1))

    def without_joe(self, roster):
        del roster["users"][JOE]
        roster["grants"] = [rule for rule in roster["grants"] if JOE not in rule["users"]]

    def users(self, one):
        return sorted(user["email"] for user in one.sandbox.control("GET", "snapshot")["users"])

    # Answers that come late: the request is held, its client dies, others go on, then it is carried out.

    def late(self, start, **order):
        one = self.project(start)
        fault = one.sandbox.fault(**order)
        process = one.start(*APPLY)
        self.assertEqual(one.sandbox.reached(fault), "held")
        process.kill()
        process.communicate()
        return one, fault

    def land(self, one, fault):
        one.sandbox.release(fault)
        one.settle_server()

    def test_a_grant_that_lands_after_its_revocation_is_told(self):
        start = self.joined("late grant")
        one, fault = self.late(start, method="POST", path="account_users$", point="validated")
        self.roster(one, self.without_joe)
        text = one.rollcall(*APPLY)
        self.assertIn(f"grants.hq/{JOE} (grant) was not done", text)
        one.rollcall("plan", "--detailed-exitcode")
        self.land(one, fault)
        self.assertEqual(self.access(one)["Headquarters", JOE], "agent")
        self.assertIn(f"grants.hq/{JOE}", one.rollcall("drift", code=2))
        # A run that has to look at the account's members tells too.
        self.roster(one, lambda roster: (roster["users"].update({"kim@example.com": {"name": "Kim"}}),
                                         roster["grants"].append({"role": "agent", "accounts": ["hq"],
                                                                  "users": ["kim@example.com"]})))
        one.rollcall(*APPLY)
        self.roster(one, lambda roster: roster["grants"].pop())
        text = one.rollcall(*APPLY)
        self.assertRegex(text, r"accounts\.hq has a member that the roster does not list and that was not seen before: "
                         r"\S+ \(agent\)")
        # To take it away is to list it, or to let the account revoke what nobody lists.
        self.roster(one, lambda roster: roster["accounts"]["hq"].update(unlisted_members="revoke"))
        one.rollcall(*APPLY)
        self.assertNotIn(("Headquarters", JOE), self.access(one))

    def test_a_kill_among_many_grants(self):
        start = self.start_of(users(40, "many grants"))
        for then, became in (("continue", "was done"), ("drop", "was not done")):
            with self.subTest(then):
                one = self.killed(start, then, method="POST", path="account_users$", nth=20)
                text = one.rollcall("plan")
                self.assertIn("The outcome of 1 action of an earlier run is unknown", text)
                self.assertIn("An earlier run was about to send more: 20 actions that it may never have sent.", text)
                text = one.rollcall(*APPLY)
                self.assertRegex("".join(re.findall("Interrupted run: .*", text)),
                                 rf"^Interrupted run: grants\.hq/user[0-9]+@example\.com \(grant\) {became}\.$")
                self.ends_right(one, start)

    def test_an_account_that_lands_after_a_look_is_taken_in(self):
        def build(estate):
            estate.after["accounts"]["desk"] = {"name": "Desk", "locale": "de"}
        start = self.start("late account", build)
        one, fault = self.late(start, method="POST", path="/accounts$", point="validated")
        text = one.rollcall("refresh", "-q")
        self.assertIn("accounts.desk (create) was not done, as far as this token can see", text)
        self.land(one, fault)
        self.assertIn("accounts.desk was created", one.rollcall(*APPLY))
        self.assertEqual(self.names(one), ["Desk", "Headquarters"])
        one.finish()

    def test_an_account_that_lands_after_the_next_one_was_created_stops_the_run_after_that(self):
        def build(estate):
            estate.after["accounts"]["desk"] = {"name": "Desk"}
        start = self.start("late twin", build)
        one, fault = self.late(start, method="POST", path="/accounts$", point="validated")
        text = one.rollcall(*APPLY)
        marker = re.search(r"rollcall = (\S+/desk/\w+)", text).group(1)
        self.land(one, fault)
        twins = [account for account in one.sandbox.control("GET", "snapshot")["accounts"]
                 if account["name"] == "Desk"]
        self.assertEqual(len(twins), 2)
        self.assertIn(marker, [twin["custom_attributes"]["rollcall"] for twin in twins], "it was named")
        self.assertIn("Created by Rollcall, but missing from this state", one.rollcall("drift", code=2))

    def test_a_bot_that_lands_after_a_look_is_taken_in(self):
        def build(estate):
            estate.after["agent_bots"]["triage"] = {"name": "Triage", "outgoing_url": "https://bots.example.com/t"}
        start = self.start("late bot", build)
        one, fault = self.late(start, method="POST", path="/agent_bots$", point="validated")
        self.assertIn('a bot of the name "Triage" is left', one.rollcall("refresh"))
        self.land(one, fault)
        self.assertIn("agent_bots.triage was created", one.rollcall(*APPLY))
        bots = one.sandbox.control("GET", "snapshot")["agent_bots"]
        self.assertEqual([bot["outgoing_url"] for bot in bots], ["https://bots.example.com/t"])
        one.finish()

    # A second attempt that fails, or is never sent, says nothing of the first.

    def test_a_grant_nobody_knows_of_is_looked_up_after_an_attempt_that_failed(self):
        start = self.joined("grant, then a failure")
        one = self.killed(start, method="POST", path="account_users$", point="after")
        broken = one.sandbox.fault(method="GET", path="account_users$", action="fail", status=500, count=1000)
        code, text = one.run(*APPLY)
        self.assertEqual(code, 1, text)
        self.heal(one, broken)
        self.roster(one, self.without_joe)
        self.assertIn(f"grants.hq/{JOE} (grant) was done.", one.rollcall(*APPLY))
        self.assertNotIn(("Headquarters", JOE), self.access(one))
        one.finish()

    def test_a_promotion_nobody_knows_of_is_looked_up_after_a_run_that_was_stopped(self):
        def build(estate):
            estate.user_in_both(JOE)
            estate.give("hq", JOE, "agent", "administrator")
        start = self.start("promotion, then a stop", build)
        one = self.killed(start, method="POST", path="account_users$", point="after")
        broken = one.sandbox.fault(method="GET", path="account_users$", action="fail", status=500)
        throttled = one.sandbox.fault(method="POST", path="account_users$", action="fail", status=429)
        process = one.start(*APPLY)
        self.assertEqual(one.sandbox.reached(throttled), "done")
        process.send_signal(signal.SIGTERM)
        text, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM, text)
        self.heal(one, broken)
        self.roster(one, lambda roster: roster["grants"].__setitem__(
            -1, {"role": "agent", "accounts": ["hq"], "users": [JOE]}))
        one.rollcall(*APPLY)
        self.assertEqual(self.access(one)["Headquarters", JOE], "agent")
        one.finish()

    def test_an_account_that_lands_after_the_next_attempt_was_refused_is_taken_in(self):
        def build(estate):
            estate.after["accounts"]["desk"] = {"name": "Desk"}
        start = self.start("account, then a refusal", build)
        one, fault = self.late(start, method="POST", path="/accounts$", point="validated")
        refused = one.sandbox.fault(method="POST", path="/accounts$", action="fail", status=422)
        code, text = one.run(*APPLY)
        self.assertEqual(code, 1, text)
        self.heal(one, refused)
        self.land(one, fault)
        self.assertIn("accounts.desk was created", one.rollcall(*APPLY))
        self.assertEqual(self.names(one), ["Desk", "Headquarters"])
        one.finish()

    @staticmethod
    def heal(one, fault):
        one.sandbox.send("DELETE", f"/_sandbox/faults/{fault}", {})

    # A user whose create is unresolved.

    def test_a_lost_user_is_ours_however_many_runs_fail_in_between(self):
        start = self.joined("lost user")
        one = self.killed(start, method="POST", path="/users$", point="after")
        address = one.environment["ROLLCALL_SERVER"]
        for environment in ({"ROLLCALL_TOKEN": "not-the-token-of-anybody"}, {"ROLLCALL_SERVER": address}):
            one.environment |= environment
            if "ROLLCALL_SERVER" in environment:
                one.environment["ROLLCALL_TOKEN"] = "not-the-token-of-anybody"
            code, text = one.run(*APPLY)
            self.assertEqual(code, 1, text)
        one.environment["ROLLCALL_TOKEN"] = one.sandbox.token
        self.ends_right(one, start)
        self.assertEqual(json.loads((one.folder / STATE).read_text())["users"][JOE]["origin"], "created")

    def test_a_lost_user_whom_nobody_wants_any_more_is_kept_in_mind(self):
        start = self.joined("lost and unwanted")
        one = self.killed(start, method="POST", path="/users$", point="after")
        self.roster(one, self.without_joe)
        one.rollcall(*APPLY)
        self.assertIn(f"users.{JOE}", one.rollcall("plan"))
        one.rollcall("state", "rm", f"users.{JOE}")
        self.assertNotIn(JOE, one.rollcall("plan"))

    def test_a_lost_user_is_not_moved_before_they_were_seen(self):
        start = self.joined("lost and moved")
        one = self.killed(start, method="POST", path="/users$", point="after")
        first = (one.folder / "roster.yaml").read_text()

        def move(roster):
            roster["users"]["joe.doe@example.com"] = roster["users"].pop(JOE)
            roster["grants"][-1]["users"] = ["joe.doe@example.com"]
            roster["moved"] = [{"from": f"users.{JOE}", "to": "users.joe.doe@example.com"}]
        self.roster(one, move)
        moved = (one.folder / "roster.yaml").read_text()
        self.assertIn("cannot be moved", self.refused_only(one))
        one.write(first)
        one.rollcall(*APPLY)
        one.write(moved)
        one.rollcall(*APPLY)
        self.assertEqual(self.users(one), ["joe.doe@example.com", ROOT])

    def refused_only(self, one):
        asked = len(self.writes(one))
        code, text = one.run(*APPLY)
        self.assertEqual(code, 1, text)
        self.assertIn("hint:", text)
        self.assertEqual(len(self.writes(one)), asked)
        return text

    # Bind, release and what comes back, expiry, deletion: killed at the write, which is done or not.

    def each_end(self, start, **order):
        for then, point in some_of(itertools.product(("continue", "drop"), ("before", "row")), 4):
            with self.subTest(then=then, point=point):
                one = self.project(start)
                held, _, text = one.kill_at(one.sandbox.fault(point=point, **order), then)
                self.assertTrue(held, text)
                one.settle_server()
                yield one
                one.sandbox.stop()

    def test_a_bind_that_was_killed(self):
        start = self.start("bind", lambda estate: estates.binds_an_account(estate, 1))
        for one in self.each_end(start, method="PATCH", path=r"/accounts/\d+$"):
            self.ends_right(one, start)

    def test_what_comes_back_and_was_killed(self):
        def build(estate):
            estates.an_account_comes_back(estate, 1)
            estates.a_user_comes_back(estate, 2)
        start = self.start("back", build)
        for path in (r"/accounts/\d+$", r"/users/\d+$"):
            for one in self.each_end(start, method="PATCH", path=path):
                self.ends_right(one, start)

    def test_who_has_access_to_what_comes_back_is_known_whatever_ends_the_run(self):
        def build(estate):
            estates.an_account_comes_back(estate, 1)
            estate.after["accounts"]["desk"] = {"name": "Desk", "locale": "de"}
        start = self.start("back and changed", build)
        for order in ({"method": "GET", "path": "account_users$"}, {"method": "PATCH", "path": r"/accounts/\d+$", "nth": 2}):
            with self.subTest(order):
                one = self.killed(start, **order)
                self.ends_right(one, start)
        with self.subTest("the members cannot be read"):
            one = self.project(start)
            broken = one.sandbox.fault(method="GET", path="account_users$", action="fail", status=500, count=1000)
            for _ in range(2):
                code, text = one.run(*APPLY)
                self.assertEqual(code, 1, text)
                self.assertIn("it is unknown who has access now", text)
            self.heal(one, broken)
            self.ends_right(one, start)

    def test_a_suspension_and_its_end_that_were_killed(self):
        def build(estate):
            estate.first["accounts"]["desk"] = {"name": "Desk", "on_remove": "suspend"}
            estate.first["grants"]["desk", ROOT] = "administrator"
            estate.after["accounts"]["desk"] = {"name": "Desk", "on_remove": "suspend"}
            estate.give("desk", ROOT, None, "administrator")
            estates.leaves("suspend")(estate, 1)
        start = self.start("suspended", build)
        for nth in (1, 2):
            for one in self.each_end(start, method="PATCH", path=r"/accounts/\d+$", nth=nth):
                self.ends_right(one, start)

    def test_a_expiry_that_was_killed_is_not_granted_again(self):
        def build(estate):
            estate.user_in_both(JOE)
            estate.give("hq", JOE, "agent", None)
        start = self.start("expiry", build)

        def expired(roster):
            roster["grants"].append({"role": "agent", "accounts": ["hq"], "users": [JOE], "until": YESTERDAY})
        for one in self.each_end(start, method="DELETE", path="account_users$"):
            self.roster(one, expired)
            one.rollcall(*APPLY, "--only-expired")
            one.rollcall("plan", "--detailed-exitcode")
            self.assertNotIn(("Headquarters", JOE), self.access(one))

    def test_a_move_that_was_killed_and_taken_back(self):
        start = self.start("moved", lambda estate: estates.moves_a_user(estate, 1))
        for one in self.each_end(start, method="PATCH", path=r"/users/\d+$"):
            def back(roster):
                roster["users"]["old1@example.com"] = roster["users"].pop("new1@example.com")
                for rule in roster["grants"]:
                    rule["users"] = ["old1@example.com" if who == "new1@example.com" else who for who in rule["users"]]
                roster["moved"] = [{"from": "users.new1@example.com", "to": "users.old1@example.com"}]
            self.roster(one, back)
            one.applied()
            one.finish()
            self.assertEqual(self.users(one), ["old1@example.com", ROOT])

    def test_a_bot_does_not_go_with_its_account(self):
        def build(estate):
            estate.before["accounts"]["old"] = {"name": "Old", "on_remove": "delete"}
            estate.before["grants"]["old", ROOT] = "administrator"
            estate.before["agent_bots"]["triage"] = {"name": "Triage", "account": "old"}
            estate.after["agent_bots"]["triage"] = {"name": "Triage", "account": "hq"}
        start = self.start("a bot whose account goes", build)
        for one in self.each_end(start, method="PATCH", path=r"/agent_bots/\d+$"):
            self.ends_right(one, start)
        with self.subTest("the bot cannot leave"):
            one = self.project(start)
            one.sandbox.fault(method="PATCH", path=r"/agent_bots/\d+$", action="fail", status=500)
            code, text = one.run(*APPLY)
            self.assertEqual(code, 1, text)
            self.assertIn("delete accounts.old: it depends on agent_bots.triage, which failed", text)
            self.ends_right(one, start)
        with self.subTest("the roster does not say where the bot goes, and the record has forgotten it"):
            one = self.project(start)
            after = (one.folder / "roster.yaml").read_text()
            self.roster(one, lambda roster: roster["agent_bots"].update(triage={"name": "Triage"}))
            for _ in range(2):
                one.rollcall("apply", "--auto-approve")
            code, text = one.run(*APPLY)
            self.assertEqual(code, 1, text)
            self.assertIn("agent_bots.triage is in this account, and the server would delete it, too", text)
            self.assertEqual(self.names(one, "agent_bots"), ["Triage"])
            one.write(after)
            self.ends_right(one, start)
        with self.subTest("the bot was let go before, and comes back into another account, which fails"):
            one = self.project(start)
            after = (one.folder / "roster.yaml").read_text()
            for change in (lambda roster: roster["agent_bots"].update(triage={"name": "Renamed"}),
                           lambda roster: roster.pop("agent_bots")):
                one.write(after)
                self.roster(one, change)
                one.rollcall("apply", "--auto-approve")
            one.write(after)
            broken = one.sandbox.fault(method="PATCH", path=r"/agent_bots/\d+$", action="fail", status=500, count=1000)
            for options in ((), ("--only", "accounts.old")):
                code, text = one.run(*APPLY, *options)
                self.assertEqual(code, 1, text)
                self.assertIn("agent_bots.triage is in this account", text)
            self.heal(one, broken)
            self.ends_right(one, start)
        with self.subTest("somebody has moved the bot into the account"):
            one = self.project(start)
            one.rollcall("apply", "--auto-approve")
            old, _ = estates.account_of(one.sandbox, "Old")
            bot = one.sandbox.control("GET", "snapshot")["agent_bots"][0]["id"]
            one.sandbox.api("PATCH", f"/agent_bots/{bot}", {"account_id": old})
            code, text = one.run(*APPLY)
            self.assertEqual(code, 1, text)
            self.assertIn("agent_bots.triage is in this account", text)
            one.rollcall(*APPLY, "--refresh")
            self.ends_right(one, start)

    def test_a_bots_new_account_is_seen_by_a_look(self):
        def build(estate):
            estate.account_in_both("desk", name="Desk")
            estate.give("desk", ROOT, "administrator", "administrator")
            estate.before["agent_bots"]["triage"] = {"name": "Triage", "account": "hq"}
            estate.after["agent_bots"]["triage"] = {"name": "Triage", "account": "desk"}
        start = self.start("a bot's new account", build)
        one = self.killed(start, method="PATCH", path=r"/agent_bots/\d+$", point="after")
        self.assertIn("agent_bots.triage (update) was done.", one.rollcall("refresh"))
        one.rollcall("plan", "--detailed-exitcode")
        self.ends_right(one, start)

    def test_a_bot_that_is_let_go_with_its_account(self):
        def build(estate):
            estate.before["accounts"]["old"] = {"name": "Old", "on_remove": "delete"}
            estate.before["grants"]["old", ROOT] = "administrator"
            estate.before["agent_bots"]["triage"] = {"name": "Triage", "account": "old"}
        start = self.start("a bot that goes with its account", build)
        for then in ("continue", "drop"):
            with self.subTest(then=then):
                one = self.killed(start, then, method="DELETE", path=r"/accounts/\d+$", point="before")
                _, text = one.applied()
                self.assertEqual(then == "continue", "accounts.old took agent_bots.triage with it." in text)
                self.assertNotIn("released agent_bots.triage", text)
                one.finish()
                self.assertEqual(self.names(one, "agent_bots"), [])
                self.assertEqual(self.names(one), ["Headquarters"])
        with self.subTest("the account is gone, and the bot not yet"):
            one = self.project(start)
            one.sandbox.settings(queues=["low"])
            held, _, text = one.kill_at(one.sandbox.fault(method="DELETE", path=r"/accounts/\d+$", point="after"))
            self.assertTrue(held, text)
            self.assertTrue(eventually(lambda: self.names(one) == ["Headquarters"], 20))
            self.assertIn("accounts.old (delete) is not finished: agent_bots.triage is still there.",
                          one.run("refresh")[1])
            one.sandbox.settings(queues=["default", "low"])
            one.settle_server()
            self.assertIn("accounts.old took agent_bots.triage with it.", one.rollcall(*APPLY))
            one.finish()
        with self.subTest("only the account is asked for"):
            one = self.project(start)
            self.assertIn("[R918]", one.rollcall(*APPLY, "--only", "accounts.old"))
            self.assertEqual(self.names(one, "agent_bots"), [])
        with self.subTest("it was let go before, and what was asked of the account is lost"):
            one = self.project(start)
            one.rollcall("apply", "--auto-approve")
            one.sandbox.api("DELETE", f"/agent_bots/{one.sandbox.control('GET', 'snapshot')['agent_bots'][0]['id']}")
            _, _, text = one.kill_at(one.sandbox.fault(method="DELETE", path=r"/accounts/\d+$"), "drop")
            self.assertIn("delete (id", text)
            one.settle_server()
            self.assertIn("accounts.old (delete) was not done", one.rollcall(*APPLY))
            self.assertEqual(self.names(one), ["Headquarters"])
            one.finish()
        with self.subTest("somebody has moved it elsewhere"):
            one = self.project(start)
            bot = one.sandbox.control("GET", "snapshot")["agent_bots"][0]["id"]
            one.sandbox.api("PATCH", f"/agent_bots/{bot}", {"account_id": None})
            code, text = one.run(*APPLY)
            self.assertEqual(code, 1, text)
            self.assertIn("The bot has been moved out of the account that was deleted", text)
            self.assertIn("released agent_bots.triage", one.rollcall(*APPLY))
            self.assertEqual(self.names(one, "agent_bots"), ["Triage"])
            one.finish()

    def test_what_comes_back_and_was_deleted_by_hand(self):
        one = self.project(self.start("deleted while released", lambda estate: estates.a_user_comes_back(estate, 1)))
        users = {user["email"]: user["id"] for user in one.sandbox.control("GET", "snapshot")["users"]}
        one.sandbox.api("DELETE", f"/users/{users['back1@example.com']}")
        one.settle_server()
        self.roster(one, lambda roster: (roster["users"].update({JOE: roster["users"].pop("back1@example.com")}),
                                         roster["grants"][-1].update(users=[JOE]),
                                         roster.update(moved=[{"from": "users.back1@example.com",
                                                               "to": f"users.{JOE}"}])))
        code, text = one.run(*APPLY)
        self.assertEqual(code, 1, text)
        advice = re.search(r"run `rollcall (state rm \S+)`, and the next apply creates a new one", text).group(1)
        one.rollcall(*advice.split())
        one.rollcall(*APPLY)
        self.assertEqual(self.users(one), [JOE, ROOT])
        one.finish()

    def test_a_deletion_that_the_servers_jobs_do_not_get_to(self):
        start = self.start("slow deletion", lambda estate: estates.leaves("delete")(estate, 1))
        one = self.project(start)
        one.sandbox.settings(queues=[])
        code, text = one.run(*APPLY)
        self.assertEqual(code, 1, text)
        self.assertIn("not carried it out yet", text)
        self.assertIn("delete-1", (one.folder / STATE).read_text(), "recorded until it is gone")
        self.assertIn("The outcome of 1 action", one.rollcall("plan"))
        one.sandbox.settings(queues=["default", "low"])
        one.settle_server()
        self.assertIn("accounts.delete-1 (delete) was done.", one.rollcall(*APPLY))
        one.finish()


if __name__ == "__main__":
    main()
