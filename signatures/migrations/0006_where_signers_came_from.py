"""Where signers came from, for the organiser’s desk: read from an index of its own."""

from django.db import migrations, models

from signatures.migrations._meanwhile import AddIndexMeanwhile


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
