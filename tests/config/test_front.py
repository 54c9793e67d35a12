"""The answers in front of Django: the same bytes, soon renewed, and cheap."""

import gzip
import re
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
import time_machine
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.db.backends.signals import connection_created
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Letter
from campaigns.services import drafting, publishing
from config.front import Front
from config.ready import preferred
from signatures import tokens
from signatures.models import Signature
from signatures.services import showing
from tests import make
from tests.processes import eventually

pytestmark = pytest.mark.django_db

ENDS = (
    "",
    "count.json",
    "checked.json",
    "badge.svg",
    "badge.png",
    "badge.json",
    "embed/counter/",
    "embed/counter.json",
    "embed/sign/",
    "live/",
)
TAGGED = [end for end in ENDS if end != "live/"]  # that one only leads on
ODD = [
    "/letters/aller",
    "/letters/aller//",
    "/letters/aller/\n",
    "/letters//",
    "/xx/letters/aller/",
    "/de/de/letters/aller/",
    "/letters/aller/count.json/",
    "/letters/aller/badge.svgz",
    "/letters/aller/signatures/",
    "/letters/aller/sign/",
    "/letters/\u00e4ller/",
    "/",
]
REQUEST_ID = re.compile(r"[0-9a-f]{32}")


class Clock:
    """Time that stands still until it is moved."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def without_request_id(self) -> tuple[int, dict[str, str], bytes]:
        headers = dict(self.headers)
        request_id = headers.pop("X-Request-Id")
        assert REQUEST_ID.fullmatch(request_id)
        return self.status, headers, self.body.replace(request_id.encode(), b"")


def ask(application: Any, path: str, method: str = "GET", **given: str) -> Answer:
    path, _, query = path.partition("?")
    environ = RequestFactory().generic(method, "/", HTTP_HOST="localhost").environ
    environ |= {"PATH_INFO": path.encode().decode("latin-1"), "QUERY_STRING": query, **given}
    said: list[Any] = []
    answer = application(environ, lambda status, headers: said.extend((status, headers)))
    body = b"".join(answer)
    names = [name for name, _ in said[1]]
    assert len(names) == len(set(names))
    return Answer(int(said[0][:3]), dict(said[1]), body)


class Counted:
    """Django, and how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._django = WSGIHandler()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.asked.append(environ["PATH_INFO"])
        return self._django(environ, start_response)


@pytest.fixture
def django() -> Counted:
    return Counted()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def front(django: Counted, clock: Clock) -> Front:
    return Front(django, clock=clock, idle=0.05)


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """As Django's test client does it: the end of a request doesn't close the connection."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def still() -> Iterator[None]:
    """What is dated on a page stays."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture
def letter() -> Letter:
    made = make.letter(slug="aller")
    make.counted(made, name="Joan Baker")
    return made


def _paused(now: datetime) -> None:
    publishing.pause(letter=make.letter(slug="aller"))


def _upcoming(now: datetime) -> None:
    make.letter(slug="aller", opens_at=now + timedelta(days=1))


def _closed(now: datetime) -> None:
    publishing.close(letter=make.letter(slug="aller"), now=now)


def _open(now: datetime) -> None:
    make.counted(make.letter(slug="aller"), name="Joan Baker")


def _taken_down(now: datetime) -> None:
    publishing.take_down(letter=make.letter(slug="aller"), because="spam", now=now)


def _a_draft(now: datetime) -> None:
    make.letter(slug="aller", published=False)


STATES = [_open, _paused, _upcoming, _closed, _taken_down, _a_draft]


@pytest.mark.parametrize("state", STATES)
def test_it_says_what_django_says_to_the_byte_and_header(still, front, django, state):
    state(timezone.now())
    asked = [f"{prefix}/letters/aller/{end}" for prefix in ("", "/de") for end in ENDS]
    for path in (*asked, "/embed.js"):
        ordinary = ask(django, path).without_request_id()
        first, again, head = ask(front, path), ask(front, path), ask(front, path, "HEAD")
        assert first.headers["X-Request-Id"] != again.headers["X-Request-Id"]
        assert first.without_request_id() == again.without_request_id() == ordinary, path
        assert head.without_request_id() == (*ordinary[:2], b""), path
        assert "Set-Cookie" not in first.headers
    assert len(django.asked) == 2 * (len(asked) + 1)


