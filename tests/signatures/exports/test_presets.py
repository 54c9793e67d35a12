"""Contacts for other programs: whom they hold, and what is never in any table."""

import csv
import datetime as dt
import io
import json
import re
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signatures.exports import columns, comma, objects, sheet
from signatures.exports.document import OrganiserRow
from signatures.exports.presets import PRESETS, NotWished, Preset
from tests import tables
from tests.polyglots import FORMULAS
from tests.processes import ROOT
from tests.tables import SNAPSHOT, row

SLUG = "give-the-aller-its-water-back"
ADA: dict[str, Any] = {
    "title": "Dr",
    "affiliation": "Hospital of Kesten",
    "place": "Kesten",
    "country": "US",
    "updates": True,
    "email": "ada@example.org",
    "language": "pt-br",
    "ref": "poster",
}
each = pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)


def contacts(preset: Preset, *rows: OrganiserRow) -> list[dict[str, str]]:
    written = comma.stream(preset.people(rows), columns=preset.columns(SLUG), bom=False)
    return list(csv.DictReader(io.StringIO(b"".join(written).decode(), newline="")))


@each
def test_only_those_who_asked_for_updates_are_contacts(preset: Preset) -> None:
    people = [
        row("Ada", **ADA),
        row("Joan", email="joan@example.org"),
        row("Sam", updates=True),  # whose address is gone
    ]
    found = contacts(preset, *people)
    assert len(found) == 1
    assert "ada@example.org" in found[0].values()


@each
def test_a_contact_nobody_asked_to_be_is_refused(preset: Preset) -> None:
    """Even if somebody forgets to ask for `people`."""
    with pytest.raises(NotWished):
        list(comma.stream([row("Joan", email="j@example.org")], columns=preset.columns(SLUG)))


@each
def test_a_name_stays_whole(preset: Preset) -> None:
    name = "Ana María de la Cruz Ñíguez"
    (found,) = contacts(preset, row(name, **ADA))
    assert list(found.values()).count(name) == 1
    assert not {"Ana", "Ñíguez", "Cruz Ñíguez"} & set(found.values())


@each
def test_letter_source_language_country_and_consent_are_told(preset: Preset) -> None:
    (found,) = contacts(preset, row("Ada", **ADA))
    text = " ".join(found.values())
    for told in (SLUG, "poster", "pt", "US", "2026-11-03"):
        assert told in text
    assert len(set(found)) == len(preset.heads)


@each
def test_t30_a_contact_is_no_formula(preset: Preset) -> None:
    for formula in FORMULAS:
        fields = ADA | dict.fromkeys(("title", "affiliation", "place", "ref"), formula)
        (found,) = contacts(preset, row(formula, **fields))
        assert not [cell for cell in found.values() if re.match(r"[\s\ufeff]*[=+\-@]", cell)]


def test_heads_are_those_the_programs_know() -> None:
    heads = {name: [head for head, _ in preset.heads] for name, preset in PRESETS.items()}
    assert heads["listmonk"] == ["email", "name", "attributes"]
    assert heads["nationbuilder"][:4] == ["email", "email_opt_in", "prefix", "name"]
    assert {"Last Name", "Company", "Email"} < set(heads["salesforce"])
    assert heads["mailchimp"][0] == "Email Address"
    assert {"email", "first_name", "country", "source"} < set(heads["actionkit"])
    assert "Legal basis for processing contact's data" in heads["hubspot"]


def test_attributes_for_listmonk_are_json_even_of_a_formula() -> None:
    (found,) = contacts(PRESETS["listmonk"], row("Ada", **ADA | {"place": '=1+"1'}))
    told = json.loads(found["attributes"])
    assert (told["letter"], told["country"], told["place"]) == (SLUG, "US", "'=1+\"1")


def test_tags_are_parted_by_commas_and_a_country_has_its_english_name() -> None:
    (found,) = contacts(PRESETS["nationbuilder"], row("Ada", **ADA | {"ref": "a,b"}))
    assert found["tag_list"] == f"{SLUG},a b"
    assert (found["country"], found["country_code"]) == ("United States", "US")
    assert (found["email_opt_in"], found["language"]) == ("Y", "pt")


def test_a_lead_without_affiliation_has_a_company_all_the_same() -> None:
    (found,) = contacts(PRESETS["salesforce"], row("Ada", **ADA | {"affiliation": ""}))
    assert found["Company"] == "[not provided]"


def test_every_column_and_preset_is_written_down() -> None:
    page = (ROOT / "docs/exports.md").read_text("utf8")
    for key in (*columns.ORGANISER, *PRESETS):
        assert f"| `{key}`" in page


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
people = st.builds(
    OrganiserRow,
    position=st.integers(1, 9),
    name=texts,
    title=texts,
    affiliation=texts,
    place=texts,
    country=st.sampled_from(["", "DE", "JP"]),
    signed_on=st.dates(dt.date(2020, 1, 1)),
    comment=texts,
    group=texts,
    withheld=st.booleans(),
    updates=st.booleans(),
    language=st.sampled_from(["en", "zh-hant"]),
    ref=texts,
    public=st.booleans(),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(people, max_size=6))
def test_no_table_holds_an_address_of_somebody_who_did_not_ask_for_updates(
    rows: list[OrganiserRow],
) -> None:
    """Whatever a row carries: in any format, with any preset, as bytes."""
    marked = [
        replaced(one, email=f"{'yes' if one.updates else 'no'}-{at}@nowhere.example")
        for at, one in enumerate(rows)
    ]
    wished = {one.email for one in marked if one.updates}
    for written, complete in every_table(marked):
        found = set(re.findall(rb"\w+-\d+@nowhere\.example", written))
        assert not [address for address in found if address.startswith(b"no-")]
        if complete:
            assert {address.decode() for address in found} == wished


def replaced(one: OrganiserRow, **changes: Any) -> OrganiserRow:
    return OrganiserRow(**{key: getattr(one, key) for key in one.__slots__} | changes)


def every_table(rows: list[OrganiserRow]) -> list[tuple[bytes, bool]]:
    """Each file's text, and whether addresses are among what it is to hold."""
    found = [(b"".join(comma.stream(rows)), True)]
    found.append((b"".join(comma.stream(rows, columns=columns.PUBLIC)), False))
    found.append((b"".join(objects.stream(rows, document=tables.DOCUMENT)), True))
    found.append((unpacked(rows), True))
    for preset in PRESETS.values():
        picked = preset.columns(SLUG)
        found.append((b"".join(comma.stream(preset.people(rows), columns=picked)), True))
        found.append((unpacked(list(preset.people(rows)), columns=picked), True))
    return found


def unpacked(rows: list[OrganiserRow], **options: Any) -> bytes:
    out = io.BytesIO()
    sheet.write(rows, out, snapshot=SNAPSHOT, **options)
    with zipfile.ZipFile(out) as book:
        return b"".join(book.read(name) for name in book.namelist())
