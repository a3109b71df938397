#!/usr/bin/python3
"""The way to the server: TLS, proxies, redirects, answers without end, and a server that asks to go slower."""

import itertools
import os
import socket
import tempfile
import threading
import time

from command_line import BUILD, CommandLineTest, ROSTER, TOKEN, main
from stand_in import Answer, Authority, Between, StandIn

PROXY_PASSWORD = "hush-of-the-proxy"
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class NetworkTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        for name in PROXY_VARIABLES:
            self.environment.pop(name, None)
            self.environment.pop(name.upper(), None)
        self.write("roster.yaml", ROSTER)
        self.server()

    def assert_no_secret(self, text):
        super().assert_no_secret(text)
        self.assertNotIn(PROXY_PASSWORD, text)

    def at(self, address):
        self.environment["ROLLCALL_SERVER"] = address

    def fails(self, *arguments, environment=None, says=()):
        """Runs a command that cannot succeed; one clear error, a hint, and no state that holds anything."""
        before = self.files()
        done = self.rollcall(*arguments, "-v", code=1, environment=environment)
        for text in says:
            self.assertIn(text, done.stderr)
        self.assertIn("hint:", done.stderr)
        self.assertEqual(self.files(), before)
        return done

    def files(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir()
                if path.is_file() and not path.name.endswith(".lock")}

    def asked(self):
        """Requests that reached the sandbox's API."""
        return self.sandbox.control("GET", "counters")["requests"]


