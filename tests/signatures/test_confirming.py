"""The link of the mail and its button: T01 to T05, T07, T09, T11, T12, T45."""

import re
import threading
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from html.parser import HTMLParser
from itertools import product
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.apps import apps
from django.conf import settings as site
from django.core import serializers
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.models import Letter
from campaigns.models.letter import GRACE
from campaigns.services import drafting, publishing
from signatures import emails, mailbox, ownmails, tokens, updateemails
from signatures.models import Invalidation, Signature, Update
from signatures.services import (
    confirming,
    erasing,
    forgetting,
    sequencing,
    signing,
    sweeping,
    withdrawing,
)
from signatures.services.recalling import Note
from signatures.services.reminding import Reminder
from signatures.tokens import Purpose
from tests import make, supporter

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def address(signature: Signature, *, at: datetime | None = None) -> str:
    return reverse("confirm", args=[make.token(signature, at=at)])


def dump() -> str:
    """Every row there is, as text."""
    ours = (apps.get_app_config(name) for name in ("campaigns", "signatures", "worker"))
    models = [model for app in ours for model in app.get_models()]
    rows = [row for model in models for row in model._default_manager.order_by("pk")]
    return serializers.serialize("json", rows)


# --- T01, T02: programs open links ------------------------------------------------------------
class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src", "action"} and value and value.startswith("/"):
                self.found.append(value)


def _everything_linked(html: str) -> list[str]:
    links = Links()
    links.feed(html)
    return [one.partition("#")[0] for one in links.found if not one.startswith("/static/")]


def _all_mails(letter: Letter) -> list[EmailMessage]:
    """One of every kind of mail that comes to whoever signs, or is said to have signed."""
    waits = make.pending(letter, email="pending@example.org")
    counts = make.counted(letter, email="joan@example.org", updates=True)
    supporter.new_mails()
    supporter.sign(letter, email="joan@example.org")
    supporter.sign(letter, email="new@example.org")
    [already, confirm] = supporter.new_mails()
    supporter.browser().post(f"{supporter.link(already)}ask/", {"press": "ask"})
    [manage] = supporter.new_mails()
    now = timezone.now()
    waits.mailed_at = now
    news = Update.objects.create(letter=letter, subject="News", body="It rains.", written_at=now)
    joan = Note(to="joan@example.org", language="en")
    return [
        already,
        confirm,
        manage,
        emails.invited(waits, now=now),
        emails.reminder(waits, Reminder(until=now, again=True)),
        emails.receipt(counts, b"a receipt", now=now),
        ownmails.deny(counts, now=now),
        ownmails.everything(joan, now=now),
        updateemails.update(news, counts, now=now),
    ]


_PERSONAL = re.compile(r"^/(en/)?(confirm|mine|unsubscribe)/.+/$")


def _linked_in(mail: EmailMessage) -> list[str]:
    """Every address in its text, its HTML and its headers."""
    assert isinstance(mail, EmailMultiAlternatives)
    pages = [str(content) for content, _kind in mail.alternatives]
    said = "\n".join([str(mail.body), *pages, *mail.extra_headers.values()])
    return re.findall(rf"{re.escape(site.SITE_URL)}(/[^\s\"<>]*)", said)


def test_t01_f18_opening_every_link_of_every_mail_changes_nothing() -> None:
    letter = make.letter()
    starts = [link for mail in _all_mails(letter) for link in _linked_in(mail)]
    for page in ("/confirm/", "/not-me/", "/mine/", "/mine/all/", "/unsubscribe/", "/privacy/"):
        assert any(page in link for link in starts)
    before = dump()
    seen: set[str] = set()
    waiting = list(starts)
    client = supporter.browser()
    while waiting:
        path = waiting.pop()
        if path in seen or path.startswith(("/organise/", "/accounts/")):
            continue
        seen.add(path)
        for method in ("get", "head", "options", "get"):  # the first look may have left something
            answer = getattr(client, method)(path)
            if method == "get" and _PERSONAL.search(path):  # others are the same without the mail
                waiting += _everything_linked(answer.content.decode())
    assert len(seen) > 30
    assert dump() == before


