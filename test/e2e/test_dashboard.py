"""The server's page in a browser: what it shows, the playground, agents, and what a hostile drawing can do."""

import json
import os
import re
import signal
import unittest
from pathlib import Path

from browser import LOW_CONTRAST, Browser, Tab, run_agents
from programs import heldout_other, main, take_option
from serving import Handler, LocalServer, Server, until

# The most slots that were in use at one time, by what the page shows.
WATCH_SLOTS = """() => {
  window.mostBusy = 0;
  new MutationObserver(() => {
    const busy = document.querySelectorAll("#slots .slot:not([data-phase=idle])").length;
    window.mostBusy = Math.max(window.mostBusy, busy);
  }).observe(document.getElementById("slots"), { attributes: true, subtree: true });
}"""

# Of each drawing the share of its pixels that are not white.
INK = """() => Promise.all([...document.querySelectorAll("iframe")].map(async (frame) => {
  const image = new Image();
  image.src = frame.contentDocument.images[0].src;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 50;
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, 50, 50);
  context.drawImage(image, 0, 0, 50, 50);
  const data = context.getImageData(0, 0, 50, 50).data;
  let inked = 0;
  for (let i = 0; i < data.length; i += 4) inked += Math.min(data[i], data[i + 1], data[i + 2]) < 200;
  return inked / 2500;
}))"""

HOSTILE = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 100"
 onload="parent.document.title='hacked'"><script>parent.document.title='hacked';alert(1)</script>
