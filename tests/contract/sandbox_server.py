"""Starts rollcall-sandbox for tests and talks to it, its control endpoint included."""

import http.client
import json
import subprocess
import threading
import time


class Answer:
    """A response: status, headers as sent, raw body; its body as JSON by json()."""

    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.getheaders()
        self.content_type = response.getheader("content-type")
        self.body = body

    def json(self):
        return json.loads(self.body)


class Sandbox:
    """A running sandbox; use it in a with statement."""

    def __init__(self, program, *options, tokens=("sandbox-token",)):
        command = [program, "--port", "0", *options]
        for token in tokens:
            command += ["--token", token]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on http://127.0.0.1:"):
            self.process.wait(10)
            raise RuntimeError(f"no address but {line!r}; {self.process.stderr.read()}")
        self.port = int(line.rsplit(":", 1)[1])
        self.token = tokens[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends it as a user would; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(30)
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def kill(self):
        self.process.kill()
        self.process.wait(30)

    def send(self, method, path, headers, body=None):
        """One request on a connection of its own, headers and body as they are."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            chunked = headers.get("Transfer-Encoding") == "chunked"
            data = body.encode() if isinstance(body, str) else body
            connection.request(method, path, iter([data]) if chunked else data, headers, encode_chunked=chunked)
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def api(self, method, path, body=None, token=None, **headers):
        """A request to the Platform API; path from /accounts on."""
        headers = {"api_access_token": token or self.token, "Content-Type": "application/json",
                   "Accept": "application/json", **headers}
        data = None if body is None else json.dumps(body)
        return self.send(method, "/platform/api/v1" + path, headers, data)

    def control(self, method, path, body=None):
        """A request to the control endpoint that must be understood; its JSON."""
        answer = self.send(method, "/_sandbox/" + path, {}, None if body is None else json.dumps(body))
        if answer.status != 200:
            raise AssertionError(f"{method} /_sandbox/{path}: {answer.status} {answer.body!r}")
        return answer.json()

    def settings(self, **changes):
        return self.control("PATCH", "settings", changes)

    def fault(self, **order):
        return self.control("POST", "faults", order)["id"]

    def reached(self, fault):
        """Waits until the fault was met; its state."""
        return self.control("GET", f"faults/{fault}?wait_ms=20000")["state"]

    def release(self, fault, then="continue"):
        return self.control("POST", f"faults/{fault}/release", {"then": then})


class Background:
    """A call on a thread of its own; result() waits for what it returned or raised."""

    def __init__(self, call):
        self._outcome = None
        self._error = None
        self._thread = threading.Thread(target=self._run, args=(call,), daemon=True)
        self._thread.start()

    def _run(self, call):
        try:
            self._outcome = call()
        except Exception as error:  # handed to whoever asks for the result
            self._error = error

    def result(self):
        self._thread.join(60)
        if self._thread.is_alive():
            raise TimeoutError("the request has no response")
        if self._error is not None:
            raise self._error
        return self._outcome


def eventually(check, seconds=10.0):
    """Polls until check() is true; whether it became so."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
