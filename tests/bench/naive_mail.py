"""How it is done without an outbox: a Celery task for each mail, with a connection of its own."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone  # noqa: E402 - settings come first

from signatures import emails  # noqa: E402
from signatures.models import Signature  # noqa: E402
from worker.celery import app  # noqa: E402


@app.task(name="tests.bench.naive_mail.send")
def send(signature: int) -> None:
    found = Signature.objects.select_related("letter", "revision").get(pk=signature)
    emails.confirm(found, now=timezone.now()).send()
