#!/usr/bin/python3
"""A state in PostgreSQL."""

import json
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from command_line import CommandLineTest, ROOT, ROSTER, main  # noqa: E402
from postgres_server import PASSWORD, LossyProxy, PostgresServer, eventually, free_port  # noqa: E402

RENAMED = ROSTER.replace("name: VIP desk", "name: VIPs")
# Seconds, where a lock has to end by itself within a test.
SHORT = 3
TABLES = "rollcall_state, rollcall_state_history, rollcall_lock"
SERVER = None


def setUpModule():  # noqa: N802
    global SERVER
    SERVER = PostgresServer(tls=True)


def tearDownModule():  # noqa: N802
    SERVER.stop()


class PostgresTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server()
        self.postgres = SERVER
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


class Day(PostgresTest):
    def test_two_runners_that_share_no_disk(self):
        self.assertIn("to create", self.rollcall("plan").stdout)
        self.assertEqual(self.sql("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'rollcall%'"), "0")
        self.apply()
        self.assertEqual(self.stored()["serial"], 2)
        self.assertEqual(self.sql("SELECT serial, lineage FROM rollcall_state"), f"2|{self.stored()['lineage']}")
        self.assertEqual(self.sql("SELECT count(*) FROM rollcall_lock"), "0")
        self.assertEqual(self.journals(), [])
        self.environment["XDG_STATE_HOME"] = str(self.folder / "another-home")
        self.assertIn("No changes.", self.rollcall("plan", "--detailed-exitcode").stdout)
        self.write("roster.yaml", RENAMED)
        self.apply()
        self.assertIn("No drift", self.rollcall("drift").stdout)
        self.assertEqual(self.stored()["serial"], 4)
        self.assertFalse((self.folder / "rollcall.state.json").exists())

    def test_what_only_reads_needs_no_more_than_that(self):
        self.apply()
        self.sql("DROP ROLE IF EXISTS ben; CREATE ROLE ben LOGIN PASSWORD 'bens-own-password'; "
                 f"GRANT SELECT ON {TABLES} TO ben")
        ben = {"ROLLCALL_STATE": self.url("ben"), "PGPASSWORD": "bens-own-password"}
        self.rollcall("plan", "--detailed-exitcode", environment=ben)
        self.rollcall("drift", environment=ben)
        self.rollcall("state", "list", environment=ben)
        self.rollcall("state", "pull", environment=ben)
        done = self.rollcall("apply", "--auto-approve", code=1, environment=ben)
        self.assertIn("could not be locked: the role lacks a right (permission denied for table rollcall_lock)", done.stderr)
        self.assertIn("writing SELECT, INSERT, UPDATE and DELETE", done.stderr)
        self.sql("DROP OWNED BY ben; DROP ROLE ben")

    def test_the_holder_is_named_with_its_job(self):
        self.environment["ROLLCALL_STATE"] = self.url(lease=SHORT)
        self.environment["CI_JOB_URL"] = "https://gitlab.example.com/ops/access/-/jobs/815"
        held, process = self.hold_apply("POST", "/accounts$")
        done = self.apply(code=1)
        self.assertIn(f"{self.name()} is locked by ", done.stderr)
        self.assertRegex(done.stderr, rf"is locked by \S+@\S+ \(apply, process {process.pid}, since \S+, "
                                      r"job https://gitlab.example.com/ops/access/-/jobs/815\), for \d+ s now\.")
        self.assertIn(f"expires within {SHORT} s; once you are certain of that, `rollcall unlock {self.lock_id()}` removes "
                      "it at once.", done.stderr)
        # Its own clock says that the run is alive, for longer than its lease is.
        since = self.sql("SELECT expires_at FROM rollcall_lock")
        eventually(lambda: self.sql(f"SELECT expires_at > timestamptz '{since}' + interval '{SHORT} s' FROM rollcall_lock") == "t",
                   "renewals of the lock")
        self.assertIn("to create", self.rollcall("plan").stdout)
        self.sandbox.release(held, "continue")
        self.assertEqual(process.wait(60), 0)
        self.assertNotIn("Took over", process.communicate()[1])
        self.assertEqual(self.sql("SELECT count(*) FROM rollcall_lock"), "0")

    def test_waiting_for_the_lock(self):
        held, process = self.hold_apply("POST", "/accounts$")
        second = self.start("apply", "--auto-approve", "--lock-timeout", "60s")
        self.assertRegex(second.stderr.readline(), r"is locked by .* Waiting for it\.")
        self.sandbox.release(held, "continue")
        process.communicate(timeout=60)
        second.communicate(timeout=60)
        self.assertEqual((process.returncode, second.returncode), (0, 0))
        self.assertEqual(self.stored()["serial"], 2)

    def test_a_dead_runs_lock_is_taken_over(self):
        self.environment["ROLLCALL_STATE"] = self.url(lease=SHORT)
        self.kill_apply_at("POST", "/accounts$")
        # A plan beside it exits as it would without.
        self.rollcall("plan", "--detailed-exitcode", code=2)
        self.lose_journals()
        done = self.rollcall("apply", "--auto-approve", "--lock-timeout", "60s",
                             environment={"XDG_STATE_HOME": str(self.folder / "another-home")})
        self.assertRegex(done.stderr, rf"Took over the lock of {self.name().replace('?', '.')}, which was not renewed in time: "
                                      r"it was held by \S+@\S+ \(apply, process \d+, since \S+\)\.")
        self.assertIn("Its journal is not on this machine", done.stderr)
        self.assertNotIn("applying", self.stored())
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)
        self.rollcall("plan", "--detailed-exitcode")
        self.assertIn("No drift", self.rollcall("drift").stdout)

    def test_unlock(self):
        self.environment["ROLLCALL_STATE"] = self.url(lease=3600)
        self.kill_apply_at("POST", "/accounts$")
        identity = self.lock_id()
        self.assertIn("is locked by", self.apply(code=1).stderr)
        done = self.rollcall("unlock", "another-id", code=1)
        self.assertIn("whose lock has another ID", done.stderr)
        self.assertIn("Nothing was changed.", self.rollcall("unlock", answer="no\n", code=1).stderr)
        self.assertEqual(self.lock_id(), identity)
        self.assertIn("is removed.", self.rollcall("unlock", identity).stdout)
        self.assertIn("has no lock with this ID", self.rollcall("unlock", identity, code=1).stderr)
        self.assertIn("is not locked.", self.rollcall("unlock").stdout)
        self.apply()
        self.rollcall("plan", "--detailed-exitcode")

    def paused_beyond_its_lease(self):
        """An apply that was paused before its second account, with its lease over by now."""
        self.environment["ROLLCALL_STATE"] = self.url(lease=SHORT)
        held, process = self.hold_apply("POST", "/accounts$", "--parallelism", "1")
        process.send_signal(signal.SIGSTOP)
        self.sandbox.release(held, "continue")
        self.await_end_of_lock()
        self.sandbox.send("DELETE", "/_sandbox/log", {})
        return process

    def assert_gave_up(self, process, words):
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 1, said)
        self.assertIn(words, said)
        self.assertIn("What this run did is in", said)

    def test_a_run_that_was_paused_beyond_its_lease_sends_nothing_more(self):
        process = self.paused_beyond_its_lease()
        before = self.stored()
        self.assert_gave_up(process, "so another run may have taken it")
        self.assertEqual(self.sandbox.control("GET", "log"), [])
        self.assertEqual(self.stored(), before)
        # What it did is in its journal.
        self.apply()
        self.rollcall("plan", "--detailed-exitcode")
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)
        self.assertEqual(self.journals(), [])

    def test_a_run_that_was_paused_overwrites_nothing_of_the_one_that_took_over(self):
        process = self.paused_beyond_its_lease()
        other = {"XDG_STATE_HOME": str(self.folder / "another-home")}
        done = self.rollcall("apply", "--auto-approve", environment=other)
        self.assertIn(f"process {process.pid},", done.stderr)
        self.sandbox.send("DELETE", "/_sandbox/log", {})
        after = self.stored()
        self.assert_gave_up(process, "The lock of")
        self.assertEqual(self.sandbox.control("GET", "log"), [])
        self.assertEqual(self.stored(), after)
        self.rollcall("plan", "--detailed-exitcode", environment=other)
        self.assertIn("No drift", self.rollcall("drift", environment=other).stdout)
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)

    def test_a_lock_that_was_removed_ends_its_run(self):
        self.environment["ROLLCALL_STATE"] = self.url(lease=SHORT)
        held, process = self.hold_apply("POST", "/accounts$", "--parallelism", "1")
        self.rollcall("unlock", self.lock_id())
        removed = self.sql("SELECT clock_timestamp()")
        eventually(lambda: self.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'WITH renewed%' AND state = 'idle' "
                                    f"AND query_start > timestamptz '{removed}'") == "1", "an attempt to renew the lock")
        self.sandbox.release(held, "continue")
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 1)
        self.assertIn(f"The lock of {self.name()} is no longer this run's: somebody removed it.", said)
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 1)
        self.apply()
        self.rollcall("plan", "--detailed-exitcode")

    def test_pull_push_and_migrate(self):
        self.apply()
        self.assertEqual(json.loads(self.rollcall("state", "pull").stdout), self.stored())
        self.write("roster.yaml", RENAMED)
        self.apply()
        first = self.rollcall("state", "pull", "--serial", "2").stdout
        self.assertEqual(json.loads(first)["serial"], 2)
        self.assertIn("VIP desk", first)
        self.assertEqual(self.rollcall("state", "pull", "--serial", "4").stdout, self.rollcall("state", "pull").stdout)
        done = self.rollcall("state", "pull", "--serial", "3", code=1)
        self.assertIn(f"{self.name()} has no state with serial 3.", done.stderr)
        self.assertIn("`x` is not a serial.", self.rollcall("state", "pull", "--serial", "x", code=1).stderr)
        self.write("first.json", first)
        self.assertIn("the other state is older (serial 2)", self.rollcall("state", "push", "first.json", code=1).stderr)
        self.rollcall("state", "migrate", "--to", "local.json")
        self.assertEqual(json.loads(self.read("local.json")), self.stored())
        done = self.rollcall("state", "pull", "--serial", "2", "--state", "local.json", code=1)
        self.assertIn("local.json keeps no earlier states.", done.stderr)
        # To another name in the same database.
        elsewhere = self.url().replace("name=eu", "name=us")
        done = self.rollcall("state", "migrate", "--to", elsewhere)
        self.assertIn(f"The state is at {self.name().replace('eu', 'us')} now (serial 4).", done.stdout)
        self.assertEqual(self.sql("SELECT name, serial FROM rollcall_state ORDER BY name"), "eu|4\nus|4")
        newer = first.replace('"serial": 2', '"serial": 9')
        self.write("newer.json", newer)
        self.rollcall("state", "push", "newer.json")
        self.assertEqual(self.rollcall("state", "pull").stdout, newer)

    def test_through_a_pooler(self):
        self.environment["ROLLCALL_STATE"] = self.url(port=self.postgres.pooler())
        self.apply()
        self.rollcall("plan", "--detailed-exitcode")
        held, process = self.hold_apply("GET", "/accounts", "--refresh")
        self.assertIn("is locked by", self.apply(code=1).stderr)
        self.sandbox.release(held, "continue")
        self.assertEqual(process.wait(60), 0)
        process.communicate()
        self.environment["PGPASSWORD"] = "a-wrong-password-of-ana"
        self.assertIn("did not accept the password of the role ana", self.rollcall("plan", code=1).stderr)

    def test_a_signal_lets_the_lock_go(self):
        held, process = self.hold_apply("POST", "/accounts$")
        process.send_signal(signal.SIGTERM)
        self.await_stop(process)
        self.sandbox.release(held, "continue")
        self.assertEqual(process.wait(60), 143)
        process.communicate()
        self.assertEqual(self.sql("SELECT count(*) FROM rollcall_lock"), "0")
        self.assertNotIn("applying", self.stored())


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
        held, process = self.hold_apply("POST", "/accounts$")
        for name in ("environ", "cmdline"):
            self.assertNotIn(PASSWORD.encode(), pathlib.Path(f"/proc/{process.pid}/{name}").read_bytes())
        self.sandbox.release(held, "continue")
        self.assert_no_secret("".join(process.communicate(timeout=60)))
        for path in self.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn(PASSWORD, path.read_text(encoding="utf-8"))


