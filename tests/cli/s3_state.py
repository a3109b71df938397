"""What the tests of a state in a bucket share: a server that speaks S3, its keys, and rollcall as their owners run it."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from command_line import CommandLineTest, ROSTER  # noqa: E402
from s3_server import S3Server  # noqa: E402

SECRET = "the/secret+key/of+ana/0123456789abcdefgh"
TOKEN_OF_SESSION = "the-token-of-a-session-0123456789"
OBJECTS = [f"arn:aws:s3:::states/rollcall.state.json{suffix}" for suffix in ("", ".lock")]


def policy(*objects, on_bucket=("s3:ListBucket",)):
    return {"Statement": [{"Effect": "Allow", "Action": objects, "Resource": OBJECTS},
                          {"Effect": "Allow", "Action": on_bucket, "Resource": ["arn:aws:s3:::states"]}]}


KEYS = {"AKIAANA": {"secret": SECRET},
        "AKIAREADER": {"secret": SECRET, "policy": policy("s3:GetObject")},
        "AKIANOLIST": {"secret": SECRET, "policy": policy("s3:GetObject", "s3:PutObject", on_bucket=())},
        "ASIASESSION": {"secret": SECRET, "token": TOKEN_OF_SESSION},
        "ASIAOVER": {"secret": SECRET, "token": TOKEN_OF_SESSION, "expired": True}}


class S3State(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server()
        self.environment = {name: value for name, value in self.environment.items() if not name.startswith("AWS_")}
        self.environment["XDG_STATE_HOME"] = str(self.folder / "home")
        self.keep_in({})
        self.as_key("AKIAANA")

    def keep_in(self, switches, **address):
        """The state is in a bucket of a new server."""
        self.states = S3Server(KEYS, **switches)
        self.addCleanup(self.states.stop)
        self.environment["ROLLCALL_STATE"] = self.states.url(**address)

    def as_key(self, name, secret=SECRET, token=None):
        self.environment["AWS_ACCESS_KEY_ID"] = name
        self.environment["AWS_SECRET_ACCESS_KEY"] = secret
        self.environment.pop("AWS_SESSION_TOKEN", None)
        if token:
            self.environment["AWS_SESSION_TOKEN"] = token

    def assert_no_secret(self, text):
        super().assert_no_secret(text)
        for secret in (SECRET, TOKEN_OF_SESSION, "Signature="):
            self.assertNotIn(secret, text)
        # A signature; a plan's digest is none.
        self.assertNotRegex(re.sub(r"digest [0-9a-f]{64}", "", text), r"\b[0-9a-f]{64}\b")

    def journals(self):
        return list((self.folder / "home").rglob("*.journal"))

    def writes(self):
        return [(method, path.rpartition("/")[2]) for method, path in self.states.requests if method != "GET"]
