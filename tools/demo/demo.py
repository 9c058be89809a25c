"""Several agents at once, live in a terminal, and a gallery of what they made. tools/demo_svg.sh starts it."""

import argparse
import asyncio
import contextlib
import html
import json
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import openai

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "runtime/http/dashboard/page/scenarios.json"
FRAME_SECONDS = 0.2  # between two pictures of the terminal
SVG = re.compile(r"<svg[\s>].*?</svg>", re.DOTALL)


class Agent:
    """One conversation."""

    def __init__(self, number, prompt):
        self.number, self.prompt = number, prompt
        self.text, self.tokens, self.state = "", 0, "waits"
        self.first_token = self.seconds = None

    async def run(self, client, **fields):
        """Asks, and takes what comes; a failure is this agent's alone."""
        start = time.monotonic()
        try:
            stream = await client.chat.completions.create(
                messages=[{"role": "user", "content": self.prompt}],
                stream=True,
                stream_options={"include_usage": True},
                **fields,
            )
            async for chunk in stream:
                self.take(chunk, time.monotonic() - start)
            self.state = "done"
        except openai.APIError as error:
            self.state = f"failed: {error.message}"
        self.seconds = time.monotonic() - start

    def take(self, chunk, seconds):
        if chunk.usage:
            self.tokens = chunk.usage.completion_tokens
        piece = chunk.choices[0].delta.content if chunk.choices else None
        if piece:
            self.first_token = self.first_token or seconds
            self.text += piece
            self.tokens += 1
            self.state = "writes"

    def drawing(self):
        """The first whole SVG of the answer."""
        found = SVG.search(self.text)
        return found[0] if found else None


class Screen:
    """The lines of a terminal that are drawn again and again; nothing where there is no terminal."""

    def __init__(self, out):
        self.out, self.height = out, 0

    def show(self, lines):
        if not self.out.isatty():
            return
        width, most = shutil.get_terminal_size()
        lines = [line[: width - 1] for line in lines[: most - 1]]
        up = f"\x1b[{self.height}A" if self.height else ""
        self.out.write(up + "".join(f"\x1b[2K{line}\n" for line in lines))
        self.out.flush()
        self.height = len(lines)


def bar(share, width):
    full = round(width * min(max(share, 0), 1))
    return "█" * full + "░" * (width - full)


def agent_line(agent, most_tokens):
    speed = f"{agent.tokens / agent.seconds:6.0f} tok/s" if agent.seconds else ""
    tail = agent.prompt if agent.state == "done" else " ".join(agent.text.split())[-60:]
    share = agent.tokens / max(most_tokens, 1)
    return f"{agent.number:3} {bar(share, 16)} {agent.tokens:5} {agent.state[:24]:7} {speed:13} {tail}"


def server_lines(state):
    """What the server says of its slots and pages."""
    if not state:
        return []
    busy = {slot["slot"]: slot["phase"][0] for slot in state["slots"]}
    slots = "".join(busy.get(number, "·") for number in range(min(state["num_slots"], 64)))
    used = sum(pool["used"] for pool in state["pools"])
    pages = max(1, sum(pool["pages"] for pool in state["pools"]))
    rate = state["tokens"]["answer_per_second"]
    return [
        f"Slots {state['requests']['running']}/{state['num_slots']} [{slots}]  waiting {state['requests']['waiting']}"
        f"  KV {100 * used / pages:.0f} %  {rate:.0f} tok/s",
        "",
    ]


def fetch_state(url):
    """The server's /g4/state; none of another server."""
    try:
        with urllib.request.urlopen(f"{url}/g4/state", timeout=5) as reply:
            return json.load(reply)
    except (OSError, ValueError):
        return None


async def show_until_done(agents, url, screen):
    """Draws the terminal until it is cancelled, and once more then."""
    state = None
    try:
        while True:
            state = await asyncio.to_thread(fetch_state, url) or state
            most = max(agent.tokens for agent in agents)
            screen.show(server_lines(state) + [agent_line(agent, most) for agent in agents])
            await asyncio.sleep(FRAME_SECONDS)
    finally:
        most = max(agent.tokens for agent in agents)
        screen.show(server_lines(state) + [agent_line(agent, most) for agent in agents])


def prompt_of(scenario, number, count, topic):
    """As promptOf in the page's agents.js."""
    if not topic:
        return scenario["prompts"][number % len(scenario["prompts"])]
    words = {"topic": topic, "number": str(number + 1), "count": str(count)}
    return re.sub(r"\{(topic|number|count)\}", lambda found: words[found[1]], scenario["topic"])


