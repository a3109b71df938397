#!/usr/bin/python3
"""A campaign in shards: each case in one of them, and none of them too small to be one."""

import os
import pathlib
import subprocess
import sys
import unittest

CAMPAIGN = """
import os
import sys
from campaign import Campaign
from project import Wrong

def case(number):
    os.write(1, b"case %d\\n" % number)
    if number == WRONG:
        raise Wrong("it is wrong")
    return None if number in NOT_REACHED else {}

sys.exit(Campaign("").run(lambda build, options: ((f"case {n}", lambda n=n: case(n)) for n in range(10))))
"""


OF_SEEDS = """
import os
import sys
from campaign import Campaign, of_seeds

def case(build, seed):
    os.write(1, b"case %d\\n" % seed)
    return {}

sys.exit(Campaign("").run(of_seeds(3, 5, case)))
"""


class Script(unittest.TestCase):
    def run_script(self, script, *arguments, code=0, **environment):
        """What it printed, and which cases it took."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ROLLCALL_")}
        done = subprocess.run([sys.executable, "-c", script, ".", *arguments], check=False, env=clean | environment,
                              cwd=pathlib.Path(__file__).parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", timeout=60)
        self.assertEqual(done.returncode, code, done.stdout)
        return done.stdout, sorted(int(line[5:]) for line in done.stdout.splitlines() if line.startswith("case "))


class Seeds(Script):
    def test_a_case_of_each_seed(self):
        self.assertEqual(self.run_script(OF_SEEDS)[1], [1, 2, 3])

    def test_more_of_them_where_it_may_take_long(self):
        self.assertEqual(self.run_script(OF_SEEDS, "--long")[1], [1, 2, 3, 4, 5])
        self.assertEqual(self.run_script(OF_SEEDS, ROLLCALL_CAMPAIGN_LONG="1")[1], [1, 2, 3, 4, 5])

    def test_one_seed_by_itself(self):
        self.assertEqual(self.run_script(OF_SEEDS, "--seed", "20220")[1], [20220])

    def test_a_case_has_the_name_of_its_seed(self):
        self.assertEqual(self.run_script(OF_SEEDS, "--only", "seed 2")[1], [2])


class Shards(Script):
    def campaign(self, *arguments, shard=None, code=0, wrong=None, not_reached=()):
        script = CAMPAIGN.replace("WRONG", str(wrong)).replace("NOT_REACHED", repr(not_reached))
        return self.run_script(script, *arguments, code=code,
                               **({"ROLLCALL_CAMPAIGN_SHARD": shard} if shard else {}))

    def test_all_cases_without_a_shard(self):
        self.assertEqual(self.campaign("--least", "10")[1], list(range(10)))

    def test_each_case_is_in_one_shard(self):
        shards = [self.campaign("--least", "9", shard=f"{number}/3") for number in (1, 2, 3)]
        self.assertEqual(sorted(case for _, cases in shards for case in cases), list(range(10)))
        self.assertEqual(shards[1][1], [1, 4, 7])
        self.assertIn("shard 2/3: 3 right", shards[1][0])

    def test_the_option_wins_over_the_environment(self):
        self.assertEqual(self.campaign("--shard", "2/5", shard="1/1")[1], [1, 6])

    def test_too_few_cases_fail(self):
        self.assertIn("At least 11 had to be carried out.", self.campaign("--least", "11", code=1)[0])
        self.assertIn("At least 4 had to be carried out.", self.campaign("--least", "12", shard="2/3", code=1)[0])
        self.campaign("--least", "10", code=1, not_reached=(3,))

    def test_a_wrong_case_fails_with_its_name(self):
        self.assertIn("WRONG case 4: it is wrong", self.campaign(code=1, wrong=4)[0])

    def test_a_shard_that_there_is_not(self):
        for shard in ("0/3", "4/3", "3", "a/b"):
            self.assertIn(f"{shard} is no I/N with I from 1 to N", self.campaign(shard=shard, code=2)[0])


if __name__ == "__main__":
    # The folder of the built programs, which are not needed.
    unittest.main(argv=sys.argv[:1])
