"""From the form to the button: how far people came, counted without following anybody."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dns.resolver
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Letter
from signatures.models import Funnel, Signature
from signatures.services import bouncing, funnelling, resigning, sequencing
from tests import make, supporter
from tests.signatures.ownpage import revised
from tests.smtp import SmtpSink
from worker import outbox
from worker.models import OutboxMessage
from worker.relay import Relay

pytestmark = pytest.mark.django_db
State, MailState = Signature.State, Signature.MailState


@pytest.fixture
def relay(smtp: SmtpSink, settings: Any) -> Iterator[Relay]:
    """A worker whose mail server refuses whom it is told to."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    made = Relay()
    yield made
    made.post.close()


def fresh(signature: Signature) -> Signature:
    signature.refresh_from_db()
    return signature


# --- How far the mail came ----------------------------------------------------------------------
def test_a_mail_that_was_taken_is_noted_with_its_time(relay: Relay, smtp: SmtpSink) -> None:
    letter = make.letter()
    rows = [make.pending(letter) for _ in range(3)]
    confirmed = make.confirmed(letter)
    before = timezone.now()
    relay.run("mail")
    for row in rows:
        assert fresh(row).mail_state == MailState.ACCEPTED
        assert row.mailed_at is not None
        assert before <= row.mailed_at <= timezone.now()
    assert (fresh(confirmed).mail_state, confirmed.mailed_at) == (None, None)
    message = OutboxMessage.objects.get(ids__signature=rows[0].pk)
    assert message.done_at == rows[0].mailed_at


def test_a_mail_that_was_refused_is_noted_and_one_taken_later_as_well(
    relay: Relay, smtp: SmtpSink
) -> None:
    smtp.refused = {"joan@example.org"}
    refused, other = (
        make.pending(make.letter(), email=f"{who}@example.org") for who in ("joan", "ann")
    )
    relay.run("mail")
    assert (fresh(refused).mail_state, refused.mailed_at) == (MailState.REFUSED, None)
    assert fresh(other).mail_state == MailState.ACCEPTED
    smtp.refused = set()
    make.pending(refused.letter, email="joan@example.org")
    relay.run("mail")
    assert fresh(refused).mail_state == MailState.ACCEPTED
    assert refused.mailed_at is not None


def test_a_server_that_says_later_has_taken_nothing_and_refused_nothing(
    relay: Relay, smtp: SmtpSink
) -> None:
    smtp.temporary = 1
    signature = make.pending(make.letter())
    relay.run("mail")
    assert (fresh(signature).mail_state, signature.mailed_at) == (None, None)


