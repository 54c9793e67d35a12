"""The share panel: what is copied is what stands there, and it is said."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.guest import Guest
from tests.chromium import Visitor

Visit = Callable[..., Visitor]
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


def test_a_button_copies_its_snippet_and_says_so(guest: Guest, visit: Visit):
    one = visit(permissions=["clipboard-read", "clipboard-write"])
    page = one.page
    page.goto(f"{guest.letter()}share/?ref=zeit")
    snippet = page.get_by_label("Counter in a frame: copy this")
    button = page.locator("[data-copy=counter-frame]")
    button.click()
    expect(button).to_have_text("Copied")
    expect(page.locator("[data-copied]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == snippet.input_value()
    assert "ref=zeit" in snippet.input_value()
    expect(button).to_have_text("Copy")


def test_without_a_clipboard_the_text_is_marked(guest: Guest, visit: Visit):
    one = visit()
    one.context.add_init_script(NO_CLIPBOARD)
    page = one.page
    page.goto(f"{guest.letter()}share/")
    page.locator("[data-copy=badge]").click()
    expect(page.get_by_label("Badge: copy this")).to_be_focused()
    expect(page.locator("[data-copied]")).to_contain_text("It is marked")
    assert "badge.svg" in page.evaluate("String(getSelection())")


def test_the_previews_are_the_real_ones(guest: Guest, visit: Visit):
    one = visit()
    page = one.page
    page.goto(f"{guest.letter()}share/")
    counter = page.locator("groundswell-counter [part=number]")
    expect(counter).to_have_text(str(guest.count()))
    page.get_by_text("See it").first.click()
    form = page.frame_locator("groundswell-sign iframe")
    expect(form.get_by_role("button", name="Sign this letter")).to_be_visible()
    expect(page.frame_locator("iframe.preview").first.locator("[data-count]")).to_be_visible()
    assert one.complaints == []
    one.screenshot("guests/panel")
