#!/usr/bin/python3
"""A PostgreSQL of the tests' own on a free port, a pgbouncer in front of it, and a proxy that loses connections.

Run as a program it prints one line of JSON, {"port", "pooler", "lossy", "password"}, and goes on until its input ends:
the unit tests start it so. Each line of the input, `WHEN NTH`, arms the lossy port (see LossyProxy.lose), and is answered
with the number of statements that have come there since the line before it.
"""

import ctypes
import glob
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PASSWORD = "the-password-of-ana-in-postgres"
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def eventually(holds, what, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def as_servant():
    """Options for a process that must not be root, as PostgreSQL and pgbouncer demand."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def start(command, log):
    """A process that ends with this one, however that ends."""
    def die_with_parent():
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)
    with open(log, "ab") as output:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                preexec_fn=die_with_parent, start_new_session=True, **as_servant())


def listening(begin, port):
    """`begin(port)` until a server listens; another one may have taken the port meanwhile."""
    for _ in range(5):
        chosen = port or free_port()
        process = begin(chosen)
        eventually(lambda: process.poll() is not None or listens(chosen), "listening")
        if process.poll() is None:
            return process, chosen
    raise AssertionError("the server did not start")


class PostgresServer:
    """`ana` owns the databases that `database()` makes, and has a password; `admin` is the superuser. Connections over TCP
    want passwords."""

    def __init__(self, tls=False):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        if not found:
            raise AssertionError("There is no PostgreSQL: install the packages of tests/support/setup.sh.")
        self.binaries = pathlib.Path(found[-1]).parent
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rollcall-pg-"))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.log.touch()
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        subprocess.run([self.binaries / "initdb", "-D", self.data, "-U", "admin", "--auth-local=trust",
                        "--auth-host=scram-sha-256", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", **as_servant())
        self.options = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=16MB",
                        "-c", "max_connections=60", "-c", "autovacuum=off", "-c", "listen_addresses=127.0.0.1",
                        "-c", f"unix_socket_directories={self.folder}"]
        if tls:
            self.make_certificate()
        self.port = None
        self.process = None
        self.others = []
        self.databases = 0
        self.start()
        self.psql(f"CREATE ROLE ana LOGIN PASSWORD '{PASSWORD}'")

    def make_certificate(self):
        self.certificate = self.data / "server.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-out", self.certificate, "-keyout",
                        self.data / "server.key"], check=True, stderr=subprocess.DEVNULL, cwd="/", **as_servant())
        self.options += ["-c", "ssl=on"]

    def start(self, *options):
        self.process, self.port = listening(
            lambda port: start([self.binaries / "postgres", "-D", self.data, "-p", str(port), *self.options, *options],
                               self.log), self.port)
        self.await_ready(self.port)

    def await_ready(self, port):
        eventually(lambda: subprocess.run([self.binaries / "pg_isready", "-q", "-h", self.folder, "-p", str(port)],
                                          check=False).returncode == 0, "taking connections")

    def halt(self):
        """At once, as in a crash."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)

    def stop(self):
        for process in self.others:
            process.terminate()
            process.wait(60)
        if self.process.poll() is None:
            self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def psql(self, sql, database="postgres", user="admin"):
        """What the SQL gives, a row a line."""
        # What is in the PATH is a script of Debian's, which takes longer than the query.
        done = subprocess.run([self.binaries / "psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", self.folder,
                               "-p", str(self.port), "-U", user, "-d", database], input=sql, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8", check=False, env={"PATH": os.environ["PATH"]})
        if done.returncode != 0:
            raise AssertionError(f"{sql}\n{done.stderr}")
        return done.stdout.strip()

    def database(self):
        """The name of a new one, in which `ana` may do everything."""
        self.databases += 1
        name = f"ops{self.databases}"
        self.psql(f"CREATE DATABASE {name} OWNER ana")
        return name

    def standby(self):
        """The port of a server that follows this one and takes no writes; it has what is here by now."""
        data = self.folder / f"standby{len(self.others)}"
        subprocess.run([self.binaries / "pg_basebackup", "-h", self.folder, "-p", str(self.port), "-U", "admin", "-D", data,
                        "-R", "-X", "stream", "-c", "fast", "--no-sync"], check=True, cwd="/", **as_servant())
        process, port = listening(
            lambda port: start([self.binaries / "postgres", "-D", data, "-p", str(port), *self.options], self.log), None)
        self.others.append(process)
        self.await_ready(port)
        return port

    def pooler(self):
        """The port of a pgbouncer that gives each transaction another connection, and takes nothing that it does not know."""
        folder = self.folder / f"pooler{len(self.others)}"
        folder.mkdir(mode=0o755)
        (folder / "users").write_text(f'"ana" "{PASSWORD}"\n', encoding="utf-8")
        def begin(port):
            (folder / "pgbouncer.ini").write_text(
                f"[databases]\n* = host=127.0.0.1 port={self.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
                f"listen_port = {port}\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {folder}/users\n"
                "pool_mode = transaction\ndefault_pool_size = 3\n", encoding="utf-8")
            return start(["/usr/sbin/pgbouncer", "-q", folder / "pgbouncer.ini"], self.log)
        process, port = listening(begin, None)
        self.others.append(process)
        return port


class LossyProxy:
    """Passes connections on to a port, and loses the one of the statement that `lose` names."""

    def __init__(self, port):
        self.target = port
        self.lock = threading.Lock()
        self.statements = 0
        self.loss = None
        self.lost = 0
        self.holds = False
        self.then = "drop"
        self.reached = threading.Event()
        self.released = threading.Event()
        self.done = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def lose(self, word, when, nth=1):
        """The connection on which the nth statement comes that has `word` in it, `before` or `after` its effect. How many
        statements have come since the last call."""
        with self.lock:
            self.loss = [word, when, nth]
            self.lost = 0
            came, self.statements = self.statements, 0
            return came

    def hold(self, when, nth):
        """The nth statement from now on, renewals of locks apart, waits before or after its effect: `reached` is set then."""
        self.holds = True
        self.lose("", when, nth)

    def release(self, then):
        """What is held has its effect (`continue`) or none (`drop`). Returns once that is so."""
        self.then = then
        self.released.set()
        if then == "continue" and not self.done.wait(60):
            raise AssertionError("a statement did not end")

    def stop(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def decide(self, statement):
        """What to do with the connection of this statement."""
        with self.lock:
            self.statements += 1
            if not self.loss or self.loss[0] not in statement or (self.holds and "renewed" in statement):
                return None
            self.loss[2] -= 1
            if self.loss[2]:
                return None
            when, self.loss = self.loss[1], None
            self.lost += 1
            return when

    def serve(self, client):
        server = None
        silent = threading.Event()
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.answers, args=(server, client, silent), daemon=True).start()
            reader = client.makefile("rb")
            size = int.from_bytes(self.exactly(reader, 4), "big")
            server.sendall(size.to_bytes(4, "big") + self.exactly(reader, size - 4))
            while True:
                message = self.message(reader)
                when = None
                if message[:1] == b"P":
                    # A statement is there as a whole before anything is done with it.
                    when = self.decide(message[6:].split(b"\0")[0].decode())
                    while message[-5:] != b"S\0\0\0\4":
                        message += self.message(reader)
                if when == "before":
                    self.reached.set()
                    if not self.holds or not self.released.wait(60) or self.then == "drop":
                        return
                if when:
                    silent.set()
                server.sendall(message)
        except (OSError, EOFError):
            # What a client has sent that is gone is carried out.
            if silent.is_set():
                self.done.wait(60)
        finally:
            for end in (client, server):
                if end:
                    try:
                        end.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass
                    end.close()

    def answers(self, server, client, silent):
        """What the server says; under `silent` nothing of it comes through, and at the end of an answer all is over."""
        last = b""
        try:
            while piece := server.recv(1 << 16):
                last = (last + piece)[-6:]
                if not silent.is_set():
                    client.sendall(piece)
                elif last[:1] == b"Z" and last[1:5] == b"\0\0\0\5":
                    self.reached.set()
                    if self.holds:
                        self.released.wait(60)
                    self.done.set()
                    break
        except OSError:
            pass
        for end in (client, server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def message(self, reader):
        head = self.exactly(reader, 5)
        return head + self.exactly(reader, int.from_bytes(head[1:], "big") - 4)

    @staticmethod
    def exactly(reader, size):
        data = reader.read(size)
        if len(data) < size:
            raise EOFError
        return data


def main():
    server = PostgresServer()
    try:
        server.psql("CREATE DATABASE ops OWNER ana")
        proxy = LossyProxy(server.port)
        print(json.dumps({"port": server.port, "pooler": server.pooler(), "lossy": proxy.port, "password": PASSWORD}),
              flush=True)
        for line in sys.stdin:
            when, nth = line.split()
            print(proxy.lose("", when, int(nth)), flush=True)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
