#!/usr/bin/python3
"""What a plan says that an apply sends is what the sandbox was sent: 100 random changes of a roster, one after the other."""

import json
import random

from command_line import CommandLineTest, main
from sanitized import SANITIZED

ACCOUNTS = ["desk", "lab", "shop", "vip"]
USERS = ["ana", "ben", "kim", "joe", "zoe"]
BASE = "/platform/api/v1"


def roster(rng, deletes):
    """A roster as YAML, which JSON is."""
    accounts, users, grants, bots = {}, {}, [], {}
    for key in rng.sample(ACCOUNTS, rng.randint(1, len(ACCOUNTS))):
        account = accounts[key] = {"name": rng.choice(["", "The "]) + key, "on_remove": rng.choice(["retain", "suspend", *deletes])}
        if rng.random() < 0.5:
            account["locale"] = rng.choice(["en", "de"])
        if rng.random() < 0.4:
            account["features"] = {"macros": rng.random() < 0.5}
        if rng.random() < 0.4:
            account["limits"] = {"agents": rng.choice([5, None])}
        if rng.random() < 0.4:
            account["custom_attributes"] = {rng.choice(["region", "team"]): rng.choice(["emea", {"nested": [1]}, None])}
        if rng.random() < 0.3:
            account["status"] = rng.choice(["active", "suspended"])
    for name in rng.sample(USERS, rng.randint(1, len(USERS))):
        user = users[f"{name}@example.com"] = {"name": rng.choice(["", "A "]) + name, "on_remove": rng.choice(["retain", *deletes])}
        if rng.random() < 0.3:
            user["custom_attributes"] = {"team": rng.choice(["emea", "apac"])}
        if rng.random() < 0.3:
            user["display_name"] = rng.choice(["X", "Y"])
    for key in accounts:
        chosen = rng.sample(sorted(users), rng.randint(1, len(users)))
        grants.append({"role": "administrator", "accounts": [key], "users": chosen[:1]})
        if chosen[1:]:
            grants.append({"role": "agent", "accounts": [key], "users": chosen[1:]})
    if rng.random() < 0.6:
        bots["triage"] = {"name": "Triage", "account": rng.choice(sorted(accounts)),
                          "outgoing_url": rng.choice(["https://a.example.com", "https://b.example.com"])}
    return json.dumps({"version": 1, "accounts": accounts, "users": users, "grants": grants, "agent_bots": bots})


def fits(planned, sent, ids, may_leave_out):
    if planned in ("<marker>", "<password>", "***") and isinstance(planned, str):
        return isinstance(sent, str)
    if isinstance(planned, str) and planned in ids:
        return sent == ids[planned]
    if not isinstance(planned, dict):
        return planned == sent
    if not isinstance(sent, dict):
        return False
    for key, value in planned.items():
        if key == "<kept>":
            continue
        if key not in sent:
            if not may_leave_out and value is not None:
                return False
        # The server replaces these whole: one of them that is sent has all that it is to hold.
        elif not fits(value, sent[key], ids, may_leave_out and key not in ("custom_attributes", "limits")):
            return False
    return "<kept>" in planned or set(sent) <= set(planned)


class Requests(CommandLineTest):
    def is_sent_as(self, planned, request, ids):
        path = planned["path"]
        for placeholder, number in ids.items():
            path = path.replace(placeholder, str(number))
        return (planned["method"] == request["method"] and path == request["path"] and
                fits(planned["body"], request["body"] or None, ids, planned["method"] == "PATCH"))

    def change_by_hand(self, rng):
        """Somebody else changes an account, so that the live value decides."""
        for account in self.sandbox.control("GET", "snapshot")["accounts"]:
            if rng.random() < 0.2:
                self.sandbox.api("PATCH", f"/accounts/{account['id']}", {"locale": rng.choice(["en", "de"])})

    def test_an_apply_sends_what_the_plan_says(self):
        self.write("rollcall.yaml", "version: 1\nguardrails: {max_removals: 1000, min_administrators: 0}\n")
        self.server("--job-delay", "1ms")
        rng = random.Random(17)
        sent = conditional = left_out = 0
        changes = 25 if SANITIZED else 100
        for number in range(changes):
            # Once something was deleted, the server lists nothing any more, and every search takes seconds.
            self.write("roster.yaml", roster(rng, ["delete"] if number >= changes - 7 else []))
            self.rollcall("plan", "--out", "plan.json", "--allow-deletes")
            plan = json.loads(self.rollcall("show", "plan.json", "--format", "json").stdout)
            self.change_by_hand(rng)
            log = self.sandbox.control("GET", "log")
            last = log[-1]["number"] if log else 0
            # Changes by hand may be in the way of an update: then it fails.
            done = self.start("apply", "plan.json", "--auto-approve", "--allow-deletes", "--format", "json")
            text, error = done.communicate(timeout=60)
            self.assertIn(done.returncode, (0, 1), error)
            results = json.loads(text)["result"]
            if results is None:
                self.rollcall("refresh")
                continue
            results = results["actions"]
            ids = {"{" + one["address"] + "}": one["id"] for one in results if one["id"] is not None}
            writes = [request for request in self.sandbox.control("GET", f"log?after={last}") if request["method"] != "GET"]
            planned = [request for action in plan["actions"] for request in action["requests"]]
            left = list(planned)
            for request in writes:
                fitting = [one for one in left if self.is_sent_as(one, request, ids)]
                self.assertTrue(fitting, f"change {number}: {request} is not among\n" + "\n".join(map(str, left)))
                left.remove(fitting[0])
                sent += 1
            for action, result in zip(plan["actions"], results):
                if result["outcome"] not in ("done", "unchanged"):
                    continue
                for one in action["requests"]:
                    was_sent = any(self.is_sent_as(one, request, ids) for request in writes)
                    self.assertTrue(was_sent or one["conditional"], f"change {number}: {one} was not sent")
                    conditional += one["conditional"] and was_sent
                    left_out += not was_sent
            self.rollcall("refresh")
        self.assertGreater(sent, 5 * changes)
        self.assertGreater(conditional, changes)
        self.assertGreater(left_out, changes // 5)


if __name__ == "__main__":
    main()
