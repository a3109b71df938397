#!/usr/bin/python3
"""Tests of what the recordings do not hold: faults, persistence, control endpoint, observations.

Usage: sandbox_test.py PROGRAM [unittest arguments]
"""

import http.client
import json
import os
import pathlib
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

from sandbox_server import Background, Sandbox, eventually

PROGRAM = ""
PASSWORD = "Passw0rd!"


class SandboxTest(unittest.TestCase):
    options = ()

    def setUp(self):
        self.sandbox = Sandbox(PROGRAM, *self.options)
        self.addCleanup(self.sandbox.stop)

    def account(self, name="Acme", **fields):
        answer = self.sandbox.api("POST", "/accounts", {"name": name, **fields})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()["id"]

    def user(self, email="ana@example.com", **fields):
        body = {"name": "Ana", "email": email, "password": PASSWORD, **fields}
        answer = self.sandbox.api("POST", "/users", body)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()["id"]

    def grant(self, account, user, role="agent"):
        return self.sandbox.api("POST", f"/accounts/{account}/account_users", {"user_id": user, "role": role})

    def snapshot(self):
        return self.sandbox.control("GET", "snapshot")


class Observations(SandboxTest):
    def test_an_unknown_feature_leaves_an_account_without_permission(self):
        answer = self.sandbox.api("POST", "/accounts", {"name": "Orphan", "features": {"teleport": True}})
        self.assertEqual(answer.status, 500)
        snapshot = self.snapshot()
        self.assertEqual([account["name"] for account in snapshot["accounts"]], ["Orphan"])
        self.assertEqual(snapshot["apps"][0]["accounts"], [])

    def test_a_deletion_leaves_its_permission_behind(self):
        account = self.account()
        self.sandbox.api("DELETE", f"/accounts/{account}")
        self.sandbox.control("POST", "jobs/run")
        self.assertEqual(self.snapshot()["accounts"], [])
        self.assertEqual(self.snapshot()["apps"][0]["accounts"], [account])
        self.assertEqual(self.sandbox.api("GET", "/accounts").status, 500)

    def test_the_token_is_the_same_each_time(self):
        user = self.user()
        shown = self.sandbox.api("GET", f"/users/{user}").json()["access_token"]
        for _ in range(2):
            self.assertEqual(self.sandbox.api("POST", f"/users/{user}/token").json()["access_token"], shown)

    def test_a_deleted_user_goes_before_the_memberships(self):
        self.sandbox.settings(queues=["low"])
        account, user = self.account(), self.user()
        self.grant(account, user)
        self.sandbox.api("DELETE", f"/users/{user}")
        self.sandbox.control("POST", "jobs/run")
        self.assertEqual(self.sandbox.api("GET", f"/users/{user}").status, 404)
        self.assertEqual(len(self.sandbox.api("GET", f"/accounts/{account}/account_users").json()), 1)
        self.sandbox.settings(queues=["low", "default"])
        self.sandbox.control("POST", "jobs/run")
        self.assertEqual(self.sandbox.api("GET", f"/accounts/{account}/account_users").json(), [])

    def test_adding_again_before_the_clean_up_fails_and_yet_adds(self):
        self.sandbox.settings(queues=[])
        account, user = self.account(), self.user()
        self.grant(account, user)
        self.sandbox.api("DELETE", f"/accounts/{account}/account_users", {"user_id": user})
        self.assertEqual(self.grant(account, user).status, 500)
        self.assertEqual(self.snapshot()["accounts"][0]["members"],
                         [{"user_id": user, "email": "ana@example.com", "role": "agent"}])
        self.assertEqual(self.grant(account, user).status, 200)
        self.sandbox.settings(queues=["low", "default"])
        self.sandbox.control("POST", "jobs/run")
        self.assertEqual(self.snapshot()["notification_settings"], [])
        self.assertEqual(len(self.snapshot()["accounts"][0]["members"]), 1)

    def test_a_bots_url_is_stored_though_not_shown(self):
        url = "https://bots.example.com/hook"
        shown = self.sandbox.api("POST", "/agent_bots", {"name": "Robo", "outgoing_url": url}).json()
        self.assertEqual(shown["outgoing_url"], "Robo")
        self.assertEqual(self.snapshot()["agent_bots"][0]["outgoing_url"], url)

    def test_connections_are_kept(self):
        connections = [http.client.HTTPConnection("127.0.0.1", self.sandbox.port, timeout=20) for _ in range(60)]
        for _ in range(10):
            for connection in connections:
                connection.request("GET", "/api")
                response = connection.getresponse()
                self.assertEqual(response.status, 200)
                self.assertIsNone(response.getheader("connection"))
                response.read()
                self.assertIsNotNone(connection.sock, "the server closed the connection")
        for connection in connections:
            connection.close()

    def test_a_large_body_is_asked_for(self):
        body = json.dumps({"name": "Big", "zzz": "x" * 2_000_000}).encode()
        head = (f"POST /platform/api/v1/accounts HTTP/1.1\r\nHost: x\r\napi_access_token: {self.sandbox.token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.sandbox.port), timeout=20) as connection:
            connection.sendall(head.encode())
            self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n"))
            connection.sendall(body)
            self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 200 OK\r\n"))

    def test_a_lost_request_is_none(self):
        with socket.create_connection(("127.0.0.1", self.sandbox.port), timeout=20) as connection:
            connection.sendall(b"POST /platform/api/v1/accounts HTTP/1.1\r\nHost: x\r\n"
                               b"api_access_token: sandbox-token\r\nContent-Type: application/json\r\n"
                               b"Content-Length: 100\r\n\r\n{\"name\": \"Half\"")
        self.account("Whole")
        self.assertEqual([account["name"] for account in self.snapshot()["accounts"]], ["Whole"])

    def test_hundreds_connect_at_once(self):
        # A stopped process accepts nothing, so all of them have to wait in the queue of its socket.
        self.sandbox.process.send_signal(signal.SIGSTOP)
        try:
            connections = [socket.create_connection(("127.0.0.1", self.sandbox.port), timeout=20) for _ in range(400)]
        finally:
            self.sandbox.process.send_signal(signal.SIGCONT)
        for connection in connections:
            with connection:
                connection.sendall(b"GET /api HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 200 OK\r\n"))

    def test_a_delayed_response_needs_no_thread(self):
        self.sandbox.settings(latency_ms=3600_000)
        connections = [socket.create_connection(("127.0.0.1", self.sandbox.port), timeout=20) for _ in range(200)]
        for connection in connections:
            self.addCleanup(connection.close)
            connection.sendall(b"GET /api HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertTrue(eventually(lambda: self.sandbox.control("GET", "counters")["in_flight"] == 200))
        self.assertLess(len(os.listdir(f"/proc/{self.sandbox.process.pid}/task")), 50)
        self.assertEqual(self.sandbox.stop(), 0)
        self.assertEqual({connection.recv(100) for connection in connections}, {b""})

    def race(self, point, send):
        """The statuses of two requests of which the first is at the point while the second runs."""
        fault = self.sandbox.fault(method="POST", point=point)
        first = Background(send)
        self.assertEqual(self.sandbox.reached(fault), "held")
        second = send()
        self.sandbox.release(fault)
        return [first.result().status, second.status]

    def test_parallel_posts_of_one_membership_make_one(self):
        account, user = self.account(), self.user()
        self.assertEqual(self.race("validated", lambda: self.grant(account, user)), [500, 200])
        other = self.user("kim@example.com")
        self.assertEqual(self.race("lookup", lambda: self.grant(account, other)), [422, 200])
        many = [Background(lambda: self.grant(account, user)) for _ in range(20)]
        self.assertLessEqual({call.result().status for call in many}, {200, 422, 500})
        self.assertEqual([member["user_id"] for member in self.snapshot()["accounts"][0]["members"]], [user, other])

    def test_parallel_posts_of_one_address_make_one_user(self):
        def post(email):
            return self.sandbox.api("POST", "/users", {"name": "R", "email": email, "password": PASSWORD})
        self.assertEqual(self.race("lookup", lambda: post("one@example.com")), [422, 200])
        self.assertEqual(self.race("validated", lambda: post("two@example.com")), [500, 200])
        many = [Background(lambda: post("three@example.com")) for _ in range(10)]
        self.assertLessEqual({call.result().status for call in many}, {200, 422, 500})
        self.assertEqual([user["email"] for user in self.snapshot()["users"]],
                         ["one@example.com", "two@example.com", "three@example.com"])

    def test_the_throttle_spares_loopback_where_told(self):
        self.sandbox.settings(throttle={"limit": 5, "loopback": False})
        self.assertEqual([self.sandbox.api("GET", "/accounts").status for _ in range(12)], [200] * 12)

    def test_the_throttle_counts_by_the_minute(self):
        def statuses():
            return [self.sandbox.api("GET", "/accounts").status for _ in range(7)]
        self.sandbox.settings(throttle={"limit": 5, "minute": 1})
        self.assertEqual(statuses(), [200] * 5 + [429] * 2)
        self.sandbox.settings(throttle={"limit": 5, "minute": 2})
        self.assertEqual(statuses(), [200] * 5 + [429] * 2)

    def test_without_redis_a_failed_post_leaves_the_account_only(self):
        self.sandbox.settings(redis=False)
        self.assertEqual(self.sandbox.api("POST", "/accounts", {"name": "NR"}).status, 500)
        user = {"name": "NR", "email": "nr@example.com", "password": PASSWORD}
        self.assertEqual(self.sandbox.api("POST", "/users", user).status, 500)
        snapshot = self.snapshot()
        self.assertEqual(len(snapshot["accounts"]), 1)
        self.assertEqual(snapshot["users"], [])
        self.assertEqual(snapshot["apps"], [{"accounts": [], "users": [], "agent_bots": []}])


class Faults(SandboxTest):
    def test_a_failure_before_does_nothing(self):
        self.sandbox.fault(method="POST", path="/accounts$", action="fail", status=502)
        self.assertEqual(self.sandbox.api("POST", "/accounts", {"name": "A"}).status, 502)
        self.assertEqual(self.snapshot()["accounts"], [])
        self.assertEqual(self.sandbox.api("POST", "/accounts", {"name": "A"}).status, 200)

    def test_the_nth_and_the_count(self):
        fault = self.sandbox.fault(path="/accounts", nth=2, count=2, action="fail", status=503)
        self.assertEqual([self.sandbox.api("GET", "/accounts").status for _ in range(5)], [200, 503, 503, 200, 200])
        self.assertEqual(self.sandbox.control("GET", f"faults/{fault}")["met"], 2)

    def test_requests_at_once_meet_the_same_fault(self):
        self.sandbox.fault(path="/accounts", count=10000, action="fail", status=503)
        calls = [Background(lambda: {self.sandbox.api("GET", "/accounts").status for _ in range(50)})
                 for _ in range(8)]
        for call in calls:
            self.assertEqual(call.result(), {503})

    def test_a_body_narrows_the_match(self):
        self.sandbox.fault(method="POST", body="Second", action="fail")
        statuses = [self.sandbox.api("POST", "/accounts", {"name": name}).status for name in ("First", "Second")]
        self.assertEqual(statuses, [200, 500])

    def test_a_drop_after_does_the_work(self):
        self.sandbox.fault(method="POST", point="after", action="drop")
        with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
            self.sandbox.api("POST", "/accounts", {"name": "Lost"})
        self.assertEqual(self.sandbox.api("GET", "/accounts").json()[0]["name"], "Lost")
        self.assertEqual(self.sandbox.control("GET", "log")[0]["status"], 0)

    def test_points_of_an_accounts_creation(self):
        for point, features, permitted in (("validated", None, 0), ("row", 26, 0), ("features", 27, 0),
                                           ("after", 27, 1)):
            with self.subTest(point):
                self.sandbox.control("POST", "reset")
                self.sandbox.fault(method="POST", point=point, action="drop")
                with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
                    self.sandbox.api("POST", "/accounts", {"name": "A", "features": {"ip_lookup": True}})
                snapshot = self.snapshot()
                left = [len(account["features"]) for account in snapshot["accounts"]]
                self.assertEqual(left, [] if features is None else [features])
                self.assertEqual(len(snapshot["apps"][0]["accounts"]), permitted)

    def test_points_of_a_users_and_a_bots_creation(self):
        for path, table in (("/users", "users"), ("/agent_bots", "agent_bots")):
            with self.subTest(path):
                self.sandbox.fault(path=path, point="row", action="fail", status=504)
                body = {"name": "N", "email": "n@example.com", "password": PASSWORD}
                self.assertEqual(self.sandbox.api("POST", path, body).status, 504)
                self.assertEqual(len(self.snapshot()[table]), 1)
                self.assertEqual(self.snapshot()["apps"][0][table], [])

    def test_a_point_that_is_not_reached_is_told(self):
        fault = self.sandbox.fault(path="/accounts", point="features", action="fail")
        self.assertEqual(self.sandbox.api("GET", "/accounts").status, 200)
        self.assertEqual(self.sandbox.control("GET", f"faults/{fault}")["state"], "missed")

    def test_a_client_killed_while_it_is_held(self):
        fault = self.sandbox.fault(method="POST", point="row")
        address = f"http://127.0.0.1:{self.sandbox.port}/platform/api/v1/accounts"
        client = subprocess.Popen([sys.executable, "-c", "import sys, urllib.request as u; u.urlopen(u.Request("
                                   "sys.argv[1], b'{\"name\": \"Held\"}', {'api_access_token': sys.argv[2], "
                                   "'Content-Type': 'application/json'}))", address, self.sandbox.token])
        self.assertEqual(self.sandbox.reached(fault), "held")
        self.assertEqual(self.sandbox.control("GET", "counters")["held"], 1)
        client.kill()
        client.wait()
        self.assertEqual(self.snapshot()["apps"][0]["accounts"], [])
        self.sandbox.release(fault)
        self.assertTrue(eventually(lambda: self.snapshot()["apps"][0]["accounts"]))

    def test_a_release_may_end_the_request(self):
        for then, outcome in ((503, 503), ("continue", 200)):
            with self.subTest(then):
                fault = self.sandbox.fault(path="/accounts")
                call = Background(lambda: self.sandbox.api("GET", "/accounts"))
                self.assertEqual(self.sandbox.reached(fault), "held")
                # What is removed right after must not go on as if it had not been ended.
                self.assertEqual(self.sandbox.release(fault, then)["state"], "done")
                self.assertEqual(call.result().status, outcome)

    def test_held_requests_hold_up_no_other(self):
        faults = [self.sandbox.fault(path="/accounts") for _ in range(20)]
        calls = [Background(lambda: self.sandbox.api("GET", "/accounts")) for _ in faults]
        self.assertEqual([self.sandbox.reached(fault) for fault in faults], ["held"] * len(faults))
        self.assertEqual(self.sandbox.api("GET", "/accounts").status, 200)
        for fault in faults:
            self.sandbox.release(fault)
        self.assertEqual([call.result().status for call in calls], [200] * len(calls))

    def test_an_order_that_is_not_understood_is_refused(self):
        for order in ({"point": "nowhere"}, {"action": "explode"}, {"path": "("}, {"nth": "x"}):
            with self.subTest(order):
                answer = self.sandbox.send("POST", "/_sandbox/faults", {}, json.dumps(order))
                self.assertEqual(answer.status, 400)
        self.assertEqual(self.sandbox.control("GET", "faults"), [])

    def test_it_stops_while_a_request_is_held(self):
        fault = self.sandbox.fault(path="/accounts")
        call = Background(lambda: self.sandbox.api("GET", "/accounts"))
        self.assertEqual(self.sandbox.reached(fault), "held")
        self.assertEqual(self.sandbox.stop(), 0)
        with self.assertRaises((http.client.HTTPException, OSError)):
            call.result()


class Control(SandboxTest):
    def test_the_log_masks_passwords(self):
        self.user()
        self.sandbox.send("POST", "/platform/api/v1/users", {"api_access_token": "wrong"}, PASSWORD)
        log = self.sandbox.control("GET", "log")
        self.assertEqual([(entry["method"], entry["path"], entry["status"], entry["app"]) for entry in log],
                         [("POST", "/platform/api/v1/users", 200, 0), ("POST", "/platform/api/v1/users", 401, None)])
        self.assertEqual(log[0]["body"]["password"], "<secret>")
        self.assertEqual(log[1]["body"], "<9 bytes>")
        self.assertNotIn(PASSWORD, json.dumps(log))
        self.assertEqual(self.sandbox.control("GET", f"log?after={log[0]['number']}"), log[1:])

    def test_the_snapshot_has_no_secrets(self):
        user = self.sandbox.api("POST", "/users", {"name": "A", "email": "a@example.com", "password": PASSWORD}).json()
        bot = self.sandbox.api("POST", "/agent_bots", {"name": "B"}).json()
        text = json.dumps(self.snapshot())
        for secret in (user["access_token"], user["pubsub_token"], bot["access_token"], self.sandbox.token):
            self.assertNotIn(secret, text)

    def test_counters(self):
        account = self.account()
        self.sandbox.api("GET", f"/accounts/{account}")
        self.sandbox.api("GET", "/accounts/99")
        counters = self.sandbox.control("GET", "counters")
        self.assertEqual(counters["requests"], 3)
        self.assertEqual(counters["by_status"], {"200": 2, "404": 1})
        self.assertEqual(counters["by_endpoint"]["GET /platform/api/v1/accounts/:id"], 2)
        self.assertEqual(counters["in_flight"], 0)

    def test_open_connections_are_counted(self):
        def connections():
            return self.sandbox.control("GET", "counters")["connections"]
        self.assertTrue(eventually(lambda: connections() == 1), "its own")
        with socket.create_connection(("127.0.0.1", self.sandbox.port)):
            self.assertTrue(eventually(lambda: connections() == 2))
        self.assertTrue(eventually(lambda: connections() == 1))

    def test_reset(self):
        self.account()
        self.sandbox.fault(path="/accounts", action="fail")
        self.sandbox.control("POST", "reset", {"data_only": True})
        self.assertEqual(self.snapshot()["accounts"], [])
        self.assertEqual(len(self.sandbox.control("GET", "faults")), 1)
        self.sandbox.control("POST", "reset")
        self.assertEqual(self.sandbox.control("GET", "faults"), [])
        self.assertEqual(self.sandbox.control("GET", "log"), [])
        self.assertEqual(self.account(), 1)

    def test_settings_are_whole_or_unchanged(self):
        before = self.sandbox.control("GET", "settings")
        for change in ({"latency_ms": 5, "nope": 1}, {"latency_ms": 5, "redis": "down"}):
            answer = self.sandbox.send("PATCH", "/_sandbox/settings", {}, json.dumps(change))
            self.assertEqual(answer.status, 400)
            self.assertEqual(self.sandbox.control("GET", "settings"), before)

    def test_a_body_of_wrong_types_is_refused(self):
        fault = self.sandbox.fault(path="/accounts")
        for path, body in (("reset", {"data_only": "x"}), (f"faults/{fault}/release", {"then": []})):
            answer = self.sandbox.send("POST", "/_sandbox/" + path, {}, json.dumps(body))
            self.assertIn(answer.status, (400, 409))
        self.assertEqual(len(self.sandbox.control("GET", "faults")), 1)

    def test_a_full_licence(self):
        self.sandbox.settings(seats=0)
        body = {"name": "Over", "email": "over@example.com", "password": PASSWORD}
        self.assertEqual(self.sandbox.api("POST", "/users", body).status, 422)

    def test_an_unknown_path_is_told(self):
        answer = self.sandbox.send("GET", "/_sandbox/nope", {})
        self.assertEqual(answer.status, 404)
        self.assertIn("rollcall help sandbox", answer.json()["error"])

    def test_a_deletion_waits_for_its_job(self):
        self.sandbox.settings(job_delay_ms=3600_000)
        account = self.account()
        self.assertEqual(self.sandbox.api("DELETE", f"/accounts/{account}").status, 200)
        self.assertEqual(self.sandbox.api("GET", f"/accounts/{account}").status, 200)
        self.assertEqual(self.snapshot()["pending_jobs"], 1)
        self.sandbox.settings(job_delay_ms=0)
        self.assertEqual(self.sandbox.control("POST", "jobs/run"), {"ran": 2})
        self.assertEqual(self.sandbox.api("GET", f"/accounts/{account}").status, 404)
        second = self.account()
        self.sandbox.api("DELETE", f"/accounts/{second}")
        self.assertTrue(eventually(lambda: self.sandbox.api("GET", f"/accounts/{second}").status == 404))


class RandomFaults(unittest.TestCase):
    def statuses(self, *options):
        with Sandbox(PROGRAM, *options) as sandbox:
            outcomes = []
            for number in range(60):
                try:
                    outcomes.append(sandbox.api("POST", "/accounts", {"name": f"A{number}"}).status)
                except (http.client.RemoteDisconnected, ConnectionResetError):
                    outcomes.append(0)
            return outcomes, len(sandbox.control("GET", "snapshot")["accounts"])

    def test_fail_rate_does_nothing_and_repeats_by_seed(self):
        outcomes, made = self.statuses("--fail-rate", "0.5", "--seed", "7")
        self.assertEqual(set(outcomes), {200, 503})
        self.assertEqual(made, outcomes.count(200))
        self.assertEqual(self.statuses("--fail-rate", "0.5", "--seed", "7")[0], outcomes)
        self.assertNotEqual(self.statuses("--fail-rate", "0.5", "--seed", "8")[0], outcomes)

    def test_drop_before_does_nothing(self):
        outcomes, made = self.statuses("--drop-before", "0.5", "--seed", "1")
        self.assertEqual(set(outcomes), {200, 0})
        self.assertEqual(made, outcomes.count(200))

    def test_drop_after_does_the_work(self):
        outcomes, made = self.statuses("--drop-after", "0.5", "--seed", "1")
        self.assertEqual(set(outcomes), {200, 0})
        self.assertEqual(made, 60)


class CommandLine(unittest.TestCase):
    def run_program(self, *options):
        return subprocess.run([PROGRAM, *options], capture_output=True, text=True, timeout=20)

    def test_help(self):
        result = self.run_program("--help")
        self.assertEqual(result.returncode, 0)
        for option in ("--port", "--token", "--data", "--latency", "--job-delay", "--fail-rate", "--drop-before",
                       "--drop-after", "--throttle", "--seed"):
            self.assertIn(option, result.stdout)

    def test_what_is_not_understood_is_refused(self):
        for options, said in ((["--nope"], "Unknown option --nope"), (["--port", "x"], "--port cannot be x"),
                              (["--fail-rate", "2"], "--fail-rate cannot be 2"), (["--token"], "No value for --token"),
                              (["--latency", "fast"], "--latency cannot be fast"), (["extra"], "Unexpected argument")):
            with self.subTest(options):
                result = self.run_program(*options)
                self.assertEqual(result.returncode, 1)
                self.assertIn(said, result.stderr)
                self.assertEqual(result.stdout, "")

    def test_tokens_are_apps_of_their_own(self):
        with Sandbox(PROGRAM, tokens=("one", "two")) as sandbox:
            account = sandbox.api("POST", "/accounts", {"name": "A"}).json()["id"]
            self.assertEqual(sandbox.api("GET", f"/accounts/{account}", token="two").status, 401)
            self.assertEqual(sandbox.api("GET", "/accounts", token="sandbox-token").status, 401)

    def test_latency(self):
        with Sandbox(PROGRAM, "--latency", "50ms") as sandbox:
            start = time.monotonic()
            sandbox.api("GET", "/accounts")
            self.assertGreaterEqual(time.monotonic() - start, 0.05)

    def test_throttle_counts_loopback(self):
        with Sandbox(PROGRAM, "--throttle", "1") as sandbox:
            statuses = [sandbox.api("GET", "/accounts").status for _ in range(4)]
            # The minute may change in between, once.
            self.assertIn(429, statuses)
            self.assertEqual(sandbox.control("GET", "settings")["throttle"]["limit"], 1)

    def test_it_listens_on_loopback_only_and_on_a_port_once(self):
        with Sandbox(PROGRAM) as sandbox:
            result = self.run_program("--port", str(sandbox.port))
            self.assertEqual(result.returncode, 1)
            self.assertIn(f"Cannot listen on port {sandbox.port}", result.stderr)
            with socket.socket() as other:
                self.assertNotEqual(other.connect_ex(("127.0.0.2", sandbox.port)), 0)

    def test_signals_end_it_cleanly(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                sandbox = Sandbox(PROGRAM)
                idle = socket.create_connection(("127.0.0.1", sandbox.port))
                sandbox.process.send_signal(number)
                self.assertEqual(sandbox.stop(), 0)
                idle.close()


class Persistence(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "sandbox.json"

    def start(self):
        sandbox = Sandbox(PROGRAM, "--data", str(self.file))
        self.addCleanup(sandbox.stop)
        return sandbox

    def test_the_data_outlives_a_restart(self):
        first = self.start()
        account = first.api("POST", "/accounts", {"name": "Kept", "limits": {"agents": 2}, "status": None}).json()["id"]
        user = first.api("POST", "/users", {"name": "A", "email": "a@example.com", "password": PASSWORD}).json()
        first.api("POST", f"/accounts/{account}/account_users", {"user_id": user["id"], "role": "administrator"})
        first.api("POST", "/agent_bots", {"name": "B", "account_id": account})
        gone = first.api("POST", "/accounts", {"name": "Gone"}).json()["id"]
        first.settings(job_delay_ms=3600_000)
        first.api("DELETE", f"/accounts/{gone}")
        before = first.control("GET", "snapshot")
        self.assertEqual(first.stop(), 0)
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o600)
        self.assertNotIn(PASSWORD, self.file.read_text())

        second = self.start()
        self.assertEqual(second.control("GET", "snapshot"), before)
        self.assertEqual(before["pending_jobs"], 1)
        self.assertEqual(second.api("GET", f"/users/{user['id']}").json()["access_token"], user["access_token"])
        second.control("POST", "jobs/run")
        self.assertEqual(second.api("GET", f"/accounts/{gone}").status, 404)
        self.assertGreater(second.api("POST", "/accounts", {"name": "Next"}).json()["id"], gone)

    def test_it_is_written_soon_after_a_change(self):
        sandbox = self.start()
        sandbox.api("POST", "/accounts", {"name": "Soon"})
        self.assertTrue(eventually(lambda: self.file.exists() and "Soon" in self.file.read_text()))
        sandbox.kill()
        account = self.start().api("GET", "/accounts").json()[0]
        self.assertEqual(account["name"], "Soon")

    def test_a_foreign_file_is_refused_and_kept(self):
        for text in ("{", "{}", '{"format": "rollcall-sandbox-data", "version": 2, "data": {}}'):
            with self.subTest(text):
                self.file.write_text(text)
                result = subprocess.run([PROGRAM, "--data", str(self.file)], capture_output=True, text=True, timeout=20)
                self.assertEqual(result.returncode, 1)
                self.assertIn(str(self.file), result.stderr)
                self.assertEqual(self.file.read_text(), text)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
