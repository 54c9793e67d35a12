"""Organisers write to those who asked for news, and to nobody else."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from email import policy
from email.parser import BytesParser
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Letter
from signatures import mailbox, personal, updateemails
from signatures.models import Signature, Update
from signatures.services import erasing, suppressing, updating, withdrawing
from signatures.services.updating import Words
from tests import make, supporter
from tests.signatures import handing
from worker import outbox
from worker.models import OutboxMessage
from worker.relay import relay

pytestmark = pytest.mark.django_db
State = Update.State
WORDS = Words("The minister has answered", "**At last.**\n\nRead [it](https://example.org/a).\n")


@pytest.fixture(autouse=True)
def _no_limits_of_yesterday() -> Iterator[None]:
    mail.outbox.clear()
    yield
    mail.outbox.clear()


def draft(letter: Letter, words: Words = WORDS) -> Update:
    return updating.write(letter=letter, by=letter.organiser, words=words, now=timezone.now())


def sent_off(letter: Letter, words: Words = WORDS) -> Update:
    return updating.send(uid=draft(letter, words).uid, now=timezone.now())


def work(*, queue: str = "export") -> list[EmailMessage]:
    """Let the worker do all that is due, and take the mails."""
    relay.run(queue)
    found = list(mail.outbox)
    mail.outbox.clear()
    return found


def reached(mails: list[EmailMessage]) -> list[str]:
    return sorted(address for one in mails for address in one.to)


def fresh(update: Update) -> Update:
    return Update.objects.get(pk=update.pk)


def later() -> None:
    """As if every wait were over."""
    OutboxMessage.objects.filter(due_at__isnull=False).update(due_at=timezone.now())


def crowd(letter: Letter, size: int) -> list[Signature]:
    """So many people who want news, made in two statements."""
    one = make.counted(letter, updates=True)
    people: list[Signature] = []
    for number in range(2, size + 1):
        copy = Signature.objects.get(pk=one.pk) if number == 2 else _again(people[-1])
        copy.pk, copy.uid = None, Signature._meta.get_field("uid").get_default()
        address = f"person{number}@example.org"
        box = mailbox.parse(address)
        copy.mailbox_digest = mailbox.digest(box, letter=letter.uid.bytes)
        copy.mailbox_anywhere = mailbox.installation_digest(box)
        copy.number, copy.log_index, copy.seed_sealed = number, None, None
        personal.store_address(copy, address)
        people.append(copy)
    return [one, *Signature.objects.bulk_create(people)]


def _again(signature: Signature) -> Signature:
    fields = {field.attname: getattr(signature, field.attname) for field in Signature._meta.fields}
    return Signature(**fields)


# --- Whom it reaches --------------------------------------------------------------------------
def test_it_reaches_those_who_asked_for_news_and_nobody_else() -> None:
    letter, other = make.letter(), make.letter()
    make.counted(letter, updates=True, email="joan@example.org")
    make.counted(letter, updates=False, email="ann@example.org")
    make.pending(letter, updates=True, email="pending@example.org")
    make.confirmed(letter, updates=True, email="uncounted@example.org")
    make.counted(other, updates=True, email="other@example.org")
    update = sent_off(letter)
    assert update.total == 2  # whoever waited for a number was counted beside `other`
    assert reached(work()) == ["joan@example.org", "uncounted@example.org"]


@pytest.mark.parametrize(
    "change",
    [
        lambda one: withdrawing.withdraw(uid=one.uid, now=timezone.now()),
        lambda one: erasing.erase(uid=one.uid, now=timezone.now()),
        lambda one: Signature.objects.filter(pk=one.pk).update(updates=False),
        lambda one: Signature.objects.filter(pk=one.pk).update(email_sealed=None),
        lambda one: Signature.objects.filter(pk=one.pk).update(state="invalidated"),
        lambda one: suppressing.suppress(
            letter=one.letter, digest=bytes(one.mailbox_anywhere), now=timezone.now()
        ),
        lambda one: suppressing.suppress(
            letter=None, digest=bytes(one.mailbox_anywhere), now=timezone.now()
        ),
        lambda one: Letter.objects.filter(pk=one.letter_id).update(taken_down_at=timezone.now()),
    ],
    ids=[
        "withdrawn",
        "erased",
        "stopped",
        "swept",
        "invalidated",
        "not-me",
        "never-again",
        "taken-down",
    ],
)
def test_whoever_changes_before_it_is_written_or_before_it_leaves_gets_nothing(change: Any) -> None:
    for step in ("before it is written", "before it leaves"):
        letter = make.letter()
        make.counted(letter, updates=True, email="stays@example.org")
        one = make.counted(letter, updates=True, email="joan@example.org")
        update = sent_off(letter)
        if step == "before it leaves":
            assert relay.step("export") == 1  # its mail is written, not sent
        change(one)
        assert "joan@example.org" not in reached(work()), step
        later()
        work()
        assert fresh(update).state != State.SENDING


def test_who_signs_after_it_was_sent_off_gets_the_next_one() -> None:
    letter = make.letter()
    make.counted(letter, updates=True, email="joan@example.org")
    sent_off(letter)
    make.counted(letter, updates=True, email="late@example.org")
    assert reached(work()) == ["joan@example.org"]


def test_with_nobody_to_reach_nothing_is_sent() -> None:
    letter = make.letter()
    one = draft(letter)
    with pytest.raises(updating.Refused, match=r"Nobody has asked"):
        updating.send(uid=one.uid, now=timezone.now())
    assert fresh(one).state == State.DRAFT


# --- The mail ---------------------------------------------------------------------------------
def one_mail(**fields: Any) -> tuple[Signature, EmailMultiAlternatives]:
    fields.setdefault("email", "joan@example.org")
    letter = make.letter(**fields.pop("letter", {}))
    signature = make.counted(letter, updates=True, **fields)
    sent_off(letter)
    [found] = work()
    assert isinstance(found, EmailMultiAlternatives)
    return signature, found


def test_the_mail_says_who_writes_why_and_how_to_stop_it() -> None:
    signature, found = one_mail(name="Joan Baker")
    assert found.subject == "The minister has answered"
    assert found.from_email.startswith("Friends of the Aller via ")
    html = str(found.alternatives[0][0])
    assert "<strong>At last.</strong>" in html
    assert "At last." in found.body
    for part in (found.body, html):
        for said in ("Joan Baker", "Give the Aller its water back", "Friends of the Aller"):
            assert said in part
        assert "You get this because you signed" in part
        assert len(re.findall(r"/mine/[\w-]{60}/", part)) == 1
        assert len(re.findall(r"/unsubscribe/[\w-]{60}/", part)) == 1
    assert "<img" not in html
    assert "<style" not in html
    assert signature.uid.hex not in html


def test_the_headers_let_a_mail_program_unsubscribe_with_one_press() -> None:
    signature, found = one_mail()
    headers = BytesParser(policy=policy.SMTP).parsebytes(found.message().as_bytes())
    offered = headers["List-Unsubscribe"].strip()
    link = re.fullmatch(r"<(https?://\S+/unsubscribe/[\w-]{60}/)>", offered)
    assert link
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[0-9a-f]{32}\.[\w.-]+>", headers["List-Id"])
    for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id"):
        assert len(headers.get_all(name)) == 1
    name, _equals, value = headers["List-Unsubscribe-Post"].partition("=")
    answer = Client().post("/" + link[1].split("/", 3)[3], {name: value})
    assert answer.status_code == 200
    signature.refresh_from_db()
    assert not signature.updates


def test_the_headers_are_the_same_however_often_the_mail_is_made() -> None:
    letter = make.letter()
    signature = make.counted(letter, updates=True)
    update = sent_off(letter)
    now = timezone.now()
    made = [
        updateemails.update(updating.going(update.pk) or update, signature, now=now)
        for _ in range(2)
    ]
    assert made[0].extra_headers == made[1].extra_headers
    assert made[0].from_email == made[1].from_email


def test_no_other_mail_of_ours_offers_to_unsubscribe() -> None:
    letter = make.letter()
    supporter.sign(letter)
    [confirm] = supporter.new_mails()
    assert not [name for name in confirm.extra_headers if name.startswith("List-")]


def test_a_sender_that_looks_like_an_address_is_not_put_beside_ours() -> None:
    _signature, found = one_mail(letter={"sender": "service@bank.example"})
    assert "bank" not in found.from_email
    assert "Tell ministry.example" not in updateemails.sender("Tell ministry.example")


@pytest.mark.parametrize(
    "name", ["Für die Aller", "Fischer, Schwimmer & Co.", 'The "Aller" \\ group', "أصدقاء النهر"]
)
def test_any_other_sender_is_named_as_they_write_themselves(name: str) -> None:
    _signature, found = one_mail(letter={"sender": name})
    headers = BytesParser(policy=policy.SMTP).parsebytes(found.message().as_bytes())
    [address] = headers["From"].addresses
    assert address.display_name == f"{name} via Groundswell"
    assert address.addr_spec == "letters@localhost"


def test_what_an_organiser_types_becomes_no_markup_and_no_header() -> None:
    letter = make.letter()
    make.counted(letter, updates=True)
    sent_off(letter, Words("News", "<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1))\n"))
    [found] = work()
    assert isinstance(found, EmailMultiAlternatives)
    html = str(found.alternatives[0][0])
    assert "<img" not in html
    assert 'href="javascript' not in html


# --- Sending ----------------------------------------------------------------------------------
def test_a_mail_with_a_button_asked_for_in_the_middle_of_2000_leaves_in_the_next_batch() -> None:
    letter = make.letter()
    crowd(letter, 2_000)
    work(queue="mail")
    sent_off(letter)
    relay.step("export")
    assert outbox.waiting(updating.MAIL) == updating.SLICE
    relay.step("export")
    assert outbox.waiting(updating.MAIL) == updating.SLICE - 20
    mail.outbox.clear()
    supporter.sign(make.letter(), email="ann@example.org")
    relay.step("mail")
    assert reached(mail.outbox) == ["ann@example.org"]
    # The control: in the same queue it would wait behind them.
    OutboxMessage.objects.filter(topic=updating.MAIL).update(queue="mail")
    mail.outbox.clear()
    supporter.sign(make.letter(), email="eve@example.org")
    relay.step("mail")
    assert "eve@example.org" not in reached(mail.outbox)


def test_a_file_asked_for_meanwhile_waits_for_one_slice_at_most() -> None:
    letter = make.letter()
    crowd(letter, 450)
    sent_off(letter)
    relay.step("export")
    with transaction.atomic():
        outbox.publish("export.asked", export=0)
    order = OutboxMessage.objects.due("export", timezone.now()).values_list("topic", flat=True)
    assert list(order).index("export.asked") == updating.SLICE + 1  # after the next slice's order
    relay.step("export")
    assert outbox.waiting(updating.MAIL) <= updating.SLICE


def test_2000_are_gone_through_in_slices_that_cost_the_same_each() -> None:
    letter = make.letter()
    people = crowd(letter, 2_000)
    update = sent_off(letter)
    costs = []
    while fresh(update).state == State.SENDING:
        row = fresh(update)
        with CaptureQueriesContext(connection) as asked:
            updating.go_on(update=update.pk, reached=row.reached, now=timezone.now())
        costs.append(len(asked))
        # As if each had been mailed, which another test does.
        OutboxMessage.objects.filter(due_at__isnull=False).update(
            state="done", due_at=None, done_at=timezone.now()
        )
    assert len(costs) == 2_000 // updating.SLICE + 1
    assert len(set(costs[:-1])) == 1
    assert costs[0] <= 14
    messages = OutboxMessage.objects.filter(topic=updating.MAIL)
    signatures = [ids["signature"] for ids in messages.values_list("ids", flat=True)]
    assert sorted(signatures) == sorted(one.pk for one in people)


def test_t80_killed_between_slices_or_in_one_nobody_is_lost_and_nobody_written_to_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(updating, "SLICE", 5)
    letter = make.letter()
    people = crowd(letter, 23)
    update = sent_off(letter)
    deaths = 0

    class Killed(BaseException):
        pass

    def dying(_row: Update, **_more: Any) -> None:
        nonlocal deaths
        deaths += 1
        raise Killed

    got: list[str] = []
    while (row := fresh(update)).state == State.SENDING:
        with monkeypatch.context() as patch:
            patch.setattr(updating, "_again", dying)
            with suppress(Killed), transaction.atomic():
                updating.go_on(update=update.pk, reached=row.reached, now=timezone.now())
            assert outbox.waiting(updating.MAIL) == 0
        for _twice in range(2):  # a worker died after the work, before it was marked
            updating.go_on(update=update.pk, reached=row.reached, now=timezone.now())
        while outbox.waiting(updating.MAIL):
            relay.step("export")
        got += reached(mail.outbox)
        mail.outbox.clear()
    assert deaths > 3
    assert fresh(update).state == State.SENT
    assert len(got) == len(set(got)) == len(people)
    assert fresh(update).sent == len(people)


def test_while_the_mail_server_is_away_no_more_than_a_slice_piles_up() -> None:
    letter = make.letter()
    crowd(letter, 450)
    update = sent_off(letter)
    for _ in range(4):
        row = fresh(update)
        updating.go_on(update=update.pk, reached=row.reached, now=timezone.now())
    assert outbox.waiting(updating.MAIL) == updating.SLICE


def test_it_can_be_stopped_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updating, "SLICE", 30)
    letter = make.letter()
    crowd(letter, 70)
    update = sent_off(letter)
    relay.step("export")
    relay.step("export")
    assert len(mail.outbox) == 20
    updating.stop(uid=update.uid, now=timezone.now())
    later()
    assert len(work()) == 20  # those of before
    assert (fresh(update).state, fresh(update).sent) == (State.STOPPED, 20)
    with pytest.raises(updating.Refused):
        updating.stop(uid=update.uid, now=timezone.now())


def test_a_mail_that_a_worker_held_when_it_was_stopped_is_not_sent_by_the_next() -> None:
    letter = make.letter()
    make.counted(letter, updates=True)
    update = sent_off(letter)
    relay.step("export")
    OutboxMessage.objects.filter(topic=updating.MAIL).update(state="leased", lease_by="x")
    updating.stop(uid=update.uid, now=timezone.now())
    later()
    assert work() == []


def test_one_a_day_and_five_a_week() -> None:
    letter = make.letter()
    make.counted(letter, updates=True)
    start = timezone.now()
    went = []
    for hours in range(0, 24 * 9, 12):
        with time_machine.travel(start + timedelta(hours=hours), tick=False):
            one = draft(letter)
            try:
                updating.send(uid=one.uid, now=timezone.now())
            except updating.Refused:
                assert fresh(one).state == State.DRAFT
            else:
                went.append(hours)
    assert went == [0, 24, 48, 72, 96, 168, 192]


def test_a_letter_that_is_no_longer_public_has_no_news() -> None:
    letter = make.letter()
    make.counted(letter, updates=True)
    one = draft(letter)
    Letter.objects.filter(pk=letter.pk).update(taken_down_at=timezone.now())
    with pytest.raises(updating.Refused, match="Only a published letter"):
        updating.send(uid=one.uid, now=timezone.now())
    with pytest.raises(updating.Refused):
        draft(Letter.objects.get(pk=letter.pk))


# --- The organiser's pages --------------------------------------------------------------------
@pytest.fixture
def desk() -> tuple[Client, Letter, str]:
    letter = make.letter(by=make.organiser("otto@example.org"))
    client = Client()
    client.force_login(letter.organiser)
    return client, letter, reverse("letter_updates", args=[letter.slug])


GIVEN = {"subject": WORDS.subject, "body": WORDS.body}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_letter_that_forgets_who_signs_has_no_news(desk: tuple[Client, Letter, str]) -> None:
    client, letter, _ = desk
    forgetting = make.letter(by=letter.organiser, asks=[], anonymous_hours=24)
    base = reverse("letter_updates", args=[forgetting.slug])
    assert "forgets who signs it" in text(client.get(base))
    assert "Write an update" not in text(client.get(base))
    assert "forgets who signs it" in text(client.post(f"{base}write/", GIVEN))
    assert not forgetting.updates.exists()
    kept = draft(letter)  # from before it was so
    letter.updates.update(letter=forgetting)
    assert "forgets who signs it" in text(client.get(f"{base}{kept.uid}/send/"))


def test_written_looked_at_tried_counted_and_sent(desk: tuple[Client, Letter, str]) -> None:
    client, letter, base = desk
    for name in ("joan", "ann"):
        make.counted(letter, updates=True, email=f"{name}@example.org")
    made = client.post(f"{base}write/", GIVEN)
    page = made["Location"]
    shown = text(client.get(page))
    assert "At last." in shown
    assert "Send to 2 people" in shown
    styled = client.get(f"{page}mail/")
    assert "<strong>At last.</strong>" in text(styled)
    assert "frame-ancestors 'none'" in styled["Content-Security-Policy"]
    assert "sandbox" in styled["Content-Security-Policy"]
    work(queue="mail")
    client.post(f"{page}test/")
    [tried] = work(queue="mail")
    assert (tried.to, tried.subject) == (["otto@example.org"], f"Test: {WORDS.subject}")
    assert "List-Unsubscribe" not in tried.extra_headers
    asked = text(client.get(f"{page}send/"))
    assert "Send to 2 people" in asked
    assert Update.objects.get().state == State.DRAFT
    client.post(f"{page}send/")
    going = client.get(page)
    assert "Mailed to 0 of 2 people." in text(going)
    assert going["Refresh"]
    assert reached(work()) == ["ann@example.org", "joan@example.org"]
    assert "Mailed to 2 of 2 people." in text(client.get(page))
    client.post(f"{page}send/")
    assert work() == []
    [listed] = re.findall(r"mailed to 2 people · nobody has stopped", text(client.get(base)))
    assert listed


def test_what_was_sent_says_how_many_stopped_the_news_since_and_never_who(
    desk: tuple[Client, Letter, str],
) -> None:
    client, letter, base = desk
    one = make.counted(letter, updates=True, email="joan@example.org", name="Joan Baker")
    update = sent_off(letter)
    work()
    Client().post(
        reverse("unsubscribe", args=[updateemails.unsubscribe_link(one, timezone.now())[-61:-1]]),
        {"press": "stop"},
    )
    shown = text(client.get(base)) + text(client.get(f"{base}{update.uid}/"))
    assert "1 has stopped the news since" in shown
    assert "Joan" not in shown
    assert "joan@" not in shown


def test_nothing_typed_is_lost_when_something_is_wrong(desk: tuple[Client, Letter, str]) -> None:
    client, letter, base = desk
    for wrong in ({"subject": ""}, {"body": "x" * 10_001}, {"subject": "s" * 151}):
        answer = client.post(f"{base}write/", GIVEN | wrong)
        assert answer.status_code == 422
        kept = GIVEN | wrong
        assert kept["subject"] in text(answer)
        assert kept["body"].strip()[:10] in text(answer)
    assert not Update.objects.exists()
    Letter.objects.filter(pk=letter.pk).update(taken_down_at=timezone.now())
    answer = client.post(f"{base}write/", GIVEN)
    assert answer.status_code == 409
    assert WORDS.subject in text(answer)


def test_a_draft_is_changed_and_thrown_away_and_what_was_sent_is_not(
    desk: tuple[Client, Letter, str],
) -> None:
    client, letter, base = desk
    make.counted(letter, updates=True)
    kept, gone = draft(letter), draft(letter)
    client.post(f"{base}{kept.uid}/edit/", GIVEN | {"subject": "Better"})
    assert fresh(kept).subject == "Better"
    client.post(f"{base}{gone.uid}/discard/")
    assert not Update.objects.filter(pk=gone.pk).exists()
    client.post(f"{base}{kept.uid}/send/")
    answer = client.post(f"{base}{kept.uid}/edit/", GIVEN | {"subject": "Worse"})
    assert (answer.status_code, fresh(kept).subject) == (409, "Better")
    assert "Worse" in text(answer)
    client.post(f"{base}{kept.uid}/discard/")
    assert fresh(kept).state == State.SENDING


def test_opening_any_of_the_pages_changes_and_sends_nothing(
    desk: tuple[Client, Letter, str],
) -> None:
    client, letter, base = desk
    make.counted(letter, updates=True)
    one = draft(letter)
    before = Update.objects.values().get(pk=one.pk)
    messages = OutboxMessage.objects.count()
    for page in ("", "write/", *(f"{one.uid}/{name}" for name in _PAGES)):
        for ask in (client.get, client.head):
            assert ask(f"{base}{page}").status_code in {200, 405}
    assert Update.objects.values().get(pk=one.pk) == before
    assert OutboxMessage.objects.count() == messages


_PAGES = ("", "mail/", "edit/", "send/", "test/", "stop/", "discard/")


def test_a_delivery_offers_a_first_draft_and_sends_nothing_by_itself(
    desk: tuple[Client, Letter, str],
) -> None:
    client, letter, base = desk
    make.counted(letter, updates=True)
    made = handing.delivery(letter)
    offered = f"{base}write/?delivery={made.uid}"
    deliveries = reverse("letter_deliveries", args=[letter.slug])
    assert offered in text(client.get(deliveries))
    assert "We have handed our letter to Marta Velander" in text(client.get(offered))
    handing.answered(handing.received(made), "The water stays.\n\nAll of it.")
    answered = text(client.get(offered))
    assert "Marta Velander, Minister for Water has answered" in answered
    assert "&gt; The water stays.\n&gt;\n&gt; All of it." in answered
    assert "Our letter is with" not in text(client.get(f"{base}write/?delivery={uuid4()}"))
    assert client.get(f"{base}write/?delivery=made-up").status_code == 200
    assert not Update.objects.exists()
    assert work() == []


def test_the_desk_leads_there(desk: tuple[Client, Letter, str]) -> None:
    client, letter, base = desk
    assert f'href="{base}"' in text(client.get(reverse("letter_desk", args=[letter.slug])))
