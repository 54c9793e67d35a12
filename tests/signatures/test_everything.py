"""Everything that one mailbox signed here: its owner alone is told, and may end all of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import limiting
from signatures.models import Consent, Erasure, Signature, Suppressed
from signatures.services import clearing, recalling, suppressing
from signatures.services import mailing as caps
from tests import make, supporter
from tests.signatures import agreeing
from worker.models import OutboxMessage

pytestmark = pytest.mark.django_db

JOAN = "joan@example.org"
ASK = "/mine/"


def ask(email: str = JOAN, *, network: str = "192.0.2.1") -> Any:
    return supporter.browser(REMOTE_ADDR=network).post(ASK, {"email": email})


def mail_after(email: str = JOAN) -> str:
    """The path in the one mail that asking brings."""
    ask(email)
    [mail] = supporter.new_mails()
    return supporter.link(mail)


def page(path: str) -> str:
    return supporter.browser().get(path).content.decode()


def press(path: str, what: str, **fields: str) -> Any:
    return supporter.browser().post(f"{path}{what}/", {"press": what} | fields)


def signed(letters: int = 2, **fields: Any) -> list[Signature]:
    rows = [make.counted(make.letter(), email=JOAN, **fields) for _n in range(letters)]
    supporter.new_mails()
    return rows


def test_one_mail_opens_all_letters_of_the_mailbox_and_no_other() -> None:
    signed(2, name="Joan Baker")
    shared = make.letter(seats=2, title="Two of us")
    for name in ("Joan Baker", "Ann Baker"):
        make.counted(shared, email=JOAN, name=name, public=False)
    make.counted(make.letter(title="Somebody else’s"), email="jean@example.org")
    supporter.new_mails()
    ask("JOAN+news@example.org")
    [mail] = supporter.new_mails()
    assert mail.to == [JOAN]  # as she confirmed it: elsewhere +news might be somebody else
    assert "Two of us" not in mail.body
    found = page(supporter.link(mail).removeprefix("/en"))
    assert found.count("Two of us") == 2
    assert found.count("Give the Aller its water back") == 2
    assert "Ann Baker" in found
    assert "Somebody else" not in found


def test_the_links_on_it_open_each_signature_for_changing_and_last_no_longer() -> None:
    signed(1)
    with time_machine.travel(make.noon(), tick=False) as clock:
        path = mail_after()
        clock.shift(timedelta(minutes=14))
        own = re.search(r'href="(/en)?(/mine/[\w-]{60}/)"', page(path))
        assert own
        assert "Withdraw my signature" in page(own[2])
        clock.shift(timedelta(minutes=2))
        assert supporter.browser().get(path).status_code == 410
        assert supporter.browser().get(own[2]).status_code == 410


def test_an_address_that_signed_nothing_gets_no_mail() -> None:
    signed(1)
    ask("stranger@example.org")
    assert supporter.new_mails() == []


def test_where_no_address_is_kept_the_mail_goes_to_the_one_that_was_typed() -> None:
    signed(1)
    Signature.objects.update(email_sealed=None)
    make.pending(make.letter(), email="joan+other@example.org")  # nobody has confirmed that one
    supporter.new_mails()
    ask("Joan@example.org")
    [mail] = supporter.new_mails()
    assert mail.to == ["Joan@example.org"]


def test_what_waits_can_be_denied_from_here() -> None:
    signature = make.pending(make.letter(), email=JOAN)
    supporter.new_mails()
    path = re.search(r"(/confirm/[\w-]+/not-me/)", page(mail_after()))
    assert path
    supporter.browser().post(path[1], {"press": "deny"})
    assert not Signature.objects.filter(pk=signature.pk).exists()


def test_t08_asking_says_writes_and_costs_the_same_for_known_and_unknown(soak: bool) -> None:
    letter = make.letter()
    for n in range(20):
        make.pending(letter, email=f"a{n:03}@example.org")
    supporter.new_mails()
    first = _asked("warm@example.org", 0)
    pairs = 200 if soak else 40
    for n in range(pairs):
        if n % 20 == 0:
            forget_limits()
        known = _asked(f"a{n % 20:03}@example.org", 2 * n)
        unknown = _asked(f"b{n % 20:03}@example.org", 2 * n + 1)
        assert known == unknown == first
    assert OutboxMessage.objects.filter(topic=recalling.ASKED).count() == 2 * pairs + 1


def forget_limits() -> None:
    cache.clear()  # Redis, where there is one
    limiting.forget_all()


def _asked(email: str, n: int) -> tuple[int, bytes, dict[str, str], list[str], int]:
    with CaptureQueriesContext(connection) as seen:
        answer = ask(email, network=f"10.{n // 200}.{n % 200}.1")
    ends = re.compile(" VALUES ")
    told = [ends.split(one["sql"])[0] for one in seen if "SAVEPOINT" not in one["sql"]]
    sealed = OutboxMessage.objects.latest("pk").sealed
    changing = {"x-request-id", "expires"}  # with every answer, whoever asks
    headers = {name: text for name, text in answer.items() if name.lower() not in changing}
    return answer.status_code, answer.content, headers, told, len(bytes(sealed or b""))


def test_t06_asking_two_hundred_times_brings_three_mails() -> None:
    signed(2)
    for n in range(200):
        ask(network=f"10.0.{n}.1")
        if n % 50 == 0:
            forget_limits()  # even if Redis forgets, the database does not
    assert len(supporter.new_mails()) == caps.MAILS_A_DAY
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        forget_limits()
        ask()
        assert len(supporter.new_mails()) == 1


def test_too_much_from_one_network_is_told_when_again() -> None:
    answers = [ask(f"x{n}@example.org") for n in range(31)]
    assert [one.status_code for one in answers] == [303] * 30 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert "x30@example.org" in answers[-1].content.decode()


@pytest.mark.parametrize("typed", ["", "joan", "joan@localhost", "a b@example.org"])
def test_what_is_no_address_is_said(typed: str) -> None:
    assert ask(typed).status_code == 422
    assert not OutboxMessage.objects.exists()


def test_t42_another_site_s_form_asks_nothing() -> None:
    answer = supporter.browser().post(
        ASK, {"email": JOAN}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert not OutboxMessage.objects.exists()


def test_the_worker_that_starts_again_promises_one_mail() -> None:
    signed(1)
    ask()
    message = OutboxMessage.objects.get(topic=recalling.ASKED)
    note = recalling.note_of(message)
    for _again in range(2):
        recalling.answer(message=message.uid, note=note, now=timezone.now())
    assert OutboxMessage.objects.filter(topic=recalling.MAILED).count() == 1
    assert b"joan" not in b"".join(
        bytes(one.sealed) for one in OutboxMessage.objects.filter(sealed__isnull=False)
    )


# --- For all at once ------------------------------------------------------------------------------
def test_t01_no_link_on_the_page_changes_anything() -> None:
    signed(2, updates=True)
    path = mail_after()
    before = list(Signature.objects.order_by("pk").values())
    links = re.findall(r'href="(/[^"]+)"', page(path))
    assert sum("/mine/all/" in one for one in links) == 5
    for link in links:
        if link.startswith("/static/"):
            continue
        supporter.browser().get(link)
        supporter.browser().head(link)
    assert list(Signature.objects.order_by("pk").values()) == before
    assert not Suppressed.objects.exists()


@pytest.mark.parametrize("what", ["stop", "withdraw", "erase", "never", "again"])
def test_t02_a_form_without_its_button_does_nothing(what: str) -> None:
    signed(1, updates=True)
    path = mail_after()
    before = list(Signature.objects.values())
    for fields in ({}, {"press": "yes"}, {"never": "on", "withdraw": "on"}):
        answer = supporter.browser().post(f"{path}{what}/", fields)
        assert answer.status_code == 400
    assert list(Signature.objects.values()) == before
    assert not Suppressed.objects.exists()
    assert supporter.browser().post(f"{path}other/", {"press": "other"}).status_code == 404


def test_stopping_all_news_keeps_the_signatures() -> None:
    rows = signed(2, updates=True)
    path = mail_after()
    for _twice in range(2):
        press(path, "stop")
    assert not Signature.objects.filter(updates=True).exists()
    assert Signature.objects.filter(state="confirmed").count() == 2
    assert {c.text for c in Consent.objects.all()} == {"Stop all news"}
    assert Consent.objects.count() == 2
    noted = Erasure.objects.filter(kind="unsubscribed").values_list("signature", flat=True)
    assert set(noted) == {row.uid for row in rows}


def test_withdrawing_all_takes_all_out_and_keeps_the_page() -> None:
    signed(3)
    make.pending(make.letter(), email=JOAN)
    supporter.new_mails()
    path = mail_after()
    for _twice in range(2):
        assert press(path, "withdraw").status_code == 303
    agreeing.settle()
    agreeing.check()
    assert set(Signature.objects.values_list("state", flat=True)) == {"withdrawn"}
    assert page(path).count(">Withdrawn<") == 4


@pytest.mark.parametrize("also", [False, True])
def test_erasing_everything_leaves_numbers_without_a_person(also: bool) -> None:
    signed(3, comment="Mine.")
    path = mail_after()
    fields = {"withdraw": "on", "never": "on"} if also else {}
    assert "are gone" in press(path, "erase", **fields).content.decode()
    agreeing.settle()
    agreeing.check()
    states = set(Signature.objects.values_list("state", flat=True))
    assert states == {"withdrawn" if also else "confirmed"}
    for row in Signature.objects.all():
        assert (row.name, row.comment, row.email_sealed, row.mailbox_anywhere) == (
            "",
            "",
            None,
            None,
        )
    assert Suppressed.objects.count() == int(also)
    assert "Nothing is kept here" in page(path)
    assert press(path, "erase", **fields).status_code == 200
    ask()
    assert supporter.new_mails() == []


def test_never_again_is_never_and_can_be_taken_back_here() -> None:
    [row] = signed(1)
    path = mail_after()
    for _twice in range(2):
        press(path, "never")
    assert Suppressed.objects.count() == 1
    ask()
    supporter.sign(make.letter(), email=JOAN)
    assert supporter.new_mails() == []
    assert "You told us never to write" in page(path)
    press(path, "again")
    assert not Suppressed.objects.exists()
    assert suppressing.is_suppressed(None, row.mailbox_anywhere) is False
    supporter.sign(make.letter(), email=JOAN)
    assert len(supporter.new_mails()) == 1


def test_many_letters_are_gone_through_in_presses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearing, "SLICE", 2)
    signed(3)
    path = mail_after()
    answer = press(path, "withdraw")
    assert answer["Location"].endswith("/withdraw/")
    assert Signature.objects.filter(state="confirmed").count() == 1
    assert press(path, "withdraw")["Location"].endswith(path)
    assert not Signature.objects.filter(state="confirmed").exists()


def test_all_that_is_kept_comes_as_one_file() -> None:
    signed(2, name="Joan Baker")
    path = mail_after()
    answer = supporter.browser().get(f"{path}signatures.json")
    assert "attachment" in answer["Content-Disposition"]
    told = answer.json()["signatures"]
    assert [one["person"]["name"] for one in told] == ["Joan Baker"] * 2
    assert told[0]["person"]["email"] == JOAN


# --- The link -------------------------------------------------------------------------------------
def test_t05_a_link_that_isn_t_ours_opens_nothing() -> None:
    signed(1)
    path = mail_after()
    token = path.split("/")[-2]
    own = make.token(Signature.objects.get())
    for wrong in (own, token[:-1], make.forged(token), "x"):
        address = reverse("everything", args=[wrong])
        assert supporter.browser().get(address).status_code == 404
        assert press(address, "erase").status_code == 404
    assert Signature.objects.filter(erased_at__isnull=True).exists()


def test_t10_its_pages_leak_nothing() -> None:
    signed(1)
    path = mail_after()
    for address in (path, f"{path}erase/", f"{path}signatures.json"):
        answer = supporter.browser().get(address)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]


def test_the_page_is_one_look_however_many_letters() -> None:
    counts = []
    for letters in (1, 4):
        signed(letters)
        path = mail_after()
        with CaptureQueriesContext(connection) as seen:
            page(path)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 3
