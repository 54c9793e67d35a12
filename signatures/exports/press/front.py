"""The pages WeasyPrint sets from HTML: cover, letter, method; or a blank sheet of paper."""

from collections.abc import Iterator
from typing import Any

from weasyprint import DEFAULT_OPTIONS, HTML
from weasyprint.pdf import generate_pdf
from weasyprint.pdf.stream import Stream
from weasyprint.text.fonts import FontConfiguration

from signatures.exports.fetching import SealedFetcher
from signatures.exports.press.inking import Ink

_POINTS = 0.75  # in a CSS pixel
_SLACK = 3  # CSS pixels by which a word's box may stand out of its link's
_INSTEAD = ("\ufffd", "?")  # for a character no font has; the second if that is one, too

# A bookmark: label, index of the page, points from the bottom, bookmarks below it.
Bookmark = tuple[str, int, float, list["Bookmark"]]


class Front:
    """Renders HTML with one set of fonts; loads nothing from anywhere."""

    def __init__(self, missing: set[int]) -> None:
        self._fonts = FontConfiguration()
        self._missing = missing  # filled from WeasyPrint's warnings, as they come

    def render(self, html: str) -> Any:
        """A rendered document in which every character is shown (ISO 19005-3, 6.2.11.8)."""
        for instead in _INSTEAD:
            document = self._render(html)
            without = self._unshown(document)
            if not without:
                return document
            html = html.translate(dict.fromkeys(without, instead))
        return self._render(html)

    def _render(self, html: str) -> Any:
        source = HTML(string=html, base_url=None, url_fetcher=SealedFetcher())
        # With hints: where a numbered list begins (`start`) is one of them.
        return source.render(font_config=self._fonts, presentational_hints=True)

    def _unshown(self, document: Any) -> set[int]:
        before = set(self._missing)
        self._missing.clear()
        resources: dict[str, Any] = {
            kind: {} for kind in ("ExtGState", "XObject", "Pattern", "Shading", "ColorSpace")
        }
        for page in document.pages:
            size = (0, 0, page.width, page.height)
            page.paint(Stream({}, size, resources, {}, None, {}, None), _POINTS)
        found = set(self._missing)
        self._missing |= before
        return found


def draw(pages: list[Any], like: Any, ink: Ink | None) -> Any:
    """WeasyPrint's PDF of `pages`, in memory: its objects aren't written yet.

    Title, author and dates are those of the document `like`. `ink` adds fonts and images that
    other pages use. Bookmarks are left out.
    """
    for page in pages:
        page.bookmarks = []
        page.links = _outer(page.links)
    document = like.copy(pages)
    document.output_intent = "srgb"
    if ink:
        ink.merge_into(document.fonts)
    options = {"pdf_variant": "pdf/a-3a", "pdf_tags": True, "output_intent": "srgb"}
    pdf = generate_pdf(document, None, 1, **{**DEFAULT_OPTIONS, "pdf_version": "1.7", **options})
    resources = pdf.objects[int(pdf.objects[_first_page(pdf)]["Resources"].split()[0])]
    for name, image in sorted(ink.images.items()) if ink else ():
        if name not in resources["XObject"]:
            resources["XObject"][name] = _image(pdf, image)
    return pdf


def bookmarks(document: Any, *, first: int) -> Iterator[Bookmark]:
    """The headings of `document`, whose first page has the index `first`.

    The one title stands beside what follows it, not above: everything else would hide below it.
    """
    for label, (page, _, y), below, _ in document.make_bookmark_tree(_POINTS, transform_pages=True):
        title = page == 0 and first == 0
        yield label, first + page, y, [] if title else _below(below, first)
        if title:
            yield from _below(below, first)


def _below(tree: list[Any], first: int) -> list[Bookmark]:
    return [
        (label, first + page, y, _below(below, first)) for label, (page, _, y), below, _ in tree
    ]


def _outer(links: list[Any]) -> list[Any]:
    """Without those inside another to the same place: WeasyPrint makes one of each element."""
    return [
        link
        for i, link in enumerate(links)
        if not any(
            j < i and link[1] == other[1] and _inside(link[2], other[2])
            for j, other in enumerate(links)
        )
    ]


def _inside(inner: Any, outer: Any) -> bool:
    """Rectangles are left, top, right, bottom in CSS pixels."""
    return bool(
        inner[0] >= outer[0] - _SLACK
        and inner[1] >= outer[1] - _SLACK
        and inner[2] <= outer[2] + _SLACK
        and inner[3] <= outer[3] + _SLACK
    )


def _first_page(pdf: Any) -> int:
    return int(pdf.pages["Kids"][0])


def _image(pdf: Any, image: Any) -> bytes:
    drawn = image.get_x_object(False, 1)
    pdf.add_object(drawn)
    if "SMask" in drawn.extra:
        pdf.add_object(drawn.extra["SMask"])
        drawn.extra["SMask"] = drawn.extra["SMask"].reference
    reference: bytes = drawn.reference
    return reference
