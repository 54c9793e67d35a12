"""Invalidating by rule: look first, start, and cancel if it was wrong. The reason is public."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.models import Letter, Organiser
from campaigns.services import publishing
from signatures import collation
from signatures.models import Invalidation, Signature
from worker import outbox

SLICE = 500
State = Signature.State


class Refused(Exception):
    """The rule is not in a state for this; the text is for staff."""


@transaction.atomic
def write(*, rule: Invalidation, by: Organiser) -> Invalidation:
    """Save a rule that hasn't started; whatever a dry run said about it counts no more."""
    if rule.pk:
        kept = Invalidation.objects.select_for_update(of=("self",)).get(pk=rule.pk)
        if kept.state != Invalidation.State.DRAFT:
            raise Refused(_("This rule was started already."))
    else:
        rule.created_by = by
    rule.matched = None
    rule.full_clean()
    rule.save()
    return rule


def matching(invalidation: Invalidation) -> QuerySet[Signature]:
    """The confirmed signatures the rule means. A rule without a condition means none.

    Who is forgotten stays counted: nobody knows any more which entry of the log is theirs.
    """
    rows = Signature.objects.filter(letter=invalidation.letter_id, state=State.CONFIRMED)
    return _meant(rows.filter(erased_at__isnull=True), invalidation)


def _meant(rows: QuerySet[Signature], invalidation: Invalidation) -> QuerySet[Signature]:
    conditions = Q()
    if invalidation.signed_from:
        conditions &= Q(confirmed_at__gte=invalidation.signed_from)
    if invalidation.signed_until:
        conditions &= Q(confirmed_at__lt=invalidation.signed_until)
    if invalidation.name_contains:
        words = collation.search_words(invalidation.name_contains)
        if not words:  # nothing but punctuation, which is in everybody's name or in nobody's
            return rows.none()
        conditions &= Q(words__contains=words)
    if invalidation.affiliation_contains:
        conditions &= Q(affiliation__icontains=invalidation.affiliation_contains)
    if invalidation.network:
        conditions &= Q(network=bytes.fromhex(invalidation.network))
    if invalidation.numbers:
        conditions &= Q(number__in=invalidation.numbers)
    return rows.filter(conditions) if conditions else rows.none()


def dry_run(*, invalidation: Invalidation) -> dict[str, int]:
    """How many signatures the rule would take out, by day. Changes only the note of it."""
    by_day = matching(invalidation).order_by("day").values("day").annotate(signatures=Count("pk"))
    found = {str(row["day"]): row["signatures"] for row in by_day}
    Invalidation.objects.filter(pk=invalidation.pk).update(matched=sum(found.values()))
    return found


@transaction.atomic
def start(*, invalidation: Invalidation, now: datetime) -> None:
    """Let the worker take them out, in slices. A dry run must have been looked at."""
    row = Invalidation.objects.select_for_update(of=("self",)).get(pk=invalidation.pk)
    if row.state != Invalidation.State.DRAFT:
        raise Refused(_("This rule was started already."))
    if row.matched is None:
        raise Refused(_("Look at a dry run first."))
    row.state, row.started_at = Invalidation.State.RUNNING, now
    row.save(update_fields=["state", "started_at"])
    outbox.publish("invalidation.started", invalidation=row.pk)


def run(*, invalidation: int, now: datetime) -> int:
    """Take out what matches, slice by slice; safe to run again after a crash."""
    total = 0
    while True:
        taken = _slice(invalidation, now)
        if taken is None:
            return total
        total += taken


@transaction.atomic
def _slice(pk: int, now: datetime) -> int | None:
    rule = Invalidation.objects.select_for_update(of=("self",)).get(pk=pk)
    if rule.state != Invalidation.State.RUNNING:
        return None
    rows = list(matching(rule).select_for_update(of=("self",)).values_list("pk", flat=True)[:SLICE])
    Signature.objects.filter(pk__in=rows, state=State.CONFIRMED).update(
        state=State.INVALIDATED, cancelled_at=now, invalidation=rule, news=True
    )
    rule.done += len(rows)
    if not rows:
        rule.state, rule.ended_at = Invalidation.State.DONE, now
    rule.save(update_fields=["state", "done", "ended_at"])
    return len(rows) or None