@pytest.mark.parametrize("path", ODD)
def test_what_is_no_address_of_its_own_it_leaves_to_django(front, django, letter, path):
    ordinary = ask(django, path)
    assert ask(front, path).status == ordinary.status
    ask(front, path)
    assert len(django.asked) == 3
    assert len(front.shelf) == 0


@pytest.mark.parametrize("path", ["/embed.js", *(f"/letters/aller/{end}" for end in TAGGED)])
def test_what_a_reader_has_already_is_not_sent_again(still, front, django, letter, path):
    first = ask(front, path)
    tag = first.headers["ETag"]
    ordinary = ask(django, path, HTTP_IF_NONE_MATCH=tag).without_request_id()
    ordinary[1].pop("Content-Length", None)
    for seen in (tag, f"W/{tag}", "*", f'"other", {tag}'):
        again = ask(front, path, HTTP_IF_NONE_MATCH=seen)
        assert again.without_request_id() == ordinary
    assert ask(front, path, HTTP_IF_NONE_MATCH='"other"').body == first.body
    assert ask(front, path, HTTP_IF_NONE_MATCH="nonsense").body == first.body


@pytest.mark.parametrize("path", ["/embed.js", "/letters/aller/", "/letters/aller/embed/sign/"])
def test_it_comes_compressed_to_whoever_takes_that(front, django, letter, path):
    plain = ask(front, path)
    assert plain.headers["Vary"] == "Accept-Encoding"
    for coding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        packed = ask(front, path, HTTP_ACCEPT_ENCODING=coding)
        assert unpack(packed.body) == plain.body
        assert len(packed.body) == int(packed.headers.pop("Content-Length")) < len(plain.body)
        assert packed.headers.pop("Content-Encoding") == coding
        assert packed.headers.pop("ETag") == f"W/{plain.headers['ETag']}"
        assert packed.headers.items() - plain.headers.items() == {
            ("X-Request-Id", packed.headers["X-Request-Id"])
        }
    assert len(django.asked) == 1
    small = ask(front, "/letters/aller/count.json", HTTP_ACCEPT_ENCODING="gzip")
    assert not {"Content-Encoding", "Vary"} & small.headers.keys()


@pytest.mark.parametrize(
    ("wish", "coding"),
    [
        ("", ""),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br;q=0.1,gzip;q=0.9", "gzip"),
        ("*", "br"),
        ("*;q=0", ""),
        ("identity", ""),
        ("gzip;q=nan, br;q=1e9", ""),
        ("gzip;;q=1", ""),
        (";,=;q", ""),
        ("gzip," * 10_000, ""),
        ("\xff\x00", ""),
    ],
)
def test_an_absurd_wish_for_a_coding_gets_the_plain_bytes(wish, coding):
    assert preferred(wish) == coding


@pytest.mark.parametrize(
    "given",
    [
        {"REQUEST_METHOD": "POST"},
        {"REQUEST_METHOD": "OPTIONS"},
        {"HTTP_RANGE": "bytes=0-9"},
        {"HTTP_IF_MATCH": '"other"'},
        {"HTTP_HOST": "evil.example"},
        {"HTTP_HOST": ""},
        {"CONTENT_TYPE": "application/json"},
        {"CONTENT_LENGTH": "5"},
        {"SCRIPT_NAME": "/below"},
    ],
    ids=str,
)
def test_what_is_unusual_is_djangos(front, django, letter, given):
    path = "/letters/aller/"
    ask(front, path)
    before = len(django.asked)
    ordinary, answer = ask(django, path, **given), ask(front, path, **given)
    assert len(django.asked) == before + 2
    assert answer.status == ordinary.status
    assert len(front.shelf) == 1


