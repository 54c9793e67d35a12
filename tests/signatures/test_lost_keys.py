"""Keys that are missing, wrong or change meanwhile: told plainly, and nothing is lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from signatures import tokens
from signatures.models import Signature
from signatures.tokens import Purpose
from tests import make, supporter
from worker import outbox
from worker.models import OutboxMessage
from worker.relay import relay

OTHER = {1: b"w" * 32}  # another key under the same id
NEWER = {2: b"n" * 32}
SECRET = "canary.bird"

pytestmark = pytest.mark.django_db


def _known(settings: Any) -> dict[int, bytes]:
    return dict(settings.FIELD_KEYS)


def _plain(answer: Any) -> None:
    """A page that says so, and nothing of anybody."""
    assert answer.status_code == 503
    assert answer["Retry-After"] == "120"
    assert answer["Cache-Control"] in {"no-store", "private, no-store"}
    page = answer.content.decode()
    assert "This can’t be opened just now" in page
    assert SECRET not in page


@pytest.mark.parametrize("keys", [OTHER, NEWER], ids=["wrong", "missing"])
def test_t76_keys_that_change_between_page_and_button_are_told_plainly(settings, keys) -> None:
    letter = make.letter()
    signature = make.pending(letter, name="Canaria", email=f"{SECRET}@example.org", public=False)
    path = f"/confirm/{make.token(signature)}/"
    good = _known(settings)
    assert supporter.browser().get(path).status_code == 200
    settings.FIELD_KEYS = keys
    _plain(supporter.browser().get(path))
    _plain(supporter.press(path))
    signature.refresh_from_db()
    assert signature.state == Signature.State.PENDING
    settings.FIELD_KEYS = good
    assert supporter.press(path).status_code == 303


def test_t76_signing_goes_on_while_nothing_opens(settings) -> None:
    letter = make.letter()
    settings.FIELD_KEYS = NEWER
    assert supporter.sign(letter, name="Joan Baker").status_code == 303
    assert Signature.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_t76_a_mail_whose_address_does_not_open_waits_and_leaves_when_it_does(settings) -> None:
    letter = make.letter()
    good = _known(settings)
    supporter.sign(letter, email="joan@example.org")
    settings.FIELD_KEYS = OTHER
    relay.run("mail")
    message = OutboxMessage.objects.get(topic="signature.asked")
    assert (message.state, message.last_error) == ("queued", "Unsealable")
    assert not outbox.dead().exists()
    settings.FIELD_KEYS = good
    OutboxMessage.objects.filter(state="queued").update(due_at=timezone.now())
    relay.run("mail")
    assert [one.to for one in mail.outbox] == [["joan@example.org"]]


def test_t76_a_link_of_a_dropped_token_key_is_a_bad_link_and_one_of_an_older_key_works(
    settings,
) -> None:
    signature = make.pending(make.letter())
    old, new = dict(settings.TOKEN_KEYS), {9: b"t" * 32}
    path = f"/confirm/{make.token(signature)}/"
    settings.TOKEN_KEYS = new | old
    assert supporter.browser().get(path).status_code == 200
    settings.TOKEN_KEYS = new
    answer = supporter.browser().get(path)
    assert answer.status_code == 404
    assert "This link doesn’t work" in answer.content.decode().replace("'", "’")
    with pytest.raises(tokens.BadToken):
        tokens.read(
            make.forged(make.token(signature)),
            Purpose.CONFIRM,
            max_age=timedelta(hours=1),
            now=timezone.now(),
        )
