"""Whose mailbox is to be left alone is left alone."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Letter
from signatures.mailbox import installation_digest, parse
from signatures.models import Erasure, Signature, Suppressed
from signatures.services import denying, mailing, suppressing
from tests import make, supporter

pytestmark = pytest.mark.django_db

JOAN = "joan@example.org"


def joan() -> bytes:
    return installation_digest(parse(JOAN))


def leave_alone(letter: Letter | None) -> None:
    suppressing.suppress(letter=letter, digest=joan(), now=timezone.now())


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_suppressed_mailbox_gets_no_mail_of_that_letter(everywhere: bool) -> None:
    letter, other = make.letter(), make.letter()
    leave_alone(None if everywhere else letter)
    supporter.sign(letter, email=JOAN)
    supporter.sign(letter, email="Joan+water@example.org")  # another spelling of the same
    assert supporter.new_mails() == []
    supporter.sign(other, email=JOAN)
    assert len(supporter.new_mails()) == (0 if everywhere else 1)


def test_suppressing_twice_writes_once_and_into_the_journal_once() -> None:
    letter = make.letter()
    for meant in (letter, None, letter, None):
        leave_alone(meant)
    assert Suppressed.objects.count() == 2
    noted = {(row.kind, row.letter) for row in Erasure.objects.all()}
    assert noted == {("suppressed", letter.uid), ("suppressed", None)}
    assert Erasure.objects.count() == 2


def test_the_owner_may_take_it_back() -> None:
    letter = make.letter()
    leave_alone(letter)
    leave_alone(None)
    suppressing.allow(letter=letter, digest=joan())
    assert suppressing.is_suppressed(letter.pk, joan())  # by the other
    suppressing.allow(letter=None, digest=joan())
    assert not suppressing.is_suppressed(letter.pk, joan())
    assert not Erasure.objects.exists()


def test_only_never_write_to_me_stops_mails_about_several_letters() -> None:
    leave_alone(make.letter())
    assert not suppressing.is_suppressed(None, joan())
    leave_alone(None)
    assert suppressing.is_suppressed(None, joan())
    assert not suppressing.is_suppressed(None, None)  # of whom nothing is known any more


def test_t06_one_s_own_page_may_still_be_asked_for_and_after_never_once_a_day() -> None:
    letter = make.letter()
    signature = make.counted(letter, email=JOAN)
    supporter.new_mails()
    leave_alone(letter)
    mailing.mail_manage_link(uid=signature.uid, now=timezone.now())
    assert len(supporter.new_mails()) == 1
    assert mailing.mail_receipt(uid=signature.uid, now=timezone.now())
    leave_alone(None)
    supporter.new_mails()
    tomorrow = timezone.now() + mailing.DAY
    assert not mailing.mail_receipt(uid=signature.uid, now=tomorrow)
    for _time in range(3):
        mailing.mail_manage_link(uid=signature.uid, now=tomorrow)
    assert len(supporter.new_mails()) == 1


def test_never_said_with_one_letter_s_forwarded_mail_keeps_nobody_from_another() -> None:
    signed = make.counted(make.letter(), email=JOAN)
    typed = make.pending(make.letter(), email=JOAN)
    denying.deny(token=make.token(typed), never=True, now=timezone.now())
    supporter.new_mails()
    mailing.mail_manage_link(uid=signed.uid, now=timezone.now())
    [mail] = supporter.new_mails()
    page = supporter.link(mail)
    answer = supporter.browser().post(f"{page}withdraw/", {"press": "withdraw"})
    assert answer.status_code == 303
    signed.refresh_from_db()
    assert signed.state == Signature.State.WITHDRAWN


def test_t08_a_suppressed_mailbox_is_not_told_from_another() -> None:
    letter = make.letter()
    leave_alone(letter)
    supporter.sign(letter, email="first@example.org")  # the notice is written once
    answers = []
    for email in (JOAN, "jean@example.org"):
        with CaptureQueriesContext(connection) as seen:
            answer = supporter.sign(letter, email=email)
        answers.append((answer.status_code, len(answer["Location"]), _shape(seen)))
    assert answers[0] == answers[1]
    assert len(answers[0][2]) > 5
    assert Signature.objects.count() == 3


def _shape(seen: Any) -> list[str]:
    """What kind of statement to which table, without what differs by chance."""
    ends = re.compile(r" (VALUES|WHERE|SET) |_lock\(")
    told = [ends.split(query["sql"])[0] for query in seen]
    return [one for one in told if "SAVEPOINT" not in one]
