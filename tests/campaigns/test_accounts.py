"""Accounts: opened and entered by a code from a mail; nothing tells who has one."""

import json
import re
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from campaigns import accountmails, browsers, entering, returning, sealing
from campaigns.models import Invitation, Organiser
from campaigns.services import admitting, inviting
from tests import make
from worker import outbox
from worker.models import OutboxMessage

pytestmark = pytest.mark.django_db

OTTO = "otto@example.org"
CODE = re.compile(r"^([A-Z]{4}-[A-Z]{4})$", re.MULTILINE)


def mails(topic: str = "account.mail") -> list[Any]:
    """What the worker would send for the outbox as it is, oldest first."""
    found: list[Any] = []
    for message in OutboxMessage.objects.filter(topic=topic).order_by("pk"):
        handler = outbox.handler_of(topic)
        assert isinstance(handler, outbox.Mailing)
        made = handler.build(message)
        found += [] if made is None else made if isinstance(made, list) else [made]
    return found


def code() -> str:
    found = CODE.search(str(mails()[-1].body))
    assert found, mails()[-1].body
    return found[1]


def ask_for_code(client: Client, email: str = OTTO, **more: str):
    return client.post("/accounts/login/", {"login": email, **more})


def log_in(client: Client, email: str = OTTO, **more: str):
    ask_for_code(client, email, **more)
    return client.post("/accounts/login/code/confirm/", {"code": code(), **more})


def sign_up(client: Client, email: str = OTTO):
    client.post("/accounts/signup/", {"email": email})
    return client.post("/accounts/confirm-email/", {"code": code()})


def is_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200


# --- Getting in -------------------------------------------------------------------------------
def test_an_account_is_opened_left_and_entered_again_by_codes_from_mails(client):
    answer = client.post("/accounts/signup/", {"email": OTTO})
    assert answer.status_code == 302
    page = client.get(answer.url).content.decode()
    assert OTTO in page
    assert not is_in(client)

    answer = client.post("/accounts/confirm-email/", {"code": code()})
    assert (answer.status_code, answer.url) == (302, "/organise/")
    assert is_in(client)
    otto = Organiser.objects.get(email=OTTO)
    assert not otto.has_usable_password()
    assert EmailAddress.objects.get(user=otto).verified

    client.post("/accounts/logout/")
    assert not is_in(client)
    answer = log_in(client)
    assert (answer.status_code, answer.url) == (302, "/organise/")
    assert is_in(client)


def test_a_wrong_code_says_so_and_three_end_the_try(client):
    make.organiser(OTTO)
    ask_for_code(client)
    right = code()
    answer = client.post("/accounts/login/code/confirm/", {"code": "BBBB-BBBB"})
    assert answer.status_code == 200
    assert "That is not the code" in answer.content.decode()
    for _ in range(3):
        client.post("/accounts/login/code/confirm/", {"code": "BBBB-BBBB"})
    client.post("/accounts/login/code/confirm/", {"code": right})
    assert not is_in(client)


def test_a_code_works_only_in_the_browser_that_asked_for_it(client):
    make.organiser(OTTO)
    ask_for_code(client)
    stranger = Client()
    stranger.post("/accounts/login/code/confirm/", {"code": code()})
    assert not is_in(stranger)


def test_another_code_can_be_asked_for_and_ends_the_first(client):
    make.organiser(OTTO)
    ask_for_code(client)
    first = code()
    client.post("/accounts/login/code/confirm/", {"action": "resend"})
    assert code() != first
    client.post("/accounts/login/code/confirm/", {"code": first})
    assert not is_in(client)
    client.post("/accounts/login/code/confirm/", {"code": code()})
    assert is_in(client)


def test_an_account_made_by_a_command_is_entered_with_one_code(client):
    make.organiser(OTTO)
    assert log_in(client).url == "/organise/"
    assert len(mails()) == 1


def test_a_one_time_link_logs_in_by_its_button_and_only_once(client):
    link = f"/organise/enter/{entering.link_token(make.organiser(OTTO))}/"
    assert client.get(link).status_code == 200
    assert not is_in(client)
    assert client.post(link).url == "/organise/"
    assert is_in(client)
    assert Client().post(link).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/password/change/",
        "/accounts/password/set/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/1-2/",
        "/accounts/reauthenticate/",
    ],
)
def test_there_are_no_pages_about_passwords(client, path):
    client.force_login(make.organiser(OTTO))
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/"])
def test_no_page_asks_for_a_password_or_runs_a_script_of_its_own(client, path):
    page = client.get(path).content.decode()
    assert 'type="password"' not in page
    assert "style=" not in page
    scripts = re.findall(r"<script[^>]*>", page)
    assert all("src=" in one or 'type="application/json"' in one for one in scripts)


