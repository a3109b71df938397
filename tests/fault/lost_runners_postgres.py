#!/usr/bin/python3
"""The same as lost_runners with the state in a PostgreSQL: nobody removes the locks of the killed runs, which have leases of
two seconds.
"""

import atexit
import itertools
import json
import sys

import lost_runners
from campaign import Campaign
from project import ROOT

sys.path.insert(0, str(ROOT / "tests" / "support"))

from postgres_server import PASSWORD, LossyProxy, PostgresServer  # noqa: E402

SERVER = None
NAMES = itertools.count(1)


class OverPostgres:
    """A name of its own in the one database of all cases."""

    locks_expire = True
    environment = {"PGPASSWORD": PASSWORD}

    def __init__(self):
        self.name = f"case{next(NAMES)}"
        self.url = f"postgres://ana@127.0.0.1:{SERVER.port}/ops?name={self.name}&lease=2&sslmode=disable"
        self.states = self

    def sql(self, text, *values):
        return SERVER.psql(text.format(*values, name=f"'{self.name}'"), "ops")

    def put(self, data):
        state = json.loads(data)
        self.sql("INSERT INTO rollcall_state (name, serial, lineage, digest, bytes, run) VALUES "
                 "({name}, {}, '{}', encode(sha256('\\x{}'), 'hex'), '\\x{}', 'the one before')",
                 state["serial"], state["lineage"], data.hex(), data.hex())

    def get(self):
        return bytes.fromhex(self.sql("SELECT encode(bytes, 'hex') FROM rollcall_state WHERE name = {name}")) or None

    def state(self):
        return json.loads(self.get())

    def lock_of(self):
        """The ID of the lock, over or not; nothing where there is none."""
        return self.sql("SELECT id FROM rollcall_lock WHERE name = {name}") or None

    def stop(self):
        """The server goes on for the other cases."""


class OverHeldPostgres(OverPostgres):
    """By way of a proxy that can hold one statement."""

    def __init__(self):
        super().__init__()
        self.proxy = LossyProxy(SERVER.port)
        self.url = self.url.replace(f":{SERVER.port}/", f":{self.proxy.port}/")
        self.hold, self.release, self.reached = self.proxy.hold, self.proxy.release, self.proxy.reached
        # None is left over: a statement is held once.
        self.faults = []

    def stop(self):
        self.proxy.stop()


def start_server():
    """For all cases, in the main thread: it ends with the one that starts it."""
    global SERVER
    SERVER = PostgresServer()
    atexit.register(SERVER.stop)
    SERVER.psql("CREATE DATABASE ops OWNER ana")
    page = (ROOT / "docs" / "state.md").read_text(encoding="utf-8")
    SERVER.psql(page[page.index("CREATE TABLE"):page.index("GRANT SELECT, INSERT")], "ops", "ana")


def cases(build, options):
    start_server()
    every = lost_runners.cases(build, options, OverPostgres, random_estates=4)
    # Each waits for the end of a lease: without every third one it is still more than a hundred.
    return (case for place, case in enumerate(every) if options.long or place % 3)


if __name__ == "__main__":
    sys.exit(Campaign(__doc__).run(cases))
