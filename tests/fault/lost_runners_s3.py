#!/usr/bin/python3
"""SIGKILL at every request of an apply over a state in a bucket, on a runner that is gone with its journal: another runner
must wait until the lock has expired, and end it right.
"""

import sys

import lost_runners
from campaign import Campaign
from s3_server import S3Server


class OverS3:
    """A state in a bucket, whose locks expire after two seconds."""

    locks_expire = True
    environment = {"AWS_ACCESS_KEY_ID": "AKIAANA", "AWS_SECRET_ACCESS_KEY": "the/secret+key/of+ana"}

    def __init__(self):
        self.states = S3Server({"AKIAANA": {"secret": "the/secret+key/of+ana"}})
        self.url = self.states.url(lease=2)

    def put(self, data):
        self.states.put("rollcall.state.json", data)

    def get(self):
        found = self.states.objects.get("rollcall.state.json")
        return found[0] if found else None


def cases(build, options):
    every = lost_runners.cases(build, options, OverS3, random_estates=1)
    # Each waits for the end of a lease: some of them are still more than a hundred.
    return (case for place, case in enumerate(every) if (place % 4 == 0 if options.long else place % 3))


if __name__ == "__main__":
    sys.exit(Campaign(__doc__).run(cases))
