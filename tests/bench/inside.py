"""Runs with an installation's own settings: one JSON line in, one out, until the input ends.

["pending", {"count": 1000}]
"""

import json
import os
import random
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402 - settings come first
from django.utils import timezone  # noqa: E402

from campaigns.models import Letter  # noqa: E402
from signatures import listing, mailbox, personal, tokens, world_names  # noqa: E402
from signatures.models import Signature  # noqa: E402
from signatures.notices import notice_for  # noqa: E402
from signatures.personal import Person  # noqa: E402
from signatures.services import seeding  # noqa: E402
from tests import make  # noqa: E402
from tests.bench import appending_inside, naive_mail, printing_inside, recording, tables_inside  # noqa: E402
from worker.models import OutboxMessage  # noqa: E402
from worker.nudging import nudge  # noqa: E402

SLICE = 2_000


def letter(*, slug: str) -> dict[str, Any]:
    """An open letter of ordinary length."""
    body = "Dear Minister,\n\n" + "\n\n".join(
        f"{number}. Forty years ago children learned to swim below the weir. This summer the river "
        "was eleven centimetres deep, and the gauge has been dry since July. We ask you to give "
        "it its water back, and to say by when."
        for number in range(1, 9)
    )
    made = make.letter(by=make.organiser(f"{slug}@example.org"), slug=slug, body=body)
    return {"pk": made.pk, "path": made.get_absolute_url()}


def sign_forms(*, slug: str, count: int, to: str, mark: str) -> int:
    """Forms as the letter's page would send them, one a line: path, tab, body."""
    found = _letter(slug)
    assert found.revision is not None
    token = tokens.make_form(found.uid, found.revision.number, at=timezone.now())
    fixed = urlencode(
        {
            "name": "Ada Example",
            "affiliation": "University of Kesten",
            "place": "Kesten",
            "comment": "Because it matters.",
            "public": "on",
            "language": "en",
            "token": token,
        }
    )
    path = f"{found.get_absolute_url()}sign/"
    with Path(to).open("w") as file:
        file.writelines(
            f"{path}\t{fixed}&email={mark}-{number}%40example.org\n" for number in range(count)
        )
    return count


def pending(*, slug: str, count: int, first: int = 1) -> list[int]:
    """Signatures that wait for their button; the uid of each is its serial number."""
    found = _letter(slug)
    notice = notice_for(found, "en")
    now = timezone.now()
    recording.count_from(recording.FIRST_ID)
    for start in range(first, first + count, SLICE):
        rows = []
        for serial in range(start, min(start + SLICE, first + count)):
            box = mailbox.parse(f"waiting-{serial}@example.org")
            row = Signature(
                uid=uuid.UUID(int=serial),
                letter=found,
                revision=found.revision,
                mailbox_digest=mailbox.digest(box, letter=found.uid.bytes),
                mailbox_anywhere=mailbox.installation_digest(box),
                language="en",
                notice=notice,
                consented_at=now,
                asked_at=now,
                mails=1,
                mails_recent=1,
                mails_since=now,
            )
            personal.store(row, Person(name="Ada Example", place="Kesten"), public=True)
            personal.store_address(row, box.address)
            rows.append(row)
        Signature.objects.bulk_create(rows)
    _settle()
    return [first, first + count]


def confirm_forms(*, slug: str, first: int, count: int, to: str) -> int:
    """The buttons of the mails of `pending`, one a line."""
    found = _letter(slug)
    assert found.revision is not None
    now = timezone.now()
    body = urlencode({"press": "confirm", "revision": found.revision.number})
    with Path(to).open("w") as file:
        for serial in range(first, first + count):
            uid = uuid.UUID(int=serial)
            token = tokens.make(tokens.Purpose.CONFIRM, uid, generation=0, at=now)
            file.write(f"/confirm/{token}/\t{body}\n")
    return count


