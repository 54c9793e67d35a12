"""A letter's address pasted into a WordPress that has never heard of us."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser import wordpress
from tests.browser.elsewhere import Elsewhere
from tests.browser.guest import Guest
from tests.chromium import PHONE, Visitor
from tests.processes import eventually

Visit = Callable[..., Visitor]
THEME = "<style>.post { max-width: 600px } .post iframe { max-width: 100% }</style>"


@pytest.fixture
def post(guest: Guest, newspaper: Elsewhere) -> str:
    """The address of a post that holds what WordPress made of our answer."""
    made = wordpress.embedded(guest.oembed(maxwidth=600, maxheight=900))
    assert made is not None
    newspaper.file("/wp-embed.js", wordpress.HOST_SCRIPT, "text/javascript")
    script = "<script src='/wp-embed.js'></script>"
    return newspaper.page(f"<div class=post>{made}</div>{script}", path="/post/", head=THEME)


def inside(page: Page) -> Frame:
    frame = page.query_selector("iframe.wp-embedded-content")
    assert frame is not None
    found = frame.content_frame()
    assert found is not None
    return found


def test_nothing_we_need_is_taken_out(guest):
    told = guest.oembed()
    made = wordpress.embedded(told)
    assert made is not None
    kept = dict(re.findall(r' ([a-z-]+)="([^"]*)"', made))
    assert unescape(kept["title"]) == told["title"]
    assert (kept["width"], kept["height"]) == (str(told["width"]), str(told["height"]))
    assert re.fullmatch(
        re.escape(guest.frame()) + r"\?ref=oembed#\?secret=[A-Za-z0-9]{10}", kept["src"]
    )
    assert "style" not in kept  # it shows at once, and without scripts
    assert wordpress.embedded(told | {"html": "<script src=x></script>"}) is None  # as it would be


def test_in_its_sandbox_the_number_shows_and_moves_and_nothing_is_refused(guest, post, visit):
    reader = visit()
    reader.page.goto(post)
    number = inside(reader.page).locator("[data-count]").first
    expect(number).to_have_text(str(guest.count()))
    more = guest.sign()
    expect(number).to_have_text(str(more), timeout=60_000)
    reader.screenshot("guests/wordpress-desktop")
    assert reader.complaints == []


def test_the_frame_is_given_the_height_it_asks_for(post, visit):
    reader = visit(size=PHONE)
    reader.page.goto(post)
    frame = inside(reader.page)
    needed = "() => document.querySelector('main').getBoundingClientRect().height"
    given = "() => document.querySelector('iframe').getBoundingClientRect().height"

    def fits() -> bool:
        wanted = min(wordpress.HIGHEST, max(wordpress.LOWEST, frame.evaluate(needed)))
        return bool(abs(reader.page.evaluate(given) - wanted) <= 1)

    eventually(fits, "the frame as high as its content")
    assert frame.evaluate("document.documentElement.scrollHeight <= innerHeight")
    reader.screenshot("guests/wordpress-phone")


def test_its_link_leads_the_whole_page_to_the_letter(guest, post, visit):
    reader = visit()
    reader.page.goto(post)
    inside(reader.page).get_by_role("link", name="Read and sign").click()
    reader.page.wait_for_url(f"{guest.letter()}**")
    expect(reader.page.get_by_role("button", name="Sign this letter")).to_be_visible()
    assert len(reader.context.pages) == 1


def test_where_the_blog_has_no_scripts_the_number_stands_there(guest, post, visit):
    reader = visit(javascript=False)
    reader.page.goto(post)
    frame = reader.page.frame_locator("iframe")
    expect(frame.locator("[data-count]").first).to_have_text(str(guest.count()))
    reader.screenshot("guests/wordpress-without-scripts")
