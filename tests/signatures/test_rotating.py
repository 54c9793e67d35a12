"""T76: keys rotate while people sign, confirm and withdraw: nobody notices, nothing is lost."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from campaigns.models import Letter
from campaigns.services import resealing
from signatures import emails, mailbox, personal
from signatures.models import Signature
from signatures.services import erasing, sequencing, withdrawing
from tests import make, supporter

OLD, NEW = {1: b"o" * 32}, {2: b"n" * 32}
BEFORE, SIGNERS = 20, 3
State = Signature.State


def address(n: int) -> str:
    return f"signer{n}@example.org"


class Signers(threading.Thread):
    """One after the other signs; most confirm, some of those withdraw, hide or erase themselves."""

    def __init__(self, letter: Letter, numbers: list[int]) -> None:
        super().__init__()
        self.letter, self.numbers, self.wrong = letter, numbers, list[BaseException]()

    def run(self) -> None:
        try:
            for n in self.numbers:
                self._live(n)
        except BaseException as error:  # noqa: BLE001 - it is what the test looks at
            self.wrong.append(error)
        finally:
            connections.close_all()

    def _live(self, n: int) -> None:
        public = "on" if n % 2 else "off"
        browser = supporter.browser(REMOTE_ADDR=f"198.51.100.{n}")
        fields: dict[str, Any] = {"name": f"Signer {n}", "email": address(n), "public": public}
        assert supporter.sign(self.letter, client=browser, **fields).status_code == 303
        row = _row(self.letter, n)
        if n % 5 == 0:
            return
        path = supporter.link(emails.confirm(row, now=timezone.now()))
        assert supporter.press(path, client=browser).status_code == 303
        if n % 5 == 1:
            withdrawing.withdraw(uid=row.uid, now=timezone.now())
        elif n % 5 == 2:
            erasing.erase(uid=row.uid, now=timezone.now())


def _row(letter: Letter, n: int) -> Signature:
    digest = mailbox.digest(mailbox.parse(address(n)), letter=letter.uid.bytes)
    rows = Signature.objects.select_related("letter", "revision")
    return rows.get(letter=letter, mailbox_digest=digest)


def _rotate_until(over: threading.Event, rounds: list[int]) -> None:
    while not over.is_set():
        rounds.append(sum(step.done for step in resealing.reseal()))
        sequencing.sequence(now=timezone.now())
    connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_t76_keys_rotate_under_load_and_nothing_is_lost(settings: Any, tmp_path: Path) -> None:
    settings.FIELD_KEYS, settings.LETTER_KEYS_DIR = OLD, tmp_path / "letterkeys"
    letter = make.letter()
    for n in range(BEFORE):
        make.pending(letter, name=f"Signer {n}", email=address(n), public=bool(n % 2))
    settings.FIELD_KEYS = NEW | OLD
    numbers = list(range(BEFORE + 10))  # some sign anew what is being sealed again
    signers = [Signers(letter, numbers[start::SIGNERS]) for start in range(SIGNERS)]
    over, rounds = threading.Event(), list[int]()
    for signer in signers:
        signer.start()
    rotating = threading.Thread(target=_rotate_until, args=(over, rounds))
    rotating.start()
    for signer in signers:
        signer.join()
    over.set()
    rotating.join()
    assert [signer.wrong for signer in signers] == [[]] * SIGNERS
    assert sum(rounds) > 0
    list(resealing.reseal())
    assert set(resealing.by_key()) == {2}
    settings.FIELD_KEYS = NEW
    _everybody_is_who_they_were(letter, numbers)


def _everybody_is_who_they_were(letter: Letter, numbers: list[int]) -> None:
    rows = list(Signature.objects.filter(letter=letter))
    kept = [row for row in rows if row.erased_at is None]
    people = {personal.address_of(row): personal.person_of(row).name for row in kept}
    lives = [n for n in numbers if n % 5 != 2]
    assert people == {address(n): f"Signer {n}" for n in lives}
    erased = [row for row in rows if row.erased_at is not None]
    assert {(row.email_sealed, row.withheld_sealed) for row in erased} <= {(None, None)}
    states = {n % 5: State.CONFIRMED for n in (3, 4)} | {0: State.PENDING, 1: State.WITHDRAWN}
    for row in kept:
        n = int(personal.address_of(row).removeprefix("signer").partition("@")[0])
        assert row.state == states[n % 5], n
