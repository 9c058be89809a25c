"""The page of a server while tabs come and go: experts, keys, and what is left of a tab that is closed."""

import threading
import unittest
from pathlib import Path

from browser import Browser, Tab, run_agents
from programs import main, take_option
from serving import NO_END, serving, until

# The colour of each pixel of the picture of experts.
COLOURS_OF_EXPERTS = """() => {
  const canvas = document.getElementById("experts-map");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 3).join());
}"""


class Live(unittest.TestCase):
    """One browser for all; a server for each test."""

    pictures = None

    @classmethod
    def setUpClass(cls):
        cls.browser = Browser(cls.pictures)
        cls.addClassCleanup(cls.browser.close)

    def tab(self, server):
        tab = Tab(self.browser, server.url)
        self.addCleanup(tab.close)
        return tab

    def test_experts_are_drawn(self):
        with serving("tiny.bf16") as server:
            tab = self.tab(server)
            page = tab.open()
            run_agents(page, 4)
            self.assertTrue(until(lambda: "busiest layers." in page.text_content("#experts-text")))
            layers = server.get("/g4/state")[1]["experts"]
            colours = page.evaluate(COLOURS_OF_EXPERTS)
            self.assertEqual(len(colours), sum(len(layer["rows"]) for layer in layers))
            self.assertGreater(len(set(colours)), 1)
            tab.picture("experts")

    def test_each_layer_sends_each_row_to_two_experts_of_eight(self):
        with serving("tiny.bf16") as server:
            status, _ = server.chat("Draw a large red circle.")
            self.assertEqual(status, 200)
            names = ("prompt_tokens_total", "generation_tokens_total", "requests_finished_total")
            prompt, answer, ended = server.metrics(*(f"g4rt:{name}" for name in names))
            choices = 2 * (prompt + answer - ended)  # the last token of an answer is no row
            layers = lambda: [layer["rows"] for layer in server.get("/g4/state")[1]["experts"]]
            self.assertTrue(until(lambda: {sum(rows) for rows in layers()} == {choices}), (layers(), choices))
            self.assertEqual({len(rows) for rows in layers()}, {8})

    def test_texts_are_shown_with_the_flag_alone(self):
        # Eight side by side take seconds on any machine, and the page looks four times a second.
        body = {"n": 8, "max_tokens": 2000, "logit_bias": NO_END}
        for flags, shows in (((), False), (("--dashboard-text",), True)):
            with serving("tiny.bf16", *flags) as server:
                page = self.tab(server).open()
                asking = threading.Thread(target=server.chat, args=("Draw a large red circle.",), kwargs=body)
                asking.start()
                slot = page.locator("#slots .slot[data-phase=answer]").first
                slot.wait_for()
                slots = lambda: server.get("/g4/state")[1]["slots"]
                self.assertTrue(until(lambda: any(slot["answer_tokens"] > 100 for slot in slots())))
                seen = slots()
                self.assertEqual({"text" in shown for shown in seen}, {shows})
                if shows:
                    self.assertGreater(max(len(shown["text"]) for shown in seen), 20)
                    self.assertTrue(until(lambda: slot.locator(".tail").text_content()))
                    self.assertLessEqual(max(len(shown["text"].encode()) for shown in seen), 160)
                else:
                    self.assertEqual(slot.locator(".tail").text_content(), "")
                asking.join()

    def test_a_key_is_asked_for_and_stays_in_the_tab(self):
        with serving("tiny.bf16", "--api-key", "one") as server:
            tab = self.tab(server)
            page = tab.page
            page.goto(server.url)
            for key in ("wrong", "one"):
                page.wait_for_selector("#key-form:not([hidden])")
                tab.picture("key")
                page.fill("#key", key)
                page.keyboard.press("Enter")
            page.wait_for_selector("#engine-state[data-state=serving]")
            self.assertTrue(page.locator("#key-form").is_hidden())
            self.assertIn("2 of 2 agents done", run_agents(page, 2))
            self.assertEqual(page.evaluate("JSON.stringify(localStorage).includes('one')"), False)
            other = tab.context.new_page()  # another tab of the same browser has to ask again
            other.goto(server.url)
            other.wait_for_selector("#key-form:not([hidden])")
            # A browser says on its console what was refused; that is all it says.
            self.assertTrue(all("401" in problem for problem in tab.problems), tab.problems)
            self.assertEqual(tab.elsewhere, [])

    def test_nothing_is_left_of_a_tab_that_is_closed(self):
        with serving("tiny.bf16") as server:
            tab = Tab(self.browser, server.url)
            page = tab.open()
            page.fill("#agent-count", "32")
            page.click("#agents-run")
            self.assertTrue(until(lambda: server.num_open() > 0))
            tab.close()
            self.assertTrue(until(lambda: server.num_open() == 0))
            # The one that asks is open itself.
            self.assertTrue(until(lambda: server.metrics("g4rt:http_connections") == [1]))


if __name__ == "__main__":
    Live.pictures = Path(take_option("--pictures"))
    main()
