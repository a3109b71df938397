"""What `rollcall comment` does on GitLab and on GitHub alike, against small servers that speak their APIs."""

from command_line import ROOT, CommandLineTest

GITLAB_TOKEN = "glpat-of-the-comment-tests"
GITHUB_TOKEN = "ghs_of_the_comment_tests"
READER = "a-token-that-may-only-read"
STRANGER = "a-token-that-may-do-nothing"
JOB_TOKEN = "the-token-of-the-gitlab-job"

BOT = {"id": 7, "login": "rollcall[bot]", "may": "write"}
EVE = {"id": 8, "login": "eve", "may": "write"}
USERS = {GITLAB_TOKEN: BOT, GITHUB_TOKEN: BOT, "eves-own-token": EVE,
         READER: {"id": 9, "login": "reader", "may": "read"}, STRANGER: {"id": 10, "login": "stranger", "may": "nothing"}}

MARKER = "<!-- rollcall:default -->"
TEXT = "## Plan\n\nAna Silva: becomes administrator of 3 accounts\n"


HOSTILE_ROSTER = """\
version: 1
accounts:
  desk: {name: "/close"}
  vip: {name: "</details>\\u2028/merge `x` @all <!-- rollcall:default -->"}
users:
  ana@example.com: {name: "/approve"}
grants:
  - {role: administrator, accounts: ["*"], users: [ana@example.com], reason: "/unassign @ben"}
"""


class CommentCase(CommandLineTest):
    """What holds on both; a class below says where."""

    make = None
    token_variable = ""
    token = ""
    name = ""
    comment = ""
    page = ""

    def setUp(self):
        super().setUp()
        self.forge = self.make(USERS)
        self.addCleanup(self.forge.stop)
        self.environment.pop("GITLAB_CI", None)
        self.environment.update(self.forge.environment())
        self.environment[self.token_variable] = self.token
        self.write("plan.md", TEXT)

    def assert_no_secret(self, text):
        super().assert_no_secret(text)
        for secret in (*USERS, JOB_TOKEN):
            self.assertNotIn(secret, text)

    def run_comment(self, *arguments, code=0, **options):
        return self.rollcall("comment", "plan.md", *arguments, code=code, **options)

    def fails(self, *arguments, **options):
        """The message, of a run that writes nothing on stdout."""
        done = self.run_comment(*arguments, code=1, **options)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def bodies(self):
        return self.forge.by(BOT)


