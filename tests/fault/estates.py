"""Estates for the fault tests: what is there before an apply, what somebody did beside it, what is wanted after."""

import copy
import json
import random

ROOT = "root@example.com"
PASSWORD = "Passw0rd!"


class Estate:
    """`first` is applied, then `before`, then `outside` happens; `after` is the apply under test."""

    def __init__(self, name):
        self.name = name
        self.before = {"accounts": {}, "users": {}, "agent_bots": {}, "grants": {}}
        self.after = copy.deepcopy(self.before)
        # What `first` has and `before` no longer: released things, and deletions that break the listing.
        self.first = copy.deepcopy(self.before)
        self.moved = []
        self.outside = []
        self.ids = {}
        self.parallelism = 1
        self.account_in_both("hq", name="Headquarters")
        self.user_in_both(ROOT)
        self.give("hq", ROOT, "administrator", "administrator")

    def account_in_both(self, key, **settings):
        self.before["accounts"][key] = dict(settings)
        self.after["accounts"][key] = dict(settings)

    def user_in_both(self, email, **settings):
        settings.setdefault("name", email.partition("@")[0].title())
        self.before["users"][email] = dict(settings)
        self.after["users"][email] = dict(settings)

    def give(self, account, email, before, after):
        if before:
            self.before["grants"][account, email] = before
        if after:
            self.after["grants"][account, email] = after

    def text(self, roster):
        """A roster as a file; JSON is YAML."""
        accounts = copy.deepcopy(roster["accounts"])
        for key, account in accounts.items():
            if account.get("id") == 0:
                account["id"] = self.ids[key]
        rules = [{"role": role, "accounts": [account], "users": [email]}
                 for (account, email), role in roster["grants"].items()]
        document = {"version": 1, "accounts": accounts, "users": roster["users"], "agent_bots": roster["agent_bots"],
                    "grants": rules}
        if roster is self.after and self.moved:
            document["moved"] = self.moved
        return json.dumps({key: value for key, value in document.items() if value}, indent=1) + "\n"

    def first_roster(self):
        return {kind: {**self.before[kind], **self.first[kind]} for kind in self.before}


def account_of(sandbox, name):
    """Its id, and the ids of its members by their addresses."""
    account = next(one for one in sandbox.control("GET", "snapshot")["accounts"] if one["name"] == name)
    return account["id"], {member["email"]: member["user_id"] for member in account["members"]}


def user_of(sandbox, email):
    """The id of somebody whom only the server knows."""
    return sandbox.api("POST", "/users", {"name": "By hand", "email": email, "password": PASSWORD}).json()["id"]


def creates_an_account(estate, n):
    key = f"fresh-{n}"
    estate.after["accounts"][key] = {
        "name": f"Fresh {n}", "locale": "de", "domain": f"fresh{n}.example.com", "features": {"help_center": False, "macros": True},
        "limits": {"agents": 7}, "custom_attributes": {"region": "emea", "tier": n}}
    estate.give(key, ROOT, None, "administrator")


def creates_an_account_with_a_name_only(estate, n):
    estate.after["accounts"][f"plain-{n}"] = {"name": f"Plain {n}"}
    estate.give(f"plain-{n}", ROOT, None, "administrator")


def updates_an_account(estate, n):
    estate.account_in_both(f"desk-{n}", name=f"Desk {n}", locale="en", features={"macros": True},
                           limits={"agents": 5}, custom_attributes={"region": "emea", "old": "yes"})
    estate.give(f"desk-{n}", ROOT, "administrator", "administrator")
    estate.after["accounts"][f"desk-{n}"] = {
        "name": f"Desk {n} of all", "locale": "pt_BR", "status": "suspended", "support_email": "help@example.com", "features": {"macros": False},
        "limits": {"agents": 6}, "custom_attributes": {"region": "apac", "old": None}}


def binds_an_account(estate, n):
    key = f"bound-{n}"
    estate.after["accounts"][key] = {"name": f"Bound {n}", "locale": "fr", "id": 0}
    estate.give(key, ROOT, None, "administrator")

    def make(sandbox):
        estate.ids[key] = sandbox.api("POST", "/accounts", {
            "name": f"Was there {n}", "custom_attributes": {"kept": "by hand"}}).json()["id"]
    estate.outside.append(make)


