"""Programs of other people, which know the standard and not us, fetch a letter over HTTP."""

import re

import httpx
import micawber
import pytest
from oembedpy import application, consumer, discovery, provider
from oembedpy.types import Rich

from tests.browser.guest import Guest


@pytest.fixture
def registered(guest: Guest) -> micawber.ProviderRegistry:
    """As an editor's site has it: which addresses are ours, and where to ask about them."""
    registry = micawber.ProviderRegistry()
    ours = rf"{re.escape(guest.url)}/(?:[a-z-]+/)?letters/\S+"
    registry.register(ours, micawber.Provider(f"{guest.url}/oembed"))
    return registry


@pytest.fixture
def client(guest: Guest) -> application.Oembed:
    """One that knows nobody, and looks into the page it is given."""
    made = application.Oembed()
    made._registry = provider.ProviderRegistry.from_dict([])
    made._cache = {}
    return made


def test_a_registered_provider_answers_for_a_letter(guest, registered):
    told = registered.request(guest.letter(), maxwidth=300)
    assert told["type"] == "rich"
    assert told["width"] == 300
    assert f'src="{guest.frame()}?ref=oembed"' in told["html"]


def test_an_address_alone_on_its_line_becomes_the_counter(guest, registered):
    post = registered.parse_text(f"Read this:\n{guest.letter()}\nand sign.")
    assert post.splitlines()[0] == "Read this:"
    assert post.splitlines()[1].startswith(f'<iframe src="{guest.frame()}?ref=oembed"')


def test_a_letter_that_is_not_there_stays_a_link(guest, registered):
    nowhere = guest.letter("nowhere")
    with pytest.raises(micawber.exceptions.ProviderHTTPException) as refused:
        registered.request(nowhere)
    assert refused.value.status == 404
    refused.value.__cause__.close()
    assert registered.parse_text(nowhere) == f'<a href="{nowhere}">{nowhere}</a>'


@pytest.mark.parametrize("page", ["", "press/", "share/"])
def test_a_letter_is_found_by_the_links_of_its_pages(guest, client, page):
    found = client.fetch(f"{guest.letter(language='de')}{page}", max_width=320)
    assert isinstance(found, Rich)
    assert found.version == "1.0"
    assert found.width == 320
    assert f'src="{guest.frame(language="de")}?ref=oembed"' in found.html
    assert found.title == "Shade for the market square"


def test_the_found_address_also_speaks_xml(guest):
    address, asked = discovery.find_from_content(guest.letter())
    assert address == f"{guest.url}/oembed"
    as_json = consumer.fetch_content(address, asked)
    asked.format = "xml"
    as_xml = consumer.fetch_content(address, asked)
    assert {name: str(value) for name, value in as_json.to_dict().items()} == as_xml.to_dict()


@pytest.mark.parametrize(("written", "status"), [("yaml", 501), ("json", 404)])
def test_what_there_is_not_is_said_in_the_standards_words(guest, written, status):
    asked = consumer.RequestParameters(guest.letter("nowhere"), format=written)
    with pytest.raises(httpx.HTTPStatusError) as refused:
        consumer.fetch_content(f"{guest.url}/oembed", asked)
    assert refused.value.response.status_code == status


@pytest.mark.parametrize("slug", ["aller", "long-title"])
def test_the_frame_has_the_room_its_content_needs(guest, newspaper, visit, slug):
    widths = (200, 240, 280, 320, 400, 448, 600, 1_200)
    told = [guest.oembed(slug, maxwidth=width) for width in widths]
    body = "".join(f"<p>{one['html']}</p>" for one in told)
    reader = visit(size=(1_280, 1_800))
    reader.page.goto(newspaper.page(body, path="/widths/"), wait_until="networkidle")
    assert len(reader.page.frames) == 1 + len(widths)
    for frame, one in zip(reader.page.frames[1:], told, strict=True):
        over, low = frame.evaluate(
            """() => [document.documentElement.scrollWidth - innerWidth,
                      document.documentElement.scrollHeight - innerHeight]"""
        )
        assert (over <= 0, low <= 0) == (True, True), (one["width"], over, low)
    reader.screenshot(f"guests/oembed-{slug}")
