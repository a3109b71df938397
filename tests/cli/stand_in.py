"""Servers and proxies that a test makes up, and certificates for them."""

import http.client
import json
import pathlib
import socket
import socketserver
import ssl
import subprocess
import threading


class Request:
    """As it came; header names in lower case."""

    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body or "null")


class Answer:
    """What a handler gives back. `body`: bytes, text, or what becomes JSON."""

    def __init__(self, status=200, body=b"", content_type="application/json; charset=utf-8", **headers):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        self.status = status
        self.body = body.encode() if isinstance(body, str) else body
        self.headers = {"Content-Type": content_type,
                        **{name.replace("_", "-"): value for name, value in headers.items()}}

    def json(self):
        return json.loads(self.body)

    def with_body(self, body):
        return Answer(self.status, body, **{name.replace("-", "_"): value for name, value in self.headers.items()
                                            if name != "Content-Type"}, content_type=self.headers["Content-Type"])

    def raw(self):
        lines = [f"HTTP/1.1 {self.status} Made up", *(f"{name}: {value}" for name, value in self.headers.items()),
                 f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode() + self.body


def changed(**fields):
    """The response with other fields; a list: its first row."""
    def change(answer):
        body = answer.json()
        (body[0] if isinstance(body, list) else body).update(fields)
        return answer.with_body(body)
    return change


def read_request(stream):
    """The next request of a connection, or None at its end."""
    line = stream.readline().decode("latin-1").split()
    if len(line) != 3:
        return None
    headers = {}
    for header in iter(stream.readline, b"\r\n"):
        if not header:
            return None
        name, _, value = header.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return Request(line[0], line[1], headers, stream.read(int(headers.get("content-length", 0))))


class StandIn:
    """A server on loopback. The handler takes a Request and gives an Answer, raw bytes (the connection is closed
    after them), an iterator of such, or None: closed without a response."""

    def __init__(self, test, handler, context=None):
        self.requests = []
        self.errors = []
        self.lock = threading.Lock()
        # Open ones: what a client that died has sent may still be unread in one.
        self.connections = 0
        stand_in = self

        class Connection(socketserver.StreamRequestHandler):
            def handle(self):
                try:
                    stand_in.serve(self)
                except OSError:
                    pass  # the client went away, which the tests expect
                except Exception as error:  # pylint: disable=broad-except
                    stand_in.errors.append(error)

            def setup(self):
                if context is not None:
                    try:
                        self.request = context.wrap_socket(self.request, server_side=True)
                    except OSError:
                        self.request = socket.socket()
                super().setup()

            def finish(self):
                try:
                    super().finish()
                    self.request.close()
                except OSError:
                    pass

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

            def process_request(self, request, client_address):
                with stand_in.lock:
                    stand_in.connections += 1
                super().process_request(request, client_address)

            def shutdown_request(self, request):
                super().shutdown_request(request)
                with stand_in.lock:
                    stand_in.connections -= 1

        self.handler = handler
        self.port = 0
        self.make_server = lambda: Server(("127.0.0.1", self.port), Connection)
        self.listen()
        test.addCleanup(self.stop)
        test.addCleanup(lambda: test.assertEqual(self.errors, []))

    def listen(self):
        """Once more on the same port after a stop."""
        self.server = self.make_server()
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        """Nobody listens any more; connections that are open stay."""
        self.server.shutdown()
        self.server.server_close()

    def serve(self, connection):
        while True:
            request = read_request(connection.rfile)
            if request is None:
                return
            self.requests.append(request)
            if request.method == "CONNECT":
                return self.tunnel(request, connection)
            answer = self.handler(request)
            if isinstance(answer, Answer):
                connection.wfile.write(answer.raw())
                continue
            for piece in [answer] if isinstance(answer, bytes) else answer or []:
                connection.wfile.write(piece)
            return

    def tunnel(self, request, connection):
        """A CONNECT: the handler gives the port on loopback that it leads to, or a refusal."""
        target = self.handler(request)
        if isinstance(target, Answer):
            connection.wfile.write(target.raw())
            return
        connection.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        with socket.create_connection(("127.0.0.1", target)) as server:
            def answers():
                try:
                    for data in iter(lambda: server.recv(65536), b""):
                        connection.request.sendall(data)
                except OSError:
                    pass
            back = threading.Thread(target=answers, daemon=True)
            back.start()
            for data in iter(lambda: connection.rfile.read1(65536), b""):
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
            back.join()


def forward(port, request):
    """The request as it came to a server on loopback; its Answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        path = request.target if request.target.startswith("/") else "/" + request.target.split("/", 3)[3]
        connection.request(request.method, path, request.body, request.headers)
        response = connection.getresponse()
        headers = {name: value for name, value in response.getheaders()
                   if name.lower() in ("retry-after", "date", "location")}
        return Answer(response.status, response.read(), response.getheader("Content-Type", ""),
                      **{name.replace("-", "_"): value for name, value in headers.items()})
    finally:
        connection.close()


class Between(StandIn):
    """Stands before a server and changes what `rule(request, answer)` gives back in place of the response."""

    def __init__(self, test, port, rule=lambda request, answer: answer, context=None):
        self.rule = rule
        super().__init__(test, lambda request: self.rule(request, forward(port, request)), context)


def run_openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


AUTHORITY_CONFIG = """
[ca]
default_ca = authority
[authority]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
certificate = ca.pem
private_key = ca.key
policy = policy
[policy]
commonName = supplied
"""


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.file = self.folder / "ca.pem"
        run_openssl(self.folder, "req", "-x509", *KEY, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                    "-subj", "/CN=An authority of the tests")
        (self.folder / "ca.cnf").write_text(AUTHORITY_CONFIG)
        (self.folder / "index.txt").touch()

    def context(self, name, *names, expired=False):
        """A server's side of TLS with a certificate for these names (DNS:… or IP:…)."""
        # `openssl x509` makes none that has expired, from 3.5 on.
        period = ("-startdate", "20200101000000Z", "-enddate", "20200102000000Z") if expired else ("-days", "2")
        (self.folder / f"{name}.ext").write_text("subjectAltName=" + ",".join(names))
        run_openssl(self.folder, "req", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=desk")
        run_openssl(self.folder, "ca", "-batch", "-notext", "-config", "ca.cnf", "-in", f"{name}.csr",
                    "-extfile", f"{name}.ext", *period, "-out", f"{name}.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context
