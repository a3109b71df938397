#!/usr/bin/python3
"""A server and a client that fail at random: apply again and again, doing what the messages say, until it is done;
then everything must be right.
"""

import json
import random
import sys

import estates
from campaign import Campaign, of_seeds
from fault_injector import FaultInjector
from project import Start, expect

MOST_RUNS = 40
REQUESTS = 25


def without_orphans(project, injector, lines):
    """Accounts that the token cannot see stay where a run stopped over them and named their marker."""
    app = project.sandbox.control("GET", "snapshot")
    for one in app["accounts"]:
        expect(one["id"] in app["apps"][0]["accounts"] or one["custom_attributes"]["rollcall"] in injector.orphans,
               f"nobody told of the account {one}")
    return [line for line in lines if json.loads(line)["id"]]


def check(project, injector, wanted):
    project.finish()
    picture = project.picture()
    if injector.orphans or injector.told_bots:
        picture["accounts"] = without_orphans(project, injector, picture["accounts"])
    for kind in ("accounts", "users", "bots", "state"):
        want, got = wanted[kind], picture[kind]
        if kind == "bots" and injector.told_bots:
            expect(set(want) <= set(got) and len(got) <= len(want) + injector.told_bots, f"bots: {want} / {got}")
            continue
        expect(want == got, f"{kind} differ, {injector.runs} runs, {injector.followed} times advice followed:\n"
               + "\n".join([f"- {line}" for line in want if line not in got]
                           + [f"+ {line}" for line in got if line not in want or got.count(line) > want.count(line)]))


def random_faults(build, seed):
    pick = random.Random(seed)
    start = Start(build, estates.at_random(seed, 4))
    try:
        with (start.project("--seed", str(pick.randint(1, 10**6))) as project,
              FaultInjector(project, pick, REQUESTS) as injector):
            injector.apply_until_done(MOST_RUNS)
            check(project, injector, start.wanted)
            return injector.counts()
    finally:
        start.close()


if __name__ == "__main__":
    sys.exit(Campaign(__doc__).run(of_seeds(200, 1500, random_faults)))
