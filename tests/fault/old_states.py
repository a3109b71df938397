#!/usr/bin/python3
"""An old state: a copy that was taken at a random earlier moment is put back, with odd seeds where the server's listing
is broken for the token besides, and the roster and the applies go on. Nothing is created twice: a run that would
create an account while the server has one that the state should know stops and says so.
"""

import json
import pathlib
import sys
import tempfile

from campaign import Campaign, of_seeds
from random_lifecycles import History, World
from project import APPLY, Project, STATE, Wrong, expect

STOPS = ("The state is old, or there are two", "that this state created but does not know",
         "created by a run that this state does not know")


class Unmoved(World):
    """A roster whose keys stay: under another key, an old state takes the account that it knows for another one."""

    def move(self):
        self.add()

    def take_back(self):
        self.give()


class OldState(History):
    def __init__(self, build, seed):
        super().__init__(build, seed)
        self.world = Unmoved(self.pick, "keep")
        # Members of accounts that an old state does not know are as if somebody had let them in.
        self.by_hand = True
        self.listing_broken = seed % 2 == 1
        self.stopped = 0
        self.created = 0

    def break_listing(self, project):
        """The token has deleted something: from then on the server does not list."""
        number = project.sandbox.api("POST", "/accounts", {"name": "For a moment"}).json()["id"]
        project.sandbox.api("DELETE", f"/accounts/{number}")
        project.settle_server()

    def state(self, project):
        return json.loads((project.folder / STATE).read_text())

    def unknown_accounts(self, project):
        """Accounts of the state's lineage that the state does not know."""
        if not (project.folder / STATE).exists():
            return {}
        state = self.state(project)
        known = {one["id"] for one in (*state["accounts"].values(), *state["released"]["accounts"].values(),
                                       *state.get("forgotten", []))}
        markers = {one["id"]: (one["custom_attributes"] or {}).get("rollcall", "")
                   for one in project.sandbox.control("GET", "snapshot")["accounts"]}
        return {number: marker for number, marker in markers.items()
                if marker.startswith(state["lineage"] + "/") and number not in known}

    def expect_nothing_twice(self, project, text):
        keys = [tuple((one["custom_attributes"] or {}).get("rollcall", "").split("/")[:2])
                for one in project.sandbox.control("GET", "snapshot")["accounts"]]
        keys = [key for key in keys if len(key) == 2]
        expect(len(keys) == len(set(keys)), f"an account is there twice: {sorted(keys)}\n{text}")

    def ids(self, project):
        return {one["id"] for one in project.sandbox.control("GET", "snapshot")["accounts"]}

    def apply(self, project):
        unknown, before = self.unknown_accounts(project), self.ids(project)
        code, text = project.run(*APPLY, *self.pick.choice([(), ("--refresh",), ("--parallelism", "4")]))
        self.events.append(f"rollcall apply: exit code {code}")
        project.settle_server()
        expect(code in (0, 1, 2, 3), f"apply: exit code {code}\n{text}")
        created = self.ids(project) - before
        expect(not (unknown and created), f"created {created} although the state does not know {unknown}\n{text}")
        self.expect_nothing_twice(project, text)
        self.stopped += any(stop in text for stop in STOPS)
        self.created += len(created)
        self.follow(project, text)
        return code, text

    def run(self):
        with tempfile.TemporaryDirectory(prefix="rollcall-old-state-") as name:
            folder = pathlib.Path(name)
            with Project(self.build, folder / "project", folder / "server.json", "--seed",
                         str(self.pick.randint(1, 10**6))) as project:
                try:
                    self.lifecycle(project)
                except Wrong as wrong:
                    raise Wrong("\n".join([str(wrong), "What happened:", *self.events])) from None
        return {"stops that said so": self.stopped, "accounts created": self.created}

    def lifecycle(self, project):
        if self.listing_broken:
            self.break_listing(project)
        copies = []
        for _ in range(self.pick.randint(3, 6)):
            self.edit(project)
            self.apply(project)
            if (project.folder / STATE).exists():
                copies.append((project.folder / STATE).read_bytes())
        if len(copies) < 2:
            return
        age = self.pick.randint(1, len(copies) - 1)
        (project.folder / STATE).write_bytes(copies[-1 - age])
        self.events.append(f"a state that is {age} applies old is put back")
        for _ in range(self.pick.randint(2, 4)):
            self.edit(project)
            self.apply(project)

    def forget(self, project, address, text):
        """Of an old state anything may be gone by now."""
        project.rollcall("state", "rm", address)
        self.events.append(f"rollcall state rm {address}")

    def end_memberships(self, project, email, accounts):
        """The run says so, and goes on without."""


if __name__ == "__main__":
    sys.exit(Campaign(__doc__).run(of_seeds(240, 3000, lambda build, seed: OldState(build, seed).run())))