<script href="EVIL/1.js"/><style>@import url(EVIL/2.css);rect{fill:url(EVIL/3.svg#a);background:url(EVIL/4.png)}</style>
<foreignObject width="90" height="90"><body xmlns="http://www.w3.org/1999/xhtml">
<img src="EVIL/5.png" onerror="parent.document.title='hacked'"/><iframe src="EVIL/6.html"></iframe>
<form action="EVIL/7"><input autofocus="" onfocus="parent.document.title='hacked'"/></form></body></foreignObject>
<image href="EVIL/8.png" width="9" height="9"/><image xlink:href="EVIL/9.png" width="9" height="9"/>
<use href="EVIL/10.svg#a"/><rect width="9" height="9" style="fill:url(EVIL/11.svg#a)" onclick="alert(2)"/>
<a href="javascript:alert(3)" target="_top"><rect width="100" height="100" opacity="0"/></a>
<animate attributeName="x" onbegin="parent.document.title='hacked'" dur="1s"/>
<circle cx="50" cy="50" r="40" fill="red"/></svg>"""


def tool_case():
    """A held-out request with tools that the model answers with a call."""
    cases = [case for case in heldout_other() if case.get("tools")]
    return next(case for case in cases if len(case["messages"]) == 1 and "<|tool_call>" in case["answer"])


class Elsewhere(LocalServer):
    """A server that nobody may ask for anything; `paths` are what was asked for."""

    def __init__(self):
        paths = self.paths = []

        class NobodysHandler(Handler):
            def do_GET(self):
                paths.append(self.path)
                self.send_error(404)

            do_POST = do_GET

        super().__init__(NobodysHandler)


class Dashboard(unittest.TestCase):
    """One server and one browser for all; a tab for each test."""

    pictures = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server("tiny.bf16", "--max-num-seqs", 16)
        cls.addClassCleanup(cls.server.close)
        cls.browser = Browser(cls.pictures)
        cls.addClassCleanup(cls.browser.close)

    def tab(self, **options):
        """A tab that must have logged nothing and asked nobody else by the test's end."""
        tab = Tab(self.browser, self.server.url, **options)
        self.addCleanup(tab.close)
        self.addCleanup(self.assert_quiet, tab)
        return tab

    def assert_quiet(self, tab):
        self.assertEqual(tab.problems, [])
        self.assertEqual(tab.elsewhere, [])

    def answer_with(self, page, text):
        """The next chats get this answer, whatever they ask."""
        chunks = [{"choices": [{"delta": {"content": text}}]}, {"choices": [], "usage": {"completion_tokens": 9}}]
        body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
        page.route("**/v1/chat/completions", lambda r: r.fulfill(content_type="text/event-stream", body=body))

    def ask(self, page, text):
        page.fill("#prompt", text)
        page.click("#send")
        page.wait_for_selector("#send:not([hidden])")

    def test_sixteen_agents_fill_the_slots_and_draw(self):
        tab = self.tab()
        page = tab.open()
        page.evaluate(WATCH_SLOTS)
        # All slots are busy at once, but the page looks four times a second, and a fast machine has drawn all by then.
        for _ in range(10):
            totals = run_agents(page, 16)
            if page.evaluate("mostBusy") >= 8:
                break
        self.assertIn("16 of 16 agents done", totals)
        self.assertIn("16 drawings", totals)
        ink = page.evaluate(INK)
        self.assertEqual(len(ink), 16)
        self.assertGreater(min(ink), 0.005)
        self.assertGreaterEqual(page.evaluate("mostBusy"), 8)
        self.assertTrue(until(lambda: page.locator("#slots .slot[data-phase=idle]").count() == 16))
        tab.picture("agents-light")
        page.click("#theme")
        tab.picture("agents-dark")

    def test_the_other_scenarios_run_as_well(self):
        for scenario in ("translate", "code", "ascii"):
            page = self.tab().open()
            page.select_option("#scenario", scenario)
            label = page.locator("#scenario option:checked").text_content()
            totals = run_agents(page, 2)
            self.assertIn("2 of 2 agents done", totals)
            self.assertTrue(totals.startswith(label), (label, totals))

    def test_the_numbers_are_those_of_metrics(self):
        tab = self.tab()
        page = tab.open()
        run_agents(page, 4)
        state = self.server.get("/g4/state")[1]
        names = ("generation_tokens_total", "prompt_tokens_total", "num_slots", "num_kv_pages", "requests_finished_total")
        chosen, read, slots, pages, ended = self.server.metrics(*(f"g4rt:{name}" for name in names))
        self.assertEqual(state["tokens"]["answer_total"], chosen)
        self.assertEqual(state["tokens"]["prompt_total"], read)
        self.assertEqual(state["num_slots"], slots)
        windows = self.server.metrics("g4rt:num_window_kv_pages")[0]
        self.assertEqual({pool["name"]: pool["pages"] for pool in state["pools"]}, {"global": pages, "window": windows})
        self.assertEqual(sum(state["requests"][key] for key in ("stop", "length", "cancelled", "failed")), ended)
        looked_up, hits = self.server.metrics("g4rt:prefix_cache_queries_total", "g4rt:prefix_cache_hits_total")
        prefix = state["prefix_cache"]
        self.assertEqual((prefix["queried_tokens_total"], prefix["hit_tokens_total"]), (looked_up, hits))
        self.assertIn(f"{hits:.0f} of {looked_up:.0f}", page.text_content("#engine").replace(",", ""))
        shown = f"{chosen:,.0f} chosen" if chosen >= 10_000 else f"{chosen:.0f} chosen"
        self.assertTrue(until(lambda: shown in page.text_content("#engine")), page.text_content("#engine"))
        self.assertEqual(page.text_content("#slots-used"), f"0 / {slots:.0f}")

    def test_a_hostile_drawing_does_nothing(self):
        elsewhere = Elsewhere()
        self.addCleanup(elsewhere.close)
        tab = self.tab()
        page = tab.open("#chat")
        title = page.title()
        self.answer_with(page, HOSTILE.replace("EVIL", elsewhere.url))
        self.ask(page, "Draw.")
        page.wait_for_selector("#messages iframe[data-drawn=yes]")
        frame = page.locator("iframe")
        self.assertEqual(frame.get_attribute("sandbox"), "allow-same-origin")
        frame.click(force=True)  # the link over all of it
        page.wait_for_timeout(500)  # whatever it would do
        self.assertEqual(page.title(), title)
        self.assertEqual(page.url, self.server.url + "/#chat")
        self.assertEqual(elsewhere.paths, [])
        tab.picture("hostile")

    def test_a_drawing_grows_and_what_is_no_drawing_stays_text(self):
        page = self.tab().open("#chat")
        close = "(svg) => import('/g4/page/drawing.js').then((drawing) => drawing.closeSvg(svg))"
        whole = '<svg><g a="1>2"><rect/><!-- <b> --><text>a'
        for cut, want in [
            (whole, whole + "</text></g></svg>"),
            ('<svg><circle r="4', "<svg></svg>"),
            ("<svg><text>a</te", "<svg><text>a</text></svg>"),
            ("<svg></g>", None),
        ]:
            self.assertEqual(page.evaluate(close, cut), want)
        self.answer_with(page, "Use <svg as a tag & not <more>.")
        self.ask(page, "How?")
        self.assertIn("not <more>", page.text_content("#messages"))

    def test_a_chat_thinks_draws_and_is_kept(self):
        tab = self.tab()
        page = tab.open("#chat")
        page.click("#settings summary")
        page.fill("#temperature", "0")
        page.check("#thinking")
        self.ask(page, "Paint an olive colored small plus sign, please.")
        page.wait_for_selector("#messages iframe[data-drawn=yes]")
        thought = page.locator(".assistant .thought")
        self.assertFalse(thought.evaluate("(details) => details.open"))
        self.assertIn("olive", thought.text_content())
        page.click("#retry")
        page.wait_for_selector("#send:not([hidden])")
        self.assertEqual(page.locator(".message").count(), 2)
        tab.picture("playground")
        page.reload()
        self.assertIn("olive", page.text_content("#messages"))
        page.click("#chat-delete")
        self.assertEqual(page.locator(".message").count(), 0)

    def test_a_call_is_shown(self):
        case = tool_case()
        page = self.tab().open("#chat")
        page.click("text=Tools")
        page.fill("#tools", json.dumps(case["tools"]))
        page.click("#settings summary")
        page.fill("#temperature", "0")
        self.ask(page, case["messages"][0]["content"])
        self.assertIn("Calls ", page.text_content(".call"))

    def test_agents_can_be_stopped(self):
        page = self.tab().open()
        page.fill("#agent-count", "32")
        page.click("#agents-run")
        self.assertTrue(until(lambda: self.server.num_open() > 0))
        page.evaluate("document.getElementById('agents-stop').click()")
        page.wait_for_selector("#agents-totals:not([hidden])")
        self.assertTrue(until(lambda: self.server.num_open() == 0))
        self.assertNotIn("32 of 32", page.text_content("#totals-text"))

    def test_the_keyboard_alone_runs_agents_and_chats(self):
        page = self.tab().open()
        focused = "document.activeElement.id"
        for _ in range(40):
            page.keyboard.press("Tab")
            self.assertNotEqual(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "none")
            if page.evaluate(focused) == "agents-run":
                break
        self.assertEqual(page.evaluate(focused), "agents-run")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Control+A")
        page.keyboard.type("2")
        page.keyboard.press("Enter")
        page.wait_for_selector("#agents-totals:not([hidden])")
        self.assertIn("2 of 2 agents", page.text_content("#totals-text"))
        page.goto(self.server.url + "/#chat")
        page.focus("#prompt")
        page.keyboard.type("Draw a large red circle.")
        page.keyboard.press("Enter")
        page.wait_for_selector("#messages iframe[data-drawn=yes]")
        page.wait_for_selector("#send:not([hidden])")
        self.assertEqual(page.evaluate(focused), "prompt")

    def test_a_phone_needs_no_scrolling_sideways(self):
        tab = self.tab(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True)
        page = tab.open()
        run_agents(page, 4)
        for view in ("live", "chat"):
            page.click(f"#tab-{view}")
            width = page.evaluate("document.documentElement.scrollWidth")
            self.assertLessEqual(width, 390, view)
            tab.picture(f"phone-{view}")

    def test_text_can_be_read(self):
        for scheme in ("light", "dark"):
            page = self.tab(color_scheme=scheme).open()
            run_agents(page, 4)
            self.assertEqual(page.evaluate(LOW_CONTRAST), [], scheme)
            page.click("#tab-chat")
            self.answer_with(page, "Yes.\n```\ncode\n```\n")
            self.ask(page, "A question?")
            self.assertEqual(page.evaluate(LOW_CONTRAST), [], scheme)

    def test_an_engine_that_is_lost_is_said_and_comes_back(self):
        page = self.tab().open()
        state = self.server.get("/g4/state")[1]
        os.kill(state["engine"]["pid"], signal.SIGKILL)
        self.assertTrue(until(lambda: "killed" in page.text_content("#errors")))
        page.wait_for_selector("#engine-state[data-state=serving]")
        self.assertTrue(re.search(r"Restarts[1-9]", page.text_content("#engine")))


if __name__ == "__main__":
    Dashboard.pictures = Path(take_option("--pictures"))
    main()
