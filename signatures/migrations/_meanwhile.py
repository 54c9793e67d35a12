"""Indexes of tables in use."""

from django.contrib.postgres.operations import AddIndexConcurrently


class AddIndexMeanwhile(AddIndexConcurrently):
    """Signing goes on while PostgreSQL builds it; SQLite has one writer at a time anyway."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        kind = (
            super()
            if schema_editor.connection.vendor == "postgresql"
            else super(AddIndexConcurrently, self)
        )
        kind.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        kind = (
            super()
            if schema_editor.connection.vendor == "postgresql"
            else super(AddIndexConcurrently, self)
        )
        kind.database_backwards(app_label, schema_editor, from_state, to_state)