@pytest.mark.parametrize("value", ["x", "somebody" * 4, "\xff"])
def test_t46_a_cookie_is_neither_read_nor_answered(still, front, django, letter, value):
    names = ("session", "csrf", "csrftoken", "messages", "django_language")
    for end in ENDS:
        plain = ask(front, f"/letters/aller/{end}")
        given = {"HTTP_COOKIE": "; ".join(f"{name}={value}" for name in names)}
        ordinary = ask(django, f"/letters/aller/{end}", **given)
        answer = ask(front, f"/letters/aller/{end}", **given)
        assert answer.without_request_id() == plain.without_request_id()
        assert ordinary.without_request_id() == plain.without_request_id()
        assert "Set-Cookie" not in answer.headers
    assert len(front.shelf) == len(ENDS)


def test_a_query_makes_no_second_answer(still, front, django, letter):
    for end in ENDS:
        plain = ask(front, f"/letters/aller/{end}")
        for query in ("ref=paper", "count=9&lang=de", "x" * 5_000):
            asked = ask(front, f"/letters/aller/{end}?{query}")
            ordinary = ask(django, f"/letters/aller/{end}?{query}")
            assert asked.body == plain.body == ordinary.body
    assert len(front.shelf) == len(ENDS)


def test_the_form_in_the_frame_is_dated_and_the_same_for_all(still, front, django, letter):
    page = ask(front, "/letters/aller/embed/sign/?ref=zeit")
    token = page.body.decode().split('name="token" value="')[1].split('"')[0]
    assert tokens.read_form(token, letter.uid, now=timezone.now()).revision == 1
    assert page.body == ask(front, "/letters/aller/embed/sign/", HTTP_COOKIE="session=x").body
    assert "csrf" not in page.body.decode().lower()
    assert page.headers["Cache-Control"].startswith("public")
    assert not {"Set-Cookie", "Access-Control-Allow-Origin"} & page.headers.keys()


def test_over_tls_it_is_another_answer(letter, clock, settings):
    settings.SECURE_HSTS_SECONDS = 60
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    front = Front(WSGIHandler(), clock=clock)
    for proto, secure in (("https", True), ("http", False), ("https, http", True)):
        answer = ask(front, "/letters/aller/", HTTP_X_FORWARDED_PROTO=proto)
        assert ("Strict-Transport-Security" in answer.headers) == secure


# --- Freshness ---------------------------------------------------------------------------------
def _count(letter: Letter) -> None:
    make.counted(letter, name="Second One")


def _hide(letter: Letter) -> None:
    showing.show(uid=Signature.objects.get(letter=letter).uid, public=False)


def _take_down(letter: Letter) -> None:
    publishing.take_down(letter=letter, because="spam", now=timezone.now())


def _close(letter: Letter) -> None:
    publishing.close(letter=letter, now=timezone.now())


def _edit(letter: Letter) -> None:
    draft = make.draft(title="Give all rivers their water back")
    drafting.edit(letter=letter, draft=draft, by=letter.organiser, now=timezone.now())


@pytest.mark.parametrize("happens", [_count, _hide, _take_down, _close, _edit])
def test_what_happens_to_a_letter_shows_within_a_second(
    still, front, django, clock, letter, happens
):
    before = ask(front, "/letters/aller/")
    happens(letter)
    clock.now += 0.2
    assert ask(front, "/letters/aller/").body == before.body
    clock.now += 0.5
    after = ask(front, "/letters/aller/")
    assert after.body != before.body
    assert after.without_request_id() == ask(django, "/letters/aller/").without_request_id()


def test_a_letter_is_there_half_a_second_after_publishing(front, clock):
    made = make.letter(slug="river", published=False)
    assert ask(front, "/letters/river/").status == 404
    publishing.publish(letter=made, by=made.organiser, now=timezone.now())
    clock.now += 0.5
    assert ask(front, "/letters/river/").status == 200


