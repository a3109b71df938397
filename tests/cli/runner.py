"""Runs the pipeline files of `rollcall init --ci` as GitLab and GitHub would: which jobs a pipeline has, in which order,
with which variables, on a runner that starts empty each time. It knows the words that these files use, and no other."""

import fnmatch
import os
import re
import shutil
import signal
import subprocess

from command_line import BUILD

# Of a build with sanitizers.
PASSED_ON = ("ASAN_", "UBSAN_", "LSAN_", "TSAN_", "LD_LIBRARY_PATH")
IDENTITY = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Ana"), ("EMAIL", "ana@example.com"))}

# A repository this small needs no upkeep, and may be lost in a crash.
SMALL = {"GIT_CONFIG_COUNT": "3", "GIT_CONFIG_KEY_0": "gc.auto", "GIT_CONFIG_VALUE_0": "0",
         "GIT_CONFIG_KEY_1": "maintenance.auto", "GIT_CONFIG_VALUE_1": "false",
         "GIT_CONFIG_KEY_2": "core.fsync", "GIT_CONFIG_VALUE_2": "none"}


def bare_environment(home):
    """What every process of a runner has."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
    return {**kept, "PATH": f"{BUILD}:{os.environ['PATH']}", "HOME": str(home), "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1", **SMALL}


def git(folder, *arguments):
    """Runs Git for a user; what it prints."""
    done = subprocess.run(["git", *arguments], cwd=folder, env={**bare_environment(folder), **IDENTITY},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"git {arguments}: {done.stdout}")
    return done.stdout.strip()


class Repository:
    """A bare «origin», and the clone of a user who works in it."""

    def __init__(self, folder):
        self.origin = folder / "origin.git"
        self.work = folder / "work"
        self.branches = {"main"}
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        git(folder, "clone", "--quiet", str(self.origin), str(self.work))
        # A first commit, so that there is a main to branch from.
        git(self.work, "checkout", "--quiet", "-B", "main")
        git(self.work, "commit", "--quiet", "--allow-empty", "-m", "Nothing yet")

    def commit(self, branch, files, message="Change"):
        """Commits the files to the branch, which begins at main where it is new, and pushes it."""
        git(self.work, "checkout", "--quiet", *([branch] if branch in self.branches else ["-b", branch, "main"]))
        self.branches.add(branch)
        for name, text in files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "-m", message)
        git(self.work, "push", "--quiet", "origin", branch)

    def merge(self, branch):
        """Merges the branch into main, as the button does."""
        git(self.work, "checkout", "--quiet", "main")
        git(self.work, "merge", "--quiet", "--no-ff", "-m", f"Merge {branch}", branch)
        git(self.work, "push", "--quiet", "origin", "main")

    def revert(self, merge, branch):
        """A branch that takes a merge back, as the button does."""
        git(self.work, "checkout", "--quiet", "-b", branch, "main")
        self.branches.add(branch)
        git(self.work, "revert", "--no-edit", "-m", "1", merge)
        git(self.work, "push", "--quiet", "origin", branch)

    def merge_ref(self, number, branch):
        """What merging the branch would give, as GitHub makes it for a pull request; the commit."""
        git(self.work, "checkout", "--quiet", "--detach", "main")
        git(self.work, "merge", "--quiet", "--no-ff", "-m", f"Merge {branch}", branch)
        git(self.work, "push", "--quiet", "--force", "origin", f"HEAD:refs/pull/{number}/merge")
        return git(self.work, "rev-parse", "HEAD")

    def head(self, branch):
        return git(self.work, "rev-parse", branch)

    def read(self, commit, path):
        return git(self.work, "show", f"{commit}:{path}")


class Job:
    """What became of a job: its status, exit code and log, its artifacts by name, and what it could see."""

    def __init__(self, name, definition):
        self.name, self.definition = name, definition
        self.status, self.code, self.log = "created", None, ""
        self.artifacts, self.reports, self.environment = {}, {}, {}
        self.outputs, self.summary = {}, ""

    def is_over(self):
        return self.status in ("success", "failed", "skipped")


class Machine:
    """A runner: folders that are new for each job, and nothing of what ran before."""

    def __init__(self, folder, repository):
        self.folder, self.repository = folder, repository
        self.runs = 0
        # What runs, for a test that has a runner die.
        self.processes = []

    def start(self):
        """A workspace, which does not exist yet, and a home."""
        self.runs += 1
        base = self.folder / "runners" / str(self.runs)
        (base / "home").mkdir(parents=True)
        return base / "workspace", base / "home"

    def check_out(self, workspace, commit=None, ref="refs/heads/main"):
        """A clone that has the commit out, else the ref as it is now."""
        shutil.rmtree(workspace, ignore_errors=True)
        git(workspace.parent, "clone", "--quiet", "--shared", "--no-checkout", str(self.repository.origin), str(workspace))
        if not commit and ref != "refs/heads/main":
            git(workspace, "fetch", "--quiet", "origin", ref)
            commit = "FETCH_HEAD"
        git(workspace, "checkout", "--quiet", "--detach", commit or "origin/main")

    def run(self, lines, workspace, environment):
        """Lines of a script, which end at the first that fails; exit code and output."""
        with subprocess.Popen(["sh", "-e", "-c", "\n".join(lines)], cwd=workspace, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", start_new_session=True) as process:
            self.processes.append(process)
            log = process.communicate(timeout=120)[0]
            self.processes.remove(process)
        return process.returncode, log

    def die(self):
        """The machine is gone, with all that runs on it."""
        for process in list(self.processes):
            os.killpg(process.pid, signal.SIGKILL)

    @staticmethod
    def collect(workspace, patterns):
        """The files that match, by their paths."""
        files = {path.relative_to(workspace).as_posix(): path for path in workspace.rglob("*") if path.is_file()}
        return {name: path.read_bytes() for name, path in files.items()
                if not name.startswith(".git/") and any(fnmatch.fnmatchcase(name, one) for one in patterns)}

    @staticmethod
    def unpack(workspace, artifacts):
        for name, data in artifacts.items():
            path = workspace / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


class Expression:
    """A condition of either system: comparisons, `!`, `&&`, `||`, functions without arguments. `value_of` looks a name up."""

    TOKENS = re.compile(r"\s*(?:(?P<text>\"[^\"]*\"|'[^']*')|(?P<word>\$?[A-Za-z_][\w.-]*(?:\(\))?)|(?P<sign>&&|\|\||==|!=|!|\(|\)))")

    def __init__(self, text, value_of):
        self.tokens, self.value_of, at = [], value_of, 0
        text = text.strip()
        while at < len(text):
            match = self.TOKENS.match(text, at)
            if not match:
                raise AssertionError(f"unknown expression: {text[at:]}")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()

    def value(self):
        result = self.either()
        if self.tokens:
            raise AssertionError(f"left over: {self.tokens}")
        return result

    def takes(self, *signs):
        if self.tokens and self.tokens[0][0] == "sign" and self.tokens[0][1] in signs:
            return self.tokens.pop(0)[1]
        return None

    # Both sides are always read, so that every name in them has to be known.
    def either(self):
        left = self.both()
        while self.takes("||"):
            right = self.both()
            left = left or right
        return left

    def both(self):
        left = self.comparison()
        while self.takes("&&"):
            right = self.comparison()
            left = right if left else left
        return left

    def comparison(self):
        left = self.term()
        sign = self.takes("==", "!=")
        return left if not sign else (left == self.term()) == (sign == "==")

    def term(self):
        if self.takes("!"):
            return not self.term()
        if self.takes("("):
            value = self.either()
            assert self.takes(")")
            return value
        kind, token = self.tokens.pop(0)
        assert kind != "sign", token
        return token[1:-1] if kind == "text" else self.value_of(token)
