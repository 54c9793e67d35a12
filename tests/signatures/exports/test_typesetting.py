"""What a document says, in which order, language and room, before anything is drawn."""

import datetime as dt
import re
from itertools import combinations
from typing import Any

import pytest
from django.utils import timezone

from signatures.exports import measures, typesetting
from signatures.exports.document import PRINTABLE, Row
from tests import paper

OTHERS = [one for one in PRINTABLE if one != "name"]
SUBSETS = [
    tuple(one for one in PRINTABLE if one == "name" or one in chosen)
    for size in range(len(OTHERS) + 1)
    for chosen in combinations(OTHERS, size)
]


def told(given: list[Row], **changes: Any) -> list[list[Any]]:
    return list(typesetting.rows(paper.document(**changes), given))


def texts(lines: list[list[Any]]) -> list[list[str]]:
    return [[text for _, text, _ in cells] for what, cells, _ in lines if what == "r"]


# The list


@pytest.mark.parametrize("count", [1, 12_408, 1_000_000])
def test_any_columns_stand_side_by_side_within_the_page(count: int) -> None:
    for columns in SUBSETS:
        placed = measures.columns(paper.document(columns=columns, count=count))
        edges = [edge for one in placed for edge in (one.start, one.start + one.width)]
        assert edges == sorted(edges)
        assert edges[0] == 0
        assert edges[-1] == pytest.approx(measures.WIDTH)
        parts = [part for one in placed for part in one.parts]
        assert sorted(parts) == sorted(set(columns) - {"comment"})


def test_figures_stand_below_each_other_by_their_last_digit() -> None:
    """Which is on the right, also where reading starts there."""
    for language, side in (("en", "end"), ("ar", "start")):
        columns = typesetting.job(paper.document(language=language))["columns"]
        assert [one["align"] for one in columns] == [side, "start", "start", side]


def test_a_row_has_a_cell_for_each_column_and_none_for_what_was_not_chosen() -> None:
    row = paper.row(
        "Ilse Brandt",
        title="Prof.",
        affiliation="University of Kesten",
        place="Kesten",
        country="DE",
        comment="At last.",
    )
    for columns in SUBSETS:
        document = paper.document(columns=columns)
        (line,) = typesetting.rows(document, [row])
        assert len(line[1]) == len(measures.columns(document))
        said = " ".join([*(text for _, text, _ in line[1]), line[2][1] if line[2] else ""])
        for one, text in (("title", "Prof."), ("place", "Kesten"), ("country", "Germany")):
            expected = one in columns or (one == "place" and "affiliation" in columns)
            assert (text in said) == expected
        assert ("At last." in said) == ("comment" in columns)


def test_a_title_stands_before_the_name_and_a_comment_under_the_row() -> None:
    row = paper.row("Ilse Brandt", title="Prof.", comment="At last.")
    ((_, cells, comment),) = told([row], columns=PRINTABLE)
    assert cells[1][1] == "Prof. Ilse Brandt"
    assert comment[1] == "At last."


def test_positions_are_written_in_groups_of_digits() -> None:
    row = paper.row("Ada", position=12_408)
    assert [texts(told([row], language=tag))[0][0] for tag in ("en", "de", "fr")] == [
        "12,408",
        "12.408",
        "12\xa0408",
    ]


def test_of_the_withheld_a_position_and_two_words_are_told() -> None:
    row = paper.row("", withheld=True, position=7, country="DE", group="Teachers")
    for columns in SUBSETS:
        said = [text for cells in texts(told([row], columns=columns)) for text in cells if text]
        assert said == ["7", "name withheld"] if "position" in columns else ["name withheld"]


def test_initial_signatories_stand_first_under_a_heading() -> None:
    given = [paper.row("Ada", pinned=True), paper.row("Bea", pinned=True), paper.row("Cem")]
    assert [line[1] for line in told(given) if line[0] == "g"] == [
        "Initial signatories",
        "All others, by day of signing",
    ]
    assert [line[0] for line in told(given)] == ["g", "r", "r", "g", "r"]
    assert told(given, sort="name")[3][1] == "All others, by name"
    assert [line[0] for line in told(given[2:])] == ["r"]


def test_groups_have_their_names_and_numbers_and_the_withheld_a_number_alone() -> None:
    given = [
        paper.row("Ada", pinned=True, group="Teachers"),
        paper.row("Bea", group="Pupils"),
        paper.row("Cem", group="Teachers"),
        paper.row("Dua"),
        *(paper.row("", withheld=True) for _ in range(1204)),
    ]
    lines = told(given, grouping="group", groups=(("Pupils", 1), ("Teachers", 1), ("Parents", 0)))
    assert [line[1:] for line in lines if line[0] == "g"] == [
        ["Initial signatories", ""],
        ["Pupils", "1 signatory"],
        ["Teachers", "1 signatory"],
        ["Without a group", ""],
        ["Name withheld", "1,204 people"],
    ]
    assert len(texts(lines)) == 4


def test_countries_are_named_in_the_language_of_the_letter() -> None:
    given = [paper.row("Ada", country="DE"), paper.row("Bea", country="fr")]
    lines = told(given, language="de", grouping="country", groups=(("DE", 1204), ("FR", 1)))
    assert [line[1] for line in lines if line[0] == "g"] == ["Deutschland", "Frankreich"]


