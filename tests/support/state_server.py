"""A small server that keeps states as Terraform's HTTP backend wants it, in the dialect of GitLab (to the letter) or as
a plain server with LOCK and UNLOCK does."""

import base64
import hashlib
import http.server
import json
import socket
import threading
import urllib.parse

LOCK_FIELDS = ("ID", "Operation", "Info", "Who", "Version", "Created", "Path")
PROJECT = "/api/v4/projects/7/terraform/state/"


class StateServer:
    """Runs in this process until `stop`. `users` gives a role ("developer", "maintainer") for "name:password"."""

    def __init__(self, dialect="gitlab", users=None):
        self.dialect = dialect
        self.users = users or {}
        self.mutex = threading.Lock()
        # Of each state: its versions, the highest serial last, and the lock that somebody has.
        self.versions = {}
        self.locks = {}
        self.requests = []
        self.faults = []
        self.reached = threading.Event()
        self.released = threading.Event()
        self.too_large = None
        self.gone = False
        self.then = "drop"
        handler = type("Handler", (Handler,), {"states": self})
        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.httpd.daemon_threads = True
        self.port = self.httpd.server_address[1]
        threading.Thread(target=self.httpd.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, name="rollcall", project=7):
        path = f"/api/v4/projects/{project}/terraform/state/" if self.dialect == "gitlab" else "/states/"
        return f"http://127.0.0.1:{self.port}{path}{name}"

    def stop(self):
        self.httpd.shutdown()
        self.httpd.server_close()

    def go_away(self):
        """From now on every connection ends without an answer."""
        self.gone = True

    def state(self, name="rollcall"):
        with self.mutex:
            versions = self.versions.get(name)
            return json.loads(versions[-1]) if versions else None

    def lock_of(self, name="rollcall"):
        with self.mutex:
            return self.locks.get(name)

    def set_lock(self, lock, name="rollcall"):
        with self.mutex:
            self.locks[name] = lock

    def fail(self, method, what, when="before", nth=1):
        """The nth request of this method loses its connection before or after its effect, or gets the status `what`."""
        with self.mutex:
            self.faults.append({"method": method, "what": what, "when": when, "left": nth})

    def hold(self, when, nth):
        """The nth request from now on waits before or after its effect: `reached` is set then. Its client gets no answer."""
        self.reached.clear()
        self.released.clear()
        self.fail(None, "hold", when, nth)

    def release(self, then):
        """What is held has its effect (`continue`) or none (`drop`). Returns once that is so."""
        self.then = then
        self.reached.clear()
        self.released.set()
        self.reached.wait(60)

    def methods(self):
        with self.mutex:
            return [method for method, _ in self.requests]


class Refusal(Exception):
    def __init__(self, status, body=None):
        super().__init__(status)
        self.status = status
        self.body = body


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    states = None

    def log_message(self, *_):
        pass

    def fault(self, when):
        with self.states.mutex:
            for fault in self.states.faults:
                if fault["method"] not in (None, self.command) or fault["when"] != when:
                    continue
                fault["left"] -= 1
                if fault["left"] == 0:
                    self.states.faults.remove(fault)
                    return fault["what"]
        return None

    def answer(self, status, body=None):
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status != 204:
            self.wfile.write(data)

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def handle_all(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        with self.states.mutex:
            self.states.requests.append((self.command, self.path))
        fault = self.fault("before")
        if fault == "hold":
            return self.held(body)
        if fault == "drop" or self.states.gone:
            return self.drop()
        if fault:
            return self.answer(fault, {"message": "made up"})
        status, reply = self.carry_out(body)
        fault = self.fault("after")
        if fault == "hold":
            return self.held(None)
        if fault == "drop":
            return self.drop()
        return self.answer(fault or status, reply)

    def carry_out(self, body):
        try:
            with self.states.mutex:
                return self.act(body)
        except Refusal as refusal:
            return refusal.status, refusal.body

    def held(self, body):
        self.states.reached.set()
        self.states.released.wait(60)
        if body is not None and self.states.then == "continue":
            self.carry_out(body)
        self.states.reached.set()
        self.drop()

    do_GET = do_POST = do_DELETE = do_LOCK = do_UNLOCK = handle_all

    def role(self):
        if not self.states.users:
            return "maintainer"
        kind, _, value = (self.headers.get("Authorization") or "").partition(" ")
        try:
            role = self.states.users.get(base64.b64decode(value).decode()) if kind == "Basic" else None
        except ValueError:
            role = None
        if role is None:
            raise Refusal(401, {"message": "401 Unauthorized"})
        return role

    def act(self, body):
        role = self.role()
        target = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(target.query)
        lock_id = query.get("ID", [None])[0]
        gitlab = self.states.dialect == "gitlab"
        if gitlab and not target.path.startswith(PROJECT):
            raise Refusal(404, {"message": "404 Project Not Found"})
        if self.command != "GET" and role != "maintainer":
            raise Refusal(403, {"message": "403 Forbidden"})
        name = target.path[len(PROJECT if gitlab else "/states/"):]
        if gitlab and name.endswith("/lock"):
            name = name[:-len("/lock")]
            if self.command == "POST":
                return self.lock(name, body)
            if self.command == "DELETE":
                return self.unlock(name, lock_id)
        elif not gitlab and self.command == "LOCK":
            return self.lock(name, body)
        elif not gitlab and self.command == "UNLOCK":
            return self.unlock(name, json.loads(body or b"{}").get("ID"))
        elif self.command == "GET":
            return self.read(name)
        elif self.command == "POST":
            return self.write(name, lock_id, body)
        raise Refusal(405)

    def read(self, name):
        versions = self.states.versions.get(name)
        if not versions:
            raise Refusal(204 if self.states.dialect == "gitlab" else 404)
        return 200, versions[-1]

    def write(self, name, lock_id, body):
        digest = self.headers.get("Content-MD5")
        if digest is None or base64.b64decode(digest) != hashlib.md5(body).digest():
            raise Refusal(400, {"message": "Content-MD5 does not match"})
        if self.states.too_large and len(body) > self.states.too_large:
            raise Refusal(413)
        lock = self.states.locks.get(name)
        if lock and lock["ID"] != lock_id:
            raise Refusal(409, lock)
        serial = json.loads(body).get("serial")
        versions = self.states.versions.setdefault(name, [])
        if self.states.dialect == "gitlab" and (
                not isinstance(serial, int) or any(json.loads(one)["serial"] == serial for one in versions)):
            raise Refusal(422, {"message": "422 Unprocessable Entity"})
        versions.append(body)
        return 200, None

    def lock(self, name, body):
        wanted = json.loads(body)
        missing = [field for field in LOCK_FIELDS if field not in wanted]
        if missing:
            raise Refusal(400, {"error": f"{missing[0]} is missing"})
        if len(wanted["ID"]) > 255:
            raise Refusal(400, {"error": "ID is too long"})
        held = self.states.locks.get(name)
        if held:
            # GitLab keeps no more of a lock than these three; the rest it echoes from the request.
            told = {**wanted, **{field: held[field] for field in ("ID", "Who", "Created")}}
            raise Refusal(409 if self.states.dialect == "gitlab" else 423,
                          told if self.states.dialect == "gitlab" else held)
        self.states.locks[name] = wanted
        return 200, None

    def unlock(self, name, lock_id):
        held = self.states.locks.get(name)
        if held and lock_id is not None and held["ID"] != lock_id:
            raise Refusal(409, held if self.states.dialect == "plain" else {"message": "409 Conflict"})
        self.states.locks.pop(name, None)
        return 200, None
