"""A replica: one process `g4rt serve`, with a model and a device of its own, on the node where Ray put it."""

import asyncio
import dataclasses
import json
import logging
import os
import re
import shlex
import signal

import aiohttp
from ray import serve

LOG = logging.getLogger("ray.serve")
# What concerns one connection alone, and must not be passed on.
HOP_HEADERS = {"host", "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade", "te", "trailer"}


@dataclasses.dataclass
class Asked:
    """A client's request, and what the router needs to know of it."""

    method: str
    path: str  # with its query
    headers: dict
    body: bytes
    keys: list  # of its prompt's blocks
    session: str | None


def passed_on(headers):
    return {name: value for name, value in headers.items() if name.lower() not in HOP_HEADERS}


def metric(text, name):
    """The value of one metric of /metrics, which has no labels."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)
    return float(found[1]) if found else 0.0


class Replica:
    """Serve makes one for each replica; it is ready when the model is."""

    async def __init__(self, program, model, flags):
        self.name = serve.get_replica_context().replica_id.unique_id
        self.is_stopping, self.url = False, None
        # With the actor ends its server, however the actor ends.
        command = ["setpriv", "--pdeathsig", "TERM", "--", program, "serve", model, "--port", "0", "--log-format", "json"]
        self.child = await asyncio.create_subprocess_exec(
            *command, *shlex.split(flags), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        line = b""
        async for line in self.child.stderr:
            event = self.pass_on(line)
            if event.get("event") == "listening":
                self.url = f"http://127.0.0.1:{event['port']}"
            if event.get("event") == "ready":
                break
        else:
            raise RuntimeError(f"g4rt ended with {await self.child.wait()}: {line.decode(errors='replace')}")
        self.watch = asyncio.create_task(self.follow())
        self.client = aiohttp.ClientSession(self.url, timeout=aiohttp.ClientTimeout(total=None), auto_decompress=False)

    def pass_on(self, line):
        """A line of the server's log goes to the replica's; what it says, if it is an event."""
        text = line.decode(errors="replace").rstrip()
        LOG.info("g4rt %d: %s", self.child.pid, text)
        return json.loads(text) if text.startswith("{") else {}

    async def follow(self):
        """Until the server ends. An actor without its server is of no use, and ends too."""
        async for line in self.child.stderr:
            self.pass_on(line)
        code = await self.child.wait()
        if not self.is_stopping:
            LOG.error("g4rt %d ended with %d", self.child.pid, code)
            os._exit(1)

    async def check_health(self):
        """Serve calls it now and then. An engine that is lost is started again by g4rt itself, so only `failed` counts."""
        async with self.client.get("/health") as reply:
            if reply.status != 200 and (await reply.json()).get("status") == "failed":
                raise RuntimeError("the engine does not come back")

    async def record_routing_stats(self):
        """What the router hears of this replica."""
        async with self.client.get("/metrics") as reply:
            text = await reply.text()
        waiting = metric(text, "g4rt:num_requests_waiting")
        return {
            "healthy": metric(text, "g4rt:healthy") == 1 or reply.status != 200,
            "waiting": waiting,
            "requests": waiting + metric(text, "g4rt:num_requests_running"),
        }

    async def ask(self, asked):
        """Status and headers, and then the body as it comes. A caller who leaves cancels the answer."""
        call = self.client.request(
            asked.method, asked.path, data=asked.body or None, headers=asked.headers, allow_redirects=False
        )
        async with call as reply:
            yield reply.status, {**passed_on(reply.headers), "X-G4-Replica": self.name}
            async for piece in reply.content.iter_any():
                yield piece

    async def __del__(self):
        """Serve has waited for the answers; g4rt waits for what is left."""
        self.is_stopping = True
        if self.child.returncode is None:
            self.child.send_signal(signal.SIGTERM)
            await self.child.wait()
        await self.client.close()
