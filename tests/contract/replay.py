#!/usr/bin/python3
"""Replays every recorded exchange against a fresh sandbox and compares the responses.

Usage: replay.py PROGRAM [--verbose]
"""

import json
import pathlib
import re
import sys
import time

import matching
from sandbox_server import Background, Sandbox

HERE = pathlib.Path(__file__).resolve().parent
APPS = "ABLDEGST"
PATH_ID = re.compile(r"/(accounts|users|agent_bots)/([1-9]\d*)(?=[/?]|$)")
DEADLINE = 2.5  # seconds in which a deletion is seen


def load(name):
    return json.loads((HERE / name).read_text())




def unfold(value):
    """Puts long strings in the place of what stands for them."""
    if isinstance(value, dict):
        return {key: unfold(item) for key, item in value.items()}
    long = matching.LONG.match(value) if isinstance(value, str) else None
    return (long[2][0] * int(long[1])) if long else value


class Replay:
    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.circumstances = load("circumstances.json")
        self.exchanges = {entry["id"]: entry for entry in load("chatwoot-4.10.0.json")}
        self.ids = matching.Ids()
        self.tokens = {app: f"token-of-{app}" for app in APPS} | {"wrong": "no-such-token"}
        self.etags = {}
        self.begun = {}
        self.deleted = False  # a DELETE since the last GET

    def token(self, label):
        return re.sub(r"\b(\w+)(?=\s*$)", lambda match: self.tokens.get(match[1], match[1]), label)

    def path(self, path):
        path = PATH_ID.sub(lambda match: f"/{match[1]}/{self.ids.ours(match[1], int(match[2]))}", path)
        path = re.sub(r"(user_id=)(\d+)", lambda match: match[1] + str(self.ids.ours("users", int(match[2]))), path)
        return re.sub(r"(api_access_token=)(\w+)", lambda match: match[1] + self.token(match[2]), path)

    def headers(self, headers):
        sent = {}
        for name, value in headers.items():
            secret = "token" in name.lower() or name == "Authorization"
            sent[name] = self.token(value) if secret else self.etags.get(value, value)
        return sent

    def user_id(self, value):
        """An id in a body, in whatever disguise."""
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, list):
            return [self.user_id(item) for item in value]
        if isinstance(value, float):
            return self.ids.ours("users", int(value)) + 0.7
        if isinstance(value, str):
            return re.sub(r"^\d+", lambda match: str(self.ids.ours("users", int(match[0]))), value)
        return self.ids.ours("users", value)

    def body(self, exchange_id, body):
        if body is None:
            return None
        if isinstance(body, list):
            return "[" + ",".join(self.body(exchange_id, item) for item in body) + "]"
        if isinstance(body, dict):
            body = unfold({**body, **self.circumstances["sent"].get(exchange_id, {})})
            for key in ("user_id", "user_ids"):
                if key in body:
                    body[key] = self.user_id(body[key])
            if "account_id" in body:
                body["account_id"] = self.ids.ours("accounts", body["account_id"])
            return json.dumps(body)
        levels = re.match(r"<(custom_attributes|array) nested (\d+) levels>", body)
        if not levels:
            return body
        depth = int(levels[2])
        if levels[1] == "array":
            return '{"name": "deep", "zzz": ' + "[" * depth + "]" * depth + "}"
        return '{"name": "deep", "custom_attributes": ' + '{"a": ' * depth + "1" + "}" * depth + "}"

    def prepared(self, exchange):
        request = exchange["request"]
        return (request["method"], self.path(request["path"]), self.headers(request["headers"]),
                self.body(exchange["id"], request["body"]))

    def step(self, step):
        """Does what happened outside the recorded requests."""
        if "settings" in step:
            self.sandbox.control("PATCH", "settings", step["settings"])
        elif "control" in step:
            self.sandbox.control(*step["control"])
        elif "person" in step:
            ours = self.sandbox.control("POST", "users", step["person"])["id"]
            self.ids.join("users", step["as"], ours)
        elif "find" in step:
            rows = self.sandbox.control("GET", "snapshot")[step["find"]]
            ours = next(row["id"] for row in rows if row["name"] == step["name"])
            self.ids.join(step["find"], step["as"], ours)
        elif "begin" in step:
            exchange = self.exchanges[step["begin"]]
            method, path, headers, body = self.prepared(exchange)
            fault = self.sandbox.fault(method=method, path=f"^{path}$", point=step["at"])
            call = Background(lambda: self.sandbox.send(method, path, headers, body))
            if self.sandbox.reached(fault) != "held":
                raise AssertionError(f"{step['begin']} did not come to {step['at']}")
            self.begun[step["begin"]] = (fault, call, body)
        else:
            method, path, app, body = step["request"]
            headers = {"api_access_token": self.tokens[app], "Content-Type": "application/json"}
            answer = self.sandbox.send(method, self.path(path), headers, self.body("", body))
            if answer.status != 200:
                raise AssertionError(f"{method} {path}: {answer.status} {answer.body!r}")

    def attempt(self, exchange):
        """Sends the request once and compares; the mismatch, if any. Ids are joined only by a match."""
        if exchange["id"] in self.begun:
            fault, call, body = self.begun.pop(exchange["id"])
            self.sandbox.release(fault)
            answer = call.result()
        else:
            method, path, headers, body = self.prepared(exchange)
            answer = self.sandbox.send(method, path, headers, body)
        recorded = exchange["response"]
        ids = self.ids.copy()
        try:
            if answer.status != recorded["status"]:
                raise matching.Mismatch(f"status {answer.status} {answer.body[:200]!r}")
            if answer.content_type != recorded["content_type"]:
                raise matching.Mismatch(f"content type {answer.content_type!r} instead of {recorded['content_type']!r}")
            matching.same_body(recorded["body"], answer, ids, body)
            if "headers" in recorded:
                matching.same_headers(recorded["headers"], answer, exchange["request"]["headers"])
        except matching.Mismatch as mismatch:
            return str(mismatch)
        self.ids = ids
        self.remember(recorded, answer)
        return None

    def remember(self, recorded, answer):
        """Takes what later requests need: users' tokens, the ETag."""
        for name, value in recorded.get("headers", []):
            if name == "etag":
                self.etags[value] = dict(answer.headers)["etag"]
        if isinstance(recorded["body"], dict) and "pubsub_token" in recorded["body"]:
            for label, user in self.circumstances["tokens"].items():
                if recorded["body"]["id"] == user:
                    self.tokens[label] = answer.json()["access_token"]

    def run(self, exchange):
        """Replays one exchange; the mismatch, if any. The first GET after a DELETE may take its time."""
        for step in self.circumstances["steps"].get(exchange["id"], []):
            self.step(step)
        method = exchange["request"]["method"]
        patient = method == "GET" and self.deleted
        deadline = time.monotonic() + DEADLINE
        mismatch = self.attempt(exchange)
        while mismatch and patient and time.monotonic() < deadline:
            time.sleep(0.02)
            mismatch = self.attempt(exchange)
        self.deleted = method == "DELETE" or (self.deleted and method != "GET")
        return mismatch