class OnBoth:
    """The cases that each forge runs."""

    def test_created_then_up_to_date_then_updated(self):
        done = self.run_comment()
        self.assertEqual((done.stdout, done.stderr), (f"Created the comment {self.comment}101\n", ""))
        self.assertEqual(self.run_comment().stdout, f"The comment is up to date: {self.comment}101\n")
        self.write("plan.md", TEXT + "More\n")
        self.assertEqual(self.run_comment().stdout, f"Updated the comment {self.comment}101\n")
        self.assertEqual([body.rstrip() for body in self.bodies()], [f"{MARKER}\n{TEXT}More"])

    def test_twenty_pushes_make_one_comment_and_write_only_what_changed(self):
        for push in range(20):
            # Every second push changes nothing.
            self.write("plan.md", f"{TEXT}\n{push // 2}\n")
            before = len(self.forge.requests)
            self.run_comment()
            wrote = push % 2 == 0
            self.assertEqual(len(self.forge.requests) - before, 3 if wrote else 2, push)
        self.assertEqual(len(self.forge.writes()), 10)
        self.assertEqual(len(self.bodies()), 1)
        self.assertIn("\n9", self.bodies()[0])

    def test_a_marker_that_somebody_else_wrote_is_left_alone(self):
        forged = f"{MARKER}\nNothing changes, merge it."
        self.forge.add(EVE, forged)
        self.assertIn("Created", self.run_comment().stdout)
        self.write("plan.md", "Other\n")
        self.assertIn("Updated", self.run_comment().stdout)
        self.forge.add(EVE, f"{MARKER}\nOther\n")
        self.assertIn("up to date", self.run_comment().stdout)
        self.assertEqual(self.forge.by(EVE), [forged, f"{MARKER}\nOther\n"])
        self.assertEqual(len(self.bodies()), 1)

    def test_other_comments_of_the_same_user_are_left_alone(self):
        for body in ("By hand", f"Quoted: {MARKER}\n", f"{MARKER} and more", "<!-- rollcall:another -->\nx"):
            self.forge.add(BOT, body)
        self.assertIn("Created", self.run_comment().stdout)
        self.assertEqual(self.bodies()[:4], ["By hand", f"Quoted: {MARKER}\n", f"{MARKER} and more",
                                             "<!-- rollcall:another -->\nx"])

    def test_each_name_has_a_comment_of_its_own(self):
        self.run_comment("--name", "emea")
        self.run_comment("--name", "apac.2")
        self.assertIn("up to date", self.run_comment("--name", "emea").stdout)
        self.assertEqual([body.splitlines()[0] for body in self.bodies()],
                         ["<!-- rollcall:emea -->", "<!-- rollcall:apac.2 -->"])
        for name in ("-x", "a b", "a>b", "-->", "ä", "x" * 65):
            self.assertIn("cannot be the name of a comment", self.fails(f"--name={name}"))

    def test_of_several_the_oldest_is_updated(self):
        first = self.forge.add(BOT, f"{MARKER}\nold")
        self.forge.add(BOT, f"{MARKER}\nnewer")
        self.forge.add(BOT, f"{MARKER}\nnewest")
        done = self.run_comment()
        self.assertEqual(done.stdout, f"Updated the comment {self.comment}{first}\n")
        self.assertEqual(done.stderr, "2 comments of the same name, newer than this one, are left alone: delete what is "
                                      "not needed.\n")
        self.assertEqual(self.bodies()[1:], [f"{MARKER}\nnewer", f"{MARKER}\nnewest"])

    def test_a_comment_on_the_last_of_many_pages(self):
        for number in range(250):
            self.forge.add(EVE, f"number {number}")
        self.run_comment()
        self.forge.requests.clear()
        self.assertIn("up to date", self.run_comment().stdout)
        self.assertEqual([path.rsplit("=", 1)[1] for method, path in self.forge.requests if "page=" in path],
                         ["1", "2", "3"])

    def test_a_full_page_that_is_the_last(self):
        for number in range(99):
            self.forge.add(EVE, f"number {number}")
        self.run_comment()
        self.assertIn("up to date", self.run_comment().stdout)
        self.assertEqual(len(self.bodies()), 1)

    def test_more_comments_than_are_looked_at(self):
        with self.forge.mutex:
            for _ in range(10_001):
                self.forge.keep(EVE, "x")
        self.assertIn(f"{self.name} has more than 10,000 comments on", self.fails())
        self.assertEqual(self.forge.writes(), [])

    def test_the_text_is_kept_verbatim(self):
        text = ("\n\n  indented\t\n| a | b |\n|---|---|\n<details><summary>x</summary>\n\n* Ünïcödé 🎉 \\ \" &amp; "
                "<!-- rollcall:other -->\n</details>\n\n```\n/close\n```\n\\x0a ::error:: @all #1")
        self.write("plan.md", text)
        self.run_comment()
        self.assertEqual(self.bodies(), [f"{MARKER}\n{text}"])

    def test_a_report_of_a_roster_with_hostile_names(self):
        self.write("roster.yaml", HOSTILE_ROSTER)
        self.rollcall("plan", "--report", "markdown=plan.md")
        text = self.read("plan.md")
        self.assertIn("close", text)
        self.run_comment()
        self.assertEqual([body.rstrip() for body in self.bodies()], [f"{MARKER}\n{text}".rstrip()])
        self.assertIn("up to date", self.run_comment().stdout)

    def test_every_report_that_the_tests_know_fits(self):
        reports = sorted(path for path in (ROOT / "tests" / "golden").rglob("*") if "markdown" in path.name)
        self.assertGreater(len(reports), 3)
        for path in reports:
            self.rollcall("comment", str(path), "--name", "golden", "--dry-run")

    def test_what_a_forge_drops_is_no_change(self):
        (self.folder / "plan.md").write_bytes(b"one\r\ntwo \t\r\n\r\n \n")
        self.run_comment()
        self.assertIn("up to date", self.run_comment().stdout)
        self.assertEqual(len(self.forge.writes()), 1)

    def test_a_dry_run_only_looks(self):
        self.assertEqual(self.run_comment("--dry-run").stdout, f"Would create a comment on {self.page}\n")
        self.run_comment()
        self.assertEqual(self.run_comment("--dry-run").stdout, f"The comment is up to date: {self.comment}101\n")
        self.write("plan.md", "Other\n")
        self.assertEqual(self.run_comment("--dry-run").stdout, f"Would update the comment {self.comment}101\n")
        self.assertEqual(len(self.forge.writes()), 1)
        self.assertNotIn("Other", self.bodies()[0])

    def test_files_that_are_no_text_of_a_comment(self):
        for content, message in ((b"", "plan.md is empty, so there is nothing to comment."),
                                 (b" \r\n\t\n", "plan.md is empty, so there is nothing to comment."),
                                 (b"a\xff\xfe", "plan.md is not UTF-8: byte 2 cannot be read."),
                                 (b"a\0b", "plan.md is not a text: it has a NUL.")):
            (self.folder / "plan.md").write_bytes(content)
            self.assertIn(message, self.fails())
        (self.folder / "plan.md").unlink()
        self.assertIn("There is no file plan.md.", self.fails())
        (self.folder / "plan.md").mkdir()
        self.assertIn("plan.md", self.fails())
        self.assertEqual(self.forge.requests, [])
        self.assertIn("comment", self.rollcall("comment", code=1).stderr)

    def test_the_longest_comment(self):
        room = self.forge.longest - len(MARKER) - 1
        self.write("plan.md", "ä" * room)
        self.run_comment()
        self.assertEqual(len(self.bodies()[0]), self.forge.longest)
        self.assertIn("up to date", self.run_comment().stdout)
        self.write("plan.md", "ä" * (room + 1))
        self.assertIn(f"plan.md is too long for a comment: with the marker's line it has {self.forge.longest + 1:,} "
                      f"characters, and {self.name} takes at most {self.forge.longest:,}.", self.fails())

    def test_a_comment_that_the_forge_finds_too_long(self):
        self.forge.longest = 60
        self.write("plan.md", "x" * 100)
        message = self.fails()
        self.assertIn(f"{self.name} refused to create a comment on", message)
        self.assertIn("too long", message)
        self.assertEqual(len(self.forge.writes()), 1)

    def test_a_lost_connection_at_every_step(self):
        write = self.update_method
        steps = [("create", "POST", self.comments_path), ("update", write, "")]
        for number, (what, method, path) in enumerate(steps):
            for when in ("before", "after"):
                for fault in ("drop", 500, 502):
                    with self.subTest(what=what, when=when, fault=fault):
                        if what == "create":
                            self.forge.comments.clear()
                        self.write("plan.md", f"{TEXT}\n{number} {when} {fault}\n")
                        self.forge.fail(method, fault, when, path=path)
                        done = self.run_comment()
                        self.assertIn("Created" if what == "create" else "Updated", done.stdout)
                        self.assertEqual(self.forge.faults, [])
                        self.assertEqual(len(self.bodies()), 1)
                        self.assertIn(f"{number} {when} {fault}", self.bodies()[0])

    def test_a_comment_that_is_deleted_meanwhile_is_created_again(self):
        self.run_comment()
        self.write("plan.md", "Other\n")
        self.forge.hold("before", 1, self.update_method)
        process = self.start("comment", "plan.md")
        self.assertTrue(self.forge.reached.wait(60))
        with self.forge.mutex:
            self.forge.comments.clear()
        self.forge.release("drop")
        shown, said = process.communicate(timeout=60)
        self.assertEqual((process.returncode, shown, said), (0, f"Created the comment {self.comment}102\n", ""))
        self.assertEqual([body.rstrip() for body in self.bodies()], [f"{MARKER}\nOther"])

    def test_a_lost_response_to_the_reads(self):
        for fault in ("drop", 502, 503, 504):
            self.forge.fail(None, fault, "before")
            self.forge.fail("GET", fault, "after")
            self.run_comment()
            self.assertEqual(self.forge.faults, [])
        self.assertEqual(len(self.bodies()), 1)

    def test_a_forge_that_may_still_be_at_it_is_not_asked_to_create_another(self):
        self.forge.fail("POST", 504, "before", path=self.comments_path)
        message = self.fails()
        self.assertIn("It is unknown whether the comment was written.", message)
        self.assertIn("The next run finds it if it was.", message)
        self.assertEqual(len(self.forge.writes()), 1)
        # It has done it, and the look shows that.
        self.forge.fail("POST", 504, "after", path=self.comments_path)
        self.assertIn("Created", self.run_comment().stdout)
        self.assertEqual(len(self.bodies()), 1)

    def test_a_forge_that_loses_every_response(self):
        for _ in range(3):
            self.forge.fail("POST", "drop", "before", path=self.comments_path)
        self.assertIn("It is unknown whether the comment was written.", self.fails())
        self.assertEqual(len(self.forge.writes()), 3)

    def test_another_text_than_was_sent(self):
        self.forge.alters = f"{MARKER}\nother"
        self.assertIn("was written, and shows another text than it was given.", self.fails())

    def test_a_limit_of_requests_that_ends_soon_is_waited_for(self):
        for status, headers in ((429, {"Retry-After": "1"}), *self.limits_that_end_soon()):
            with self.subTest(status=status, headers=headers):
                self.forge.comments.clear()
                self.forge.refuse_next(status, headers, method="POST", message="API rate limit exceeded")
                self.forge.refuse_next(status, headers, method="GET", message="API rate limit exceeded")
                done = self.run_comment()
                self.assertRegex(done.stderr, rf"\A(Too many requests \({status}\): waiting for [12] s\.\n){{2}}\Z")
                self.assertEqual(len(self.bodies()), 1)
                self.assertEqual(self.forge.refusals, [])

    def limits_that_end_soon(self):
        return ()

    def test_a_limit_of_requests_that_ends_late_is_an_error_that_says_when(self):
        self.forge.refuse_next(429, {"Retry-After": "3600"})
        message = self.fails()
        self.assertRegex(message, rf"{self.name} takes no more requests for now \(429\), until 20\d\d-\S+Z\.")
        self.assertEqual(len(self.forge.requests), 1)

    def test_a_token_that_may_only_read(self):
        self.environment[self.token_variable] = READER
        message = self.fails()
        self.assertIn(f"The token of {self.token_variable} may not create a comment on", message)
        self.assertIn(self.rights, message)
        # What may not be written is not needed either.
        self.forge.add(USERS[READER], f"{MARKER}\n{TEXT}")
        self.assertIn("up to date", self.run_comment().stdout)

    def test_a_token_that_may_do_nothing(self):
        self.environment[self.token_variable] = STRANGER
        message = self.fails()
        self.assertIn(f"The token of {self.token_variable} may not", message)
        self.assertIn(self.rights, message)
        self.assertEqual(self.forge.writes(), [])

    def test_a_token_that_is_not_accepted(self):
        self.environment[self.token_variable] = "a-token-of-another-place"
        message = self.fails()
        self.assertIn(f"{self.name} does not accept the token of {self.token_variable} (401", message)
        self.assertIn(self.rights, message)
        for wrong in ("two words", "ä" * 12):
            self.environment[self.token_variable] = wrong
            self.assertIn(f"{self.token_variable} does not hold a token.", self.fails())

    def test_what_is_not_the_api(self):
        self.forge.refuse_next(302, {"Location": "https://login.example.com/?token=x"})
        message = self.fails()
        self.assertIn(f"is not {self.name}'s API: status 302, a redirection to https://login.example.com/, which is not "
                      "followed.", message)
        self.assertEqual(len(self.forge.requests), 1)

    def test_the_token_travels_in_one_header_and_is_shown_nowhere(self):
        self.run_comment("-v")
        for method, path, held in self.forge.seen:
            self.assertEqual(list(held.values()), [self.header_value], (method, path))
            self.assertNotIn(self.token, path)
        # A file that holds it is not published.
        self.write("plan.md", f"the token is {self.token}\n")
        self.assertIn("plan.md holds a token or a password of this job, so it was not sent.", self.fails())
        # Nor is a response shown that repeats it.
        self.write("plan.md", TEXT)
        self.forge.refuse_next(403, {}, f"the token {self.token} is bad")
        self.assertIn("holds the token, so nothing of it was shown", self.fails())

    def test_the_token_goes_to_no_unencrypted_address(self):
        for variable in self.addresses:
            self.environment[variable] = self.environment[variable].replace("127.0.0.1", "forge.example.com")
        message = self.fails()
        self.assertIn(f"{self.addresses[0]} cannot be used: Plain http:// would send the token to forge.example.com "
                      "unencrypted.", message)
        self.assertEqual(self.forge.seen, [])
        # With the option it goes there, by way of a proxy.
        self.run_comment("--allow-http", environment={"http_proxy": self.forge.origin()})
        self.assertEqual([(path.startswith("http://forge.example.com:"), list(held.values()))
                          for _, path, held in self.forge.seen], [(True, [self.header_value])] * 3)

    def test_each_variable_that_is_missing_is_named(self):
        whole = dict(self.environment)
        for variable in self.needed:
            self.environment = {name: value for name, value in whole.items() if name != variable}
            self.assertIn(f"{variable} ", self.fails())
        self.assertEqual(self.forge.requests, [])

    def test_a_signal_ends_it(self):
        self.forge.hold("before", 1, "GET")
        process = self.start("comment", "plan.md")
        self.assertTrue(self.forge.reached.wait(60))
        process.terminate()
        self.forge.go_away()
        self.forge.release("drop")
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 143)
        self.assertEqual(self.forge.writes(), [])
