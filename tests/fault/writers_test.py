#!/usr/bin/python3
"""Two that write, children that live on, and readers while a run goes on."""

import os
import signal
import threading

from fault_case import APPLY, FaultCase, LONG, ROOT, STATE, main, users
from project import TOKEN
from sanitized import SANITIZED

ROUNDS = 500 if LONG else 16 if SANITIZED else 50


class Writers(FaultCase):
    def setUp(self):
        self.start = self.start_of(users(6))
        self.one = self.project(self.start, "--latency", "1ms")

    def rosters(self, round_):
        """Two rosters, the same one in every other round."""
        estate = self.start.estate
        texts = []
        for who in (0, 1):
            roster = {**estate.after, "accounts": dict(estate.after["accounts"]), "grants": dict(estate.after["grants"])}
            key = f"desk-{round_}" if round_ % 2 else f"desk-{round_}-{who}"
            roster["accounts"][key] = {"name": key, "locale": "de"}
            roster["grants"][key, ROOT] = "administrator"
            texts.append(estate.text(roster))
        return texts

    def test_of_two_at_once_one_is_told_who_holds_the_lock(self):
        one = self.one
        met = 0
        for round_ in range(ROUNDS):
            names = []
            for who, text in enumerate(self.rosters(round_)):
                (one.folder / f"{who}.yaml").write_text(text)
                names.append(f"{who}.yaml")
            processes = [one.start(*APPLY, "--roster", name) for name in names]
            texts = [process.communicate(timeout=60)[0] for process in processes]
            codes = [process.returncode for process in processes]
            self.assertIn(codes, ([0, 0], [0, 1], [1, 0]), texts)
            if 1 in codes:
                met += 1
                loser = codes.index(1)
                self.assertIn(f"process {processes[1 - loser].pid}", texts[loser])
                self.assertIn("apply", texts[loser])
                self.assertIn("hint:", texts[loser])
                one.rollcall("plan", "--detailed-exitcode", "--roster", names[1 - loser])
            one.rollcall(*APPLY, "--roster", names[0])
        accounts = self.names(one)
        self.assertEqual(len(accounts), len(set(accounts)), "none twice")
        self.assertGreater(met, 0)
        one.write((one.folder / "0.yaml").read_text())
        for name in ("0.yaml", "1.yaml"):
            (one.folder / name).unlink()
        one.finish()

    def test_those_who_wait_come_one_after_the_other(self):
        one = self.one
        texts = self.rosters(1)
        one.write(texts[0])
        processes = [one.start(*APPLY, "--lock-timeout", "60s") for _ in range(6)]
        said = [process.communicate(timeout=90)[0] for process in processes]
        self.assertEqual([process.returncode for process in processes], [0] * 6, said)
        self.assertEqual(sum("No changes." in text for text in said), 5)
        one.finish()
        self.assertEqual(self.names(one), ["Headquarters", "desk-1"])

    def test_a_child_inherits_no_lock(self):
        one = self.one
        del one.environment["ROLLCALL_TOKEN"]
        command = f"sleep 300 > /dev/null 2>&1 < /dev/null & echo $! >> children; echo {TOKEN[:7]}''{TOKEN[7:]}"
        fault = one.sandbox.fault(nth=4, point="after")
        process = one.start(*APPLY, "--token-command", command)
        try:
            self.assertEqual(one.sandbox.reached(fault), "held")
            process.kill()
            process.communicate()
            one.sandbox.release(fault)
            one.settle_server()
            for _ in range(2):
                one.rollcall(*APPLY, "--token-command", command)
            children = [int(pid) for pid in (one.folder / "children").read_text().split()]
            self.assertEqual(len(children), 3)
            for child in children:
                os.kill(child, 0)
                held = [os.readlink(f"/proc/{child}/fd/{fd}") for fd in os.listdir(f"/proc/{child}/fd")]
                self.assertEqual([path for path in held if str(one.folder) in path], [])
        finally:
            for child in (one.folder / "children").read_text().split():
                os.kill(int(child), signal.SIGKILL)


class Readers(FaultCase):
    def test_readers_while_runs_go_on(self):
        start = self.start_of(users(40, "many users"))
        one = self.project(start, "--latency", "2ms")
        over = threading.Event()
        seen = []

        def read(*command):
            while not over.is_set():
                code, text = one.run(*command)
                seen.append((command[0], code, text))
        readers = [threading.Thread(target=read, args=command) for command in
                   (("plan", "--detailed-exitcode"), ("state", "list"), ("drift", "--parallelism", "1"))]
        for reader in readers:
            reader.start()
        try:
            for round_ in range(20 if LONG else 5):
                roster = dict(start.estate.after)
                if round_ % 2:
                    roster["grants"] = dict(list(roster["grants"].items())[:3])
                one.write(start.estate.text(roster))
                one.rollcall(*APPLY, "--parallelism", "1")
        finally:
            over.set()
            for reader in readers:
                reader.join()
        during = 0
        for command, code, text in seen:
            # A drift that finds what the state does not know yet says that a run goes on.
            goes_on = command == "drift" and code == 1 and "error: A run is in progress: " in text
            self.assertTrue(code in (0, 2) or goes_on, f"{command}: {code}\n{text}")
            during += "still in progress" in text
        self.assertGreater(during, 0)
        self.assertEqual({path.name for path in one.folder.iterdir()},
                         {"roster.yaml", "rollcall.yaml", STATE, STATE + ".bak", STATE + ".lock"})
        one.finish()


if __name__ == "__main__":
    main()
