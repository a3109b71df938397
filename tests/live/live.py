#!/usr/bin/python3
"""One run of the live suite; tests/live.sh says what it needs."""

import http.client
import json
import os
import pathlib
import random
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

# Chatwoot deletes by jobs, and creates some 10 people a second.
DEADLINE = 180
EMPTY_PLAN = "No changes. The recorded state matches the roster."


class Failure(Exception):
    pass


def expect(condition, message):
    if not condition:
        raise Failure(message)


class Server:
    """The Platform API, for what somebody does by hand and for looking at what Rollcall did. A throttled request is
    repeated: the server's minute passes."""

    def __init__(self, url, token):
        self.base = url.rstrip("/") + "/platform/api/v1"
        self.headers = {"Api-Access-Token": token, "Content-Type": "application/json"}

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, headers=self.headers, method=method)
        end = time.monotonic() + DEADLINE
        while True:
            status, text = self.send(request)
            if status != 429 or time.monotonic() > end:
                break
            time.sleep(5)
        try:
            return status, json.loads(text) if text else None
        except ValueError:
            return status, None

    @staticmethod
    def send(request):
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except (OSError, http.client.HTTPException) as error:
            raise Failure(f"{request.get_method()} {request.full_url}: {error}") from error

    def must(self, method, path, body=None):
        status, answer = self.call(method, path, body)
        expect(status == 200, f"{method} {path} answered {status}")
        return answer

    def members(self, account_id):
        rows = self.must("GET", f"/accounts/{account_id}/account_users")
        return {row["user_id"]: row["role"] for row in rows}


class Estate:
    """What the roster is to say. Written as JSON, which is YAML too."""

    def __init__(self, run, chance):
        self.run = run
        self.accounts = {
            f"live-{run}-{n}": {
                "name": f"Rollcall live {run} {n}",
                "locale": chance.choice(["en", "de", "pt_BR"]),
                "custom_attributes": {"run": run, "rank": n},
                "on_remove": "delete",
            }
            for n in range(1, chance.randint(2, 3) + 1)
        }
        self.users = {}
        for n in range(1, chance.randint(4, 6) + 1):
            self.add_user(n)
        keeper, *others = self.users
        # The keeper is an administrator everywhere, so that anybody else can come and go.
        self.grants = {(key, keeper): "administrator" for key in self.accounts}
        for key in self.accounts:
            for address in others:
                role = chance.choice(["agent", "agent", "administrator", None])
                if role:
                    self.grants[key, address] = role
            # Two to play with in every account, of either role.
            self.grants[key, others[0]] = "agent"
            self.grants[key, others[1]] = "administrator"
        self.bots = {
            f"live-{run}": {
                "name": f"Rollcall live {run}",
                "outgoing_url": "https://bots.example.com/live",
                "account": next(iter(self.accounts)),
                "on_remove": "delete",
            }
        }
        self.moved = []

    def address(self, n):
        return f"rollcall-live-{self.run}-{n}@example.com"

    @property
    def addresses(self):
        """All that a run ever uses."""
        return {self.address(n) for n in (*range(1, 9), "moved")}

    def add_user(self, n):
        self.users[self.address(n)] = {"name": f"Live {n}", "custom_attributes": {"run": self.run}, "on_remove": "delete"}
        return self.address(n)

    def write(self, path):
        rules = [
            {"role": role, "accounts": [key], "users": [address], "reason": "live suite"}
            for (key, address), role in self.grants.items()
        ]
        sections = {
            "accounts": self.accounts,
            "users": self.users,
            "agent_bots": self.bots,
            "grants": rules,
            "moved": self.moved,
        }
        text = {"version": 1, **{name: content for name, content in sections.items() if content}}
        path.write_text(json.dumps(text, indent=2), encoding="utf-8")


