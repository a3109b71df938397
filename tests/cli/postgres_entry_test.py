#!/usr/bin/python3
"""Who gets to a state in PostgreSQL: roles, rights, passwords, TLS."""

import pathlib

from command_line import ROOT, main
from postgres_case import PostgresTest
from postgres_server import PASSWORD, PostgresServer, free_port


class Entry(PostgresTest):
    tls = True

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
        authority = {"PGSSLROOTCERT": str(self.write("root.crt", self.postgres.certificate.read_text(encoding="utf-8")))}
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
