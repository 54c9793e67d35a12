"""Signing without leaving somebody else's page: from the frame to the mail, and confirmed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.conftest import Gallery
from tests.browser.guest import Guest
from tests.browser.mailboxes import LINK, Files, only
from tests.chromium import PHONE, Visitor
from tests.processes import eventually

Visit = Callable[..., Visitor]


def snippet(guest: Guest, visit: Visit, name: str, *, place: str = "") -> str:
    """What the share page offers for other people's pages."""
    page = visit(javascript=False).page
    page.goto(f"{guest.letter()}share/{f'?ref={place}' if place else ''}")
    return page.get_by_label(f"{name}: copy this").input_value()


def fill(frame: FrameLocator, name: str, email: str) -> None:
    frame.get_by_label("Your name", exact=True).fill(name)
    frame.get_by_label("Your e-mail address").fill(email)
    frame.get_by_label("Place").fill("Kesten")
    frame.get_by_label("Show my name").check()
    frame.get_by_role("button", name="Sign this letter").click()


def as_high_as_it_is(page: Page) -> None:
    """The frame on their page grows and shrinks with ours."""

    def fits() -> bool:
        shown = page.locator("iframe").bounding_box()
        inside = page.frames[1].evaluate("document.documentElement.getBoundingClientRect().height")
        return shown is not None and abs(shown["height"] - inside) <= 2

    eventually(fits, "a frame as high as its content", every=0.1)


@pytest.mark.parametrize(
    ("javascript", "name", "place"),
    [(True, "Sign form", "127.0.0.1"), (False, "Sign form in a frame", "sign-frame")],
    ids=["element", "frame-without-scripts"],
)
def test_signed_on_another_page_and_confirmed_by_mail(
    guest: Guest, gallery: Gallery, newspaper, visit: Visit, javascript, name, place
):
    before, email = guest.count(), f"{place}@example.net"
    html = snippet(guest, visit, name)
    joan = visit(javascript=javascript, size=PHONE)
    joan.page.goto(newspaper.page(html, path=f"/{place}/"))
    frame = joan.page.frame_locator("iframe")
    frame.get_by_text("Read the whole letter").click()
    expect(frame.get_by_text("Dear Minister")).to_be_visible()

    fill(frame, "Joan Baker", "joan@localhost")  # a browser takes it, mail does not
    expect(frame.get_by_role("alert")).to_be_in_viewport()
    expect(frame.get_by_label("Place")).to_have_value("Kesten")
    if javascript:
        as_high_as_it_is(joan.page)
    joan.screenshot(f"guests/signing-{place}-wrong")
    fill(frame, "Joan Baker", email)
    heading = frame.get_by_role("heading", level=1)
    expect(heading).to_contain_text("look into your mailbox")
    expect(heading).to_be_in_viewport()
    assert email not in frame.locator("body").inner_text()
    if javascript:
        as_high_as_it_is(joan.page)
    joan.screenshot(f"guests/signing-{place}-sent")
    assert joan.complaints == []
    assert joan.context.cookies() == []

    link = only(LINK, Files(visit(), guest.url).newest(email))
    mail = visit(javascript=javascript)
    mail.page.goto(link)
    mail.page.get_by_role("button", name="Yes, I sign this letter").click()
    eventually(lambda: guest.count() == before + 1, "one signature more", every=0.3)
    desk = visit(storage_state=gallery.otto.context.storage_state())
    desk.page.goto(f"{guest.url}/organise/letters/guest/")
    expect(desk.page.locator(".places").get_by_role("rowheader", name=place)).to_be_visible()


def test_the_place_goes_along_to_another_language_of_the_letter(guest: Guest, visit: Visit):
    one = visit()
    one.page.goto(f"{guest.letter()}?ref=zeit")
    one.page.locator(".menu summary").click()
    one.page.get_by_role("link", name="Français").click()
    one.page.wait_for_url(f"{guest.letter(language='fr')}?ref=zeit")


def sandboxed(guest: Guest, newspaper, allowed: str) -> str:
    form = f"{guest.letter()}embed/sign/?ref=paper"
    html = (
        f'<iframe src="{form}" title="Sign" sandbox="{allowed}" width="500" height="900"></iframe>'
    )
    return str(newspaper.page(html, path="/sandbox/"))


def test_a_sandbox_that_leaves_us_our_origin_takes_the_form(guest: Guest, newspaper, visit: Visit):
    one = visit()
    one.page.goto(sandboxed(guest, newspaper, "allow-scripts allow-forms allow-same-origin"))
    frame = one.page.frame_locator("iframe")
    fill(frame, "Ada Lund", "ada@example.net")
    expect(frame.get_by_role("heading", level=1)).to_contain_text("look into your mailbox")


@pytest.mark.parametrize("allowed", ["allow-scripts", "allow-scripts allow-forms"])
def test_t43_in_a_sandbox_without_origin_the_form_steps_aside(
    guest: Guest, newspaper, visit: Visit, allowed: str
):
    one = visit()
    one.page.goto(sandboxed(guest, newspaper, allowed))
    frame = one.page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Sign on the letter’s own page")).to_be_visible()
    expect(frame.get_by_role("link", name=guest.letter())).to_have_attribute(
        "href", f"{guest.letter()}?ref=paper#sign"
    )
    expect(frame.get_by_role("button", name="Sign this letter")).to_have_count(0)
    one.screenshot("guests/signing-sandbox")


def test_t42_a_sandbox_without_origin_is_told_kindly_where_to_sign(
    guest: Guest, newspaper, visit: Visit
):
    one = visit(javascript=False)
    one.page.goto(sandboxed(guest, newspaper, "allow-forms"))
    frame = one.page.frame_locator("iframe")
    fill(frame, "Ada Lund", "ada2@example.net")
    expect(frame.get_by_role("heading", name="Sign on the letter’s own page")).to_be_visible()
    expect(frame.get_by_role("link", name=guest.letter())).to_be_visible()
    one.screenshot("guests/signing-sandbox-refused")


def test_a_letter_taken_down_while_somebody_reads_its_form(guest: Guest, newspaper, visit: Visit):
    letter = guest.letter("guest-form")
    html = f'<iframe src="{letter}embed/sign/" title="Sign" width="500" height="700"></iframe>'
    one = visit()
    one.page.goto(newspaper.page(html, path="/leaving/"))
    frame = one.page.frame_locator("iframe")
    expect(frame.get_by_role("button", name="Sign this letter")).to_be_visible()
    guest.take_down("guest-form")
    expect(frame.get_by_role("alert")).to_contain_text("taken down", timeout=60_000)
    expect(frame.get_by_role("button", name="Sign this letter")).to_be_hidden()
