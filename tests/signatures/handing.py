"""A letter, its file and its delivery: what the tests of deliveries begin with."""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils import timezone

from campaigns.models import Letter
from signatures import deliveryemails
from signatures.models import Delivery, Export
from signatures.services import answering, delivering, exporting
from signatures.services.delivering import Handover

CONTENT = b"%PDF-1.7 the letter and its signatures"


def export(letter: Letter, *, content: bytes = CONTENT, **fields: Any) -> Export:
    """A finished file, as the worker leaves it."""
    now = timezone.now()
    given = {
        "format": "pdf", "state": Export.State.READY, "ready_at": now, "count": 12, "pages": 3,
        "expires_at": now + timedelta(hours=72), "size": len(content), "snapshot_at": now,
        "sha256": hashlib.sha256(content).hexdigest(),
    } | fields  # fmt: skip
    made = Export.objects.create(letter=letter, asked_by=letter.organiser, **given)
    if made.state == Export.State.READY:
        path = exporting.path_of(made)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return made


def handover(letter: Letter, *exports: Export, **changes: Any) -> Handover:
    target = letter.targets.first()
    return Handover(**({"target": target, "how": "mail", "exports": exports} | changes))


def delivery(letter: Letter, *, now: datetime | None = None, **changes: Any) -> Delivery:
    if "exports" not in changes:
        changes["exports"] = [export(letter)]
    return delivering.deliver(
        letter=letter,
        by=letter.organiser,
        given=handover(letter, **changes),
        now=now or timezone.now(),
    )


def page_of(made: Delivery, part: str = "") -> str:
    """The path of the office's private page."""
    return urlsplit(deliveryemails.link(made, timezone.now())).path + part


def file_of(made: Delivery) -> str:
    token = page_of(made).split("/")[2]
    return reverse("delivery_file", args=[token, made.exports.get().uid])


def received(made: Delivery, by_name: str = "") -> Delivery:
    return answering.receive(
        uid=made.uid, generation=made.generation, by_name=by_name, now=timezone.now()
    )


def answered(made: Delivery, text: str = "The water stays.", **changes: Any) -> Delivery:
    given = {"by_name": "Marta Velander", "now": timezone.now()} | changes
    return answering.answer(uid=made.uid, generation=made.generation, text=text, **given)