def test_t02_a_script_that_sends_the_form_without_the_button_confirms_nothing() -> None:
    """`form.submit()` leaves out the button's name and value; so does many a scanner."""
    signature = make.pending(make.letter())
    path = address(signature)
    before = dump()
    for sent in ({}, {"revision": "1"}, {"press": ""}, {"press": "again"}, {"confirm": "press"}):
        answer = supporter.browser().post(path, sent)
        assert answer.status_code == 400
        assert b'name="press" value="confirm"' in answer.content
    assert dump() == before
    assert supporter.press(path).status_code == 303


def test_the_page_has_one_button_and_sends_itself_by_no_script() -> None:
    page = supporter.browser().get(address(make.pending(make.letter()))).content.decode()
    assert page.count("<button") == 1
    assert "onload" not in page
    assert "submit()" not in page
    assert "http-equiv" not in page


def test_opening_the_link_confirms_nothing_and_shows_who_signs_what() -> None:
    signature = make.pending(make.letter(), name="Joan Baker", affiliation="Nurse")
    page = supporter.browser().get(address(signature))
    text = page.content.decode()
    assert page.status_code == 200
    for shown in ("Joan Baker", "Nurse", "Give the Aller its water back", "Marta Velander"):
        assert shown in text
    signature.refresh_from_db()
    assert signature.state == "pending"


@pytest.mark.parametrize(("ticked", "told"), [("on", True), (None, False)])
def test_t02_news_that_somebody_ticked_is_told_before_the_button_is_pressed(
    ticked: str | None, told: bool
) -> None:
    """Anybody can sign over a mailbox's waiting signature: its owner agrees to what they read."""
    supporter.sign(make.letter(), updates=ticked)
    [mail] = supporter.new_mails()
    page = supporter.browser().get(supporter.link(mail)).content.decode()
    assert ("You get news of this letter" in page) is told


def test_the_button_confirms_and_leads_to_ones_own_page() -> None:
    signature = make.pending(make.letter())
    answer = supporter.press(address(signature))
    assert answer.status_code == 303
    assert answer["Location"].startswith("/mine/")
    signature.refresh_from_db()
    assert signature.state == "confirmed"
    assert signature.number is None
    waiting = supporter.browser().get(answer["Location"])
    assert "being given" in waiting.content.decode()
    assert waiting["Refresh"]
    sequencing.sequence(now=timezone.now())
    page = supporter.browser().get(answer["Location"])
    assert "You are no. 1" in page.content.decode()
    assert page["Refresh"] != waiting["Refresh"]  # it looks on for the checkpoint


# --- T03, T04 ---------------------------------------------------------------------------------
def test_t04_a_used_link_changes_nothing_and_leads_to_ones_own_page() -> None:
    signature = make.counted(make.letter())
    path = address(signature)
    before = dump()
    for _ in range(5):
        assert supporter.browser().get(path).status_code == 303
        again = supporter.browser().post(path, {"press": "confirm", "revision": "1"})
        assert again.status_code == 303
        assert again["Location"].startswith("/mine/")
    assert dump() == before


def test_t04_an_older_mail_stays_ended_when_the_newer_one_was_pressed() -> None:
    letter = make.letter()
    links = []
    for name in ("Joan Baker", "Joan B. Baker"):
        supporter.sign(letter, name=name)
        [mail] = supporter.new_mails()
        links.append(supporter.link(mail))
    older, newer = links
    assert supporter.press(newer).status_code == 303
    for answer in (supporter.browser().get(older), supporter.press(older)):
        assert answer.status_code == 409
        assert "Location" not in answer
    assert supporter.browser().get(newer).status_code == 303


