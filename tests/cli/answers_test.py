#!/usr/bin/python3
"""Answers that are none, not whole, or about something else: a clear error each, and nothing recorded unseen."""

import os
import re

from command_line import BUILD, CommandLineTest, ROSTER, main
from stand_in import Answer, Between, changed


def with_number(field, text):
    """The response with a number that is written just so."""
    return lambda answer: answer.with_body(
        re.sub(rb'("%s":)[^,}]+' % field.encode(), rb"\g<1>" + text.encode(), answer.body, count=1))


def doubled(field):
    """The response with a key of its first object twice."""
    return lambda answer: answer.with_body(
        re.sub(rb"\{", b'{"%s":77,' % field.encode(), answer.body, count=1))


def cut_off(answer):
    return answer.raw()[:-1]


PAGE = Answer(200, "<html>Log in</html>", "text/html; charset=utf-8")
DEEP = b"[" * 100_000
CANNOT = "cannot be understood"
NO_API = "is not Chatwoot's Platform API"

# What comes in place of a response that is one object, or a list of them, and the words of the error.
GARBAGE = {
    "a page": (lambda _: PAGE, NO_API + ": status 200, a web page"),
    "a page that calls itself JSON": (lambda _: Answer(200, PAGE.body), "not valid JSON"),
    "JSON under another name": (lambda answer: Answer(200, answer.body, "text/plain"),
                                NO_API + ": status 200, text/plain"),
    "no type at all": (lambda answer: Answer(200, answer.body, ""), NO_API),
    "nothing": (lambda _: Answer(200, ""), "it is empty"),
    "half of it": (lambda answer: answer.with_body(answer.body[:len(answer.body) // 2]), "not valid JSON"),
    "no UTF-8": (lambda answer: answer.with_body(answer.body.replace(b"e", b"\xff", 1)), "not valid UTF-8"),
    "deep nesting": (lambda _: Answer(200, DEEP), "nested too deeply"),
    "another kind": (lambda _: Answer(200, "7"), CANNOT),
    "null": (lambda _: Answer(200, "null"), CANNOT),
    "a created": (lambda answer: Answer(201, answer.body), NO_API + ": status 201"),
}
IDS = {
    "1e400": "a number that is too large",
    "-1": "is not an id",
    "0": "is not an id",
    "3.9": "is not an id",
    "true": "is not an id",
    "null": "is not an id",
    '"3"': "is not an id",
    "9223372036854775808": "is not an id",
    "1e2": "is not an id",
}


class AnswersTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        for name in ("http_proxy", "all_proxy"):
            self.environment.pop(name, None)
            self.environment.pop(name.upper(), None)
        self.write("roster.yaml", ROSTER)
        self.passwords = set()
        self.server()
        self.between = Between(self, self.sandbox.port)
        self.environment["ROLLCALL_SERVER"] = f"http://127.0.0.1:{self.between.port}"

    def tamper(self, method, path, change, which=None):
        """Changes answers of status 200 to requests that match; `which` counts them from 1."""
        met = []

        def rule(request, answer):
            if request.method != method or not re.fullmatch("/platform/api/v1" + path, request.target):
                return answer
            if answer.status != 200:
                return answer
            met.append(request)
            return change(answer) if which is None or len(met) == which else answer

        self.between.rule = rule
        return met

    def whole(self):
        self.between.rule = lambda _, answer: answer

    def assert_no_secret(self, text):
        super().assert_no_secret(text)
        for request in self.between.requests:
            if request.method == "POST" and request.target.endswith("/users"):
                self.passwords.add(request.json()["password"])
        for password in self.passwords:
            self.assertNotIn(password, text)

    def assert_nothing_unseen(self):
        """Whatever the state holds is on the server just so."""
        if not (self.folder / "rollcall.state.json").exists():
            return
        self.assert_no_secret(self.read("rollcall.state.json"))
        state = self.state()
        snapshot = self.sandbox.control("GET", "snapshot")
        accounts = {account["id"]: account for account in snapshot["accounts"]}
        users = {user["email"]: user["id"] for user in snapshot["users"]}
        for key, account in state["accounts"].items():
            there = accounts[account["id"]]
            self.assertEqual(there["name"], account["settings"]["name"], key)
            roles = {member["email"]: member["role"] for member in there["members"]}
            self.assertLessEqual(account["grants"].items(), roles.items())
        for email, user in state["users"].items():
            self.assertEqual(users[email], user["id"])


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
        for name, (change, says) in GARBAGE.items():
            with self.subTest(name):
                self.check(path, change, says)
        for number, says in IDS.items():
            with self.subTest(f"{field} {number}"):
                self.check(path, with_number(field, number), says)
        with self.subTest("a key twice"):
            self.check(path, doubled(field), "the same key twice")
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


class Writes(AnswersTest):
    """What a write has done is not taken from a response that does not show it."""

    def fresh(self):
        self.whole()
        self.sandbox.control("POST", "reset", {})
        for path in self.folder.glob("rollcall.state.json*"):
            path.unlink()

    def created(self):
        snapshot = self.sandbox.control("GET", "snapshot")
        return (sorted(account["name"] for account in snapshot["accounts"]),
                sorted(user["email"] for user in snapshot["users"]))

    def check_once(self, method, path, change):
        """One answer of an apply is changed: the run looks for itself what was done, and does nothing twice."""
        self.fresh()
        met = self.tamper(method, path, change, which=1)
        self.apply("-v", "--parallelism", "1")
        self.assertTrue(met)
        self.assert_nothing_unseen()
        self.whole()
        self.rollcall("drift")
        self.assertEqual(self.created(), (["Desk", "VIP desk"], ["ana@example.com", "ben@example.com",
                                                                "kim@example.com"]))

    def check_for_ever(self, method, path, change, says):
        """This answer and all after it are changed: told, with the words of this request, nothing recorded unseen."""
        self.fresh()
        met = []

        def rule(request, answer):
            if request.method == method and re.fullmatch("/platform/api/v1" + path, request.target):
                met.append(request)
            return change(answer) if met and answer.status == 200 and answer.body else answer

        self.between.rule = rule
        done = self.rollcall("apply", "--auto-approve", "-v", "--parallelism", "1", code=1)
        self.assertTrue(met)
        self.assertIn(says, done.stdout + done.stderr)
        self.assert_nothing_unseen()
        self.whole()
        self.rollcall("plan")
        # Whether it finishes or says what to do first: nothing is made twice.
        again = self.start("apply", "--auto-approve")
        self.assert_no_secret("".join(again.communicate(timeout=60)))
        self.assertIn(again.returncode, (0, 1))
        self.assert_nothing_unseen()
        for names in self.created():
            self.assertEqual(len(names), len(set(names)))

    def check(self, method, path, change, says):
        self.check_once(method, path, change)
        self.check_for_ever(method, path, change, says)

    def check_all(self, method, path, field):
        for name, (change, says) in GARBAGE.items():
            with self.subTest(name):
                self.check(method, path, change, says)
        for number, says in IDS.items():
            with self.subTest(f"{field} {number}"):
                self.check(method, path, with_number(field, number), says)
        with self.subTest("a key twice"):
            self.check(method, path, doubled(field), "the same key twice")
        with self.subTest("cut off"):
            self.check_once(method, path, cut_off)

    def test_a_new_account(self):
        self.check_all("POST", "/accounts", "id")
        self.check_once("POST", "/accounts", changed(name="Other"))
        self.check_once("POST", "/accounts", changed(custom_attributes={}))

    def test_a_new_user(self):
        self.check_all("POST", "/users", "id")
        self.check("POST", "/users", changed(email="eve@example.com"), 'it shows email "eve@example.com"')

    def test_a_grant(self):
        path = "/accounts/1/account_users"
        self.check_all("POST", path, "user_id")
        for role in ("agent", None, "owner"):
            self.check("POST", path, changed(role=role), "role")
        self.check("POST", path, changed(user_id=77), "it is about user 77 in account 1")
        self.check("POST", path, changed(account_id=2), "in account 2")

    def test_a_setting(self):
        self.write("roster.yaml", ROSTER.replace("locale: en", "locale: pt_BR"))
        self.check_all("PATCH", "/accounts/1", "id")
        # Once: a server that answers every request with this id would be believed at the next creation.
        self.check_once("PATCH", "/accounts/1", changed(id=77))
        self.check("PATCH", "/accounts/1", changed(locale="de"), 'locale')

    def test_a_response_that_holds_a_secret_is_refused(self):
        def echo(request, answer):
            if request.method != "POST" or not request.target.endswith("/users"):
                return answer
            asked = request.json()
            return Answer(422, {"message": f"{request.headers} {asked}", "attributes": [asked["password"]]})

        self.between.rule = echo
        done = self.rollcall("apply", "--auto-approve", "-v", code=1)
        self.assertIn("holds the token, so nothing of it was shown or recorded", done.stdout + done.stderr)
        self.assert_nothing_unseen()


if __name__ == "__main__":
    assert BUILD is not None and os.path.exists(BUILD / "rollcall")
    main()
