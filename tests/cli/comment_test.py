#!/usr/bin/python3
"""`rollcall comment` on GitLab, and where it finds neither GitLab nor GitHub."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from command_line import CommandLineTest, main  # noqa: E402
from comment_cases import BOT, EVE, GITLAB_TOKEN, TEXT, CommentCase, OnBoth  # noqa: E402
from forge_server import GitlabServer  # noqa: E402


class OnGitlab(OnBoth, CommentCase):
    make = GitlabServer
    token_variable = "ROLLCALL_GITLAB_TOKEN"
    token = header_value = GITLAB_TOKEN
    name = "GitLab"
    page = "https://gitlab.example.com/ops/access/-/merge_requests/7"
    comment = f"{page}#note_"
    rights = "It has to be an access token of this project with the role Reporter and the scope `api`."
    addresses = ("CI_API_V4_URL",)
    needed = ("CI_API_V4_URL", "CI_PROJECT_ID", "CI_MERGE_REQUEST_IID", "ROLLCALL_GITLAB_TOKEN")
    comments_path = "/notes"
    update_method = "PUT"

    def test_the_job_token_alone(self):
        del self.environment["ROLLCALL_GITLAB_TOKEN"]
        message = self.fails()
        self.assertIn("ROLLCALL_GITLAB_TOKEN is not set, and the job's own token (CI_JOB_TOKEN) may only read comments.",
                      message)
        self.assertIn("role Reporter and the scope `api`", message)
        self.assertEqual(self.forge.requests, [])

    def test_a_pipeline_that_is_not_of_a_merge_request(self):
        del self.environment["CI_MERGE_REQUEST_IID"]
        message = self.fails()
        self.assertIn("CI_MERGE_REQUEST_IID is not set", message)
        self.assertIn('$CI_PIPELINE_SOURCE == "merge_request_event"', message)

    def test_a_merge_request_that_the_token_does_not_see(self):
        self.environment["CI_MERGE_REQUEST_IID"] = "8"
        message = self.fails()
        self.assertIn("GitLab has no merge request !8 of project 42 that the token of ROLLCALL_GITLAB_TOKEN may see (404",
                      message)
        self.assertIn(self.rights, message)

    def test_an_address_at_which_there_is_no_api(self):
        self.environment["CI_API_V4_URL"] += "/nothing"
        self.assertIn("The server that was asked to say whose the token is is not GitLab's API: status 404", self.fails())

    def test_the_merge_request_of_a_fork_is_that_of_its_target(self):
        self.environment.update({"CI_PROJECT_ID": "43", "CI_MERGE_REQUEST_PROJECT_ID": "42"})
        self.run_comment()
        self.assertEqual(len(self.bodies()), 1)

    def test_a_quick_action_is_refused_with_its_line(self):
        for text, line in (("/close\n", 1), ("a\n\n/assign @ana\n", 3), ("a\n\r/close", 2), ("  /label ~x", 1),
                           ("```\n/a\n```\n/merge\n", 4), ("```\n/close\n", 2), ("a `b\n```\n/close\n```\n", 3)):
            (self.folder / "plan.md").write_bytes(text.encode())
            self.assertIn(f"plan.md:{line}: GitLab would carry this line out as a quick action", self.fails())
        for text in ("a /close\n", "/var/log/x\n", "/\n", "// x\n", "`/close`\n", "```sh\n/close\n```\n"):
            self.write("plan.md", text)
            self.run_comment()
        self.assertEqual(self.forge.actions, [])

    def test_pages_that_hide_some(self):
        for number in range(150):
            self.forge.add(EVE, f"number {number}", hidden=number % 3 != 0)
        self.run_comment()
        self.assertIn("up to date", self.run_comment().stdout)

    def test_the_token_is_not_in_the_environment_of_the_process(self):
        self.forge.hold("before", 1, "GET")
        process = self.start("comment", "plan.md")
        self.assertTrue(self.forge.reached.wait(60))
        for name in ("environ", "cmdline"):
            self.assertNotIn(self.token.encode(), pathlib.Path(f"/proc/{process.pid}/{name}").read_bytes())
        self.forge.release("continue")
        self.assertEqual(process.wait(60), 0)
        process.communicate()

    def test_without_the_projects_page_the_comment_has_its_number(self):
        del self.environment["CI_PROJECT_URL"]
        self.assertEqual(self.run_comment("--dry-run").stdout, "Would create a comment on merge request !7\n")
        self.assertEqual(self.run_comment().stdout, "Created the comment 101 of merge request !7\n")


class Elsewhere(CommandLineTest):
    def test_outside_of_a_pipeline(self):
        self.environment.pop("GITLAB_CI", None)
        self.write("plan.md", TEXT)
        message = self.rollcall("comment", "plan.md", code=1).stderr
        self.assertIn("This is neither a GitLab nor a GitHub pipeline", message)
        self.assertIn("CI_MERGE_REQUEST_IID", message)
        self.assertIn("on: pull_request", message)

    def test_in_both(self):
        self.write("plan.md", TEXT)
        self.environment.update({"CI_API_V4_URL": "https://gitlab.example.com/api/v4", "GITHUB_REF": "refs/pull/1/merge"})
        self.assertIn("Variables of both a GitLab and a GitHub pipeline are set",
                      self.rollcall("comment", "plan.md", code=1).stderr)


if __name__ == "__main__":
    main()
