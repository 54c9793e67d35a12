"""The whole story in acts: written, signed, confirmed by mail, counted, embedded, delivered."""

import urllib.request
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests import paper
from tests.browser.mailboxes import CODE, LINK, PRIVATE, STOP, Mailbox, only
from tests.chromium import DESKTOP, PHONE, Visitor
from tests.processes import eventually

TITLE = "Keep the night bus to Kesten"
BODY = """\
Dear Mayor,

the last bus leaves at **nine**. Whoever works late walks *eleven kilometres*.

## What we ask

- one bus at half past eleven,
- seven nights a week.
"""
Visit = Callable[..., Visitor]


class Stage:
    """What all acts share: the installation's address, the mail, and pictures of every step."""

    def __init__(self, url: str, mailbox: Mailbox, *, name: str, javascript: bool) -> None:
        self.url, self.mailbox, self.name, self.javascript = url, mailbox, name, javascript
        self.steps = 0

    def picture(self, visitor: Visitor, what: str) -> None:
        """The page as it is, on a phone and on a desk."""
        self.steps += 1
        before = visitor.page.viewport_size
        for device, (width, height) in {"phone": PHONE, "desktop": DESKTOP}.items():
            visitor.page.set_viewport_size({"width": width, "height": height})
            visitor.screenshot(f"{self.name}/{self.steps:02}-{what}-{device}")
        if before:
            visitor.page.set_viewport_size(before)

    def until(self, page: Page, locator: Locator, text: str) -> None:
        """Wait for a text; without scripts a person has to load the page again."""
        if self.javascript:
            expect(locator).to_have_text(text, timeout=60_000)
            return

        def there() -> bool:
            page.reload()
            return locator.inner_text() == text

        eventually(there, f"{text} at {page.url}", every=0.3)


def open_account(stage: Stage, otto: Visitor, email: str = "otto@example.org") -> None:
    page = otto.page
    page.goto(stage.url)
    stage.picture(otto, "home-empty")
    page.get_by_role("link", name="Start a letter").first.click()
    stage.picture(otto, "login")
    page.get_by_role("link", name="Open one").click()
    page.get_by_label("E-mail address").fill(email)
    stage.picture(otto, "account")
    page.get_by_role("button", name="Send me a code").click()
    stage.picture(otto, "account-code")
    page.get_by_label("Code").fill(only(CODE, stage.mailbox.newest(email)))
    page.get_by_role("button", name="Continue").click()


def write_letter(stage: Stage, otto: Visitor) -> str:
    """Write, look at it, publish; the letter's address."""
    page = otto.page
    expect(page.get_by_role("heading", level=1)).to_have_text("New letter")
    page.get_by_label("Title", exact=True).fill(TITLE)
    page.get_by_label("From", exact=True).fill("Night workers of Kesten")
    row = page.get_by_role("group", name="Addressee 1")
    row.get_by_label("Name").fill("Ada Lund")
    row.get_by_label("Role").fill("Mayor of Kesten")
    page.get_by_label("Text", exact=True).fill(BODY)
    page.get_by_label("Goal").fill("500")
    page.get_by_label("Place", exact=True).check()
    page.get_by_role("button", name="Preview").first.click()
    look = page.get_by_role("region", name="As readers will see it")
    expect(look.get_by_text("eleven kilometres")).to_have_css("font-style", "italic")
    stage.picture(otto, "letter-preview")
    page.get_by_role("button", name="Save draft").first.click()
    stage.picture(otto, "letter-draft")
    page.get_by_role("link", name="Preview as readers see it").click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    stage.picture(otto, "letter-as-readers-see-it")
    page.get_by_role("link", name="Back").click()
    page.get_by_role("button", name="Publish").click()
    stage.picture(otto, "letter-published")
    page.get_by_role("link", name="Open the letter’s page").click()
    return page.url


def snippet_of(stage: Stage, visitor: Visitor, letter: str) -> str:
    """What the share panel offers for other people's pages."""
    page = visitor.page
    page.goto(letter)
    page.get_by_role("link", name="Put the count on your own page").click()
    stage.picture(visitor, "share")
    return page.get_by_label("Counter in a frame: copy this").input_value()


def sign(stage: Stage, joan: Visitor, letter: str, *, name: str, email: str) -> None:
    page = joan.page
    page.goto(letter)
    stage.picture(joan, "letter")
    thumb = page.locator(".thumb a")
    expect(thumb).to_be_visible()  # a picture of the whole page showed the form: the bar was away
    box = thumb.bounding_box()
    assert box is not None
    # Where the thumb is: the driver's own click scrolls to the form, and the bar steps aside.
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_label("Your name", exact=True)).to_be_in_viewport()
    page.get_by_label("Your name", exact=True).fill(name)
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("Place").fill("Kesten")
    page.get_by_label("Show my name").check()
    page.get_by_label("Write to me when something happens").check()
    stage.picture(joan, "letter-filled-in")
    page.get_by_role("button", name="Sign this letter").click()
    expect(page.get_by_text(email)).to_be_visible()
    stage.picture(joan, "look-into-your-mailbox")