def moves_an_account(estate, n):
    estate.before["accounts"][f"old-key-{n}"] = {"name": f"Moving {n}"}
    estate.before["grants"][f"old-key-{n}", ROOT] = "administrator"
    estate.after["accounts"][f"new-key-{n}"] = {"name": f"Moving {n}", "locale": "en"}
    estate.after["grants"][f"new-key-{n}", ROOT] = "administrator"
    estate.moved.append({"from": f"accounts.old-key-{n}", "to": f"accounts.new-key-{n}"})


def leaves(what):
    def part(estate, n):
        key = f"{what}-{n}"
        estate.before["accounts"][key] = {"name": f"To {what} {n}", "on_remove": what}
        estate.before["grants"][key, ROOT] = "administrator"
    part.__name__ = f"{what}_an_account"
    return part


def an_account_comes_back(estate, n):
    """Nobody managed it for a while: somebody has lost access, and somebody else has got it."""
    key, mate = f"back-{n}", f"mate{n}@example.com"
    estate.user_in_both(mate)
    estate.first["accounts"][key] = {"name": f"Back {n}"}
    estate.first["grants"] |= {(key, ROOT): "administrator", (key, mate): "agent"}
    estate.after["accounts"][key] = {"name": f"Back {n} again", "unlisted_members": "keep"}
    estate.give(key, ROOT, None, "administrator")
    estate.give(key, mate, None, "agent")

    def change(sandbox):
        account, users = account_of(sandbox, f"Back {n}")
        sandbox.api("DELETE", f"/accounts/{account}/account_users", {"user_id": users[mate]})
        visitor = user_of(sandbox, f"visitor{n}@example.com")
        sandbox.api("POST", f"/accounts/{account}/account_users", {"user_id": visitor, "role": "administrator"})
    estate.outside.append(change)


def creates_a_user(estate, n):
    email = f"joiner{n}@example.com"
    estate.after["users"][email] = {"name": f"Joiner {n}", "display_name": "Jo", "custom_attributes": {"team": "emea"}}
    estate.give("hq", email, None, "agent")


def updates_a_user(estate, n):
    email = f"renamed{n}@example.com"
    estate.user_in_both(email, custom_attributes={"team": "emea"})
    estate.after["users"][email] = {"name": f"Renamed {n}", "display_name": "Re", "custom_attributes": {"team": "apac"}}
    estate.give("hq", email, "agent", "agent")


def adopts_a_user(estate, n):
    email = f"adopted{n}@example.com"
    estate.after["users"][email] = {"name": f"Adopted {n}", "adopt": True}
    estate.give("hq", email, None, "agent")
    estate.outside.append(lambda sandbox: sandbox.control("POST", "users", {"email": email, "name": "Was there"}))


def moves_a_user(estate, n):
    estate.before["users"][f"old{n}@example.com"] = {"name": f"Mover {n}"}
    estate.before["grants"]["hq", f"old{n}@example.com"] = "agent"
    estate.after["users"][f"new{n}@example.com"] = {"name": f"Mover {n}"}
    estate.after["grants"]["hq", f"new{n}@example.com"] = "administrator"
    estate.moved.append({"from": f"users.old{n}@example.com", "to": f"users.new{n}@example.com"})


def deletes_a_user(estate, n):
    estate.before["users"][f"gone{n}@example.com"] = {"name": f"Gone {n}", "on_remove": "delete"}
    estate.before["grants"]["hq", f"gone{n}@example.com"] = "agent"


def releases_a_user(estate, n):
    estate.before["users"][f"leaver{n}@example.com"] = {"name": f"Leaver {n}"}
    estate.before["grants"]["hq", f"leaver{n}@example.com"] = "agent"


def a_user_comes_back(estate, n):
    email = f"back{n}@example.com"
    estate.first["users"][email] = {"name": f"Backer {n}"}
    estate.first["grants"]["hq", email] = "agent"
    estate.after["users"][email] = {"name": f"Backer {n} again"}
    estate.give("hq", email, None, "agent")


def creates_bots(estate, n):
    estate.after["agent_bots"][f"bot-{n}"] = {"name": f"Bot {n}", "description": "First answers",
                                             "outgoing_url": f"https://bots.example.com/{n}", "account": "hq"}
    estate.after["agent_bots"][f"everywhere-{n}"] = {"name": f"Everywhere {n}"}


