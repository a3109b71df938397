"""Whether a sanitizer makes everything ten times as slow, and what a test then leaves to the other builds."""

import os

SANITIZED = "ROLLCALL_SANITIZED" in os.environ


def some_of(cases, one_in):
    """All of the cases; one in so many under a sanitizer: which, the commit chooses, as it does for the campaigns."""
    cases = list(cases)
    if not SANITIZED:
        return cases
    number, _, _ = os.environ.get("ROLLCALL_CAMPAIGN_SHARD", "1/1").partition("/")
    return cases[int(number) % min(one_in, len(cases))::one_in]