class Entry(PostgresTest):
    def refused(self, url=None, **environment):
        return self.rollcall("plan", *(["--state", url] if url else []), code=1, environment=environment).stderr

    def test_what_is_wrong_with_the_credentials(self):
        self.assertIn("the server did not accept the password of the role ana.",
                      self.refused(PGPASSWORD="a-wrong-password-of-ana"))
        del self.environment["PGPASSWORD"]
        self.assertIn("the server wants a password for the role ana.", self.refused())
        self.assertIn("the server did not accept the password of the role kim.",
                      self.refused(self.url("kim"), PGPASSWORD=PASSWORD))
        self.assertIn("the server has no database nothing.", self.refused(self.url(database="nothing"), PGPASSWORD=PASSWORD))
        self.assertIn("the server cannot be reached (Connection refused).", self.refused(self.url(port=free_port())))
        passwords = self.write(".pgpass", f"127.0.0.1:*:*:ana:{PASSWORD}\n")
        passwords.chmod(0o600)
        self.assertIn("to create", self.rollcall("plan").stdout)

    def test_a_role_that_does_not_exist(self):
        # By a socket, where the server does not ask for a password.
        folder = str(self.postgres.folder).replace("/", "%2F")
        self.assertIn("the server has no role nobody.", self.refused(
            f"postgres://nobody@{folder}:{self.postgres.port}/{self.database}"))

    def test_the_variables_of_libpq(self):
        self.environment.update({"PGHOST": "127.0.0.1", "PGPORT": str(self.postgres.port), "PGUSER": "ana",
                                 "PGDATABASE": self.database, "PGSSLMODE": "disable", "ROLLCALL_STATE": "postgres://?name=eu"})
        self.apply()
        self.assertEqual(self.stored()["serial"], 2)
        self.assertEqual(self.rollcall("plan", "--state", self.url(), "--detailed-exitcode").returncode, 0)

    def test_a_role_that_may_not_create_the_tables(self):
        self.sql("CREATE ROLE deploy LOGIN PASSWORD 'the-password-of-deploy'")
        self.addCleanup(self.sql, "DROP OWNED BY deploy; DROP ROLE deploy")
        deploy = {"ROLLCALL_STATE": self.url("deploy"), "PGPASSWORD": "the-password-of-deploy"}
        done = self.rollcall("apply", "--auto-approve", code=1, environment=deploy)
        self.assertIn(f"{self.name()} has no tables yet, and the role deploy may not create them (permission denied for schema "
                      "public).", done.stderr)
        # What it prints is what is needed, and what docs/state.md shows.
        printed = done.stderr[done.stderr.index("CREATE TABLE"):]
        shown = (ROOT / "docs" / "state.md").read_text(encoding="utf-8")
        shown = shown[shown.index("CREATE TABLE"):]
        self.assertEqual(printed[:printed.index("GRANT")].split(), shown[:shown.index("GRANT")].split())
        self.sql(printed)
        self.rollcall("apply", "--auto-approve", environment=deploy)
        self.rollcall("plan", "--detailed-exitcode", environment=deploy)

    def test_a_schema_that_the_role_may_not_use_is_no_absent_state(self):
        self.apply()
        self.sql("CREATE ROLE deploy LOGIN PASSWORD 'the-password-of-deploy'; REVOKE USAGE ON SCHEMA public FROM public")
        self.addCleanup(self.sql, "DROP ROLE deploy")
        for command in ("plan", "apply"):
            done = self.rollcall(command, code=1, environment={"ROLLCALL_STATE": self.url("deploy"),
                                                               "PGPASSWORD": "the-password-of-deploy"})
            self.assertIn("its tables are in the schema public, which the role deploy may not use.", done.stderr)

    def test_tls(self):
        url = self.url(more="&sslmode=verify-full").replace("127.0.0.1", "localhost")
        self.assertIn("root certificate file", self.refused(url))
        authority = {"PGSSLROOTCERT": str(self.write("root.crt", SERVER.certificate.read_text(encoding="utf-8")))}
        self.rollcall("apply", "--auto-approve", "--state", url, environment=authority)
        self.rollcall("plan", "--state", url, "--ca-file", authority["PGSSLROOTCERT"], "--detailed-exitcode")
        by_number = url.replace("localhost", "127.0.0.1")
        self.assertIn("the server's certificate is not accepted", self.refused(by_number, **authority))
        other = self.write("other.crt", pathlib.Path("/etc/ssl/certs/ca-certificates.crt").read_text(encoding="utf-8"))
        self.assertIn("the server's certificate is not accepted (SSL error: certificate verify failed).",
                      self.refused(url, PGSSLROOTCERT=str(other)))
        # Off this machine nothing else is taken without being told so.
        done = self.refused("postgres://ana@db.example.com/ops?sslmode=disable")
        self.assertIn("sslmode=disable would send the state and its password unencrypted over the network.", done)

    def test_a_server_without_tls(self):
        plain = PostgresServer()
        self.addCleanup(plain.stop)
        self.assertIn("the server offers no TLS.", self.refused(self.url(port=plain.port, more="&sslmode=require")))

    def test_passwords_in_addresses_and_repositories(self):
        for url in (f"postgres://ana:{PASSWORD}@127.0.0.1/x", f"postgres://127.0.0.1/x?password={PASSWORD}"):
            self.assertIn("The state's address holds a password.", self.refused(url))
        self.write("rollcall.yaml", f"version: 1\nstate: {self.environment.pop('ROLLCALL_STATE')}\n")
        self.rollcall("plan")
        done = self.refused(CI="true")
        self.assertIn("the password is not sent to 127.0.0.1: in a pipeline (CI is set) the repository alone may not name the "
                      "server", done)
        # One of libpq's own files does not go there either.
        del self.environment["PGPASSWORD"]
        self.write(".pgpass", f"*:*:*:*:{PASSWORD}\n").chmod(0o600)
        self.assertIn("the password is not sent to 127.0.0.1", self.refused(CI="true"))
        # Where the pipeline's own variables name the server, the file may say the rest.
        self.write("rollcall.yaml", f"version: 1\nstate: postgres:///{self.database}?sslmode=disable\n")
        self.rollcall("plan", environment={"CI": "true", "PGHOST": "127.0.0.1", "PGPORT": str(self.postgres.port),
                                           "PGUSER": "ana"})


if __name__ == "__main__":
    main()
