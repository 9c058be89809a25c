"""The page for ten minutes: two tabs and 32 agents cost the engine next to nothing, hold their memory, and leave nothing.

--seconds N takes another time than ten minutes.
"""

import os
import sys
import time
import unittest
from pathlib import Path

from browser import Browser, Tab
from programs import main, take_option
from serving import Server, until

IDLE_SECONDS = 30


def cpu_seconds(pid):
    """What a process and its threads have computed so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Watched(unittest.TestCase):
    """One server, two tabs."""

    pictures = None
    seconds = 600

    @classmethod
    def setUpClass(cls):
        cls.server = Server("tiny.bf16", "--max-num-seqs", 32)
        cls.addClassCleanup(cls.server.close)
        cls.browser = Browser(cls.pictures)
        cls.addClassCleanup(cls.browser.close)

    def open(self):
        tab = Tab(self.browser, self.server.url)
        tab.open()
        return tab

    def idle_shares(self):
        """The shares of one core that the server and its engine take while nobody asks for tokens."""
        pids = (self.server.child.pid, self.server.engine_pid())
        before = [cpu_seconds(pid) for pid in pids]
        time.sleep(IDLE_SECONDS)
        return [(cpu_seconds(pid) - start) / IDLE_SECONDS for pid, start in zip(pids, before, strict=True)]

    def heap_bytes(self, tab):
        """What a page's scripts hold once garbage is gone."""
        session = tab.context.new_cdp_session(tab.page)
        session.send("HeapProfiler.collectGarbage")
        held = session.send("Runtime.getHeapUsage")["usedSize"]
        session.detach()
        return held

    def run_agents(self, page):
        page.fill("#agent-count", "32")
        page.click("#agents-run")
        page.wait_for_selector("#agents-run:not([hidden]):not([disabled])")
        page.wait_for_selector("#agents-totals:not([hidden])")

    def test_two_tabs_cost_little_and_leave_nothing(self):
        alone = self.idle_shares()
        tabs = [self.open(), self.open()]
        watched = self.idle_shares()
        for name, without, with_tabs in zip(("server", "engine"), alone, watched, strict=True):
            print(f"{name}: {without:.2%} of a core without tabs, {with_tabs:.2%} with two")
        self.assertLessEqual(watched[1], 0.01)

        spent = lambda: self.server.metrics("g4rt:view_seconds_total", "g4rt:step_seconds_total")
        before, end, heaps = spent(), time.monotonic() + self.seconds, []
        while time.monotonic() < end:
            self.run_agents(tabs[0].page)
            heaps.append([self.heap_bytes(tab) for tab in tabs])
        views, steps = (now - then for now, then in zip(spent(), before, strict=True))
        print(f"the engine's time: {steps:.1f} s in steps, {views:.3f} s for views, {views / (steps + views):.3%} of both")
        self.assertGreater(views, 0)
        self.assertLessEqual(views, 0.01 * (steps + views))
        print(f"{len(heaps)} runs; bytes of both pages after the first and the last: {heaps[0]} {heaps[-1]}")
        for first, last in zip(heaps[min(2, len(heaps) - 1)], heaps[-1], strict=True):
            self.assertLess(last, 1.25 * first + (1 << 20))
        for tab in tabs:
            self.assertEqual(tab.problems, [])
            tab.close()
        self.assertTrue(until(lambda: self.server.num_open() == 0))
        self.assertTrue(until(lambda: self.server.metrics("g4rt:http_connections") == [1]))  # who asks


if __name__ == "__main__":
    Watched.pictures = Path(take_option("--pictures"))
    if "--seconds" in sys.argv:
        Watched.seconds = int(take_option("--seconds"))
    main()