def confirm_steadily(*, first: int, rate: int, seconds: float) -> list[float]:
    """Press so many buttons a second, each in a transaction of its own: when each was committed."""
    uid = Signature._meta.get_field("uid")
    began, committed = time.monotonic(), []
    with connection.cursor() as cursor:  # in SQL: putting the statement together costs a core
        for step in range(round(rate * seconds)):
            time.sleep(max(0.0, began + step / rate - time.monotonic()))
            now = timezone.now()
            cursor.execute(
                "UPDATE signatures_signature SET state = 'confirmed', confirmed_at = %s, day = %s, "
                "news = %s WHERE uid = %s AND state = 'pending'",
                [
                    now,
                    now.date(),
                    True,
                    uid.get_db_prep_value(uuid.UUID(int=first + step), connection),
                ],
            )
            committed.append(time.monotonic())
    return committed


def counts(*, slug: str) -> dict[str, int]:
    rows = Signature.objects.filter(letter__slug=slug)
    return {
        "rows": rows.count(),
        "confirmed": rows.filter(state="confirmed").count(),
        "counted": rows.filter(counted=True).count(),
        "count": Letter.objects.for_page().get(slug=slug).tally.count,
        "outbox": OutboxMessage.objects.count(),
    }


def seed(*, slug: str, count: int, seed: int) -> float:
    """Seconds it took."""
    began = time.perf_counter()
    seeding.seed(letter=_letter(slug), signatures=count, seed=seed, now=timezone.now())
    return time.perf_counter() - began


def settle() -> None:
    _settle()


def deep(*, slug: str, order: str, below: int) -> str:
    """The cursor of the page that begins `below` rows down."""
    rows = Signature.objects.shown().filter(letter__slug=slug, pinned__isnull=True)
    keys = ("-day", "name_key", "uid") if order == "day" else ("name_key", "uid")
    return listing.Place.of(rows.order_by(*keys)[below]).cursor


def mails(*, count: int) -> int:
    """So many mails to send, written as signing writes them, and a nudge."""
    pks = list(Signature.objects.filter(state="pending").values_list("pk", flat=True)[:count])
    now = timezone.now()
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            topic="signature.asked",
            queue="mail",
            ids={"signature": pk, "mail": 1},
            due_at=now,
            created_at=now,
        )
        for pk in pks
    )
    nudge("mail")
    return len(pks)


def naive_mails(*, count: int) -> int:
    """The same mails, a task each."""
    pks = list(Signature.objects.filter(state="pending").values_list("pk", flat=True)[:count])
    for pk in pks:
        naive_mail.send.apply_async(args=[pk], queue="naive")
    return len(pks)


def people(*, count: int, to: str) -> int:
    """Names from the whole world in a file of JSON lines: name, affiliation, place."""
    chance = random.Random(7)
    with Path(to).open("w", encoding="utf8") as file:
        for _ in range(count):
            person = world_names.somebody(chance)[:3]
            file.write(json.dumps(person, ensure_ascii=False) + "\n")
    return count


def _letter(slug: str) -> Letter:
    return Letter.objects.for_page().get(slug=slug)


def _settle() -> None:
    """What a database does at night, so that it doesn't do it in the middle of a round."""
    assert not transaction.get_connection().in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("CHECKPOINT")


TASKS: dict[str, Callable[..., Any]] = {
    task.__name__: task
    for task in (
        letter,
        sign_forms,
        pending,
        confirm_forms,
        confirm_steadily,
        counts,
        seed,
        settle,
        deep,
        mails,
        naive_mails,
        people,
        recording.sign_script,
        recording.confirm_script,
        recording.reset_pending,
        recording.sign_loop,
        recording.confirm_loop,
        printing_inside.ours,
        printing_inside.largest_child,
        tables_inside.warm,
        tables_inside.peak,
        tables_inside.export,
        tables_inside.plain_csv,
        tables_inside.naive_csv,
        tables_inside.naive_xlsx,
        tables_inside.lean_xlsx,
        appending_inside.append,
        appending_inside.append_plainly,
        appending_inside.room,
    )
}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints goes to the log, not between the answers
    for line in sys.stdin:
        task, given = json.loads(line)
        answers.write(json.dumps(TASKS[task](**given)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