def check_observations(observed):
    """Problems with the list of how observations, which are no requests, are covered."""
    covered = load("observations.json")
    tests = (HERE / "sandbox_test.py").read_text()
    problems = [f"observation {name} is not listed in observations.json" for name in observed if name not in covered]
    for name, how in covered.items():
        if name not in observed:
            problems.append(f"observations.json lists {name}, which is no observation")
        elif how.startswith("test_") and f"def {how.split(':')[0]}(" not in tests:
            problems.append(f"observations.json names {how}, which sandbox_test.py does not have")
    return problems


def main(program, verbose):
    exceptions = load("exceptions.json")
    matched, excepted, failures = [], [], []
    with Sandbox(program, tokens=[f"token-of-{app}" for app in APPS]) as sandbox:
        replay = Replay(sandbox)
        observed = [name for name, entry in replay.exchanges.items() if entry["request"]["method"] == "-"]
        requests = [entry for name, entry in replay.exchanges.items() if name not in observed]
        for exchange in requests:
            name = exchange["id"]
            mismatch = replay.run(exchange)
            if name in exceptions:
                excepted.append(name)
                if not mismatch:
                    failures.append(f"{name}: matches, so it must leave exceptions.json")
            elif mismatch:
                failures.append(f"{name}: {mismatch}\n    {exchange['request']['method']} {exchange['request']['path']}")
            else:
                matched.append(name)
    failures += [f"{name}: in exceptions.json but not recorded" for name in exceptions if name not in replay.exchanges]
    steps = {**replay.circumstances["steps"], **replay.circumstances["sent"]}
    failures += [f"{name}: in circumstances.json but not recorded" for name in steps if name not in replay.exchanges]
    failures += check_observations(observed)
    for failure in failures:
        print("FAILED", failure)
    for name in excepted:
        print("EXCEPTED", f"{name}: {exceptions[name]}")
    for name, how in load("observations.json").items():
        if verbose:
            print("OBSERVED", f"{name}: {how}")
    print(f"{len(requests)} replayed, {len(matched)} matched, {len(excepted)} excepted, {len(failures)} failed; "
          f"{len(observed)} observations covered as observations.json says")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--verbose" in sys.argv[2:]))
