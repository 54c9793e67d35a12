"""From the letter to taking it back without a mouse, on the narrowest page."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NARROWEST, Gallery
from tests.browser.mailboxes import Files, only
from tests.chromium import Visitor

EMAIL = "kim@example.org"
SIX_DIGITS = re.compile(r"six digits on the page where you signed: ([\d ]+)")
STOPS = 60  # presses of the tab key until somebody gives up
# What somebody who doesn't point has to see: where they are, inside the window, under nothing.
SEEN = """() => {
  const one = document.activeElement, shown = one.closest('label') || one;
  if (one === document.body) return 'nothing has the focus';
  const style = getComputedStyle(one), box = shown.getBoundingClientRect();
  const name = one.outerHTML.slice(0, 80);
  if (style.outlineStyle === 'none' && style.boxShadow === 'none') return 'no mark on ' + name;
  if (box.bottom <= 0 || box.top >= innerHeight) return 'out of the window: ' + name;
  const top = document.elementFromPoint(box.x + box.width / 2,
    Math.min(Math.max((box.top + box.bottom) / 2, 0), innerHeight - 1));
  return top && (shown.contains(top) || top.contains(shown)) ? '' : 'covered: ' + name;
}"""


class Walker:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.unseen: list[str] = []

    def to(self, there: Locator) -> None:
        """Press the tab key until it is there, noting every stop one could not see."""
        for _ in range(STOPS):
            if there.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
            if missing := self.page.evaluate(SEEN):
                self.unseen.append(str(missing))
        raise AssertionError(f"never came to {there}")

    def type(self, label: str, text: str) -> None:
        self.to(self.page.get_by_label(label).first)
        self.page.keyboard.type(text)

    def press(self, role: str, name: str) -> None:
        self.to(self.page.get_by_role(role, name=name).first)  # type: ignore[arg-type]
        self.page.keyboard.press("Enter")


@pytest.mark.parametrize("javascript", [True, False], ids=["live", "without-scripts"])
def test_somebody_signs_confirms_changes_and_leaves_by_keyboard(
    gallery: Gallery, visit: Callable[..., Visitor], javascript: bool
) -> None:
    url, who = gallery.installation.url, f"{javascript}-{EMAIL}".lower()
    page = visit(javascript=javascript, size=(NARROWEST, 640)).page
    kim = Walker(page)
    page.goto(f"{url}/letters/to-sign/")
    kim.type("Your name", "Kim Longstocking")
    kim.type("Your e-mail address", who)
    kim.to(page.get_by_label("Show my name"))
    page.keyboard.press("Space")
    kim.press("button", "Sign this letter")

    code = only(SIX_DIGITS, Files(visit(), url).newest(who))
    kim.type("The six digits in our mail", code)
    kim.press("button", "Confirm with these digits")
    expect(page.get_by_role("heading", level=1)).to_contain_text("You are no.", timeout=60_000)

    # Until the log has it the page loads itself anew, and whoever walks on it begins at its top.
    expect(page.get_by_text("A receipt, if you want one")).to_be_visible(timeout=60_000)
    kim.press("button", "Withhold my name")
    listed = page.locator("#listed")
    expect(listed).to_contain_text("Your name is withheld, your signature counts")
    expect(listed.locator(".saved")).to_be_visible()
    expect(listed).to_be_focused()  # so a screen reader says it
    expect(page.locator("#you .saved")).to_be_hidden()

    kim.press("link", "Withdraw my signature")
    kim.press("button", "Withdraw my signature")
    expect(page.get_by_role("heading", level=1)).to_contain_text("You have withdrawn")
    assert kim.unseen == []
