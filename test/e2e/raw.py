"""Requests as bytes, and the status that each of them gets: test_raw and test_raw-slow.

A case is a status (None: the request is not whole, and nothing comes), bytes, and a word that an error must hold, if there is one.
"""

import json
import socket

BODY = b'{"model":"tiny","prompt":"a","max_tokens":1}'
CHAT = b'{"model":"tiny","messages":[{"role":"user","content":"a"}],"max_tokens":1}'
DOORS = {
    "/v1/completions": {"model": "tiny", "prompt": "a", "max_tokens": 1},
    "/v1/chat/completions": {"model": "tiny", "messages": [{"role": "user", "content": "a"}], "max_tokens": 1},
    "/v1/responses": {"model": "tiny", "input": "a", "max_output_tokens": 1},
    "/v1/messages": {"model": "tiny", "messages": [{"role": "user", "content": "a"}], "max_tokens": 1},
    "/api/chat": {"model": "tiny", "messages": [{"role": "user", "content": "a"}], "options": {"num_predict": 1}},
    "/api/generate": {"model": "tiny", "prompt": "a", "options": {"num_predict": 1}},
    "/completion": {"prompt": "a", "n_predict": 1},
    "/tokenize": {"prompt": "a"},
    "/detokenize": {"tokens": [5]},
    "/apply-template": {"messages": [{"role": "user", "content": "a"}]},
}


def head(method="GET", path="/health", fields=("Host: localhost",), version="HTTP/1.1"):
    line = f"{method} {path} {version}"
    return "\r\n".join((line, *fields, "", "")).encode("latin-1")


def post(path, body, *fields, size=None):
    length = len(body) if size is None else size
    return head("POST", path, ("Host: localhost", f"Content-Length: {length}", *fields)) + body


def chunked(*chunks, end=b"0\r\n\r\n", fields=()):
    start = head("POST", "/v1/completions", ("Host: localhost", "Transfer-Encoding: chunked", *fields))
    return start + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end


def get(*fields, path="/health", version="HTTP/1.1"):
    return head("GET", path, ("Host: localhost", *fields), version)


def lines():
    """The first line of a request."""
    yield 200, get()
    yield 200, head("HEAD")
    yield 405, head("POST")
    yield 405, head("DELETE")
    yield 405, head("PATCH", "/v1/completions")
    yield 405, head("get")
    yield 405, head("BREW")
    yield 405, head("TRACE")
    yield 405, head("GET", "/v1/completions")
    yield 404, head("GET", "/nothing")
    yield 404, head("GET", "/health/")
    yield 404, head("GET", "//health")
    yield 404, head("GET", "/HEALTH")
    yield 404, head("GET", "/%68ealth")
    yield 404, head("GET", "/../health")
    yield 404, head("GET", "/v1/models/other")
    yield 200, head("GET", "/health?x=1")
    yield 204, head("OPTIONS")
    yield 400, head("GET", "health")
    yield 400, head("GET", "")
    yield 400, head("GET", "/a b")
    yield 400, head("", "/health")
    yield 400, head("G\x01T")
    yield 400, head("GET", "/\x01")
    yield 400, head("GET", "/\x7f")
    yield 400, head("GET", "/\xff")
    yield 505, head(version="HTTP/2.0")
    yield 505, head(version="HTTP/0.9")
    yield 505, head(version="HTTP/1.2")
    yield 400, head(version="http/1.1")
    yield 400, head(version="HTTP/1.1 ")
    yield 400, head(version="HTTP/11")
    yield 400, head(version="")
    yield 200, head(version="HTTP/1.0")
    yield 200, head(fields=(), version="HTTP/1.0")
    yield 414, head("GET", "/" + "a" * 100_000)
    yield 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n"
    yield 400, b"\x00" * 64 + b"\r\n\r\n"
    yield None, b"\r\n\r\n\r\n\r\n"
    yield 200, b"\r\n" + get()
    yield 400, b"GET /health HTTP/1.1\nHost: localhost\n\n"
    yield None, b"GET /health HTTP/1.1\rHost: localhost\r\r"
    yield 400, b"GET\t/health\tHTTP/1.1\r\nHost: localhost\r\n\r\n"
    yield 400, b"GET  /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    yield 400, b"GET /health  HTTP/1.1\r\nHost: localhost\r\n\r\n"


