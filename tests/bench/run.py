#!/usr/bin/python3
"""Time and peak memory of an empty plan, beside a bare scan of the same roster by yaml-cpp in the same run.

Prints, for each size, with the roster in one file and in 20, the shortest times of the runs, their ratios and the highest
peak memory: what else a machine does only ever adds to a time, so the shortest is what comes out the same again. The time
of the processors is what other programs on the machine change little; the elapsed time is what a user waits for, and
means something on an idle machine only: a plan uses two cores, the scan of the one file one. The system counts this
interpreter's own memory until the program starts, so a peak reads 15 MB or so at least.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

# accounts, users, grants
SIZES = [(10, 100, 1_000), (100, 1_000, 10_000), (1_000, 10_000, 100_000)]
FILES = (1, 20)
EMPTY_PLAN = "No changes. The recorded state matches the roster."


def measure(command, folder, stderr=None):
    """Seconds of the processors, elapsed seconds, peak memory in bytes, and standard output of one run; ends this program
    if it fails."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ROLLCALL_")}
    with tempfile.TemporaryFile() as output:
        begin = time.monotonic()
        child = subprocess.Popen(command, cwd=folder, env=plain, stdin=subprocess.DEVNULL, stdout=output, stderr=stderr)
        _, status, usage = os.wait4(child.pid, 0)
        elapsed = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode("utf-8")
    if child.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {child.returncode}:\n{text}")
    return usage.ru_utime + usage.ru_stime, elapsed, usage.ru_maxrss * 1024, text


def split_roster(folder, count):
    """The roster of one file as `count` files of the same size, in a folder of its own; its path."""
    sections, blocks = {}, None
    for line in (folder / "roster.yaml").read_text(encoding="utf-8").splitlines(keepends=True)[1:]:
        if not line[0].isspace():
            blocks = sections.setdefault(line, [])
        elif line.startswith(("  - ", "  a", "  u")):
            blocks.append(line)
        elif line.strip():
            blocks[-1] += line
    parts = folder / "parts"
    parts.mkdir()
    for part in range(count):
        text = "version: 1\n"
        for name, blocks in sections.items():
            share = blocks[part * len(blocks) // count:(part + 1) * len(blocks) // count]
            text += name + "".join(share) if share else ""
        (parts / f"{part:02}.yaml").write_text(text, encoding="utf-8")
    return parts


def shortest(runs, column):
    return min(run[column] for run in runs)


def missed_aims(measured, options):
    """What is above the limits of the command line, in words."""
    elapsed = options.max_elapsed if measured["files"] == 1 else options.max_elapsed_in_files
    limits = (("ratio", options.max_ratio, "scans of processor time"), ("elapsed", elapsed, "scans of elapsed time"),
              ("peak", options.max_peak, "MB"))
    return [f"{measured['grants']:,} grants, files: {measured['files']}: a plan takes {measured[name]:.2f} {unit}, and may "
            f"take {limit:g}" for name, limit, unit in limits if limit is not None and measured[name] > limit]


def measure_size(build, size, options):
    """A row for each number of files."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        measure([build / "bench_generate", folder, *(str(number) for number in (*size, options.seed))], folder)
        rosters = {1: folder / "roster.yaml", 20: split_roster(folder, 20)}
        for files in FILES:
            plans, scans = [], []
            for _ in range(options.runs):
                plans.append(measure([build / "rollcall", "plan", "--roster", rosters[files],
                                      "--server", "http://127.0.0.1:9"], folder))
                scans.append(measure([build / "bench_yaml_scan", "roster.yaml"], folder))
            if plans[0][3].splitlines()[-1:] != [EMPTY_PLAN]:
                sys.exit(f"The plan is not empty:\n{plans[0][3][-2000:]}")
            yield {"accounts": size[0], "users": size[1], "grants": size[2], "files": files,
                   "plan": shortest(plans, 1), "scan": shortest(scans, 1),
                   "ratio": shortest(plans, 0) / shortest(scans, 0),
                   "elapsed": shortest(plans, 1) / shortest(scans, 1),
                   "peak": max(run[2] for run in plans) / 1e6}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the folder of the built programs")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--grants", type=int, help="only the size with so many grants")
    parser.add_argument("--max-ratio", type=float, help="fail where a plan takes more processor time than so many scans")
    parser.add_argument("--max-elapsed", type=float, help="the same for elapsed time, with the roster in one file")
    parser.add_argument("--max-elapsed-in-files", type=float, help="the same with the roster in 20 files")
    parser.add_argument("--max-peak", type=float, metavar="MB", help="fail where a plan takes more memory than this")
    options = parser.parse_args()
    sizes = [size for size in SIZES if options.grants in (None, size[2])]
    if not sizes or options.runs < 1:
        parser.error("there is nothing to measure: --grants is 1000, 10000 or 100000, --runs at least 1")

    missed = []
    print(f"{'accounts':>9} {'users':>9} {'grants':>9} {'files':>5}  {'plan':>9} {'scan':>9} {'elapsed':>8} {'ratio':>6}  "
          f"{'peak':>9}")
    for size in sizes:
        for row in measure_size(options.build.resolve(), size, options):
            print(f"{row['accounts']:>9,} {row['users']:>9,} {row['grants']:>9,} {row['files']:>5}  {row['plan'] * 1e3:>6.1f} ms "
                  f"{row['scan'] * 1e3:>6.1f} ms {row['elapsed']:>8.2f} {row['ratio']:>6.2f}  {row['peak']:>6.1f} MB", flush=True)
            missed += missed_aims(row, options)
    if missed:
        sys.exit("\n".join(missed))


if __name__ == "__main__":
    main()