def test_a_domain_that_takes_no_mail_is_noted(
    relay: Relay, smtp: SmtpSink, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHECK_MAIL_DOMAINS = True

    class Nowhere:
        lifetime = 0.0

        def resolve(self, *_: Any) -> Any:
            raise dns.resolver.NXDOMAIN

    monkeypatch.setattr(dns.resolver, "Resolver", Nowhere)
    signature = make.pending(make.letter())
    relay.run("mail")
    assert (fresh(signature).mail_state, signature.mailed_at) == (MailState.NO_HOST, None)
    assert not smtp.mails


def test_where_the_caps_send_no_mail_none_was_taken(relay: Relay, smtp: SmtpSink) -> None:
    signature = make.pending(make.letter())
    with transaction.atomic():
        outbox.publish("signature.asked", signature=signature.pk, mail=0)
    OutboxMessage.objects.filter(ids__mail=1).delete()
    relay.run("mail")
    assert fresh(signature).mail_state is None


def test_whoever_is_gone_before_the_answer_troubles_nobody(relay: Relay, smtp: SmtpSink) -> None:
    gone, other = make.pending(make.letter()), make.pending(make.letter())
    smtp.on_mail = lambda mail: None
    signature = Signature.objects.get(pk=gone.pk)
    message = OutboxMessage.objects.get(ids__signature=gone.pk)
    signature.delete()
    bouncing.accepted(signatures=[gone.pk, other.pk], at=timezone.now())
    bouncing.refused(signature=gone.pk)
    assert bouncing.came_back(message=message.uid, now=timezone.now()) == "unknown"
    assert fresh(other).mail_state == MailState.ACCEPTED


# --- The funnel -----------------------------------------------------------------------------------
def crowd() -> Letter:
    """Eight who asked: one counted, one opened, two of each trouble, one who waits for the mail."""
    letter = make.letter()
    make.counted(letter)
    waiting = [make.pending(letter) for _ in range(7)]
    bouncing.accepted(signatures=[row.pk for row in waiting[:4]], at=timezone.now())
    Signature.objects.filter(pk=waiting[0].pk).update(opened=True)
    Signature.objects.filter(pk=waiting[1].pk).update(mail_state=MailState.BOUNCED)
    bouncing.refused(signature=waiting[4].pk)
    bouncing.no_host(signature=waiting[5].pk)
    return letter


TOLD = {
    "asked": 8, "mailed": 5, "opened": 2, "confirmed": 1,
    "refused": 1, "no_host": 1, "bounced": 1, "denied": 0,
}  # fmt: skip


def told(letter: Letter) -> dict[str, int]:
    passage = funnelling.funnel_of(letter)
    return {step: getattr(passage, step) for step in TOLD}


def test_the_funnel_says_how_far_people_came_and_what_stopped_them() -> None:
    letter = crowd()
    make.pending(make.letter())  # another letter's
    assert told(letter) == TOLD
    assert funnelling.funnel_of(letter).waiting == 7


def test_whoever_goes_stays_in_the_numbers() -> None:
    letter = crowd()
    with transaction.atomic():
        rows = list(Signature.objects.filter(letter=letter, state=State.PENDING))
        funnelling.leave(rows[:6])
        funnelling.leave(rows[6:], denied=True)
        Signature.objects.filter(pk__in=[row.pk for row in rows]).delete()
    assert told(letter) == TOLD | {"denied": 1}
    assert Funnel.objects.get().asked == 7


def test_leaving_costs_a_few_statements_a_letter_however_many_leave() -> None:
    letter, other = crowd(), crowd()
    rows = list(Signature.objects.filter(state=State.PENDING))
    with CaptureQueriesContext(
        connection,
    ) as few:
        funnelling.leave([row for row in rows if row.letter_id == letter.pk][:1])
    with CaptureQueriesContext(connection) as many:
        funnelling.leave([row for row in rows if row.letter_id == letter.pk])
    with CaptureQueriesContext(connection) as both:
        funnelling.leave(rows)
    assert (len(few), len(many), len(both)) == (2, 2, 4)
    assert told(other)["asked"] == 15


def test_whoever_signs_a_newer_text_is_one_person_still() -> None:
    letter = crowd()
    row = Signature.objects.get(letter=letter, counted=True)
    newer = revised(letter)
    resigning.resign(uid=row.uid, revision=newer.revision.number, now=timezone.now())
    sequencing.sequence(now=timezone.now())
    assert fresh(row).renewed == 1
    assert told(letter) == TOLD


def test_the_funnel_is_four_statements(django_assert_num_queries: Any) -> None:
    letter = crowd()
    with django_assert_num_queries(4):
        funnelling.funnel_of(letter)


def test_a_letter_nobody_signed_has_an_empty_funnel() -> None:
    passage = funnelling.funnel_of(make.letter())
    assert {step.count for step in passage.steps} == {step.share for step in passage.steps} == {0}


def test_it_stands_on_the_organisers_page_as_bars_with_their_numbers(client: Any) -> None:
    letter = crowd()
    client.force_login(letter.organiser)
    page = client.get(f"/organise/letters/{letter.slug}/").content.decode()
    section = page.partition("From the form to the button")[2].partition("</section>")[0]
    for said in ("Sent the form", "A mail server took our mail", "Opened its page", "Confirmed",
                 "The mail server said no", "No such mail domain", "The mail came back",
                 "that wasn’t me"):  # fmt: skip
        assert said in section
    assert section.count("<rect") == 4
    assert 'width="62.5"' in section
    assert "@example.org" not in section


@pytest.mark.parametrize("guarded", [{"sensitive": True}, {"anonymous_hours": 24, "asks": []}])
def test_t08_an_organiser_can_try_out_no_address_by_the_numbers(guarded: Any, client: Any) -> None:
    letter = make.letter(**guarded)
    client.force_login(letter.organiser)

    def desk() -> str:
        page = client.get(f"/organise/letters/{letter.slug}/").content.decode()
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)

    before = desk()
    assert "Waiting for the button" not in before
    assert "Shown once the letter is closed" in before
    make.pending(letter)
    assert desk() == before
    Letter.objects.filter(pk=letter.pk).update(state=Letter.State.CLOSED)
    assert "Waiting for the button" in desk()


# --- Opened by a person ---------------------------------------------------------------------------
def rows() -> list[dict[str, Any]]:
    return list(Signature.objects.order_by("pk").values())


def test_t01_opening_the_page_counts_nothing_and_a_touch_counts_once() -> None:
    signature = make.pending(make.letter())
    supporter.new_mails()
    page = f"/confirm/{make.token(signature)}/"
    before = rows()
    client = supporter.browser()
    for method in (client.get, client.head, client.options):
        method(page)
        method(f"{page}opened/")
    client.post(f"{page}opened/")
    client.post(f"{page}opened/", {"press": "confirm"})
    assert rows() == before
    answers = [client.post(f"{page}opened/", {"press": "opened"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert fresh(signature).opened is True
    before[0]["opened"] = True
    assert rows() == before


def test_t08_the_touch_is_answered_the_same_for_every_link() -> None:
    letter = make.letter()
    pending, confirmed, older = make.pending(letter), make.counted(letter), make.pending(letter)
    stale = make.token(older)
    Signature.objects.filter(pk=older.pk).update(generation=9)
    late = make.token(pending, at=timezone.now() - timedelta(hours=80))
    before = rows()
    good = make.token(pending)
    tokens = [make.token(confirmed), stale, late, make.forged(good), "x", good[:20]]
    answers = {
        (answer.status_code, answer.content, tuple(sorted(_headers(answer).items())))
        for answer in (
            supporter.browser().post(f"/confirm/{token}/opened/", {"press": "opened"})
            for token in [*tokens, good]
        )
    }
    assert len(answers) == 1
    changed = [new for new, old in zip(rows(), before, strict=True) if new != old]
    assert [row["id"] for row in changed] == [pending.pk]


def _headers(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}


def test_whoever_confirmed_is_counted_as_having_opened() -> None:
    letter = make.letter()
    signature = make.pending(letter)
    supporter.new_mails()
    supporter.press(f"/confirm/{make.token(signature)}/")
    sequencing.sequence(now=timezone.now())
    passage = funnelling.funnel_of(letter)
    assert (passage.asked, passage.opened, passage.confirmed) == (1, 1, 1)
    assert fresh(signature).opened is None
