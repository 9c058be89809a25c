"""Several g4rt as one address, under Ray Serve. docs/scale-out.md says what it gives.

    pip install 'ray[serve]'
    cd deploy/ray && serve run g4rt_app:build model=/models/model.g4 replicas=2

Arguments: model, a file that each node has; replicas; gpus and cpus, of each replica; program, g4rt; flags, more of
`g4rt serve`; longest_queue, see router.py; shutdown_seconds, for answers to end.
"""

import json

from prefixes import block_keys, prompt_text
from pydantic import BaseModel
from ray import serve
from ray.exceptions import RayError
from ray.serve.config import RequestRouterConfig
from ray.serve.exceptions import RayServeException
from replica import Asked, Replica, passed_on
from router import PrefixRouter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

MOST_BODY = 8 << 20  # as g4rt's own limit
MOST_REQUESTS = 2048  # that a replica has; g4rt says 429 before
LOST = "the replica that computed this answer was lost; ask again"


class Arguments(BaseModel):
    model: str
    replicas: int = 2
    gpus: float = 0
    cpus: float = 1
    program: str = "g4rt"
    flags: str = ""
    longest_queue: int = 8
    shutdown_seconds: int = 75


def error_body(message, kind, code):
    """An error as OpenAI's clients read it."""
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}})


def session_of(request, body):
    """What a client calls its conversation: the header X-Session-Id, or OpenAI's prompt_cache_key."""
    return request.headers.get("x-session-id") or body.get("prompt_cache_key")


async def read_asked(request):
    """A request as the replicas get it; a body that is no JSON is for g4rt to refuse."""
    data = await request.body()
    try:
        body = json.loads(data) if data else {}
        keys = block_keys(prompt_text(body)) if body else []
        session = session_of(request, body)
    except (ValueError, TypeError, AttributeError, RecursionError):
        keys, session = [], None
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Asked(request.method, path, passed_on(request.headers), data, keys, session)


class Ingress:
    """Takes what clients ask to a replica, and its answer back."""

    def __init__(self, replicas):
        self.replicas = replicas.options(stream=True)

    async def __call__(self, request: Request):
        if int(request.headers.get("content-length", 0)) > MOST_BODY:
            return Response(error_body("the body is too large", "invalid_request_error", "request_too_large"), 413)
        try:
            asked = await read_asked(request)
            answer = self.replicas.ask.remote(asked)
            status, headers = await anext(answer)
            if headers.get("Content-Type", "").startswith("text/event-stream"):
                return StreamingResponse(self.events(answer), status, headers)
            return Response(b"".join([piece async for piece in answer]), status, headers)
        except ClientDisconnect:
            return Response(status_code=499)
        except (RayError, RayServeException, OSError):
            headers = {"Content-Type": "application/json", "Retry-After": "1"}
            return Response(error_body(LOST, "server_error", "replica_lost"), 503, headers)

    async def events(self, answer):
        """A stream; one that is cut says so, and has no [DONE]."""
        try:
            async for piece in answer:
                yield piece
        except (RayError, RayServeException, OSError):
            # The piece before may have been half an event: an empty line ends it.
            yield f"\n\ndata: {error_body(LOST, 'server_error', 'replica_lost')}\n\n".encode()


def build(args: Arguments):
    """The application, for `serve run`."""
    replicas = serve.deployment(
        name="g4rt",
        num_replicas=args.replicas,
        max_ongoing_requests=MOST_REQUESTS,
        ray_actor_options={"num_gpus": args.gpus, "num_cpus": args.cpus},
        health_check_period_s=2,
        graceful_shutdown_wait_loop_s=0.5,
        graceful_shutdown_timeout_s=args.shutdown_seconds,
        request_router_config=RequestRouterConfig(
            request_router_class=PrefixRouter,
            request_router_kwargs={"longest_queue": args.longest_queue},
            request_routing_stats_period_s=1,
        ),
    )(Replica)
    # One, because it alone knows what went where. It waits for others all of its time.
    ingress = serve.deployment(
        name="ingress",
        num_replicas=1,
        max_ongoing_requests=100_000,
        ray_actor_options={"num_cpus": 0.1},
        graceful_shutdown_timeout_s=args.shutdown_seconds,
    )(Ingress)
    return ingress.bind(replicas.bind(args.program, args.model, args.flags))
