"""Migrations run beside the version before them (docs/operating.md): it goes on writing rows."""

from collections.abc import Iterator

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models
from django.db.migrations import AddField, AddIndex, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader

OURS = ("campaigns", "signatures", "worker")


def added(migrations: list[Migration]) -> Iterator[tuple[str, models.Field]]:
    """Columns that come to a table which the version before knows."""
    for migration in migrations:
        made = {one.name.lower() for one in migration.operations if isinstance(one, CreateModel)}
        for one in migration.operations:
            if isinstance(one, AddField) and one.model_name.lower() not in made:
                yield f"{migration.app_label}.{one.model_name}.{one.name}", one.field


def unfilled(migrations: list[Migration]) -> list[str]:
    """Those the version before can't leave out."""
    return [
        name
        for name, field in added(migrations)
        if not (field.null or field.many_to_many or field.has_db_default())
    ]


def ours() -> list[Migration]:
    loaded = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return [one for (app, _), one in loaded.items() if app in OURS and not one.initial]


def test_the_version_before_can_leave_new_columns_out() -> None:
    assert list(added(ours()))
    assert unfilled(ours()) == []


@pytest.mark.parametrize(
    "field", [models.BooleanField(default=False), models.CharField(max_length=9, blank=True)]
)
def test_a_default_of_python_alone_is_noticed(field: models.Field) -> None:
    migration = Migration("0009_more", "signatures")
    migration.operations = [AddField("signature", "more", field)]
    assert unfilled([migration]) == ["signatures.signature.more"]


def test_an_index_of_the_large_table_is_built_while_people_sign() -> None:
    released = [one for one in ours() if one.app_label == "signatures" and one.name > "0006"]
    made = [
        (migration, one)
        for migration in released
        for one in migration.operations
        if isinstance(one, AddIndex) and one.model_name == "signature"
    ]
    assert made
    for migration, one in made:
        assert isinstance(one, AddIndexConcurrently)
        assert not migration.atomic  # else it would be built, and waited for, as a whole
