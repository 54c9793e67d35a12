"""All that may be copied from us, on pages that were not made for it."""

import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.guest import NUMBER, everything, form, shown, to_sign
from tests.chromium import ARGUMENTS, PHONE, Visitor

Visit = Callable[..., Visitor]
STRICT = (
    "default-src 'none'; script-src {ours}; connect-src {ours} {live}; frame-src {ours};"
    " img-src {ours} data:; style-src 'none'; base-uri 'none'; form-action 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
LOUD = """<style>
body * { font: 900 italic 40px/3 fantasy !important; color: lime !important;
    float: right !important; letter-spacing: 9px !important; text-transform: uppercase !important; }
a, p, span, progress, svg, iframe { display: none !important; max-height: 10px !important; }
</style>"""


def too_wide(page: Page) -> list[str]:
    """What of ours stands out of the page, or of the room it has."""
    return page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll('groundswell-counter')]
          .flatMap(one => [one, ...(one.shadowRoot?.querySelectorAll('.card, .card > *') ?? [])])
          .filter(one => one.clientWidth)
          .filter(one => one.scrollWidth > one.clientWidth + 1
            || one.getBoundingClientRect().left < 0
            || one.getBoundingClientRect().right > innerWidth)
          .map(one => `${one.localName}: ${one.scrollWidth} > ${one.clientWidth}`)"""
    )


def test_under_a_strict_policy_all_of_it_works_and_nothing_is_refused(guest, newspaper, visit):
    live = urlsplit(guest.url)._replace(netloc=f"localhost:{guest.installation.port + 1}").geturl()
    policy = STRICT.format(ours=guest.url, live=live)
    body = everything(guest) + form(guest)
    address = newspaper.page(body, headers={"Content-Security-Policy": policy})
    reader = visit()
    reader.page.goto(address)
    shown(reader.page, guest.count())
    to_sign(reader.page)
    reader.screenshot("guests/strict")
    assert reader.complaints == []
    assert reader.hosts == {urlsplit(one).netloc for one in (address, guest.url, live)}
    assert reader.context.storage_state() == {"cookies": [], "origins": []}


@pytest.mark.parametrize(
    ("lang", "way", "width", "word"),
    [
        ("ar", "rtl", 300, "signature"),
        ("de-AT", "ltr", 300, "Unterschriften"),
        ("ja", "ltr", 1_200, "signature"),
    ],
)
def test_a_page_in_another_language_and_of_any_width(
    guest, newspaper, visit, lang, way, width, word
):
    address = newspaper.page(everything(guest), path=f"/{lang}/", lang=lang, way=way)
    reader = visit(size=(width, 700))
    reader.page.goto(address)
    shown(reader.page, guest.count())
    expect(reader.page.locator("groundswell-counter [part=label]")).to_contain_text(word)
    assert too_wide(reader.page) == []
    reader.screenshot(f"guests/language-{lang}-{width}")


def test_a_letter_in_arabic_reads_from_the_right_on_an_english_page(guest, newspaper, visit):
    address = newspaper.page(everything(guest, "night-bus"), path="/arabic/")
    reader = visit(size=PHONE)
    reader.page.goto(address)
    shown(reader.page, guest.count("night-bus"))
    heading = reader.page.locator("groundswell-counter [part=heading]")
    expect(heading).to_have_attribute("dir", "rtl")
    assert too_wide(reader.page) == []
    reader.screenshot("guests/arabic-letter")


def test_without_scripts_frame_and_badge_show_the_number(guest, newspaper, visit):
    reader = visit(javascript=False)
    reader.page.goto(newspaper.page(everything(guest), path="/still/"))
    number = reader.page.frame_locator("p > iframe").locator("[data-count]").first
    expect(number).to_have_text(str(guest.count()))
    link = reader.page.locator("groundswell-counter a")
    expect(link).to_be_visible()
    expect(link).to_have_attribute("href", guest.letter())
    reader.screenshot("guests/without-scripts")


@pytest.mark.parametrize("policy", ["sandbox allow-scripts", "sandbox"])
def test_a_page_in_a_sandbox(guest, newspaper, visit, policy):
    headers = {"Content-Security-Policy": policy}
    reader = visit()
    reader.page.goto(newspaper.page(everything(guest), path="/sandbox/", headers=headers))
    if policy == "sandbox":  # no scripts, neither theirs nor ours
        number = reader.page.frame_locator("p > iframe").locator("[data-count]").first
        expect(number).to_have_text(str(guest.count()))
        expect(reader.page.locator("groundswell-counter a")).to_be_visible()
    else:
        shown(reader.page, guest.count())
        assert reader.complaints == []


def test_a_page_that_isolates_itself_may_hold_all_of_it(guest, newspaper, visit):
    headers = {
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    body = everything(guest) + form(guest)
    address = newspaper.page(body, path="/alone/", headers=headers, name="paper.localhost")
    reader = visit()
    reader.page.goto(address)
    assert reader.page.evaluate("crossOriginIsolated")
    shown(reader.page, guest.count())
    to_sign(reader.page)
    assert reader.complaints == []


def test_the_style_of_the_page_around_stays_outside(guest, newspaper, visit):
    address = newspaper.page(everything(guest), path="/loud/", head=LOUD)
    reader = visit(size=PHONE)
    reader.page.goto(address)
    expect(reader.page.locator(NUMBER)).to_have_text(str(guest.count()))
    for part in ("number", "label", "bar", "link"):
        expect(reader.page.locator(f"groundswell-counter [part={part}]")).to_be_visible()
    looks = reader.page.locator(NUMBER).evaluate(
        "one => (({ color, letterSpacing, textTransform, fontStyle }) =>"
        " [color, letterSpacing, textTransform, fontStyle])(getComputedStyle(one))"
    )
    assert looks[0] != "rgb(0, 255, 0)"
    assert looks[1:] == ["normal", "none", "normal"]
    assert too_wide(reader.page) == []
    reader.screenshot("guests/loud")


def test_a_page_from_before_the_standards(guest, newspaper, visit):
    address = newspaper.page(everything(guest), path="/old/", doctype="")
    reader = visit()
    reader.page.goto(address)
    assert reader.page.evaluate("document.compatMode") == "BackCompat"
    shown(reader.page, guest.count())
    assert reader.complaints == []


def test_with_cookies_and_storage_blocked_nothing_is_missed(guest, newspaper, tmp_path, browser):
    profile = tmp_path / "profile" / "Default"
    profile.mkdir(parents=True)
    blocked = {
        "profile": {
            "default_content_setting_values": {"cookies": 2},
            "block_third_party_cookies": True,
        }
    }
    (profile / "Preferences").write_text(json.dumps(blocked))
    context = browser.browser_type.launch_persistent_context(
        profile.parent,
        executable_path="/usr/bin/chromium",
        args=[*ARGUMENTS, "--test-third-party-cookie-phaseout"],
        viewport={"width": 800, "height": 700},
    )
    try:
        reader = Visitor(context)
        body = everything(guest) + form(guest)
        reader.page.goto(newspaper.page(body, path="/blocked/"))
        shown(reader.page, guest.count())
        frame = reader.page.frames[1]
        with pytest.raises(Exception, match=r"SecurityError|Access is denied"):
            frame.evaluate("localStorage.length")  # it is blocked indeed
        to_sign(reader.page)
        assert reader.complaints == []
    finally:
        context.close()
