"""Pages for everybody: whatever they see with, however large, and nobody else is asked."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.browser import sights
from tests.browser.conftest import Gallery, Seen
from tests.chromium import Visitor

See = Callable[[str], Seen]
every_page = pytest.mark.parametrize("name", sights.ALL)


@pytest.mark.soak
@every_page
def test_axe_finds_nothing_in_the_way(seen: See, name: str) -> None:
    assert {look: found for look, found in seen(name).barriers.items() if found} == {}


@every_page
def test_nothing_has_to_be_scrolled_sideways(seen: See, name: str) -> None:
    assert {look: found for look, found in seen(name).too_wide.items() if found} == {}


@every_page
def test_the_console_is_silent_and_nobody_else_is_asked(
    seen: See, gallery: Gallery, name: str
) -> None:
    assert seen(name).complaints == []
    ours = gallery.installation
    streams = f"localhost:{ours.port + 1}"
    assert seen(name).hosts - {streams} == {urlsplit(ours.url).netloc}


@pytest.mark.parametrize("name", [*sights.PUBLIC, *sights.DRESSED])
def test_t46_public_pages_leave_no_cookie(seen: See, name: str) -> None:
    assert seen(name).cookies == []


def test_control_the_checker_finds_what_is_in_the_way(visit: Callable[..., Visitor]) -> None:
    one = visit()
    one.page.set_content("<main><h1>Hello</h1><img src=x><input></main>")
    found = " ".join(one.barriers())
    assert "image-alt" in found
    assert "label" in found
