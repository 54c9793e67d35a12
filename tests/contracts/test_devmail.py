"""/dev/mail/ holds other people's mails: it exists on one's own machine and nowhere else."""

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def asked(**environ: Any) -> int:
    return Client(SERVER_NAME="localhost", **environ).get("/dev/mail/").status_code


def test_it_is_there_on_ones_own_machine() -> None:
    assert asked() == 200


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_HOST": "letters.example.org"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_HOST": "letters.example.org"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
)
def test_it_is_not_there_for_somebody_elsewhere(settings: Any, environ: dict[str, str]) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert asked(**environ) == 404


def test_it_is_not_there_behind_a_proxy_that_calls_us_localhost(settings: Any) -> None:
    settings.SITE_HOST = "letters.example.org"
    assert asked() == 404


def test_it_is_not_there_when_mail_is_really_sent(settings: Any) -> None:
    settings.MAIL_TO_FILES = False
    assert asked() == 404
