#!/usr/bin/python3
"""The life of a repository in GitHub; see life.py for its scenes."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from command_line import CommandLineTest, TOKEN, main  # noqa: E402
from forge_server import GithubHandler, GithubServer  # noqa: E402
from github_runner import Github  # noqa: E402
from life import BOT, KIM_ADMINISTRATOR, Life, ROSTER, ThreadHandler, Threads  # noqa: E402
from s3_server import S3Server  # noqa: E402
from s3_state import KEYS, SECRET  # noqa: E402
from sanitized import some_tests  # noqa: E402


class GithubSite(Threads, GithubServer):
    pass


class GithubSiteHandler(ThreadHandler, GithubHandler):
    def answer(self, path, query, body):
        path = self.turn_to(path, r"/issues/(\d+)/comments")
        return super().answer(re.sub(r"/issues/\d+/comments", "/issues/7/comments", path), query, body)


GithubSite.handler = GithubSiteHandler


# Git and shells take most of their time.
@some_tests(2)
class GithubLife(Life, CommandLineTest):
    system = "github"

    def set_up_forge(self):
        self.numbers = {}
        self.states = S3Server(KEYS)
        self.addCleanup(self.states.stop)
        reader = {**BOT, "may": "nothing"}
        self.site = GithubSite({"github-token-that-writes": BOT, "github-token-that-reads": reader})
        self.addCleanup(self.site.stop)
        keys = {"AWS_ACCESS_KEY_ID": "AKIAANA", "AWS_SECRET_ACCESS_KEY": SECRET}
        self.forge = Github(
            self.folder, self.repository, self.site,
            variables={None: {"ROLLCALL_STATE": self.states.url(), "ROLLCALL_IMAGE": "registry.example.com/rollcall"},
                       "rollcall": {"ROLLCALL_SERVER": self.environment["ROLLCALL_SERVER"]}},
            secrets={None: {**keys, "AWS_ACCESS_KEY_ID": "AKIAREADER"}, "rollcall": {**keys, "ROLLCALL_TOKEN": TOKEN}})

    def files_of(self, job):
        return {name: data for files in job.artifacts.values() for name, data in files.items()}

    def who_may_comment(self, job):
        return "github-token-that-writes" in job.environment.values()

    def assert_review_shows_counts(self, review, created):
        plan = review.jobs["plan"]
        self.assertIn(f"{created} to create", plan.summary)
        self.assertIn("::warning file=roster/roster.yaml,line=", plan.log)

    def press_repair(self, _):
        run = self.forge.run("web")
        self.assert_statuses(run, repair="success")
        return run.jobs["repair"]

    def assert_review_shows_the_line(self, review):
        self.assertIn("::error file=roster/roster.yaml,line=14,", review.jobs["validate"].log)

    def recorded(self):
        return self.states.state()

    def lock(self):
        return self.states.lock_of()

    def lock_requests(self):
        return sum(path.partition("?")[0].endswith(".lock") for _, path in self.states.requests)

    def lock_is_to_end_soon(self):
        self.forge.variables[None]["ROLLCALL_STATE"] = self.states.url(lease=2)

    def lock_of_the_dead_run_ends(self):
        """By itself, as a lease."""

    def test_which_jobs_a_run_has(self):
        self.repository.commit("first", {"roster/roster.yaml": ROSTER})
        for foreign in ({"head": "somebody/access"}, {"actor": "dependabot[bot]"}):
            run = self.forge.run("merge_request_event", "first", 1, **foreign)
            # Red, as GitHub takes a check that is skipped for one that has passed.
            self.assert_statuses(run, outside="failed")
            self.assertIn("Nothing of this pull request was checked.", run.jobs["outside"].log)
        groups = {source: self.forge.pipeline(source).group for source in ("push", "schedule", "web")}
        self.assertEqual(set(groups.values()), {"rollcall-main"})
        self.assertEqual(self.forge.pipeline("merge_request_event", "first", 1).group, "rollcall-refs/pull/1/merge")

    def test_an_old_run_that_is_run_again_takes_nothing_back(self):
        self.merged("main", ROSTER)
        old = self.merged("promote", KIM_ADMINISTRATOR)
        new = self.merged("demote", ROSTER.replace("name: VIP desk", "name: VIPs"))
        self.assert_green(old.run())
        self.assertNotEqual(old.commit, new.commit)
        self.assertIn("No changes.", old.jobs["apply"].log)
        self.assertEqual(self.access()["Desk", "kim@example.com"], "agent")


if __name__ == "__main__":
    main()
