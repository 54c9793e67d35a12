"""`/verify/` in a browser: what it says of receipts and documents, good, damaged and foreign."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from signatures.models import LogKey
from tests.browser import checked
from tests.browser.checked import Checker, verdict
from tests.chromium import Visitor
from tests.logbook import KEY

Open = Callable[..., Checker]
TREE = checked.told()


@pytest.fixture
def served(db: None, settings: object) -> Iterator[tuple[dict[str, str], bytes]]:
    settings.SITE_URL = checked.SITE
    settings.WITNESSES = checked.POLICY_TEXT.split("\n", 1)[1]
    LogKey.objects.create(vkey=str(KEY.verifier), since="2026-01-01T00:00Z")
    answer = Client().get("/verify/")
    assert answer.status_code == 200
    return dict(answer.headers), answer.content


@pytest.fixture
def opened(served: tuple[dict[str, str], bytes], visit: Callable[..., Visitor]) -> Open:
    def send(**options: object) -> Checker:
        return Checker(visit(**options).page, *served).open()

    return send


def test_a_receipt_is_shown_to_its_owner(opened: Open):
    checker = opened()
    checker.log = TREE.files()
    checker.holder("Joan+letters@example.org", "Joan")
    (found,) = checker.give(receipt=TREE.receipt())
    assert verdict(found) == "holds"
