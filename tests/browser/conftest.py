"""A dressed installation, and what a browser found on each of its pages."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page

from tests.browser import elsewhere, sights
from tests.browser.guest import Guest
from tests.chromium import DESKTOP, PHONE, RULES, Visitor, visitor
from tests.installation import Installation

# How pages look does not depend on the database: they are looked at once.
collect_ignore_glob = (
    []
    if settings.EMBEDDED
    else [
        "test_accessibility.py",
        "test_embeds_elements.py",
        "test_guest_*.py",
        "test_keyboard.py",
        "test_live_number.py",
        "test_log_from_outside.py",
        "test_looks.py",
        "test_passkey.py",
        "test_scanners.py",
        "test_verify_page.py",
    ]
)

SOAK = os.environ.get("SOAK") == "1"
NARROWEST = 320  # CSS pixels: a desk's 1280 at 400 %
HALF = 640  # the same at 200 %
TOO_WIDE = """() => {
  const root = document.documentElement, limit = root.clientWidth;
  if (root.scrollWidth <= limit) return '';
  const wide = [...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > limit + 1)
    .map(one => one.tagName + '.' + one.className);
  return `${root.scrollWidth} > ${limit}: ${wide.slice(-3)}`;
}"""


@dataclass
class Seen:
    """What one page was like."""

    barriers: dict[str, list[str]] = field(default_factory=dict)  # of axe-core, by look
    too_wide: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    cookies: list[str] = field(default_factory=list)


class Gallery:
    # Each width and each scheme once; the structure of a page is the same in all its looks, its
    # colours aren't, and a page in another state shares them. The long form looks at every pair of
    # every page, with every rule.
    rules: Mapping[tuple[str, str], Sequence[str]] = {
        ("phone", "light"): RULES,
        ("desktop", "dark"): RULES if SOAK else ("color-contrast",),
    } | ({("phone", "dark"): RULES, ("desktop", "light"): RULES} if SOAK else {})

    def __init__(self, installation: Installation, browser: Any, dressed: dict[str, Any]) -> None:
        self.installation, self.browser = installation, browser
        self.ways = sights.PUBLIC | dressed["pages"] | sights.DOORS | sights.ORGANISER
        self.otto = self._visitor()
        self.otto.page.goto(installation.url + dressed["enter"])
        self.otto.page.locator("main form button").click()
        self.otto.page.wait_for_url("**/organise/")

    @classmethod
    def looks(cls, name: str) -> Mapping[tuple[str, str], Sequence[str]]:
        """How this page is looked at, and by which rules."""
        if SOAK or not sights.shares_colours(name):
            return cls.rules
        return dict([next(iter(cls.rules.items()))])

    def _visitor(self, **options: Any) -> Visitor:
        return visitor(self.browser, **options)

    def see(self, name: str) -> Seen:
        """Go there once, and look at it wide and narrow, light and dark, small and large."""
        mine = name in sights.ORGANISER
        one = self._visitor(storage_state=self.otto.context.storage_state() if mine else None)
        seen = Seen()
        try:
            self._go(one.page, self.ways[name])
            seen.cookies = [str(cookie["name"]) for cookie in one.context.cookies()]
            self._look(one, name, seen)
            seen.complaints, seen.hosts = one.complaints, one.hosts
        finally:
            one.context.close()
        return seen

    def _go(self, page: Page, way: sights.Way) -> None:
        if callable(way):
            way(page, self.installation.url)
        else:
            page.goto(self.installation.url + way)

    def _look(self, one: Visitor, name: str, seen: Seen) -> None:
        page = one.page
        for (device, scheme), rules in self.looks(name).items():
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            width, height = {"phone": PHONE, "desktop": DESKTOP}[device]
            page.set_viewport_size({"width": width, "height": height})
            one.screenshot(f"pages/{name}-{device}-{scheme}")
            seen.barriers[f"{device}, {scheme}"] = one.barriers(rules=rules)
        for width in (HALF, NARROWEST):
            page.set_viewport_size({"width": width, "height": 800})
            seen.too_wide[f"{width} pixels"] = str(page.evaluate(TOO_WIDE))
        page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        larger = one.context.new_cdp_session(page)
        larger.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
        seen.too_wide["letters twice as large"] = str(page.evaluate(TOO_WIDE))


@pytest.fixture(scope="session")
def gallery(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    installation = Installation(
        tmp_path_factory.mktemp("gallery"), {"EXTRA_APPS": "tests.browser.gallery"}
    )
    try:
        installation.manage("migrate", "--skip-checks", "--verbosity", "0")
        dressed = json.loads(installation.manage("dress"))
        installation.start()
        yield Gallery(installation, browser, dressed)
    finally:
        installation.stop()


@pytest.fixture(scope="session")
def seen(gallery: Gallery) -> Callable[[str], Seen]:
    return cache(gallery.see)


@pytest.fixture(scope="session")
def guest(gallery: Gallery) -> Guest:
    """Our letters, as other people's pages know them."""
    return Guest(gallery.installation)


@pytest.fixture(scope="session")
def newspaper() -> Iterator[elsewhere.Elsewhere]:
    """Another site, whose pages hold what was copied from ours."""
    with elsewhere.web() as there:
        yield there
