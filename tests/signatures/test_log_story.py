"""Whatever happens in whatever order: log, counts and rows say the same."""

import random
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.utils import timezone

from campaigns.models import Letter
from campaigns.services import chronicling, publishing
from signatures import tokens
from signatures.models import Invalidation, Signature
from signatures.personal import Person
from signatures.services import (
    correcting,
    denying,
    erasing,
    invalidating,
    resigning,
    sequencing,
    showing,
    withdrawing,
)
from signatures.tokens import Purpose
from tests import make
from tests.signatures import agreeing

pytestmark = pytest.mark.django_db


class Story:
    """Two letters and what people do with them, by dice."""

    def __init__(self, seed: int) -> None:
        print(f"seed {seed}")  # though who gets which number is left to chance all the same
        self.dice = random.Random(seed)
        self.letters = [make.letter(), make.letter()]
        self.serial = 0
        self.since_log = True

    def go_on(self, steps: int) -> None:
        verbs: list[tuple[int, Callable[[], object]]] = [
            (12, self.confirm),
            (4, self.withdraw),
            (2, self.erase),
            (2, self.show),
            (2, self.correct),
            (5 if self.since_log else 0, self.resign),
            (2, self.deny),
            (3, self.strike),
            (3, self.put_back),
            (2, self.revise),
            (1, self.paper),
            (9, self.sequence),
        ]
        weights, choices = zip(*verbs, strict=True)
        for verb in self.dice.choices(choices, weights, k=steps):
            verb()

    @property
    def letter(self) -> Letter:
        pk = self.dice.choice(self.letters).pk
        return Letter.objects.select_related("revision").get(pk=pk)

    def somebody(self) -> Signature | None:
        rows = list(Signature.objects.order_by("pk"))
        return self.dice.choice(rows) if rows else None

    def confirm(self) -> None:
        make.confirmed(self.letter, public=self.dice.random() < 0.7)

    def withdraw(self) -> None:
        if one := self.somebody():
            with suppress(withdrawing.Refused):
                withdrawing.withdraw(
                    uid=one.uid, now=timezone.now(), erase=self.dice.random() < 0.4
                )

    def erase(self) -> None:
        if one := self.somebody():
            erasing.erase(uid=one.uid, now=timezone.now())

    def show(self) -> None:
        if one := self.somebody():
            with suppress(showing.Refused):
                showing.show(uid=one.uid, public=not one.public)

    def correct(self) -> None:
        if one := self.somebody():
            self.serial += 1
            with suppress(correcting.Refused):
                correcting.correct(uid=one.uid, person=Person(f"Joan {self.serial}"), country="")

    def resign(self) -> None:
        if one := self.somebody():
            number = make.revision(one.letter).number
            with suppress(resigning.Refused):
                resigning.resign(uid=one.uid, revision=number, now=timezone.now())

    def deny(self) -> None:
        if one := self.somebody():
            now = timezone.now()
            link = tokens.make(Purpose.MANAGE, one.uid, generation=one.generation, at=now)
            with suppress(denying.Gone):
                denying.deny(token=link, never=False, now=now)

    def strike(self) -> None:
        rule = Invalidation.objects.create(
            letter=self.letter,
            reason=self.dice.choice(Invalidation.Reason.values),
            public_reason="Made by a program.",
            numbers=self.dice.choices(range(1, 12), k=3),
        )
        invalidating.dry_run(invalidation=rule)
        invalidating.start(invalidation=rule, now=timezone.now())
        invalidating.run(invalidation=rule.pk, now=timezone.now())

    def put_back(self) -> None:
        rules = list(Invalidation.objects.order_by("pk"))
        if rules:
            with suppress(invalidating.Refused):
                invalidating.cancel(invalidation=self.dice.choice(rules), now=timezone.now())

    def revise(self) -> None:
        letter = self.letter
        self.serial += 1
        letter.title = f"Give the Aller its water back, {self.serial}"
        letter.save(update_fields=["title"])
        publishing.revise(letter=letter, by=letter.organiser, note="", now=timezone.now())

    def paper(self) -> None:
        digest = self.dice.randbytes(32)
        chronicling.paper(letter=self.letter, digest=digest, people=7, at=timezone.now())

    def sequence(self) -> None:
        sequencing.sequence(now=timezone.now())

    def close(self) -> None:
        for letter in self.letters:
            publishing.close(letter=letter, now=timezone.now())


def test_log_counts_and_rows_agree_whatever_happens(soak: bool) -> None:
    story = Story(random.SystemRandom().getrandbits(32))
    story.go_on(2000 if soak else 120)
    story.close()
    story.withdraw()
    agreeing.settle()
    agreeing.check()
    story.put_back()  # refused now
    story.resign()  # as is this
    story.withdraw()
    agreeing.settle()
    agreeing.check()


@pytest.mark.parametrize("closing", [False, True])
@pytest.mark.parametrize("before", [0, 40])
def test_what_was_counted_without_a_log_is_logged_later(
    before: int, closing: bool, soak: bool
) -> None:
    """By a program of before the log, or by one that still ran when the log began."""
    story = Story(random.SystemRandom().getrandbits(32))
    story.go_on(before)
    if before:
        agreeing.settle()
    forgotten = agreeing.Forgotten()
    story.since_log = False  # such a program lets nobody sign a newer text
    story.go_on(500 if soak else 50)
    if closing:
        story.close()
    forgotten.go_back()
    agreeing.settle()
    agreeing.check()