def _at_once(count: int, work: Any) -> list[Any]:
    """Run `work(n)` in `count` threads that begin together; what each returned or raised."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count

    def run(n: int) -> None:
        barrier.wait()
        try:
            results[n] = work(n)
        except Exception as error:  # noqa: BLE001 it is what the test looks at
            results[n] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _confirm_rush(rounds: int) -> int:
    """Eight presses of one button at once, round after round: how many confirmed something."""
    letter = make.letter()
    effects = 0
    for _ in range(rounds):
        signature = make.pending(letter)
        token = make.token(signature)
        before = confirming.State.PENDING

        def press(_: int, token: str = token) -> datetime | None:
            now = timezone.now()
            return confirming.confirm(token=token, revision=1, now=now).confirmed_at

        moments = _at_once(8, press)
        assert not [one for one in moments if isinstance(one, Exception)]
        effects += len(set(moments))
        assert before
    sequencing.sequence(now=timezone.now())
    return effects


@pytest.mark.django_db(transaction=True)
def test_t03_eight_presses_at_once_are_one_signature(soak: bool) -> None:
    rounds = 500 if soak else 15
    assert _confirm_rush(rounds) == rounds
    assert Signature.objects.filter(counted=True).count() == rounds


@pytest.mark.django_db(transaction=True)
def test_t03_negative_control_without_the_lock_a_press_counts_more_than_once() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite the transaction itself is the lock: see the next test")
    real, pause = confirming._find, threading.Barrier(8)

    def unlocked(uid: uuid.UUID, *, lock: bool = False) -> Signature | None:
        found = real(uid)
        pause.wait()
        return found

    with patch.object(confirming, "_find", unlocked):
        assert _confirm_rush(1) > 1


# --- T05 --------------------------------------------------------------------------------------
def test_t05_forged_cut_and_foreign_tokens_get_one_page() -> None:
    letter = make.letter()
    signature = make.pending(letter)
    good = make.token(signature)
    now = timezone.now()
    unknown = tokens.make(Purpose.CONFIRM, uuid.uuid4(), generation=0, at=now)
    other = tokens.make(Purpose.EXPORT, signature.uid, generation=0, at=now)
    future = make.token(signature, at=now + HOUR)
    bad = [good[:-1], good + "A", good[::-1], "A" * 60, unknown, other, future, good.lower(), "x"]
    pages = [supporter.browser().get(reverse("confirm", args=[one])) for one in bad]
    pages += [
        supporter.browser().post(reverse("confirm", args=[one]), {"press": "confirm"})
        for one in bad
    ]
    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1
    assert {page["Cache-Control"] for page in pages} == {"no-store"}
    signature.refresh_from_db()
    assert signature.state == "pending"


def test_t05_a_token_of_one_purpose_opens_nothing_of_another() -> None:
    signature = make.counted(make.letter())
    now = timezone.now()
    for made, page in product(Purpose, ("confirm", "mine")):
        token = tokens.make(made, signature.uid, generation=signature.generation, at=now)
        fits = {"confirm": {Purpose.CONFIRM}, "mine": {Purpose.MINE, Purpose.MANAGE}}[page]
        answer = supporter.browser().get(reverse(page, args=[token]))
        assert (answer.status_code == 404) == (made not in fits)


@given(place=st.integers(0, 59), letter=st.sampled_from("ABCxyz019-_"))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_t05_no_changed_token_is_accepted(place: int, letter: str) -> None:
    good = tokens.make(Purpose.CONFIRM, uuid.UUID(int=7), generation=3, at=timezone.now())
    changed = good[:place] + letter + good[place + 1 :]
    if changed != good:
        with pytest.raises(tokens.BadToken):
            tokens.read(changed, Purpose.CONFIRM, max_age=HOUR, now=timezone.now())


def test_t05_a_token_of_another_signature_confirms_only_that_one() -> None:
    letter = make.letter()
    one, other = make.pending(letter), make.pending(letter)
    supporter.press(address(other))
    one.refresh_from_db()
    assert one.state == "pending"


# --- T07: 72 hours ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("after", "status"),
    [(timedelta(hours=71, minutes=59), 303), (timedelta(hours=72, minutes=1), 410)],
)
def test_t07_the_link_works_for_72_hours(after: timedelta, status: int) -> None:
    start = timezone.now().replace(microsecond=0)
    signature = make.pending(make.letter(now=start), now=start)
    path = address(signature, at=start)
    with time_machine.travel(start + after, tick=False):
        answer = supporter.browser().post(path, {"press": "confirm", "revision": "1"})
        assert answer.status_code == status
    signature.refresh_from_db()
    assert (signature.state == "confirmed") == (status == 303)


def test_t07_an_old_link_offers_a_fresh_mail_by_post() -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        letter = make.letter()
        supporter.sign(letter)
        [old] = supporter.new_mails()
        path = supporter.link(old)
        clock.shift(timedelta(hours=73))
        page = supporter.browser().get(path)
        assert page.status_code == 410
        assert b'value="again"' in page.content
        assert not supporter.new_mails()  # looking sends nothing
        assert supporter.browser().get(f"{path}again/").status_code == 405
        assert supporter.browser().post(f"{path}again/", {}).status_code == 400
        assert supporter.browser().post(f"{path}again/", {"press": "again"}).status_code == 200
        [fresh] = supporter.new_mails()
        assert supporter.press(supporter.link(fresh)).status_code == 303


def test_t07_asking_for_a_fresh_mail_answers_everybody_the_same() -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        letter = make.letter()
        rows = {
            "pending": make.pending(letter), "confirmed": make.confirmed(letter),
            "withdrawn": make.confirmed(letter), "deleted": make.pending(letter),
        }  # fmt: skip
        paths = {name: address(row) for name, row in rows.items()}
        withdrawing.withdraw(uid=rows["withdrawn"].uid, now=start)
        erasing.erase(uid=rows["deleted"].uid, now=start)
        clock.shift(timedelta(hours=80))
        pages = [
            supporter.browser().post(f"{path}again/", {"press": "again"}) for path in paths.values()
        ]
    assert {page.status_code for page in pages} == {200}
    assert len({page.content for page in pages}) == 1


def test_t07_what_nobody_confirms_is_deleted_after_seven_days() -> None:
    now = timezone.now()
    letter = make.letter(now=now - timedelta(days=30))
    make.pending(letter, now=now - timedelta(days=7, seconds=1))
    young = make.pending(letter, now=now - timedelta(days=6, hours=23))
    kept = make.confirmed(letter, now=now - timedelta(days=20))
    assert sweeping.run("pending", forgetting.pending(now)) == 1
    assert set(Signature.objects.values_list("pk", flat=True)) == {young.pk, kept.pk}


# --- T09 --------------------------------------------------------------------------------------
def test_t09_the_link_works_on_another_device() -> None:
    desk, phone = supporter.browser(), supporter.browser()
    letter = make.letter()
    supporter.sign(letter, client=desk)
    [sent] = supporter.new_mails()
    answer = supporter.press(supporter.link(sent), client=phone)
    assert answer.status_code == 303
    assert phone.get(answer["Location"]).status_code == 200
    assert not desk.cookies
    assert not phone.cookies


# --- T11: closing -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("after", "signs", "confirms"),
    [
        (-SECOND, True, True),
        (timedelta(0), False, True),
        (SECOND, False, True),
        (GRACE - SECOND, False, True),
        (GRACE, False, False),
        (GRACE + SECOND, False, False),
    ],
)
def test_t11_links_sent_before_the_closing_time_work_for_a_day(
    after: timedelta, *, signs: bool, confirms: bool
) -> None:
    start = timezone.now().replace(microsecond=0)
    closing = start + 10 * HOUR
    letter = make.letter(now=start, closes_at=closing)
    waiting = make.pending(letter, now=start + 9 * HOUR)
    path = address(waiting, at=start + 9 * HOUR)
    with time_machine.travel(closing + after, tick=False):
        publishing.close_due(now=timezone.now())
        assert (supporter.sign(letter).status_code == 303) == signs
        opened = supporter.browser().get(path)
        answer = supporter.browser().post(path, {"press": "confirm", "revision": "1"})
    assert (answer.status_code == 303) == confirms
    assert opened.status_code == (200 if confirms else 410)
    letter.refresh_from_db()
    assert (letter.state == "closed") == (after >= GRACE)


def test_t11_a_letter_closed_by_hand_is_closed_at_once() -> None:
    letter = make.letter()
    signature = make.pending(letter)
    publishing.close(letter=letter, now=timezone.now())
    answer = supporter.press(address(signature))
    assert answer.status_code == 410
    assert "closed" in answer.content.decode()


def test_a_paused_letter_lets_sent_links_confirm() -> None:
    letter = make.letter()
    signature = make.pending(letter)
    publishing.pause(letter=letter)
    assert supporter.press(address(signature)).status_code == 303


# --- T12: the text changed meanwhile ----------------------------------------------------------
def _revise(letter: Letter, body: str) -> None:
    fresh = Letter.objects.get(pk=letter.pk)
    drafting.edit(
        letter=fresh,
        draft=make.draft(body=body, slug=letter.slug),
        by=letter.organiser,
        note="",
        now=timezone.now(),
    )


def test_t12_a_changed_text_is_shown_and_asked_about() -> None:
    letter = make.letter(body="Dear Minister,\n\nGive back the water.\n")
    signature = make.pending(letter)
    path = address(signature)
    _revise(letter, "Dear Minister,\n\nGive back the river.\n")
    page = supporter.browser().get(path).content.decode()
    assert "<del>water" in page
    assert "<ins>river" in page
    old = supporter.browser().post(path, {"press": "confirm", "revision": "1"})
    assert old.status_code == 409
    bare = supporter.browser().post(path, {"press": "confirm"})
    assert bare.status_code == 409  # it would sign the text it was asked for, which is gone
    signature.refresh_from_db()
    assert signature.state == "pending"
    assert supporter.press(path).status_code == 303
    signature.refresh_from_db()
    assert signature.state == "confirmed"
    assert signature.revision.number == 2


def test_t12_a_change_between_page_and_button_is_noticed() -> None:
    letter = make.letter()
    signature = make.pending(letter)
    path = address(signature)
    _revise(letter, "Second text.\n")
    supporter.browser().get(path)
    _revise(letter, "Third text.\n")
    answer = supporter.browser().post(path, {"press": "confirm", "revision": "2"})
    assert answer.status_code == 409
    assert "Third text" in answer.content.decode()


def test_confirmed_signatures_stay_under_their_own_text() -> None:
    letter = make.letter()
    signature = make.counted(letter)
    _revise(letter, "Second text.\n")
    path = supporter.press(address(signature))["Location"]
    page = supporter.browser().get(path).content.decode()
    signature.refresh_from_db()
    assert signature.revision.number == 1
    assert signature.revision.sha256 in page
    assert "newer" in page


@pytest.mark.parametrize("revision", ["", "0", "-1", "x", "²", "9" * 30, "1.0"])
def test_a_strange_revision_in_the_form_breaks_nothing(revision: str) -> None:
    signature = make.pending(make.letter())
    answer = supporter.browser().post(
        address(signature), {"press": "confirm", "revision": revision}
    )
    assert answer.status_code in {303, 409}


# --- Every other end --------------------------------------------------------------------------
def test_a_withdrawn_signature_cannot_be_confirmed_again() -> None:
    signature = make.confirmed(make.letter())
    path = address(signature)
    withdrawing.withdraw(uid=signature.uid, now=timezone.now())
    for answer in (supporter.browser().get(path), supporter.press(path)):
        assert answer.status_code == 410
        assert "withdrawn" in answer.content.decode()


def test_an_invalidated_signature_is_told_the_public_reason() -> None:
    letter = make.letter()
    signature = make.counted(letter)
    rule = Invalidation.objects.create(
        letter=letter, reason=Invalidation.Reason.AUTOMATED, public_reason="Made by a program."
    )
    Signature.objects.update(state="invalidated", invalidation=rule)
    answer = supporter.browser().get(address(signature))
    assert answer.status_code == 410
    assert "Made by a program." in answer.content.decode()


def test_a_taken_down_letter_confirms_nothing() -> None:
    letter = make.letter()
    signature = make.pending(letter)
    publishing.take_down(letter=letter, because="A court said so.", now=timezone.now())
    answer = supporter.press(address(signature))
    assert answer.status_code == 410
    assert "A court said so." in answer.content.decode()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(method: str) -> None:
    answer = getattr(supporter.browser(), method)(address(make.pending(make.letter())))
    assert answer.status_code == 405
    assert "POST" in answer["Allow"]


# --- T45 --------------------------------------------------------------------------------------
SUFFIXES = [
    "x.css", "x.js", "/x.css", "a.png", ".css", "%2ecss", "style.css/", "x.svg", "..%2fx.css",
    ";x.css", "%3Bx.css", "x.ico", "x.woff2", "x.json", "index.html", "x.txt", "a/b.css", "%00.css",
    "x.avif", "?/x.css",
]  # fmt: skip


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_t45_personal_pages_have_no_pages_below_them(suffix: str) -> None:
    signature = make.counted(make.letter())
    mine = supporter.press(address(signature))["Location"]
    for path in (mine, address(make.pending(make.letter()))):
        answer = supporter.browser().get(path + suffix)
        if suffix.startswith("?"):
            assert answer["Cache-Control"] == "no-store"
        else:
            assert answer.status_code == 404


def test_personal_pages_are_kept_by_nobody_and_named_to_nobody() -> None:
    signature = make.pending(make.letter())
    path = address(signature)
    pages = [supporter.browser().get(path), supporter.press(path)]
    pages += [supporter.browser().get(pages[1]["Location"]), supporter.browser().get(path)]
    for page in pages:
        assert page["Cache-Control"] == "no-store"
        assert page["Referrer-Policy"] == "no-referrer"
        assert "noindex" in page["X-Robots-Tag"]
        assert not page.cookies


# --- T17: two spellings of one mailbox at the same instant ------------------------------------
TWINS = [
    ("j.oan+a{n}@gmail.com", "joan+b{n}@googlemail.com"),
    ("Joan{n}@example.org", "joan{n}@example.org"),
]


def _race_of_twins(pairs: int) -> Iterator[tuple[Any, ...]]:
    letter = make.letter()
    notice = make.notice()
    for n in range(pairs):
        one, other = (text.format(n=n) for text in TWINS[1])

        def take(k: int, one: str = one, other: str = other) -> None:
            signing.sign(
                letter=letter,
                revision=make.revision(letter),
                wish=make.wish(email=(one, other)[k]),
                notice=notice,
                now=timezone.now(),
            )

        yield tuple(_at_once(2, take))


@pytest.mark.django_db(transaction=True)
def test_t17_two_spellings_of_a_mailbox_at_once_are_one_signature(soak: bool) -> None:
    pairs = 200 if soak or connection.vendor == "postgresql" else 100
    for outcome in _race_of_twins(pairs):
        assert outcome == (None, None)  # the loser notices nothing either
    assert Signature.objects.count() == pairs


@pytest.mark.django_db(transaction=True)
def test_t17_negative_control_with_a_digest_per_spelling_there_are_two() -> None:
    def naive(box: mailbox.Mailbox, *, letter: bytes) -> bytes:
        import hashlib

        return hashlib.sha256(box.address.encode() + letter).digest()

    with patch.object(mailbox, "digest", naive):
        letter, notice = make.letter(), make.notice()
        for spelling in ("j.oan@gmail.com", "joan@googlemail.com"):
            signing.sign(
                letter=letter, revision=make.revision(letter), wish=make.wish(email=spelling),
                notice=notice, now=timezone.now(),
            )  # fmt: skip
    assert Signature.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_mailbox_signing_ten_times_at_once_is_one_signature() -> None:
    letter, notice = make.letter(), make.notice()

    def take(_: int) -> None:
        signing.sign(
            letter=letter, revision=make.revision(letter), wish=make.wish(), notice=notice,
            now=timezone.now(),
        )  # fmt: skip

    assert _at_once(10, take) == [None] * 10
    assert Signature.objects.count() == 1
    assert Signature.objects.get().mails == 3
