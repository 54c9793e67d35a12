"""The statements of one POST, written down and done again without the product around them.

On PostgreSQL as a script for pgbench, on SQLite in a plain loop; what differs from signer to signer
(ids, digests) differs in both.
"""

import re
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from psycopg import ClientCursor

from signatures.models import Signature

FIRST_ID = 900_000_000  # so that a row's id is found in a statement, and nothing else is
UUID = re.compile(r"'[0-9a-f]{32}'::uuid")
LOCK = re.compile(r"pg_advisory_xact_lock\([^)]*\)")
NAMED_APART = (
    'INTO "worker_outboxmessage"',
    'INTO "signatures_slip"',
)  # rows with uids of their own


class NotRecorded(Exception):
    """The POST did not end as it should have; the message says with what."""


@dataclass
class Recorded:
    """One POST: its statements and the values that belong to this signer alone."""

    statements: list[tuple[str, tuple[Any, ...], bool]] = field(default_factory=list)
    row: Signature = field(default_factory=Signature)

    @contextmanager
    def listening(self) -> Iterator[None]:
        def listen(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any):
            if not sql.startswith("BEGIN"):  # on SQLite Django says it itself; here it follows
                self.statements.append((sql, tuple(params or ()), connection.in_atomic_block))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(listen):
            yield


def sign_script(*, forms: str, slug: str, to: str) -> str:
    """pgbench's script of a sign POST; one form of the file is used up for it."""
    found = _recorded_sign(forms, slug)
    return _script(
        found,
        to,
        head="\\set r random(1, 9223372036854775806)\n",
        uid="lpad(to_hex(:r), 32, '0')::uuid",
    )


def confirm_script(*, forms: str, slug: str, to: str, rows: int, hot: bool = False) -> str:
    """pgbench's script of a confirm POST, over the pending rows with the uids 1 to `rows`.

    `hot` counts in the same transaction, on the letter's one row, and needs no sequencer.
    """
    found = _recorded_confirm(forms, slug)
    with connection.cursor() as cursor:
        cursor.execute("DROP SEQUENCE IF EXISTS bench")
        cursor.execute(f"CREATE SEQUENCE bench MAXVALUE {rows} CYCLE CACHE 1")
    uid = "(SELECT lpad(to_hex(nextval('bench')), 32, '0')::uuid)"
    return _script(found, to, head="", uid=uid, hot=found.row.letter_id if hot else None)


def reset_pending(*, rows: int, letter: str) -> None:
    """The rows of `confirm_script` wait for their button again."""
    pks = Signature.objects.filter(letter__slug=letter, uid__lte=uuid.UUID(int=rows))
    pks.update(state="pending", news=False, counted=False, number=None, confirmed_at=None, day=None)
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE bench RESTART")
        cursor.execute("VACUUM ANALYZE signatures_signature")


def sign_loop(*, forms: str, slug: str, seconds: float) -> float:
    """SQLite: transactions a second in one plain loop of the sign POST's statements."""
    found = _recorded_sign(forms, slug)
    fresh = iter(uuid.uuid4, None)
    return _loop(found, (one for one in fresh if one), seconds)


def confirm_loop(*, forms: str, slug: str, first: int, count: int, seconds: float) -> float:
    """SQLite: the confirm POST's statements over pending rows, whose uids count from `first`."""
    found = _recorded_confirm(forms, slug)
    return _loop(found, (uuid.UUID(int=first + step) for step in range(count)), seconds)


def _recorded_sign(forms: str, slug: str) -> Recorded:
    count_from(FIRST_ID)
    found = _posted(forms)
    found.row = Signature.objects.filter(letter__slug=slug).latest("pk")
    return found


def _recorded_confirm(forms: str, slug: str) -> Recorded:
    found = _posted(forms)
    found.row = Signature.objects.filter(letter__slug=slug, state="confirmed").latest(
        "confirmed_at"
    )
    return found


def count_from(number: int) -> None:
    last = Signature.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    number = max(number, last + 1)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER SEQUENCE signatures_signature_id_seq RESTART {number}")
        else:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = 'signatures_signature'")
            cursor.execute(
                "INSERT INTO sqlite_sequence VALUES ('signatures_signature', %s)", [number]
            )


