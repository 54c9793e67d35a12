"""Where signers came from, for the organiser’s desk: read from an index of its own."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


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


class Migration(migrations.Migration):
    atomic = False  # as PostgreSQL asks for
    dependencies = [
        ("campaigns", "0002_groups"),
        ("signatures", "0005_answer_hidden_by_staff"),
    ]

    operations = [
        AddIndexMeanwhile(
            model_name="signature",
            index=models.Index(
                condition=models.Q(("counted", True), ("ref__gt", "")),
                fields=["letter", "ref"],
                name="signature_place",
            ),
        ),
    ]
