"""The life of a repository, with real Git: merge requests, what is merged, and the nights. What runs is what stands in the
pipeline files of `rollcall init --ci`, on runners that start empty."""

import datetime
import json
import re
import threading

from command_line import ROSTER, TOKEN, eventually
from runner import Repository

BOT = {"id": 5, "login": "rollcall-bot", "may": "write"}
KIM_ADMINISTRATOR = ROSTER + "  - {role: administrator, accounts: [desk], users: [kim@example.com], reason: OPS-20}\n"
BEN_ABSENT = ROSTER.replace("  ben@example.com: {name: Ben}\n", "").replace("[ben@example.com, kim@example.com]", "[kim@example.com]")
BEN_AT_VIP = ROSTER + "  - {role: agent, accounts: [vip], users: [ben@example.com]}\n"


def days_ahead(number):
    return datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(number)


def until(day):
    """Ben has access to the VIP desk for a while."""
    return BEN_AT_VIP.replace("users: [ben@example.com]}", f"users: [ben@example.com], until: {day}}}")


class Threads:
    """The comments of several merge requests, where the server that it is mixed into knows one."""

    current = None

    @property
    def comments(self):
        return self.threads.setdefault(self.current, [])

    @comments.setter
    def comments(self, _):
        self.threads = {}


class ThreadHandler:
    """Turns to the merge request that a path names."""

    def turn_to(self, path, thread):
        found = re.search(thread, path)
        if found:
            self.states.current = int(found[1])
        return path