def test_names_that_run_on_have_no_number_day_or_comment() -> None:
    given = [
        paper.row("Ada", title="Dr.", place="Kesten", country="DE", comment="At last."),
        paper.row("", withheld=True),
        paper.row("Bea"),
    ]
    lines = told(given, layout="compact", columns=PRINTABLE)
    assert texts(lines) == [["Dr. Ada", "Kesten, Germany"], ["Bea"]]
    assert lines[-1] == ["g", "Name withheld", "1 person"]
    assert all(line[2] is None for line in lines[:2])


def test_where_nobody_is_named_the_number_is_said_once() -> None:
    given = [paper.row("", withheld=True, position=place) for place in range(1, 41)]
    assert told(given, anonymous_hours=24) == [["g", "Name withheld", "40 people"]]
    job = typesetting.job(paper.document(count=40, withheld_count=40, anonymous_hours=24))
    assert job["lead"] == ""


def test_the_list_says_how_it_is_ordered_and_who_is_not_in_it() -> None:
    lead = typesetting.job(paper.document(public_only=True, withheld_count=2117, sort="name"))
    assert lead["lead"].startswith("By name. The first column counts the lines")
    assert lead["lead"].endswith("2,117 people withhold their name and are not listed.")
    grouped = paper.document(grouping="country", columns=("name",))
    assert typesetting.job(grouped)["lead"] == "By country, then by day of signing and name."


@pytest.mark.parametrize("layout", ["table", "compact"])
def test_there_is_a_sample_of_every_style_a_row_can_have(layout: str) -> None:
    job = typesetting.job(paper.document(language="ar"))
    ids = set(re.findall('<p id="([a-z-]+)"', job["samples"]))
    row = paper.row("Ada", place="Kesten", comment="At last.")
    given = [row, paper.row("", withheld=True)]
    for _, cells, comment in told(given, layout=layout, columns=PRINTABLE):
        if isinstance(cells, str):
            continue
        for kind, _, han in [*cells, *([comment] if comment else [])]:
            assert (f"{kind}-rtl-{han}" if han else kind) in ids
    assert {"title", "lead", "head", "group", "group-note", "run-mark", "foot-page"} <= ids


# Cover and letter


def test_a_volume_says_which_it_is_and_what_it_holds() -> None:
    volume = {"parts": 5, "part": 2, "count": 1_234_567}
    by_position = paper.document(**volume, first_position=250_001, last_position=500_000)
    cover = paper.words(typesetting.job(by_position)["html"])
    assert "Volume 2 of 5 Signatories 250,001 to 500,000" in cover
    assert "1,234,567" in cover
    by_country = paper.document(**volume, volumes="country", part_label="DE")
    assert "Volume 2 of 5 Germany" in paper.words(typesetting.job(by_country)["html"])
    assert "Volume" not in paper.words(typesetting.job(paper.document())["html"])


def test_a_cover_names_whom_it_has_room_for_and_the_letter_everybody() -> None:
    targets = tuple((f"Member {i} of Parliament", "Water Committee") for i in range(60))
    html = typesetting.job(paper.document(targets=targets))["html"]
    cover, letter = (paper.words("<body" + part) for part in html.split("<section")[1:3])
    assert re.search(r"Member 0 of Parliament.* and \d\d others", cover)
    assert len(cover) < 800
    assert all(f"Member {i} of Parliament" in letter for i in range(60))


def test_nothing_is_drawn_where_there_is_no_growth_to_show() -> None:
    for curve in ((), (0, 0), (12,)):
        assert "<svg" not in typesetting.job(paper.document(curve=curve))["html"]
    assert "<svg" in typesetting.job(paper.document())["html"]


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (dt.date(2026, 11, 3), "between 3 and 20 November 2026"),
        (dt.date(2026, 10, 3), "between 3 October and 20 November 2026"),
        (dt.date(2025, 11, 3), "between 3 November 2025 and 20 November 2026"),
        (dt.date(2026, 11, 20), "on 20 November 2026"),
    ],
)
def test_the_cover_says_when_people_signed_without_saying_it_twice(
    first: dt.date, expected: str
) -> None:
    document = paper.document(count=12, first_signed_on=first)
    assert f"confirmed by e-mail {expected}" in paper.words(typesetting.job(document)["html"])


def test_our_words_around_a_letter_say_which_language_they_are_in() -> None:
    html = typesetting.job(paper.document(language="ar", title="أعيدوا إلى النهر ماءه"))["html"]
    assert '<html lang="ar" dir="rtl">' in html
    for words in ("An open letter to", "signed and confirmed", "This is revision"):
        before = html.partition(words)[0]
        assert before.rfind('lang="en" dir="ltr"') > before.rfind("</p>\n<h")


def test_the_time_is_the_snapshots_wherever_the_site_is() -> None:
    with timezone.override("Asia/Tokyo"):
        html = typesetting.job(paper.document())["html"]
    assert '<meta name="dcterms.created" content="2026-11-20T09:14:00Z">' in html
    assert "Counted on 20 November 2026, 09:14 UTC." in paper.words(html)
