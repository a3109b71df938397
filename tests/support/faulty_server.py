"""What the small servers of states have in common: they run in this process, remember what they were asked, and fail where
a test says so."""

import http.server
import socket
import threading


class FaultyServer:
    """Runs until `stop`. Its handler is a FaultyHandler."""

    handler = None

    def __init__(self):
        self.mutex = threading.Lock()
        self.requests = []
        self.faults = []
        self.reached = threading.Event()
        self.released = threading.Event()
        self.then = "drop"
        self.gone = False
        handler = type("Handler", (self.handler,), {"states": self})
        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.httpd.daemon_threads = True
        self.port = self.httpd.server_address[1]
        threading.Thread(target=self.httpd.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.httpd.shutdown()
        self.httpd.server_close()

    def go_away(self):
        """From now on every connection ends without an answer."""
        self.gone = True

    def fail(self, method, what, when="before", nth=1, path=""):
        """The nth request of this method to a path that ends so loses its connection before or after its effect, or gets
        the status `what`."""
        with self.mutex:
            self.faults.append({"method": method, "what": what, "when": when, "left": nth, "path": path})

    def hold(self, when, nth, method=None, path=""):
        """The nth request from now on waits before or after its effect: `reached` is set then. Its client gets no answer."""
        self.reached.clear()
        self.released.clear()
        self.fail(method, "hold", when, nth, path)

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
    def __init__(self, status, body=None, headers=None):
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


class FaultyHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    content_type = "application/json"
    # Headers and body leave in one piece.
    wbufsize = -1
    states = None

    def log_message(self, *_):
        pass

    def fault(self, when):
        with self.states.mutex:
            for fault in self.states.faults:
                if (fault["method"] not in (None, self.command) or fault["when"] != when
                        or not self.path.endswith(fault["path"])):
                    continue
                fault["left"] -= 1
                if fault["left"] == 0:
                    self.states.faults.remove(fault)
                    return fault["what"]
        return None

    def send(self, status, data, headers):
        self.send_response(status)
        self.send_header("Content-Type", self.content_type)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status != 204:
            self.wfile.write(data)

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def handle_all(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.states.mutex:
            self.states.requests.append((self.command, self.path))
        fault = self.fault("before")
        if fault == "hold":
            return self.held(body)
        if fault == "drop" or self.states.gone:
            return self.drop()
        if fault:
            return self.send(fault, *self.made_up(fault))
        reply = self.carry_out(body)
        fault = self.fault("after")
        if fault == "hold":
            return self.held(None)
        if fault == "drop":
            return self.drop()
        if fault:
            return self.send(fault, *self.made_up(fault))
        return self.send(*reply)

    def carry_out(self, body):
        try:
            with self.states.mutex:
                return self.act(body)
        except Refusal as refusal:
            return refusal.status, refusal.body, refusal.headers

    def held(self, body):
        self.states.reached.set()
        self.states.released.wait(60)
        if body is not None and self.states.then == "continue":
            self.carry_out(body)
        self.states.reached.set()
        self.drop()

    def act(self, body):
        """Status, bytes and headers of the response."""
        raise NotImplementedError

    def made_up(self, status):
        """Bytes and headers of a response that a test wants."""
        raise NotImplementedError