def _posted(forms: str) -> Recorded:
    """Post the first form of the file twice over: caches are warm for the one that is written down.

    The second is the one recorded, so the file needs two forms nobody else uses.
    """
    lines = Path(forms).read_text().splitlines()
    found = Recorded()
    for index, line in enumerate(lines[:2]):
        path, _, body = line.partition("\t")
        send = Client(headers={"host": "localhost"}).post
        kind = "application/x-www-form-urlencoded"
        if index == 0:
            answer = send(path, body, content_type=kind)
        else:
            with found.listening():
                answer = send(path, body, content_type=kind)
        if answer.status_code != 303:
            raise NotRecorded(f"{path}: {answer.status_code}")
    return found


def _script(found: Recorded, to: str, *, head: str, uid: str, hot: int | None = None) -> str:
    lines, inside = [head], False
    for sql, params, atomic in found.statements:
        if atomic != inside:
            lines.append("BEGIN;\n" if atomic else "COMMIT;\n")
            inside = atomic
        text = _rendered(found, sql, params, uid)
        if hot is not None and text.startswith("UPDATE"):
            lines.append(
                f"UPDATE campaigns_tally SET signed = signed + 1 WHERE letter_id = {hot}"
                " RETURNING signed \\gset hot_\n"
            )
            text = text.replace('"news" = true', '"counted" = true, "number" = :hot_signed')
        keep = inside and text.startswith("SELECT") and "FOR UPDATE" in text
        lines.append(f"{text} \\gset row_\n" if keep else f"{text};\n")
    lines.append("COMMIT;\n" if inside else "")
    script = "".join(lines)
    Path(to).write_text(script)
    return script


def _rendered(found: Recorded, sql: str, params: tuple[Any, ...], uid: str) -> str:
    connection.ensure_connection()
    text = ClientCursor(connection.connection).mogrify(sql, params) if params else sql
    row = found.row
    text = text.replace(f"'{row.uid.hex}'::uuid", uid)
    text = LOCK.sub("pg_advisory_xact_lock(:r)", text)
    for digest in (row.mailbox_digest, row.mailbox_anywhere):
        made = f"'\\x{bytes(digest or b'').hex()}'"
        text = text.replace(f"{made}::bytea", made).replace(
            made, "decode(lpad(to_hex(:r), 64, '0'), 'hex')" if ":r" in uid else made
        )
    if any(table in text for table in NAMED_APART):
        text = UUID.sub("gen_random_uuid()", text, count=1)
    return text.replace(str(row.pk), ":row_id").replace("\n", " ")


def _loop(found: Recorded, uids: Iterator[uuid.UUID], seconds: float) -> float:
    database = settings.DATABASES["default"]
    with closing(sqlite3.connect(database["NAME"], isolation_level=None, timeout=20)) as line:
        for pragma in database["OPTIONS"]["init_command"].split(";"):
            line.execute(pragma)
        done, began = 0, time.perf_counter()
        end = began + seconds
        for one in uids:
            _repeat(line, found, one)
            done += 1
            if time.perf_counter() > end:
                break
        return done / (time.perf_counter() - began)


def _repeat(line: sqlite3.Connection, found: Recorded, uid: uuid.UUID) -> None:
    row, inside = found.row, False
    swap = {
        row.uid.hex: uid.hex,
        bytes(row.mailbox_digest or b""): uid.bytes * 2,
        bytes(row.mailbox_anywhere or b""): uid.bytes * 2,
    }
    pk = row.pk
    for sql, params, atomic in found.statements:
        if atomic != inside:
            line.execute("BEGIN IMMEDIATE" if atomic else "COMMIT")
            inside = atomic
        given = [_swapped(value, swap, row.pk, pk) for value in params]
        if any(table in sql for table in NAMED_APART):
            given = [
                uuid.uuid4().hex if _is_uid(value) and value != uid.hex else value
                for value in given
            ]
        rows = line.execute(sql.replace("%s", "?"), given).fetchall()
        if sql.startswith('SELECT "signatures_signature"."id"') and rows:
            pk = rows[0][0]
    if inside:
        line.execute("COMMIT")


def _swapped(value: Any, swap: dict[Any, Any], old: int, new: int) -> Any:
    if isinstance(value, memoryview):
        value = bytes(value)
    if isinstance(value, int) and value == old and not isinstance(value, bool):
        return new
    if isinstance(value, str) and str(old) in value:
        return value.replace(str(old), str(new))
    return swap.get(value, value) if isinstance(value, (str, bytes)) else value


def _is_uid(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{32}", value) is not None