# --- Nothing tells who has an account ---------------------------------------------------------
def shown(client: Client, answer) -> tuple[int, str, str]:
    page = client.get(answer.url).content.decode()
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page)
    return answer.status_code, answer.url, re.sub(r"\w+@example\.org", "…", page)


def test_logging_in_answers_the_same_for_known_and_unknown_addresses():
    make.organiser(OTTO)
    known, unknown = Client(), Client()
    one = shown(known, ask_for_code(known, OTTO))
    other = shown(unknown, ask_for_code(unknown, "sam@example.org"))
    assert one == other
    assert [mail.to for mail in mails()] == [[OTTO], ["sam@example.org"]]
    assert "has no account" in mails()[1].body


def test_signing_up_answers_the_same_for_taken_and_free_addresses():
    admitting.admit(email=OTTO)
    taken, free = Client(), Client()
    one = shown(taken, taken.post("/accounts/signup/", {"email": OTTO}))
    other = shown(free, free.post("/accounts/signup/", {"email": "sam@example.org"}))
    assert one == other
    assert CODE.search(mails()[0].body) is None
    assert "It has one already" in mails()[0].body


def test_typing_a_strangers_address_again_and_again_mails_it_three_times_a_day(settings):
    settings.ACCOUNT_RATE_LIMITS = {"request_login_code": "1000/m/ip"}
    for _ in range(6):
        ask_for_code(Client(), "sam@example.org")
    assert len(mails()) == 3


# --- Mails ------------------------------------------------------------------------------------
def test_the_code_waits_sealed_and_is_pointless_after_a_quarter_of_an_hour(client):
    make.organiser(OTTO)
    ask_for_code(client)
    message = OutboxMessage.objects.get()
    assert message.ids == {}
    assert message.sealed
    assert message.expires_at
    assert OTTO.encode() not in bytes(message.sealed)
    assert message.expires_at - message.created_at <= timedelta(minutes=15)
    note = json.loads(sealing.unseal(message.sealed, place="account.mail", row=message.uid.bytes))
    assert note["to"] == OTTO


def test_a_code_mail_is_a_short_letter_in_two_forms(client):
    make.organiser(OTTO)
    ask_for_code(client)
    mail = mails()[0]
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"
    html = mail.alternatives[0][0]
    assert code() in html
    assert "<style" not in html
    assert CODE.search(mail.body)


def test_mails_speak_the_language_of_the_browser(client):
    make.organiser(OTTO)
    client.post("/accounts/login/", {"login": OTTO}, headers={"accept-language": "de"})
    assert mails()[0].extra_headers["Content-Language"] == "de"


@pytest.mark.parametrize("what", [*accountmails.CHANGES, "something_new"])
def test_every_change_of_an_account_has_a_mail(what):
    note = {"kind": "changed", "what": what, "to": OTTO, "language": "en", "to_email": "n@e.org"}
    mail: Any = accountmails.account(note)
    assert mail.to == [OTTO]
    assert "/accounts/" in mail.body


# --- The account page -------------------------------------------------------------------------
def test_a_name_is_cleaned_and_saved(client):
    otto = make.organiser(OTTO)
    client.force_login(otto)
    assert client.post("/accounts/", {"name": "  Otto \t Meier "}).status_code == 302
    otto.refresh_from_db()
    assert otto.name == "Otto Meier"
    bad = client.post("/accounts/", {"name": "Otto\u202eexe"})
    assert bad.status_code == 422
    assert "Otto" in bad.content.decode()


def test_t62_a_new_address_is_proved_told_to_the_old_one_and_ends_other_sessions(client):
    sign_up(client)
    elsewhere = Client()
    log_in(elsewhere)
    client.post("/accounts/email/", {"email": "new@example.org", "action_add": "1"})
    assert Organiser.objects.get().email == OTTO
    client.post("/accounts/confirm-email/", {"code": code()})
    assert Organiser.objects.get().email == "new@example.org"
    assert is_in(client)
    assert not is_in(elsewhere)
    told = mails()[-1]
    assert told.to == [OTTO]
    assert "new@example.org" in told.body


