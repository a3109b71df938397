"""What a drift report finds, the plan knows: drift that an apply is to mend is a change of `plan --refresh`, and gone after
`apply --refresh`."""

import json

from command_line import CommandLineTest


class DriftAndPlanTest(CommandLineTest):
    def project(self, roster, *server):
        self.write("roster.yaml", roster)
        self.server(*server)
        self.apply()

    def stranger(self, account, email, role="agent"):
        """Somebody whom the roster may know, created and let in by hand."""
        user = self.sandbox.api("POST", "/users", {"name": "By hand", "email": email, "password": "Passw0rd!"}).json()["id"]
        self.sandbox.api("POST", f"/accounts/{account}/account_users", {"user_id": user, "role": role})
        return user

    def drift(self, code=2):
        document = json.loads(self.rollcall("drift", "--format", "json", code=code).stdout)
        return [(item["verdict"], item["address"], item["note"]) for item in document["items"]]

    def mended_by_an_apply(self, *arguments, found):
        """Drift and plan see it, before and after a refresh; an apply mends it, and then nobody sees anything."""
        self.assertEqual([item[:2] for item in self.drift()], found)
        self.rollcall("plan", "--refresh", "--detailed-exitcode", *arguments, code=2)
        self.rollcall("refresh")
        self.drift()
        shown = self.rollcall("plan", "--detailed-exitcode", *arguments, code=2).stdout
        self.apply("--refresh", *arguments)
        self.assertEqual(self.drift(code=0), [])
        self.assertIn("No changes.", self.rollcall("plan", "--refresh", "--detailed-exitcode").stdout)
        return shown
