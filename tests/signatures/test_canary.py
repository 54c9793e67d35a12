"""T73: a person goes through everything, and then we look for them everywhere."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.utils import timezone
from redis import Redis

from signatures import tasks
from signatures.models import Consent, Signature, Suppressed
from signatures.services import erasing
from tests import make
from tests.signatures.canary import TYPED, Canary, counted, found


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


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    """So that what other tests left there is not searched for ours, nor ours for theirs."""
    settings.ERASURES_DIR, settings.LETTER_KEYS_DIR = tmp_path / "erasures", tmp_path / "keys"


def _through_everything() -> tuple[Canary, str]:
    """Every flow there is but the last: erasing. With the path of the own page."""
    canary = Canary(make.letter(asks=["title", "affiliation", "place", "comment"]))
    canary.is_mistaken()
    own = canary.waits()
    canary.changes_everything(own)
    canary.gets_news()
    canary.asks_for_everything()
    canary.is_written_to_in_vain(make.letter())
    canary.is_reminded_and_denies(make.letter())
    tasks.keep_erasures()
    tasks.sweep_words()  # as every night: they showed their name for a moment
    return canary, own


def _rows() -> Iterator[str]:
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


@pytest.mark.django_db(transaction=True)
def test_t73_nobody_is_named_in_logs_rows_queues_files_or_addresses(logged: io.StringIO) -> None:
    canary, own = _through_everything()
    _everything_happened(canary)
    lines = logged.getvalue().splitlines()
    assert [line for line in lines if "RuntimeError" in line]  # what broke was logged
    for told in (lines, canary.places, _rows(), _files(), _redis()):
        assert not found(told)
    canary.is_erased(own)
    tasks.keep_erasures()
    assert counted().erased_at is not None
    for told in (logged.getvalue().splitlines(), _rows(), _files(), _redis()):
        assert not found(told)


def _everything_happened(canary: Canary) -> None:
    """Else there would be nothing to find."""
    refused = {code: times for code, times in canary.statuses().items() if code >= 400}
    assert refused == {404: 2, 422: 3, 500: 1}  # the broken one was really broken
    own = counted()
    assert (own.state, own.title, own.updates) == ("confirmed", "", False)
    assert set(Consent.objects.values_list("about", "given")) == {
        ("name", True), ("name", False), ("updates", True), ("updates", False),
    }  # fmt: skip
    assert Suppressed.objects.count() == 2
    assert Signature.objects.filter(mail_state=Signature.MailState.BOUNCED).count() == 1


def _files() -> list[str]:
    """What is public of the log, the keys beside it, the journal of erasures, and on SQLite the
    database itself: names of files and what they hold."""
    folders = (settings.LOG_DIR, settings.LETTER_KEYS_DIR, settings.ERASURES_DIR)
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    if connection.vendor == "sqlite":
        files += list(Path(settings.DATA_DIR).glob("test.sqlite3*"))
    return [f"{path} {path.read_bytes().decode('latin-1')}" for path in files]


def _redis() -> Iterator[str]:
    if not settings.REDIS_URL:
        return
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
    assert found(list(_rows()))  # public names are plain: this test can see
    erasing.erase(uid=signature.uid, now=timezone.now())
    assert not found(_rows())