def confirm(stage: Stage, joan: Visitor, email: str) -> None:
    page = joan.page
    stage.picture(stage.mailbox.opened(email, joan), "mail")
    page.goto(only(LINK, stage.mailbox.newest(email)))
    stage.picture(joan, "confirm")
    page.get_by_role("button", name="Yes, I sign this letter").click()
    # Her page looks again by itself, scripts or not.
    expect(page.get_by_role("heading", level=1)).to_have_text("You are no. 1", timeout=60_000)
    stage.picture(joan, "mine")


def hand_over(stage: Stage, otto: Visitor, letter: str, folder: Path) -> str:
    """Make a PDF, watch it being made, download it; the text of its pages."""
    page = otto.page
    page.goto(f"{stage.url}/organise/")
    stage.picture(otto, "my-letters")
    page.get_by_role("link", name=TITLE).click()
    stage.picture(otto, "letter-desk")
    page.get_by_role("link", name="Export and hand over").click()
    stage.picture(otto, "exports-none")
    page.get_by_role("radio", name="PDF to hand over").check()
    page.get_by_role("button", name="Make the file").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    otto.screenshot(f"{stage.name}/{stage.steps:02}-exports-on-its-way")
    download = page.get_by_role("link", name="Download")
    if stage.javascript:
        expect(download).to_be_visible(timeout=90_000)
    else:

        def made() -> bool:
            again = page.get_by_role("link", name="Look again", exact=True)
            if again.count():
                again.click()
            return bool(download.count())

        eventually(made, "the PDF", within=90, every=0.5)
    stage.picture(otto, "exports-ready")
    with page.expect_download() as waiting:
        download.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert path.suffix == ".pdf"
    return paper.text(path)


def deliver(stage: Stage, otto: Visitor, email: str) -> str:
    """Record that the PDF goes to the mayor's office by mail; the private link in that mail."""
    page = otto.page
    page.get_by_role("link", name="Hand it over").click()
    expect(page.get_by_role("checkbox").first).to_be_checked()
    page.get_by_label("E-mail address of their office").fill(email)
    page.get_by_label("Covering words").fill("Dear Mayor,\n\nhere it is.")
    stage.picture(otto, "delivery-to-record")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_text(f"on its way to {email}")).to_be_visible()
    stage.picture(otto, "delivery-recorded")
    return only(PRIVATE, stage.mailbox.newest(email))


def receive_and_answer(stage: Stage, office: Visitor, link: str, answer: str) -> None:
    page = office.page
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 person has signed")
    stage.picture(office, "office")
    page.get_by_role("button", name="We have received it").click()
    expect(page.get_by_role("heading", name="Received on")).to_be_visible()
    page.get_by_label("Your answer").fill(answer)
    page.get_by_label("Who answers").fill("Ada Lund, Mayor of Kesten")
    page.get_by_role("button", name="Look at it first").click()
    stage.picture(office, "office-answer")
    page.get_by_role("button", name="Publish it").click()
    expect(page.get_by_role("heading", name="Your answer of")).to_be_visible()
    stage.picture(office, "office-answered")


def tell_the_answer(stage: Stage, otto: Visitor, joan: Visitor, email: str) -> None:
    """Otto writes to who wanted news; Joan's mail program stops it without opening a page."""
    page = otto.page
    page.reload()
    page.get_by_role("link", name="Tell those who signed what they answered").click()
    stage.picture(otto, "update-suggested")
    page.get_by_label("Subject").fill("They answered")
    page.get_by_role("button", name="Keep it and look at the mail").click()
    stage.picture(otto, "update-as-it-arrives")
    page.get_by_role("link", name="Send to 1 person").click()
    stage.picture(otto, "update-to-send")
    page.get_by_role("button", name="Send to 1 person").click()
    link = only(STOP, stage.mailbox.titled(email, "They answered"))
    stage.until(page, page.locator("[role=status] .tag"), "sent")
    stage.picture(otto, "update-sent")
    body = b"List-Unsubscribe=One-Click"
    with urllib.request.urlopen(link, body, timeout=30) as answer:
        assert (answer.status, answer.read()) == (200, b"Unsubscribed.\n")
    joan.page.goto(link)
    expect(joan.page.get_by_role("heading", level=1)).to_contain_text("You get no more news")
    stage.picture(joan, "news-stopped")
