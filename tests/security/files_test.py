#!/usr/bin/python3
"""Files beside the state, and files that are none, are left as they are, and nothing waits for them."""

import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from command_line import CommandLineTest, ROSTER, TOKEN, main  # noqa: E402

APPLY = ("apply", "--auto-approve")


class Files(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server()

    def contents(self):
        return {str(path.relative_to(self.folder)): path.read_bytes()
                for path in self.folder.rglob("*") if path.is_file()}

    def requests(self):
        return self.sandbox.control("GET", "counters")["by_endpoint"]

    def check_refused(self, words, *arguments, code=1):
        """Nothing is sent, and every file is as it was."""
        before, sent = self.contents(), self.requests()
        done = self.rollcall(*(arguments or APPLY), code=code)
        self.assertIn(words, done.stderr)
        self.assertEqual(self.contents(), before)
        self.assertEqual(self.requests(), sent)

    def test_a_foreign_lock_file(self):
        self.write("Cargo.lock", "[[package]]\nname = \"x\"\n")
        self.check_refused("Cargo.lock is not a file of Rollcall's", *APPLY, "--state", "Cargo")

    def test_a_foreign_file_as_the_state(self):
        self.write("notes", "root:x:0:0\n")
        self.check_refused("notes is not a file of Rollcall's", *APPLY, "--state", "notes")
        self.assertNotIn("notes.lock", self.contents())

    def test_a_device_as_the_state(self):
        self.check_refused("/dev/null is not a regular file", *APPLY, "--state", "/dev/null")
        self.assertFalse(os.path.exists("/dev/null.lock"))

    def test_foreign_neighbours(self):
        self.apply()
        self.write("roster.yaml", ROSTER.replace("VIP desk", "VIP"))
        for ending in ("tmp", "bak", "bak.tmp"):
            with self.subTest(ending):
                neighbour = self.folder / f"rollcall.state.json.{ending}"
                kept = neighbour.read_bytes() if neighbour.exists() else None
                neighbour.write_text("my thesis")
                self.check_refused(f"{neighbour.name} is not a file of Rollcall's")
                self.assertEqual(neighbour.read_text(), "my thesis")
                neighbour.unlink()
                if kept is not None:
                    neighbour.write_bytes(kept)
                self.apply()
                self.write("roster.yaml", ROSTER.replace("VIP desk", f"VIP {ending}"))

    def test_a_hard_link(self):
        self.apply()
        os.link(self.folder / "rollcall.state.json", self.folder / "elsewhere")
        self.check_refused("has a second name (a hard link)")

    def test_a_state_and_a_lock_of_another_user(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give a file away")
        self.apply()
        for name in ("rollcall.state.json", "rollcall.state.json.lock"):
            with self.subTest(name):
                os.chown(self.folder / name, 12345, -1)
                self.check_refused(f"{name} belongs to another user (uid 12345)")
                os.chown(self.folder / name, 0, -1)
        self.apply()

    def test_pipes_and_devices_as_input(self):
        os.mkfifo(self.folder / "pipe.yaml")
        for path in ("pipe.yaml", "/dev/zero", "/dev/ptmx"):
            with self.subTest(path):
                self.check_refused("is not a regular file", "validate", path)

    def test_a_journal_that_is_a_pipe(self):
        self.apply()
        os.mkfifo(self.folder / "rollcall.state.json.0123456789abcdef0123456789abcdef.journal")
        done = self.rollcall("plan", code=1)
        self.assertIn("is not a regular file", done.stderr)

    def test_a_token_from_a_pipe(self):
        del self.environment["ROLLCALL_TOKEN"]
        self.rollcall(*APPLY, "--token-file", "/dev/stdin", answer=TOKEN + "\n")
        os.mkfifo(self.folder / "pipe", 0o600)
        waiting = self.start("drift", "--token-file", "pipe")
        self.assertIsNone(waiting.poll())
        # Once the reader is there the pipe opens for writing at once.
        with open(self.folder / "pipe", "w", encoding="utf-8"):
            waiting.send_signal(signal.SIGTERM)
            out, err = waiting.communicate(timeout=60)
        self.assertEqual(waiting.returncode, 143, out + err)


class Environment(CommandLineTest):
    def test_the_keys_of_a_connection_are_written_nowhere(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        log = self.folder / "keys"
        done = self.rollcall("apply", "--auto-approve", "--token-command", f"printf %s \"$SSLKEYLOGFILE\" > seen; echo {TOKEN}",
                             environment={"SSLKEYLOGFILE": str(log)})
        self.assertIn("Applied", done.stdout)
        self.assertEqual(self.read("seen"), "")
        self.assertFalse(log.exists())


if __name__ == "__main__":
    main()