async def run_agents(url, scenario, options):
    """The agents after their answers, and the seconds that all took."""
    count = options.agents
    agents = [Agent(i + 1, prompt_of(scenario, i, count, options.topic)) for i in range(count)]
    most_tokens = scenario["topic_max_tokens" if options.topic else "max_tokens"]
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=options.api_key, max_retries=0) as client:
        model = (await client.models.list()).data[0].id
        fields = {"model": model, "temperature": scenario["temperature"], "max_tokens": most_tokens}
        start = time.monotonic()
        screen = asyncio.create_task(show_until_done(agents, url, Screen(sys.stdout)))
        await asyncio.gather(*(agent.run(client, **fields) for agent in agents))
        seconds = time.monotonic() - start
        screen.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await screen
    return agents, seconds


def totals(agents, seconds):
    tokens = sum(agent.tokens for agent in agents)
    done = sum(agent.state == "done" for agent in agents)
    firsts = [agent.first_token for agent in agents if agent.first_token]
    first = f", first token after {1000 * statistics.median(firsts):.0f} ms (median)" if firsts else ""
    return (
        f"{done} of {len(agents)} agents done, {sum(map(bool, map(Agent.drawing, agents)))} drawings, "
        f"{tokens} tokens in {seconds:.2f} s, {tokens / seconds:.0f} tok/s in all{first}"
    )


def gallery(agents, summary):
    """A page of its own. A drawing is an image: browsers run no script in it and load nothing for it."""
    figures = []
    for agent in agents:
        drawing = agent.drawing()
        shown = f"<pre>{html.escape(agent.text)}</pre>"
        if drawing:
            url = "data:image/svg+xml," + urllib.request.quote(drawing)
            shown = f'<img alt="" src="{url}">'
        caption = f"{html.escape(agent.prompt)}<br><small>{agent.tokens} tokens, {agent.seconds:.2f} s</small>"
        figures.append(f"<figure>{shown}<figcaption>{caption}</figcaption></figure>")
    return (
        "<!doctype html><meta charset=utf-8><title>g4: agents</title>"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        "<style>body{font:15px/1.5 system-ui,sans-serif;margin:32px;background:#f4f6f8;color:#1b2430}"
        "main{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:16px}"
        "figure{margin:0;background:#fff;border:1px solid #d9dfe6;border-radius:14px;overflow:hidden}"
        "img{width:100%;aspect-ratio:1;object-fit:contain}figcaption{padding:10px 14px;border-top:1px solid #d9dfe6}"
        "small{color:#536070}pre{margin:0;padding:14px;overflow:auto;max-height:220px}</style>"
        f"<h1>{html.escape(summary)}</h1><main>{''.join(figures)}</main>\n"
    )


@contextlib.contextmanager
def served_here(num_agents):
    """The address of a server of build/tiny.g4 with a slot for each agent."""
    program, model = ROOT / "build/bin/g4rt", ROOT / "build/tiny.g4"
    if not program.exists() or not model.exists():
        sys.exit(f"demo: {program} or {model} is missing: tools/quickstart.sh --no-serve makes both; or give --url")
    command = [program, "serve", model, "--port", "0", "--max-num-seqs", str(max(num_agents, 1)), "--log-level", "error"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        banner = ""
        for line in server.stdout:
            banner += line
            if found := re.search(r"curl .*(http://[\d.]+:\d+)", line):
                yield found[1]
                return
        sys.exit(f"demo: g4rt serve ended: {banner}")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def parse_arguments(scenarios):
    parser = argparse.ArgumentParser(prog="tools/demo_svg.sh", description="Several agents at once, drawn live.")
    parser.add_argument("--agents", type=int, default=16, choices=range(1, 33), metavar="1..32")
    parser.add_argument("--scenario", default="svg", choices=scenarios)
    parser.add_argument("--topic", default="", help="what the drawings are about; needs a model that knows more than shapes")
    parser.add_argument("--url", help="a server that runs; else build/tiny.g4 is served")
    parser.add_argument("--api-key", default="none")
    parser.add_argument("--gallery", type=Path, default=ROOT / "build/gallery.html")
    return parser.parse_args()


def main():
    scenarios = json.loads(SCENARIOS.read_text(encoding="utf-8"))
    options = parse_arguments(scenarios)
    here = contextlib.nullcontext(options.url) if options.url else served_here(options.agents)
    with here as url:
        agents, seconds = asyncio.run(run_agents(url.rstrip("/"), scenarios[options.scenario], options))
    summary = totals(agents, seconds)
    options.gallery.write_text(gallery(agents, summary), encoding="utf-8")
    print(f"{summary}\nGallery: {options.gallery}")
    sys.exit(any(agent.state != "done" for agent in agents))


if __name__ == "__main__":
    main()
