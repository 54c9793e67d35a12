"""Whose letters these are: nobody else's page, button or draft."""

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from campaigns.models import Letter, Organiser
from tests import make
from tests.campaigns import desk

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOBODY = "0c4a5f0e-6d0b-4f43-9c5e-2b6b5a1f7d11"  # fits wherever an address names one thing


def private_addresses() -> list[tuple[str, dict[str, str]]]:
    """Every address of an organiser's letter, found in the table of addresses itself."""
    found = []
    for pattern in _patterns(get_resolver()):
        route = str(pattern.pattern)
        if route.startswith("organise/letters/<slug:slug>/") and pattern.name:
            rest = {name: NOBODY for name in pattern.pattern.converters if name != "slug"}
            found.append((pattern.name, rest))
    return found


def _patterns(resolver):
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield one
        else:
            yield from _patterns(one)


ADDRESSES = private_addresses()
GET_TOO = {"letter_desk", "letter_edit", "letter_close", "letter_preview"}
BUTTONS = [
    *("letter_publish", "letter_pause", "letter_resume", "letter_revise"),
    *("letter_edit_look", "letter_edit_row", "letter_edit_again"),
]


def anonymous() -> Client:
    return Client()


def a_stranger() -> Client:
    return desk.client(make.organiser("sam@example.org"))


def a_stranger_with_a_letter() -> Client:
    sam = make.organiser("sam@example.org")
    make.letter(by=sam, slug="sams")
    return desk.client(sam)


def staff() -> Client:
    return desk.client(make.organiser("mira@example.org", is_staff=True))


def a_superuser() -> Client:
    return desk.client(Organiser.objects.create_superuser("root@example.org"))


def somebody_switched_off() -> Client:
    otto = Organiser.objects.get(email="otto@example.org")
    there = desk.client(otto)
    Organiser.objects.filter(pk=otto.pk).update(is_active=False)
    return there


OUT = [anonymous, somebody_switched_off]
FOREIGN = [a_stranger, a_stranger_with_a_letter, staff, a_superuser]


def test_t48_the_matrix_knows_every_address():
    assert {"letter_desk", "letter_edit", "letter_publish", "letter_close", "letter_preview"} <= {
        name for name, _rest in ADDRESSES
    }


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("role", [*OUT, *FOREIGN])
def test_t48_a_foreign_letter_is_not_there(role, published: bool):
    letter = make.letter(by=make.organiser("otto@example.org"), published=published)
    before = Letter.objects.values().get(pk=letter.pk)
    there = role()
    for name, rest in ADDRESSES:
        address = reverse(name, kwargs={"slug": letter.slug} | rest)
        for method in ("get", "post"):
            answer = getattr(there, method)(address)
            if answer.status_code == 405:
                assert method not in answer["Allow"].lower().split(", "), name
            elif role in OUT:
                assert answer.status_code == 302, (name, method)
                assert answer["Location"].startswith("/accounts/login/?next=/organise/")
            else:
                assert answer.status_code == 404, (name, method)
            assert letter.title.encode() not in answer.content
    assert Letter.objects.values().get(pk=letter.pk) == before
    assert letter.revisions.count() == int(published)


def test_t48_an_unknown_letter_and_a_foreign_one_answer_alike():
    letter = make.letter(published=False)
    there = a_stranger()
    for name, rest in ADDRESSES:
        if name in GET_TOO:
            foreign = there.get(reverse(name, kwargs={"slug": letter.slug} | rest))
            unknown = there.get(reverse(name, kwargs={"slug": "nowhere"} | rest))
            assert foreign.status_code == unknown.status_code == 404


def test_t48_my_letters_are_mine_alone():
    make.letter(title="Somebody else’s letter")
    otto = make.organiser("otto@example.org")
    make.letter(by=otto, title="A letter of Otto’s")
    said = desk.words(desk.client(otto).get("/organise/").content)
    assert "A letter of Otto’s" in said
    assert "Somebody else’s" not in said


def test_t48_a_slug_of_another_s_draft_is_taken_but_tells_nothing_else():
    make.letter(slug="water", title="Secret", published=False)
    there = a_stranger()
    page = there.get("/organise/letters/new/")
    typed = desk.fields(page.content) | {"title": "Mine", "slug": "water"}
    answer = there.post("/organise/letters/new/", typed)
    assert answer.status_code == 422
    assert "This address is taken" in desk.words(answer.content)
    assert b"Secret" not in answer.content


@pytest.mark.parametrize("name", BUTTONS)
def test_what_changes_something_is_a_button(name: str):
    letter = make.letter(by=make.organiser("otto@example.org"))
    there = desk.client(letter.organiser)
    address = reverse(name, args=[letter.slug])
    for method in ("get", "head", "put", "delete", "patch"):
        answer = getattr(there, method)(address)
        assert answer.status_code == 405
        assert answer["Allow"] == "POST"


def test_a_button_pressed_after_logging_out_leads_back_to_a_page_that_exists():
    letter = make.letter(by=make.organiser("otto@example.org"))
    answer = Client().post(reverse("letter_pause", args=[letter.slug]))
    assert answer["Location"] == "/accounts/login/?next=/organise/"
    asked = reverse("letter_edit", args=[letter.slug])
    assert Client().get(asked)["Location"] == f"/accounts/login/?next={asked}"


def test_a_button_on_somebody_else_s_page_does_nothing():
    letter = make.letter(by=make.organiser("otto@example.org"))
    there = desk.client(letter.organiser, enforce_csrf_checks=True)
    assert there.post(reverse("letter_pause", args=[letter.slug])).status_code == 403
    letter.refresh_from_db()
    assert letter.state == "open"


def test_private_pages_are_stored_by_no_cache():
    letter = make.letter(by=make.organiser("otto@example.org"), published=False)
    there = desk.client(letter.organiser)
    for name, rest in ADDRESSES:
        if name in GET_TOO:
            kept = there.get(reverse(name, kwargs={"slug": letter.slug} | rest))["Cache-Control"]
            assert "private" in kept
            # Going back to a sheet must show what was typed, so the browser itself may keep it.
            assert ("no-cache" if name == "letter_edit" else "no-store") in kept
