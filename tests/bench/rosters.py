#!/usr/bin/python3
"""How long rosters take that mean to take long: each shape of tests/security/hostile_rosters.py with 64 MiB, and as large as
the limit for separators lets it be. Prints the time of the processors and the highest memory of `rollcall validate`."""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "security"))

from hostile_rosters import SHAPES  # noqa: E402

MIB = 1 << 20
LARGEST = 64 * MIB - 4096
MOST_SEPARATORS = 3_990_000


def separators(files):
    return sum(len(re.findall(r"[\n,:[{]", text)) for text in files.values())


def size_below_the_limit(shape):
    """The bytes at which a shape has nearly as many separators as a roster can have."""
    sample = MIB
    return min(LARGEST, sample * MOST_SEPARATORS // max(separators(shape(sample)), 1))


def measure(program, files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (pathlib.Path(folder) / name).write_text(text, encoding="utf-8")
        with tempfile.TemporaryFile() as told:
            child = subprocess.Popen([program, "validate", folder], stdout=told, stderr=told)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            told.seek(0)
            rules = re.findall(r"\[(R[0-9]{3})\]", told.read().decode("utf-8"))
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024, child.returncode, rules[0] if rules else "-"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the folder of the built programs")
    parser.add_argument("--max-seconds", type=float, default=10, help="fail where a roster takes longer")
    parser.add_argument("shapes", nargs="*", help="only these shapes")
    options = parser.parse_args()
    program = options.build.resolve() / "rollcall"
    slow = []
    print(f"{'shape':<26} {'MiB':>5} {'seconds':>8} {'MB':>6}  exit  rule")
    for name in options.shapes or SHAPES:
        for size in sorted({size_below_the_limit(SHAPES[name]), LARGEST}):
            files = SHAPES[name](size)
            while sum(map(len, files.values())) > LARGEST + 4096:
                size = size * 3 // 4
                files = SHAPES[name](size)
            seconds, peak, code, rule = measure(program, files)
            print(f"{name:<26} {sum(map(len, files.values())) / MIB:>5.1f} {seconds:>8.2f} {peak:>6}  {code:>4}  {rule}", flush=True)
            if code not in (0, 1) or seconds > options.max_seconds:
                slow.append(name)
    if slow:
        sys.exit(f"These take too long, or do not end as they should: {', '.join(slow)}")


if __name__ == "__main__":
    main()
