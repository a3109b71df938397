#!/usr/bin/python3
"""What goes wrong around a command: tokens, servers, locks, disks, signals."""

import fcntl
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess

from command_line import BUILD, CommandLineTest, ROSTER, TOKEN, eventually, main
from sanitized import SANITIZED


class Tokens(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.server()
        del self.environment["ROLLCALL_TOKEN"]

    def test_none_or_a_wrong_one(self):
        self.assertIn("Set ROLLCALL_TOKEN", self.apply(code=1).stderr)
        done = self.rollcall("apply", "--auto-approve", environment={"ROLLCALL_TOKEN": "wrong-one"}, code=1)
        self.assertIn("token", done.stderr + done.stdout)
        self.assertNotIn("wrong-one", done.stderr + done.stdout)
        self.assertIn("does not hold a token", self.rollcall(
            "drift", environment={"ROLLCALL_TOKEN": "two words"}, code=1).stderr)

    def files(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if not path.name.endswith(".lock")}

    def test_a_run_that_failed_before_its_first_effect_leaves_every_file_as_it_was(self):
        nothing = self.files()
        wrong, right = {"ROLLCALL_TOKEN": "wrong-one"}, {"ROLLCALL_TOKEN": TOKEN}
        for _ in range(2):
            self.rollcall("apply", "--auto-approve", environment=wrong, code=1)
            self.assertEqual(self.files(), nothing)
        self.rollcall("apply", "--auto-approve", environment=right)
        self.write("roster.yaml", ROSTER.replace("name: Kim", "name: Kim K").replace(", locale: en", ""))
        before = self.files()
        self.assertIn("rollcall.state.json", before)
        for refused in ("apply", "apply --refresh", "refresh"):
            self.rollcall(*refused.split(), *["--auto-approve"][:refused != "refresh"], environment=wrong, code=1)
            self.assertEqual(self.files(), before)
        # What the run learnt before it failed is no effect either.
        ana = self.state()["users"]["ana@example.com"]["id"]
        self.sandbox.api("PATCH", f"/users/{ana}", {"name": "Another Ana"})
        self.sandbox.fault(method="PATCH", path="/users/", action="fail", status=422, count=2)
        shown = self.rollcall("apply", "--auto-approve", "--refresh", environment=right, code=1).stdout
        self.assertEqual(self.files(), before)
        self.assertNotIn("recorded state is in", shown)
        self.assertNotIn("Forgot", shown)
        self.rollcall("apply", "--auto-approve", environment=right)
        self.assertEqual(self.files()["rollcall.state.json.bak"], before["rollcall.state.json"])

    def test_a_first_run_that_was_killed_gives_its_lineage_to_the_state(self):
        right = {"ROLLCALL_TOKEN": TOKEN}
        self.kill_apply_at("POST", "/users$", "--parallelism", "1", point="after", environment=right)
        self.assertFalse((self.folder / "rollcall.state.json").exists())
        listed = self.rollcall("state", "list")
        self.assertIn("accounts.desk", listed.stdout)
        self.assertNotIn("There is no recorded state", listed.stderr)
        self.rollcall("apply", "--auto-approve", environment=right)
        lineage = self.state()["lineage"]
        self.assertEqual(self.state()["server"], self.environment["ROLLCALL_SERVER"])
        self.assertEqual(list(self.folder.glob("*.journal")), [])
        for one in self.sandbox.control("GET", "snapshot")["accounts"]:
            self.assertTrue(one["custom_attributes"]["rollcall"].startswith(lineage + "/"))
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["users"]), 3)

    def test_the_journal_of_a_first_run_fits_no_state_but_its_own(self):
        right = {"ROLLCALL_TOKEN": TOKEN}
        self.kill_apply_at("POST", "/users$", "--parallelism", "1", point="before", environment=right)
        journal = next(self.folder.glob("*.journal"))
        kept = journal.read_bytes()
        self.rollcall("state", "rm", "accounts.vip")
        journal.write_bytes(kept)
        state = self.read("rollcall.state.json")
        # It is in the state.
        self.rollcall("plan", environment=right)
        self.write("rollcall.state.json", state.replace(self.state()["last_run"], "another"))
        self.assertIn("the run began without a state, and there is one by now",
                      self.rollcall("plan", environment=right, code=1).stderr)

    def test_file_and_command(self):
        path = self.write("token", TOKEN + "\n")
        path.chmod(0o600)
        self.assertNotIn("warning", self.apply("--token-file", "token").stderr)
        path.chmod(0o644)
        self.assertIn("Others can read the token file token", self.rollcall("drift", "--token-file", "token").stderr)
        self.rollcall("drift", "--token-command", "cat token")
        self.assertIn("exit code 7", self.rollcall("drift", "--token-command", "exit 7", code=1).stderr)
        self.assertIn("has no token", self.rollcall("drift", "--token-command", "true", code=1).stderr)
        self.assertIn("There is no token file gone.", self.rollcall("drift", "--token-file", "gone", code=1).stderr)
        self.rollcall("drift", "--token-file", "token", "--token-command", "cat token", code=1)

    def test_no_child_and_no_process_list_shows_the_token(self):
        self.environment["ROLLCALL_TOKEN"] = TOKEN
        self.apply("--token-command", "env > child; cat /proc/$PPID/environ > parent; echo " + TOKEN[:4] + "\"" + TOKEN[4:] + "\"")
        self.assertNotIn("ROLLCALL_TOKEN", self.read("child"))
        self.assertNotIn(TOKEN, self.read("parent"))


