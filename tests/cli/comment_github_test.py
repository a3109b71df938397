#!/usr/bin/python3
"""`rollcall comment` on GitHub."""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from command_line import main  # noqa: E402
from comment_cases import GITHUB_TOKEN, MARKER, CommentCase, OnBoth  # noqa: E402
from forge_server import GithubServer  # noqa: E402


class OnGithub(OnBoth, CommentCase):
    make = GithubServer
    token_variable = "GITHUB_TOKEN"
    token = GITHUB_TOKEN
    header_value = f"Bearer {GITHUB_TOKEN}"
    name = "GitHub"
    page = "https://github.example.com/ops/access/pull/7"
    comment = f"{page}#issuecomment-"
    rights = "Give the job `permissions: {pull-requests: write}`. The pull request of a fork gets a token that only reads."
    addresses = ("GITHUB_API_URL", "GITHUB_GRAPHQL_URL")
    needed = ("GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_REF", "GITHUB_TOKEN")
    comments_path = "/comments"
    update_method = "PATCH"

    def limits_that_end_soon(self):
        reset = str(int(time.time()) + 1)
        return ((403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}), (403, {"Retry-After": "1"}))

    def test_a_limit_that_is_used_up_for_long(self):
        self.forge.refuse_next(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444800"})
        self.assertRegex(self.fails(), r"GitHub takes no more requests for now \(403\), until 20\d\d-")

    def test_a_run_that_is_not_of_a_pull_request(self):
        self.environment["GITHUB_REF"] = "refs/heads/main"
        message = self.fails()
        self.assertIn("GITHUB_REF is `refs/heads/main`, which is not the ref of a pull request", message)
        self.assertIn("on: pull_request", message)

    def test_the_token_goes_to_one_server_only(self):
        self.environment["GITHUB_GRAPHQL_URL"] = "https://graphql.example.com/graphql"
        self.assertIn("name different servers", self.fails())
        self.assertEqual(self.forge.requests, [])

    def test_a_line_with_a_slash_is_text(self):
        self.write("plan.md", "/close\n")
        self.run_comment()
        self.assertEqual(self.bodies(), [f"{MARKER}\n/close\n"])

    def test_under_github_actions_nothing_that_is_printed_is_a_command(self):
        self.environment["GITHUB_ACTIONS"] = "true"
        self.assertRegex(self.run_comment().stdout, r"\A::stop-commands::\S+\nCreated the comment \S+\n::\S+::\n\Z")


if __name__ == "__main__":
    main()
