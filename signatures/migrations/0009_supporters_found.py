"""How supporters are found by what they did and want: built while people sign."""

from django.db import migrations, models

from signatures.migrations._meanwhile import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False  # as PostgreSQL asks for
    dependencies = [("signatures", "0008_supporters")]

    operations = [
        AddIndexMeanwhile(
            model_name="signature",
            index=models.Index(
                condition=models.Q(("mailed_at__isnull", False), ("state", "pending")),
                fields=["mailed_at"],
                name="signature_mailed",
            ),
        ),
        AddIndexMeanwhile(
            model_name="signature",
            index=models.Index(
                condition=models.Q(("state", "pending")),
                fields=["letter"],
                name="signature_waiting",
            ),
        ),
        AddIndexMeanwhile(
            model_name="signature",
            index=models.Index(
                condition=models.Q(("counted", True), ("updates", True)),
                fields=["letter", "id"],
                name="signature_updates",
            ),
        ),
        AddIndexMeanwhile(
            model_name="signature",
            index=models.Index(
                condition=models.Q(("renewed__gt", 0)),
                fields=["letter"],
                name="signature_renewed",
            ),
        ),
    ]