class TokenCommands(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)
        self.write("token", TOKEN + "\n").chmod(0o600)
        self.server()
        del self.environment["ROLLCALL_TOKEN"]

    def begun(self, *arguments, command):
        """Rollcall while its token command is at work, which has written its number into `pid`."""
        (self.folder / "pid").unlink(missing_ok=True)
        process = self.start(*arguments, "--token-command", f"echo $$ > new; mv new pid; {command}",
                             start_new_session=True)
        self.assertTrue(eventually((self.folder / "pid").exists))
        return process, int(self.read("pid"))

    def test_a_signal_ends_it_and_is_no_failure_of_the_command(self):
        for arguments in (["apply", "--auto-approve"], ["plan", "--refresh"], ["drift"], ["refresh"]):
            for number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(arguments=arguments, signal=number):
                    process, child = self.begun(*arguments, command="sleep 300; cat token")
                    process.send_signal(number)
                    _, stderr = process.communicate(timeout=60)
                    self.assertEqual(process.returncode, 128 + number, stderr)
                    self.assertIn("The run was stopped while the token command was running.", stderr)
                    self.assertNotIn("exit code", stderr)
                    self.assertTrue(eventually(lambda pid=child: not is_alive(pid)))

    def test_neither_does_one_that_has_closed_its_output_or_cannot_be_asked_to_end(self):
        for command in ("exec >&-; sleep 300", "trap '' TERM; sleep 300"):
            with self.subTest(command=command):
                process, child = self.begun("drift", command=command)
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=60)
                self.assertEqual(process.returncode, 128 + signal.SIGTERM)
                self.assertTrue(eventually(lambda pid=child: not is_alive(pid)))

    def test_it_reacts_to_signals_and_has_no_file_of_this_process(self):
        self.apply("--token-command",
                   "grep -E '^Sig(Blk|Ign)' /proc/self/status > signals; (sleep 300 >&- 2>&- & echo $! > left); "
                   "cat token")
        left = int(self.read("left"))
        self.addCleanup(lambda: is_alive(left) and os.kill(left, signal.SIGKILL))
        masks = [int(line.split()[1], 16) for line in self.read("signals").splitlines()]
        ours = sum(1 << (number - 1) for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM))
        self.assertEqual([mask & ours for mask in masks], [0, 0])
        self.assertTrue(is_alive(left), "what it leaves behind is nobody's business")
        self.assertLessEqual(set(os.listdir(f"/proc/{left}/fd")), {"0"})

    def test_what_it_leaves_running_with_its_output_is_not_waited_for(self):
        self.apply("--token-command", "sleep 300 2>&- & echo $! > left; cat token")
        left = int(self.read("left"))
        self.assertTrue(is_alive(left))
        os.kill(left, signal.SIGKILL)

    def test_far_too_much_is_no_token(self):
        done = self.rollcall("drift", "--token-command", "yes", code=1)
        self.assertIn("The output of the token command does not hold a token.", done.stderr)