def test_t64_logging_in_gives_a_new_session(client):
    make.organiser(OTTO)
    ask_for_code(client)
    before = client.session.session_key
    assert before
    client.post("/accounts/login/code/confirm/", {"code": code()})
    assert client.session.session_key != before
    engine = import_module(settings.SESSION_ENGINE)
    assert not engine.SessionStore().exists(before)


def test_t64_a_session_can_be_ended_from_another(client):
    otto = make.organiser(OTTO)
    elsewhere = Client()
    log_in(elsewhere)
    log_in(client)
    row = UserSession.objects.get(session_key=elsewhere.session.session_key)
    sam = Client()
    sam.force_login(make.organiser("sam@example.org"))
    assert sam.post(f"/accounts/sessions/{row.pk}/end/").status_code == 404
    assert is_in(elsewhere)
    assert client.post(f"/accounts/sessions/{row.pk}/end/").status_code == 302
    assert not is_in(elsewhere)
    assert is_in(client)
    assert UserSession.objects.filter(user=otto).count() == 1


def test_t64_all_other_sessions_can_be_ended_at_once(client):
    make.organiser(OTTO)
    others = [Client(), Client()]
    for one in others:
        log_in(one)
    log_in(client)
    client.post("/accounts/sessions/end/")
    assert [is_in(one) for one in [*others, client]] == [False, False, True]


def test_a_session_keeps_the_network_and_not_the_address(client):
    make.organiser(OTTO)
    ask_for_code(client)
    client.post("/accounts/login/code/confirm/", {"code": code()}, REMOTE_ADDR="203.0.113.77")
    assert UserSession.objects.get().ip == "203.0.113.0"


@pytest.mark.parametrize(
    ("step", "times", "still_in"),
    [
        (timedelta(hours=11), 1, True),
        (timedelta(hours=13), 1, False),  # nobody came by
        (timedelta(hours=11), 14, True),
        (timedelta(hours=11), 16, False),  # somebody came by, and it is a week ago
    ],
)
def test_t64_a_session_ends_after_12_idle_hours_and_after_a_week(client, step, times, still_in):
    make.organiser(OTTO)
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        log_in(client)
        found = is_in(client)
        for _ in range(times):
            clock.shift(step)
            found = is_in(client)
    assert found == still_in


@pytest.mark.parametrize("path", ["/", "/imprint/", "/letters/aller/", "/letters/aller/report/"])
def test_reading_in_public_touches_no_session(client, path):
    make.letter(slug="aller")
    make.organiser(OTTO)
    log_in(client)
    answer = client.get(path)
    assert "Cookie" not in answer.get("Vary", "")
    assert not answer.cookies


def totp_code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_an_authenticator_app_is_asked_after_the_code(client):
    otto = admitting.admit(email=OTTO)
    log_in(client)
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    answer = client.post("/accounts/2fa/totp/activate/", {"code": totp_code(secret)})
    assert answer.url == "/accounts/2fa/recovery-codes/"
    assert Authenticator.objects.filter(user=otto).count() == 2
    codes = Authenticator.objects.get(user=otto, type="recovery_codes").wrap().get_unused_codes()
    assert all(one in client.get(answer.url).content.decode() for one in codes)
    assert secret not in str(Authenticator.objects.values_list("data", flat=True))

    fresh = Client()
    assert log_in(fresh).url == "/accounts/2fa/authenticate/"
    assert not is_in(fresh)
    assert fresh.get("/organise/").status_code == 302
    fresh.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert is_in(fresh)


@pytest.mark.parametrize(
    ("says", "is_called"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("x" * 100, "x" * 40),
        ("", ""),
    ],
)
def test_a_session_names_the_browser_as_people_do(says, is_called):
    assert browsers.named(says) == is_called


# --- Threats ----------------------------------------------------------------------------------
OUTSIDE = [
    "https://evil.example/", "http:evil.example", "http:/evil.example", "http:///evil.example",
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
    "\\/evil.example", "/\\/evil.example", "/%09/evil.example", "/%0a/evil.example",
    "/%0d%0a/evil.example", "/\t/evil.example", "/\n/evil.example", "/%5cevil.example",
    "/%5c%5cevil.example", "/%2f/evil.example", "/%2fevil.example", "/%252fevil.example",
    "/%25252fevil.example", "/%2509/evil.example", "/%00/evil.example", "/ /evil.example",
    "/%20/evil.example", "/%e2%80%a8/evil.example", "/%c2%a0/evil.example", "/\u00a0/evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "evil.example",
    "@evil.example", "https:evil.example", "ftp://evil.example", "/organise//evil.example",
    "/organise/%2f%2fevil.example", "\x01https://evil.example", " https://evil.example",
    "http://testserver@evil.example/", "http://testserver.evil.example/", "?next=//evil.example",
    "https://testserver/organise/",
]  # fmt: skip


