#!/usr/bin/python3
"""What a hostile server may not gain: each shape of a response is refused with words, or read for what it says; nothing
of it breaks the state, shows the token, or reaches a terminal."""

import gzip
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from command_line import ROSTER, TOKEN, main  # noqa: E402
from hostile import HostileTest  # noqa: E402
from sanitized import some_of  # noqa: E402
from stand_in import Answer, Between, StandIn, changed  # noqa: E402

ACCOUNTS, MEMBERS, USER = (f"/platform/api/v1{path}" for path in ("/accounts", "/accounts/1/account_users", "/users/1"))
JSON = "application/json"


# --- Shapes: what is sent in place of a response

def text(change):
    """The body as other bytes."""
    return lambda answer: answer.with_body(change(answer.body))


def literal(field, written):
    """The object with a value that is written just so, at its end."""
    def change(answer):
        body = answer.json()
        (body[0] if isinstance(body, list) else body).pop(field)
        whole = json.dumps(body)
        at = whole.rindex("}", 0, len(whole))
        return answer.with_body(f'{whole[:at]}, "{field}": {written}{whole[at:]}')
    return change


def head(status="200 OK", **headers):
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def raw(status="200 OK", body=None, length=None, **headers):
    """A whole response with headers of its own; the connection ends after it."""
    def change(answer):
        sent = answer.body if body is None else body
        lengths = {} if length == "" else {"Content_Length": len(sent) if length is None else length}
        return head(status, **{"Content_Type": JSON, **lengths, **headers}) + sent
    return change


def said(status, words, **headers):
    """A refusal in the server's words."""
    return lambda _: Answer(status, {"message": words, "attributes": ["name"]}, **headers)


def nested(levels, of="[]"):
    return of[0] * levels + of[1] * levels


# --- The rows: name, path, shape, words of the message

JSON_SHAPES = [
    ("UTF-16", USER, lambda a: Answer(200, a.body.decode().encode("utf-16"), JSON + "; charset=utf-16"), "not valid UTF-8"),
    ("UTF-16 without a mark", USER, lambda a: Answer(200, a.body.decode().encode("utf-16-le"), JSON), "not valid JSON"),
    ("UTF-32", USER, lambda a: Answer(200, a.body.decode().encode("utf-32-be"), JSON), "not valid JSON"),
    ("Latin-1", USER, lambda a: Answer(200, a.body.replace(b"Ana", b"An\xe9"), JSON + "; charset=iso-8859-1"),
     "not valid UTF-8"),
    ("an overlong form", USER, text(lambda b: b.replace(b"Ana", b"A\xc0\xafa")), "not valid UTF-8"),
    ("half of a character", USER, text(lambda b: b.replace(b"Ana", b"A\xed\xa0\x80a")), "not valid UTF-8"),
    ("an escaped half of a character", USER, text(lambda b: b.replace(b"Ana", b"A\\ud800a")), "not valid JSON"),
    ("a NUL after it", USER, text(lambda b: b + b"\0" + b), "not valid JSON"),
    ("a NUL in a string", USER, text(lambda b: b.replace(b"Ana", b"A\0a")), "not valid JSON"),
    ("a line break in a string", USER, text(lambda b: b.replace(b"Ana", b"A\na")), "not valid JSON"),
    ("comments", USER, text(lambda b: b"/* a */" + b), "not valid JSON"),
    ("a comma too many", USER, text(lambda b: b[:-1] + b",}"), "not valid JSON"),
    ("single quotes", USER, text(lambda b: b.replace(b'"', b"'")), "not valid JSON"),
    ("NaN", USER, literal("name", "NaN"), "not valid JSON"),
    ("Infinity", USER, literal("name", "-Infinity"), "not valid JSON"),
    ("two documents", USER, text(lambda b: b + b), "not valid JSON"),
    ("JavaScript around it", USER, text(lambda b: b")]}',\n" + b), "not valid JSON"),
    ("a string without end", USER, text(lambda b: b[:b.index(b"Ana") + 2]), "not valid JSON"),
    ("deep objects", USER, text(lambda _: b'{"a":' * 100_000), "nested too deeply"),
    ("deep attributes", USER, literal("custom_attributes", '{"a": %s}' % nested(103)), "nested too deeply"),
    ("a key twice in an attribute", USER, literal("custom_attributes", '{"a": {"b": 1, "b": 2}}'), "the same key twice"),
    ("a key twice, once escaped", USER, literal("name", r'"Ana", "\u0069d": 9'), "the same key twice"),
    ("very many values", USER, literal("custom_attributes", '{"a": [%s]}' % ("0," * 200_001 + "0")),
     "more than 200,000 values"),
    ("a number without end", USER, literal("id", "1" * 100_000), "a number that is too large"),
    ("a number that is too large", USER, literal("custom_attributes", '{"a": -1e999}'), "a number that is too large"),
    ("an id beyond 2^53", USER, literal("id", str(2**53 - 1)), "`id` is not an id"),
    ("an id of -0", USER, literal("id", "-0"), "`id` is not an id"),
    ("an id in a list", USER, changed(id=[1]), "`id` is not an id"),
    ("an id in an object", USER, changed(id={"id": 1}), "`id` is not an id"),
    ("the lowest id", USER, literal("id", str(-2**63)), "`id` is not an id"),
]

