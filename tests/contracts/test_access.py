"""Whoever doesn't run a letter finds nothing at its private addresses."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from campaigns.models import Letter, Organiser
from signatures.models import Export
from tests import make

pytestmark = pytest.mark.django_db
MINE = ("organise/", "exports/")
ANYBODYS = {"enter"}  # carries its own proof


def private_addresses() -> list[tuple[str, URLPattern]]:
    """Every address of organisers that names a letter or an export."""
    found: list[tuple[str, URLPattern]] = []

    def walk(patterns: Any, prefix: str) -> None:
        for one in patterns:
            route = prefix + str(one.pattern)
            if isinstance(one, URLResolver):
                walk(one.url_patterns, route)
            elif route.startswith(MINE) and "<" in route and one.name not in ANYBODYS:
                found.append((route, one))

    walk(get_resolver().url_patterns, "")
    return found


def address(route: str, letter: Letter, export: Export) -> str:
    values = {"slug": letter.slug, "uid": str(export.uid), "export": str(export.uid)}

    def filled(match: re.Match[str]) -> str:
        kind, _, name = match[1].rpartition(":")
        if kind == "uuid":
            return str(export.uid)
        return values.get(name, "1" if kind == "int" else "x" * 40)

    return "/" + re.sub(r"<([^>]+)>", filled, route)


@pytest.fixture
def foreign() -> tuple[Letter, Export]:
    letter = make.letter(by=make.organiser("owner@example.org"), slug="foreign")
    return letter, Export.objects.create(letter=letter, asked_by=letter.organiser, format="csv")


def roles() -> dict[str, Organiser]:
    other = make.organiser("other@example.org")
    make.letter(by=other)
    return {
        "an organiser of another letter": other,
        "an organiser without a letter": make.organiser("new@example.org"),
        "staff": make.organiser("mira@example.org", is_staff=True),
        "a superuser": Organiser.objects.create_superuser("root@example.org"),
    }


def test_there_are_private_addresses_to_try():
    assert len(private_addresses()) > 8


def test_t48_nobody_but_its_organiser_finds_a_letter_at_its_private_addresses(foreign):
    letter, export = foreign
    before = Letter.objects.values().get(pk=letter.pk)
    for role, organiser in roles().items():
        client = Client()
        client.force_login(organiser)
        for route, _pattern in private_addresses():
            path = address(route, letter, export)
            found = {client.get(path).status_code, client.post(path).status_code}
            assert 404 in found, f"{role}: {found} {path}"
            assert found <= {404, 405}, f"{role}: {found} {path}"
    assert Letter.objects.values().get(pk=letter.pk) == before


def test_t48_a_visitor_is_asked_to_log_in_or_finds_nothing(foreign):
    letter, export = foreign
    for route, _pattern in private_addresses():
        path = address(route, letter, export)
        for method in (Client().get, Client().post):
            answer = method(path)
            asked = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
            assert asked or answer.status_code in {404, 405}, f"{answer.status_code} {path}"


def test_t48_a_letter_of_somebody_else_and_none_at_all_look_the_same(foreign):
    letter, _export = foreign
    client = Client()
    client.force_login(make.organiser())
    ids = re.compile(rb"<code>[0-9a-f]{32}</code>")
    theirs = client.get(f"/organise/letters/{letter.slug}/")
    none = client.get(f"/organise/letters/{uuid.uuid4().hex}/")
    assert theirs.status_code == none.status_code == 404
    assert ids.sub(b"", theirs.content) == ids.sub(b"", none.content)
