"""A letter of ours as other people's pages know it, and what happens to it meanwhile."""

import json
import urllib.request
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from tests.installation import Installation
from tests.processes import eventually

NUMBER = "groundswell-counter [part=number]"

TAKE_DOWN = """
from django.utils import timezone
from campaigns.models import Letter
from campaigns.services import publishing
letter = Letter.objects.get(slug={slug!r})
publishing.take_down(letter=letter, because="It quoted somebody falsely.", now=timezone.now())
"""


class Guest:
    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.url = installation.url

    def letter(self, slug: str = "guest", *, language: str = "") -> str:
        prefix = f"/{language}" if language else ""
        return f"{self.url}{prefix}/letters/{slug}/"

    def frame(self, slug: str = "guest", *, language: str = "") -> str:
        return f"{self.letter(slug, language=language)}embed/counter/"

    def oembed(self, slug: str = "guest", **asked: Any) -> dict[str, Any]:
        words = urlencode({"url": self.letter(slug)} | asked)
        with urllib.request.urlopen(f"{self.url}/oembed?{words}", timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def count(self, slug: str = "guest") -> int:
        with urllib.request.urlopen(f"{self.letter(slug)}count.json", timeout=30) as answer:
            return int(json.load(answer)["count"])

    def sign(self, slug: str = "guest") -> int:
        """One more signature, confirmed and counted; how many there are then."""
        before = self.count(slug)
        self.installation.manage(
            "seed", "--letter", slug, "--signatures", "1", "--seed", str(1_000 + before)
        )
        return before + 1

    def take_down(self, slug: str) -> None:
        self.installation.manage("shell", "-c", TAKE_DOWN.format(slug=slug))


def everything(guest: Guest, slug: str = "guest") -> str:
    """Each way there is, as docs/embedding.md has it."""
    letter = guest.letter(slug)
    return f"""
<groundswell-counter letter="{letter}"><a href="{letter}">Read and sign</a></groundswell-counter>
<script src="{guest.url}/embed.js" async crossorigin></script>
<p><iframe src="{guest.frame(slug)}" title="The count" width="100%" height="172"></iframe></p>
<p><a href="{letter}"><img src="{letter}badge.svg" alt="The count" height="32"></a></p>
"""


def form(guest: Guest, slug: str = "guest") -> str:
    return f'<groundswell-sign letter="{guest.letter(slug)}">Sign</groundswell-sign>'


def to_sign(page: Page) -> None:
    """The form stands there, in a frame that has learned how high it is."""
    frame = page.locator("groundswell-sign iframe")
    name = frame.content_frame.get_by_label("Your name", exact=True)
    expect(name).to_be_visible(timeout=30_000)
    root = frame.content_frame.locator("html")

    def fits() -> bool:
        room, needs = frame.bounding_box(), root.evaluate("one => one.offsetHeight")
        return room is not None and abs(room["height"] - needs) <= 1

    eventually(fits, "a frame as high as its form", every=0.1)


def shown(page: Page, count: int, *, within: float = 30_000) -> None:
    """In the element, the frame and the picture."""
    expect(page.locator(NUMBER)).to_have_text(str(count), timeout=within)
    in_the_frame = page.frame_locator("p > iframe").locator("[data-count]").first
    expect(in_the_frame).to_have_text(str(count), timeout=within)
    assert page.evaluate("document.querySelector('img').naturalWidth") > 0