TYPE_SHAPES = [
    ("a number as the name", USER, changed(name=7), "`name` is not a string"),
    ("a list as the name", USER, changed(name=["Ana"]), "`name` is not a string"),
    ("a name of 10 KiB and more", USER, changed(name="n" * 10_241), "`name` is longer than 10 KiB"),
    ("a name of control characters that grow", USER, changed(name="\x01" * 10_241), "`name` is longer than 10 KiB"),
    ("an empty address", USER, changed(email=""), "`email` is empty"),
    ("a number as the address", USER, changed(email=7), "`email` is not a string"),
    ("no list of accounts", USER, changed(accounts=None), "`accounts` is not a list"),
    ("an object of accounts", USER, changed(accounts={}), "`accounts` is not a list"),
    ("null among the accounts", USER, changed(accounts=[None]), "it is not a JSON object"),
    ("an account without an id", USER, changed(accounts=[{"role": "agent"}]), "`id` is missing"),
    ("attributes in a list", USER, changed(custom_attributes=[]), "`custom_attributes` is not a JSON object"),
    ("an object of more than 1 MiB", USER, changed(custom_attributes={"a": "x" * (1 << 20)}), "1 MiB"),
    ("a feature that is a string", ACCOUNTS, changed(features={"macros": "yes"}), "neither true nor false"),
    ("a list of features", ACCOUNTS, changed(features=["macros"]), "`features` is not a JSON object"),
    ("no limits", ACCOUNTS, changed(limits=None), "`limits` is not a JSON object"),
    ("a number as the status", ACCOUNTS, changed(status=1), "`status` is not a string"),
    ("null as a row", ACCOUNTS, text(lambda b: b[:-1] + b",null]"), "it is not a JSON object"),
    ("an object in place of a list", ACCOUNTS, text(lambda b: b'{"accounts":' + b + b"}"), "it is not a list"),
    ("a list in the list", ACCOUNTS, text(lambda b: b"[" + b + b"]"), "it is not a JSON object"),
    ("a string of JSON", ACCOUNTS, lambda a: a.with_body(json.dumps(a.body.decode())), "it is not a list"),
    ("a member of another account", MEMBERS, lambda a: a.with_body(a.json() + [{**a.json()[0], "user_id": 9, "account_id": 2}]),
     "it is about account 2"),
    ("a number as a role", MEMBERS, changed(role=1), "`role` is not a string"),
    ("a member of no account", MEMBERS, changed(account_id="1"), "`account_id` is not an id"),
    ("a member without a user", MEMBERS, changed(user_id=None), "`user_id` is not an id"),
]

