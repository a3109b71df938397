#!/usr/bin/python3
"""What a user at a terminal sees: the prompt, the live line, colours."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from command_line import BUILD, CommandLineTest, ROSTER, main


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


if __name__ == "__main__":
    main()
