"""A real Chromium: pages in light and dark, wide and narrow, with and without JavaScript."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT as AXE
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.processes import ROOT

SCREENSHOTS = ROOT / "var" / "screenshots"
PICTURES = os.environ.get("PICTURES") == "1"  # they take a fifth of the time: `make pictures`
PHONE, DESKTOP = (390, 844), (1280, 900)
ARGUMENTS = [
    "--no-sandbox",  # tests may run as root, where Chromium has none
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium with an empty profile: its headless shell, which takes half the processor's time
    for the same pages, or the one that CHROMIUM names."""
    program = shutil.which(os.environ.get("CHROMIUM", "chromium-headless-shell"))
    # Playwright keeps an event loop on this thread, which Django takes for asynchronous code.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "yes"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=program, args=ARGUMENTS, headless=True
            )
            try:
                yield browser
            finally:
                browser.close()
    finally:
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
        if before is not None:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


class Visitor:
    """Somebody at a browser of their own: no cookie shared, every complaint of it written down."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []  # errors on the console, refused by CSP, thrown by scripts
        self.hosts: set[str] = set()  # every host asked for anything
        context.on("request", lambda request: self._asked(request.url))
        context.on("console", lambda message: self._heard(message.type, message.text))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.page: Page = context.new_page()

    def _asked(self, url: str) -> None:
        if (parts := urlsplit(url)).scheme in {"http", "https", "ws", "wss"}:
            self.hosts.add(parts.netloc)

    def _heard(self, kind: str, text: str) -> None:
        # A page that answers 404 or 422 is on the console too; the tests look at the status itself.
        if kind == "error" and "the server responded with a status of 4" not in text:
            self.complaints.append(text)

    def screenshot(self, name: str) -> None:
        """The page as it looks now, in var/screenshots/<name>.png if pictures are wanted."""
        if PICTURES:
            self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def barriers(self, *, rules: Sequence[str] = RULES) -> list[str]:
        """What axe-core finds wrong for people with disabilities on the page as it is now."""
        options = {"runOnly": [*rules], "resultTypes": ["violations"]}
        if not self.page.evaluate("'axe' in window"):  # half a megabyte of script
            self.page.evaluate(AXE)
        found = self.page.evaluate("options => axe.run(options)", options)["violations"]
        return [f"{one['id']}: {one['help']} {_where(one)}" for one in found]


def _where(violation: dict[str, Any]) -> list[str]:
    return [" ".join(map(str, node["target"])) for node in violation["nodes"]]


def visitor(
    browser: Browser,
    *,
    javascript: bool = True,
    dark: bool = False,
    size: tuple[int, int] = DESKTOP,
    locale: str = "en-GB",
    **options: Any,
) -> Visitor:
    width, height = size
    context = browser.new_context(
        java_script_enabled=javascript,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        viewport={"width": width, "height": height},
        locale=locale,
        **options,
    )
    return Visitor(context)
