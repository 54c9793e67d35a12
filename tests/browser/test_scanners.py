"""Programs that open links and send forms before any person has seen the mail."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.chromium import Visitor
from tests.flows import crowd
from tests.flows.crowd import Crowd
from tests.flows.rows import ask
from tests.installation import Installation
from tests.processes import eventually
from tests.smtp import SmtpSink

STATES = "SELECT state FROM signatures_signature ORDER BY id"
PENDING = [("pending",), ("pending",)]
OPENED = "SELECT opened FROM signatures_signature ORDER BY id"
UNSEEN = [(None,), (None,)]

# What the browser itself takes for somebody's doing, to be named where a test finds some.
TRUSTED = """window.trusted = [];
for (const sign of ["pointerdown", "pointermove", "touchstart", "wheel", "keydown"])
  addEventListener(sign, event => { if (event.isTrusted)
    trusted.push(`${sign} ${event.movementX} ${event.movementY}`); }, true);"""


@pytest.fixture
def links(installation: Installation, smtp: SmtpSink) -> list[str]:
    """The links of two mails that nobody has opened yet."""
    crowd.letter(installation)
    people = Crowd(installation, smtp)
    both = ["joan@example.org", "ann@example.org"]
    for email in both:
        people.sign(email)
    return [installation.url + people.link(email) for email in both]


def test_t02_a_scanner_with_scripts_that_sends_the_form_confirms_nothing(
    links: list[str], installation: Installation, visit: Callable[..., Visitor], soak: bool
) -> None:
    page = visit().page
    page.add_init_script(TRUSTED)
    page.goto(links[0])
    page.wait_for_timeout(10_000 if soak else 2_000)  # a form that sends itself would by now
    assert ask(installation, STATES) == PENDING
    send_by_script(page)
    assert ask(installation, STATES) == PENDING
    assert page.get_by_text("Nothing is confirmed yet").is_visible()
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true}))")
    page.wait_for_timeout(300)
    told = page.evaluate("trusted")
    assert ask(installation, OPENED) == UNSEEN, told  # nobody was here: no program's event counts
    page.get_by_role("button", name="Yes, I sign this letter").click()
    assert page.url.startswith(f"{installation.url}/mine/")
    assert ask(installation, STATES) == [("confirmed",), ("pending",)]

    # The control: with the button's own name and value the same script would confirm.
    page.goto(links[1])
    page.keyboard.press("Tab")  # as a person does, so a person was on the page
    eventually(lambda: ask(installation, OPENED)[1] == (True,), "a person's key to be noticed")
    page.evaluate(
        """const field = document.createElement('input');
           field.name = 'press'; field.value = 'confirm';
           document.querySelector('form.press').append(field);"""
    )
    send_by_script(page)
    assert ask(installation, STATES) == [("confirmed",), ("confirmed",)]


def send_by_script(page: Page) -> None:
    with page.expect_navigation():
        page.evaluate("document.querySelector('form').submit()")
