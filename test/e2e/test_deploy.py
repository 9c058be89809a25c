"""The files of deploy/: systemd's unit is clean, and nginx in front lets streams through and asks for the key."""

import contextlib
import http.client
import json
import re
import subprocess

from programs import SECONDS, Paths, TempTest, artifact, main, unknown_flags
from serving import free_port, listens, serving, until

KEY = {"Authorization": "Bearer change-me"}


class Unit(TempTest):
    """deploy/g4rt.service."""

    def test_systemd_finds_nothing_wrong(self):
        text = (Paths.source / "deploy/g4rt.service").read_text()
        self.assertIn("ExecStart=/usr/local/bin/g4rt serve /var/lib/g4/model.g4 ", text)
        here = text.replace("/usr/local/bin/g4rt", Paths.g4rt).replace("/var/lib/g4/model.g4", artifact("tiny.bf16"))
        unit = self.write("g4rt.service", here)
        for check in (["verify", "--man=no", unit], ["security", "--offline=yes", "--threshold=20", unit]):
            done = subprocess.run(["systemd-analyze", *check], capture_output=True, text=True, timeout=SECONDS, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_its_flags_are_known(self):
        text = (Paths.source / "deploy/g4rt.service").read_text()
        flags = re.findall(r"(--[a-z-]+)", re.search(r"^ExecStart=(.*)$", text, re.M)[1])
        self.assertEqual(unknown_flags(flags), [])


class Logs(TempTest):
    """What docs/deploy.md says of them."""

    def test_a_request_has_one_name_in_all_lines_and_no_text(self):
        with serving("tiny.bf16", "--log-format", "json", "--log-level", "debug") as server:
            with contextlib.closing(server.connect()) as connection:
                body = {"messages": [{"role": "user", "content": "Draw a large chartreuse circle."}]}
                connection.request("POST", "/v1/chat/completions", json.dumps(body))
                reply = connection.getresponse()
                reply.read()
            self.assertEqual(server.stop(), 0)
            lines = [json.loads(line) for line in server.stderr().splitlines()]
            answered = [line for line in lines if line["event"] == "answered"]
            self.assertEqual([line["request"] for line in answered], [reply.headers["X-Request-Id"]])
            self.assertEqual((answered[0]["path"], answered[0]["status"]), ("/v1/chat/completions", "200"))
            self.assertIn("ready", [line["event"] for line in lines])
            self.assertRegex(lines[0]["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertNotIn("chartreuse", server.stderr())


class Nginx(TempTest):
    """deploy/nginx.conf, with another port and without a certificate."""

    @contextlib.contextmanager
    def in_front_of(self, server):
        """The port of an nginx that passes on to `server`."""
        port = free_port()
        text = (Paths.source / "deploy/nginx.conf").read_text()
        text = re.sub(r"^\s*ssl_\w+ .*$", "", text, flags=re.M)
        text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
        text = text.replace("server 127.0.0.1:8000;", f"server {server.address.netloc};")
        temporary = "".join(
            f"{name}_temp_path {self.folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        whole = f"events {{}}\nhttp {{ access_log off; {temporary}\n{text}\n}}\n"
        config = self.write("nginx.conf", f"daemon off; pid {self.folder}/pid; error_log stderr;\n{whole}")
        child = subprocess.Popen(["/usr/sbin/nginx", "-p", self.folder, "-c", config], stderr=subprocess.DEVNULL)
        try:
            self.assertTrue(until(lambda: listens(port)))
            yield port
        finally:
            child.terminate()
            child.wait(SECONDS)

    def ask(self, port, method, path, headers, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        self.addCleanup(connection.close)
        connection.request(method, path, body, headers)
        return connection.getresponse()

    def chat(self, port, body, headers):
        head = {"Content-Type": "application/json", **headers}
        return self.ask(port, "POST", "/v1/chat/completions", head, json.dumps(body))

    def test_tokens_come_as_they_are_made_and_the_key_is_asked_for(self):
        body = {"model": "tiny", "messages": [{"role": "user", "content": "Draw a large red circle."}]}
        endless = {**body, "stream": True, "ignore_eos": True, "max_tokens": 1500}
        with serving("tiny.bf16") as server, self.in_front_of(server) as port:
            self.assertEqual(self.chat(port, body, {}).status, 401)
            self.assertEqual(self.chat(port, body, KEY).status, 200)
            stream = self.chat(port, endless, KEY)
            self.assertTrue(stream.readline().startswith(b"data: "))
            self.assertEqual(server.num_open(), 1)  # it is still being written
            self.assertIn(b"[DONE]", stream.read())

    def test_the_page_and_its_events_come_through(self):
        with serving("tiny.bf16") as server, self.in_front_of(server) as port:
            headers = {**KEY, "Host": "g4.example.com", "Origin": "https://g4.example.com"}
            for path, word in (("/", b"<!doctype html>"), ("/g4/events", b"data: {")):
                self.assertTrue(self.ask(port, "GET", path, headers).readline().startswith(word), path)


if __name__ == "__main__":
    main()
