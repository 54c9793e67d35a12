"""Indexes of tables in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations import AddIndex


class AddIndexMeanwhile(AddIndexConcurrently):
    """Signing goes on while PostgreSQL builds it; SQLite has one writer at a time anyway."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        _kind(schema_editor).database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        _kind(schema_editor).database_backwards(
            self, app_label, schema_editor, from_state, to_state
        )


def _kind(schema_editor):
    return AddIndexConcurrently if schema_editor.connection.vendor == "postgresql" else AddIndex
