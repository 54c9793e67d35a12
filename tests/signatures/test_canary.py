"""T73: a person goes through everything, and then we look for them everywhere."""

import io
import logging
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Letter
from signatures import tasks
from signatures.models import Signature
from signatures.services import checkpointing, erasing, signing
from tests import make, supporter

CANARY = ("canary.bird", "Canaria", "Zwitscher", "Piepmatz")
TYPED = {
    "name": "Canaria Zwitscher",
    "email": "canary.bird@example.org",
    "affiliation": "Haus Piepmatz",
    "place": "Piepmatz",
    "comment": "Zwitscher",
    "public": "off",
    "updates": "on",
}


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the product's own handler would write at its most talkative."""
    root = logging.getLogger()
    own = next(one for one in root.handlers if "structlog" in type(one.formatter).__module__)
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(own.formatter)
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield text
    root.removeHandler(handler)
    root.setLevel(before)


def _through_everything(letter: Letter) -> list[str]:
    """Every flow there is; returns every address that was answered."""
    places = []

    def note(answer: Any) -> Any:
        places.append(answer.headers.get("Location", ""))
        return answer

    client = supporter.browser(REMOTE_ADDR="203.0.113.77")
    note(supporter.sign(letter, client=client, **(TYPED | {"name": "Canaria" * 50})))
    note(supporter.sign(letter, client=client, **TYPED))
    client.post(
        reverse("sign", args=[letter.slug]), TYPED | {"name": ""}, content_type="application/json"
    )
    [sent] = supporter.new_mails()
    own = note(supporter.press(supporter.link(sent), client=client))["Location"]
    tasks.sequence()
    checkpointing.publish(timezone.now())
    client.get(own)
    places.append(client.get(f"{own}receipt/")["Content-Disposition"])
    note(client.post(f"{own}receipt/mail/", {"press": "mail"}))
    [receipt] = supporter.new_mails()
    assert receipt.attachments
    note(supporter.sign(letter, client=client, **TYPED))
    note(client.post(f"{own}ask/", {"press": "ask"}))
    supporter.new_mails()
    note(client.post(f"{own}show/", {"press": "hide"}))
    with patch.object(signing, "sign", side_effect=RuntimeError("canary.bird Canaria")):
        broken = Client(raise_request_exception=False)
        places.append(str(supporter.sign(letter, client=broken, **TYPED).status_code))
    return places


def _rows_without_seals() -> Iterator[str]:
    """Every value in every table, as the database gives it."""
    for model in apps.get_models(include_auto_created=True):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else None
                    shown = raw.decode("latin-1") if raw is not None else str(value)
                    yield f"{model._meta.db_table}.{name}={shown}"


def _found(texts: Iterator[str] | list[str]) -> list[str]:
    return [text for text in texts if any(part in text for part in CANARY)]


@pytest.mark.django_db
def test_t73_nobody_is_named_in_logs_rows_queues_or_addresses(logged: io.StringIO) -> None:
    letter = make.letter()
    places = _through_everything(letter)
    assert "500" in places  # the broken one was really broken
    assert Signature.objects.get().state == "confirmed"
    lines = logged.getvalue().splitlines()
    assert [line for line in lines if "RuntimeError" in line]  # what broke was logged
    assert not _found(lines)
    assert not [line for line in lines if "203.0.113.77" in line]
    assert not _found(places)
    assert not _found(_rows_without_seals())
    assert not _found(_log_files())
    assert not _found(list(_redis()))


def _log_files() -> list[str]:
    """What is public of the log, and the keys kept beside it: names of files and what they hold."""
    folders = (settings.LOG_DIR, settings.LETTER_KEYS_DIR)
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 3
    return [f"{path} {path.read_bytes().decode('latin-1')}" for path in files]


def _redis() -> Iterator[str]:
    if not settings.REDIS_URL:
        return
    from redis import Redis

    with Redis.from_url(settings.REDIS_URL) as store:
        for key in store.scan_iter():
            yield str(key)
            yield str(store.dump(key))


@pytest.mark.django_db
def test_t73_after_erasing_a_public_signature_nobody_is_found_either() -> None:
    letter = make.letter()
    fields: dict[str, Any] = {
        key: value for key, value in TYPED.items() if key not in {"public", "updates"}
    }
    signature = make.counted(letter, **fields)
    assert _found(_rows_without_seals())  # public names are plain: this test can see
    erasing.erase(uid=signature.uid, now=timezone.now())
    assert not _found(_rows_without_seals())
