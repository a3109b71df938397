#!/usr/bin/python3
"""How long rosters take that mean to take long: each shape of tests/security/hostile_rosters.py with 64 MiB, and as large as
the limit for separators lets it be. Prints the time of the processors and the highest memory of `rollcall validate`, and
that time in bare scans by yaml-cpp of the largest ordinary roster, which is what one machine has in common with another.
All processors are used, for the scans, too: what runs beside each other slows each other down."""

import argparse
import concurrent.futures
import multiprocessing
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "security"))

from hostile_rosters import SHAPES, numbered, one_file, until  # noqa: E402

MIB = 1 << 20
LARGEST = 64 * MIB - 4096
MOST_SEPARATORS = 3_990_000
SCANS = 4


def ordinary(size):
    return one_file("version: 1\nusers:\n" + until(size, numbered("  user{}@example.com: {{name: User}}\n")))


def separators(files):
    return sum(len(re.findall(r"[\n,:[{]", text)) for text in files.values())


def size_below_the_limit(shape):
    """The bytes at which a shape has nearly as many separators as a roster can have."""
    sample = MIB
    return min(LARGEST, sample * MOST_SEPARATORS // max(separators(shape(sample)), 1))


def write(shape, size, folder):
    files = shape(size)
    while sum(map(len, files.values())) > LARGEST + 4096:
        size = size * 3 // 4
        files = shape(size)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def measure(shape, size, *command):
    """Seconds of the processors, peak memory in MiB, exit code and output of a command with the folder of a roster behind it,
    and the MiB of the roster."""
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as told:
        # A process of its own: the system counts the memory of the one that starts a program as the program's.
        writer = multiprocessing.Process(target=write, args=(shape, size, pathlib.Path(name)))
        writer.start()
        writer.join()
        files = list(pathlib.Path(name).iterdir())
        if writer.exitcode != 0 or not files:
            sys.exit(f"No roster of {size} bytes could be written.")
        child = subprocess.Popen([*command, files[0] if len(files) == 1 else name], stdout=told, stderr=told)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        return (usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024, child.returncode, told.read().decode("utf-8"),
                sum(file.stat().st_size for file in files) / MIB)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the folder of the built programs")
    parser.add_argument("--max-ratio", type=float, help="fail where a roster takes longer than so many scans")
    parser.add_argument("shapes", nargs="*", help="only these shapes")
    options = parser.parse_args()
    build = options.build.resolve()
    rosters = [(name, size) for name in options.shapes or SHAPES
               for size in sorted({size_below_the_limit(SHAPES[name]), LARGEST})]

    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        size = size_below_the_limit(ordinary)
        running = [pool.submit(measure, ordinary, size, build / "bench_yaml_scan") for _ in range(SCANS)]
        scans = [run.result() for run in running]
        if any(code != 0 for _, _, code, _, _ in scans):
            sys.exit("The scan of an ordinary roster failed.")
        scan = statistics.median(seconds for seconds, *_ in scans)
        print(f"A bare scan of an ordinary roster of {scans[0][4]:.1f} MiB: {scan:.2f} seconds")

        wrong = []
        print(f"{'shape':<26} {'MiB':>5} {'seconds':>8} {'scans':>6} {'peak':>8}  exit  rule")
        running = [(name, pool.submit(measure, SHAPES[name], size, build / "rollcall", "validate")) for name, size in rosters]
        for name, run in running:
            seconds, peak, code, told, size = run.result()
            rule = re.search(r"\[(R[0-9]{3})\]", told)
            print(f"{name:<26} {size:>5.1f} {seconds:>8.2f} {seconds / scan:>6.2f} {peak:>4} MiB  {code:>4}  "
                  f"{rule[1] if rule else '-'}", flush=True)
            if code not in (0, 1):
                wrong.append(f"{name} ended with {code}")
            if options.max_ratio is not None and seconds / scan > options.max_ratio:
                wrong.append(f"{name} takes {seconds / scan:.2f} scans, and may take {options.max_ratio:g}")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
