"""Whether a sanitizer makes everything ten times as slow, and what a test then leaves to the other builds."""

import os
import unittest

SANITIZED = "ROLLCALL_SANITIZED" in os.environ


def some_of(cases, one_in):
    """All of the cases; one in so many under a sanitizer: which, the commit chooses, as it does for the campaigns."""
    cases = list(cases)
    if not SANITIZED:
        return cases
    number, _, _ = os.environ.get("ROLLCALL_CAMPAIGN_SHARD", "1/1").partition("/")
    return cases[int(number) % min(one_in, len(cases))::one_in]


def some_tests(one_in):
    """For a class of tests that are alike: skips those that some_of() does not choose."""
    def choose(case):
        names = unittest.defaultTestLoader.getTestCaseNames(case)
        for name in set(names) - set(some_of(names, one_in)):
            setattr(case, name, unittest.skip("another commit's, or another build's")(getattr(case, name)))
        return case
    return choose
