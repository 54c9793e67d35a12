"""Whatever the database keeps is written down with a reason, and docs/privacy.md shows it."""

from collections import Counter

import pytest
from django.apps import apps
from django.core.management import call_command

from campaigns import sealed
from tests.processes import ROOT
from worker.datamap import Kind, Until

PAGE = ROOT / "docs" / "privacy.md"
# Tables that tell nothing but what the program is made of, and who belongs to what.
MACHINERY = {"auth", "contenttypes"}


def stored() -> set[str]:
    """Every column of every table."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label not in MACHINERY
        for field in model._meta.local_concrete_fields
    }


def mapped() -> list[str]:
    return [
        f"{label}.{column}"
        for label, entries in sealed.data_maps().items()
        for entry in entries
        for column in entry.names
    ]


def test_every_column_says_what_it_is_for_and_every_word_has_a_column() -> None:
    assert stored() - set(mapped()) == set()
    assert set(mapped()) - stored() == set()
    assert [column for column, times in Counter(mapped()).items() if times > 1] == []


def test_a_blob_of_a_person_is_sealed_or_keyed() -> None:
    """Bytes nobody can read by eye are never plain personal data."""
    kinds = {
        f"{label}.{column}": entry.kind
        for label, entries in sealed.data_maps().items()
        for entry in entries
        for column in entry.names
    }
    blobs = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if field.get_internal_type() == "BinaryField" and field.name.endswith("sealed")
    }
    assert {column for column in blobs if kinds[column] != Kind.SEALED} == set()


def test_the_page_shows_the_map(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("data_map")
    table = capsys.readouterr().out.strip()
    assert table in PAGE.read_text("utf8"), f"put this into docs/privacy.md:\n{table}"


def test_the_page_says_what_deletes_each_kind_of_data() -> None:
    page = PAGE.read_text("utf8")
    used = {entry.until for entries in sealed.data_maps().values() for entry in entries}
    assert [until for until in used if f"| {until} |" not in page] == []
    assert set(Until) - used == set()
