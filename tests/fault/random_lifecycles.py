#!/usr/bin/python3
"""A roster that changes between runs that fail: things are added, dropped, renamed, moved to other keys and taken
back, access is given, changed, expired and taken away, while the server and the client fail at random; with even
seeds somebody changes the server by hand besides. At the end one apply on a server that is well again must leave
exactly what the roster says.
"""

import json
import pathlib
import random
import re
import sys
import tempfile

from campaign import Campaign, of_seeds
from fault_injector import FaultInjector
from project import APPLY, DRIFT, PASSING, Project, STATE, Wrong, expect

ROOT = "root@example.com"
LAPSED = "2020-01-01"
MOST_APPLIES = 5
REQUESTS = 10


class World:
    """A roster that somebody goes on writing."""

    def __init__(self, pick, unlisted_members):
        self.pick = pick
        self.unlisted_members = unlisted_members
        self.things = {"accounts": {}, "users": {ROOT: {"name": "Root"}}, "agent_bots": {}}
        # (account, user): role, whether it has expired.
        self.grants = {}
        self.moved = []
        self.names = 0

    def text(self):
        """As a file; JSON is YAML."""
        rules = []
        for (account, email), (role, expired) in sorted(self.grants.items()):
            rule = {"role": role, "accounts": [account], "users": [email]}
            rules.append(rule | ({"until": LAPSED} if expired else {}))
        document = {"version": 1, **self.things, "grants": rules, "moved": self.moved}
        return json.dumps({key: value for key, value in document.items() if value}, indent=1) + "\n"

    def members(self, account):
        """Who is to be a member: roles by address."""
        return {email: role for (key, email), (role, expired) in self.grants.items() if key == account and not expired}

    def applied(self):
        """An apply has ended well."""
        self.moved = []

    def edit(self):
        kinds = (self.add, self.add, self.add, self.drop, self.drop, self.rename, self.keep_or_delete, self.move,
                 self.take_back, self.give, self.give, self.give, self.take, self.expire, self.put_bot)
        self.pick.choice(kinds)()
        # Whoever asks for an account without an administrator is refused, and rightly so.
        for account in self.things["accounts"]:
            if "administrator" not in self.members(account).values():
                self.grants[account, self.pick.choice(sorted(self.things["users"]))] = ("administrator", False)

    def name(self, key):
        self.names += 1
        return f"{key.partition('@')[0].title()} {self.names}"

    def keys(self, kind):
        if kind == "users":
            return [f"{name}@example.com" for name in ("ana", "kim", "joe", "lee", "max")]
        return {"accounts": ["sales", "desk", "vip", "lab"], "agent_bots": ["triage", "night", "first"]}[kind]

    def free_key(self, kind):
        free = [key for key in self.keys(kind) if key not in self.things[kind]
                and f"{kind}.{key}" not in [entry["from"] for entry in self.moved]]
        return self.pick.choice(free) if free else None

    def some(self, kind):
        """Any thing of this kind but root."""
        keys = sorted(key for key in self.things[kind] if key != ROOT)
        return self.pick.choice(keys) if keys else None

    def kind(self):
        return self.pick.choice(["accounts", "accounts", "users", "users", "agent_bots"])

    def add(self):
        kind = self.kind()
        key = self.free_key(kind)
        if not key:
            return
        thing = {"name": self.name(key)}
        if kind == "accounts":
            thing["unlisted_members"] = self.unlisted_members
            thing |= self.pick.choice([{}, {"locale": "de"}, {"custom_attributes": {"region": "emea"}}])
        if kind == "agent_bots":
            account = self.some("accounts")
            thing |= {"account": account} if account and self.pick.random() < 0.8 else {}
            thing |= self.pick.choice([{}, {"outgoing_url": f"https://bots.example.com/{self.names}"}])
        self.things[kind][key] = thing
        self.keep_or_delete(kind, key)

    def put_bot(self, key=None, other_than=None):
        """Into another account, or into none that the roster says."""
        key = key or self.some("agent_bots")
        accounts = sorted(account for account in self.things["accounts"] if account != other_than)
        if key:
            self.things["agent_bots"][key].pop("account", None)
            if accounts and (other_than or self.pick.random() < 0.7):
                self.things["agent_bots"][key]["account"] = self.pick.choice(accounts)

    def keep_or_delete(self, kind=None, key=None):
        kind = kind or self.kind()
        key = key or self.some(kind)
        if key:
            self.things[kind][key]["on_remove"] = self.pick.choice(
                ["retain", "suspend", "delete", "delete", "delete"] if kind == "accounts" else ["retain", "delete"])

    def drop(self):
        kind = self.kind()
        key = self.some(kind)
        if not key:
            return
        del self.things[kind][key]
        self.grants = {grant: role for grant, role in self.grants.items() if key not in grant}
        self.drop_moves(f"{kind}.{key}")
        for bot in self.things["agent_bots"].values():
            if bot.get("account") == key:
                del bot["account"]

    def drop_moves(self, address):
        """What is gone was never moved."""
        gone = [address]
        for one in gone:
            gone += [entry["from"] for entry in self.moved if entry["to"] == one]
        self.moved = [entry for entry in self.moved if entry["to"] not in gone]

    def rename(self):
        kind = self.kind()
        key = self.some(kind)
        if key:
            self.things[kind][key]["name"] = self.name(key)

    def rekey(self, kind, old, new):
        self.things[kind][new] = self.things[kind].pop(old)
        self.grants = {tuple(new if part == old else part for part in grant): role
                       for grant, role in self.grants.items()}
        for bot in self.things["agent_bots"].values():
            if bot.get("account") == old:
                bot["account"] = new

    def move(self):
        kind = self.kind()
        old, new = self.some(kind), self.free_key(kind)
        if old and new:
            self.rekey(kind, old, new)
            self.moved.append({"from": f"{kind}.{old}", "to": f"{kind}.{new}"})

    def take_back(self):
        """A move that is not wanted after all, with a word to Rollcall about it or without."""
        last = [entry for entry in self.moved if entry["to"] not in [other["from"] for other in self.moved]]
        if not last:
            return
        entry = self.pick.choice(last)
        kind, _, old = entry["from"].partition(".")
        new = entry["to"].partition(".")[2]
        self.moved.remove(entry)
        self.rekey(kind, new, old)
        others = [other["from"] for other in self.moved] + [other["to"] for other in self.moved]
        if self.pick.random() < 0.7 and not {entry["from"], entry["to"]} & set(others):
            self.moved.append({"from": entry["to"], "to": entry["from"]})

    def undo_move(self, address):
        """As if the thing of this address had never been moved, however often it was."""
        kind, _, first = address.partition(".")
        last = address
        while further := [entry for entry in self.moved if entry["from"] == last]:
            self.moved.remove(further[0])
            last = further[0]["to"]
        self.rekey(kind, last.partition(".")[2], first)

    def give(self):
        account = self.some("accounts")
        if account:
            email = self.pick.choice(sorted(self.things["users"]))
            self.grants[account, email] = (self.pick.choice(["agent", "agent", "administrator"]), False)

    def take(self):
        if self.grants:
            del self.grants[self.pick.choice(sorted(self.grants))]

    def expire(self):
        if self.grants:
            grant = self.pick.choice(sorted(self.grants))
            self.grants[grant] = (self.grants[grant][0], True)


