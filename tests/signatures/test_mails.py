"""The mails themselves: what they say, and what nobody can make them say."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import dns.exception
import dns.message
import dns.resolver
import html5lib
import pytest
import time_machine
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import mails
from signatures import domains, emails
from signatures.models import Signature
from signatures.services import erasing
from signatures.services.reminding import Reminder
from tests import make, supporter
from worker import outbox

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def reminder(signature: Signature, *, now: datetime) -> EmailMessage:
    signature.mailed_at = now
    return emails.reminder(signature, Reminder(now + timedelta(hours=72), again=True))


BUILDERS = (emails.confirm, emails.signed_already, emails.manage, reminder)


def html_of(message: EmailMessage) -> str:
    assert isinstance(message, EmailMultiAlternatives)
    return str(message.alternatives[0][0])


@pytest.mark.django_db
def test_the_mail_with_the_button() -> None:
    letter = make.letter(zone="Europe/Berlin")
    with time_machine.travel(NOON, tick=False):
        supporter.sign(letter, name="Joan Baker")
        [sent] = supporter.new_mails()
    assert sent.to == ["joan@example.org"]
    assert "Give the Aller its water back" in sent.subject
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    for part in (sent.body, html_of(sent)):
        for said in (
            "Joan Baker",
            "Friends of the Aller",
            "Marta Velander",
            "25 November 2026, 13:00",
            "CET",
        ):
            assert said in part
        assert "You didn’t sign anything?" in part
        assert "7 days" in part
    path = supporter.link(sent)  # it stands alone on a line of its own
    assert path.startswith("/confirm/")
    assert html_of(sent).count("<a class=") == html_of(sent).count(' class="button"') == 1
    assert "<style" not in html_of(sent)
    assert "<img" not in html_of(sent)


@pytest.mark.django_db
def test_the_link_s_time_starts_when_the_mail_is_sent() -> None:
    letter = make.letter(now=NOON)
    with time_machine.travel(NOON, tick=False) as clock:
        supporter.sign(letter)
        clock.shift(timedelta(hours=10))
        [sent] = supporter.new_mails()
        clock.shift(timedelta(hours=71))
        assert supporter.press(supporter.link(sent)).status_code == 303


@pytest.mark.django_db
def test_the_mail_never_promises_more_than_the_closing_time_allows() -> None:
    letter = make.letter(now=NOON, closes_at=NOON + timedelta(hours=1), zone="UTC")
    signature = make.pending(letter, now=NOON)
    assert "23 November 2026, 13:00" in emails.confirm(signature, now=NOON).body


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_mails_speak_the_signer_s_language(language: str) -> None:
    signature = make.pending(make.letter(), language=language)
    sent = emails.confirm(signature, now=NOON)
    assert sent.extra_headers["Content-Language"] == language
    assert f'<html lang="{language}"' in html_of(sent)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["Win at www.evil.example", "http://evil.example", "evil.com", "Call joan@evil.com now"],
)
def test_a_name_that_would_become_a_link_is_left_out(name: str) -> None:
    signature = make.pending(make.letter(), name=name)
    sent = emails.confirm(signature, now=NOON)
    assert "evil" not in sent.body
    assert "evil" not in html_of(sent)


@pytest.mark.parametrize(
    "name", ["Dr. Ana Souza", "J.R.R. Tolkien", "محمد الحربي", "王小明", "O’Brien"]
)
def test_a_name_that_is_only_a_name_is_greeted(name: str) -> None:
    assert emails.greeting_name(name) == name


@pytest.mark.django_db
@pytest.mark.parametrize(
    "hostile", ["{{7*7}}", "{% load x %}", "${7*7}", "{title}", "%s%n", "<b>x</b>", "**x**"]
)
def test_t33_placeholders_and_markup_stay_as_they_were_typed(hostile: str) -> None:
    letter = make.letter(
        title=f"Water {hostile}", sender=f"Friends {hostile}", controller="Friends of the Aller"
    )
    signature = make.pending(letter, name=f"Joan {hostile}")
    for build in BUILDERS:
        sent = build(signature, now=NOON)
        assert f"Water {hostile}" in sent.subject
        assert f"Joan {hostile}" in sent.body
        tree = html5lib.parse(html_of(sent), namespaceHTMLElements=False)
        words = "".join(tree.itertext())
        assert f"Joan {hostile}" in words
        assert f"Water {hostile}" in words
        assert {one.tag for one in tree.iter("b")} <= {"b"}
        assert not [one for one in tree.iter("b") if one.text == "x"]


@pytest.mark.once
@pytest.mark.django_db
@given(typed=st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_t31_nothing_typed_becomes_a_header(typed: str) -> None:
    """Straight into the mails, past the cleaning of the forms: the second fence."""
    signature = _made()
    signature.name = typed
    signature.revision.title = f"{typed}\r\nBcc: all@example.org\u2028Bcc: x\u0085Bcc: y"
    for build in BUILDERS:
        raw = build(signature, now=NOON).message()
        assert set(raw.keys()) == HEADERS
        assert raw["To"] == "joan@example.org"
        assert (
            len(
                re.findall(
                    rb"^bcc:", raw.as_bytes().partition(b"\n\n")[0], re.MULTILINE | re.IGNORECASE
                )
            )
            == 0
        )


HEADERS = {
    "Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID",
    "Auto-Submitted", "Content-Language",
}  # fmt: skip


def _made() -> Signature:
    found = Signature.objects.select_related("letter", "revision").first()
    if found is None:
        make.pending(make.letter(), email="joan@example.org")
        found = Signature.objects.select_related("letter", "revision").get()
    return found


def test_t31_every_kind_of_line_end_is_a_space_in_a_subject() -> None:
    ends = "a\rb\nc\r\nd\u2028e\u2029f\u0085g\x0bh\x0ci\x1cj\x1dk\x1el"
    assert mails._one_line(ends) == "a b c d e f g h i j k l"


@pytest.mark.django_db
def test_t14_no_mail_carries_the_address_but_in_to() -> None:
    signature = make.pending(make.letter(), email="canary.signer@example.org")
    for build in BUILDERS:
        raw = build(signature, now=NOON).message()
        named = [key for key, value in raw.items() if "canary" in str(value)]
        assert named == ["To"]


@pytest.mark.django_db
def test_t15_no_mail_loads_anything_when_it_is_shown() -> None:
    signature = make.pending(make.letter())
    for build in (*BUILDERS, emails.invited):
        tree = html5lib.parse(html_of(build(signature, now=NOON)), namespaceHTMLElements=False)
        loading = {"src", "srcset", "background", "poster", "data"}
        assert not [one for one in tree.iter() if loading & set(one.attrib)]
        assert not {one.tag for one in tree.iter()} & {"img", "link", "script", "iframe", "object"}
        assert "url(" not in html_of(build(signature, now=NOON))


# --- What the worker decides ------------------------------------------------------------------
@pytest.mark.django_db
def test_a_signature_that_is_gone_gets_no_mail() -> None:
    letter = make.letter()
    gone, erased = make.pending(letter), make.confirmed(letter)
    erasing.erase(uid=gone.uid, now=timezone.now())
    erasing.erase(uid=erased.uid, now=timezone.now())
    assert not supporter.new_mails()


@pytest.mark.django_db
def test_a_closed_letter_sends_no_button_any_more() -> None:
    letter = make.letter(now=NOON, closes_at=NOON + timedelta(hours=2))
    with time_machine.travel(NOON, tick=False) as clock:
        make.pending(letter)
        clock.shift(timedelta(hours=27))
        assert not supporter.new_mails()


@pytest.mark.django_db
def test_the_same_message_always_has_the_same_id() -> None:
    signature = make.pending(make.letter())
    [first] = supporter.new_mails()
    with transaction.atomic():
        message = outbox.publish("signature.asked", signature=signature.pk, mail=1)
    [second] = supporter.new_mails()
    assert str(message.uid) in second.extra_headers["Message-ID"]
    assert first.extra_headers["Message-ID"] != second.extra_headers["Message-ID"]


# --- DNS, only where it is asked for ----------------------------------------------------------
class Zone:
    """A resolver with the answers of a test; everything else of the module is real."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.lifetime = 0.0

    def resolve(self, *_: Any) -> Any:
        return self._say()

    def resolve_name(self, *_: Any) -> Any:
        return self._say()

    def _say(self) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "takes"),
    [
        (dns.resolver.NXDOMAIN(), False),
        (dns.resolver.NoAnswer(response=dns.message.make_query("x", "MX")), False),
        (dns.resolver.NoNameservers(), True),
        (dns.exception.Timeout(), True),
        (dns.resolver.NoResolverConfiguration(), True),
        (OSError("network unreachable"), True),
    ],
)
def test_dns_refuses_only_what_it_knows(
    monkeypatch: pytest.MonkeyPatch, answer: Any, *, takes: bool
) -> None:
    monkeypatch.setattr(dns.resolver, "Resolver", lambda: Zone(answer))
    assert domains.takes_mail("example.org") is takes


@pytest.mark.django_db
def test_dns_is_asked_only_where_configured(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    def asked() -> Any:
        raise AssertionError("DNS was asked")

    monkeypatch.setattr(dns.resolver, "Resolver", asked)
    make.pending(make.letter())
    assert len(supporter.new_mails()) == 1
    settings.CHECK_MAIL_DOMAINS = True
    monkeypatch.setattr(dns.resolver, "Resolver", lambda: Zone(dns.resolver.NXDOMAIN()))
    make.pending(make.letter())
    assert not supporter.new_mails()