@transaction.atomic
def cancel(*, invalidation: Invalidation, now: datetime) -> int:
    """Put back what this rule alone took out; each gets a new number, as new entries do.

    Not after the letter was closed: nothing is signed after that, in the log neither.
    """
    rules = Invalidation.objects.filter(letter=invalidation.letter_id).order_by("pk")
    found = {row.pk: row for row in rules.select_for_update(of=("self",))}
    rule = found.pop(invalidation.pk)
    if rule.state == Invalidation.State.CANCELLED:
        return 0
    if _is_of_owners(rule):
        raise Refused(_("The owners of these addresses say that they never signed."))
    rule.state, rule.ended_at = Invalidation.State.CANCELLED, now
    rule.save(update_fields=["state", "ended_at"])
    rows = Signature.objects.filter(invalidation=rule, state=State.INVALIDATED)
    for other in found.values():
        _hand_over(rows, other)
    if not publishing.keep_open(letter=invalidation.letter_id) and rows.exists():
        raise Refused(_("The letter is closed: what was taken out stays out."))
    return rows.update(state=State.CONFIRMED, cancelled_at=None, invalidation=None, news=True)


@transaction.atomic
def take_out_denied(*, signature: Signature, now: datetime) -> None:
    """The address's owner says they never signed: one by one, under one rule for the letter.

    Staff can't cancel that rule, and one of theirs that took the signature out before no longer
    has it to put back. The caller has locked the row, and forgets the person.
    """
    was, before = signature.state, signature.invalidation_id
    if was == State.CONFIRMED:
        signature.state, signature.cancelled_at, signature.news = State.INVALIDATED, now, True
    if signature.number is not None:  # else it never counted, and nothing of it is left
        rule = _rule_of_owners(signature.letter, now)
        signature.invalidation = rule
        Invalidation.objects.filter(pk=rule.pk).update(done=F("done") + 1)
        if was == State.INVALIDATED and before is not None:
            Invalidation.objects.filter(pk=before, done__gt=0).update(done=F("done") - 1)
    signature.save(update_fields=["state", "cancelled_at", "news", "invalidation"])


def _rule_of_owners(letter: Letter, now: datetime) -> Invalidation:
    """It means nobody by itself, so no run of it takes out anybody."""
    rules = Invalidation.objects.select_for_update(of=("self",)).order_by("pk")
    reason, done = Invalidation.Reason.DENIED, Invalidation.State.DONE
    for rule in rules.filter(letter=letter, reason=reason, state=done):
        if _is_of_owners(rule):
            return rule
    with translation.override(letter.language):
        told = _("The owner of the address says that they did not sign.")
    return Invalidation.objects.create(
        letter=letter,
        reason=reason,
        public_reason=told,
        state=done,
        matched=0,
        started_at=now,
        ended_at=now,
    )


def _is_of_owners(rule: Invalidation) -> bool:
    """A rule of staff has somebody who wrote it, and a condition if it ever took out anybody."""
    conditions = (
        *(rule.signed_from, rule.signed_until, rule.name_contains, rule.affiliation_contains),
        *(rule.network, rule.numbers),
    )
    written = rule.created_by_id is not None
    return rule.reason == Invalidation.Reason.DENIED and not written and not any(conditions)


def _hand_over(rows: QuerySet[Signature], other: Invalidation) -> None:
    """What another rule means too, and only found taken out already, stays out by that one."""
    if other.state == Invalidation.State.DONE:
        rows = rows.filter(cancelled_at__lte=other.ended_at)
    elif other.state != Invalidation.State.RUNNING:
        return
    kept = _meant(rows, other).update(invalidation=other)
    Invalidation.objects.filter(pk=other.pk).update(done=F("done") + kept)
