"""A server that fails, drops, forgets to answer and asks to go slower, a client that is killed now and then, and
somebody who does what the messages say.
"""

import random
import re
import signal
import sys
import threading

from project import APPLY, ROOT, STATE, eventually, expect

sys.path.insert(0, str(ROOT / "tests" / "cli"))

from stand_in import Answer, StandIn, forward  # noqa: E402


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


class FaultInjector:
    """Befalls the commands of a project; use it in a with statement. `requests`: about how many a command sends, of
    which about two fail, and one of which its client may not survive."""

    def __init__(self, project, pick, requests):
        self.project = project
        self.pick = pick
        self.requests = requests
        self.front = Front(project.sandbox.port, pick.random())
        self.runs = 0
        self.followed = 0
        # What messages said might be left on the server: markers of accounts; bots by their names, and how often one
        # of a name that was not said.
        self.orphans = set()
        self.named_bots = set()
        self.lost_bots = 0
        project.named(project.url, self.front.url)
        project.environment["ROLLCALL_SERVER"] = self.front.url

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.front.stop()

    def misbehave(self):
        pick, sandbox, share = self.pick, self.project.sandbox, 1.25 / self.requests
        sandbox.settings(fail_rate=pick.choice([0, 0, share]), drop_before=pick.choice([0, 0, share]),
                         drop_after=pick.choice([0, 0, share, 2 * share]), latency_ms=pick.choice([0, 0, 5]))
        self.front.share = pick.choice([0, share / 2, share])
        for _ in range(pick.randint(0, 2)):
            sandbox.fault(method=pick.choice(["POST", "PATCH", "DELETE"]),
                          nth=pick.randint(1, self.requests // 2), action="fail",
                          point=pick.choice(["before", "row", "after"]))

    def behave(self):
        self.project.sandbox.settings(fail_rate=0, drop_before=0, drop_after=0, latency_ms=0)
        self.project.sandbox.send("DELETE", "/_sandbox/faults", {})
        self.front.share = 0
        expect(eventually(lambda: self.front.server.connections == 0, 20), "a request does not end")
        self.project.settle_server()

    def run(self, *command):
        """A command that writes, killed or told to stop at some request where chance says so. Exit code and what was
        said; then the server is well again, and what is recorded can be read."""
        pick, project = self.pick, self.project
        self.runs += 1
        self.misbehave()
        project.parallelism = pick.choice([1, 3, 8])
        if pick.random() < 0.5:
            code, text = project.run(*command)
        else:
            fault = project.sandbox.fault(nth=pick.randint(1, self.requests),
                                          point=pick.choice(["before", "row", "after"]))
            _, code, text = project.kill_at(fault, pick.choice(["continue", "continue", "drop"]),
                                            pick.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]), command)
        self.behave()
        expect(code in (0, 1, 143, -9), f"exit code {code}\n{text}")
        if code == 1:
            expect("hint: " in text or re.search(r"^      \S.*\n      \S", text, re.M), f"no hint:\n{text}")
        self.follow(text)
        if (project.folder / STATE).exists():
            project.read_only(("plan",), ("state", "list"))
        return code, text

    def follow(self, text):
        """Does what a message says about the server, as a person would; how often."""
        for marker in re.findall(r"rollcall = (\S+/[0-9a-f]+)", text):
            self.orphans.add(marker)
        self.named_bots |= set(re.findall(r'a bot of the name (".*?") is left', text))
        self.lost_bots += len(re.findall(r"Look for a bot of this name", text))
        # What is found by its mark is never asked for: that advice is for states that were lost.
        expect("adopt: true" not in text and not re.search(r"`id: \d+` at", text), text)
        doubtful = re.findall(r"which of (?:the|these) bots[^0-9]*((?:\d+, )*\d+)", text)
        for ids in doubtful:
            for number in ids.split(", "):
                self.project.sandbox.api("DELETE", f"/agent_bots/{number}")
        self.followed += len(doubtful)
        return len(doubtful)

    @property
    def told_bots(self):
        return len(self.named_bots) + self.lost_bots

    def apply_until_done(self, most):
        for _ in range(most):
            code, text = self.run(*APPLY)
            if code == 0:
                return
        expect(False, f"not done after {most} applies; the last one said\n{text}")

    def counts(self):
        return {"applies": self.runs, "advice followed": self.followed,
                "orphans told": len(self.orphans) + self.told_bots}
