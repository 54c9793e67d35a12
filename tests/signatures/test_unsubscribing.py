"""The link that ends the news: by a mail program's own button (RFC 8058), or by ours."""

import re
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from signatures import tokens, updateemails
from signatures.models import Consent, Erasure, Signature
from signatures.services import erasing, forgetting, sweeping, withdrawing
from signatures.services.subscribing import subscribe
from signatures.tokens import Purpose
from tests import make, supporter

pytestmark = pytest.mark.django_db
BODY = {"List-Unsubscribe": "One-Click"}
FORM = "application/x-www-form-urlencoded"


def subscriber(**fields: Any) -> Signature:
    return make.counted(make.letter(), updates=True, **fields)


def page_of(signature: Signature) -> str:
    return urlsplit(updateemails.unsubscribe_link(signature, timezone.now())).path


def gets_news(signature: Signature) -> bool:
    signature.refresh_from_db()
    return signature.updates


def consents(signature: Signature) -> list[tuple[bool, str, str]]:
    rows = Consent.objects.filter(signature=signature).order_by("pk")
    return list(rows.values_list("given", "door", "text"))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_one_press_in_a_mail_program_stops_the_news_without_a_page() -> None:
    signature = subscriber()
    answer = Client(enforce_csrf_checks=True).post(page_of(signature), BODY)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert text(answer) == "Unsubscribed.\n"
    assert not answer.cookies
    assert not gets_news(signature)
    assert consents(signature) == [(False, "one-click", "List-Unsubscribe=One-Click")]
    [noted] = Erasure.objects.filter(kind=Erasure.Kind.UNSUBSCRIBED)
    assert noted.signature == signature.uid


def test_the_press_comes_as_a_form_or_in_parts_and_from_anywhere() -> None:
    elsewhere = {
        "origin": "https://mail.example",
        "sec-fetch-site": "cross-site",
        "referer": "https://mail.example/inbox",
    }
    for sent in (
        {"data": "List-Unsubscribe=One-Click", "content_type": FORM},
        {"data": BODY},  # in parts
        {"data": BODY, "headers": elsewhere},
        {"data": BODY, "headers": {"origin": "null"}},
    ):
        signature = subscriber()
        answer = Client(enforce_csrf_checks=True).post(page_of(signature), **sent)
        assert answer.status_code == 200, sent
        assert not gets_news(signature)


def test_it_goes_through_a_language_s_address_too_and_never_leads_elsewhere() -> None:
    signature = subscriber()
    answer = Client().post(f"/de{page_of(signature)}", BODY)
    assert answer.status_code == 200
    assert not gets_news(signature)


def test_the_signature_stays_and_counts() -> None:
    signature = subscriber()
    Client().post(page_of(signature), BODY)
    signature.refresh_from_db()
    assert (signature.state, signature.counted, signature.public) == ("confirmed", True, True)
    signature.letter.tally.refresh_from_db()
    assert signature.letter.tally.count == 1


def test_pressing_again_and_again_changes_nothing_more() -> None:
    signature = subscriber()
    answers = [Client().post(page_of(signature), BODY) for _ in range(3)]
    assert len({(one.status_code, one.content) for one in answers}) == 1
    assert len(consents(signature)) == 1
    assert Erasure.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "patch", "delete"])
def test_t13_opening_the_link_by_any_method_stops_nothing(method: str) -> None:
    signature = subscriber()
    before = Signature.objects.values().get(pk=signature.pk)
    getattr(Client(), method)(page_of(signature))
    assert Signature.objects.values().get(pk=signature.pk) == before
    assert not Consent.objects.exists()


def test_t13_a_scanner_that_opens_every_link_and_sends_the_form_stops_nothing() -> None:
    signature = subscriber()
    page = page_of(signature)
    shown = Client().get(page)
    for link in re.findall(r'href="(/(?!static/)[^"]*)"', text(shown)):
        Client().get(link)
        Client().head(link)
    # `form.submit()` in a script sends no button; some send the names of all fields, empty.
    for sent in ({}, {"press": ""}, {"List-Unsubscribe": ""}, {"List-Unsubscribe": "Two"}):
        answer = Client().post(page, sent)
        assert answer.status_code == 400
        assert "Nothing is stopped yet" in text(answer)
    assert gets_news(signature)
    # The control: the button's own name and value do.
    Client().post(page, {"press": "stop"})
    assert not gets_news(signature)


