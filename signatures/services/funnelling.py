"""How far people come between the form and the button, in numbers."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, F, Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import Letter
from signatures import tokens
from signatures.log.leaf import Kind, Method
from signatures.models import Breakdown, Funnel, Signature
from signatures.tokens import Purpose

MailState = Signature.MailState
BY_MAIL = (Method.LINK, Method.CODE)
STEPS = ("asked", "mailed", "opened", "refused", "no_host", "bounced", "denied")


LABELS: tuple[str | Promise, ...] = (
    _("Sent the form, or were invited"),
    _("A mail server took our mail"),
    _("Opened its page, or used the code"),
    _("Confirmed"),
)


@dataclass(frozen=True)
class Passage:
    """How many asked to sign, and how far they came. Each of the first four is part of the one
    before; the last four say why somebody came no further."""

    asked: int
    mailed: int
    opened: int
    confirmed: int
    refused: int
    no_host: int
    bounced: int
    denied: int
    waiting: int

    @property
    def steps(self) -> list["Step"]:
        counts = (self.asked, self.mailed, self.opened, self.confirmed)
        return [
            Step(label, count, round(100 * count / max(1, self.asked), 2))
            for label, count in zip(LABELS, counts, strict=True)
        ]


@dataclass(frozen=True)
class Step:
    """How many came so far, and their share of all who asked in percent."""

    label: str | Promise
    count: int
    share: float


def seen(*, token: str, now: datetime) -> None:
    """Somebody touched the page of a mail's link. Twice changes nothing, nor does a bad link."""
    age = timedelta(hours=settings.VERIFICATION_HOURS)
    with suppress(tokens.BadToken):
        claim = tokens.read(token, Purpose.CONFIRM, max_age=age, now=now)
        rows = Signature.objects.filter(uid=claim.uid, generation=claim.generation)
        waiting = rows.filter(Q(opened=None) | Q(opened=False), state=Signature.State.PENDING)
        waiting.update(opened=True)


def leave(rows: Iterable[Signature], *, denied: bool = False) -> None:
    """Remember of pending rows how far they came, in the transaction in which they are deleted."""
    gone: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STEPS, 0))
    for row in rows:
        for step in _steps(row, denied=denied):
            gone[row.letter_id][step] += 1
    for letter, steps in sorted(gone.items()):  # in one order: two at once can't block each other
        Funnel.objects.bulk_create([Funnel(letter_id=letter)], ignore_conflicts=True)
        added = {step: F(step) + count for step, count in steps.items() if count}
        Funnel.objects.filter(letter=letter).update(**added)


def _steps(row: Signature, *, denied: bool) -> Iterable[str]:
    yield "asked"
    if row.mailed_at is not None:
        yield "mailed"
    if row.opened:
        yield "opened"
    for state, step in _ENDED.items():
        if row.mail_state == state:
            yield step
    if denied:
        yield "denied"


_ENDED = {
    MailState.REFUSED: "refused",
    MailState.NO_HOST: "no_host",
    MailState.BOUNCED: "bounced",
}


def could_tell(letter: Letter) -> bool:
    """Whether these numbers would betray signers whom their organiser must not know, or not yet:
    who types an address that has signed sees nothing move, and with another one one more waits."""
    guarded = letter.sensitive or letter.anonymous_hours is not None
    return guarded and letter.state != Letter.State.CLOSED


def funnel_of(letter: Letter) -> Passage:
    """Four bounded queries: who is gone, who waits, who confirmed by mail, and who of them did so
    again for a newer text: one person under several numbers."""
    gone = dict(Funnel.objects.filter(letter=letter).values(*STEPS).first() or {})
    waiting = Signature.objects.waiting_of(letter.pk).aggregate(**_WAITING)
    signed = Breakdown.objects.filter(letter=letter, kind=Kind.SIGNED, detail__in=BY_MAIL)
    numbers = signed.aggregate(people=Sum("people"))["people"] or 0
    anew = Signature.objects.filter(letter=letter, method__in=BY_MAIL, renewed__gt=0)
    confirmed = numbers - (anew.aggregate(before=Sum("renewed"))["before"] or 0)
    counts = {step: gone.get(step, 0) + waiting.get(step, 0) for step in STEPS}
    for step in ("asked", "mailed", "opened"):
        counts[step] += confirmed
    return Passage(confirmed=confirmed, waiting=waiting["asked"], **counts)


_WAITING = {
    "asked": Count("pk"),
    "mailed": Count("pk", filter=Q(mailed_at__isnull=False)),
    "opened": Count("pk", filter=Q(opened=True)),
    **{name: Count("pk", filter=Q(mail_state=state)) for state, name in _ENDED.items()},
}