@pytest.mark.parametrize("url", OUTSIDE)
def test_t47_next_leads_nowhere_but_to_a_path_of_ours(client, url):
    assert not returning.is_path_of_ours(url)


def test_t47_logging_in_ignores_a_next_that_leads_away():
    make.organiser(OTTO)
    for url in ["/%09/evil.example", "//evil.example", "https://evil.example/"]:
        assert log_in(Client(REMOTE_ADDR="198.51.100.1"), next=url).url == "/organise/"


def test_t47_logging_in_goes_on_to_a_page_of_ours(client):
    make.organiser(OTTO)
    assert log_in(client, next="/organise/letters/new/?a=%2F").url == "/organise/letters/new/?a=%2F"


def test_t60_an_account_nobody_proved_owns_nothing_and_is_gone_after_a_day(client):
    now = timezone.now()
    client.post("/accounts/signup/", {"email": OTTO})
    assert not is_in(client)
    assert client.get("/organise/").status_code == 302
    assert admitting.sweep_unverified(now=now + timedelta(hours=23)) == 0
    kept = make.organiser("kept@example.org")
    proved = admitting.admit(email="proved@example.org")
    assert admitting.sweep_unverified(now=now + timedelta(hours=25)) == 1
    assert set(Organiser.objects.all()) == {kept, proved}


def test_t60_the_owner_of_an_address_somebody_else_signed_up_gets_in_and_he_does_not(client):
    sam = Client()
    sam.post("/accounts/signup/", {"email": OTTO})
    log_in(client)
    assert is_in(client)
    sam.post("/accounts/confirm-email/", {"code": "BBBB-BBBB"})
    assert not is_in(sam)


def test_sessions_that_are_over_are_forgotten(client):
    make.organiser(OTTO)
    log_in(client)
    assert admitting.sweep_sessions(now=timezone.now()) == 0
    assert admitting.sweep_sessions(now=timezone.now() + timedelta(days=8)) == 1


# --- Who may open an account ------------------------------------------------------------------
def test_by_invitation_only_the_invited_address_opens_an_account(client, settings):
    settings.REGISTRATION = "invite"
    inviting.invite(email=OTTO, by=None, now=timezone.now())
    invitation = mails("organiser.invited")[0]
    assert invitation.to == [OTTO]
    assert "/accounts/signup/" in invitation.body
    assert OTTO not in re.findall(r"https?://\S+", invitation.body)[0]
    assert sign_up(client).url == "/organise/"
    assert Invitation.objects.get().used_at


def test_t61_an_invitation_is_no_use_to_another_address(settings):
    settings.REGISTRATION = "invite"
    inviting.invite(email=OTTO, by=None, now=timezone.now())
    invited, sam = Client(), Client()
    one = shown(invited, invited.post("/accounts/signup/", {"email": OTTO}))
    other = shown(sam, sam.post("/accounts/signup/", {"email": "sam@example.org"}))
    assert one[:2] == other[:2]
    assert not Organiser.objects.filter(email="sam@example.org").exists()
    assert "by invitation" in mails()[-1].body


def test_t61_an_invitation_ends_after_72_hours_and_works_once(client, settings):
    settings.REGISTRATION = "invite"
    now = timezone.now()
    inviting.invite(email=OTTO, by=None, now=now - timedelta(hours=73))
    client.post("/accounts/signup/", {"email": OTTO})
    assert not Organiser.objects.exists()
    inviting.invite(email=OTTO, by=None, now=now)
    cache.clear()  # a code may be asked for every ten seconds
    assert sign_up(Client()).url == "/organise/"
    Organiser.objects.all().delete()
    Client().post("/accounts/signup/", {"email": OTTO})
    assert not Organiser.objects.exists()


def test_a_command_invites_and_another_makes_staff(settings, capsys):
    call_command("invite", OTTO)
    assert Invitation.objects.get().email == OTTO
    call_command("make_staff", OTTO)
    otto = Organiser.objects.get()
    assert otto.is_staff
    assert EmailAddress.objects.get(user=otto).verified
    call_command("make_staff", OTTO, remove=True)
    assert not Organiser.objects.get().is_staff
