#!/usr/bin/python3
"""Time and peak memory of an empty plan, beside a bare scan of the same roster by yaml-cpp in the same run.

Prints, for each size, the median time of the runs, the highest peak memory, and the ratio of the times. The time is that
of the processors, which other programs on the machine change little; neither program waits for anything. The system
counts this interpreter's own memory until the program starts, so a peak reads 15 MB or so at least.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

# accounts, users, grants
SIZES = [(10, 100, 1_000), (100, 1_000, 10_000), (1_000, 10_000, 100_000)]
EMPTY_PLAN = "No changes. The recorded state matches the roster."


def measure(command, folder):
    """Seconds of the processors, peak memory in bytes, and standard output of one run; ends this program if it fails."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ROLLCALL_")}
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, cwd=folder, env=plain, stdin=subprocess.DEVNULL, stdout=output)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode("utf-8")
    if child.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {child.returncode}:\n{text}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text


def missed_aims(size, ratio, peak, options):
    """What is above the limits of the command line, in words."""
    missed = []
    if options.max_ratio is not None and ratio > options.max_ratio:
        missed.append(f"{size}: a plan takes as long as {ratio:.2f} scans, and may take {options.max_ratio:g}")
    if options.max_peak is not None and peak > options.max_peak:
        missed.append(f"{size}: a plan takes {peak:.1f} MB, and may take {options.max_peak:g} MB")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the folder of the built programs")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--grants", type=int, help="only the size with so many grants")
    parser.add_argument("--max-ratio", type=float, help="fail where a plan takes longer than so many scans")
    parser.add_argument("--max-peak", type=float, metavar="MB", help="fail where a plan takes more memory than this")
    options = parser.parse_args()
    build = options.build.resolve()
    sizes = [size for size in SIZES if options.grants in (None, size[2])]
    if not sizes or options.runs < 1:
        parser.error("there is nothing to measure: --grants is 1000, 10000 or 100000, --runs at least 1")

    missed = []
    row = "{:>9} {:>9} {:>9}  {:>10} {:>10} {:>7}  {:>10} {:>10}"
    print(row.format("accounts", "users", "grants", "plan", "scan", "ratio", "plan peak", "scan peak"))
    for accounts, users, grants in sizes:
        with tempfile.TemporaryDirectory() as folder:
            size = [str(number) for number in (accounts, users, grants, options.seed)]
            measure([build / "bench_generate", folder, *size], folder)
            plans, scans = [], []
            for _ in range(options.runs):
                plans.append(measure([build / "rollcall", "plan", "--server", "http://127.0.0.1:9"], folder))
                scans.append(measure([build / "bench_yaml_scan", "roster.yaml"], folder))
        if plans[0][2].splitlines()[-1:] != [EMPTY_PLAN]:
            sys.exit(f"The plan is not empty:\n{plans[0][2][-2000:]}")
        plan, scan = (statistics.median(run[0] for run in runs) for runs in (plans, scans))
        peaks = [max(run[1] for run in runs) / 1e6 for runs in (plans, scans)]
        print(
            row.format(
                f"{accounts:,}", f"{users:,}", f"{grants:,}", f"{plan * 1e3:.1f} ms", f"{scan * 1e3:.1f} ms",
                f"{plan / scan:.2f}", f"{peaks[0]:.1f} MB", f"{peaks[1]:.1f} MB",
            ),
            flush=True,
        )
        missed += missed_aims(f"{grants:,} grants", plan / scan, peaks[0], options)
    if missed:
        sys.exit("\n".join(missed))


if __name__ == "__main__":
    main()