def fields():
    """The fields of a header."""
    yield 400, head(fields=())
    yield 400, head(fields=("Host: localhost", "Host: localhost"))
    yield 400, head(fields=("Host: localhost", "Host: evil.example"))
    yield 403, head(fields=("Host: evil.example",))
    yield 403, head(fields=("Host: localhost.evil.example",))
    yield 400, head(fields=("Host: ",))
    yield 400, head(fields=("Host: a b",))
    yield 200, head(fields=("Host: 127.0.0.1",))
    yield 200, head(fields=("Host: [::1]",))
    yield 200, head(fields=("Host: localhost:1",))
    yield 200, head(fields=("host:localhost",))
    yield 200, head(fields=("Host:\tlocalhost\t",))
    yield 400, head(fields=("Host : localhost",))
    yield 400, head(fields=(" Host: localhost",))
    yield 400, head(fields=("Host: localhost", " folded"))
    yield 400, head(fields=("Host: localhost", "\tfolded"))
    yield 400, get("nocolon")
    yield 400, get(": empty")
    yield 400, get("a b: c")
    yield 400, get("a\x00b: c")
    yield 400, get("a: \x00")
    yield 400, get("a: b\x01c")
    yield 400, get("a: b\rc")
    yield 400, get("a: b\nc")
    yield 400, get("a\xff: b")
    yield 400, get("(a): b")
    yield 400, get("a{: b")
    yield 200, get("a: \xff")
    yield 200, get("a:")
    yield 200, get("a: " + "b" * 1000)
    yield 431, get("a: " + "b" * 100_000)
    yield 431, get(*(f"a{i}: b" for i in range(1000)))
    yield 403, get("Origin: https://evil.example")
    yield 403, get("Origin: null")
    yield 200, get("Origin: http://localhost")
    yield 400, get("Origin: http://localhost", "Origin: https://evil.example")
    yield 200, get("Connection: close")
    yield 200, get("Connection: keep-alive, x")
    yield 200, get("Upgrade: websocket", "Connection: upgrade")
    yield 200, get("Expect: 100-continue")
    yield 417, get("Expect: 200-maybe")
    yield 200, get("Content-Length: 0")
    yield 400, get("Content-Length: -1")
    yield 400, get("Content-Length: +1")
    yield 400, get("Content-Length: 0x1")
    yield 400, get("Content-Length: 1 1")
    yield 400, get("Content-Length: 1,1")
    yield 400, get("Content-Length:")
    yield 400, get("Content-Length: 99999999999999999999")
    yield 400, get("Content-Length: 1", "Content-Length: 2")
    yield 400, get("Content-Length: 1", "Content-Length: 1")


def bodies():
    """Where a body begins and ends."""
    yield 200, post("/v1/completions", BODY)
    yield 400, post("/v1/completions", b"")
    yield 400, post("/v1/completions", BODY, size=len(BODY) - 1) + b""
    yield 413, post("/v1/completions", b"", size=1 << 40)
    yield 413, post("/v1/completions", b"", size=9 << 20)
    yield 200, post("/v1/completions", BODY, "Content-Type: text/plain")
    yield 200, post("/v1/completions", BODY, "Content-Type: application/json; charset=utf-8")
    yield 415, post("/v1/completions", BODY, "Content-Encoding: gzip")
    yield 400, post("/v1/completions", BODY, "Transfer-Encoding: chunked")
    yield 400, post("/v1/completions", BODY, "Transfer-Encoding: identity")
    yield 400, post("/v1/completions", BODY, "Trailer: x", "Transfer-Encoding: gzip, chunked")
    yield 200, chunked(BODY)
    yield 200, chunked(BODY[:5], BODY[5:])
    yield 200, chunked(*(bytes([byte]) for byte in BODY))
    yield 200, chunked(BODY, end=b"0\r\nx: y\r\n\r\n")
    yield 200, chunked(BODY, end=b"0\r\nOrigin: https://evil.example\r\nContent-Length: 7\r\n\r\n")
    yield 200, chunked(BODY, end=b"0;a=b\r\n\r\n")
    yield 200, chunked(BODY, end=b"000\r\n\r\n")
    yield 400, chunked(b"")
    yield 400, chunked(BODY, fields=("Transfer-Encoding: chunked",))
    yield 400, chunked(BODY, fields=("Content-Length: 5",))
    start = head("POST", "/v1/completions", ("Host: localhost", "Transfer-Encoding: chunked"))
    for wrong in (b"x\r\n", b"-1\r\n", b"0x5\r\nhello\r\n", b" 5\r\nhello\r\n", b"5\nhello\n", b"5\r\nhello!\r\n",
                  b"\r\n", b"fffffffffffffffff\r\n", b"5 \r\nhello\r\n", b"5\r\nhelloXX0\r\n\r\n"):  # fmt: skip
        yield 400, start + wrong
    yield 413, start + b"7fffffffffffffff\r\n"
    yield 413, start + b"a00000\r\n"
    for codings in ("Chunked", "CHUNKED"):
        yield 200, head("POST", "/v1/completions", ("Host: localhost", f"Transfer-Encoding: {codings}")) + chunked(BODY)[len(start):]  # fmt: skip
    for codings in ("gzip", "chunked, chunked", "chunked, gzip", "xchunked", "chunked;q=1", "\"chunked\""):  # fmt: skip
        yield 400, head("POST", "/v1/completions", ("Host: localhost", f"Transfer-Encoding: {codings}")) + b"0\r\n\r\n"
    yield 400, head("POST", "/v1/completions", ("Host: localhost",), "HTTP/1.0")
    yield 400, head("POST", "/v1/completions", ("Host: localhost", "Transfer-Encoding: chunked"), "HTTP/1.0") + b"0\r\n\r\n"


