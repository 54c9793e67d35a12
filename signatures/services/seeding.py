"""Seeding: made-up confirmed signatures, numbered and counted by the sequencer like real ones."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from campaigns.models import Letter
from signatures import mailbox, personal, world_names
from signatures.mailbox import Mailbox
from signatures.models import Notice, Signature
from signatures.notices import notice_for
from signatures.personal import Person
from signatures.proof import letterkeys, openings
from signatures.proof.letterkeys import LetterKey
from signatures.services import sequencing

SLICE = 1_000
SPREAD = timedelta(days=30)  # a letter published just now gets a past, so that its curve shows
WITHHELD = 0.17


def seed(
    *,
    letter: Letter,
    signatures: int,
    seed: int,
    now: datetime,
    progress: Callable[[int], None] = lambda _done: None,
) -> None:
    """Add `signatures` made-up people to a published letter, growing like a real one."""
    chance = random.Random(f"{seed}/{letter.slug}")  # noqa: S311 - made-up people, no secrets
    notice = notice_for(letter, letter.language)
    start = letter.tally.signed
    key = letterkeys.of(letter.uid)
    times = _times(signatures, chance, now)
    for first in range(0, signatures, SLICE):
        rows = [
            _row(letter, notice, f"{seed}-{start + first + offset}", moment, chance, key)
            for offset, moment in enumerate(times[first : first + SLICE])
        ]
        with transaction.atomic():
            _insert(rows)
        while sequencing.sequence(now=now, shuffle=False):
            pass
        progress(first + len(rows))


def _insert(rows: list[Signature]) -> None:
    """bulk_create spends longer on writing its statement of forty thousand values than on all of
    this."""
    database = transaction.get_connection()  # the proxy would look it up for each value
    fields = [field for field in Signature._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 - Django's documented name
    quoted = database.ops.quote_name
    table = quoted(Signature._meta.db_table)  # noqa: SLF001 - as above
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    values = (
        [field.get_db_prep_save(field.pre_save(row, add=True), database) for field in fields]
        for row in rows
    )
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(fields))
            sql = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 - names of ours
            cursor.executemany(sql, list(values))


def _times(count: int, chance: random.Random, now: datetime) -> list[datetime]:
    """Confirmations as they come: a first wave, quieter days, a second wave."""
    since = now - SPREAD
    shares = sorted(
        min(1.0, chance.betavariate(1.3, 3) * 0.6)
        if chance.random() < 0.6
        else 0.55 + 0.45 * chance.betavariate(2, 2)
        for _ in range(count)
    )
    return [since + SPREAD * share for share in shares]


def _row(
    letter: Letter,
    notice: Notice,
    serial: str,
    moment: datetime,
    chance: random.Random,
    key: LetterKey,
) -> Signature:
    name, affiliation, place, language = world_names.somebody(chance)
    address = f"seed-{serial}@example.org"
    box = Mailbox(address=address, canonical=address)
    signature = Signature(
        letter=letter,
        revision=letter.revision,
        state=Signature.State.CONFIRMED,
        method=Signature.Method.SYNTHETIC,
        mailbox_digest=mailbox.digest(box, letter=letter.uid.bytes),
        mailbox_anywhere=mailbox.installation_digest(box),
        language=language,
        notice=notice,
        consented_at=moment,
        asked_at=moment,
        mails_since=moment,
        confirmed_at=moment,
        day=moment.date(),
        news=True,
    )
    group = chance.choice(letter.groups) if letter.groups else ""
    person = Person(name=name, affiliation=affiliation, place=place, group=group)
    shown = chance.random() >= WITHHELD and letter.anonymous_hours is None
    personal.store(signature, person, public=shown)
    personal.store_address(signature, address)
    openings.commit(signature, key=key, box=box)
    return signature