class History:
    def __init__(self, build, seed):
        self.build = build
        self.pick = random.Random(seed)
        self.by_hand = seed % 2 == 0
        self.world = World(self.pick, "revoke" if self.by_hand else self.pick.choice(["keep", "revoke"]))
        self.followed = 0
        # Ids of what somebody has deleted.
        self.deleted = {kind: set() for kind in self.world.things}
        # What happened, a line each.
        self.events = []

    def edit(self, project):
        for _ in range(self.pick.randint(2, 6)):
            self.world.edit()
        code, text = self.plan(project)
        for _ in range(10):
            if code == 0:
                return
            expect(self.follow(project, text), f"plan: exit code {code}\n{text}")
            code, text = self.plan(project)
        expect(False, f"there is no roster that is taken:\n{text}")

    def plan(self, project):
        project.write(self.world.text())
        return project.run("plan", "--allow-deletes")

    def follow(self, project, text):
        """Does what is said about the roster and the record; how much it was."""
        moved = re.findall(r"(\S+) may have been created by .* so it cannot be moved to", text)
        moved += re.findall(r"`moved` moves (\S+) to \S+, but", text)
        # The address belongs to somebody whom a lost response has created.
        taken = re.findall(r"update (users\.\S+): The server refused to set email", text)
        moved += [entry["from"] for entry in self.world.moved if entry["to"] in taken]
        for address in moved:
            self.world.undo_move(address)
        bots = set(re.findall(r"agent_bots\.(\S+) is in this account, and the server would delete it", text))
        for bot in bots & set(self.world.things["agent_bots"]):
            self.world.put_bot(bot, "nowhere")
            if "account" not in self.world.things["agent_bots"][bot]:
                del self.world.things["agent_bots"][bot]
                self.world.drop_moves(f"agent_bots.{bot}")
        gone = set(re.findall(r"run `rollcall state rm (\S+)`, and the next apply creates a new one", text)
                   + re.findall(r"create it again with `rollcall apply --recreate (\S+)`", text))
        for address in gone:
            self.forget(project, address, text)
        members = set(re.findall(r"delete users\.(\S+): The user is still a member of .* \((.*)\)", text))
        for email, accounts in members:
            expect(self.by_hand, f"who has let {email} in?\n{text}")
            self.end_memberships(project, email, map(int, re.findall(r"\d+", accounts)))
        followed = len(moved) + len(bots) + len(gone) + len(members)
        self.followed += followed
        return followed

    def forget(self, project, address, text):
        kind, _, key = address.partition(".")
        state = json.loads((project.folder / STATE).read_text())
        managed, released = state[kind].get(key), state["released"][kind].get(key)
        # A bot that nobody manages any more goes with its account.
        expect((managed or released)["id"] in self.deleted[kind] or kind == "agent_bots" and released,
               f"who has deleted {address}, {managed or released}?\n{text}")
        project.rollcall("state", "rm", address)
        self.events.append(f"rollcall state rm {address}")

    def end_memberships(self, project, email, accounts):
        users = {one["email"]: one["id"] for one in project.sandbox.control("GET", "snapshot")["users"]}
        for account in accounts:
            project.sandbox.api("DELETE", f"/accounts/{account}/account_users", {"user_id": users[email]})

    def command(self):
        """What is run, and whether it does everything when it ends well."""
        kind = self.pick.random()
        if kind < 0.1:
            return ("refresh",), False
        if kind < 0.2:
            account = self.world.some("accounts")
            return (*APPLY, "--only", f"accounts.{account}") if account else APPLY, not account
        if kind < 0.3:
            return (*APPLY, "--refresh"), True
        if kind < 0.4:
            return ("apply", "--auto-approve"), False
        return APPLY, True

    def step(self, project, injector):
        self.edit(project)
        if self.by_hand and self.pick.random() < 0.5:
            self.change_by_hand(project)
        command, whole = self.command()
        code, text = injector.run(*command)
        self.events.append(f"rollcall {' '.join(command)}: exit code {code}")
        self.follow(project, text)
        if code == 0 and whole:
            self.world.applied()

    def change_by_hand(self, project):
        """What somebody might do in the super-admin console."""
        sandbox, pick = project.sandbox, self.pick
        server = sandbox.control("GET", "snapshot")
        app = server["apps"][0]
        accounts = [one for one in server["accounts"] if one["id"] in app["accounts"]]
        users = [one for one in server["users"] if one["id"] in app["users"]]
        if not accounts or not users:
            return
        account, user = pick.choice(accounts), pick.choice(users)
        members = f"/accounts/{account['id']}/account_users"
        change = pick.choice(["give", "give", "take", "rename account", "rename user", "delete account", "delete user",
                              "delete bot"])
        if change == "give":
            sandbox.api("POST", members, {"user_id": user["id"], "role": pick.choice(["agent", "administrator"])})
        elif change == "take" and account["members"]:
            sandbox.api("DELETE", members, {"user_id": pick.choice(account["members"])["user_id"]})
        elif change == "rename account":
            sandbox.api("PATCH", f"/accounts/{account['id']}", {"name": "By hand"})
        elif change == "rename user":
            sandbox.api("PATCH", f"/users/{user['id']}", {"name": "By hand"})
        elif change == "delete account":
            sandbox.api("DELETE", f"/accounts/{account['id']}")
            self.deleted["accounts"].add(account["id"])
            self.deleted["agent_bots"] |= {one["id"] for one in server["agent_bots"]
                                           if one["account_id"] == account["id"]}
        elif change == "delete user":
            sandbox.api("DELETE", f"/users/{user['id']}")
            self.deleted["users"].add(user["id"])
        elif change == "delete bot" and app["agent_bots"]:
            bot = pick.choice(app["agent_bots"])
            sandbox.api("DELETE", f"/agent_bots/{bot}")
            self.deleted["agent_bots"].add(bot)
        self.events.append(f"by hand: {change}, {account['name']}, {user['email']}")
        project.settle_server()

    def heal(self, project, injector):
        """Applies without any fault, doing what is said."""
        for _ in range(MOST_APPLIES):
            code, text = project.run(*APPLY, *(["--refresh"] if self.by_hand else []))
            self.events.append(f"rollcall apply, undisturbed: exit code {code}")
            project.settle_server()
            repaired = injector.follow(text) + self.follow(project, text)
            if code == 0 and not repaired:
                self.world.applied()
                return
            expect(code in (0, 1) and (repaired or any(reason in text for reason in PASSING)),
                   f"apply: exit code {code}\n{text}")
            project.write(self.world.text())
        expect(False, f"not done after {MOST_APPLIES} applies; the last one said\n{text}")

    def check(self, project, injector):
        project.finish()
        server = project.sandbox.control("GET", "snapshot")
        state = json.loads((project.folder / STATE).read_text())
        for kind in self.world.things:
            self.check_kind(kind, {one["id"]: one for one in server[kind]}, state, server["apps"][0][kind], injector)
        accounts = {one["id"]: one for one in server["accounts"]}
        for key, account in state["accounts"].items():
            members = {one["email"]: one["role"] for one in accounts[account["id"]]["members"]}
            expect(members == self.world.members(key), f"members of {key}: {members} / {self.world.members(key)}")

    def check_kind(self, kind, there, state, visible, injector):
        """What the roster lists is there under its name; what is there besides, somebody knows of."""
        wanted = self.world.things[kind]
        expect(set(state[kind]) == set(wanted), f"{kind}: {sorted(state[kind])} / {sorted(wanted)}")
        for key, thing in wanted.items():
            one = there.get(state[kind][key]["id"])
            expect(one is not None, f"{kind}.{key} is not on the server")
            expect(one["name"] == thing["name"], f"{kind}.{key}: {one['name']} / {thing['name']}")
            expect(kind != "users" or one["email"] == key, f"{kind}.{key}: {one}")
            account = state["accounts"][thing["account"]]["id"] if "account" in thing else one.get("account_id")
            expect(one.get("account_id") == account, f"{kind}.{key} is to be in {account}: {one}")
            for name in ("locale", "outgoing_url"):
                expect(name not in thing or one[name] == thing[name], f"{kind}.{key}: {one} / {thing}")
            for name, value in thing.get("custom_attributes", {}).items():
                expect(one["custom_attributes"].get(name) == value, f"{kind}.{key}: {one} / {thing}")
        for key, thing in state["released"][kind].items() if kind != "agent_bots" else ():
            expect(thing["id"] in there or thing["id"] in self.deleted[kind],
                   f"who has deleted {kind}.{key}, which was only released: {thing}?")
        known = {one["id"] for one in (*state[kind].values(), *state["released"][kind].values())}
        unresolved = [fact.get("put") for intent in state.get("unresolved", []) for fact in intent["facts"]]
        strange = [one for number, one in there.items() if number not in known]
        if kind == "agent_bots":
            expect(len(strange) <= injector.told_bots, f"{kind}: nobody told of {strange}")
            return
        for one in strange:
            marker = (one["custom_attributes"] or {}).get("rollcall", "")
            told = (f"{kind}.{one.get('email', '/'.join(marker.split('/')[1:-1]))}" in unresolved
                    or one["id"] not in visible and marker in injector.orphans)
            expect(told, f"{kind}: nobody told of {one}, unresolved are {unresolved}")

    def run(self):
        with tempfile.TemporaryDirectory(prefix="rollcall-history-") as name:
            folder = pathlib.Path(name)
            with (Project(self.build, folder / "project", folder / "server.json", "--seed",
                          str(self.pick.randint(1, 10**6))) as project,
                  FaultInjector(project, self.pick, REQUESTS) as injector):
                if self.by_hand:
                    # A plan for accounts whose administrators somebody has deleted is not refused as a whole.
                    (project.folder / "rollcall.yaml").write_text(
                        "version: 1\nguardrails: {max_removals: 100000, min_administrators: 0}\n" + DRIFT)
                try:
                    for _ in range(self.pick.randint(5, 9)):
                        self.step(project, injector)
                    self.heal(project, injector)
                    self.check(project, injector)
                except Wrong as wrong:
                    raise Wrong("\n".join([str(wrong), "What happened:", *self.events])) from None
                return injector.counts() | {"times roster or record repaired": self.followed}


if __name__ == "__main__":
    sys.exit(Campaign(__doc__).run(of_seeds(80, 3000, lambda build, seed: History(build, seed).run())))