HTTP_SHAPES = [
    ("HTTP/0.9", USER, lambda a: a.body, "is not HTTP"),
    ("a status of 999", USER, raw("999 Made up"), "The server failed when asked to read user 1 (999)"),
    ("no content", USER, lambda _: head("204 No Content"), "status 204"),
    ("not modified", USER, lambda _: head("304 Not Modified"), "status 304"),
    ("a switch of protocols", USER, lambda a: head("101 Switching Protocols", Upgrade="h2c", Connection="Upgrade") + a.raw(),
     "status 101"),
    ("informational responses without end", USER, lambda _: head("100 Continue") * 20_000, "256 KiB"),
    ("headers without end", USER, lambda _: b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 100_000, "256 KiB"),
    ("a header line that is too long", USER, raw(X_A="a" * 150_000), "header"),
    ("a length that is too short", USER, raw(length=20), "not valid JSON"),
    ("a length beyond 2^64", USER, raw(length=2**64 + 1), "is larger than"),
    ("compressed without being asked", USER,
     lambda a: raw(body=gzip.compress(a.body), Content_Encoding="gzip")(a), "not valid UTF-8"),
    ("a bomb", USER, raw(body=gzip.compress(b" " * (64 << 20)), Content_Encoding="gzip"), "not valid UTF-8"),
    ("an encoding that is none", USER, raw(body=b"\xce\xb2\xcf\x81", Content_Encoding="br"), "not valid JSON"),
    ("a redirection to a file", USER, raw("302 Found", Location="file:///etc/passwd"), "a redirection to file:///etc/passwd"),
    ("a redirection to a script", USER, raw("307 Temporary", Location="javascript:alert(1)"), "a redirection to javascript"),
    ("a redirection of controls", USER, raw("302 Found", Location="http://\x1b[31m/\x07"), "a redirection to http://\\x1B[31m"),
    ("basic authentication", USER, raw("401 Unauthorized", WWW_Authenticate='Basic realm="a"', body=b""), "status 401"),
    ("an empty refusal", USER, raw("403 Forbidden", body=b"{}"), "status 403"),
    ("words of controls", USER, said(500, "\x1b]0;owned\x07\u202e\u009b31m"), "(500 \\x1B]0;owned\\x07"),
    ("words without end", USER, said(500, "w" * 500_000), "www…)"),
    ("words that are a command of the runner", USER, said(500, "##vso[task.setvariable variable=a]b"), "(500 "),
    ("an end in the headers", USER, lambda _: b"HTTP/1.1 200 OK\r\nContent-Ty", "it is empty"),
    ("a type of controls", USER, lambda a: Answer(200, a.body, "text/\x1b[2J"), "not Chatwoot's Platform API"),
    ("a type without end", USER, lambda a: Answer(200, a.body, "text/" + "x" * 50_000), "not Chatwoot's Platform API"),
]

HOLDS = "holds the token"
TOKEN_SHAPES = [
    ("as a name", USER, changed(name=TOKEN), HOLDS),
    ("in a name", USER, changed(name=f"Ana {TOKEN}!"), HOLDS),
    ("in upper case", USER, changed(name=TOKEN.upper()), HOLDS),
    ("in escapes", USER, literal("name", '"%s"' % "".join(f"\\u{ord(c):04X}" for c in TOKEN)), HOLDS),
    ("as a key", USER, changed(custom_attributes={TOKEN: 1}), HOLDS),
    ("in a field that nobody reads", USER, changed(seen=[{"header": TOKEN}]), HOLDS),
    ("in a type", USER, lambda a: Answer(200, a.body, f"text/{TOKEN}"), HOLDS),
    ("in a redirection", USER, raw("302 Found", Location=f"http://example.com/{TOKEN}"), HOLDS),
    ("in the words of a refusal", USER, said(422, f"Token {TOKEN} is bad"), HOLDS),
    ("in a page", USER, lambda _: Answer(500, f"<pre>{TOKEN}</pre>", "text/html"), HOLDS),
    ("in a listing", ACCOUNTS, changed(custom_attributes={"a": TOKEN}), HOLDS),
]

