"""What whoever puts our elements on a page may rely on: attributes, looks, one stream, no trace."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.elsewhere import Elsewhere
from tests.browser.guest import Guest
from tests.chromium import RULES, Visitor
from tests.processes import eventually

Visit = Callable[..., Visitor]
OURS = [rule for rule in RULES if rule != "best-practice"]  # how a page is built is its own matter


def counter(guest: Guest, attributes: str = "", slug: str = "guest") -> str:
    letter = guest.letter(slug)
    return (
        f'<groundswell-counter letter="{letter}" {attributes}>'
        f'<a href="{letter}">Read and sign</a></groundswell-counter>'
    )


def script(guest: Guest, kind: str = "async") -> str:
    return f'<script src="{guest.url}/embed.js" {kind}></script>'


@pytest.fixture
def put(guest: Guest, newspaper: Elsewhere, visit: Visit) -> Callable[..., Visitor]:
    """A reader of a page with this in it."""

    def go(body: str, *, headers: dict[str, str] | None = None, **options: object) -> Visitor:
        reader = visit(**options)
        address = newspaper.page(body + script(guest), path="/elements/", headers=headers)
        reader.page.goto(address)
        return reader

    return go


def part(page: Page, name: str) -> Locator:
    return page.locator(f"groundswell-counter [part={name}]").first


def streams(reader: Visitor) -> list[str]:
    asked: list[str] = []
    reader.page.on(
        "request", lambda one: asked.append(one.url) if one.url.endswith("/live/") else None
    )
    return asked


def test_loaded_twice_and_as_a_module_it_does_no_harm_and_leaves_no_name(guest, put):
    before = "<script>names = Object.keys(window).length</script>"
    reader = put(before + script(guest) + script(guest, "type=module") + counter(guest))
    expect(part(reader.page, "number")).to_have_text(str(guest.count()))
    assert reader.page.evaluate("Object.keys(window).length - names") == 1  # `names` itself
    assert reader.complaints == []


def test_counters_of_one_letter_share_one_stream_which_ends_out_of_sight(guest, newspaper, visit):
    room = "<svg width=1 height=5000></svg>"
    body = script(guest) + counter(guest) + counter(guest, "lang=de") + room
    reader = visit()
    asked = streams(reader)
    with reader.page.expect_request("**/live/"):
        reader.page.goto(newspaper.page(body, path="/shared/"))
    more = guest.sign()
    for number in reader.page.locator("[part=number]").all():
        expect(number).to_have_text(str(more), timeout=30_000)
    assert len(asked) == 1
    with reader.page.expect_event("requestfailed", lambda one: one.url.endswith("/live/")):
        reader.page.evaluate("scrollTo(0, 4000)")
    with reader.page.expect_request("**/live/"):
        reader.page.evaluate("scrollTo(0, 0)")


def test_many_letters_on_a_page_leave_it_connections_to_load_the_rest(guest, newspaper, visit):
    slugs = ("guest", "aller", "night-bus", "empty", "paused", "closed", "long-title")
    reader = visit()
    asked = streams(reader)
    body = script(guest) + "".join(counter(guest, "curve=off", slug) for slug in slugs)
    reader.page.goto(newspaper.page(body, path="/many/"))
    for slug, number in zip(slugs, reader.page.locator("[part=number]").all(), strict=True):
        expect(number).to_have_text(str(guest.count(slug)))
    assert reader.page.evaluate(f"fetch('{guest.letter()}count.json').then(one => one.ok)")
    assert len(asked) <= 3


def test_where_streams_are_not_allowed_it_asks_instead(guest, put):
    policy = f"default-src 'none'; script-src {guest.url}; connect-src {guest.url}"
    reader = put(counter(guest), headers={"Content-Security-Policy": policy})
    expect(part(reader.page, "number")).to_have_text(str(guest.count()))
    more = guest.sign()
    expect(part(reader.page, "number")).to_have_text(str(more), timeout=60_000)


def test_its_attributes_are_followed_as_they_change(guest, put):
    reader = put(counter(guest, "lang=de"))
    page = reader.page
    link, one = part(page, "link"), page.locator("groundswell-counter")
    expect(link).to_have_text("Lesen und unterschreiben")
    own = urlsplit(page.url).hostname
    expect(link).to_have_attribute("href", f"{guest.letter(language='de')}?ref={own}#sign")
    one.evaluate("one => one.lang = 'fr'")
    expect(link).not_to_have_text("Lesen und unterschreiben")
    one.evaluate("one => { one.lang = 'en'; one.setAttribute('ref', 'zeit') }")
    expect(link).to_have_attribute("href", f"{guest.letter()}?ref=zeit#sign")
    one.evaluate("one => one.setAttribute('curve', 'off')")
    expect(part(page, "curve")).to_be_hidden()
    one.evaluate("(one, letter) => one.setAttribute('letter', letter)", guest.letter("closed"))
    expect(part(page, "heading")).to_have_text("Trees for Mill Street")
    expect(part(page, "state")).to_have_text("This letter is closed")
    expect(link).to_have_text("Read it")


def test_its_colours_and_parts_are_the_pages_to_choose(guest, put):
    style = """<style>
      groundswell-counter { --groundswell-accent: #123456; --groundswell-paper: #fedcba; }
      ::part(label) { text-transform: uppercase; }
    </style>"""
    page = put(style + counter(guest, "theme=light")).page
    expect(part(page, "link")).to_have_css("color", "rgb(18, 52, 86)")
    expect(part(page, "card")).to_have_css("background-color", "rgb(254, 220, 186)")
    expect(part(page, "label")).to_have_css("text-transform", "uppercase")


@pytest.mark.parametrize(
    ("attributes", "head", "is_dark"),
    [
        ("", "", False),  # the page is light, whatever its reader likes
        ("", "<meta name=color-scheme content='light dark'>", True),
        ("theme=auto", "", True),
        ("theme=dark", "", True),
        ("theme=light", "<meta name=color-scheme content=dark>", False),
    ],
)
def test_it_is_as_light_or_dark_as_its_page_or_as_it_is_told(
    guest, newspaper, visit, attributes, head, is_dark
):
    reader = visit(dark=True)
    body = script(guest) + counter(guest, attributes)
    reader.page.goto(newspaper.page(body, path="/light/", head=head))
    paper = "rgb(27, 31, 35)" if is_dark else "rgb(255, 255, 255)"
    expect(part(reader.page, "card")).to_have_css("background-color", paper)
    expect(part(reader.page, "number")).to_have_text(str(guest.count()))
    assert reader.barriers(rules=["color-contrast"]) == []


def test_it_has_no_barriers_and_speaks_rarely(guest, put):
    body = f"<main>{counter(guest)}{counter(guest, slug='closed')}</main>"
    reader = put(body, size=(300, 900))
    expect(part(reader.page, "number")).to_have_text(str(guest.count()))
    assert reader.barriers(rules=OURS) == []
    said = part(reader.page, "said")
    expect(said).to_have_role("status")
    more = guest.sign()
    expect(part(reader.page, "number")).to_have_text(str(more), timeout=30_000)
    expect(said).to_have_text("")  # the number was new a moment ago


def test_the_page_does_not_jump_when_the_number_comes(guest, put):
    reader = put(counter(guest) + "<p id=after>After</p>", size=(600, 700))
    expect(part(reader.page, "number")).to_have_text(str(guest.count()))
    full = reader.page.locator("groundswell-counter").bounding_box()["height"]
    reader.page.evaluate(
        """() => {
          const empty = document.createElement('groundswell-counter');
          empty.id = 'empty';
          document.body.append(empty);
        }"""
    )
    assert reader.page.locator("#empty").bounding_box()["height"] == full


def test_an_address_that_is_no_letter_leaves_what_stands_inside(guest, put):
    link = '<a href="/own/">Our own words</a>'
    addresses = ("javascript:alert(1)", f"{guest.url}/letters/nothing/", f"{guest.url}/", "")
    body = "".join(
        f'<groundswell-counter letter="{one}">{link}</groundswell-counter>' for one in addresses
    )
    reader = put(body + counter(guest))
    expect(reader.page.locator("[part=number]").last).to_have_text(str(guest.count()))
    for one in reader.page.locator("groundswell-counter > a[href='/own/']").all():
        expect(one).to_be_visible()


def test_the_form_grows_with_what_it_says_and_hears_nobody_else(guest, put):
    letter = guest.letter()
    reader = put(f'<groundswell-sign letter="{letter}" ref="zeit">Sign</groundswell-sign>')
    frame = reader.page.locator("groundswell-sign iframe")
    expect(frame).to_have_attribute("title", f"Sign this letter: {guest.oembed()['title']}")
    assert frame.get_attribute("src") == f"{letter}embed/sign/?ref=zeit"
    inside = reader.page.frame_locator("groundswell-sign iframe")
    needed = inside.locator("html")
    height = "one => one.getBoundingClientRect().height"

    def fits() -> bool:
        return bool(abs(frame.evaluate(height) - needed.evaluate(height)) <= 1)

    eventually(fits, "the frame as high as the form")
    before = frame.evaluate(height)
    inside.locator("summary").first.click()
    eventually(lambda: frame.evaluate(height) > before and fits(), "room for the whole letter")
    after = frame.evaluate(height)
    reader.page.evaluate("""new Promise(heard => {
        addEventListener('message', ({ data }) => data.value === 9000 && heard());
        postMessage({ groundswell: 'height', value: 9000 }, '*');
    })""")  # the element listened before
    assert frame.evaluate(height) == after


def test_whoever_answers_for_a_letter_writes_no_script_into_the_page_around(guest, put):
    reader = put(counter(guest))
    expect(part(reader.page, "number")).to_have_text(str(guest.count()))
    told = reader.page.request.get(f"{guest.letter()}embed/counter.json").json()
    evil = "javascript:document.body.id='taken'//"
    told["titled"]["innerHTML"] = '<img src="data:," onerror="document.body.id=`taken`">'
    told |= {"page": evil, "heading": evil, "stream": "https://evil.example/", "count": 77}
    reader.page.route(
        "https://evil.example/**",
        lambda asked: asked.fulfill(json=told, headers={"Access-Control-Allow-Origin": "*"}),
    )
    address = "https://evil.example/letters/x/"
    reader.page.evaluate(
        "address => document.querySelector('groundswell-counter').setAttribute('letter', address)",
        address,
    )
    expect(part(reader.page, "number")).to_have_text("77")
    expect(part(reader.page, "heading")).to_have_attribute("href", f"{address}?ref=127.0.0.1")
    expect(reader.page.locator("body#taken")).to_have_count(0)
    assert reader.page.locator("groundswell-counter img").count() == 0
