#!/usr/bin/python3
"""The life of a repository in GitLab; see life.py for its scenes."""

import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from command_line import CommandLineTest, TOKEN, main  # noqa: E402
from forge_server import GitlabHandler, GitlabServer  # noqa: E402
from gitlab_runner import Gitlab  # noqa: E402
from life import BOT, Life, ROSTER, ThreadHandler, Threads  # noqa: E402
from sanitized import some_tests  # noqa: E402
from state_server import StateHandler, StateServer  # noqa: E402


class GitlabSite(Threads, GitlabServer, StateServer):
    """A GitLab that has comments and states."""

    def __init__(self, users):
        super().__init__({})
        self.users = users


class GitlabSiteHandler(ThreadHandler, GitlabHandler, StateHandler):
    def refuse(self, status, message=None, headers=None):
        refusal = GitlabHandler.refuse(self, status, message, headers)
        refusal.body = refusal.body if message is not None else b""
        return refusal

    def act(self, body):
        of_state = "/terraform/state/" in self.path
        return (StateHandler if of_state else GitlabHandler).act(self, body)

    def answer(self, path, query, body):
        path = self.turn_to(path, r"/projects/7/merge_requests/(\d+)/notes")
        return super().answer(re.sub(r"/projects/7/merge_requests/\d+/", "/projects/42/merge_requests/7/", path), query, body)


GitlabSite.handler = GitlabSiteHandler


# Git and shells take most of their time.
@some_tests(2)
class GitlabLife(Life, CommandLineTest):
    system = "gitlab"
    planner = "plan-main"

    def set_up_forge(self):
        self.numbers = {}
        self.site = GitlabSite({"gitlab-ci-token:job-token-of-a-maintainer": "maintainer",
                                "gitlab-ci-token:job-token-of-a-developer": "developer", "token-of-the-bot": BOT})
        self.addCleanup(self.site.stop)
        self.forge = Gitlab(self.folder, self.repository, self.site, {
            "ROLLCALL_SERVER": {"value": self.environment["ROLLCALL_SERVER"], "protected": True},
            "ROLLCALL_TOKEN": {"value": TOKEN, "protected": True, "environment": "rollcall"},
            "ROLLCALL_GITLAB_TOKEN": {"value": "token-of-the-bot", "environment": "rollcall-comment"}})

    def files_of(self, job):
        return {**job.artifacts, **job.reports}

    def who_may_comment(self, job):
        return "token-of-the-bot" in job.environment.values()

    def assert_review_shows_counts(self, review, created):
        widget = json.loads(review.jobs["plan"].reports["terraform"])
        self.assertEqual(widget, {"create": created, "update": 0, "delete": 0})
        self.assertEqual(json.loads(review.jobs["validate"].reports["codequality"]), [])

    def press_repair(self, night):
        return night.retry("repair")

    def assert_review_shows_the_line(self, review):
        finding, = json.loads(review.jobs["validate"].reports["codequality"])
        self.assertEqual(finding["location"], {"path": "roster/roster.yaml", "lines": {"begin": 14}})
        # The widget says that there is no plan, not that nothing changes.
        self.assertEqual(json.loads(review.jobs["plan"].reports["terraform"]), {})

    def recorded(self):
        return self.site.state()

    def lock(self):
        return self.site.lock_of()

    def lock_requests(self):
        return sum(path.endswith("/lock") for _, path in self.site.requests)

    def lock_is_to_end_soon(self):
        """It does not end by itself."""

    def lock_of_the_dead_run_ends(self):
        """A user removes it under Operate > Terraform states."""
        self.assertIsNotNone(self.site.lock_of())
        self.site.set_lock(None)

    def test_which_jobs_a_pipeline_has(self):
        self.repository.commit("first", {"roster/roster.yaml": ROSTER})
        request = self.forge.pipeline("merge_request_event", "first", 1)
        self.assertEqual(list(request.jobs), ["validate", "plan", "comment"])
        # A fork's pipeline runs in the fork.
        self.assertEqual(list(self.forge.pipeline("merge_request_event", "first", 1, project=9).jobs), ["validate"])
        self.assertEqual(list(self.forge.pipeline("push").jobs), ["validate", "plan-main", "apply"])
        self.assertEqual(list(self.forge.pipeline("schedule").jobs), ["expire", "drift", "repair"])
        self.assertEqual(list(self.forge.pipeline("push", "first").jobs), [])

    def test_the_button_goes_on_after_a_dead_runner(self):
        self.die_in_the_middle()
        self.lock_of_the_dead_run_ends()
        repair = self.press_repair(self.forge.pipeline("schedule"))
        self.assertEqual(repair.status, "success", repair.log)
        self.assertEqual((len(self.access()), len(self.users())), (4, 3))
        self.assertIn("No changes.", self.merged("main").jobs["apply"].log)


if __name__ == "__main__":
    main()