class Life:
    """The scenes, which are the same for both."""

    system = None
    # The job that plans on main.
    planner = "plan"

    def setUp(self):
        super().setUp()
        self.server()
        self.repository = Repository(self.folder)
        self.set_up_forge()
        self.rollcall("init", "--ci", self.system, str(self.repository.work), "--quiet",
                      environment={"ROLLCALL_SERVER": self.environment["ROLLCALL_SERVER"]})
        self.repository.commit("main", {"roster/roster.yaml": "version: 1\n"}, "Begin")

    def request(self, branch, roster=None, **files):
        """Opens a merge request, or pushes to it, and runs its pipeline; its number and the pipeline."""
        if roster:
            files["roster/roster.yaml"] = roster
        if files:
            self.repository.commit(branch, files, f"Change {branch}")
        if branch not in self.numbers:
            self.numbers[branch] = len(self.numbers) + 1
        number = self.numbers[branch]
        return number, self.forge.run("merge_request_event", branch, number)

    def merged(self, branch, roster=None):
        """A merge request, which was reviewed, from its merge to its apply; the pipeline of main."""
        if roster:
            self.repository.commit(branch, {"roster/roster.yaml": roster}, f"Change {branch}")
        if self.repository.head(branch) != self.repository.head("main"):
            self.repository.merge(branch)
        run = self.forge.run("push")
        self.assert_green(run)
        return run

    def assert_green(self, pipeline):
        for job in pipeline.jobs.values():
            self.assertNotEqual(job.status, "failed", f"{job.name}: {job.log}")
            self.assert_no_secret(job.log)

    def assert_statuses(self, pipeline, **expected):
        found = {name.replace("-", "_"): job.status for name, job in pipeline.jobs.items()
                 if job.status not in ("skipped", "created")}
        self.assertEqual(found, expected, "\n".join(f"{job.name}: {job.log}" for job in pipeline.jobs.values()))

    def comments_of(self, number):
        return [comment["body"] for comment in self.site.threads.get(number, [])]

    def sent(self):
        """The writes that Chatwoot got."""
        return [request for request in self.sandbox.control("GET", "log") if request["method"] != "GET"]

    def account(self, name):
        return next(account["id"] for account in self.sandbox.control("GET", "snapshot")["accounts"] if account["name"] == name)

    def users(self):
        return {user["email"]: user["id"] for user in self.sandbox.control("GET", "snapshot")["users"]}

    def artifact(self, job, name):
        return self.files_of(job)[name].decode()

    def test_from_review_to_the_server(self):
        number, review = self.request("first", ROSTER)
        self.assert_statuses(review, validate="success", plan="success", comment="success")
        self.assertEqual(self.sandbox.control("GET", "log"), [])
        comment, = self.comments_of(number)
        self.assertIn("becomes administrator of 2 accounts", comment)
        for job in review.jobs.values():
            self.assertNotIn("ROLLCALL_TOKEN", {name for name, value in job.environment.items() if value})
            self.assertNotIn(TOKEN, str(job.environment))
            self.assertEqual(self.who_may_comment(job), job.name == "comment")
        self.assert_review_shows_counts(review, 9)
        # Another push changes the comment, the same once more does nothing.
        _, review = self.request("first", BEN_ABSENT)
        changed, = self.comments_of(number)
        self.assertNotEqual(changed, comment)
        self.assertNotIn("Ben", changed)
        writes = len(self.site.writes())
        self.assertEqual(review.retry("comment").status, "success")
        self.assertEqual(len(self.site.writes()), writes)
        # Merged, and applied as it was reviewed.
        self.repository.merge("first")
        run = self.forge.run("push")
        self.assert_statuses(run, **{"validate": "success", self.planner.replace("-", "_"): "success", "apply": "success"})
        digest = re.search(r"[0-9a-f]{64}", changed)[0]
        self.assertIn(f"digest {digest}", run.jobs["apply"].log)
        self.assertEqual(self.access(), {("Desk", "ana@example.com"): "administrator", ("VIP desk", "ana@example.com"):
                                         "administrator", ("Desk", "kim@example.com"): "agent"})
        self.assertEqual(json.loads(self.artifact(run.jobs["apply"], "apply.json"))["format"], "rollcall-apply")
        self.assertIsNone(self.lock())
        for job in (*review.jobs.values(), *run.jobs.values()):
            self.assert_no_secret(job.log)
            for name, data in self.files_of(job).items():
                self.assertNotIn(TOKEN.encode(), data, name)
        # What the next runner needs is not on this one.
        self.assertEqual(self.recorded()["last_plan"]["digest"], digest)
        self.assertEqual([path for path in (self.folder / "runners").rglob("rollcall.state.json*")], [])

    def test_a_merge_request_that_is_wrong_says_so_in_its_comment(self):
        number, review = self.request("wrong", ROSTER.replace("role: agent", "role: owner"))
        self.assert_statuses(review, validate="failed", plan="failed", comment="success")
        self.assertIn("owner", self.comments_of(number)[0])
        self.assertEqual((review.jobs["validate"].code, review.jobs["plan"].code), (1, 1))
        self.assert_review_shows_the_line(review)
        self.repository.merge("wrong")
        run = self.forge.run("push")
        self.assertEqual(run.jobs["apply"].status, "skipped")

    def test_a_branch_that_is_behind_main(self):
        self.merged("main", ROSTER)
        self.repository.commit("rename", {"roster/roster.yaml": ROSTER.replace("name: VIP desk", "name: VIPs")})
        self.merged("promote", KIM_ADMINISTRATOR)
        # What others have merged since is not taken back, and the plan of main does the same.
        number, review = self.request("rename")
        self.assert_green(review)
        comment, = self.comments_of(number)
        self.assertIn("Plan: 0 to create, 1 to update, 0 to remove.", comment)
        self.assertIn(re.search(r"[0-9a-f]{64}", comment)[0], self.merged("rename").jobs["apply"].log)
        self.assertEqual(self.access()["Desk", "kim@example.com"], "administrator")

    def test_a_plan_that_the_guardrails_refuse(self):
        self.merged("main", ROSTER)
        number, review = self.request("no-administrator", ROSTER.replace('accounts: ["*"]', "accounts: [vip]"))
        self.assertEqual((review.jobs["plan"].code, review.jobs["comment"].status), (3, "success"))
        self.assertIn("administrator", self.comments_of(number)[0])

    def test_a_user_leaves_and_comes_back_and_a_revert(self):
        self.merged("main", ROSTER)
        before, users = self.access(), self.users()
        self.merged("ben-leaves", BEN_ABSENT)
        self.assertNotIn(("Desk", "ben@example.com"), self.access())
        self.merged("ben-returns", ROSTER)
        self.assertEqual((self.access(), self.users()), (before, users))
        self.assertEqual(len([one for one in self.sent() if one["path"].endswith("/users")]), len(users))
        self.merged("promote", KIM_ADMINISTRATOR)
        self.assertEqual(self.access()["Desk", "kim@example.com"], "administrator")
        self.repository.revert(self.repository.head("main"), "revert-promote")
        number, review = self.request("revert-promote")
        self.assert_green(review)
        self.assertIn("kim@example.com", self.comments_of(number)[0])
        self.merged("revert-promote")
        self.assertEqual(self.access(), before)

    def test_a_change_by_hand(self):
        self.merged("main", ROSTER)
        night = self.forge.run("schedule")
        self.assert_statuses(night, expire="success", drift="success")
        body = {"user_id": self.users()["kim@example.com"], "role": "administrator"}
        self.sandbox.api("POST", f"/accounts/{self.account('Desk')}/account_users", body)
        night = self.forge.run("schedule")
        self.assert_statuses(night, expire="success", drift="failed")
        drift = night.jobs["drift"]
        self.assertEqual(drift.code, 2)
        self.assertIn("grants.desk/kim@example.com", drift.log)
        for name in ("drift.md", "drift.html"):
            self.assertIn("kim@example.com", self.artifact(drift, name))
        self.assertIn("rollcall_drift_complete 1\n", self.artifact(drift, "drift.prom"))
        # It is known, and may stay for a while: a merge request says so.
        last = days_ahead(30)
        project = self.repository.read("main", "rollcall.yaml")
        entry = f"addresses: [grants.desk/kim@example.com], reason: OPS-30 stands in, until: {last}"
        self.repository.commit("known", {"rollcall.yaml": f"{project}\ndrift:\n  acknowledged:\n    - {{{entry}}}\n"})
        self.merged("known")
        night = self.forge.run("schedule")
        self.assert_statuses(night, expire="success", drift="success")
        report = self.artifact(night.jobs["drift"], "drift.md")
        for text in ("Acknowledged", "OPS-30 stands in", str(last)):
            self.assertIn(text, report)
        # Or it was wrong after all.
        repair = self.press_repair(night)
        self.assertEqual(repair.status, "success", repair.log)
        self.assertEqual(self.access()["Desk", "kim@example.com"], "agent")

    def let_it_be_over(self, roster):
        """Time passes: the day of the grant is over, and nothing was merged since."""
        over = roster.replace(str(days_ahead(30)), str(days_ahead(-1)))
        self.repository.commit("main", {"roster/roster.yaml": over}, "Let it be over [skip ci]")

    def test_a_grant_expires(self):
        limited = until(days_ahead(30))
        self.merged("limited", limited)
        self.assertIn(("VIP desk", "ben@example.com"), self.access())
        self.assert_statuses(self.forge.run("schedule"), expire="success", drift="success")
        self.let_it_be_over(limited)
        night = self.forge.run("schedule")
        self.assert_statuses(night, expire="success", drift="success")
        self.assertNotIn(("VIP desk", "ben@example.com"), self.access())
        self.assertIn("1 removed", self.artifact(night.jobs["expire"], "expired.txt"))

    def test_a_grant_is_extended_while_the_night_waits(self):
        limited = until(days_ahead(30))
        self.merged("limited", limited)
        self.let_it_be_over(limited)
        night = self.forge.pipeline("schedule")
        # Merged and applied before the night's jobs have their turn.
        self.merged("extended", limited + "# Extended.\n")
        night.run()
        self.assert_statuses(night, expire="success", drift="success")
        self.assertIn(("VIP desk", "ben@example.com"), self.access())

    def test_an_expiry_that_the_guardrails_refuse(self):
        project = self.repository.read("main", "rollcall.yaml")
        self.repository.commit("main", {"rollcall.yaml": project.replace("max_removals: 25%", "max_removals: 0")})
        limited = until(days_ahead(30))
        self.merged("limited", limited)
        self.let_it_be_over(limited)
        night = self.forge.run("schedule")
        # Both are red, and each says what it is about.
        self.assertEqual({name: job.code for name, job in night.jobs.items() if job.code is not None}, {"expire": 3, "drift": 2})
        self.assertIn(("VIP desk", "ben@example.com"), self.access())

    def test_a_plan_that_another_merge_outdates(self):
        self.merged("main", ROSTER)
        self.repository.commit("promote", {"roster/roster.yaml": KIM_ADMINISTRATOR})
        self.repository.merge("promote")
        # Planned, and then it waits: for a runner, or for a user who presses a button.
        older = self.forge.pipeline("push").run("validate", self.planner)
        self.merged("rename", KIM_ADMINISTRATOR.replace("name: VIP desk", "name: VIPs"))
        before, sent = self.access(), len(self.sent())
        older.run("apply")
        self.assertEqual((older.jobs["apply"].status, older.jobs["apply"].code), ("failed", 1))
        self.assertIn("has changed since the plan in rollcall.plan was made", older.jobs["apply"].log)
        self.assertEqual((self.access(), len(self.sent())), (before, sent))
        self.assertEqual(before["VIPs", "ana@example.com"], "administrator")
        run = self.forge.run("push")
        self.assert_green(run)
        self.assertIn("No changes.", run.jobs["apply"].log)

    def test_two_pipelines_at_once(self):
        self.merged("main", ROSTER)
        self.repository.commit("promote", {"roster/roster.yaml": KIM_ADMINISTRATOR})
        self.repository.merge("promote")
        one = self.forge.pipeline("push").run("validate", self.planner)
        two = self.forge.pipeline("push").run("validate", self.planner)
        # Both systems keep these apart; even if they did not, the lock of the state would.
        held = self.sandbox.fault(method="POST", path="account_users$", action="hold")
        first = threading.Thread(target=one.run, args=("apply",))
        first.start()
        self.assertEqual(self.sandbox.reached(held), "held")
        asked = self.lock_requests()
        second = threading.Thread(target=two.run, args=("apply",))
        second.start()
        self.assertTrue(eventually(lambda: self.lock_requests() > asked))
        self.sandbox.release(held)
        first.join(60)
        second.join(60)
        self.assertEqual((one.jobs["apply"].status, two.jobs["apply"].code), ("success", 1), one.jobs["apply"].log)
        self.assertIn("was applied already", two.jobs["apply"].log)
        self.assertEqual(self.access()["Desk", "kim@example.com"], "administrator")
        self.assert_green(self.forge.run("push"))

    def die_in_the_middle(self):
        """A pipeline whose runner is gone before its first apply has come to its end."""
        self.lock_is_to_end_soon()
        self.repository.commit("first", {"roster/roster.yaml": ROSTER})
        self.repository.merge("first")
        run = self.forge.pipeline("push").run("validate", self.planner)
        held = self.sandbox.fault(method="POST", path="/users$", nth=2, action="hold")
        apply = threading.Thread(target=run.run, args=("apply",))
        apply.start()
        self.assertEqual(self.sandbox.reached(held), "held")
        self.forge.machine.die()
        apply.join(60)
        self.sandbox.release(held, "drop")
        self.assertEqual(run.jobs["apply"].status, "failed")
        return run

    def test_a_runner_dies_in_the_middle_of_an_apply(self):
        run = self.die_in_the_middle()
        # Until it is known what was done, no plan passes for one.
        _, review = self.request("second", BEN_AT_VIP)
        self.assertEqual(review.jobs["plan"].code, 1)
        self.assertIn("what an earlier run did is not known yet", review.jobs["plan"].log)
        self.lock_of_the_dead_run_ends()
        again = run.retry("apply")
        self.assertEqual(again.status, "success", again.log)
        self.assertIn("What is left of it goes on now.", again.log)
        self.assertEqual((len(self.access()), len(self.users())), (4, 3))
        self.merged("second")