@pytest.mark.django_db(transaction=True)
def test_a_reader_in_between_does_not_wait_and_the_next_one_has_it_new(front, django, clock):
    letter = make.letter(slug="aller")
    before = ask(front, "/letters/aller/count.json")
    make.counted(letter)
    opened: list[Any] = []

    def notice(connection: Any, **_: Any) -> None:
        opened.append(connection)

    connection_created.connect(notice)
    clock.now += 0.5
    assert ask(front, "/letters/aller/count.json").body == before.body
    eventually(lambda: "renewer" not in map(_name, threading.enumerate()), "the thread ends")
    connection_created.disconnect(notice)
    assert [one.connection for one in opened] == [None], "its own connection, closed with it"
    renewed = ask(front, "/letters/aller/count.json")
    assert b'"count":1' in renewed.body
    assert len(django.asked) == 2


def _name(thread: threading.Thread) -> str:
    return thread.name


# --- Threats -----------------------------------------------------------------------------------
def test_ten_thousand_made_up_letters_cost_almost_nothing(front, django, letter):
    with CaptureQueriesContext(connection) as queries:
        for _ in range(10_000 // len(ENDS)):
            slug = secrets.token_hex(secrets.randbelow(60) + 1)
            for end in ENDS:
                assert ask(front, f"/letters/{slug}/{end}").status == 404
    assert len(queries) <= 1 + len(ENDS)
    assert len(front.shelf) == len(ENDS)


def test_t99_a_rush_of_readers_is_one_reader_to_the_database(front, django, letter):
    ask(front, "/letters/aller/")
    with CaptureQueriesContext(connection) as queries:
        for _ in range(1_000):
            assert ask(front, "/letters/aller/").status == 200
    assert len(queries) == 0
    with CaptureQueriesContext(connection) as control:
        ask(django, "/letters/aller/")
    assert len(control) > 0


@pytest.mark.parametrize("end", ENDS)
def test_t43_ready_answers_are_framed_as_ordinary_ones(front, letter, end):
    headers = ask(front, f"/letters/aller/{end}").headers
    framed = end in {"embed/counter/", "embed/sign/"}
    assert ("frame-ancestors" in headers["Content-Security-Policy"]) != framed
    assert ("X-Frame-Options" in headers) != framed


@pytest.mark.parametrize("end", ENDS)
def test_t58_only_what_is_for_other_sites_may_be_read_by_them(front, letter, end):
    for origin in ("https://evil.example", "null", "http://localhost"):
        headers = ask(front, f"/letters/aller/{end}", HTTP_ORIGIN=origin).headers
        shared = (
            end.startswith(("count", "checked", "badge", "live")) or end == "embed/counter.json"
        )
        assert headers.get("Access-Control-Allow-Origin") == ("*" if shared else None)
        assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize("end", ENDS)
def test_t44_no_header_of_one_reader_is_in_anothers_answer(still, front, clock, letter, end):
    clean = ask(front, f"/letters/aller/{end}").without_request_id()
    for name in (
        "HTTP_X_FORWARDED_HOST",
        "HTTP_X_FORWARDED_PROTO",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_ORIGINAL_URL",
        "HTTP_FORWARDED",
        "HTTP_ORIGIN",
        "HTTP_REFERER",
        "HTTP_USER_AGENT",
        "HTTP_ACCEPT",
        "HTTP_ACCEPT_LANGUAGE",
        "HTTP_COOKIE",
        "HTTP_AUTHORIZATION",
        "SERVER_NAME",
        "REMOTE_ADDR",
    ):
        clock.now += 1
        odd = ask(front, f"/letters/aller/{end}", **{name: "evil.example"})
        assert odd.without_request_id() == clean
    assert ask(front, f"/letters/aller/{end}", HTTP_HOST="evil.example").status == 400
    assert ask(front, f"/letters/aller/{end}").without_request_id() == clean


def _leaky(environ: Any, start_response: Any) -> list[bytes]:
    start_response(
        "200 OK", [("Cache-Control", "public, max-age=9"), ("Set-Cookie", "session=joan")]
    )
    return [b"hello Joan"]


def _private(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Cache-Control", "private"), ("X-Request-Id", "0" * 32)])
    return [b"hello Joan"]


@pytest.mark.parametrize("application", [_leaky, _private])
def test_t46_what_is_one_persons_is_never_kept(clock, letter, application):
    front = Front(application, clock=clock)
    assert ask(front, "/letters/aller/").body == b"hello Joan"
    assert len(front.shelf) == 0
