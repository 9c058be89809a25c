"""A server with TLS, and one on a socket file."""

import asyncio
import contextlib
import json
import os
import pathlib
import signal
import socket
import ssl
import stat
import subprocess
import warnings

import httpx2
import openai

from programs import TempTest, artifact, main, run
from serving import CIRCLE, DRAW, Server, serving, until


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


class Authority:
    """Signs certificates for 127.0.0.1, as the files NAME.pem and NAME.key of a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.file = self.folder / "ca.pem"
        openssl(folder, *"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ca".split(),
                *"-keyout ca.key -out ca.pem -days 2".split())  # fmt: skip

    def sign(self, name, *words):
        """The flags of a server with a new certificate."""
        request = f"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={name} -keyout {name}.key"
        openssl(self.folder, *request.split(), "-out", f"{name}.csr", "-addext", "subjectAltName=IP:127.0.0.1")
        sign = f"x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy"
        openssl(self.folder, *sign.split(), "-out", f"{name}.pem", *(words or ("-days", "1")))
        return self.flags(name)

    def flags(self, name):
        return ("--ssl-certfile", self.folder / f"{name}.pem", "--ssl-keyfile", self.folder / f"{name}.key")


@contextlib.contextmanager
def client_of(server, authority):
    verify = ssl.create_default_context(cafile=authority.file)
    with httpx2.Client(verify=verify) as transport:
        with openai.OpenAI(base_url=server.url + "/v1", api_key="none", http_client=transport) as client:
            yield client


class Tls(TempTest):
    """Clients that trust the certificate are answered, others hear nothing."""

    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)

    def peer_name(self, server):
        """The name in the certificate that a new connection is shown."""
        context = ssl.create_default_context(cafile=self.authority.file)
        with socket.create_connection((server.address.hostname, server.address.port), timeout=10) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                return dict(pair[0] for pair in secure.getpeercert()["subject"])["commonName"]

    def test_openais_client_chats(self):
        with serving("tiny.bf16", *self.authority.sign("one")) as server:
            self.assertTrue(server.url.startswith("https://"))
            with client_of(server, self.authority) as client:
                body = {"model": "tiny", "messages": [{"role": "user", "content": DRAW}], "temperature": 0}
                whole = client.chat.completions.create(**body).choices[0].message.content
                self.assertIn(CIRCLE, whole)
                stream = client.chat.completions.create(**body, stream=True)
                self.assertEqual("".join(chunk.choices[0].delta.content or "" for chunk in stream), whole)
            with openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0) as stranger:
                with self.assertRaises(openai.APIConnectionError):
                    stranger.models.list()

    def test_large_bodies_and_answers_are_whole(self):
        with serving("tiny.bf16", *self.authority.sign("one")) as server:
            server.authority = self.authority.file
            text = "".join(chr(97 + i % 26) for i in range(3_000_000))
            status, answer = server.post("/tokenize", {"prompt": text, "add_special_tokens": False})
            self.assertEqual(status, 200)
            status, back = server.post("/detokenize", {"tokens": answer["tokens"][:900_000]})
            self.assertEqual(status, 200)
            self.assertTrue(text.startswith(back["prompt"]) and len(back["prompt"]) > 800_000)

    def test_many_clients_at_once(self):
        with serving("tiny.bf16", *self.authority.sign("one")) as server:
            context = ssl.create_default_context(cafile=self.authority.file)

            async def ask(client):
                body = {"prompt": "a", "max_tokens": 4, "temperature": 0, "model": "tiny"}
                return (await client.post("/v1/completions", json=body)).json()["choices"][0]["text"]

            async def ask_all():
                limits = httpx2.Limits(max_connections=64)
                async with httpx2.AsyncClient(base_url=server.url, verify=context, limits=limits, timeout=60) as client:
                    return await asyncio.gather(*(ask(client) for _ in range(128)))

            self.assertEqual(len(set(asyncio.run(ask_all()))), 1)

    def test_who_speaks_no_tls_and_who_says_nothing_cost_nobody_anything(self):
        with serving("tiny.bf16", *self.authority.sign("one")) as server:
            server.authority = self.authority.file
            place = (server.address.hostname, server.address.port)
            with contextlib.ExitStack() as stack:
                for data in (b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x02", b"\xff" * 70000, b""):
                    client = stack.enter_context(socket.create_connection(place, timeout=10))
                    with contextlib.suppress(OSError):
                        client.sendall(data)
                self.assertEqual(server.get("/health")[0], 200)
                # Too old a version is refused in the handshake.
                old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
                old.set_ciphers("ALL:@SECLEVEL=0")
                with warnings.catch_warnings(action="ignore"):
                    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
                with socket.create_connection(place, timeout=10) as plain:
                    with self.assertRaises((ssl.SSLError, OSError)):
                        old.wrap_socket(plain)
            self.assertEqual(server.get("/health")[0], 200)

    def test_a_new_certificate_is_read_on_sighup(self):
        flags = self.authority.sign("one")
        self.authority.sign("two")
        with serving("tiny.bf16", *flags) as server:
            self.assertEqual(self.peer_name(server), "one")
            for end in ("pem", "key"):
                os.replace(self.folder / f"two.{end}", self.folder / f"one.{end}")
            server.child.send_signal(signal.SIGHUP)
            self.assertTrue(until(lambda: "certificate_read" in server.stderr()))
            self.assertEqual(self.peer_name(server), "two")
            (self.folder / "one.key").write_text("no key")
            server.child.send_signal(signal.SIGHUP)
            self.assertTrue(until(lambda: "certificate_kept" in server.stderr()))
            self.assertEqual(self.peer_name(server), "two")

    def test_one_file_may_hold_both(self):
        self.authority.sign("one")
        both = self.write("both.pem", "".join((self.folder / f"one.{end}").read_text() for end in ("key", "pem")))
        with serving("tiny.bf16", "--ssl-certfile", both) as server:
            self.assertEqual(self.peer_name(server), "one")

    def test_an_expired_certificate_is_warned_of(self):
        past = ("-not_before", "20200101000000Z", "-not_after", "20200102000000Z")
        try:
            flags = self.authority.sign("old", *past)
        except subprocess.CalledProcessError:  # OpenSSL 3.0 has no such words
            flags = self.authority.sign("old", "-days", "-1")
        with serving("tiny.bf16", *flags) as server:
            self.assertIn("certificate_not_valid", server.stderr())
            self.assertIn("expired on", server.stderr())

    def test_files_that_cannot_be(self):
        self.authority.sign("one")
        self.authority.sign("two")
        openssl(self.folder, *"pkey -in one.key -aes256 -passout pass:secret -out locked.key".split())
        one, text = self.folder / "one.pem", self.write("text.pem", "hello\n")
        cases = [
            (("--ssl-certfile", "/missing.pem"), "/missing.pem"),
            (("--ssl-certfile", self.folder), "not a regular file"),
            (("--ssl-certfile", text), "text.pem: holds no certificate"),
            (("--ssl-certfile", one), "one.pem: holds no private key"),
            (("--ssl-certfile", one, "--ssl-keyfile", text), "text.pem: holds no private key"),
            (("--ssl-certfile", one, "--ssl-keyfile", "/missing.key"), "/missing.key"),
            (("--ssl-certfile", one, "--ssl-keyfile", self.folder / "two.key"), "is not that of the certificate"),
            (("--ssl-certfile", one, "--ssl-keyfile", self.folder / "locked.key"), "needs a passphrase"),
            (("--ssl-keyfile", self.folder / "one.key"), "needs --ssl-certfile"),
        ]
        for flags, message in cases:
            with self.subTest(message):
                ended = run("serve", artifact("tiny.bf16"), "--port", 0, *flags)
                self.assert_refused(ended, 2, message)


class SocketFile(TempTest):
    """--uds."""

    def ask(self, path, *words):
        command = ["curl", "--silent", "--show-error", "--unix-socket", path, *words]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def test_curl_asks_over_it(self):
        path = self.folder / "g4.sock"
        with serving("tiny.bf16", "--uds", path) as server:
            self.assertIn(f"--unix-socket {path}", server.banner)
            self.assertTrue(stat.S_ISSOCK(path.stat().st_mode))
            # Any name leads there, and no key is needed.
            self.assertEqual(self.ask(path, "http://any.name/v1/models")["data"][0]["id"], "tiny")
            body = {"messages": [{"role": "user", "content": DRAW}], "temperature": 0}
            answer = self.ask(path, "http://localhost/v1/chat/completions", "--json", json.dumps(body))
            self.assertIn(CIRCLE, answer["choices"][0]["message"]["content"])
            # A page of another name is not let in.
            refused = self.ask(path, "http://a.example/v1/models", "-H", "Origin: http://b.example")
            self.assertEqual(refused["error"]["code"], "host_not_allowed")
            # A second server does not take it away.
            second = run("serve", artifact("tiny.bf16"), "--uds", path)
            self.assert_refused(second, 2, "another server listens there")
            self.assertEqual(server.stop(), 0)
            self.assertFalse(path.exists())

    def test_openais_client_uses_it(self):
        path = self.folder / "g4.sock"
        with serving("tiny.bf16", "--uds", path, "--api-key", "one"):
            transport = httpx2.Client(transport=httpx2.HTTPTransport(uds=str(path)))
            with openai.OpenAI(base_url="http://g4/v1", api_key="one", http_client=transport) as client:
                self.assertEqual([model.id for model in client.models.list()], ["tiny"])

    def test_a_file_that_a_killed_server_left_is_replaced(self):
        path = self.folder / "g4.sock"
        server = Server("tiny.bf16", "--uds", path)
        server.close()  # kills it
        self.assertTrue(path.exists())
        with serving("tiny.bf16", "--uds", path):
            self.assertEqual(self.ask(path, "http://localhost/v1/models")["data"][0]["id"], "tiny")

    def test_paths_that_cannot_be(self):
        for path, message in (
            (self.write("file", "precious"), "is there, and is no socket"),
            (self.folder / ("x" * 200), "has at most 107"),
            (self.folder / "missing" / "g4.sock", "No such file or directory"),
        ):
            with self.subTest(message):
                self.assert_refused(run("serve", artifact("tiny.bf16"), "--uds", path), 2, message)
        self.assertEqual((self.folder / "file").read_text(), "precious")


if __name__ == "__main__":
    main()