# What is no fault: the command does what it does for the true answer.
HARMLESS = [
    ("a mark of the byte order", USER, text(lambda b: b"\xef\xbb\xbf" + b)),
    ("early hints", USER, lambda a: head("103 Early Hints", Link="</a>; rel=preload") + raw()(a)),
    ("cookies", USER, lambda a: Answer(200, a.body, JSON, Set_Cookie="session=1; Path=/")),
    ("another address to use", USER, lambda a: Answer(200, a.body, JSON, Alt_Svc='h2="evil.example.com:443"; ma=99')),
    ("a page to go on to", USER, lambda a: Answer(200, a.body, JSON, Refresh="0; url=http://127.0.0.1:1/")),
    ("a date that is none", USER, lambda a: Answer(200, a.body, JSON, Date="Thu, 99 Foo 99999 25:61:61 GMT")),
    ("the token in a header", USER, lambda a: Answer(200, a.body, JSON, X_Request=TOKEN)),
    ("the token as the reason", USER, lambda a: head(f"200 {TOKEN}", Content_Type=JSON, Content_Length=len(a.body)) + a.body),
    ("no length", USER, raw(length="")),
    ("a length that promises too much, once", USER, raw(length=10_000)),
    ("bytes, once", USER, lambda _: bytes(range(256)) * 16),
    ("another version, once", USER, lambda a: head().replace(b"HTTP/1.1", b"HTTP/7.3") + a.body),
    ("a negative length, once", USER, raw(length=-1)),
    ("a status that is no number, once", USER, lambda a: head("ok ok", Content_Type=JSON, Content_Length=0)),
    ("a length that is no number, once", USER, raw(length="many")),
    ("chunks of no size, once", USER, raw(Transfer_Encoding="chunked", length="", body=b"zz\r\nabc\r\n")),
    ("chunks of a huge size, once", USER, raw(Transfer_Encoding="chunked", length="", body=b"F" * 40 + b"\r\nabc\r\n")),
    ("an end before the response, once", USER, lambda _: b""),
    ("chunks without an end, once", USER, lambda a: raw(Transfer_Encoding="chunked", length="",
                                                        body=b"%x\r\n%s\r\n" % (len(a.body), a.body))(a)),
    ("attributes as deep as Chatwoot takes them", USER, literal("custom_attributes", '{"a": %s}' % nested(99))),
    ("unknown fields of every kind", USER, changed(**{"": 1, "\u202e": [], "__proto__": {}})),
]

# Names as a server may have them, with what is shown.
NAMES = [
    ("a colour", "\x1b[31mAna", "\\u001b[31mAna"),
    ("a title", "\x1b]0;owned\x07Ana", "\\u001b]0;owned\\u0007Ana"),
    ("a control sequence of one byte", "\u009b31mAna", "\\xC2\\x9B31mAna"),
    ("a NUL", "A\0na", "A\\u0000na"),
    ("a line break", "Ana\n::error::x", "Ana\\n::error::x"),
    ("a carriage return", "Ana\rEve", "Ana\\u000dEve"),
    ("a separator of lines", "Ana\u2028::error::x", "\\xE2\\x80\\xA8"),
    ("an other direction", "Ana \u202enimda", "Ana \\xE2\\x80\\xAEnimda"),
    ("an isolate", "Ana \u2066x\u2069", "\\xE2\\x81\\xA6x"),
    ("a mark of the Arabic letter", "Ana\u061c", "Ana\\xD8\\x9C"),
    ("a space of no width", "A\u200bna", "A\\xE2\\x80\\x8Bna"),
    ("a soft hyphen", "A\u00adna", "A\\xC2\\xADna"),
    ("a filler", "Ana\u3164", "Ana\\xE3\\x85\\xA4"),
    ("tags", "Ana\U000e0041", "Ana\\xF3\\xA0\\x81\\x81"),
    ("a mark of the byte order", "\ufeffAna", "\\xEF\\xBB\\xBFAna"),
    ("a command of GitHub's runner", "::add-mask::Ana", '"::add-mask::Ana"'),
    ("a command of Azure's agent", "##vso[task.complete]", "vso[task.complete]"),
    ("a group of a log", "##[section]Ana", "[section]Ana"),
]


