"""The page of a server while tabs come and go: keys, and what is left of a tab that is closed."""

import sys
import unittest
from pathlib import Path

from browser import Browser, Tab
from programs import main
from serving import serving, until


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

    def run_agents(self, page, count):
        page.fill("#agent-count", str(count))
        page.click("#agents-run")
        page.wait_for_selector("#agents-totals:not([hidden])")
        return page.text_content("#totals-text")

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
            self.assertIn("2 of 2 agents done", self.run_agents(page, 2))
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
    Live.pictures = Path(sys.argv.pop(sys.argv.index("--pictures") + 1))
    sys.argv.remove("--pictures")
    main()
