"""Answering: what the target's office says to a letter it was handed, through its private link."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import cleaning
from campaigns.models import Letter
from signatures.models import Delivery
from signatures.services import delivering
from signatures.services.delivering import Ended, Refused
from worker import outbox

CORRECTABLE = timedelta(hours=24)  # how long an answer may be replaced by its office
LIMITS = {"received_by": 150, "answer": 10_000, "answered_by": 150}
HIDING = ["answer_hidden_at", "answer_hidden_by_staff"]


@transaction.atomic
def receive(*, uid: uuid.UUID, generation: int, by_name: str, now: datetime) -> Delivery:
    """The target's office says that it came. Saying so twice changes nothing."""
    delivery = _opened(uid, generation)
    if delivery.received_at is None:
        delivery.received_at = now
        delivery.received_by = cleaning.line(by_name, limit=LIMITS["received_by"])
        delivery.save(update_fields=["received_at", "received_by"])
        outbox.publish("delivery.received", delivery=delivery.pk)
    return delivery


@transaction.atomic
def answer(*, uid: uuid.UUID, generation: int, text: str, by_name: str, now: datetime) -> Delivery:
    """The office's answer, shown in public; within a day it may be replaced by a better one."""
    delivery = _opened(uid, generation)
    words = cleaning.paragraphs(text, limit=LIMITS["answer"])
    name = cleaning.line(by_name, limit=LIMITS["answered_by"])
    if not words or not name:
        raise Refused(_("Write your answer, and who gives it."))
    if delivery.received_at is None:
        raise Refused(_("Please say first that you have received it."))
    if (delivery.answer, delivery.answered_by) == (words, name):
        return delivery
    if not may_answer(delivery, now):
        raise Refused(_("Your answer has been public for more than a day and stays as it is."))
    delivery.answer, delivery.answered_by = words, name
    delivery.answered_at = delivery.answered_at or now
    delivery.save(update_fields=["answer", "answered_by", "answered_at"])
    outbox.publish("delivery.answered", delivery=delivery.pk)
    return delivery


def may_answer(delivery: Delivery, now: datetime) -> bool:
    """Whether the office may still write its answer, or write it anew."""
    if delivery.received_at is None:
        return False
    return delivery.answered_at is None or now - delivery.answered_at <= CORRECTABLE


@transaction.atomic
def hide_answer(*, uid: uuid.UUID, now: datetime, staff: bool = False) -> None:
    """Take the answer's words off the letter's page, which then says that there was one.

    What `staff` hide stays hidden until they show it, whoever else had hidden it before.
    """
    delivery = delivering.lock(uid)
    if delivery.answered_at is None:
        raise Refused(_("There is no answer yet."))
    delivery.answer_hidden_at = delivery.answer_hidden_at or now
    delivery.answer_hidden_by_staff = delivery.answer_hidden_by_staff or staff
    delivery.save(update_fields=HIDING)


@transaction.atomic
def show_answer(*, uid: uuid.UUID, staff: bool = False) -> None:
    delivery = delivering.lock(uid)
    if delivery.answer_hidden_by_staff and not staff:
        raise Refused(_("The people who run this site have hidden it. Only they can show it."))
    delivery.answer_hidden_at, delivery.answer_hidden_by_staff = None, False
    delivery.save(update_fields=HIDING)


def _opened(uid: uuid.UUID, generation: int) -> Delivery:
    delivery = delivering.lock(uid)
    letter = Letter.objects.get(pk=delivery.letter_id)
    ended = delivery.struck_at is not None or letter.is_taken_down
    if ended or delivery.generation != generation:
        raise Ended
    return delivery
