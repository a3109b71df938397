#!/usr/bin/python3
"""SIGKILL at every request of an apply over a shared state, on a runner that is gone with its journal: another runner must
end it right.
"""

import pathlib
import shutil
import sys

import estates
from campaign import Campaign
from kill_points import kill_points
from project import Frozen, Project, ROOT, STATE, Start, expect

sys.path.insert(0, str(ROOT / "tests" / "support"))

from state_server import StateServer  # noqa: E402


class OverHttp:
    """A state on a server whose locks stay."""

    locks_expire = False
    environment = {"ROLLCALL_STATE_USERNAME": "ana", "ROLLCALL_STATE_PASSWORD": "a-password-of-the-state"}

    def __init__(self):
        self.states = StateServer("gitlab", {"ana:a-password-of-the-state": "maintainer"})
        self.url = self.states.url()

    def put(self, data):
        self.states.versions["rollcall"] = [data]

    def get(self):
        versions = self.states.versions.get("rollcall")
        return versions[-1] if versions else None


class SharedProject(Project):
    """Its state is on a server, and its journals in a folder that `lose_the_runner` takes away."""

    def __init__(self, *arguments, place=OverHttp, **options):
        super().__init__(*arguments, **options)
        self.place = place()
        self.states = self.place.states
        self.home = pathlib.Path(self.owns) / "home"
        state = self.folder / STATE
        if state.exists():
            self.place.put(state.read_bytes())
        for path in self.folder.glob(f"{STATE}*"):
            path.unlink()
        self.environment |= {"ROLLCALL_STATE": self.place.url, "XDG_STATE_HOME": str(self.home), **self.place.environment}

    def stop(self):
        self.states.stop()
        super().stop()

    def start(self, *arguments, **options):
        if self.place.locks_expire and arguments[0] == "apply":
            arguments += ("--lock-timeout", "30s")
        return super().start(*arguments, **options)

    def lose_the_runner(self):
        """Whether the killed run had the lock."""
        shutil.rmtree(self.home, ignore_errors=True)
        lock = self.states.lock_of()
        if lock and not self.place.locks_expire:
            self.rollcall("unlock", lock["ID"])
        return lock is not None

    def finish(self):
        super().finish()
        left = list(self.home.rglob("*.journal"))
        expect(not left, f"a journal is left: {left}")
        expect(self.states.lock_of() is None, "the lock is left")
        expect("applying" not in self.states.state(), "the state says that a run goes on")

    def picture(self):
        state = self.place.get()
        if state:
            (self.folder / STATE).write_bytes(state)
        try:
            return super().picture()
        finally:
            (self.folder / STATE).unlink(missing_ok=True)


def shared(start, place=OverHttp):
    """A copy of what the apply begins with, its state on a server."""
    folder = Frozen(start.build, start.estate).folder
    shutil.copytree(start.folder, folder, dirs_exist_ok=True)
    project = SharedProject(start.build, folder / "project", folder / "server.json", owns=folder, server=start.server,
                            place=place)
    project.parallelism = start.estate.parallelism
    return project


def kill_once(start, nth, point, then, again, place):
    """One kill point; `again` kills the apply after it too, at that many requests."""
    with shared(start, place) as project:
        held, _, text = project.kill_at(project.sandbox.fault(nth=nth, point=point), then)
        project.settle_server()
        if not held:
            return None
        lost = project.lose_the_runner()
        project.read_only(("plan",))
        if again:
            text += project.kill_at(project.sandbox.fault(nth=again, point="after"))[2]
            project.settle_server()
            project.lose_the_runner()
        applies, said = project.applied()
        project.finish()
        orphans = project.expect_picture(start.wanted, text + said)
        expect(orphans <= (2 if again else 1) and (then == "drop" or orphans == 0), f"{orphans} orphans\n{said}")
        if place.locks_expire:
            expect(lost == ("Took over the lock of" in text + said), f"held: {lost}\n{text}{said}")
        return {f"after {applies} applies": 1, "orphans told": orphans, "locks left by the killed": int(lost)}


def cases(build, options, place=OverHttp, random_estates=20):
    """Name and call of every kill, of so many random estates in the night."""
    if options.seed is not None:
        chosen = [(estates.at_random(options.seed), 1)]
    else:
        # The second number: every how many kill points is one taken in the suite.
        chosen = [(estates.everything(), 3), (estates.from_nothing(), 6), (estates.without_a_listing(), 8),
                  (estates.everything(8), 12)]
        if options.long:
            chosen += [(estates.at_random(seed), 1) for seed in range(1, random_estates + 1)]
    for estate, every in chosen:
        start = Start(build, estate)
        for position, (nth, point, then) in enumerate(kill_points(start)):
            if not options.long and position % every:
                continue
            again = 1 + position % 11 if position % (4 * every) == 0 else 0
            yield (f"{estate.name}, request {nth} {' '.join(start.requests[nth - 1])} {point} {then}"
                   + (f", then request {again}" if again else ""),
                   lambda start=start, nth=nth, point=point, then=then, again=again:
                   kill_once(start, nth, point, then, again, place))


if __name__ == "__main__":
    sys.exit(Campaign(__doc__).run(cases))
