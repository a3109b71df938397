"""A headless Chromium, spoken to over its debugging pipe."""

import base64
import fcntl
import http.server
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import threading
import time

LIMIT = 60.0
OPTIONS = ["--headless", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
           "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--remote-debugging-pipe"]


class Failed(Exception):
    """The browser did not do what it was asked for."""


class Browser:
    """One tab of one browser; `events` holds what it reported since `events` was emptied."""

    def __init__(self):
        executable = shutil.which("chromium")
        if executable is None:
            raise Failed("install chromium, as .ci/nightly does")
        self.profile = tempfile.TemporaryDirectory(prefix="rollcall-pages-", ignore_cleanup_errors=True)
        # Chromium reads descriptor 3 and writes to 4; these stand out of their way until bash moves them there.
        ours, theirs = [], []
        for read_is_ours in (False, True):
            for is_ours, end in zip((read_is_ours, not read_is_ours), os.pipe()):
                moved = fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20)
                os.close(end)
                (ours if is_ours else theirs).append(moved)
        self.write_end, self.read_end = ours
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{theirs[0]} 4>&{theirs[1]}', "bash", executable, *OPTIONS, *root,
             f"--user-data-dir={self.profile.name}", "about:blank"],
            pass_fds=theirs, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=os.environ | {"HOME": self.profile.name})
        for end in theirs:
            os.close(end)
        self.received, self.number, self.session, self.events = b"", 0, None, []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def close(self):
        """Ends the browser and all of its processes."""
        self.session = None
        try:
            self.send("Browser.close")
            self.process.wait(timeout=LIMIT)
        except (Failed, subprocess.TimeoutExpired, OSError):
            self.process.kill()
            self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)
        self.profile.cleanup()

    def message(self, deadline):
        """The next message from the browser."""
        while b"\0" not in self.received:
            ready, _, _ = select.select([self.read_end], [], [], max(0.0, deadline - time.monotonic()))
            part = os.read(self.read_end, 1 << 20) if ready else b""
            if not part:
                raise Failed("the browser is gone" if ready else "the browser does not respond")
            self.received += part
        first, _, self.received = self.received.partition(b"\0")
        return json.loads(first)

    def send(self, method, **parameters):
        """Carries out a method and returns its result."""
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        data = json.dumps(request).encode() + b"\0"
        while data:
            data = data[os.write(self.write_end, data):]
        deadline = time.monotonic() + LIMIT
        while True:
            received = self.message(deadline)
            if received.get("id") != self.number:
                self.events.append(received)
            elif "error" in received:
                raise Failed(f"{method}: {received['error']['message']}")
            else:
                return received["result"]

    def evaluate(self, expression):
        """The value of a JavaScript expression in the page, which its policy does not concern."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise Failed(json.dumps(result["exceptionDetails"]))
        return result["result"].get("value")

    def look_as(self, width, scheme="light", media=""):
        """The page as a screen of that width shows it, or paper."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=True)
        self.send("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, url):
        """Loads a page; returns the seconds until it could be scrolled."""
        self.events = []
        begin = time.monotonic()
        self.send("Page.navigate", url=url)
        deadline = begin + LIMIT
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.message(deadline))
        self.evaluate("document.documentElement.scrollHeight")
        return time.monotonic() - begin

    def requests(self):
        """The URLs that the page asked for; what stands in the page itself asks nobody."""
        urls = [event["params"]["request"]["url"] for event in self.events
                if event.get("method") == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith("data:")]

    def console(self):
        """What the browser has to say against the page, and what the page says itself."""
        said = []
        for event in self.events:
            if event.get("method") == "Log.entryAdded":
                said.append(event["params"]["entry"]["text"])
            elif event.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                said.append(json.dumps(event["params"]))
        return said

    def print_text(self):
        """The text of the page on paper."""
        pdf = base64.b64decode(self.send("Page.printToPDF")["data"])
        return subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, stdout=subprocess.PIPE, check=True).stdout.decode()

    def screenshot(self, path, full=True):
        """A picture of the page, for whoever wants to look at it."""
        data = self.send("Page.captureScreenshot", captureBeyondViewport=full)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))


class Pages:
    """Serves pages by name on this machine; `asked` holds the paths that were asked for."""

    def __init__(self):
        self.pages, self.asked = {}, []
        pages = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One request."""

            def do_GET(self):  # pylint: disable=invalid-name
                pages.asked.append(self.path)
                page = pages.pages.get(self.path)
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write((page or "").encode())

            def log_message(self, *_):
                """Says nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def url(self, name, page):
        """Where the page is from now on; nothing has been asked for yet."""
        self.pages, self.asked = {f"/{name}": page}, []
        return f"http://127.0.0.1:{self.server.server_port}/{name}"

    def close(self):
        """Stops serving."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
