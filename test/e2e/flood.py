"""Many clients at once, over plain sockets."""

import asyncio
import json
import re
import resource
import selectors
import socket
import time
from pathlib import Path

SECONDS = 240  # more than any crowd here needs on a slow machine


def allow_files(count):
    """Lets this process open so many files; false if it may not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    return hard >= count


def post(path, body):
    """The bytes of a request whose body is JSON, or bytes as they are."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


def chat(**fields):
    message = {"role": "user", "content": "Draw a large red circle."}
    return post("/v1/chat/completions", {"model": "tiny", "messages": [message], "temperature": 0, **fields})


def resident(pid):
    """Memory of a process, in bytes."""
    text = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024


async def read_answer(reader):
    """Status and head of the answer; None if the server closes without one."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    length = re.search(r"Content-Length: (\d+)", head)
    if length:
        await reader.readexactly(int(length[1]))
    return int(head.split(" ")[1]), head


async def ask(address, data):
    """Connects, sends, reads the answer."""
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(data)
        return await read_answer(reader)
    except ConnectionError:
        return None
    finally:
        writer.transport.abort()


async def crowd(address, requests):
    """All answers to requests that are sent at the same time."""
    answers = await asyncio.wait_for(asyncio.gather(*(ask(address, data) for data in requests)), SECONDS)
    await asyncio.sleep(0)  # the ends of the connections
    return answers


class Holders:
    """Clients that send one request each as far as the server takes it, and read nothing."""

    def __init__(self, address, data, count):
        self.data = memoryview(data)
        self.selector = selectors.DefaultSelector()
        self.peers = []
        for _ in range(count):
            peer = socket.socket()
            peer.setblocking(False)
            peer.connect_ex((address.hostname, address.port))
            self.selector.register(peer, selectors.EVENT_WRITE, [0])
            self.peers.append(peer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.selector.close()
        for peer in self.peers:
            peer.close()

    def push(self, seconds, watch):
        """Sends until nothing moves for so long; calls `watch` all the time."""
        moved = time.monotonic()
        while time.monotonic() < moved + seconds:
            watch()
            for key, _ in self.selector.select(0.05):
                if self.send(key.fileobj, key.data):
                    moved = time.monotonic()

    def send(self, peer, sent):
        """Whether the peer goes on."""
        try:
            sent[0] += peer.send(self.data[sent[0] : sent[0] + 262144])
        except BlockingIOError:
            return False
        except OSError:  # refused and closed
            sent[0] = len(self.data)
        if sent[0] == len(self.data):
            self.selector.unregister(peer)
        return True
