"""T29: what was typed is text on every page and in every mail a supporter sees, never markup."""

from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from signatures import emails, personal, tokens
from signatures.services import sequencing
from signatures.tokens import Purpose
from tests import make, supporter
from tests.polyglots import POLYGLOTS

pytestmark = pytest.mark.django_db


def _shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Every element with the names of its attributes: what a browser builds of the page."""
    tree: Element = html5lib.parse(html, namespaceHTMLElements=False)
    return [(str(one.tag), tuple(sorted(one.attrib))) for one in tree.iter()]


def _pages(typed: str) -> list[str]:
    """The pages and mails of a signer all of whose words are `typed`, past any cleaning."""
    letter = make.letter(slug="outlets")
    signature = make.pending(letter, email="joan@example.org")
    words = typed.replace("\0", "")  # which no database would take
    with transaction.atomic():
        personal.store(
            signature,
            personal.Person(words[:100], words[:60], words[:150], words[:100], words),
            public=False,
        )
        signature.save(update_fields=personal.STORED)
    now = timezone.now()
    confirm = reverse("confirm", args=[make.token(signature)])
    client = supporter.browser()
    found: list[Any] = [client.get(confirm)]
    answer = supporter.press(confirm)
    sequencing.sequence(now=now)
    found.append(client.get(answer["Location"]))
    signature.refresh_from_db()
    manage = tokens.make(Purpose.MANAGE, signature.uid, generation=signature.generation, at=now)
    found.append(client.get(reverse("mine", args=[manage])))
    html = [page.content.decode() for page in found]
    built = (emails.confirm, emails.signed_already, emails.manage)
    return html + [_html(build(signature, now=now)) for build in built]


def _html(message: EmailMessage) -> str:
    assert isinstance(message, EmailMultiAlternatives)
    return str(message.alternatives[0][0])


@pytest.mark.once
@pytest.mark.parametrize("typed", POLYGLOTS)
def test_t29_a_signer_s_words_add_no_element(typed: str) -> None:
    with transaction.atomic():
        plain = [_shape(page) for page in _pages("Joan Baker")]
        transaction.set_rollback(True)
    assert [_shape(page) for page in _pages(typed)] == plain


@pytest.mark.once
@pytest.mark.parametrize("typed", POLYGLOTS)
def test_t29_what_comes_back_in_the_form_is_text(typed: str) -> None:
    letter = make.letter()
    wrong = {"email": "joan@", "affiliation": typed, "place": typed, "comment": typed}
    hostile = _shape(supporter.sign(letter, **wrong, name=typed, topic=typed).content.decode())
    allowed = {"ul", "li", "a", "p", "span", "div", "input"}  # a sentence for each field refused
    tame = _shape(supporter.sign(letter, email="joan@").content.decode())
    assert {one[0] for one in hostile} - {one[0] for one in tame} <= allowed
    attributes = {name for one in hostile for name in one[1]}
    assert not {name for name in attributes if name.startswith("on")}
