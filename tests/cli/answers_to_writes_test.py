#!/usr/bin/python3
"""Answers to writes that are none, not whole, or about something else: a clear error each, and nothing recorded unseen."""

import re

from answers import AnswersTest, cut_off, garbled
from command_line import ROSTER, main
from stand_in import Answer, changed


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
        for name, change, says in garbled(field):
            with self.subTest(name):
                self.check(method, path, change, says)
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
    main()
