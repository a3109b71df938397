#!/usr/bin/python3
"""How fast an apply sends, beside what the server and its latency allow.

Without --states: an apply of new grants beside wrk, alternately, on the same sandbox with as many connections. wrk sends the
same writes: the POST of a membership with the same headers and a body of the same shape, to the same accounts and users. All
grants are of administrators, which need no look at the members before them, so an apply sends one POST for each. Its
requests per second are those that the sandbox has counted, by the time of the run as the run itself reports it
(`duration_ms`: from before the first request until the state is written; without the reading of the roster, which bench/run.py
measures). With a latency the most that any client can reach is connections / latency, printed as `limit`.

With --states: the elapsed time of an apply of 10,000 grants with 64 connections at 20 ms, over a file and over a state on a
server (tests/support/state_server.py), alternately.

The ratios are those of the medians.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / folder) for folder in ("contract", "support")]

from sandbox_server import Sandbox  # noqa: E402
from state_server import StateServer  # noqa: E402

USERS_OF_ACCOUNT = 100


def roster_of(accounts, users, grants):
    text = "version: 1\naccounts:\n" + "".join(f"  account-{i}: {{name: Account {i}}}\n" for i in range(accounts))
    text += "users:\n" + "".join(f"  user-{i}@example.com: {{name: User {i}}}\n" for i in range(users))
    if grants:
        keys, addresses = (", ".join(map(name.format, range(count)))
                           for name, count in (("account-{}", accounts), ("user-{}@example.com", users)))
        text += f"grants:\n  - role: administrator\n    accounts: [{keys}]\n    users: [{addresses}]\n"
    return text


class Estate:
    """A sandbox with accounts and users that are recorded, and a roster that grants each user every account."""

    def __init__(self, build, grants, connections, state_url=None):
        self.build, self.connections = build, connections
        self.users = min(grants, USERS_OF_ACCOUNT)
        self.accounts = grants // self.users
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rollcall-bench-"))
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("ROLLCALL_")}
        self.environment.pop("CI", None)
        self.environment["XDG_STATE_HOME"] = str(self.folder / "home")
        if state_url:
            self.environment["ROLLCALL_STATE"] = state_url
        self.sandbox = Sandbox(str(build / "rollcall-sandbox"))
        (self.folder / "token").write_text(self.sandbox.token, encoding="utf-8")
        (self.folder / "token").chmod(0o600)
        (self.folder / "rollcall.yaml").write_text("version: 1\nrequests_per_minute: 1000000000\n", encoding="utf-8")
        self.apply(False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sandbox.stop()
        shutil.rmtree(self.folder)

    def requests(self):
        return self.sandbox.control("GET", "counters")["requests"]

    def apply(self, grants):
        """Elapsed seconds, seconds as the run reports them, and requests of an apply of accounts and users, or of these and
        the grants."""
        (self.folder / "roster.yaml").write_text(roster_of(self.accounts, self.users, grants), encoding="utf-8")
        before = self.requests()
        begin = time.monotonic()
        done = subprocess.run([self.build / "rollcall", "apply", "--auto-approve", "--format", "json", "--quiet",
                               "--token-file", "token", "--server", f"http://127.0.0.1:{self.sandbox.port}",
                               "--parallelism", str(self.connections)], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        elapsed = time.monotonic() - begin
        if done.returncode != 0:
            sys.exit(f"The apply ended with {done.returncode}:\n{done.stderr[-2000:]}")
        report = json.loads(done.stdout)
        return elapsed, report["result"]["duration_ms"] / 1000, self.requests() - before

    def wrk(self, seconds):
        """Requests per second."""
        ids = {kind: [thing["id"] for thing in things.values()] for kind, things in self.recorded().items()}
        script = self.folder / "grants.lua"
        script.write_text(f'''
local accounts = {{{", ".join(map(str, ids["accounts"]))}}}
local users = {{{", ".join(map(str, ids["users"]))}}}
wrk.method = "POST"
wrk.headers["api_access_token"] = "{self.sandbox.token}"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json"
local sent = 0
function request()
  local account = accounts[math.floor(sent / #users) % #accounts + 1]
  local body = string.format('{{"user_id":%d,"role":"administrator"}}', users[sent % #users + 1])
  sent = sent + 1
  return wrk.format(nil, "/platform/api/v1/accounts/" .. account .. "/account_users", nil, body)
end
''', encoding="utf-8")
        said = subprocess.run(["wrk", "--threads", "1", "--connections", str(self.connections), "--duration", f"{seconds}s",
                               "--script", script, f"http://127.0.0.1:{self.sandbox.port}"], check=True, capture_output=True,
                              text=True).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            sys.exit(f"wrk did not get what an apply gets:\n{said}")
        return float(re.search(r"Requests/sec:\s+([0-9.]+)", said)[1])

    def recorded(self):
        state = json.loads((self.folder / "rollcall.state.json").read_text(encoding="utf-8"))
        return {kind: state[kind] for kind in ("accounts", "users")}


def beside_wrk(build, latency, options):
    """The medians of an apply and of wrk."""
    applies, others = [], []
    for number in range(options.runs):
        with Estate(build, options.grants, options.connections) as estate:
            estate.sandbox.settings(latency_ms=latency)

            def one_apply(estate=estate):
                _, seconds, requests = estate.apply(True)
                applies.append(requests / seconds)

            def one_wrk(estate=estate):
                others.append(estate.wrk(options.seconds))

            for measure in ((one_apply, one_wrk) if number % 2 == 0 else (one_wrk, one_apply)):
                measure()
    return statistics.median(applies), statistics.median(others)


def compare_with_wrk(build, options):
    missed = []
    print(f"{'latency':>8} {'connections':>11} {'grants':>7}  {'apply':>10} {'wrk':>10} {'limit':>10}  {'to wrk':>6} {'to limit':>8}")
    for latency in options.latency:
        apply, wrk = beside_wrk(build, latency, options)
        limit = options.connections / latency * 1000 if latency else None
        print(f"{latency:>5} ms {options.connections:>11} {options.grants:>7,}  {apply:>8,.0f}/s {wrk:>8,.0f}/s "
              f"{f'{limit:>8,.0f}/s' if limit else '-':>10}  {apply / wrk:>6.3f} {f'{apply / limit:.3f}' if limit else '-':>8}",
              flush=True)
        if latency and options.min_ratio is not None and apply / limit < options.min_ratio:
            missed.append(f"{latency} ms: an apply reaches {apply / limit:.3f} of connections / latency, and should reach "
                          f"{options.min_ratio:g}")
    return missed


def compare_states(build, options):
    grants, connections, latency = options.grants, 64, 20
    times = {"file": [], "shared": []}
    for number in range(options.runs):
        for kind in (times if number % 2 == 0 else reversed(times)):
            states = StateServer() if kind == "shared" else None
            with Estate(build, grants, connections, states.url() if states else None) as estate:
                estate.sandbox.settings(latency_ms=latency)
                times[kind].append(estate.apply(True)[0])
            if states:
                states.stop()
    medians = {kind: statistics.median(seconds) for kind, seconds in times.items()}
    ratio = medians["shared"] / medians["file"]
    print(f"{grants:,} grants, {connections} connections, {latency} ms: file {medians['file']:.2f} s, shared state "
          f"{medians['shared']:.2f} s, ratio {ratio:.3f}")
    if options.max_shared is not None and ratio > options.max_shared:
        return [f"an apply over a shared state takes {ratio:.3f} times as long, and may take {options.max_shared:g}"]
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the folder of the built programs")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--latency", type=int, nargs="+", default=[20, 0], metavar="MS")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--grants", type=int, help="rounded down to whole accounts of 100 users; default: 4000, with --states "
                        "10000")
    parser.add_argument("--seconds", type=int, default=5, help="how long wrk sends in each run")
    parser.add_argument("--min-ratio", type=float, help="fail where an apply reaches less of connections / latency")
    parser.add_argument("--states", action="store_true", help="a shared state beside a file, in place of wrk")
    parser.add_argument("--max-shared", type=float, help="fail where a shared state takes more times as long as a file")
    options = parser.parse_args()
    options.grants = options.grants or (10_000 if options.states else 4000)
    if options.runs < 1 or options.grants < 1:
        parser.error("there is nothing to measure")
    if not options.states and not shutil.which("wrk"):
        sys.exit("There is no wrk: apt-get install wrk.")
    build = options.build.resolve()
    missed = compare_states(build, options) if options.states else compare_with_wrk(build, options)
    if missed:
        sys.exit("\n".join(missed))


if __name__ == "__main__":
    main()
