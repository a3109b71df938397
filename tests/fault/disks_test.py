#!/usr/bin/python3
"""Disks that are full or read-only, and files that somebody else changed, took away or put back."""

import itertools
import resource
import shutil
import signal
import subprocess

import estates
from fault_case import APPLY, FaultCase, LONG, STATE, main, users
from sanitized import some_of

USERS = 24


def no_more_than(size):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


class FullDisk(FaultCase):
    def setUp(self):
        self.start = self.start_of(users(USERS))

    def stopped(self, one, code, text):
        """Whatever was sent had been announced in the journal, or is in the state; then it ends right."""
        self.assertIn(code, (0, 1), text)
        one.settle_server()
        done = len(self.writes(one))
        journals = list(one.folder.glob("*.journal"))
        if journals:
            begun = sum(b'{"begun": ' in line for line in journals[0].read_bytes().splitlines())
            self.assertLessEqual(done, begun)
        if code == 1:
            self.assertIn("hint:", text)
        one.read_only(("plan",), ("state", "list"))
        self.ends_right(one, self.start)
        # To ask for a user again is the look-up of one whose response was lost.
        self.assertLessEqual(len(self.writes(one)), len(self.start.requests) + 8)
        return done

    def test_no_file_may_grow_beyond_a_size(self):
        partly = 0
        cases = some_of(itertools.product(range(100, 9000, 100 if LONG else 450), ("1", "8")), 3)
        for size, parallelism in cases:
            with self.subTest(size=size, parallelism=parallelism):
                one = self.project(self.start)
                code, text = one.run(*APPLY, "--parallelism", parallelism, preexec_fn=no_more_than(size))
                partly += 0 < self.stopped(one, code, text) < len(self.start.requests)
                one.sandbox.stop()
        self.assertGreater(partly, len(cases) // 8)

    def on_a_disk(self, size):
        """A project on a file system of its own, or the test is skipped."""
        one = self.project(self.start)
        files = {path.name: path.read_bytes() for path in one.folder.iterdir()}
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(one.folder)], check=False,
                              capture_output=True)
        if done.returncode != 0:
            self.skipTest("a file system of one's own needs the right to mount")
        self.addCleanup(lambda: subprocess.run(["umount", str(one.folder)], check=True))
        for name, content in files.items():
            (one.folder / name).write_bytes(content)
        return one

    def test_a_disk_that_is_full(self):
        partly = 0
        for left in range(4, 29, 4):
            with self.subTest(left=left):
                one = self.on_a_disk(64)
                filler = one.folder / "filler"
                (one.folder / f"{STATE}.lock").touch()
                with filler.open("wb", buffering=0) as file:
                    file.write(bytes(shutil.disk_usage(one.folder).free - left * 1024))
                code, text = one.run(*APPLY, "--parallelism", "1")
                one.settle_server()
                done = len(self.writes(one))
                partly += 0 < done < len(self.start.requests)
                self.assertEqual(code, 1, text)
                self.assertIn("No space left", text)
                filler.unlink()
                self.ends_right(one, self.start)
        self.assertGreater(partly, 0)

    def test_a_folder_that_is_read_only_from_the_start_or_becomes_so(self):
        one = self.on_a_disk(256)
        subprocess.run(["mount", "-o", "remount,ro", str(one.folder)], check=True)
        code, text = one.run(*APPLY)
        self.assertEqual(code, 1)
        self.assertIn("Read-only file system", text)
        self.assertEqual(one.sandbox.control("GET", "counters")["requests"], 0)
        subprocess.run(["mount", "-o", "remount,rw", str(one.folder)], check=True)
        self.ends_right(one, self.start)


class Others(FaultCase):
    """Somebody else's hand in the folder."""

    def setUp(self):
        self.start = self.start_of(users(USERS))
        one = self.project(self.start)
        one.write(self.start.estate.text({**self.start.estate.after, "grants": {}}))
        one.applied()
        one.write(self.start.estate.text(self.start.estate.after))
        self.half = self.start.freeze(one)

    def test_the_state_is_changed_during_the_run(self):
        one = self.project(self.half)
        state = one.folder / STATE
        other = state.read_bytes().replace(b'"serial": ', b'"serial": 1')
        fault = one.sandbox.fault(nth=9, point="after")
        process = one.start(*APPLY)
        self.assertEqual(one.sandbox.reached(fault), "held")
        ours = state.read_bytes()
        state.write_bytes(other)
        one.sandbox.release(fault)
        text, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, text)
        self.assertEqual(state.read_bytes(), other, "it is not overwritten")
        self.assertIn("hint:", text)
        self.assertIn(self.journal(one).name, text)
        one.settle_server()
        self.refused(one, "is the journal of an interrupted run, and it does not belong to", "Restore the state")
        self.refused(one, "does not belong to", command=("plan",))
        state.write_bytes(ours)
        self.ends_right(one, self.start)

    def test_an_older_state_beside_a_newer_journal(self):
        one = self.project(self.half)
        old = (one.folder / STATE).read_bytes()
        one.write(self.start.estate.text({**self.start.estate.after, "grants": dict(
            list(self.start.estate.after["grants"].items())[:5])}))
        one.applied()
        one.write(self.start.estate.text(self.start.estate.after))
        held, _, _ = one.kill_at(one.sandbox.fault(nth=9, point="after"))
        self.assertTrue(held)
        one.settle_server()
        newer = (one.folder / STATE).read_bytes()
        (one.folder / STATE).write_bytes(old)
        self.refused(one, "an older copy of the state is here", "bak")
        self.refused(one, "an older copy", command=("state", "list"))
        self.refused(one, "an older copy", command=("refresh",))
        (one.folder / STATE).write_bytes(newer)
        self.ends_right(one, self.start)

    def test_the_state_is_gone_and_its_journal_is_there(self):
        one = self.project(self.half)
        held, _, _ = one.kill_at(one.sandbox.fault(nth=9, point="after"))
        self.assertTrue(held)
        one.settle_server()
        state = one.folder / STATE
        shutil.move(state, one.folder / "kept")
        self.refused(one, "there is no state")
        self.refused(one, "there is no state", command=("plan",))
        shutil.move(one.folder / "kept", state)
        self.ends_right(one, self.start)

    def test_a_journal_of_another_state(self):
        one = self.killed(self.half, nth=9, point="after")
        foreign = self.journal(one)
        two = self.project(self.start_of(estates.from_nothing()))
        two.applied()
        shutil.copy(foreign, two.folder / foreign.name)
        self.refused(two, "their lineages differ")
        (two.folder / foreign.name).unlink()
        two.finish()

    def test_the_journal_of_a_run_that_is_in_the_state_is_of_no_account(self):
        one = self.project(self.half)
        fault = one.sandbox.fault(nth=9, point="after")
        process = one.start(*APPLY)
        self.assertEqual(one.sandbox.reached(fault), "held")
        journal = self.journal(one)
        shutil.copy(journal, one.folder / "copy")
        one.sandbox.release(fault)
        process.communicate(timeout=60)
        shutil.move(one.folder / "copy", journal)
        self.assertNotIn("interrupted", one.rollcall("plan", "--detailed-exitcode"))
        self.ends_right(one, self.start)


if __name__ == "__main__":
    main()