def is_alive(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return "State:\tZ" not in status


class Servers(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("roster.yaml", ROSTER)

    def test_no_server_a_wrong_one_or_one_that_is_gone(self):
        token = {"ROLLCALL_TOKEN": TOKEN}
        self.assertIn("No server is named.", self.rollcall("drift", code=1, environment=token).stderr)
        for url in ("ftp://chat.example.com", "http://chat.example.com", "https://ana:pw@chat.example.com", "chat"):
            done = self.rollcall("drift", "--server", url, code=1, environment=token)
            self.assertIn("hint:", done.stderr)
            self.assertNotIn(":pw", done.stderr)
        self.server().stop()
        self.assertRegex(self.apply(code=1).stderr, r"127\.0\.0\.1")

    def test_a_server_that_goes_away_keeps_what_was_done(self):
        self.server()
        fault, process = self.hold_apply("POST", "/users$", "--parallelism", "1", fault={"nth": 2})
        self.sandbox.kill()
        stdout, stderr = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1)
        self.assert_no_secret(stdout + stderr)
        self.assertEqual(len(self.state()["accounts"]), 2)
        self.assertEqual(len(self.state()["users"]), 1)


class Locks(CommandLineTest):
    def held(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        return self.hold_apply("POST", "/accounts$", "--parallelism", "1")

    def test_a_second_writer_fails_at_once_or_waits(self):
        fault, first = self.held()
        shown = self.apply(code=1).stderr
        self.assertIn(f"process {first.pid}", shown)
        self.assertIn("apply", shown)
        waiting = self.start("apply", "--auto-approve", "--lock-timeout", "60s")
        self.sandbox.release(fault)
        self.assertEqual(first.wait(60), 0)
        stdout, _ = waiting.communicate(timeout=60)
        self.assertEqual(waiting.returncode, 0)
        self.assertIn("No changes.", stdout)
        first.stdout.close()
        first.stderr.close()

    def test_the_one_that_waits_says_for_whom_and_can_be_stopped(self):
        fault, first = self.held()
        for arguments in (["apply", "--auto-approve"], ["refresh"]):
            for number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(arguments=arguments, signal=number):
                    waiting = self.start(*arguments, "--lock-timeout", "10m")
                    said = waiting.stderr.readline()
                    self.assertIn(f"process {first.pid}", said)
                    self.assertIn("Waiting", said)
                    waiting.send_signal(number)
                    _, stderr = waiting.communicate(timeout=60)
                    self.assertEqual(waiting.returncode, 128 + number, stderr)
                    self.assertIn("The run was stopped while it waited", stderr)
        self.sandbox.release(fault)
        first.communicate(timeout=60)
        self.assertEqual(first.returncode, 0)

    def test_a_reader_is_not_kept_out_and_a_dead_holder_does_not_hold(self):
        fault, first = self.held()
        self.rollcall("plan")
        first.kill()
        first.communicate()
        self.sandbox.release(fault, "drop")
        self.apply()
        self.assertIn("No changes.", self.rollcall("plan").stdout)


class Disks(CommandLineTest):
    def test_a_read_only_folder_is_told_before_anything_is_sent(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        before = self.sandbox.control("GET", "counters")["requests"]
        self.write("file", "")
        done = self.apply("--state", "file/state.json", code=1)
        self.assertIn("hint:", done.stderr)
        self.assertEqual(self.sandbox.control("GET", "counters")["requests"], before)

    def test_a_full_disk_is_told_before_anything_is_sent(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        before = self.sandbox.control("GET", "counters")["requests"]

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))

        done = self.rollcall("apply", "--auto-approve", code=1, preexec_fn=small_files)
        self.assertRegex(done.stderr, r"Cannot write .*rollcall\.state\.json")
        self.assertEqual(self.sandbox.control("GET", "counters")["requests"], before)
        self.assertFalse((self.folder / "rollcall.state.json").exists())

    def test_a_disk_that_fills_up_during_the_run_stops_it_with_everything_recorded(self):
        users = "".join(f"  p{n}@example.com: {{name: User {n}}}\n" for n in range(30))
        self.write("roster.yaml", "version: 1\nusers:\n" + users)
        self.server()

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

        done = self.rollcall("apply", "--auto-approve", "--parallelism", "1", code=1, preexec_fn=small_files)
        self.assertRegex(done.stderr, r"Cannot write rollcall\.state\.json\.[0-9a-f]+\.journal: File too large")
        on_server = {user["email"] for user in self.sandbox.control("GET", "snapshot")["users"]}
        self.assertGreater(len(on_server), 2)
        self.assertEqual(set(self.state()["users"]), on_server, "everything that was done is recorded")
        self.assertEqual(list(self.folder.glob("*.journal")), [])
        self.apply()
        self.assertIn("No changes.", self.rollcall("plan").stdout)


class Permissions(CommandLineTest):
    """As a user whom the rights of a folder bind, which they do not root."""
    USER = 65534

    def setUp(self):
        super().setUp()
        self.program = BUILD / "rollcall"
        if os.geteuid() == 0:
            self.program = self.folder / "rollcall"
            shutil.copy(BUILD / "rollcall", self.program)
            os.chown(self.folder, self.USER, self.USER)

    def start(self, *arguments, **options):
        user = {"user": self.USER, "group": self.USER, "extra_groups": []} if os.geteuid() == 0 else {}
        return subprocess.Popen([self.program, *arguments], cwd=self.folder, env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                encoding="utf-8", **user, **options)

    def ended(self, process, code):
        stdout, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, stdout + stderr)
        self.assert_no_secret(stdout + stderr)
        return stdout + stderr

    def test_a_folder_that_may_no_longer_be_written_to_loses_nothing(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        self.ended(self.start("apply", "--auto-approve", "--only", "accounts.*"), 0)
        fault, process = self.hold_apply("POST", "/users$", "--parallelism", "1", fault={"nth": 2})
        before = self.read("rollcall.state.json")
        self.folder.chmod(0o500)
        self.sandbox.release(fault)
        said = self.ended(process, 1)
        self.assertIn("Permission denied", said)
        self.assertIn("Make the folder writable for this user", said)
        self.assertEqual(self.read("rollcall.state.json"), before)
        self.assertEqual(len(list(self.folder.glob("*.journal"))), 1)
        self.ended(self.start("plan"), 0)
        # Told before anything is sent.
        asked = self.sandbox.control("GET", "counters")["requests"]
        self.assertIn("Permission denied", self.ended(self.start("apply", "--auto-approve"), 1))
        self.assertEqual(self.sandbox.control("GET", "counters")["requests"], asked)
        self.folder.chmod(0o700)
        self.ended(self.start("apply", "--auto-approve"), 0)
        self.assertIn("No changes.", self.ended(self.start("plan"), 0))
        snapshot = self.sandbox.control("GET", "snapshot")
        self.assertEqual((len(snapshot["accounts"]), len(snapshot["users"])), (2, 3))
        self.assertEqual(list(self.folder.glob("*.journal")), [])


class Streams(CommandLineTest):
    def test_what_is_said_to_a_closed_stream_gets_into_no_file(self):
        self.write("roster.yaml", ROSTER)
        for closed in ((2,), (1, 2), (0, 1, 2), (0, 2), (1,)):
            with self.subTest(closed=closed):
                (self.folder / "rollcall.state.json").unlink(missing_ok=True)
                self.server()
                fault = self.sandbox.fault(method="POST", path="/account_users$", nth=3, action="hold")
                process = self.start("-v", "apply", "--auto-approve", "--parallelism", "1",
                                     preexec_fn=lambda fds=closed: [os.close(fd) for fd in fds])
                self.assertEqual(self.sandbox.reached(fault), "held")
                [journal] = self.folder.glob("*.journal")
                for line in journal.read_text().splitlines():
                    json.loads(line.partition(" ")[2])
                self.assertEqual(json.loads(self.read("rollcall.state.json.lock"))["pid"], process.pid)
                self.sandbox.release(fault)
                process.communicate(timeout=60)
                self.assertEqual(process.returncode, 0)
                self.assertIn("No changes.", self.rollcall("plan").stdout)


    def test_a_reader_that_goes_away_stops_nothing(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        self.read_by_nobody("plan", code=0)
        self.assertFalse((self.folder / "rollcall.state.json").exists())
        fault, process = self.hold_apply("POST", "/users$", "--parallelism", "1")
        process.stdout.close()
        process.stderr.close()
        self.sandbox.release(fault)
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(len(self.state()["users"]), 3)
        self.assertEqual(len(self.access()), 4)
        self.assertEqual(list(self.folder.glob("*.journal")), [])
        self.assertIn("No changes.", self.rollcall("plan").stdout)
        self.read_by_nobody("drift", code=0)
        user = next(user["id"] for user in self.sandbox.control("GET", "snapshot")["users"])
        self.sandbox.api("PATCH", f"/users/{user}", {"name": "Somebody else"})
        self.read_by_nobody("drift", code=2)

    def test_a_stderr_that_nobody_reads_holds_up_no_worker(self):
        many = 600 if SANITIZED else 2000
        users = "".join(f"  p{n}@example.com: {{name: User {n}}}\n" for n in range(many))
        self.write("roster.yaml", "version: 1\nusers:\n" + users)
        self.write("rollcall.yaml", "version: 1\nrequests_per_minute: 1000000\n")
        self.server()
        for more in ([], ["-v"]):
            with self.subTest(more=more):
                (self.folder / "rollcall.state.json").unlink(missing_ok=True)
                self.sandbox.control("POST", "reset")
                reader, writer = os.pipe()
                fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 8192)
                process = self.start(*more, "apply", "--auto-approve", stderr=writer)
                os.close(writer)
                try:
                    stdout, _ = process.communicate(timeout=120)
                finally:
                    process.kill()
                self.assertEqual(process.returncode, 0, stdout)
                self.assertIn(f"{many:,} created", stdout)
                self.assertEqual(len(self.state()["users"]), many)
                self.assertEqual(list(self.folder.glob("*.journal")), [])
                with os.fdopen(reader, encoding="utf-8") as said:
                    lines = said.read()
                self.assertGreater(len(lines), 4000, "the pipe was full")
                self.assertLessEqual(len(lines), 8192)
                self.assertTrue(lines.endswith("\n"))
                self.assertIn("No changes.", self.rollcall("plan").stdout)

    def read_by_nobody(self, *arguments, code):
        """With both streams into a pipe whose reader is gone before the first word."""
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = subprocess.run([BUILD / "rollcall", *arguments], cwd=self.folder, env=self.environment, stdout=writer,
                                  stderr=writer, stdin=subprocess.DEVNULL, timeout=60, check=False)
        finally:
            os.close(writer)
        self.assertEqual(done.returncode, code)

    def test_quiet_leaves_results_and_errors(self):
        idle = ROSTER + "  - {role: agent, accounts: [desk], except: [desk], users: [ana@example.com]}\n"
        self.write("roster.yaml", idle)
        self.assertIn("warning:", self.rollcall("validate").stderr)
        self.assertEqual(self.rollcall("validate", "--quiet").stderr, "")
        self.write("roster.yaml", idle + "groups: []\n")
        self.assertIn("error:", self.rollcall("validate", "--quiet", code=1).stderr)


class CoreImages(CommandLineTest):
    def test_none_is_written_for_it_would_hold_the_token(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        fault = self.sandbox.fault(method="POST", path="/users$", nth=1, action="hold")

        def large_images():
            most = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (most, most))

        process = self.start("apply", "--auto-approve", preexec_fn=large_images)
        self.assertEqual(self.sandbox.reached(fault), "held")
        limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text(encoding="ascii")
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        process.send_signal(signal.SIGQUIT)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, -signal.SIGQUIT)
        self.assertFalse(os.WCOREDUMP(status))
        process.communicate()
        self.sandbox.release(fault)


class Signals(CommandLineTest):
    def stop_with(self, number):
        self.write("roster.yaml", ROSTER)
        self.server()
        fault, process = self.hold_apply("POST", "/users$", "--parallelism", "1")
        process.send_signal(number)
        self.await_stop(process)
        self.sandbox.release(fault)
        stdout, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + number, stderr)
        self.assertEqual(len(self.state()["accounts"]), 2)
        self.assertEqual(len(self.state()["users"]), 1, "the request in flight is finished and recorded")
        self.assertIn("not started", stdout)
        self.apply()
        self.assertIn("No changes.", self.rollcall("plan").stdout)
        self.assertEqual(len(self.sandbox.control("GET", "snapshot")["users"]), 3)

    def test_interrupted(self):
        self.stop_with(signal.SIGINT)

    def test_terminated(self):
        self.stop_with(signal.SIGTERM)

    def test_a_second_signal_ends_it_at_once(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        fault, process = self.hold_apply("POST", "/users$", "--parallelism", "1")
        process.send_signal(signal.SIGINT)
        self.assertTrue(eventually(lambda: process.send_signal(signal.SIGINT) or process.poll() is not None))
        _, stderr = process.communicate()
        self.assertEqual(process.returncode, 130, stderr)
        self.sandbox.release(fault)

    def test_a_second_signal_ends_it_though_nobody_reads_what_it_says(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        fault, process = self.hold_apply("POST", "/users$", "--parallelism", "1", stderr=writer)
        os.set_blocking(writer, False)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(writer, b"x" * 512)
        os.set_blocking(writer, True)
        ended = eventually(lambda: process.send_signal(signal.SIGTERM) or process.poll() is not None)
        process.kill()
        self.assertTrue(ended)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        process.stdout.close()
        self.sandbox.release(fault)

    def test_interrupted_while_the_server_is_away(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        fault, process = self.hold_apply("POST", "/users$", "--parallelism", "1")
        process.send_signal(signal.SIGINT)
        self.await_stop(process)
        self.sandbox.kill()
        stdout, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, stdout + stderr)
        self.assertEqual(len(self.state()["accounts"]), 2)

    def test_interrupted_at_the_prompt(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        process = self.start("apply", stdin=subprocess.PIPE)
        prompt = ""
        while "Only `yes` applies: " not in prompt:
            prompt += process.stderr.read(1)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(30), 130)
        _, stderr = process.communicate()
        self.assertIn("Nothing was changed.", stderr)


class Threads(CommandLineTest):
    """Where the system gives no thread: each would want a stack of 64 TiB."""

    @staticmethod
    def no_threads():
        resource.setrlimit(resource.RLIMIT_STACK, (1 << 46, resource.getrlimit(resource.RLIMIT_STACK)[1]))

    def test_what_needs_none_works_and_what_needs_one_says_so(self):
        self.write("roster.yaml", ROSTER)
        self.server()
        self.assertIn("Plan: 9 to create", self.rollcall("plan", preexec_fn=self.no_threads).stdout)
        for command in (["plan", "--refresh"], ["apply", "--auto-approve"]):
            done = self.rollcall(*command, code=1, preexec_fn=self.no_threads)
            self.assertIn("The system refused a thread or another resource: ", done.stderr)
            self.assertIn("Raise the limit of processes", done.stderr)
        self.assertFalse((self.folder / "rollcall.state.json").exists())


if __name__ == "__main__":
    assert BUILD is not None and os.path.exists(BUILD / "rollcall")
    main()
