"""How often one may sign: T06, T78, and the notion of who asks."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from campaigns import client, limiting
from signatures.models import Signature
from tests import make, supporter
from tests.services import RedisServer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.once
@pytest.mark.django_db
def test_t06_two_hundred_attempts_make_at_most_three_mails() -> None:
    letters = [make.letter() for _ in range(4)]
    statuses = [
        supporter.sign(letters[n % 4], email="victim@example.org", REMOTE_ADDR=f"198.51.100.{n}")
        .status_code
        for n in range(200)
    ]  # fmt: skip
    assert set(statuses) == {303, 429}
    assert len(supporter.new_mails()) <= 3


@pytest.mark.django_db
def test_t06_the_cap_holds_without_the_limiter() -> None:
    """Restarted processes and several of them forget; the rows do not."""
    letters = [make.letter() for _ in range(3)]
    for n in range(40):
        limiting.forget_all()
        supporter.sign(letters[n % 3], email="vic.tim+a@gmail.com" if n % 2 else "victim@gmail.com")
    assert len(supporter.new_mails()) == 3


@pytest.mark.django_db
def test_t06_never_more_than_five_mails_for_one_letter() -> None:
    letter = make.letter()
    mails = 0
    for day in range(6):
        with time_machine.travel(NOON + timedelta(days=day), tick=False):
            limiting.forget_all()
            for _ in range(3):
                supporter.sign(letter, email="victim@example.org")
            mails += len(supporter.new_mails())
    assert mails == 5


@pytest.mark.django_db(transaction=True)
def test_t06_letters_signed_at_the_same_moment_share_the_cap() -> None:
    letters = [make.letter() for _ in range(8)]
    barrier = threading.Barrier(8)

    def sign(n: int) -> None:
        barrier.wait()
        try:
            make.pending(letters[n], email="victim@example.org")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sign, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(Signature.objects.values_list("mails", flat=True)) == 3


@pytest.mark.django_db
def test_above_the_mailbox_limit_it_says_when_again_and_keeps_what_was_typed() -> None:
    letter = make.letter()
    for _ in range(3):
        assert supporter.sign(letter).status_code == 303
    answer = supporter.sign(letter, name="Joan Kept", comment="Kept comment")
    text = answer.content.decode()
    assert answer.status_code == 429
    assert 23 * 3600 < int(answer["Retry-After"]) <= 24 * 3600
    assert "24 hours" in text
    assert "Joan Kept" in text
    assert "Kept comment" in text


@pytest.mark.django_db
def test_the_mailbox_limit_ends_with_the_day(settings: Any) -> None:
    letter = make.letter(now=NOON - timedelta(days=2))
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3):
            supporter.sign(letter)
        assert supporter.sign(letter).status_code == 429
        clock.shift(timedelta(hours=24, seconds=1))
        assert supporter.sign(letter).status_code == 303


@pytest.mark.django_db
def test_whoever_confirms_may_sign_other_letters_the_same_day() -> None:
    for _ in range(6):
        letter = make.letter()
        assert supporter.sign(letter).status_code == 303
        [sent] = supporter.new_mails()
        assert supporter.press(supporter.link(sent)).status_code == 303


@pytest.mark.django_db
def test_the_limit_of_an_address_is_per_address(settings: Any) -> None:
    settings.SIGNING_LIMITS = "5/h/ip,3/d/mailbox"
    letter = make.letter()

    def attempt(n: int, address: str) -> int:
        one = supporter.browser(REMOTE_ADDR=address)
        return int(supporter.sign(letter, client=one, email=f"s{n}@example.org").status_code)

    assert [attempt(n, "198.51.100.1") for n in range(6)] == [303] * 5 + [429]
    assert attempt(6, "198.51.100.2") == 303
    assert [attempt(10 + n, f"2001:db8::{n:x}") for n in range(6)] == [303] * 5 + [429]


@pytest.mark.django_db
def test_a_bare_post_has_a_stricter_limit() -> None:
    letter = make.letter()
    statuses = [
        supporter.sign(letter, email=f"s{n}@example.org", token=None).status_code for n in range(31)
    ]
    assert statuses == [303] * 30 + [429]
    assert supporter.sign(letter, email="form@example.org").status_code == 303


@pytest.mark.django_db
def test_a_forged_forwarding_header_changes_nothing(settings: Any) -> None:
    settings.SIGNING_LIMITS = "5/h/ip"
    letter = make.letter()
    statuses = [
        supporter.sign(
            letter, email=f"s{n}@example.org", headers={"X-Forwarded-For": f"198.51.100.{n}"}
        ).status_code
        for n in range(6)
    ]
    assert statuses[-1] == 429


def request(remote: str = "192.0.2.9", forwarded: str | None = None) -> HttpRequest:
    headers: Any = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=remote, **headers)


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "found"),
    [
        (0, "192.0.2.9", None, "192.0.2.9"),
        (0, "192.0.2.9", "198.51.100.1", "192.0.2.9"),
        (1, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "10.0.0.1", "198.51.100.1", "10.0.0.1"),  # somebody went round a proxy
        (1, "10.0.0.1", None, "10.0.0.1"),
        (1, "10.0.0.1", "unknown", "10.0.0.1"),
        (1, "10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        (1, "10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        (0, "::ffff:192.0.2.9", None, "192.0.2.9"),
        (0, "", None, "None"),
    ],
)
def test_who_asks_is_what_our_own_proxies_saw(
    settings: Any, proxies: int, remote: str, forwarded: str | None, found: str
) -> None:
    settings.PROXIES = proxies
    assert str(client.address(request(remote, forwarded))) == found


def test_a_proxy_nobody_told_us_about_is_a_loud_warning_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_warned", set())
    for _ in range(3):
        client.address(request(forwarded="198.51.100.77"))
    told = [one for one in caplog.records if "PROXIES" in one.getMessage()]
    assert len(told) == 1
    assert told[0].levelname == "ERROR"
    assert "198.51.100.77" not in caplog.text


@pytest.mark.django_db
def test_a_network_is_the_same_for_neighbours_for_one_day() -> None:
    one, neighbour, other = (
        request(remote) for remote in ("198.51.100.1", "198.51.100.200", "198.51.101.1")
    )
    digest = client.network(one, NOON)
    assert digest is not None
    assert len(digest) == 32
    assert client.network(neighbour, NOON) == digest
    assert client.network(other, NOON) != digest
    assert client.network(one, NOON + timedelta(days=1)) != digest
    six, cousin = request("2001:db8:1:1::1"), request("2001:db8:1:ffff::1")
    assert client.network(six, NOON) == client.network(cousin, NOON)
    assert client.household(six) != client.household(cousin)


@pytest.mark.parametrize("text", ["300/h", "x/h/ip", "0/h/ip", "3/w/mailbox", "3/d/mail box"])
def test_a_limit_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        limiting.rules(text)


# --- Redis ------------------------------------------------------------------------------------
def test_limits_are_shared_through_redis_and_hold_no_address(redis_url: str) -> None:
    from redis import Redis

    rule = limiting.rules("3/d/mailbox")["mailbox"]
    one, other = limiting.Limiter(redis_url), limiting.Limiter(redis_url)
    one.take(rule, "mailbox", "digest")
    other.take(rule, "mailbox", "digest")
    one.take(rule, "mailbox", "digest")
    with pytest.raises(limiting.TooOften) as often:
        other.take(rule, "mailbox", "digest")
    assert 86_000 < often.value.wait <= 86_400
    with Redis.from_url(redis_url) as store:
        assert store.keys("limits*")
    other.forget(rule, "mailbox", "digest")
    one.take(rule, "mailbox", "digest")


def test_t78_without_redis_the_limit_is_kept_nearby(own_redis: RedisServer) -> None:
    limiter = limiting.Limiter(own_redis.url)
    rule = limiting.rules("2/h/ip")["ip"]
    limiter.take(rule, "ip", "a")
    own_redis.kill()
    limiter.take(rule, "ip", "a")
    limiter.take(rule, "ip", "a")
    with pytest.raises(limiting.TooOften):
        limiter.take(rule, "ip", "a")
    own_redis.start()


@pytest.mark.django_db
def test_t78_signing_goes_on_when_redis_is_gone(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    letter = make.letter()
    assert supporter.sign(letter).status_code == 303
    assert Signature.objects.get().asked_at <= timezone.now()