def texts():
    """Bodies that are no JSON, or not the one that is needed."""
    for text in (b"{", b"[]", b"null", b"1", b'"a"', b"{}", b"{,}", b'{"a":}', b"{'model':'tiny'}", b'{"a":01}', b'{"a":1e999}',
                 b'{"a":NaN}', b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"a":"\x01"}', b'{"a":"\\x"}', b'{"a":"\xc3"}', b'{"a":"\\ud800"}',
                 b"[" * 5000, b'{"a":' * 5000, BODY + b"x", BODY + BODY, b" " * 1000, b"\x00"):  # fmt: skip
        for path in ("/v1/completions", "/v1/chat/completions"):
            yield 400, post(path, text)


def doors():
    """Every API's own fields."""
    for path, body in DOORS.items():
        yield 200, post(path, json.dumps(body).encode())
        yield 400, post(path, b"{")
        yield 400, post(path, b"[]")
        for key in body:
            for wrong in ({}, [[]], True, -1.5):
                if key != "model" and not (key == "options" and wrong == {}):
                    yield 400, post(path, json.dumps({**body, key: wrong}).encode()), key


GROUPS = {group.__name__: list(group()) for group in (lines, fields, bodies, texts, doors)}


SILENCE = 0.5  # seconds, of a request that is not whole


def answer_of(address, data, seconds=20):
    """What comes back for `data`: whole responses, or nothing."""
    with socket.create_connection((address.hostname, address.port), timeout=seconds) as client:
        try:
            client.sendall(data)
        except OSError:
            pass  # answered before all of it was sent
        answer = b""
        client.settimeout(SILENCE)
        while not answer or not is_whole(answer, data.startswith(b"HEAD")):
            try:
                part = client.recv(65536)
            except TimeoutError:
                if answer:
                    client.settimeout(seconds)
                    continue
                break
            except ConnectionResetError:
                break
            if not part:
                break
            answer += part
    return answer


def is_whole(answer, is_head):
    try:
        return any(status != 100 for status in statuses(answer, is_head))
    except (ValueError, IndexError):
        return False


def statuses(answer, is_head=False):
    """Of the responses that `answer` consists of, each framed as its head says; ValueError if they are not."""
    found = []
    while answer:
        head_end = answer.index(b"\r\n\r\n") + 4
        top, answer = answer[:head_end].decode("latin-1"), answer[head_end:]
        line, *rest = top.split("\r\n")[:-2]
        version, status, _ = line.split(" ", 2)
        if not version.startswith("HTTP/1."):
            raise ValueError(line)
        found.append(int(status))
        named = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in rest)}
        if found[-1] in (100, 204):
            continue
        if "content-length" in named:
            size = int(named["content-length"])
            size = 0 if is_head else size
            if len(answer) < size:
                raise ValueError(f"{len(answer)} of {size} bytes")
            answer = answer[size:]
        elif named.get("transfer-encoding") == "chunked":
            while True:
                size, _, answer = answer.partition(b"\r\n")
                answer = answer[int(size, 16) + 2 :]
                if int(size, 16) == 0:
                    break
        else:
            answer = b""
    return found
