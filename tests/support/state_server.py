"""A small server that keeps states as Terraform's HTTP backend wants it, in the dialect of GitLab (to the letter) or as
a plain server with LOCK and UNLOCK does."""

import base64
import hashlib
import json
import urllib.parse

from faulty_server import FaultyHandler, FaultyServer, Refusal

LOCK_FIELDS = ("ID", "Operation", "Info", "Who", "Version", "Created", "Path")
PROJECT = "/api/v4/projects/7/terraform/state/"


class StateServer(FaultyServer):
    """`users` gives a role ("developer", "maintainer") for "name:password"."""

    def __init__(self, dialect="gitlab", users=None):
        self.dialect = dialect
        self.users = users or {}
        # Of each state: its versions, the highest serial last, and the lock that somebody has.
        self.versions = {}
        self.locks = {}
        self.too_large = None
        super().__init__()

    def url(self, name="rollcall", project=7):
        path = f"/api/v4/projects/{project}/terraform/state/" if self.dialect == "gitlab" else "/states/"
        return f"http://127.0.0.1:{self.port}{path}{name}"

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


class StateHandler(FaultyHandler):
    def refuse(self, status, message=None):
        return Refusal(status, b"" if message is None else json.dumps(message).encode())

    def made_up(self, status):
        return json.dumps({"message": f"made up {status}"}).encode(), {}

    do_GET = do_POST = do_DELETE = do_LOCK = do_UNLOCK = FaultyHandler.handle_all

    def role(self):
        if not self.states.users:
            return "maintainer"
        kind, _, value = (self.headers.get("Authorization") or "").partition(" ")
        try:
            role = self.states.users.get(base64.b64decode(value).decode()) if kind == "Basic" else None
        except ValueError:
            role = None
        if role is None:
            raise self.refuse(401, {"message": "401 Unauthorized"})
        return role

    def act(self, body):
        status, reply = self.reply_to(body)
        return status, reply or b"", {}

    def reply_to(self, body):
        role = self.role()
        target = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(target.query)
        lock_id = query.get("ID", [None])[0]
        gitlab = self.states.dialect == "gitlab"
        if gitlab and not target.path.startswith(PROJECT):
            raise self.refuse(404, {"message": "404 Project Not Found"})
        if self.command != "GET" and role != "maintainer":
            raise self.refuse(403, {"message": "403 Forbidden"})
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
        raise self.refuse(405)

    def read(self, name):
        versions = self.states.versions.get(name)
        if not versions:
            raise self.refuse(204 if self.states.dialect == "gitlab" else 404)
        return 200, versions[-1]

    def write(self, name, lock_id, body):
        digest = self.headers.get("Content-MD5")
        if digest is None or base64.b64decode(digest) != hashlib.md5(body).digest():
            raise self.refuse(400, {"message": "Content-MD5 does not match"})
        if self.states.too_large and len(body) > self.states.too_large:
            raise self.refuse(413)
        lock = self.states.locks.get(name)
        if lock and lock["ID"] != lock_id:
            raise self.refuse(409, lock)
        serial = json.loads(body).get("serial")
        versions = self.states.versions.setdefault(name, [])
        if self.states.dialect == "gitlab" and (
                not isinstance(serial, int) or any(json.loads(one)["serial"] == serial for one in versions)):
            raise self.refuse(422, {"message": "422 Unprocessable Entity"})
        versions.append(body)
        return 200, None

    def lock(self, name, body):
        wanted = json.loads(body)
        missing = [field for field in LOCK_FIELDS if field not in wanted]
        if missing:
            raise self.refuse(400, {"error": f"{missing[0]} is missing"})
        if len(wanted["ID"]) > 255:
            raise self.refuse(400, {"error": "ID is too long"})
        held = self.states.locks.get(name)
        if held:
            # GitLab keeps no more of a lock than these three; the rest it echoes from the request.
            told = {**wanted, **{field: held[field] for field in ("ID", "Who", "Created")}}
            raise self.refuse(409 if self.states.dialect == "gitlab" else 423,
                          told if self.states.dialect == "gitlab" else held)
        self.states.locks[name] = wanted
        return 200, None

    def unlock(self, name, lock_id):
        held = self.states.locks.get(name)
        if held and lock_id is not None and held["ID"] != lock_id:
            raise self.refuse(409, held if self.states.dialect == "plain" else {"message": "409 Conflict"})
        self.states.locks.pop(name, None)
        return 200, None


StateServer.handler = StateHandler
