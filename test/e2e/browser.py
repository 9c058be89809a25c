"""A headless Chromium for a test: what a page logs, requests and looks like."""

import contextlib
import os

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
MILLISECONDS = 60_000  # more than anything takes on a slow machine

# Every visible text whose contrast with what is behind it is below 4.5, as WCAG 2.1 computes it.
LOW_CONTRAST = """() => {
  const channels = (color) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d");
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].map((value) => value / 255);
  };
  const over = (top, below) => top.slice(0, 3).map((value, i) => value * top[3] + below[i] * (1 - top[3]));
  const luminance = (color) => {
    const [r, g, b] = color.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(channels(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [1, 1, 1]);
  };
  const ratio = (element, color) => {
    const back = behind(element);
    const [a, b] = [luminance(over(channels(color), back)), luminance(back)].sort();
    return (b + 0.05) / (a + 0.05);
  };
  const low = [];
  const look = (element, color, text) => {
    const found = ratio(element, color);
    if (found < 4.5) low.push(`${text.trim().slice(0, 40)}: ${found.toFixed(2)}`);
  };
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility() || element.disabled) continue;
    const text = [...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join("");
    if (text.trim()) look(element, getComputedStyle(element).color, text);
    if (element.placeholder) look(element, getComputedStyle(element, "::placeholder").color, element.placeholder);
  }
  return low;
}"""


class Browser:
    """Chromium, for all tests of a class. Pictures go to a folder, made if need be."""

    def __init__(self, pictures):
        self.pictures = pictures
        pictures.mkdir(parents=True, exist_ok=True)
        self.stack = contextlib.ExitStack()
        playwright = self.stack.enter_context(sync_playwright())
        # As root, in a container, Chromium's own sandbox is not to be had.
        flags = ["--no-sandbox"] if os.getuid() == 0 else []
        self.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        self.stack.callback(self.browser.close)

    def close(self):
        self.stack.close()


class Tab:
    """A page of its own, with all that it logged and asked for."""

    def __init__(self, browser, url, **options):
        self.browser, self.url = browser, url
        self.context = browser.browser.new_context(**{"viewport": {"width": 1360, "height": 900}, **options})
        self.context.set_default_timeout(MILLISECONDS)
        self.problems, self.elsewhere = [], []
        self.page = self.context.new_page()
        self.page.on("console", lambda m: m.type in ("error", "warning") and self.problems.append(m.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.context.on("request", self.note)

    def note(self, request):
        if not request.url.startswith((self.url + "/", "data:")):
            self.elsewhere.append(request.url)

    def open(self, fragment=""):
        self.page.goto(self.url + "/" + fragment)
        self.page.wait_for_selector("#engine-state[data-state=serving]")
        return self.page

    def picture(self, name):
        self.page.screenshot(path=self.browser.pictures / f"{name}.png", full_page=True)

    def close(self):
        self.context.close()


def run_agents(page, count):
    """Runs so many agents to their ends; what the page says of them."""
    page.fill("#agent-count", str(count))
    page.click("#agents-run")
    page.wait_for_selector("#agents-totals:not([hidden])")
    return page.text_content("#totals-text")