class Server(HostileTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server("--latency", "0ms")
        self.between = Between(self, self.sandbox.port)
        self.environment["ROLLCALL_SERVER"] = f"http://127.0.0.1:{self.between.port}"
        # One after the other, so that everybody has the same id each time.
        self.apply("--parallelism", "1")
        self.rollcall("refresh")
        self.whole = self.state()

    def send(self, path, shape, times=None):
        """In place of every response to a GET of this path, or of the first ones."""
        met = []

        def rule(request, answer):
            if (request.method, request.target) != ("GET", path):
                return answer
            met.append(request)
            return shape(answer) if times is None or len(met) <= times else answer

        self.between.rule = rule
        return met

    def check_harmless(self, done):
        self.assert_harmless(done)
        self.assert_no_token_in_files()
        self.between.rule = lambda _, answer: answer
        self.rollcall("state", "list")

    def check_refused(self, path, shape, says):
        met = self.send(path, shape)
        done = self.rollcall("refresh", "-v", code=1)
        self.assertTrue(met)
        self.assertIn(says.lower(), (done.stdout + done.stderr).lower())
        self.check_harmless(done)
        # A refresh may count itself; of what is recorded nothing changes.
        self.assertEqual({**self.state(), "serial": 0}, {**self.whole, "serial": 0})

    def check_all(self, rows):
        for name, path, shape, says in some_of(rows, 2):
            with self.subTest(name):
                self.check_refused(path, shape, says)

    def test_json(self):
        self.check_all(JSON_SHAPES)

    def test_types(self):
        self.check_all(TYPE_SHAPES)

    def test_http(self):
        self.check_all(HTTP_SHAPES)

    def test_the_token_in_a_response(self):
        self.check_all(TOKEN_SHAPES)

    def test_what_is_no_fault(self):
        for name, path, shape in HARMLESS:
            with self.subTest(name):
                met = self.send(path, shape, times=1)
                done = self.rollcall("refresh", "-v")
                self.assertTrue(met)
                self.check_harmless(done)
                self.assertEqual({**self.state(), "serial": 0}, {**self.whole, "serial": 0})
        for request in self.between.requests:
            self.assertNotIn("cookie", request.headers)

    def test_names(self):
        for name, written, shown in some_of(NAMES, 3):
            with self.subTest(name):
                self.send(USER, changed(name=written))
                drift = self.rollcall("drift", code=2)
                self.assertIn(shown.lower(), drift.stdout.lower())
                # A document, too, and a reader of it gets the name itself.
                document = self.rollcall("drift", "--format", "json", code=2)
                self.assert_harmless(document)
                self.assertIn(written, [item["live"] for item in json.loads(document.stdout)["items"]])
                refreshed = self.rollcall("refresh", "-v")
                self.check_harmless(drift)
                self.check_harmless(refreshed)
                self.assertEqual(self.state()["users"]["ana@example.com"]["settings"]["name"], written)
                self.check_harmless(self.rollcall("plan"))
                self.check_harmless(self.rollcall("plan", "--format", "json"))
                self.check_harmless(self.rollcall("state", "show", "users.ana@example.com"))
                document = self.rollcall("state", "show", "users.ana@example.com", "--format", "json")
                self.assert_harmless(document)
                self.assertIn({"setting": "name", "value": written}, json.loads(document.stdout)["settings"])

    def test_no_redirection_is_followed(self):
        other = StandIn(self, lambda _: Answer(200, {}))
        for status in ("301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"):
            with self.subTest(status):
                self.check_refused(USER, raw(status, Location=f"http://127.0.0.1:{other.port}/a?{'b' * 100}"),
                                   f"a redirection to http://127.0.0.1:{other.port}/a.")
        self.assertEqual(other.requests, [])


if __name__ == "__main__":
    main()
