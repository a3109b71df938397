#!/usr/bin/python3
"""SIGKILL at every request of an apply to the server of its state, before and after its effect, on a runner that is gone
with its journal: another runner must end it right.
"""

import sys

import estates
from campaign import Campaign
from lost_runners import OverHttp, shared
from lost_runners_postgres import OverHeldPostgres, start_server
from lost_runners_s3 import OverS3
from project import APPLY, Start, expect


def kill_at(project, nth, when, then):
    """Whether an apply came to its nth request to the server of the state, and was killed at it; what it said."""
    project.states.hold(when, nth)
    process = project.start(*APPLY)
    while not project.states.reached.wait(0.05) and process.poll() is None:
        pass
    held = process.poll() is None
    if held:
        process.kill()
        process.wait(30)
        project.states.release(then)
    text, _ = process.communicate()
    project.states.faults.clear()
    return held, text


def kill_once(start, nth, when, then, place):
    with shared(start, place) as project:
        held, text = kill_at(project, nth, when, then)
        project.settle_server()
        if not held:
            return None
        lost = project.lose_the_runner()
        project.read_only(("plan",))
        applies, said = project.applied()
        project.finish()
        # No request to Chatwoot was under way, so none of them is in doubt.
        orphans = project.expect_picture(start.wanted, text + said)
        expect(orphans == 0, f"{orphans} orphans\n{said}")
        return {f"after {applies} applies": 1, "locks removed": int(lost)}


def cases(build, options):
    start_server()
    # More requests than an apply sends; those beyond are reached by none.
    for place, estate, most in ((OverHttp, estates.everything(), 10), (OverHttp, estates.from_nothing(), 10),
                                (OverHttp, estates.everything(8), 10), (OverS3, estates.everything(), 16),
                                (OverHeldPostgres, estates.everything(), 8)):
        start = Start(build, estate)
        for nth in range(1, most + 1):
            for when, then in (("before", "drop"), ("before", "continue"), ("after", "drop")):
                yield (f"{estate.name} {place.__name__}, request {nth}, {when} {then}",
                       lambda start=start, nth=nth, when=when, then=then, place=place:
                       kill_once(start, nth, when, then, place))


if __name__ == "__main__":
    sys.exit(Campaign(__doc__).run(cases))
