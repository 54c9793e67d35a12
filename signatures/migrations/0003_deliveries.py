"""Deliveries, what an export was asked for, and groups.

SQLite rebuilds signatures_signature here, so the search by word is taken off before and put on after.
"""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import campaigns.models.letter

search = import_module("signatures.migrations.0002_public_list")


def take_off(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        search.find_no_more(apps, schema_editor)


def put_on(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        search.find_by_word(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0002_groups"),
        ("signatures", "0002_public_list"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(take_off, put_on),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "uid",
                    models.UUIDField(
                        default=campaigns.models.letter.random_uid, editable=False, unique=True
                    ),
                ),
                ("target_name", models.CharField(max_length=150)),
                ("target_role", models.CharField(blank=True, max_length=150)),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("mail", "by e-mail, with a private link"),
                            ("hand", "printed and handed over"),
                            ("other", "another way"),
                        ],
                        max_length=5,
                    ),
                ),
                ("how_else", models.CharField(blank=True, max_length=150)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("message", models.TextField(blank=True, max_length=2000)),
                ("count", models.PositiveIntegerField(default=0)),
                ("paper", models.PositiveIntegerField(default=0)),
                ("delivered_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("generation", models.PositiveSmallIntegerField(default=0)),
                ("received_at", models.DateTimeField(null=True)),
                ("received_by", models.CharField(blank=True, max_length=150)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answer", models.TextField(blank=True, max_length=10000)),
                ("answered_by", models.CharField(blank=True, max_length=150)),
                ("answer_hidden_at", models.DateTimeField(null=True)),
                ("struck_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "ordering": ["-delivered_at"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="signature",
            name="signature_withheld_is_sealed",
        ),
        migrations.AddField(
            model_name="export",
            name="count",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="export",
            name="fingerprint",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="export",
            name="options",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="export",
            name="pages",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="export",
            name="replaces",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="replaced_by",
                to="signatures.export",
            ),
        ),
        migrations.AddField(
            model_name="export",
            name="signed",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="export",
            name="snapshot_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="export",
            name="started_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="signature",
            name="changed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="signature",
            name="group",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AlterField(
            model_name="export",
            name="format",
            field=models.CharField(
                choices=[
                    ("pdf", "PDF"),
                    ("csv", "CSV"),
                    ("xlsx", "XLSX"),
                    ("json", "JSON"),
                    ("paper", "paper sheet"),
                ],
                max_length=5,
            ),
        ),
        migrations.AlterField(
            model_name="export",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "queued"),
                    ("running", "running"),
                    ("ready", "ready"),
                    ("failed", "failed"),
                    ("expired", "expired"),
                    ("cancelled", "cancelled"),
                ],
                default="queued",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(fields=["letter", "fingerprint"], name="export_same"),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("public", True),
                    models.Q(
                        ("affiliation", ""),
                        ("comment", ""),
                        ("group", ""),
                        ("name", ""),
                        ("place", ""),
                        ("title", ""),
                        ("words", ""),
                    ),
                    _connector="OR",
                ),
                name="signature_withheld_is_sealed",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="exports",
            field=models.ManyToManyField(related_name="deliveries", to="signatures.export"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="letter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="campaigns.letter",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="revision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="campaigns.revision",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="target",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="campaigns.target",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["letter", "-delivered_at"], name="delivery_of_letter"),
        ),
        migrations.RunPython(put_on, take_off),
    ]
