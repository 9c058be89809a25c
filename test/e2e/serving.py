"""A g4rt serve for a test, plain HTTP to it, and servers that stand in for others."""

import contextlib
import http.client
import http.server
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from urllib.parse import urlsplit

from programs import SECONDS, Paths, artifact

# What models/tiny is asked for, and what it answers.
DRAW = "Draw a large red circle."
CIRCLE = '<circle cx="50" cy="50" r="40" fill="red"/>'
NO_END = {"1": -100, "50": -100, "106": -100}  # logit_bias: the answer goes on and on


class Client:
    """Plain HTTP to a g4rt at an address. `seconds` is the patience with an answer."""

    seconds = SECONDS
    authority = None  # a file with the certificate that a server with TLS is known by

    def __init__(self, url):
        self.url = url
        self.address = urlsplit(url)

    def connect(self):
        if self.address.scheme == "https":
            context = ssl.create_default_context(cafile=self.authority)
            return http.client.HTTPSConnection(
                self.address.hostname, self.address.port, timeout=self.seconds, context=context
            )
        return http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=self.seconds)

    def request(self, method, path, body=None, headers=None):
        """Status and JSON (or text) of the answer."""
        with contextlib.closing(self.connect()) as connection:
            data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
            head = {"Content-Type": "application/json"} if data is not None else {}
            connection.request(method, path, data, {**head, **(headers or {})})
            reply = connection.getresponse()
            try:
                text = reply.read().decode()
            except http.client.IncompleteRead as cut:  # what came is what counts
                text = cut.partial.decode()
        is_json = reply.headers.get_content_type() == "application/json"
        return reply.status, json.loads(text) if is_json else text

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, body):
        return self.request("POST", path, body)

    def chat(self, text, **fields):
        """The answer to one message at temperature 0."""
        body = {"model": "tiny", "messages": [{"role": "user", "content": text}], "temperature": 0, **fields}
        return self.post("/v1/chat/completions", body)

    def metrics(self, *names):
        """The sum of each metric's samples, all of one moment; a name may have labels."""
        lines = [line.rsplit(" ", 1) for line in self.get("/metrics")[1].splitlines() if line[0] != "#"]
        return [sum(float(value) for key, value in lines if name in (key, key.split("{")[0])) for name in names]

    def num_open(self):
        """Requests that the engine has."""
        return sum(self.metrics("g4rt:num_requests_running", "g4rt:num_requests_waiting"))

    def num_begun(self):
        """Requests that the engine has or had."""
        names = ("num_requests_running", "num_requests_waiting", "requests_finished_total")
        return sum(self.metrics(*(f"g4rt:{name}" for name in names)))


class Server(Client):
    """A running server. `log` is the file with its stderr."""

    def __init__(self, model, *flags, env=None):
        self.log = tempfile.TemporaryFile("w+")
        command = [Paths.g4rt, "serve", artifact(model), "--port", "0", *map(str, flags)]
        self.start = time.monotonic()
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True, env=env)
        self.banner = ""
        for line in self.child.stdout:
            self.banner += line
            if "curl" in line:
                break
        found = re.search(r"https?://(?:[\d.]+:\d+|localhost)", self.banner)
        if not found:
            self.child.wait(SECONDS)
            raise RuntimeError(f"g4rt serve: {self.banner}{self.stderr()}")
        super().__init__(found[0])

    def stderr(self):
        self.log.seek(0)
        return self.log.read()

    def engine_pid(self):
        """The newest engine process that the log names."""
        until(lambda: "ready model" in self.stderr())
        return int(re.findall(r"(?:engine_pid|engine restarted pid)=(\d+)", self.stderr())[-1])

    def stop(self, number=signal.SIGTERM):
        """The exit code after a signal."""
        self.child.send_signal(number)
        return self.child.wait(SECONDS)

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()
        self.log.close()


@contextlib.contextmanager
def serving(model, *flags):
    server = Server(model, *flags)
    try:
        yield server
    finally:
        server.close()


class Handler(http.server.BaseHTTPRequestHandler):
    """What answers a request to a LocalServer; it logs nothing."""

    def reply(self, code, value):
        """A whole answer of JSON."""
        data = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class LocalServer:
    """A server of the test itself, in a thread, whose requests `handler` answers."""

    def __init__(self, handler):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def free_port():
    """A port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def listens(port):
    """Whether anybody of this machine listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def children_of(pid):
    """Their process ids."""
    found = []
    with contextlib.suppress(FileNotFoundError):  # it or a thread of it has ended
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as children:
                found += map(int, children.read().split())
    return found


def engines_of(server):
    """Process ids of the engines that a server has: children of the process that starts them, once they are engines."""
    found = []
    for launcher in children_of(server):
        for pid in children_of(launcher):
            with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/cmdline", encoding="utf-8") as words:
                if "--engine-of" in words.read().split("\0"):
                    found.append(pid)
    return found


def hold_engine(server):
    """Stops the engine of a server as soon as there is one; its id."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for pid in engines_of(server)[:1]:
            os.kill(pid, signal.SIGSTOP)
            return pid
    raise TimeoutError("no engine")


@contextlib.contextmanager
def held_engine(server):
    """The server's engine does nothing meanwhile."""
    pid = server.engine_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def until(condition, seconds=SECONDS):
    """Asks until the answer is yes; whether it came in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False
