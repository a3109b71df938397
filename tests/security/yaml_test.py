#!/usr/bin/python3
"""Hostile YAML as a roster and as a project file: each shape is refused at its place, before anything is sent or
written, and what is shown of it is harmless."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from command_line import ROSTER, TOKEN, main  # noqa: E402
from hostile import HostileTest  # noqa: E402

START = b"version: 1\n"
LAUGHS = b"x:\n  - &a [l, l, l, l, l, l, l, l, l, l]\n" + b"".join(
    b"  - &%c [%s]\n" % (98 + i, b", ".join([b"*%c" % (97 + i)] * 10)) for i in range(8))

# What is wrong in any file: name, bytes, place, words.
ANYWHERE = [
    ("nine levels of laughs", START + LAUGHS, "11:9", "aliases expand this file to more than 10 times its own size"),
    ("an alias of nothing", START + b"x: *a\n", "2:4", "refers to an anchor that is not defined above it"),
    ("an alias inside of itself", START + b"x: &a [*a]\n", "2:8", "inside the node that it refers to"),
    ("a version of YAML", b"%YAML 9.9\n---\n" + START, "1:1", "this version of YAML is not supported"),
    ("a key twice", START + b"version: 1\n", "2:1", "duplicate key `version`"),
    ("a key twice, once in quotes", START + b'"version": 1\n', "2:1", "duplicate key `version`"),
    ("UTF-16", START.decode().encode("utf-16"), "", "the file is UTF-16 or UTF-32"),
    ("UTF-16 without a mark", START.decode().encode("utf-16-le"), "", "the file is UTF-16 or UTF-32"),
    ("UTF-32", START.decode().encode("utf-32"), "", "the file is UTF-16 or UTF-32"),
    ("Latin-1", START + b"x: An\xe9\n", "2:6", "byte 0xE9 is not valid UTF-8"),
    ("half of a character", START + b"x: A\xed\xa0\x80\n", "2:5", "byte 0xED is not valid UTF-8"),
    ("an overlong form", START + b"x: A\xc0\xaf\n", "2:5", "byte 0xC0 is not valid UTF-8"),
    ("an escaped half of a character", START + b'x: "A\\uD800"\n', "2:12", "does not stand for a character"),
    ("an escape beyond Unicode", START + b'x: "A\\U00110000"\n', "2:16", "does not stand for a character"),
    ("a NUL", START + b"x: A\0\n", "2:5", "control character U+0000"),
    ("an escape character", START + b"x: \x1b]0;owned\x07\n", "2:4", "control character U+001B"),
    ("line breaks of another age", b"version: 1\rx: 1\r", "1:11", "control character U+000D"),
    ("a separator of lines", START + "x: A\u0085B\n".encode(), "2:5", "control character U+0085"),
    ("tabs", START + b"x:\n\ty: 1\n", "3:1", "a tab is used for indentation"),
    ("deep brackets", START + b"x: " + b"[" * 100_000, "2:", "nested more than 100 levels deep"),
    ("deep lists", START + b"x:\n  " + b"- " * 5000 + b"a\n", "3:201", "nested more than 100 levels deep"),
    ("a second document", START + b"---\n" + START, "2:1", "a second YAML document starts here"),
    ("a document's end", START + b"...\nx: 1\n", "3:1", "a second YAML document starts here"),
    ("a bracket without end", START + b"x: {y: [1, 2\n", "2:", "is never closed"),
    ("a quote without end", START + b'x: "A\n', "2:4", "this quote is never closed"),
    ("a key without end", START + b"k" * 100_000 + b": 1\n", "2:1", "this key is longer than 1024 bytes"),
    ("a version in quotes", b'version: "1"\n', "", "the file is of another version than 1"),
    ("another version", b"version: 2\nx: 1\n", "", "the file is of another version than 1"),
    ("no mapping", b"- version: 1\n", "", "does not start with `version: 1`"),
    ("nothing", b"# version: 1\n", "1:1", "empty or holds only comments"),
    ("keys of another direction", START + '"\u202e\u2066sresu": 1\n'.encode(), "2:1", "unknown key `\\xe2\\x80\\xae"),
    ("keys that nobody sees", START + "\u200busers: {}\n".encode(), "2:1", "unknown key `\\xe2\\x80\\x8busers`"),
    ("commands of a runner", START + b'"::add-mask::a": 1\n"##vso[task.complete]": 1\n"##[x]": 1\n', "2:1", "unknown key `::"),
]

USER = START + b"users:\n  a@example.com: "
ACCOUNT = START + b"accounts:\n  a: "
IN_A_ROSTER = [
    ("a tag of Python", USER + b'!!python/object/apply:os.system ["touch owned"]\n', "3:18", "is not supported"),
    ("a tag of one's own", USER + b"{name: !include /etc/passwd}\n", "3:25", "the tag `!include` is not supported"),
    ("bytes", USER + b"{name: !!binary QQ==}\n", "3:25", "the tag `!!binary` is not supported"),
    ("a merge of itself", USER + b"&a\n    <<: *a\n    name: A\n", "4:9", "inside the node that it refers to"),
    ("a merge of no mapping", USER + b"{<<: 7, name: A}\n", "3:23", "a merge key `<<` takes a mapping"),
    ("a user twice", USER + b"{name: A}\n  A@example.com: {name: B}\n", "4:3", "A@example.com"),
    ("a list as a key", START + b"users:\n  ? [a, b]\n  : {name: A}\n", "3:5", "a key must be a string"),
    ("an escaped control character", USER + b'{name: "A\\0"}\n', "3:25", "control character"),
    ("a scalar of 5 MB", USER + b'{name: "' + b"a" * 5_000_000 + b'"}\n', "3:25", "has 5000000 characters"),
    ("an octal number", USER + b"{name: 010}\n", "3:25", "YAML reads `010` as a number"),
    ("yes", USER + b"{name: yes}\n", "3:25", "YAML reads `yes` as a boolean"),
    ("no", ACCOUNT + b"{name: A, locale: no}\n", "3:24", "YAML reads `no` as a boolean"),
    ("minutes", USER + b"{name: 1:30}\n", "3:25", "YAML reads `1:30` as a number"),
    ("a date", USER + b"{name: 2026-01-01}\n", "3:25", "YAML reads `2026-01-01` as a date"),
    ("infinity", USER + b"{name: .inf}\n", "3:25", "YAML reads `.inf` as a number"),
    ("null", USER + b"{name: ~}\n", "3:25", "is null"),
    ("an id beyond 2^53", ACCOUNT + b"{name: A, id: 9007199254740991}\n", "3:20", "from 1 to 9007199254740990"),
]

IN_A_PROJECT_FILE = [
    ("a tag of Python", START + b"server: !!python/name:os.system x\n", "2:9", "is not supported"),
    ("yes as a state", START + b"state: yes\n", "2:8", "YAML reads `yes` as a boolean"),
    ("an octal number", START + b"parallelism: 010\n", "2:14", "must be an integer"),
    ("a merge of no mapping", START + b"guardrails: {<<: [7]}\n", "2:", "a merge key `<<` takes a mapping"),
    ("a token", START + b"token: " + TOKEN.encode() + b"\n", "2:1", "unknown key `token`"),
    ("a scalar of 5 MB", START + b"server: " + b"a" * 5_000_000 + b"\n", "2:9", "error: "),
]


class Yaml(HostileTest):
    def setUp(self):
        super().setUp()
        # Nobody listens there: what is sent would be told.
        self.environment |= {"ROLLCALL_SERVER": "http://127.0.0.1:1", "ROLLCALL_TOKEN": TOKEN}
        self.write("roster.yaml", ROSTER)
        self.write("rollcall.state.json", "not even looked at")

    def check(self, file, rows):
        other = self.contents()
        for name, data, place, words in rows:
            with self.subTest(name):
                (self.folder / file).write_bytes(data)
                before = self.contents()
                for command in (("validate",), ("apply", "--auto-approve")):
                    done = self.rollcall(*command, code=1)
                    where = f"{file}:{place}" if place else f"{file}: error: "
                    found = [line for line in done.stderr.split("\n") if line.startswith(where) and words in line]
                    self.assertTrue(found, done.stderr[:600])
                    self.assert_harmless(done)
                    self.assertNotIn("127.0.0.1", done.stderr)
                    self.assertLess(len(done.stderr), 20_000)
                self.assertEqual(self.contents(), before)
        self.assertEqual({**self.contents(), file: other.get(file)}, {**other, file: other.get(file)})

    def test_a_roster(self):
        self.check("roster.yaml", ANYWHERE)
        self.check("roster.yaml", IN_A_ROSTER)

    def test_a_project_file(self):
        self.check("rollcall.yaml", ANYWHERE)
        self.check("rollcall.yaml", IN_A_PROJECT_FILE)


if __name__ == "__main__":
    main()
