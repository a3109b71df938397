"""What comes in place of a server's answers, and how to see that nothing was recorded unseen."""

import re

from command_line import CommandLineTest, ROSTER
from sanitized import some_of
from stand_in import Answer, Between


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


def garbled(field):
    """What comes in place of a response that holds an id in this field: (name, change, words of the error)."""
    changes = [(name, change, says) for name, (change, says) in GARBAGE.items()]
    changes += [(f"{field} {number}", with_number(field, number), says) for number, says in IDS.items()]
    changes.append(("a key twice", doubled(field), "the same key twice"))
    return some_of(changes, 4)


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
