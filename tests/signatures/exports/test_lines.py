"""Lines set by our own hand are the ones WeasyPrint would have set."""

from html import escape
from typing import Any

import pytest
from weasyprint import HTML
from weasyprint.pdf.stream import Stream
from weasyprint.text.fonts import FontConfiguration

from signatures.exports import lines, typesetting
from tests import paper, world


def stream() -> Any:
    resources: dict[str, Any] = {"ExtGState": {}, "XObject": {}, "ColorSpace": {}}
    return Stream({}, (0, 0, 800, 1000), resources, {}, None, {}, None)


def shown(drawn: Any) -> list[bytes]:
    """Fonts, glyphs and their spacing, in the order they are drawn."""
    return [
        part
        for part in drawn.stream
        if isinstance(part, bytes) and part.endswith((b"TJ", b"Tf", b"Ts"))
    ]


def test_the_glyphs_of_names_from_everywhere_are_weasyprints_own() -> None:
    fonts = FontConfiguration()
    samples = typesetting.job(paper.document())["samples"]
    styles = lines.styles(HTML(string=samples).render(font_config=fonts).pages)
    setter = lines.Setter(styles)
    names = [row.name for row in world.rows(400, withheld=0)]
    kinds = [f"name-{lines.direction(name)}-{lines.han(name, 'sc')}" for name in names]
    paragraphs = "".join(
        f'<p class="sans {kind[9:]}" dir="{kind[5:8]}">{escape(name)}</p>'
        for kind, name in zip(kinds, names, strict=True)
    )
    theirs = HTML(string=samples.partition("<body>")[0] + "<body>" + paragraphs)
    expected = stream()
    for page in theirs.render(font_config=fonts).pages:
        page.paint(expected)
    ours = stream()
    for kind, name in zip(kinds, names, strict=True):
        (line,) = setter.fit(kind, name, 1000)
        setter.draw(ours, line, 0, 0)
    glyphs = [part for part in shown(ours) if part.endswith(b"TJ")]
    assert len(glyphs) >= len(names)
    assert glyphs == [part for part in shown(expected) if part.endswith(b"TJ")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Ada", "ltr"), ("محمد", "rtl"), ("(שרה) Cohen", "rtl"), ("7 Ada", "ltr"), ("123", "ltr")],
)
def test_the_first_letter_decides_the_direction(text: str, expected: str) -> None:
    assert lines.direction(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("岡本さくら", "ja"), ("김 金", "ko"), ("王小明", "tc"), ("Ada", "tc")],
)
def test_kana_and_hangul_decide_the_shapes_of_han(text: str, expected: str) -> None:
    assert lines.han(text, "tc") == expected


def test_a_cell_is_one_paragraph() -> None:
    assert lines.plain(" a\r\nb\u2028c\0 ") == "a b c"
