#!/usr/bin/python3
"""A state in PostgreSQL whose connections break, and whose server is gone, full, slow or read-only."""

from command_line import ROSTER, main
from postgres_case import RENAMED, SHORT, TABLES, PostgresTest
from postgres_server import PASSWORD, LossyProxy, PostgresServer, eventually


class Faults(PostgresTest):
    def test_a_lost_connection_at_every_statement(self):
        proxy = LossyProxy(self.postgres.port)
        self.addCleanup(proxy.stop)
        self.environment["ROLLCALL_STATE"] = self.url(port=proxy.port)
        # The first apply makes the tables; each one locks, reads, writes twice and unlocks.
        points = [("CREATE TABLE IF NOT EXISTS rollcall_state ", 1), ("CREATE TABLE IF NOT EXISTS rollcall_lock", 1),
                  ("SELECT bytes", 1), ("INSERT INTO rollcall_state (", 1)]
        points += [("INSERT INTO rollcall_lock", 1), ("SELECT bytes", 1), ("UPDATE rollcall_state SET", 1),
                   ("UPDATE rollcall_state SET", 2), ("DELETE FROM rollcall_lock", 1)]
        serial = 0
        for number, (word, nth) in enumerate(points):
            for when in ("before", "after"):
                with self.subTest(word=word, nth=nth, when=when):
                    if number < 4:
                        self.sql(f"DROP TABLE IF EXISTS {TABLES}")
                        self.lose_journals()
                        self.sandbox.stop()
                        self.server()
                        serial = 0
                    self.write("roster.yaml", ROSTER.replace("name: VIP desk", f"name: VIP desk {number} {when}"))
                    proxy.lose(word, when, nth)
                    self.apply()
                    self.assertEqual(proxy.lost, 1)
                    serial += 2
                    self.assertEqual(self.stored()["serial"], serial)
                    self.assertEqual(self.sql("SELECT count(*) FROM rollcall_lock"), "0")
                    self.rollcall("plan", "--detailed-exitcode")

    def test_a_renewal_that_is_lost_is_done_again(self):
        proxy = LossyProxy(self.postgres.port)
        self.addCleanup(proxy.stop)
        self.environment["ROLLCALL_STATE"] = self.url(port=proxy.port, lease=SHORT)
        held, process = self.hold_apply("POST", "/accounts$")
        proxy.lose("UPDATE rollcall_lock SET", "after")
        eventually(lambda: proxy.lost == 1, "a lost renewal")
        since = self.sql("SELECT expires_at FROM rollcall_lock")
        eventually(lambda: self.sql(f"SELECT expires_at > timestamptz '{since}' + interval '{SHORT} s' FROM rollcall_lock") == "t",
                   "renewals of the lock")
        self.sandbox.release(held, "continue")
        self.assertEqual(process.wait(60), 0)
        process.communicate()

    def own_server(self):
        self.postgres = PostgresServer()
        self.addCleanup(self.postgres.stop)
        self.database = self.postgres.database()
        self.environment["ROLLCALL_STATE"] = self.url()

    def test_a_server_that_goes_away_during_an_apply(self):
        self.own_server()
        self.environment["ROLLCALL_STATE"] = self.url(lease=SHORT)
        held, process = self.hold_apply("POST", "/account_users$", "--parallelism", "1")
        self.postgres.halt()
        self.sandbox.release(held, "continue")
        said = process.communicate(timeout=120)[1]
        self.assertEqual(process.returncode, 1, said)
        self.assert_no_secret(said)
        journal, = self.journals()
        self.assertIn("the server cannot be reached (Connection refused)", said)
        self.assertIn(f"What this run did is in {journal}.", said)
        self.assertIn("The next apply or refresh on this machine merges what the state does not have yet.", said)
        self.assertIn("could not be read", self.rollcall("plan", code=1).stderr)
        self.postgres.start()
        self.rollcall("apply", "--auto-approve", "--lock-timeout", "60s")
        self.rollcall("plan", "--detailed-exitcode")
        self.assertEqual(self.journals(), [])

    def test_a_server_that_is_back_in_time(self):
        self.own_server()
        held, process = self.hold_apply("POST", "/account_users$")
        self.postgres.halt()
        self.postgres.start()
        self.sandbox.release(held, "continue")
        said = process.communicate(timeout=120)[1]
        self.assertEqual(process.returncode, 0, said)
        self.assertEqual(self.stored()["serial"], 2)
        self.rollcall("plan", "--detailed-exitcode")

    def test_a_server_that_takes_no_writes(self):
        self.apply()
        self.sql("ALTER ROLE ana SET default_transaction_read_only = on")
        self.addCleanup(self.sql, "ALTER ROLE ana RESET default_transaction_read_only")
        self.rollcall("plan", "--detailed-exitcode")
        done = self.apply(code=1)
        self.assertIn("could not be locked: the server is read-only (cannot execute SELECT in a read-only transaction).",
                      done.stderr)
        self.assertIn("Name the primary server", done.stderr)

    def test_a_standby(self):
        self.apply()
        self.environment["ROLLCALL_STATE"] = self.url(port=self.postgres.standby())
        self.rollcall("plan", "--detailed-exitcode")
        self.assertIn("could not be locked: the server is read-only", self.apply(code=1).stderr)

    def test_a_statement_that_takes_too_long(self):
        self.apply()
        self.sql("ALTER ROLE ana SET statement_timeout = '200ms'")
        self.addCleanup(self.sql, "ALTER ROLE ana RESET statement_timeout")
        self.sql("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END'; "
                 "CREATE TRIGGER slow BEFORE UPDATE ON rollcall_state FOR EACH ROW EXECUTE FUNCTION slow()")
        self.write("roster.yaml", RENAMED)
        self.assertIn("the statement was cancelled", self.apply(code=1).stderr)
        self.assertEqual(self.stored()["serial"], 2)
        self.sql("DROP TRIGGER slow ON rollcall_state")
        self.sql("ALTER ROLE ana RESET statement_timeout")
        self.apply()
        self.rollcall("plan", "--detailed-exitcode")

    def test_a_server_that_has_no_room(self):
        self.sql("ALTER ROLE ana CONNECTION LIMIT 0")
        try:
            self.assertIn("the server has too many connections (too many connections for role \"ana\")",
                          self.rollcall("plan", code=1).stderr)
        finally:
            self.sql("ALTER ROLE ana CONNECTION LIMIT -1")

    def test_a_token_command_does_not_inherit_the_password(self):
        self.apply()
        self.write("token", self.environment.pop("ROLLCALL_TOKEN"))
        self.rollcall("drift", "--token-command", 'test -z "$PGPASSWORD" && cat token')

    def test_the_password_is_in_no_file_and_no_process(self):
        self.assert_in_no_file_and_no_process(PASSWORD)


if __name__ == "__main__":
    main()
