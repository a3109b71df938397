#!/usr/bin/python3
"""Answers to reads that are none, not whole, or about something else: a clear error each, and nothing recorded unseen."""

from answers import AnswersTest, GARBAGE, cut_off, garbled
from command_line import main
from stand_in import changed


class Reads(AnswersTest):
    """A drift reads through the garbage, a refresh records none of it."""

    def setUp(self):
        super().setUp()
        self.apply()
        # Records how far the accounts have been seen; the reads of the tests have nothing to add.
        self.rollcall("refresh")
        self.whole_state = self.state()

    def check(self, path, change, says, commands=("drift", "refresh")):
        self.whole_state = self.state()
        met = self.tamper("GET", path, change)
        for command in commands:
            done = self.rollcall(command, "-v", code=1)
            self.assertIn(says, done.stdout + done.stderr)
        self.assertTrue(met)
        # A refresh may count itself; of what is recorded nothing changes.
        self.assertEqual({**self.state(), "serial": 0}, {**self.whole_state, "serial": 0})
        self.assert_nothing_unseen()
        self.whole()
        self.rollcall("drift")

    def check_all(self, path, field, row_of_a_list=False):
        for name, change, says in garbled(field):
            with self.subTest(name):
                self.check(path, change, says)
        if row_of_a_list:
            with self.subTest("a row twice"):
                self.check(path, lambda answer: answer.with_body(answer.json() + answer.json()[:1]), "comes twice")

    def test_the_listing_of_accounts(self):
        self.check_all("/accounts", "id", row_of_a_list=True)

    def test_members(self):
        self.check_all("/accounts/1/account_users", "user_id", row_of_a_list=True)
        self.check("/accounts/1/account_users", changed(account_id=2), "it is about account 2")

    def test_a_user(self):
        self.check_all("/users/1", "id")
        self.check("/users/1", changed(id=2), "it is about id 2, not 1")
        self.check("/users/1", changed(email=None), "`email` is not a string")

    def test_a_single_account_where_the_listing_is_broken(self):
        self.sandbox.fault(method="GET", path="/accounts$", action="fail", status=500, count=1000)
        for change, says in ((changed(id=2), "it is about id 2, not 1"), GARBAGE["nothing"], GARBAGE["a page"]):
            met = self.tamper("GET", "/accounts/1", change)
            self.assertIn(says, self.rollcall("drift", code=1).stdout)
            self.rollcall("refresh", code=1)
            self.assertTrue(met)
            self.assertEqual({**self.state(), "serial": 0}, {**self.whole_state, "serial": 0})

    def test_what_is_cut_off_is_read_again_and_then_told(self):
        self.check("/users/1", cut_off, "The response of 127.0.0.1 was cut off.", commands=["refresh"])
        self.check("/users/1", lambda _: b"", "closed the connection without a response.", commands=["refresh"])
        met = self.tamper("GET", "/users/1", cut_off, which=1)
        self.rollcall("drift")
        self.assertEqual(len(met), 2)


if __name__ == "__main__":
    main()
