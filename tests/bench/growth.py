#!/usr/bin/python3
"""How the time of what may be many grows: each case with a number and with ten times as many.

  grants      an empty plan of 100,000 and of 1,000,000 grants
  journal     a plan over a state with unresolved creations and the journal of a run that has begun each of them once more
  moved       a plan of a roster with so many entries of `moved`: chains of accounts, which bots follow, and of users who were
              let go
  unresolved  an apply over a state with so many unresolved creations, half of them of users whom the roster wants, the
              others of accounts, against the sandbox

Prints the time of Rollcall's own processors, the elapsed time and the highest memory. What grows with the number takes up
to ten times the time, and what grows with its square takes up to a hundred times.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "bench"), str(TESTS / "contract")]

from run import measure  # noqa: E402
from sandbox_server import Sandbox  # noqa: E402

LINEAGE = "00000000-0000-4000-8000-000000000000"
NOWHERE = "http://127.0.0.1:9"
RUNS = 3


def write_json(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")


def state_of(server, accounts=None, bots=None, released=None, unresolved=()):
    state = {"format": "rollcall-state", "version": 2, "lineage": LINEAGE, "serial": 1, "server": server, "last_run": "",
             "accounts_seen_to": 0, "accounts": accounts or {}, "users": {}, "agent_bots": bots or {},
             "released": {"accounts": {}, "users": released or {}, "agent_bots": {}}}
    if unresolved:
        state["unresolved"] = unresolved
    return state


def recorded(number, **settings):
    return {"id": number, "on_remove": "retain", "origin": "created", "settings": settings}


def creation(address, number, name):
    facts = {"on_remove": "retain", "origin": "created", "nonce": f"{number:032x}", "settings": {"name": name}}
    return {"verb": "create", "nonce": f"{number:032x}", "facts": [{"put": address, "as": facts}]}


def email_of(number):
    return f"user-{number:06}@example.com"


def user_creation(number):
    return creation(f"users.{email_of(number)}", number, f"User {number}")


def roster_of_users(count):
    return "version: 1\nusers:\n" + "".join(f"  {email_of(i)}: {{name: User {i}}}\n" for i in range(count))


def grants(build, folder, count):
    measure([build / "bench_generate", folder, *(str(number) for number in (count // 100, count // 10, count, 1))], folder)
    return ["plan", "--server", NOWHERE]


def journal(_, folder, count):
    (folder / "roster.yaml").write_text(roster_of_users(count), encoding="utf-8")
    state = folder / "rollcall.state.json"
    intents = [user_creation(i) for i in range(count)]
    write_json(state, state_of(NOWHERE, unresolved=intents))
    base = hashlib.sha256(state.read_bytes()).hexdigest()
    lines = [{"format": "rollcall-journal", "version": 3, "lineage": LINEAGE, "run": "interrupted", "base": base, "serial": 1,
              "server": NOWHERE}]
    lines += [{"begun": i, **intents[i]} for i in range(count)]
    text, checksum = "", ""
    for line in map(json.dumps, lines):
        checksum = hashlib.sha256((checksum + line).encode()).hexdigest()[:16]
        text += f"{checksum} {line}\n"
    (folder / "rollcall.state.json.interrupted.journal").write_text(text, encoding="utf-8")
    return ["plan", "--server", NOWHERE]


def moved(_, folder, count):
    half, bots = count // 2, count // 100
    text = "version: 1\naccounts:\n" + f"  account-{half}: {{name: Account}}\n"
    text += f"users:\n  {email_of(half)}: {{name: User}}\n"
    text += "agent_bots:\n" + "".join(f"  bot-{i}: {{name: Bot {i}, account: account-{half}}}\n" for i in range(bots))
    text += "moved:\n" + "".join(f"  - {{from: accounts.account-{i}, to: accounts.account-{i + 1}}}\n" for i in range(half))
    text += "".join(f"  - {{from: users.{email_of(i)}, to: users.{email_of(i + 1)}}}\n" for i in range(half))
    (folder / "roster.yaml").write_text(text, encoding="utf-8")
    write_json(folder / "rollcall.state.json", state_of(
        NOWHERE, accounts={f"account-{half}": {**recorded(1, name="Account"), "nonce": f"{1:032x}", "grants": {}}},
        bots={f"bot-{i}": recorded(i + 1, name=f"Bot {i}", account="account-0") for i in range(bots)},
        released={email_of(i): {**recorded(i + 1, name="User"), "nonce": f"{i:032x}"} for i in range(half)}))
    return ["plan", "--server", NOWHERE]


def unresolved(_, folder, count, server):
    half = count // 2
    (folder / "roster.yaml").write_text(roster_of_users(half), encoding="utf-8")
    intents = [user_creation(i) for i in range(half)]
    intents += [creation(f"accounts.account-{i}", half + i, f"Account {i}") for i in range(half)]
    write_json(folder / "rollcall.state.json", state_of(server, unresolved=intents))
    return ["apply", "--auto-approve", "--server", server]


CASES = {"grants": (grants, 100_000), "journal": (journal, 1_000), "moved": (moved, 1_000), "unresolved": (unresolved, 1_000)}


def run_once(build, name, count):
    """The row of a run in a new folder: processors' time, elapsed time, peak memory in bytes."""
    prepare = CASES[name][0]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if name != "unresolved":
            return measure([build / "rollcall", *prepare(build, folder, count), "--quiet"], folder, subprocess.DEVNULL)[:3]
        with Sandbox(str(build / "rollcall-sandbox")) as sandbox:
            (folder / "token").write_text(sandbox.token, encoding="utf-8")
            (folder / "token").chmod(0o600)
            (folder / "rollcall.yaml").write_text("version: 1\nrequests_per_minute: 1000000\n", encoding="utf-8")
            command = prepare(build, folder, count, f"http://127.0.0.1:{sandbox.port}")
            return measure([build / "rollcall", *command, "--token-file", "token", "--quiet"], folder, subprocess.DEVNULL)[:3]


def best_of(build, name, count, runs):
    rows = [run_once(build, name, count) for _ in range(runs)]
    return min(row[0] for row in rows), min(row[1] for row in rows), max(row[2] for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the folder of the built programs")
    parser.add_argument("--max-growth", type=float, help="fail where ten times as many take more times as long")
    parser.add_argument("--max-peak", type=float, metavar="MB", help="fail where a case takes more memory than this")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"only these: {', '.join(CASES)}")
    options = parser.parse_args()
    if unknown := set(options.cases) - set(CASES):
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    build = options.build.resolve()

    missed = []
    print(f"{'case':<11} {'number':>9}  {'processors':>10} {'elapsed':>9} {'peak':>9}  growth")
    for name in options.cases or CASES:
        number = CASES[name][1]
        few = best_of(build, name, number, RUNS)
        many = best_of(build, name, 10 * number, RUNS)
        growth = many[0] / few[0]
        for count, row, shown in ((number, few, ""), (10 * number, many, f"{growth:.1f} times")):
            print(f"{name:<11} {count:>9,}  {row[0]:>8.3f} s {row[1]:>7.3f} s {row[2] / 1e6:>6.1f} MB  {shown}", flush=True)
        if options.max_growth is not None and growth > options.max_growth:
            missed.append(f"{name}: ten times as many take {growth:.1f} times as long, and may take {options.max_growth:g}")
        if options.max_peak is not None and many[2] / 1e6 > options.max_peak:
            missed.append(f"{name}: {10 * number:,} take {many[2] / 1e6:.0f} MB, and may take {options.max_peak:g}")
    if missed:
        sys.exit("\n".join(missed))


if __name__ == "__main__":
    main()
