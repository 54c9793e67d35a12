"""The log and what it is compared with, inside the installation."""

import os
import secrets
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from signatures.log import leaf, store
from signatures.log.folder import Folder
from signatures.models import Head
from signatures.proof.durably import durably
from signatures.services import checkpointing


def append(*, batch: int, batches: int) -> list[float]:
    """Entries a second, and for each second of this processor: into the database as the sequencer
    does it, then published."""
    made = [_entries(batch) for _ in range(batches)]
    size = store.size()
    checkpointing.publish(timezone.now())  # an idle look, and at first the start
    began, worked = time.perf_counter(), time.process_time()
    for entries in made:
        with transaction.atomic():
            store.append(entries, size)
            size += batch
            Head.objects.update_or_create(pk=1, defaults={"size": size})
        tree = checkpointing.publish(timezone.now())
        assert tree is not None
        assert tree.size == size
    count = batch * batches
    return [count / (time.perf_counter() - began), count / (time.process_time() - worked)]


def append_plainly(*, batch: int, batches: int) -> list[float]:
    """The same bytes into a table and at the end of one file, both flushed."""
    made = [_entries(batch) for _ in range(batches)]
    blob = "bytea" if connection.vendor == "postgresql" else "blob"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS plain (place bigint PRIMARY KEY, entry {blob})")
        cursor.execute("SELECT count(*) FROM plain")
        at = cursor.fetchone()[0]
    began, worked = time.perf_counter(), time.process_time()
    with (settings.DATA_DIR / "plain").open("ab") as file:
        for entries in made:
            with durably(), connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO plain VALUES (%s, %s)", list(enumerate(entries, at))
                )
            at += batch
            file.write(b"".join(entries))
            file.flush()
            os.fsync(file.fileno())
    count = batch * batches
    return [count / (time.perf_counter() - began), count / (time.process_time() - worked)]


def room() -> dict[str, Any]:
    """What the log's folder takes once outgrown tiles are collected."""
    size = store.size()
    later = timezone.now() + timedelta(hours=2)
    Folder(settings.LOG_DIR).collect(size, later.timestamp())
    found = [path.stat() for path in settings.LOG_DIR.rglob("*") if path.is_file()]
    return {
        "leaves": size,
        "files": len(found),
        "bytes": sum(each.st_size for each in found),
        "blocks": sum(each.st_blocks * 512 for each in found),
    }


def _entries(count: int) -> list[bytes]:
    return [secrets.token_bytes(leaf.SIZE) for _ in range(count)]