class Certificates(NetworkTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rollcall-ca-")
        cls.addClassCleanup(folder.cleanup)
        cls.authority = Authority(folder.name)
        cls.ca_file = str(cls.authority.file)

    def behind_tls(self, *names, **options):
        return Between(self, self.sandbox.port, context=self.authority.context("server", *names, **options))

    def test_an_unknown_authority_is_refused_until_it_is_named(self):
        server = self.behind_tls("IP:127.0.0.1")
        self.at(f"https://127.0.0.1:{server.port}")
        self.fails("plan", "--refresh", says=["The certificate of 127.0.0.1 was not accepted", "--ca-file"])
        self.fails("apply", "--auto-approve", "--refresh", says=["The certificate of 127.0.0.1 was not accepted"])
        self.assertEqual(server.requests, [])
        self.apply("--ca-file", self.ca_file)
        self.rollcall("plan", "--refresh", "--ca-file", self.ca_file)
        self.assertEqual({request.headers.get("api_access_token") for request in server.requests}, {TOKEN})

    def test_no_keys_of_a_connection_are_logged(self):
        server = self.behind_tls("IP:127.0.0.1")
        self.at(f"https://127.0.0.1:{server.port}")
        log = self.folder / "keys.log"
        self.rollcall("plan", "--refresh", "--ca-file", self.ca_file, environment={"SSLKEYLOGFILE": str(log)})
        self.assertNotEqual(server.requests, [])
        self.assertFalse(log.exists())

    def test_another_host_name_is_refused(self):
        server = self.behind_tls("DNS:other.example.com")
        self.at(f"https://127.0.0.1:{server.port}")
        done = self.fails("plan", "--refresh", "--ca-file", self.ca_file, says=["The certificate of 127.0.0.1 was not accepted"])
        self.assertRegex(done.stderr, "does not match|no alternative certificate subject name")
        self.assertEqual(server.requests, [])

    def test_an_expired_one_is_refused(self):
        server = self.behind_tls("IP:127.0.0.1", expired=True)
        self.at(f"https://127.0.0.1:{server.port}")
        self.fails("plan", "--refresh", "--ca-file", self.ca_file, says=["certificate has expired"])
        self.assertEqual(server.requests, [])

    def test_a_file_of_certificates_that_is_none_is_told(self):
        self.at(f"https://127.0.0.1:{self.sandbox.port}")
        self.fails("plan", "--refresh", "--ca-file", "gone.pem", says=["The certificate file gone.pem could not be read."])
        self.write("garbage.pem", "no certificate")
        self.fails("plan", "--refresh", "--ca-file", "garbage.pem", says=["garbage.pem", "PEM"])

    def test_a_port_without_tls_is_told(self):
        self.at(f"https://127.0.0.1:{self.sandbox.port}")
        self.fails("plan", "--refresh", "--ca-file", self.ca_file, says=["No encrypted connection to 127.0.0.1", "speaks TLS"])


class PlainHttp(NetworkTest):
    def test_it_goes_to_this_machine_alone_unless_it_is_allowed(self):
        # Names under localhost lead here, but are not taken for this machine without a look.
        self.at(f"http://desk.localhost:{self.sandbox.port}")
        self.fails("plan", "--refresh", says=["Plain http:// would send the token to desk.localhost unencrypted.", "--allow-http"])
        self.assertEqual(self.asked(), 0)
        self.apply("--allow-http")
        self.assertGreater(self.asked(), 0)

    def test_a_password_in_the_address_is_refused_and_not_repeated(self):
        for address in (f"https://ana:{PROXY_PASSWORD}@chat.example.com", f"http://{PROXY_PASSWORD}@127.0.0.1:1"):
            self.fails("plan", "--refresh", "--server", address, says=["holds a user name or password"])


class Proxies(NetworkTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rollcall-ca-")
        cls.addClassCleanup(folder.cleanup)
        cls.authority = Authority(folder.name)
        cls.context = cls.authority.context("server", "DNS:desk.localhost")

    def setUp(self):
        super().setUp()
        self.tls = Between(self, self.sandbox.port, context=self.context)
        self.at(f"https://desk.localhost:{self.tls.port}")

    def proxy(self, handler=None):
        """A proxy, and its address with a password."""
        proxy = StandIn(self, handler or (lambda request: int(request.target.rpartition(":")[2])))
        return proxy, f"http://ana:{PROXY_PASSWORD}@127.0.0.1:{proxy.port}"

    def drift(self, **environment):
        return self.rollcall("plan", "--refresh", "-v", "--ca-file", str(self.authority.file), environment=environment)

    def fails_with(self, variable, value, says):
        return self.fails("plan", "--refresh", "--ca-file", str(self.authority.file), environment={variable: value}, says=says)

    def test_the_usual_variables_name_it_and_the_token_goes_only_through_the_tunnel(self):
        self.apply("--ca-file", str(self.authority.file))
        for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            proxy, address = self.proxy()
            self.drift(**{variable: address})
            self.assertTrue(proxy.requests, variable)
            for request in proxy.requests:
                self.assertEqual((request.method, request.target), ("CONNECT", f"desk.localhost:{self.tls.port}"))
                self.assertIn("proxy-authorization", request.headers)
                self.assertNotIn(TOKEN, str(request.headers))
        self.assertNotIn("proxy-authorization", self.tls.requests[-1].headers)

    def test_no_proxy_leads_past_it_and_this_machine_never_needs_one(self):
        self.apply("--ca-file", str(self.authority.file))
        proxy, address = self.proxy()
        for variable in ("NO_PROXY", "no_proxy"):
            self.drift(https_proxy=address, **{variable: "example.com,desk.localhost"})
        (self.folder / "rollcall.state.json").unlink()
        self.sandbox.control("POST", "reset", {})
        self.at(f"http://127.0.0.1:{self.sandbox.port}")
        self.rollcall("apply", "--auto-approve",
                      environment={"http_proxy": address, "https_proxy": address, "all_proxy": address})
        self.assertEqual(proxy.requests, [])

    def test_one_that_wants_a_password_or_forbids_the_server_is_told_at_once(self):
        proxy, address = self.proxy(lambda _: Answer(407, "Who are you?", "text/plain", Proxy_Authenticate="Basic"))
        self.fails_with("https_proxy", address, ["requires a user name and password", "(407)"])
        self.assertLessEqual(len(proxy.requests), 2)
        proxy, address = self.proxy(lambda _: Answer(403, "No.", "text/plain"))
        self.fails_with("https_proxy", address, ["The proxy did not connect to desk.localhost", "403"])
        self.assertEqual(len(proxy.requests), 1)
        self.assertEqual(self.tls.requests, [])

    def test_one_that_does_not_reach_the_server_is_asked_again_and_told(self):
        proxy, address = self.proxy(lambda _: Answer(502, "Bad gateway", "text/plain"))
        self.fails_with("https_proxy", address, ["The proxy did not connect to desk.localhost", "(it answered 502)"])
        self.assertEqual(len(proxy.requests), 5)

    def test_one_that_is_not_there_is_not_taken_for_the_server(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
            done = self.fails_with("https_proxy", f"http://ana:{PROXY_PASSWORD}@127.0.0.1:{port}",
                                   [f"Could not connect to the proxy on port {port}", "https_proxy"])
        self.assertIn("Connection refused", done.stderr)

    def test_one_whose_name_nobody_knows(self):
        self.fails_with("https_proxy", f"http://ana:{PROXY_PASSWORD}@nowhere.invalid:3128",
                        ["The name of the proxy could not be resolved.", "https_proxy"])

    def test_an_address_that_is_none_is_told_at_once_without_its_password(self):
        for address in (f"ftp://ana:{PROXY_PASSWORD}@127.0.0.1:3128", f"socks9://ana:{PROXY_PASSWORD}@127.0.0.1:3128",
                        f"http://ana:{PROXY_PASSWORD}@127.0.0.1:99999", f"http://ana:{PROXY_PASSWORD}@[::1"):
            done = self.fails_with("https_proxy", address, ["The address of the proxy", "is not valid"])
            self.assertEqual(done.stderr.count("/accounts refused by the proxy"), 1, done.stderr)

    def test_a_socks_proxy_that_does_not_lead_on_is_told_without_its_password(self):
        def answers(reply):
            """A server that reads the greeting and the user, and then refuses."""
            listener = socket.create_server(("127.0.0.1", 0))
            self.addCleanup(listener.close)
            turns = []

            def serve():
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    with connection:
                        turns.append(connection.recv(1024))
                        for part in reply:
                            connection.sendall(part)
                            connection.recv(1024)

            threading.Thread(target=serve, daemon=True).start()
            return turns, f"socks5://ana:{PROXY_PASSWORD}@127.0.0.1:{listener.getsockname()[1]}"

        turns, address = answers([b"\5\2", b"\1\1"])
        self.fails_with("https_proxy", address, ["requires another user name and password"])
        self.assertEqual(len(turns), 1)
        turns, address = answers([b"\5\2", b"\1\0", b"\5\5\0\1\0\0\0\0\0\0"])
        self.fails_with("https_proxy", address, ["The proxy did not connect to desk.localhost"])
        self.assertEqual(len(turns), 5)

    def test_plain_http_through_a_proxy(self):
        self.at(f"http://desk.localhost:{self.sandbox.port}")
        proxy = Between(self, self.sandbox.port)
        environment = {"http_proxy": f"http://ana:{PROXY_PASSWORD}@127.0.0.1:{proxy.port}"}
        self.rollcall("apply", "--auto-approve", "--allow-http", environment=environment)
        self.assertEqual({request.target.split("/platform")[0] for request in proxy.requests},
                         {f"http://desk.localhost:{self.sandbox.port}"})
        proxy.rule = lambda request, answer: Answer(407, "<html>Who are you?</html>", "text/html")
        self.fails("plan", "--refresh", "--allow-http", environment=environment, says=["A proxy requires a user name and password"])


class Redirects(NetworkTest):
    def test_none_is_followed_and_no_token_goes_on(self):
        other = StandIn(self, lambda request: Answer(200, []))
        for status in (301, 302, 303, 307, 308):
            target = f"http://127.0.0.1:{other.port}/sign-in?back=secret-of-the-page"
            server = StandIn(self, lambda _, s=status, t=target: Answer(s, "", "text/html", Location=t))
            self.at(f"http://127.0.0.1:{server.port}")
            for arguments in (["plan", "--refresh"], ["apply", "--auto-approve", "--refresh"]):
                done = self.fails(*arguments, says=[f"status {status}, a redirection to http://127.0.0.1:{other.port}",
                                                    "Redirections are never followed"])
                self.assertNotIn("secret-of-the-page", done.stdout + done.stderr)
        self.assertEqual(other.requests, [])


class Restarts(NetworkTest):
    def test_a_create_that_the_server_did_before_it_went_away_is_not_sent_again(self):
        for kind, roster in (("accounts", "accounts:\n  vip: {name: VIP}\n"),
                             ("agent_bots", "agent_bots:\n  vip: {name: VIP}\n")):
            with self.subTest(kind=kind):
                self.write("roster.yaml", "version: 1\n" + roster)
                (self.folder / "rollcall.state.json").unlink(missing_ok=True)
                creates = []

                def rule(request, answer, kind=kind, creates=creates):
                    if request.method != "POST" or not request.target.endswith("/" + kind):
                        return answer
                    creates.append(answer)
                    if len(creates) > 1:
                        return answer
                    between.stop()
                    return None

                between = Between(self, self.sandbox.port, rule)
                self.at(f"http://127.0.0.1:{between.port}")
                process = self.start("apply", "--auto-approve", "-v")
                said = ""
                for line in process.stderr:
                    said += line
                    if "could not connect" in line:
                        between.listen()
                        break
                stdout, stderr = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 0, stdout + said + stderr)
                self.assertEqual(len(creates), 1)
                self.assertEqual(len(self.sandbox.control("GET", "snapshot")[kind]), 1)
                self.assertIn("No changes.", self.rollcall("plan").stdout)


class Sizes(NetworkTest):
    HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

    def test_an_answer_that_tells_that_it_is_too_large_is_not_read(self):
        sent = []

        def endless(_):
            yield self.HEAD + b"Content-Length: %d\r\n\r\n" % (64 * 2**20 + 1)
            for _ in range(100):
                sent.append(1)
                yield b" " * 2**20

        self.at(f"http://127.0.0.1:{StandIn(self, endless).port}")
        self.fails("plan", "--refresh", says=["The response of 127.0.0.1 is larger than 64 MiB."])
        self.assertLess(len(sent), 20)

    def test_an_answer_without_end_is_cut_off(self):
        sent = []

        def endless(_):
            yield self.HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
            for _ in range(200):
                sent.append(1)
                yield b"100000\r\n" + b" " * 2**20 + b"\r\n"

        self.at(f"http://127.0.0.1:{StandIn(self, endless).port}")
        self.fails("plan", "--refresh", says=["The response of 127.0.0.1 is larger than 64 MiB."])
        self.assertIn(len(sent), range(60, 100))

    def test_headers_without_end_are_cut_off(self):
        def endless(_):
            yield b"HTTP/1.1 200 OK\r\n"
            for number in itertools.count():
                yield b"X-%d: " % number + b"x" * 4000 + b"\r\n"

        self.at(f"http://127.0.0.1:{StandIn(self, endless).port}")
        self.fails("plan", "--refresh", says=["The headers of the response of 127.0.0.1 are larger than 256 KiB."])


class Pace(NetworkTest):
    LIMIT = 6

    def throttled(self, **headers):
        """Before a sandbox with a limit: adds headers to its 429, and begins its next minute at once."""
        self.write("roster.yaml", ROSTER.replace("users:\n", "users:\n" + "".join(
            f"  p{number}@example.com: {{name: User {number}}}\n" for number in range(8)), 1))
        self.sandbox.stop()
        self.server("--throttle", str(self.LIMIT))
        self.sandbox.settings(throttle={"limit": self.LIMIT, "minute": 0})
        self.arrived, self.turned_away, minutes = [], [], itertools.count(1)

        def rule(_, answer):
            self.arrived.append(time.monotonic())
            if answer.status == 429:
                answer.headers.update(headers)
                self.turned_away.append(time.monotonic())
                self.sandbox.settings(throttle={"limit": self.LIMIT, "minute": next(minutes)})
            return answer

        between = Between(self, self.sandbox.port, rule)
        self.at(f"http://127.0.0.1:{between.port}")

    def check(self, at_least):
        self.assertTrue(self.turned_away)
        self.assertEqual(len(self.access()), 4)
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["accounts"]), 2)
        waits = [at - self.turned_away[0] for at in self.arrived if at > self.turned_away[0]]
        # What the other worker had on its way comes soon after the response, or not at all.
        early = [wait for wait in waits if 0.4 < wait < at_least - 0.05]
        self.assertEqual(early, [], "nobody goes before the end of the pause, save what is on its way")
        self.assertGreater(len(waits), 5)
        self.rollcall("plan", "--detailed-exitcode")

    def test_retry_after_of_a_proxy_holds_all_workers(self):
        self.throttled(**{"Retry-After": "1"})
        done = self.rollcall("apply", "--auto-approve", "-v", "--parallelism", "2")
        self.assertIn(" 429 ", done.stderr)
        self.check(1)

    def test_the_servers_date_tells_the_end_of_its_minute(self):
        self.throttled(Date="Fri, 01 May 2026 12:00:59 GMT")
        self.rollcall("apply", "--auto-approve", "--parallelism", "2")
        self.check(2)

    def test_one_that_turns_away_for_ever_is_told(self):
        server = StandIn(self, lambda _: Answer(429, "Retry later\n", "text/plain", Retry_After="0"))
        self.at(f"http://127.0.0.1:{server.port}")
        self.fails("plan", "--refresh", says=["too many requests (429)", "requests_per_minute"])
        self.assertEqual(len(server.requests), 5)

    def test_the_own_limit_spreads_requests_evenly(self):
        self.write("rollcall.yaml", "version: 1\nrequests_per_minute: 300\nparallelism: 8\n")
        between = Between(self, self.sandbox.port)
        arrived = []
        between.rule = lambda _, answer: (arrived.append(time.monotonic()), answer)[1]
        self.at(f"http://127.0.0.1:{between.port}")
        self.apply()
        span = arrived[-1] - arrived[0]
        # Five may go at once; the others follow every fifth of a second. A busy machine may see the first ones late.
        self.assertGreaterEqual(len(arrived), 10)
        self.assertGreaterEqual(span, (len(arrived) - 6) / 5 / 2)


if __name__ == "__main__":
    assert BUILD is not None and os.path.exists(BUILD / "rollcall")
    main()
