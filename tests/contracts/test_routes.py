"""What holds for every address there is: who may frame it, read it from elsewhere, or keep it."""

import re
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path

from config.middleware import PERSONAL
from tests import make, supporter, watching

pytestmark = pytest.mark.django_db

# The only ones that a script of another site may read: numbers and pictures for everybody.
SHARED = {
    "letters/<slug:slug>/count.json",
    "letters/<slug:slug>/checked.json",
    "letters/<slug:slug>/statistics.json",
    "letters/<slug:slug>/history.json",
    "letters/<slug:slug>/history.csv",
    "letters/<slug:slug>/badge.svg",
    "letters/<slug:slug>/badge.png",
    "letters/<slug:slug>/badge.json",
    "letters/<slug:slug>/card.png",
    "letters/<slug:slug>/embed/counter.json",
    "letters/<slug:slug>/live/",
    "feed.atom",
    "oembed",
    "embed.js",
    "log/checkpoint",
    "log/key",
    "log/witness/key",
    "log/witness/<str:digest>/checkpoint",
    "log/tile/<path:rest>",
    "letters/<slug:slug>/totals.tlog-proof",
    "letters/<slug:slug>/delivered/<str:sha256>.tlog-proof",
    "letters/<slug:slug>/revisions/<int:number>.txt",
    "verify.py",
    "checklog.go",
    ".well-known/groundswell-log-policy",
}
ELSEWHERE = "https://paper.example"
SUFFIXES = [
    "x.css", "x.js", "/x.css", "a.png", ".css", "%2ecss", "style.css/", "x.svg", "..%2fx.css",
    ";x.css", "%3Bx.css", "x.ico", "x.woff2", "x.json", "index.html", "x.txt", "a/b.css", "%00.css",
    "x.avif", "%23.css",
]  # fmt: skip


def routes() -> list[str]:
    """Every pattern of the installation, allauth's and the admin's too."""
    found: list[str] = []

    def walk(patterns: Any, prefix: str) -> None:
        for one in patterns:
            route = prefix + str(one.pattern)
            if isinstance(one, URLResolver):
                walk(one.url_patterns, route)
            elif isinstance(one, URLPattern):
                found.append(route.replace("^", "").replace("\\Z", "").replace("$", ""))

    walk(get_resolver().url_patterns, "")
    return found


@pytest.fixture
def filled() -> dict[str, str]:
    """A real value for whatever an address names."""
    letter = make.letter(slug="aller")
    signature = make.counted(letter)
    return {"slug": letter.slug, "token": make.token(signature), "colour": "b5473c"}


def address(route: str, filled: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        kind, _, name = match[1].rpartition(":")
        return {"uuid": str(uuid.UUID(int=1)), "int": "1"}.get(kind) or filled.get(name, "x" * 40)

    route = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", route)
    return "/" + re.sub(r"<([^>]+)>", value, route)


def answers(filled: dict[str, str], **headers: str) -> list[tuple[str, HttpResponse]]:
    """What each address says to a stranger and to the letter's organiser, by GET and POST."""
    stranger, organiser = Client(), Client()
    organiser.force_login(make.organiser())
    return [
        (route, ask(address(route, filled), headers=headers))
        for route in routes()
        for ask in (stranger.get, stranger.post, organiser.get)
    ]


def ancestors(answer: HttpResponse) -> str:
    found = re.search(r"frame-ancestors ([^;]+)", answer["Content-Security-Policy"])
    return found[1].strip() if found else "*"


def test_there_are_as_many_addresses_as_we_think(filled):
    found = routes()
    assert len(found) > 80
    assert "letters/<slug:slug>/embed/counter/" in found
    assert [one for one in found if "(" in address(one, filled)] == []


@pytest.mark.once
def test_t43_only_what_is_made_for_frames_may_be_framed(filled):
    framed = set()
    for route, answer in answers(filled):
        open_to_all = ancestors(answer) == "*"
        assert open_to_all != ("X-Frame-Options" in answer), route
        assert open_to_all or ancestors(answer) == "'none'", route
        if open_to_all:
            framed.add(route)
    assert "letters/<slug:slug>/embed/counter/" in framed
    assert all("/embed/" in route for route in framed)


@pytest.mark.once
def test_t58_only_public_data_may_be_read_by_another_site(filled):
    shared = set()
    for route, answer in answers(filled, origin=ELSEWHERE):
        names = {name for name in answer.headers if name.startswith("Access-Control-")}
        if names:
            assert names == {"Access-Control-Allow-Origin"}, route
            assert answer["Access-Control-Allow-Origin"] == "*", route
            shared.add(route)
    assert shared <= SHARED
    assert SHARED - shared <= {"oembed"}, "which was asked for no letter"


def test_t58_no_origin_is_told_more_than_another_and_none_may_send_anything(filled):
    for route in sorted(SHARED):
        path = address(route, filled)
        for origin in (ELSEWHERE, "null", settings.SITE_URL):
            answer = Client().get(path, headers={"origin": origin, "cookie": "session=x"})
            assert answer.get("Access-Control-Allow-Origin") in {"*", None}
            asked = {"origin": origin, "access-control-request-method": "PUT"}
            before = Client().options(path, headers=asked)
            assert before.status_code == 405
            assert "Access-Control-Allow-Methods" not in before


@pytest.mark.once
def test_t46_no_public_address_answers_a_cookie_with_another(filled):
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages", "django_language")
    for route in routes():
        path = address(route, filled)
        if path.startswith(PERSONAL):
            continue
        for value, method in (("x", "GET"), ("y" * 32, "GET"), ("\xff", "GET"), ("x", "POST")):
            cookie = "; ".join(f"{name}={value}" for name in names)
            answer = Client().generic(method, path, headers={"cookie": cookie})
            assert not answer.cookies, path
            assert "Cookie" not in answer.get("Vary", ""), path


def _careless(request: Any) -> HttpResponse:
    answer = HttpResponse("hello")
    answer.set_cookie("session", "joan")
    return answer


urlpatterns = [path("letters/careless/", _careless)]


@pytest.mark.urls(__name__)
def test_t46_control_a_cookie_on_a_public_page_fails_whatever_test_meets_it():
    with pytest.raises(watching.Leaked):
        Client().get("/letters/careless/")


@pytest.mark.once
def test_t45_nothing_lies_below_a_page_made_for_one_person():
    letter = make.letter(slug="aller")
    waiting, pressed = make.pending(letter), make.pending(letter)
    otto = Client()
    otto.force_login(letter.organiser)
    for page in (
        f"/confirm/{make.token(waiting)}/",
        supporter.press(f"/confirm/{make.token(pressed)}/")["Location"],
        supporter.sign(letter, email="ada@example.org")["Location"],
        f"/organise/letters/{letter.slug}/",
        "/organise/",
        "/accounts/",
    ):
        whole = otto.get(page)
        assert whole.status_code == 200, page
        assert {"no-store", "private"} & set(whole["Cache-Control"].split(", ")), page
        for suffix in SUFFIXES:
            below = otto.get(page + suffix)
            assert below.status_code == 404, page + suffix
            assert "no-store" in below["Cache-Control"], page + suffix


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "a-balancer.internal"])
def test_how_we_are_is_asked_for_by_any_name_and_nothing_else(host: str) -> None:
    with override_settings(ALLOWED_HOSTS=["letters.example"], SITE_URL="https://letters.example"):
        assert Client(headers={"host": host}).get("/healthz").status_code in {200, 503}
        assert Client(headers={"host": host}).get("/").status_code == 400
