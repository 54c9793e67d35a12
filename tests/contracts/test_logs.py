"""What a log line may hold: never a person."""

import json
import logging
from typing import Any

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from config import logs
from config.urls import handler500
from tests import make

CANARY = "canary.bird@example.org"
SENTENCE = f"a mail for {CANARY} waits"
__all__ = ["handler500", "urlpatterns"]


class Worse(Exception):
    """Carries what somebody typed, as library exceptions do."""


def explode(request: HttpRequest) -> HttpResponse:
    typed = request.GET.get("q", "")
    raise Worse(f"no such mailbox: {typed} <{CANARY}>")


urlpatterns = [path("explode/", explode)]


@pytest.fixture
def written():
    """The lines that reach the log's handler, rendered as they are in production."""
    root = logging.getLogger()
    formatter = structlog.stdlib.ProcessorFormatter
    ours = [one for one in root.handlers if isinstance(one.formatter, formatter)]
    before = root.level
    if not ours:
        logs.configure(level="INFO")
        ours = [one for one in root.handlers if isinstance(one.formatter, formatter)]
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    keep = Keep()
    keep.setFormatter(ours[0].formatter)
    root.addHandler(keep)
    root.setLevel("INFO")
    yield lines
    root.removeHandler(keep)
    root.setLevel(before)


@pytest.fixture
def broken(settings) -> Client:
    settings.ROOT_URLCONF = "tests.contracts.test_logs"
    return Client(raise_request_exception=False)


def test_t57_a_broken_page_shows_a_request_id_and_nothing_else(broken):
    answer = broken.get("/explode/?q=secret-word")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert answer["X-Request-Id"] in page
    for inside in (CANARY, "secret-word", "Worse", "Traceback", "explode", "/work", ".py"):
        assert inside not in page


def test_t57_a_program_is_told_a_broken_page_as_a_problem(broken):
    answer = broken.get("/explode/", headers={"accept": "application/json"},
                        content_type="application/json")  # fmt: skip
    assert answer.status_code == 500
    assert CANARY not in answer.content.decode()


def test_t73_an_exception_that_quotes_an_address_leaves_its_class_and_place_alone(broken, written):
    broken.get("/explode/?q=secret-word")
    text = "\n".join(written)
    assert CANARY not in text
    assert "secret-word" not in text
    assert "Worse" in text


@pytest.mark.parametrize(
    "event",
    [
        lambda log: log.info("mail refused", why=f"550 <{CANARY}> unknown"),
        lambda log: log.info(SENTENCE),
        lambda log: log.info("seen", email=CANARY, name="Joan", ip="203.0.113.7"),
        lambda log: logging.getLogger("library").warning("to %s: refused", CANARY),
        lambda log: logging.getLogger("library").error("refused", extra={"email": CANARY}),
        lambda log: log.info("page", path="/mine/AbCdEfGhIjKlMnOpQrSt0123456789/"),
        lambda log: log.info("nested", given={"to": [CANARY]}),
    ],
)
def test_t73_addresses_names_and_links_are_dropped_wherever_they_come_from(written, event):
    event(structlog.get_logger("test"))
    text = "\n".join(written)
    assert text
    for personal in (CANARY, "Joan", "203.0.113.7", "AbCdEfGhIjKlMnOpQrSt"):
        assert personal not in text


@pytest.mark.django_db
def test_t73_signing_leaves_no_trace_of_the_signer_in_the_log(client, written):
    make.letter(slug="aller")
    client.get(f"/letters/aller/?q={CANARY}")
    client.post("/letters/aller/sign/", {"name": "Canary Bird", "email": CANARY, "public": "on"})
    text = "\n".join(written)
    assert '"route"' in text
    assert "canary" not in text.lower()


def test_t74_a_line_break_in_a_name_makes_no_second_line(written):
    forged = 'Joan\n{"event": "forged"}\r\n\u2028\x1b[31m'
    structlog.get_logger("test").info("seen", word=forged)
    logging.getLogger("library").warning("word %s", forged)
    assert len(written) == 2
    for line in written:
        assert len(line.splitlines()) == 1
        entry: dict[str, Any] = json.loads(line)
        assert entry["event"] != "forged"
        assert "\x1b" not in line
