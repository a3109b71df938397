"""A project folder and a sandbox that can both be put back to where they began, and what must hold at the end."""

import atexit
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "contract"))

from sandbox_server import Sandbox, eventually  # noqa: E402

TOKEN = "sandbox-token-of-the-fault-tests"
STATE = "rollcall.state.json"
APPLY = ("apply", "--auto-approve", "--allow-deletes")
# The listing of agent bots is broken for ever once one is deleted, and they cannot be searched for by id.
DRIFT = "unlisted_agent_bots: keep\n"
# A search by id asks for hundreds of them.
PROJECT = "version: 1\nrequests_per_minute: 1000000\nguardrails: {max_removals: 100000}\n" + DRIFT
MOST_APPLIES = 3
# Why an apply beside no other fault may fail: what a killed run had sent is still on its way; or somebody changed
# an account that nobody managed.
PASSING = ("has just appeared on the server", "is still a member of", "The server has no user",
           "has accepted the deletion, but not carried it out yet", "recorded at its release")


class Wrong(AssertionError):
    """Something does not hold; the text is for whoever reads the report."""


def expect(condition, text):
    if not condition:
        raise Wrong(text)


class Frozen:
    """A project and its server at one moment, to be copied as often as wanted, so that each copy costs little."""

    def __init__(self, build, estate):
        self.build = build
        self.estate = estate
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rollcall-fault-"))
        self.server = ""
        self.wanted = {}
        atexit.register(self.close)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def project(self, *options):
        """A copy, on a sandbox of its own."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="rollcall-fault-"))
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        project = Project(self.build, folder / "project", folder / "server.json", *options, owns=folder,
                          server=self.server)
        project.parallelism = self.estate.parallelism
        return project


class Start(Frozen):
    """What an apply under test begins with, and what is there after one that nothing disturbs."""

    def __init__(self, build, estate):
        super().__init__(build, estate)
        with Project(build, self.folder / "project", self.folder / "server.json") as project:
            if estate.before is not None:
                for roster in (estate.first_roster(), estate.before):
                    project.write(estate.text(roster))
                    project.applied()
                for step in estate.outside:
                    step(project.sandbox)
                if estate.outside:
                    project.rollcall("refresh")
            project.write(estate.text(estate.after))
            self.server = project.url
        with self.project() as project:
            project.sandbox.send("DELETE", "/_sandbox/log", {})
            project.run(*APPLY, "--parallelism", "1")
            self.requests = [(entry["method"], entry["path"]) for entry in project.sandbox.control("GET", "log")]
            project.applied()
            project.finish()
            self.wanted = project.picture()

    def freeze(self, project):
        """Another moment: that of a project, which ends with this."""
        project.sandbox.stop()
        frozen = Frozen(self.build, self.estate)
        shutil.copytree(project.owns, frozen.folder, dirs_exist_ok=True)
        frozen.server = project.url
        frozen.wanted = self.wanted
        return frozen


class Project:
    """`server` is what the record names so far; the sandbox listens elsewhere, and the record is made to fit."""

    def __init__(self, build, folder, data, *options, owns=None, server=""):
        self.build = build
        self.folder = folder
        self.owns = owns
        self.parallelism = 1
        folder.mkdir(exist_ok=True)
        (folder / "rollcall.yaml").write_text(PROJECT)
        self.sandbox = Sandbox(str(build / "rollcall-sandbox"), "--data", str(data), "--job-delay", "3ms", *options,
                               tokens=(TOKEN,))
        self.url = f"http://127.0.0.1:{self.sandbox.port}"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("ROLLCALL_")}
        self.environment |= {"ROLLCALL_SERVER": self.url, "ROLLCALL_TOKEN": TOKEN}

        if server:
            self.named(server)

    def named(self, server, new=None):
        """The record names another server, and the journal goes on to fit: digests and checksums are made anew."""
        new = new or self.url
        state = self.folder / STATE
        old = digest = "absent"
        if state.exists():
            old = hashlib.sha256(state.read_bytes()).hexdigest()
            state.write_text(state.read_text().replace(server, new))
            digest = hashlib.sha256(state.read_bytes()).hexdigest()
        for journal in self.folder.glob("*.journal"):
            previous, lines = "", []
            for line in journal.read_text().splitlines():
                line = line[17:].replace(old, digest).replace(server, new)
                previous = hashlib.sha256((previous + line).encode()).hexdigest()[:16]
                lines.append(f"{previous} {line}\n")
            journal.write_text("".join(lines))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.sandbox.stop()
        if self.owns:
            shutil.rmtree(self.owns)

    def write(self, roster):
        """All at once, for there may be readers."""
        (self.folder / ".roster").write_text(roster)
        (self.folder / ".roster").rename(self.folder / "roster.yaml")

    def start(self, *arguments, **options):
        if arguments[0] == "apply" and "--parallelism" not in arguments:
            arguments += ("--parallelism", str(self.parallelism))
        return subprocess.Popen([self.build / "rollcall", *arguments], cwd=self.folder, env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                encoding="utf-8", **options)

    def run(self, *arguments, **options):
        """Exit code and what was said."""
        process = self.start(*arguments, **options)
        try:
            text, _ = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            text, _ = process.communicate()
            raise Wrong(f"{arguments} did not end:\n{text}") from None
        expect(TOKEN not in text and "access_token\"" not in text, f"{arguments} shows a secret")
        return process.returncode, text

    def rollcall(self, *arguments, code=0, **options):
        got, text = self.run(*arguments, **options)
        expect(got == code, f"{' '.join(arguments)}: exit code {got}, not {code}\n{text}")
        return text

    def settle_server(self):
        """Everything under way on the server is over, its job queue included. What a killed client had sent may be
        unread as long as its connection is open."""
        def is_quiet():
            counters = self.sandbox.control("GET", "counters")
            return counters["in_flight"] == 0 and counters["connections"] == 1
        expect(eventually(is_quiet, 20), "a request does not end")
        expect(eventually(lambda: self.sandbox.control("POST", "jobs/run") is not None
                          and self.sandbox.control("GET", "snapshot")["pending_jobs"] == 0, 20), "a job does not end")

    def applied(self, most=MOST_APPLIES):
        """Applies until it is done; how many it took, and what was said."""
        said = ""
        for count in range(1, most + 1):
            code, text = self.run(*APPLY)
            said += text
            self.settle_server()
            if code == 0:
                return count, said
            expect(code == 1 and any(reason in text for reason in PASSING), f"apply: exit code {code}\n{text}")
        raise Wrong(f"{most} applies were not enough:\n{said}")

    def files(self):
        """Every file of the folder with what would change if somebody wrote it."""
        return {path.name: (path.stat().st_mtime_ns, path.stat().st_ino, path.stat().st_mode,
                            hashlib.sha256(path.read_bytes()).hexdigest()) for path in self.folder.iterdir()}

    def read_only(self, *commands):
        """Runs commands that only read: they succeed and write nothing."""
        before = self.files()
        for command in commands:
            self.rollcall(*command)
        expect(self.files() == before, f"{commands} wrote something")

    def kill_at(self, fault, then="continue", number=signal.SIGKILL, command=APPLY):
        """A command that gets a signal while a request is held: whether it came to that, its exit code, what it
        said. With SIGKILL the request goes on only once its client is dead."""
        process = self.start(*command)
        said = []
        reader = threading.Thread(target=lambda: said.append(process.stdout.read()))
        reader.start()
        reached = "waiting"
        while reached in ("waiting", "met") and process.poll() is None:
            reached = self.sandbox.control("GET", f"faults/{fault}?wait_ms=50")["state"]
        if reached == "held":
            process.send_signal(number)
            if number == signal.SIGKILL:
                process.wait(30)
            self.sandbox.release(fault, then)
        code = process.wait(120)
        reader.join()
        process.stdout.close()
        self.sandbox.send("DELETE", f"/_sandbox/faults/{fault}", {})
        return reached == "held", code, said[0]

    def finish(self):
        """The record and the server agree with the roster."""
        self.settle_server()
        self.rollcall("plan", "--detailed-exitcode")
        got, text = self.run("drift", "--parallelism", "2")
        # A creation that nobody has seen, of what the roster no longer has, stays pending.
        open_attempts = re.findall(r"^  = (\S+); an interrupted run", text, flags=re.M)
        open_only = got == 2 and open_attempts and f"Drift: {len(open_attempts)} pending (merged, not applied)." in text
        # Where the listing of agent bots is broken, a drift is not sure to have seen all of them.
        unlisted = got == 1 and "listing of agent bots is broken" in text and "No drift in what could be read." in text
        expect(got == 0 or open_only or unlisted, f"drift: exit code {got}\n{text}")
        left = [path.name for path in self.folder.glob("*.journal")]
        expect(not left, f"a journal is left: {left}")

    def picture(self):
        """What the server has and what is recorded, without what differs from run to run: ids, nonces, times."""
        snapshot = self.sandbox.control("GET", "snapshot")
        app = snapshot["apps"][0]

        def marker(attributes):
            return {key: "/".join(value.split("/")[1:-1]) if key == "rollcall" else value
                    for key, value in (attributes or {}).items()}
        accounts = [{**one, "id": one["id"] in app["accounts"], "custom_attributes": marker(one["custom_attributes"]),
                     "members": sorted((member["email"], member["role"]) for member in one["members"])}
                    for one in snapshot["accounts"]]
        names = {one["id"]: one["name"] for one in snapshot["accounts"]}
        users = [{**one, "id": one["id"] in app["users"], "custom_attributes": marker(one["custom_attributes"])}
                 for one in snapshot["users"]]
        bots = [{**one, "id": one["id"] in app["agent_bots"], "account_id": names.get(one["account_id"])}
                for one in snapshot["agent_bots"]]
        picture = {kind: sorted(json.dumps(one, sort_keys=True) for one in things)
                   for kind, things in (("accounts", accounts), ("users", users), ("bots", bots))}
        state = self.folder / STATE
        if state.exists():
            picture["state"] = lines_of(json.loads(state.read_text()))
        return picture

    def expect_picture(self, wanted, said=""):
        """Exactly the wanted things, none twice. What the server made and lost this token's permission for in the
        middle of it may be left besides where that was said; how many such there are."""
        picture = self.picture()
        orphans = 0
        for kind in wanted:
            want, got = wanted[kind], list(picture[kind])
            for line in set(got) if kind in ("accounts", "bots") else ():
                thing = json.loads(line)
                while not thing["id"] and got.count(line) > want.count(line):
                    told = (f'/{thing["custom_attributes"]["rollcall"]}/' if kind == "accounts"
                            else f'a bot of the name "{thing["name"]}" is left')
                    expect(told in said, f"nobody told of {line}\n{said}")
                    got.remove(line)
                    orphans += 1
            expect(got == want, f"{kind} differ:\n{difference(want, got)}")
        return orphans


def lines_of(state):
    """A recorded state as comparable lines, without ids, nonces, lineage and serial."""
    lines = []

    def walk(path, value):
        if isinstance(value, dict):
            if not value:
                lines.append(f"{path} {{}}")
            for key, inner in value.items():
                walk(f"{path}.{key}", inner)
        elif path.rsplit(".", 1)[-1] not in ("id", "nonce", "lineage", "serial", "last_run", "server", "account_id",
                                               "accounts_seen_to"):
            lines.append(f"{path} {json.dumps(value)}")
    walk("", state)
    return sorted(lines)


def difference(wanted, got):
    missing = [f"- {line}" for line in wanted if wanted.count(line) > got.count(line)]
    more = [f"+ {line}" for line in got if got.count(line) > wanted.count(line)]
    return "\n".join(missing + more)
