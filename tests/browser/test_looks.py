"""`make pictures`: every page, in var/screenshots/pages/, to look at. On a phone in light and (once
for pages of one kind) on a desk in dark; all four of each with ARGS=--soak."""

from collections.abc import Callable

import pytest

from tests.browser import sights
from tests.browser.conftest import Gallery, Seen
from tests.chromium import PICTURES, SCREENSHOTS


@pytest.mark.soak
@pytest.mark.skipif(not PICTURES, reason="`make pictures` takes them")
@pytest.mark.parametrize("name", sights.ALL)
def test_there_is_a_picture_of_each_page(seen: Callable[[str], Seen], name: str) -> None:
    seen(name)
    looks = [f"{device}-{scheme}" for device, scheme in Gallery.looks(name)]
    assert all((SCREENSHOTS / "pages" / f"{name}-{look}.png").stat().st_size for look in looks)


def test_the_gallery_is_whole(gallery) -> None:
    assert set(gallery.ways) == set(sights.ALL)
