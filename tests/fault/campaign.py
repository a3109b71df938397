"""Runs many cases, counts what became of them, and shows each one that went wrong with its name."""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import threading
import time
import traceback

from project import Wrong


def shortened(text, most=3000):
    return text if len(text) <= most else text[:most // 2] + "\n[…]\n" + text[-most // 2:]


def shard_of(text):
    """I/N as two numbers."""
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise argparse.ArgumentTypeError(f"{text} is no I/N with I from 1 to N")
    return int(match[1]), int(match[2])


def of_seeds(suite, long, call):
    """The cases of a campaign that are one of each seed: `call(build, seed)`, for so many in the suite, for so many
    with --long."""
    def cases(build, options):
        seeds = [options.seed] if options.seed is not None else range(1, (long if options.long else suite) + 1)
        for seed in seeds:
            yield f"seed {seed}", lambda seed=seed: call(build, seed)
    return cases


class Campaign:
    """`cases(build, options)` gives names and calls; a call returns counts by name, or nothing where it does not
    count."""

    def __init__(self, description):
        self.lock = threading.Lock()
        self.done = 0
        self.not_reached = 0
        self.counts = collections.Counter()
        self.wrong = 0
        parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("build", type=pathlib.Path)
        parser.add_argument("--long", action="store_true", default=os.environ.get("ROLLCALL_CAMPAIGN_LONG") == "1",
                            help="thousands of cases (ROLLCALL_CAMPAIGN_LONG=1)")
        parser.add_argument("--seed", type=int, help="only the random estate of this seed")
        parser.add_argument("--shard", type=shard_of, default=os.environ.get("ROLLCALL_CAMPAIGN_SHARD", "1/1"),
                            metavar="I/N", help="the cases I, I + N, I + 2N and so on (ROLLCALL_CAMPAIGN_SHARD)")
        parser.add_argument("--jobs", type=int, default=2)
        parser.add_argument("--least", type=int, default=1,
                            help="fail where the whole campaign would carry out fewer cases than this, and a shard its "
                            "part of them")
        parser.add_argument("--only", default="", help="only cases whose name contains this")
        self.options = parser.parse_args()

    def run(self, cases):
        """The exit code."""
        began = time.monotonic()
        shard, shards = self.options.shard
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            for number, (name, call) in enumerate(cases(self.options.build.resolve(), self.options)):
                if number % shards == shard - 1 and self.options.only in name:
                    pool.submit(self.take, name, call)
        counts = "".join(f", {many} {what}" for what, many in sorted(self.counts.items()))
        print(f"shard {shard}/{shards}: {self.done} right{counts}, {self.not_reached} did not come to their point, "
              f"{self.wrong} wrong, in {time.monotonic() - began:.0f} s")
        # Rounded down: not each shard of a campaign of a few cases has one.
        least = self.options.least // shards
        if self.done < least:
            print(f"At least {least} had to be carried out.")
        return 1 if self.wrong or self.done < least else 0

    def take(self, name, call):
        try:
            counts = call()
        except Exception as error:  # pylint: disable=broad-except
            text = str(error) if isinstance(error, Wrong) else traceback.format_exc()
            with self.lock:
                self.wrong += 1
                print(f"WRONG {name}: {shortened(text)}", flush=True)
            return
        with self.lock:
            if counts is None:
                self.not_reached += 1
                return
            self.done += 1
            self.counts.update(counts)