class Suite:
    def __init__(self, program, url, token, seed, folder):
        self.program = program
        self.url = url
        self.token = token
        self.folder = folder
        self.server = Server(url, token)
        self.chance = random.Random(seed)
        self.estate = Estate(secrets.token_hex(4), self.chance)
        self.name = f"Rollcall live {self.estate.run}"
        project = {"version": 1, "roster": "roster.yaml", "guardrails": {"max_removals": 10000},
                   # The listing is broken once the token's app has seen a bot deleted.
                   "unlisted_agent_bots": "keep"}
        (folder / "rollcall.yaml").write_text(json.dumps(project), encoding="utf-8")

    def rollcall(self, status, *arguments):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ROLLCALL_")}
        environment.update(ROLLCALL_SERVER=self.url, ROLLCALL_TOKEN=self.token)
        command = [self.program, *arguments]
        if self.url.startswith("http://"):
            command.append("--allow-http")
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as process:
            try:
                output, errors = process.communicate(timeout=DEADLINE)
            except BaseException:
                # Whatever ends the wait: a polite signal first, so that the state names what is to be cleaned up.
                process.terminate()
                try:
                    process.communicate(timeout=30)
                except subprocess.TimeoutExpired:
                    process.kill()
                raise
        expect(self.token not in output + errors, f"rollcall {arguments[0]} showed the token")
        expect(
            process.returncode == status,
            f"rollcall {' '.join(arguments)} ended with {process.returncode} instead of {status}:\n{output}{errors}",
        )
        return output

    def state(self):
        path = self.folder / "rollcall.state.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def ids(self, section):
        return {key: item["id"] for key, item in self.state().get(section, {}).items()}

    def check_server(self):
        """Every account has the roster's name, and the roster's members with their roles; nobody else."""
        accounts, users = self.ids("accounts"), self.ids("users")
        for key, wanted in self.estate.accounts.items():
            answer = self.server.must("GET", f"/accounts/{accounts[key]}")
            expect(answer["name"] == wanted["name"], f"the name of {key} is {answer['name']}")
            attributes = {name: answer["custom_attributes"].get(name) for name in wanted["custom_attributes"]}
            expect(attributes == wanted["custom_attributes"], f"the attributes of {key} are {attributes}")
            members = {users[who]: role for (where, who), role in self.estate.grants.items() if where == key}
            seen = self.server.members(accounts[key])
            expect(seen == members, f"the members of {key} are {seen} instead of {members}")
        for key, number in self.ids("agent_bots").items():
            answer = self.server.must("GET", f"/agent_bots/{number}")
            expect(answer["name"] == self.estate.bots[key]["name"], f"the name of the bot {key} is {answer['name']}")
        for address, user_id in users.items():
            answer = self.server.must("GET", f"/users/{user_id}")
            expect(answer["email"] == address, f"the address of {address} is {answer['email']}")

    def settled(self):
        plan = self.rollcall(0, "plan", "--detailed-exitcode")
        expect(plan.splitlines()[-1] == EMPTY_PLAN, f"the plan is not empty:\n{plan}")
        self.rollcall(0, "drift")
        self.check_server()

    def apply_first(self):
        self.estate.write(self.folder / "roster.yaml")
        self.rollcall(0, "validate")
        self.rollcall(2, "plan", "--detailed-exitcode")
        self.rollcall(0, "apply", "--auto-approve")
        self.settled()

    def change_by_hand(self):
        accounts, users = self.ids("accounts"), self.ids("users")
        first, second = list(accounts)[:2]
        people = list(self.estate.users)
        self.server.must(
            "POST",
            f"/accounts/{accounts[first]}/account_users",
            {"user_id": users[people[1]], "role": "administrator"},
        )
        self.server.must("DELETE", f"/accounts/{accounts[second]}/account_users", {"user_id": users[people[2]]})
        self.server.must("PATCH", f"/accounts/{accounts[second]}", {"name": "Renamed by hand"})
        report = json.loads(self.rollcall(2, "drift", "--format", "json"))
        expect(report["format"] == "rollcall-drift", f"the report's format is {report['format']}")
        text = self.rollcall(2, "drift")
        for what in (f"{people[1]}", f"{people[2]}", "Renamed by hand"):
            expect(what in text, f"the drift report does not name {what}:\n{text}")
        self.rollcall(0, "apply", "--refresh", "--auto-approve")
        self.settled()

    def change_the_roster(self):
        estate = self.estate
        first = next(iter(estate.accounts))
        people = list(estate.users)
        estate.grants[first, people[1]] = "administrator"
        estate.grants[first, people[2]] = "agent"
        for key in list(estate.accounts)[1:]:
            del estate.grants[key, people[1]]
        joiner = estate.add_user(len(estate.users) + 1)
        estate.grants[first, joiner] = "agent"
        estate.accounts[first]["custom_attributes"]["rank"] = 100
        estate.accounts[first]["name"] += " renamed"
        # An address moves from one person to nobody: the same person, with everything that she may do.
        old, new = people[-1], estate.address("moved")
        estate.users = {new if who == old else who: is_ for who, is_ in estate.users.items()}
        estate.grants = {(key, new if who == old else who): role for (key, who), role in estate.grants.items()}
        estate.moved = [{"from": f"users.{old}", "to": f"users.{new}"}]
        moved_id = self.ids("users")[old]
        estate.write(self.folder / "roster.yaml")
        self.rollcall(2, "plan", "--detailed-exitcode")
        self.rollcall(0, "apply", "--auto-approve")
        expect(self.ids("users")[new] == moved_id, "the person of the new address is not the one of the old address")
        self.settled()

    def leave(self):
        """Everything leaves the roster, and with it the server; people as soon as their accounts are gone."""
        accounts, users, bots = (self.ids(section) for section in ("accounts", "users", "agent_bots"))
        (self.folder / "roster.yaml").write_text("version: 1\n", encoding="utf-8")
        blocked = self.rollcall(2, "plan", "--detailed-exitcode")
        expect("blocked" in blocked, f"the deletions are not blocked without --allow-deletes:\n{blocked}")
        end = time.monotonic() + DEADLINE
        while True:
            try:
                self.rollcall(0, "apply", "--auto-approve", "--allow-deletes")
                break
            except Failure:
                if time.monotonic() > end:
                    raise
                time.sleep(1)
        plan = self.rollcall(0, "plan", "--detailed-exitcode")
        expect(plan.splitlines()[-1] == EMPTY_PLAN, f"the plan is not empty:\n{plan}")
        paths = [f"/accounts/{n}" for n in accounts.values()]
        paths += [f"/users/{n}" for n in users.values()] + [f"/agent_bots/{n}" for n in bots.values()]
        for path in paths:
            while self.server.call("GET", path)[0] != 404:
                expect(time.monotonic() < end, f"{path} is still there")
                time.sleep(0.2)

    def attempt(self, method, path, body=None):
        """As `call`, for a clean-up that has to go on whatever a single request meets: 0 for no response."""
        try:
            return self.server.call(method, path, body)
        except Failure as failure:
            print(failure)
            return 0, None

    def clean_up(self):
        """Whatever a failed run has left: what the state names, and what was created before the state could name it.
        Says what it could not delete."""
        state = self.state()
        found = {section: set() for section in ("agent_bots", "accounts", "users")}
        for section, ids in found.items():
            known = {**state.get(section, {}), **state.get("released", {}).get(section, {})}
            ids.update(item["id"] for item in known.values())
        # A listing that earlier deletions have broken answers 500; such leftovers can only be named.
        for section in ("agent_bots", "accounts"):
            status, listed = self.attempt("GET", f"/{section}")
            if status == 200:
                found[section].update(row["id"] for row in listed if self.name in (row.get("name") or ""))
            elif not found[section]:
                print(f"not looked at: {section} that the state does not name; look for `{self.name}` by hand")
        recorded = {**state.get("users", {}), **state.get("released", {}).get("users", {})}
        for address in sorted(self.estate.addresses - set(recorded)):
            # The server has no search by address, but answers a POST of one that it knows with the person.
            body = {"name": "Live", "email": address, "password": secrets.token_urlsafe(16) + "aA1!"}
            status, person = self.attempt("POST", "/users", body)
            if status == 200:
                found["users"].add(person["id"])
            else:
                print(f"not looked at: {address}; look for it by hand")
        for section, ids in found.items():
            for number in sorted(ids):
                # 404: gone already. 401: the account took its bot along.
                status, _ = self.attempt("DELETE", f"/{section}/{number}")
                if status not in (200, 401, 404):
                    print(f"not cleaned up: DELETE /{section}/{number} answered {status}")

    def run(self):
        steps = [
            ("apply a new estate", self.apply_first),
            ("change the server by hand", self.change_by_hand),
            ("change the roster", self.change_the_roster),
            ("delete everything", self.leave),
        ]
        try:
            for name, step in steps:
                begin = time.monotonic()
                step()
                print(f"passed: {name} ({time.monotonic() - begin:.1f} s)", flush=True)
        except BaseException:
            self.clean_up()
            raise


def main():
    url, token = os.environ["ROLLCALL_LIVE_URL"], os.environ["ROLLCALL_LIVE_TOKEN"]
    seed = os.environ.get("ROLLCALL_LIVE_SEED") or secrets.token_hex(4)
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(str(pathlib.Path(sys.argv[1]).resolve()), url, token, seed, pathlib.Path(folder))
        print(f"run {suite.estate.run}, seed {seed}, {len(suite.estate.accounts)} accounts", flush=True)
        try:
            suite.run()
        except Failure as failure:
            print(f"FAILED: {failure}")
            return 1
        except subprocess.TimeoutExpired as slow:
            print(f"FAILED: no end of rollcall {slow.cmd[1]} after {slow.timeout} s")
            return 1
    print("The live suite passed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
