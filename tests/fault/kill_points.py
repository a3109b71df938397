#!/usr/bin/python3
"""SIGKILL at every request of an apply, before, in the middle of and after its effect; then it must end right.
"""

import random
import sys
import threading

import estates
from campaign import Campaign
from project import APPLY, Start, expect

def points_of(method, path):
    """Where a request can be held: docs/sandbox.md has the table."""
    if method == "GET":
        return ("before",)
    if method == "PATCH":
        return ("before", "row", "after")
    if method == "DELETE":
        return ("before", "row", "after") if path.endswith("/account_users") else ("before", "after")
    if path.endswith("/accounts"):
        return ("before", "validated", "row", "features", "after")
    if path.endswith("/agent_bots"):
        return ("before", "validated", "row", "after")
    return ("before", "lookup", "validated", "row", "after")


def kill_points(start):
    """nth request, point, and what becomes of the request once its client is dead."""
    for nth, (method, path) in enumerate(start.requests, 1):
        for point in points_of(method, path):
            yield nth, point, "continue"
            # What happens at `after` is done either way; a read leaves nothing.
            if method != "GET" and point != "after":
                yield nth, point, "drop"


def readable(project):
    project.read_only(("plan",), ("state", "list"))


def kill_once(start, nth, point, then, again):
    """One kill point; `again` kills the apply after it too, at that many requests."""
    with start.project() as project:
        fault = project.sandbox.fault(nth=nth, point=point)
        held, _, text = project.kill_at(fault, then)
        project.settle_server()
        # A user who exists is not checked; with many at once the order differs from run to run.
        if not held:
            return None
        if (project.folder / "rollcall.state.json").exists():
            readable(project)
        if again:
            text += project.kill_at(project.sandbox.fault(nth=again, point="after"))[2]
            project.settle_server()
            readable(project)
        applies, said = project.applied()
        project.finish()
        orphans = project.expect_picture(start.wanted, text + said)
        # One request was lost in the middle of its work, or two.
        expect(orphans <= (2 if again else 1) and (then == "drop" or orphans == 0), f"{orphans} orphans\n{said}")
        return {f"after {applies} applies": 1, "orphans told": orphans}


def kill_in_time(start, pick):
    """A kill at any instant, between requests and while files are written."""
    with start.project("--latency", "1ms") as project:
        process = project.start(*APPLY)
        threading.Event().wait(pick.random() * 0.25)
        process.kill()
        process.communicate()
        project.settle_server()
        if (project.folder / "rollcall.state.json").exists():
            readable(project)
        applies, _ = project.applied()
        project.finish()
        project.expect_picture(start.wanted)
        return {f"after {applies} applies": 1}


def cases(build, options):
    """Name and call of every kill."""
    if options.seed is not None:
        chosen = [(estates.at_random(options.seed), 1)]
    else:
        # The second number: every how many kill points is one taken in the suite.
        chosen = [(estates.everything(), 1), (estates.from_nothing(), 4), (estates.without_a_listing(), 2),
                  (estates.everything(8), 4), (estates.from_nothing(8), 7)]
        if options.long:
            chosen += [(estates.at_random(seed), 1) for seed in range(1, 41)]
    pick = random.Random(1)
    for number, (estate, every) in enumerate(chosen):
        start = Start(build, estate)
        for place, (nth, point, then) in enumerate(kill_points(start)):
            if not options.long and place % every:
                continue
            again = pick.randint(1, 12) if place % 4 == 0 else 0
            yield (f"{estate.name}, request {nth} {' '.join(start.requests[nth - 1])} {point} {then}"
                   + (f", then request {again}" if again else ""),
                   lambda start=start, nth=nth, point=point, then=then, again=again:
                   kill_once(start, nth, point, then, again))
        for shot in range(60 if options.long else 4):
            seed = number * 1000 + shot
            yield (f"{estate.name}, instant {seed}",
                   lambda start=start, seed=seed: kill_in_time(start, random.Random(seed)))


if __name__ == "__main__":
    sys.exit(Campaign(__doc__).run(cases))
