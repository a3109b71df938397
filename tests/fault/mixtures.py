#!/usr/bin/python3
"""A server that fails, drops, forgets to answer and asks to go slower, and a client that is killed now and then:
apply again and again, doing what the messages say, until it is done; then everything must be right.
"""

import json
import random
import re
import signal
import sys
import threading

import estates
from campaign import Campaign
from project import APPLY, ROOT, STATE, Start, eventually, expect

sys.path.insert(0, str(ROOT / "tests" / "cli"))

from stand_in import Answer, StandIn, forward  # noqa: E402

MOST_RUNS = 40


class Front:
    """Stands before the sandbox and spoils some answers, before or after the sandbox has done the work."""

    def __init__(self, port, seed):
        self.port = port
        self.pick = random.Random(seed)
        self.lock = threading.Lock()
        self.share = 0.0
        self.cleanups = []
        self.server = StandIn(self, self.handle)
        self.url = f"http://127.0.0.1:{self.server.port}"

    # What StandIn asks of a test.
    def addCleanup(self, call):  # pylint: disable=invalid-name
        self.cleanups.append(call)

    def assertEqual(self, got, wanted):  # pylint: disable=invalid-name
        expect(got == wanted, f"the front failed: {got}")

    def stop(self):
        for call in reversed(self.cleanups):
            call()

    def handle(self, request):
        with self.lock:
            kind = self.pick.choice(("throttled", "gateway before", "gateway after", "page", "truncated", "empty",
                                     "refused")) if self.pick.random() < self.share else ""
        if kind == "throttled":
            return Answer(429, "Retry later\n", "text/plain", Retry_After="0")
        if kind == "gateway before":
            return Answer(502, "<html>Bad gateway</html>", "text/html")
        if kind == "refused":
            return Answer(500, '{"status":500,"error":"Internal Server Error"}')
        answer = forward(self.port, request)
        if kind == "gateway after":
            return Answer(504, "<html>Gateway timeout</html>", "text/html")
        if kind == "page":
            return Answer(200, "<html>Please log in</html>", "text/html")
        if kind == "truncated":
            return answer.raw()[:-max(1, len(answer.raw()) // 3)]
        return None if kind == "empty" else answer


class Mixture:
    def __init__(self, build, seed):
        self.pick = random.Random(seed)
        self.estate = estates.at_random(seed, 4)
        self.start = Start(build, self.estate)
        self.front = None
        self.runs = 0
        self.followed = 0
        self.orphans = set()
        self.told_bots = 0

    def misbehave(self, sandbox):
        pick = self.pick
        sandbox.settings(fail_rate=pick.choice([0, 0, 0.05]), drop_before=pick.choice([0, 0, 0.05]),
                         drop_after=pick.choice([0, 0, 0.05, 0.1]), latency_ms=pick.choice([0, 0, 5]))
        self.front.share = pick.choice([0, 0.02, 0.06])
        for _ in range(pick.randint(0, 2)):
            sandbox.fault(method=pick.choice(["POST", "PATCH", "DELETE"]), nth=pick.randint(1, 12), action="fail",
                          point=pick.choice(["before", "row", "after"]))

    def behave(self, sandbox):
        sandbox.settings(fail_rate=0, drop_before=0, drop_after=0, latency_ms=0)
        sandbox.send("DELETE", "/_sandbox/faults", {})
        self.front.share = 0

    def apply(self, project):
        """One apply, killed or told to stop at some request where chance says so. Exit code and what was said."""
        pick = self.pick
        project.parallelism = pick.choice([1, 3, 8])
        if pick.random() < 0.5:
            return project.run(*APPLY)
        fault = project.sandbox.fault(nth=pick.randint(1, 25), point=pick.choice(["before", "row", "after"]))
        _, code, text = project.kill_at(fault, pick.choice(["continue", "continue", "drop"]),
                                        pick.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
        return code, text

    def follow(self, project, text):
        """Does what a message says, as a person would."""
        for marker in re.findall(r"rollcall = (\S+/[0-9a-f]+)", text):
            self.orphans.add(marker)
        self.told_bots += len(re.findall(r"Look for a bot of this name|a bot of the name", text))
        # What is found by its mark is never asked for: that advice is for states that were lost.
        expect("adopt: true" not in text and not re.search(r"`id: \d+` at", text), text)
        for ids in re.findall(r"which of (?:the|these) bots[^0-9]*((?:\d+, )*\d+)", text):
            for number in ids.split(", "):
                project.sandbox.api("DELETE", f"/agent_bots/{number}")
            self.followed += 1

    def until_done(self, project):
        for self.runs in range(1, MOST_RUNS + 1):
            self.misbehave(project.sandbox)
            code, text = self.apply(project)
            self.behave(project.sandbox)
            expect(eventually(lambda: self.front.server.connections == 0, 20), "a request does not end")
            project.settle_server()
            expect(code in (0, 1, 143, -9), f"exit code {code}\n{text}")
            self.follow(project, text)
            if (project.folder / STATE).exists():
                project.read_only(("plan",), ("state", "list"))
            if code == 0:
                return
            if code == 1:
                expect("hint: " in text or re.search(r"^      \S.*\n      \S", text, re.M), f"no hint:\n{text}")
        expect(False, f"not done after {MOST_RUNS} applies; the last one said\n{text}")

    def check(self, project):
        project.finish()
        picture = project.picture()
        wanted = self.start.wanted
        if self.orphans or self.told_bots:
            picture["accounts"] = self.without_orphans(project, picture["accounts"])
        for kind in ("accounts", "users", "bots", "state"):
            want, got = wanted[kind], picture[kind]
            if kind == "bots" and self.told_bots:
                expect(set(want) <= set(got) and len(got) <= len(want) + self.told_bots, f"bots: {want} / {got}")
                continue
            expect(want == got, f"{kind} differ, {self.runs} runs, {self.followed} times advice followed:\n"
                   + "\n".join([f"- {line}" for line in want if line not in got]
                               + [f"+ {line}" for line in got if line not in want or got.count(line) > want.count(line)]))

    def without_orphans(self, project, lines):
        """Accounts that the token cannot see stay where a run stopped over them and named their marker."""
        told = 0
        app = project.sandbox.control("GET", "snapshot")
        unseen = [one for one in app["accounts"] if one["id"] not in app["apps"][0]["accounts"]]
        for one in unseen:
            expect(one["custom_attributes"]["rollcall"] in self.orphans, f"nobody told of the account {one}")
            told += 1
        return [line for line in lines if json.loads(line)["id"]]

    def run(self):
        try:
            with self.start.project("--seed", str(self.pick.randint(1, 10**6))) as project:
                self.front = Front(project.sandbox.port, self.pick.random())
                try:
                    project.named(project.url, self.front.url)
                    project.environment["ROLLCALL_SERVER"] = self.front.url
                    self.until_done(project)
                    self.check(project)
                finally:
                    self.front.stop()
        finally:
            self.start.close()
        return {"applies": self.runs, "advice followed": self.followed, "orphans told": len(self.orphans) + self.told_bots}


def cases(build, options):
    seeds = [options.seed] if options.seed is not None else range(1, 1501 if options.long else 201)
    for seed in seeds:
        yield f"seed {seed}", lambda seed=seed: Mixture(build, seed).run()


if __name__ == "__main__":
    sys.exit(Campaign(__doc__).run(cases))