def updates_a_bot(estate, n):
    estate.before["agent_bots"][f"triage-{n}"] = {"name": f"Triage {n}", "outgoing_url": "https://bots.example.com/a"}
    estate.after["agent_bots"][f"triage-{n}"] = {"name": f"Triage {n} new", "description": "Better",
                                                "outgoing_url": "https://bots.example.com/b"}


def moves_a_bot(estate, n):
    estate.before["agent_bots"][f"old-bot-{n}"] = {"name": f"Moving bot {n}"}
    estate.after["agent_bots"][f"new-bot-{n}"] = {"name": f"Moving bot {n}", "description": "Moved"}
    estate.moved.append({"from": f"agent_bots.old-bot-{n}", "to": f"agent_bots.new-bot-{n}"})


def deletes_a_bot(estate, n):
    estate.before["agent_bots"][f"gone-bot-{n}"] = {"name": f"Gone bot {n}", "on_remove": "delete"}


def changes_roles(estate, n):
    key = f"roles-{n}"
    estate.account_in_both(key, name=f"Roles {n}")
    for email, before, after in ((f"up{n}@example.com", "agent", "administrator"),
                                 (f"down{n}@example.com", "administrator", "agent"),
                                 (f"out{n}@example.com", "administrator", None),
                                 (f"in{n}@example.com", None, "agent")):
        estate.user_in_both(email)
        estate.give(key, email, before, after)


def revokes_an_unlisted_member(estate, n):
    key = f"strict-{n}"
    estate.account_in_both(key, name=f"Strict {n}", unlisted_members="revoke")
    estate.give(key, ROOT, "administrator", "administrator")

    def make(sandbox):
        account, _ = account_of(sandbox, f"Strict {n}")
        stray = user_of(sandbox, f"stray{n}@example.com")
        sandbox.api("POST", f"/accounts/{account}/account_users", {"user_id": stray, "role": "agent"})
    estate.outside.append(make)


def breaks_the_listing(estate, n):
    """A deletion in the past: the server lists neither accounts nor bots to this token any more."""
    estate.first["accounts"][f"deleted-{n}"] = {"name": f"Deleted long ago {n}", "on_remove": "delete"}
    estate.first["grants"][f"deleted-{n}", ROOT] = "administrator"


PARTS = (creates_an_account, creates_an_account_with_a_name_only, updates_an_account, binds_an_account,
         moves_an_account, leaves("retain"), leaves("suspend"), leaves("delete"), an_account_comes_back,
         creates_a_user, updates_a_user, adopts_a_user, moves_a_user, deletes_a_user, releases_a_user,
         a_user_comes_back, creates_bots, updates_a_bot, moves_a_bot, deletes_a_bot, changes_roles,
         revokes_an_unlisted_member)


def everything(parallelism=1):
    """One apply with every kind of action."""
    estate = Estate(f"everything, {parallelism} at once")
    estate.parallelism = parallelism
    for part in PARTS:
        part(estate, 1)
    return estate


def from_nothing(parallelism=1):
    """The first apply of all."""
    estate = everything(parallelism)
    estate.name = f"from nothing, {parallelism} at once"
    estate.before = None
    estate.moved = []
    estate.outside = estate.outside[:0]
    del estate.after["accounts"]["bound-1"]
    estate.after["grants"] = {key: role for key, role in estate.after["grants"].items() if key[0] != "bound-1"}
    return estate


def without_a_listing(parallelism=1):
    estate = Estate(f"without a listing, {parallelism} at once")
    estate.parallelism = parallelism
    breaks_the_listing(estate, 1)
    for part in (creates_an_account, creates_an_account_with_a_name_only, binds_an_account, an_account_comes_back,
                 creates_a_user, moves_an_account, leaves("delete")):
        part(estate, 1)
    return estate


def at_random(seed, most=6):
    """A few parts, some of them several times."""
    pick = random.Random(seed)
    estate = Estate(f"seed {seed}")
    estate.parallelism = pick.choice([1, 3, 8])
    if pick.random() < 0.25:
        breaks_the_listing(estate, 0)
    for n in range(pick.randint(2, most)):
        pick.choice(PARTS)(estate, n)
    return estate
