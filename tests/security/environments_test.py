#!/usr/bin/python3
"""Environments that somebody else has made: an apply does the same in each, shows the token nowhere, and writes its files
where they belong and for this user alone. Or it is refused with words."""

import os
import pathlib
import stat
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from command_line import BUILD, ROSTER, TOKEN, main  # noqa: E402
from hostile import HostileTest  # noqa: E402

NOBODY = "http://127.0.0.1:1"
# What changes nothing: name, variables (None: unset).
HARMLESS = [
    ("a proxy for http", {"http_proxy": NOBODY, "HTTP_PROXY": NOBODY}),
    ("a proxy for all", {"all_proxy": "socks5://127.0.0.1:1", "ALL_PROXY": "socks5://127.0.0.1:1"}),
    ("a proxy that is none", {"https_proxy": "::::", "no_proxy": "%%%"}),
    ("a log of the keys", {"SSLKEYLOGFILE": "keys"}),
    ("certificates that are none", {"SSL_CERT_FILE": "/dev/zero", "SSL_CERT_DIR": "/nowhere"}),
    ("a configuration of OpenSSL", {"OPENSSL_CONF": "openssl.cnf", "OPENSSL_MODULES": ".", "OPENSSL_ENGINES": "."}),
    ("a configuration of curl", {"CURL_HOME": "home", "XDG_CONFIG_HOME": "home"}),
    ("passwords in .netrc", {"HOME": "home", "NETRC": "home/.netrc"}),
    ("no home", {"HOME": None, "USER": None, "LOGNAME": None}),
    ("a home that is a file", {"HOME": "/dev/null"}),
    ("a language that is none", {"LANG": "xx_XX.nonsense", "LC_ALL": "\u202e", "LANGUAGE": "%s%n"}),
    ("a language of commas", {"LC_ALL": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8"}),
    ("a terminal that is none", {"TERM": "\x1b[31m", "COLORTERM": "%n"}),
    ("no terminal", {"TERM": None}),
    ("no colours", {"NO_COLOR": "", "CLICOLOR_FORCE": "1"}),
    ("a width that is none", {"COLUMNS": "-1", "LINES": "x"}),
    ("a huge width", {"COLUMNS": "99999999999999999999"}),
    ("a folder for temporary files that is none", {"TMPDIR": "/nowhere", "TMP": "/dev/null"}),
    ("a time zone that is none", {"TZ": ":/dev/zero"}),
    ("a time zone far away", {"TZ": "FAR-167:59"}),
    ("nothing to find programs in", {"PATH": ""}),
    ("a shell that is none", {"SHELL": "/nowhere", "IFS": "/", "BASH_ENV": "owned", "ENV": "owned"}),
    ("empty variables", {"ROLLCALL_STATE": "", "ROLLCALL_ROSTER": "", "ROLLCALL_PARALLELISM": ""}),
    ("variables that nobody reads", {"ROLLCALL_DEBUG": "1", "ROLLCALL_TOKEN_FILE": "/etc/shadow", "ROLLCALL_": "x"}),
    ("a pipeline", {"CI": "true", "GITHUB_ACTIONS": "true", "GITLAB_CI": "\x1b[2J"}),
]

# What is refused: name, variables, words.
REFUSED = [
    ("a token of two lines", {"ROLLCALL_TOKEN": f"{TOKEN}\r\nX-A: b"}, "ROLLCALL_TOKEN"),
    ("no token", {"ROLLCALL_TOKEN": ""}, "ROLLCALL_TOKEN"),
    ("a server that is a file", {"ROLLCALL_SERVER": "file:///etc/passwd"}, "error: "),
    ("a server with a password", {"ROLLCALL_SERVER": f"http://a:{TOKEN}@127.0.0.1"}, "error: "),
    ("a server of controls", {"ROLLCALL_SERVER": "http://\x1b[31m/"}, "error: "),
    ("a parallelism that is none", {"ROLLCALL_PARALLELISM": "1e9"}, "ROLLCALL_PARALLELISM"),
    ("a roster that is a device", {"ROLLCALL_ROSTER": "/dev/zero"}, "is not a regular file"),
    ("a state that is a device", {"ROLLCALL_STATE": "/dev/full"}, "is not a regular file"),
]


class Environments(HostileTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.write("home/.curlrc", f"proxy = {NOBODY}\ninsecure\ntrace = trace\n")
        self.write("home/.netrc", "default login eve password eve\n")
        self.write("openssl.cnf", "nonsense = [\n")
        self.server()
        self.made = set(self.contents()) | {"rollcall.state.json", "rollcall.state.json.lock"}

    def begin_anew(self):
        self.sandbox.control("POST", "reset", {})
        for path in self.folder.glob("rollcall.state.json*"):
            path.unlink()

    def run_in(self, variables, **options):
        environment = {**self.environment, **{name: value for name, value in variables.items() if value is not None}}
        for name, value in variables.items():
            if value is None:
                environment.pop(name, None)
        return subprocess.run([BUILD / "rollcall", "apply", "--auto-approve"], cwd=self.folder, env=environment,
                              capture_output=True, stdin=subprocess.DEVNULL, encoding="utf-8", timeout=60, check=False,
                              **options)

    def check_files(self):
        self.assertLessEqual(set(self.contents()), self.made)
        self.assert_no_token_in_files()
        mode = stat.S_IMODE((self.folder / "rollcall.state.json").stat().st_mode)
        self.assertEqual(mode, 0o600)

    def test_what_changes_nothing(self):
        for name, variables in HARMLESS:
            with self.subTest(name):
                self.begin_anew()
                done = self.run_in(variables)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assert_no_secret(done.stdout + done.stderr)
                self.assert_harmless(done)
                self.assertEqual(len(self.access()), 4)
                self.check_files()

    def test_what_is_refused(self):
        before = self.contents()
        for name, variables, words in REFUSED:
            with self.subTest(name):
                done = self.run_in(variables)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn(words, done.stderr)
                self.assert_no_secret(done.stdout + done.stderr)
                self.assert_harmless(done)
                self.assertEqual(self.contents(), before)

    def test_creation_masks(self):
        for mask in (0o000, 0o777):
            with self.subTest(oct(mask)):
                self.begin_anew()
                done = self.run_in({}, umask=mask)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.check_files()

    def test_streams_that_are_closed(self):
        """No file of the run takes the number of a stream, so that what is printed ends up in the state."""
        for closed in ((0,), (1,), (2,), (0, 1, 2)):
            with self.subTest(closed):
                self.begin_anew()

                def close(numbers=closed):
                    for number in numbers:
                        os.close(number)

                done = subprocess.run([BUILD / "rollcall", "apply", "--auto-approve"], cwd=self.folder,
                                      env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL, preexec_fn=close, timeout=60, check=False)
                self.assertEqual(len(self.access()), 4)
                self.assertIn(done.returncode, (0, 1))
                self.check_files()
                self.assertEqual(set(self.state()["users"]), {"ana@example.com", "ben@example.com", "kim@example.com"})
                self.rollcall("plan")


if __name__ == "__main__":
    main()
