"""What the tests of a state in PostgreSQL share."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from command_line import CommandLineTest, ROSTER  # noqa: E402
from postgres_server import PASSWORD, PostgresServer, eventually  # noqa: E402

RENAMED = ROSTER.replace("name: VIP desk", "name: VIPs")
TABLES = "rollcall_state, rollcall_state_history, rollcall_lock"
# Seconds, where a lock has to expire within a test.
SHORT = 3


class PostgresTest(CommandLineTest):
    """Each class has a server of its own, and each test a database."""

    tls = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.postgres = PostgresServer(tls=cls.tls)
        cls.addClassCleanup(cls.postgres.stop)

    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server()
        self.database = self.postgres.database()
        for name in [name for name in self.environment if name.startswith("PG")]:
            del self.environment[name]
        self.environment["XDG_STATE_HOME"] = str(self.folder / "home")
        self.environment["HOME"] = str(self.folder)
        self.environment["ROLLCALL_STATE"] = self.url()
        self.environment["PGPASSWORD"] = PASSWORD

    def url(self, user="ana", port=None, database=None, lease=60, more="&sslmode=disable"):
        return (f"postgres://{user}@127.0.0.1:{port or self.postgres.port}/{database or self.database}"
                f"?name=eu&lease={lease}{more}")

    def name(self):
        return f"postgres://127.0.0.1:{self.postgres.port}/{self.database}?name=eu"

    def sql(self, text):
        return self.postgres.psql(text, self.database)

    def stored(self):
        """The state in the database."""
        return json.loads(bytes.fromhex(self.sql("SELECT encode(bytes, 'hex') FROM rollcall_state WHERE name = 'eu'")))

    def lock_id(self):
        """Of the lock whose time is not over; nothing where it is free."""
        return self.sql("SELECT id FROM rollcall_lock WHERE name = 'eu' AND expires_at > now()") or None

    def await_end_of_lock(self):
        eventually(lambda: self.lock_id() is None, "the end of the lock")

    def assert_no_secret(self, text):
        super().assert_no_secret(text)
        self.assertNotIn(PASSWORD, text)

    def journals(self):
        return list((self.folder / "home").rglob("*.journal"))

    def lose_journals(self):
        for journal in self.journals():
            journal.unlink()
