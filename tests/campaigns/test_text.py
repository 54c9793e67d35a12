"""Letters come out as they were meant, and nothing else comes out."""

from itertools import product
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import text
from tests.markdown_payloads import POSITIONS, VECTORS

ALLOWED = {
    "div",
    "p",
    "br",
    "hr",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "strong",
    "em",
    "blockquote",
    "ul",
    "ol",
    "li",
    "a",
    "code",
    "pre",
}


def parsed(html: str) -> list[Element]:
    document = html5lib.parseFragment(f"<div>{html}</div>", namespaceHTMLElements=False)
    return [element for element in document.iter() if isinstance(element.tag, str)][2:]


def complaints(html: str) -> list[str]:
    found = []
    for element in parsed(html):
        if element.tag not in ALLOWED:
            found.append(f"element {element.tag}")
        for name, value in element.attrib.items():
            if (element.tag, name) not in {
                ("a", "href"),
                ("a", "rel"),
                ("ol", "start"),
            }:
                found.append(f"attribute {name}")
            if name == "href" and not value.lower().startswith(("https://", "http://", "mailto:")):
                found.append(f"address {value}")
    return found


def test_t32_the_table_is_large_enough_and_its_payloads_do_harm_unfenced():
    assert len(VECTORS) * len(POSITIONS) >= 300
    assert sum(bool(complaints(vector)) for vector in VECTORS) >= 25


@pytest.mark.parametrize("position", POSITIONS)
def test_t32_no_payload_becomes_an_element_an_event_or_an_address(position):
    for vector in VECTORS:
        assert complaints(text.to_html(position.replace("{}", vector))) == [], vector


def test_t32_no_pair_of_payloads_opens_what_one_alone_cannot():
    for one, other in product(VECTORS, repeat=2):
        assert complaints(text.to_html(f"{one} {other}")) == [], (one, other)


@given(st.text(alphabet="<>[]()!`*_#&;:/\\\"'= \n\t-+1.ajx\u0000", max_size=200))
def test_t32_no_soup_of_marks_becomes_anything_else(soup):
    assert complaints(text.to_html(soup)) == []


@pytest.mark.parametrize(
    "literal", ["{{7*7}}", "{% include 'x' %}", "${7*7}", "#{7*7}", "<%= 1 %>"]
)
def test_t33_template_languages_stay_literal(literal):
    [paragraph] = parsed(text.to_html(f"a {literal} b"))
    assert paragraph.text == f"a {literal} b"
    assert text.to_plain(f"a {literal} b") == f"a {literal} b"


def test_links_are_marked_for_search_engines_and_lead_out_safely():
    html = text.to_html("[us](https://x.example/?a=1&b=2) <info@x.example>")
    assert 'href="https://x.example/?a=1&amp;b=2" rel="nofollow ugc noopener"' in html
    assert 'href="mailto:info@x.example"' in html


def test_an_image_becomes_a_link_and_fetches_nothing():
    tags = [element.tag for element in parsed(text.to_html("![weir](https://x.example/w.png)"))]
    assert tags == ["p", "a"]


def test_a_link_that_is_not_allowed_stays_as_it_was_typed():
    assert text.to_html("[x](javascript:1)") == "<p>[x](javascript:1)</p>\n"


def test_headings_begin_below_the_title():
    tags = [element.tag for element in parsed(text.to_html("# a\n\n## b\n\n###### c"))]
    assert tags == ["h2", "h3", "h4"]


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("## a\n\n## b\n\n### c", ["h2", "h2", "h3"]),
        ("### a\n\n# b\n\n### c\n\na\n=", ["h2", "h2", "h3", "h2"]),
        (
            "\n\n".join(f"{'#' * level} x" for level in range(1, 7)),
            [*("h2", "h3", "h4", "h5"), *("h6", "h6")],
        ),
    ],
)
def test_headings_leave_no_level_out(typed, tags):
    assert [element.tag for element in parsed(text.to_html(typed))] == tags


@pytest.mark.parametrize(
    "bomb",
    [
        "> " * 3_000 + "weir",
        "- " * 3_000 + "weir",
        "1. " * 3_000 + "weir",
        "> - " * 3_000 + "weir",
        "*a _b " * 3_000 + "weir" + " b_ a*" * 3_000,
        "[" * 3_000 + "weir" + "](https://x.example)" * 2_000,
        "\n".join("  " * depth + "- weir" for depth in range(240)),
    ],
)
def test_t36_nesting_is_bounded_and_no_word_is_lost(bomb):
    html = text.to_html(bomb)
    document = html5lib.parseFragment(html, namespaceHTMLElements=False)
    assert deepest(document) <= 16
    assert "".join(document.itertext()).count("weir") == bomb.count("weir")


def deepest(element: Element) -> int:
    return 1 + max(map(deepest, element), default=0)


@pytest.mark.parametrize(
    "mark",
    [
        "[",
        "![",
        "`a``",
        "<",
        "&",
        "*",
        "a**b",
        "[a](<",
        "[[a](http://x)",
        "\\",
        "]",
        "_a",
        "~",
    ],
)
def test_t40_a_full_page_of_one_mark_comes_out_at_a_size_in_proportion(mark):
    html = text.to_html((mark * text.BODY_LIMIT)[: text.BODY_LIMIT])
    assert len(html) < 12 * text.BODY_LIMIT


def test_a_definition_used_a_thousand_times_is_no_bomb():
    html = text.to_html(f"[x]: https://x.example/{'y' * 20_000}\n\n" + "[x]" * 10_000)
    assert len(html) < 2 * text.BODY_LIMIT


@given(
    st.lists(
        st.sampled_from(
            [
                "weir",
                "fish",
                "#",
                ">",
                "-",
                "1.",
                "```",
                "`",
                "**",
                "_",
                "\n",
                "\n\n",
                "[a]:",
                "[a]",
                "<b>",
                "|",
                "|",
                "---",
                "!",
            ]
        )
    )
)
def test_every_word_typed_is_shown(parts):
    markdown = " ".join(parts)
    for shown in (text.to_html(markdown), text.to_plain(markdown)):
        for word in ("weir", "fish"):
            assert shown.count(word) == parts.count(word)


def test_a_body_too_long_is_refused_with_a_reason():
    with pytest.raises(text.TooLong) as refused:
        text.to_html("a" * (text.BODY_LIMIT + 1))
    assert "60,000" in str(refused.value.reason)


def test_plain_text_reads_as_if_typed_in_a_mail():
    markdown = (
        "# Water\n\nDear *Minister*,\nread [this](https://x.example).\n\n"
        "1. one\n2. two\n   - sub\n\n> quoted\n\n---\n\n```\ncode\n```"
    )
    assert text.to_plain(markdown) == (
        "Water\n\nDear Minister, read this (https://x.example).\n\n"
        "1. one\n2. two\n   - sub\n\n> quoted\n\n* * *\n\ncode"
    )


@pytest.mark.parametrize(
    ("markdown", "minutes"),
    [
        ("", 1),
        ("word " * 880, 4),
        ("水" * 1_600, 4),
        ("ก" * 3_600, 4),
        ("कखग " * 880, 4),
    ],
)
def test_reading_time_is_fair_to_every_script(markdown, minutes):
    assert text.reading_minutes(markdown) == minutes
