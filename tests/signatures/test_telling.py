"""Everything that is kept about a signer, for them and nobody else."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from signatures import personal
from signatures.models import Signature
from signatures.proof import openings
from signatures.services import erasing, sequencing, showing, telling, withdrawing
from signatures.services.consenting import Said
from tests import make, supporter
from tests.signatures import handing
from tests.signatures.ownpage import fresh, old, page_of, text

pytestmark = pytest.mark.django_db

# Where each column of the row is told, if not by its own name in the file.
TOLD = {
    "id": "signature.id", "uid": "signature.id", "letter": "signature.address",
    "revision": "signature.text", "mailbox_digest": "technical.mailbox",
    "email_sealed": "person.email", "withheld_sealed": "person.name",
    "name_key": "technical.order", "words": "person.search_words", "ref": "person.came_from",
    "notice": "consent.notice", "consented_at": "consent.at",
    "generation": "mails.links_renewed", "asked_at": "times.asked", "mails": "mails.asked_for",
    "mails_recent": "mails.asked_for_lately", "mails_since": "mails.counted_since",
    "confirmed_at": "times.confirmed", "cancelled_at": "times.cancelled",
    "changed_at": "times.changed", "invalidation": "signature.taken_out_because",
    "mail_state": "mails.state", "mailed_at": "mails.sent", "opened": "mails.opened",
    "reminders": "mails.reminders", "reminded_at": "mails.reminded",
    "code_tries": "mails.wrong_codes",
    "identity_erased_at": "times.identity_erased", "news": "signature.waits_for_counting",
    "day": "times.listed_under", "pinned": "signature.place_among_first",
    "commitment": "log.next_commitment", "seed_sealed": "log.opening", "log_index": "log.index",
    "domain_class": "log.kind_of_mailbox", "mailbox_anywhere": "technical.mailbox_anywhere",
    "network": "technical.network",
}  # fmt: skip
NEVER = {"erased_at"}  # then there is nothing to tell


def told(signature: Signature) -> dict[str, Any]:
    answer = supporter.browser().get(f"{fresh(signature)}data.json")
    assert answer["Content-Type"] == "application/json"
    assert "attachment" in answer["Content-Disposition"]
    found: dict[str, Any] = json.loads(answer.content)
    return found


def full() -> Signature:
    letter = make.letter(asks=["title", "affiliation", "place", "country", "comment"])
    return make.counted(
        letter, name="Joan Baker", email="joan@example.org", title="Dr", place="Kesten",
        affiliation="Weir Trust", comment="My words", country="DE", public=False, updates=True,
        network=b"n" * 32, ref="poster",
    )  # fmt: skip


def test_it_opens_what_is_sealed_for_everybody_else() -> None:
    signature = full()
    data = told(signature)
    person = data["person"]
    assert (person["name"], person["email"]) == ("Joan Baker", "joan@example.org")
    assert (person["comment"], person["country"]) == ("My words", "DE")
    assert (person["public"], person["updates"]) == (False, True)
    assert data["signature"]["number"] == 1
    assert data["signature"]["text_sha256"] == signature.revision.sha256
    assert data["consent"]["notice"] == signature.notice.text
    assert data["log"]["index"] == signature.log_index
    assert data["log"]["opening"] == bytes(openings.opening_of(signature)).hex()
    assert data["technical"]["network"] == (b"n" * 32).hex()


def test_every_column_of_the_row_is_told() -> None:
    signature = full()
    data = told(signature)
    names = {f"{part}.{name}" for part, items in data.items() for name in items}
    short = {name.rpartition(".")[2] for name in names}
    for field in Signature._meta.concrete_fields:
        if field.name in NEVER or field.name == "invalidation":
            continue
        place = TOLD.get(field.name)
        assert place in names if place else field.name in short, field.name


def test_the_page_shows_everything_the_file_holds() -> None:
    signature = full()
    handing.delivery(signature.letter)
    showing.show(uid=signature.uid, public=True, said=Said("Show my name", "en"))
    signature = Signature.objects.select_related("letter", "revision", "notice").get()
    page = text(supporter.browser().get(f"{fresh(signature)}data/"))
    for part in telling.everything(signature):
        assert str(part.label) in page
        for items in (part.items, *part.rows):
            for item in items:
                assert str(item.label).split("’")[0] in page
                if isinstance(item.value, str) and "\n" not in item.value:
                    assert item.value in page


def test_what_one_wrote_stands_first_and_the_notice_is_unfolded() -> None:
    page = supporter.browser().get(f"{fresh(full())}data/").content.decode()
    assert page.index("What you wrote") < page.index("Identifier")
    assert "<details><summary>The words</summary>" in page


def test_what_was_decided_since_is_told_in_its_own_words() -> None:
    signature = old(name="Joan Baker")
    own = fresh(signature)
    client = supporter.browser()
    client.post(f"{own}show/", {"press": "hide"})
    client.post(f"{own}updates/", {"press": "start"})
    client.post(f"/de{own}updates/", {"press": "stop"})
    decided = told(signature)["decisions"]
    assert [(one["about"], one["given"], one["language"]) for one in decided] == [
        ("showing the name", False, "en"),
        ("news by mail", True, "en"),
        ("news by mail", False, "de"),
    ]
    assert [one["text"] for one in decided][:2] == [
        "Withhold my name",
        "Send me news of this letter",
    ]


def test_nothing_of_others_is_in_it() -> None:
    letter = make.letter(seats=2)
    mine = make.counted(letter, name="Joan Baker", email="home@example.org")
    make.counted(letter, name="Canary Bird", email="home@example.org", comment="Canary words")
    make.counted(letter, name="Canary Two", email="canary@example.org")
    assert "anary" not in json.dumps(told(mine))
    assert "anary" not in text(supporter.browser().get(f"{fresh(mine)}data/"))


def test_whom_it_was_handed_to_is_told() -> None:
    now = timezone.now()
    letter = make.letter(now=now - timedelta(days=3))
    handing.delivery(letter, now=now - timedelta(days=2))
    signature = make.counted(letter, now=now - timedelta(days=1))
    assert told(signature)["recipients"] == []
    handing.delivery(letter)
    [recipient] = told(signature)["recipients"]
    assert recipient["to"] == "Marta Velander"


def test_an_old_mail_is_told_nothing() -> None:
    own = page_of(full_old())
    for part in ("data/", "data.json"):
        answer = supporter.browser().get(own + part)
        assert answer.status_code == 403
        assert "Joan" not in text(answer)


def full_old() -> Signature:
    return old(name="Joan Baker", email="joan@example.org")


@pytest.mark.parametrize("state", ["pending", "withdrawn", "invalidated", "identity"])
def test_whoever_is_still_known_is_told(state: str) -> None:
    if state == "pending":
        signature = make.pending(make.letter(), name="Joan Baker")
    else:
        signature = old(name="Joan Baker")
    if state == "withdrawn":
        withdrawing.withdraw(uid=signature.uid, now=timezone.now())
    elif state == "invalidated":
        Signature.objects.update(state="invalidated")
    elif state == "identity":
        personal.store(signature, personal.Person(name=""), public=False)
        signature.withheld_sealed = signature.email_sealed = signature.seed_sealed = None
        signature.identity_erased_at = timezone.now()
        signature.save()
    sequencing.sequence(now=timezone.now())
    signature.refresh_from_db()
    assert told(signature)["person"]["name"] == ("" if state == "identity" else "Joan Baker")
    assert supporter.browser().get(f"{fresh(signature)}data/").status_code == 200


def test_of_the_erased_nothing_is_told() -> None:
    signature = full_old()
    erasing.erase(uid=signature.uid, now=timezone.now())
    signature.refresh_from_db()
    for part in ("data/", "data.json"):
        assert supporter.browser().get(fresh(signature) + part).status_code == 303


def test_reading_it_changes_nothing(django_assert_num_queries: Any) -> None:
    own = fresh(full())
    client = supporter.browser()
    client.get(f"{own}data.json")
    with django_assert_num_queries(7):
        client.get(f"{own}data.json")
    with django_assert_num_queries(7):
        client.get(f"{own}data/")
