#!/usr/bin/python3
"""A state of 100 MB on a server: put there, got back byte for byte, changed by a command that locks, reads and writes it.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from campaign import Campaign
from project import ROOT, expect

sys.path.insert(0, str(ROOT / "tests" / "support"))

from postgres_server import PASSWORD, PostgresServer  # noqa: E402
from s3_server import S3Server  # noqa: E402
from state_server import StateServer  # noqa: E402

ACCOUNTS, USERS, MEMBERS = 1_000, 100_000, 2_400
LEAST_BYTES = 100_000_000
LEAVER = "user-000000@example.com"


def email_of(number):
    return f"user-{number:06}@example.com"


def write_state(path):
    """As Rollcall writes it, but for the order of what it does not look at."""
    facts = {"on_remove": "retain", "origin": "created"}
    with open(path, "w", encoding="utf-8") as out:
        out.write('{"format": "rollcall-state", "version": 2, "lineage": "00000000-0000-4000-8000-000000000000", '
                  '"serial": 1, "server": "http://127.0.0.1:9", "last_run": "", "accounts_seen_to": 0, "accounts": {')
        for account in range(ACCOUNTS):
            # The first user is a member of none.
            first = 1 + account * 7 % (USERS - MEMBERS)
            grants = {email_of(user): "agent" for user in range(first, first + MEMBERS)}
            name = f"account-{account:04}"
            record = {"id": account + 1, **facts, "nonce": f"{account:032x}", "settings": {"name": name}, "grants": grants}
            out.write(("," if account else "") + f'"{name}": {json.dumps(record)}')
        out.write('}, "users": {')
        for user in range(USERS):
            record = {"id": user + 1, **facts, "nonce": f"{user:032x}", "settings": {"name": f"User {user}"}}
            out.write(("," if user else "") + f'"{email_of(user)}": {json.dumps(record)}')
        out.write('}, "agent_bots": {}, "released": {"accounts": {}, "users": {}, "agent_bots": {}}}\n')
    expect(path.stat().st_size >= LEAST_BYTES, f"the state has {path.stat().st_size} bytes only")


def on_http(dialect):
    """A server, and what leads to a state on it."""
    server = StateServer(dialect)
    return server, {"ROLLCALL_STATE": server.url()}


def on_postgres():
    server = PostgresServer()
    server.psql("CREATE DATABASE ops OWNER ana")
    # The longer way; what passes a pooler passes without one.
    return server, {"ROLLCALL_STATE": f"postgres://ana@127.0.0.1:{server.pooler()}/ops?name=large&sslmode=disable",
                    "PGPASSWORD": PASSWORD}


def on_s3():
    server = S3Server({"AKIAANA": {"secret": "the-secret-of-ana"}})
    return server, {"ROLLCALL_STATE": server.url(), "AWS_ACCESS_KEY_ID": "AKIAANA",
                    "AWS_SECRET_ACCESS_KEY": "the-secret-of-ana"}


def keep_large(build, start_server):
    with tempfile.TemporaryDirectory(prefix="rollcall-large-") as folder:
        folder = pathlib.Path(folder)
        server, variables = start_server()
        environment = {"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(folder / "home"), **variables}

        def rollcall(*arguments, stdout=subprocess.PIPE):
            done = subprocess.run([build / "rollcall", *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                  stdout=stdout, stderr=subprocess.PIPE, check=False, timeout=600)
            expect(done.returncode == 0, f"{arguments}: exit code {done.returncode}\n{done.stderr.decode()}")

        def pull(name):
            with open(folder / name, "wb") as out:
                rollcall("state", "pull", stdout=out)
            return (folder / name).read_bytes()

        try:
            write_state(folder / "made.json")
            rollcall("state", "push", "made.json")
            pushed = pull("pushed.json")
            expect(json.loads(pushed) == json.loads((folder / "made.json").read_bytes()), "what came back is another state")
            rollcall("state", "rm", f"users.{LEAVER}")
            changed = pull("changed.json")
            expect(json.loads(changed)["serial"] == json.loads(pushed)["serial"] + 1, "the serial is not the next one")
            expect(LEAVER in json.loads(pushed)["users"] and LEAVER not in json.loads(changed)["users"],
                   "what was removed is still there")
        finally:
            server.stop()
        return {"states": 1}


def cases(build, _):
    for name, start_server in (("GitLab's protocol", lambda: on_http("gitlab")),
                               ("LOCK and UNLOCK", lambda: on_http("plain")), ("PostgreSQL behind a pooler", on_postgres), ("S3", on_s3)):
        yield name, lambda start_server=start_server: keep_large(build, start_server)


if __name__ == "__main__":
    sys.exit(Campaign(__doc__).run(cases))