def test_the_button_on_the_page_stops_and_starts_again() -> None:
    signature = subscriber()
    page, client = page_of(signature), supporter.browser()
    assert "Stop the news of this letter?" in text(client.get(page))
    stopped = client.post(page, {"press": "stop"}, follow=True)
    assert "You get no more news of this letter" in text(stopped)
    assert not gets_news(signature)
    started = client.post(page, {"press": "start"}, follow=True)
    assert "Stop the news of this letter?" in text(started)
    assert gets_news(signature)
    assert consents(signature) == [
        (False, "page", "Stop the news"),
        (True, "page", "Start again"),
    ]


def test_an_old_mail_that_was_passed_on_starts_nothing() -> None:
    signature = subscriber()
    page = page_of(signature)
    Client().post(page, BODY)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert "Start again" not in text(Client().get(page))
        assert Client().post(page, {"press": "start"}).status_code == 409
    assert not gets_news(signature)


def test_nor_does_it_start_what_was_never_wanted_or_ended_elsewhere() -> None:
    never = make.counted(make.letter())
    assert Client().post(page_of(never), {"press": "start"}).status_code == 409
    assert not gets_news(never)
    renewed = subscriber()
    page = page_of(renewed)
    subscribe(uid=renewed.uid, wanted=False, now=timezone.now())
    Signature.objects.filter(pk=renewed.pk).update(generation=renewed.generation + 1)
    assert Client().post(page, {"press": "start"}).status_code == 409
    assert not gets_news(renewed)


def test_it_works_for_years_after_closing_and_whatever_was_corrected() -> None:
    signature = subscriber()
    page = page_of(signature)
    Signature.objects.filter(pk=signature.pk).update(generation=signature.generation + 3)
    signature.letter.state, signature.letter.closed_at = "closed", timezone.now()
    signature.letter.save(update_fields=["state", "closed_at"])
    with time_machine.travel(timezone.now() + timedelta(days=365 * 5)):
        assert Client().post(page, BODY).status_code == 200
    assert not gets_news(signature)


def test_after_withdrawing_or_erasing_it_answers_the_same() -> None:
    for verb in (withdrawing.withdraw, erasing.erase):
        signature = subscriber()
        page = page_of(signature)
        verb(uid=signature.uid, now=timezone.now())
        answer = Client().post(page, BODY)
        assert (answer.status_code, text(answer)) == (200, "Unsubscribed.\n")
        assert not gets_news(signature)


def test_forged_cut_and_foreign_links_are_one_page() -> None:
    signature = subscriber()
    good = page_of(signature).split("/")[-2]
    now = timezone.now()
    foreign = tokens.make(Purpose.MINE, signature.uid, generation=0, at=now)
    nobodys = tokens.make(Purpose.UPDATES, uuid.uuid4(), generation=0, at=now)
    pages = set()
    for token in ("x" * 60, good[:-1], good[:-1] + "~", foreign, nobodys):
        for ask in (Client().get, Client().post):
            answer = ask(f"/unsubscribe/{token}/")
            assert answer.status_code == 404
        one_click = Client().post(f"/unsubscribe/{token}/", BODY)
        pages.add((one_click.status_code, one_click.content))
    assert len(pages) == 1
    assert gets_news(signature)


def test_the_link_of_one_letter_stops_that_letter_s_news_alone() -> None:
    one, other = subscriber(), subscriber()
    Client().post(page_of(one), BODY)
    assert (gets_news(one), gets_news(other)) == (False, True)


def test_who_stopped_the_news_is_under_the_shorter_rule_for_addresses() -> None:
    long_ago = timezone.now() - timedelta(days=400)
    letter = make.letter(now=long_ago)
    kept, left = (make.counted(letter, updates=True, now=long_ago) for _ in range(2))
    Client().post(page_of(left), BODY)
    sweeping.run("addresses", forgetting.addresses(timezone.now()))
    kept.refresh_from_db()
    left.refresh_from_db()
    assert kept.email_sealed is not None
    assert left.email_sealed is None


def test_the_page_is_kept_by_nobody_and_named_to_nobody() -> None:
    answer = Client().get(page_of(subscriber()))
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
