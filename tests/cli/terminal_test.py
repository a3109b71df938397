#!/usr/bin/python3
"""What a user at a terminal sees: the prompt, the live line, colours."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from command_line import BUILD, CommandLineTest, ROSTER, eventually, main


class Terminal(CommandLineTest):
    def typed(self, *arguments, answer=None, columns=80):
        """Runs rollcall under a pseudo-terminal; everything that it showed."""
        parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([BUILD / "rollcall", *arguments], cwd=self.folder, env=self.environment, stdin=child,
                                   stdout=child, stderr=child, close_fds=True)
        os.close(child)
        shown = b""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if not select.select([parent], [], [], 1)[0]:
                continue
            try:
                got = os.read(parent, 4096)
            except OSError:
                break
            if not got:
                break
            shown += got
            if answer and b"Only `yes` applies: " in shown:
                os.write(parent, answer)
                answer = None
        os.close(parent)
        self.assertEqual(process.wait(30), 0, shown)
        text = shown.decode()
        self.assert_no_secret(text)
        return text

    def test_asks_shows_a_live_line_and_leaves_a_summary(self):
        self.write("roster.yaml", ROSTER)
        self.server("--latency", "150ms")
        shown = self.typed("apply", "--parallelism", "1", answer=b"yes\n")
        lines = re.findall(r"\rApplying (\d+)/9([^\r\033]*)", shown)
        self.assertEqual(lines[0], ("0", ""), "before the server has answered anything")
        self.assertGreater(len(lines), 2, shown)
        self.assertIn("/s", "".join(rest for _, rest in lines))
        self.assertIn("left", "".join(rest for _, rest in lines))
        self.assertNotRegex(shown, r"\n\[1/9\]")
        self.assertIn("\033[", shown)
        self.assertNotIn("yes\r\n\r\n", shown)
        summary = shown[shown.rindex("Applying"):]
        self.assertIn("9 created", summary)
        self.assertIn("\r\033[K", summary)
        refreshed = self.typed("plan", "--refresh")
        self.assertIn("\rReading the server\033[K", refreshed)

    def test_the_live_line_fits_the_terminal(self):
        self.write("roster.yaml", ROSTER)
        self.server("--latency", "100ms")
        shown = self.typed("apply", "--auto-approve", "--parallelism", "1", columns=20)
        for line in re.findall(r"\r(Applying[^\r\033\n]*)", shown):
            self.assertLessEqual(len(line), 20)

    def test_no_colour_is_honoured(self):
        self.write("roster.yaml", ROSTER)
        self.environment["NO_COLOR"] = "1"
        self.assertNotIn("\033[", self.typed("plan"))
        del self.environment["NO_COLOR"]
        self.assertIn("\033[", self.typed("plan"))
        self.assertNotIn("\033[", self.typed("plan", "--color", "never"))

    def test_a_dumb_terminal_gets_neither_colours_nor_a_live_line(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        self.environment["TERM"] = "dumb"
        self.assertIn("\033[", self.typed("plan", "--color", "always"))
        shown = self.typed("apply", "--auto-approve", "--parallelism", "1")
        self.assertNotIn("\033", shown)
        self.assertNotIn("\rApplying", shown)
        self.assertIn("\n[1/9] created ", shown)


class NobodyReads(CommandLineTest):
    """A terminal that was stopped (Ctrl-S), or whose other end does not read: its buffer is full after some 15,000 bytes."""

    def setUp(self):
        super().setUp()
        self.write("roster.yaml", "version: 1\nusers:\n" + "".join(f"  p{n}@example.com: {{name: User {n}}}\n" for n in range(1000)))
        self.write("rollcall.yaml", "version: 1\nrequests_per_minute: 1000000\n")
        self.server()
        self.reader, self.terminal = pty.openpty()
        self.addCleanup(os.close, self.reader)
        self.addCleanup(os.close, self.terminal)

    def start(self, *arguments, **options):
        process = super().start(*arguments, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def read_all(self):
        while select.select([self.reader], [], [], 0)[0]:
            os.read(self.reader, 4096)

    def fill(self):
        """Leaves room for a line or two."""
        own = os.open(os.ttyname(self.terminal), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        self.addCleanup(os.close, own)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(own, b"x" * 256)
        while not self.has_room():
            os.read(self.reader, 64)

    def has_room(self):
        return bool(select.select([], [self.terminal], [], 0)[1])

    def check_interrupted(self, process):
        """By the first signal, once the terminal takes nothing more."""
        self.assertTrue(eventually(lambda: not self.has_room()))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)

    def test_progress_holds_nothing_up(self):
        for stopped in (False, True):
            with self.subTest(stopped=stopped):
                (self.folder / "rollcall.state.json").unlink(missing_ok=True)
                self.sandbox.control("POST", "reset")
                self.read_all()
                fault, process = self.hold_apply("POST", "/users$", "-v", stderr=self.terminal)
                if stopped:
                    os.write(self.reader, b"\x13")
                self.sandbox.release(fault)
                stdout, _ = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 0, stdout)
                self.assertIn("1,000 created", stdout)
                self.assertEqual(list(self.folder.glob("*.journal")), [])

    def test_a_signal_ends_the_wait_for_a_reader_of_the_result(self):
        for command in (["plan", "--refresh"], ["plan", "--refresh", "--format", "json"], ["apply", "--auto-approve"]):
            with self.subTest(command):
                process = self.start(*command, "--full", stdout=self.terminal)
                self.check_interrupted(process)
                self.read_all()
                self.assertFalse((self.folder / "rollcall.state.json").exists())

    def test_a_signal_ends_the_wait_for_a_reader_of_errors(self):
        self.write("roster.yaml", self.read("roster.yaml") + "grants:\n" + "".join(
            f"  - {{role: agent, accounts: [nobody-{n}], users: [p1@example.com]}}\n" for n in range(100)))
        self.fill()
        process = self.start("drift", stderr=self.terminal)
        self.check_interrupted(process)


if __name__ == "__main__":
    main()
