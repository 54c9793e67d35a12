"""`/log/`: how the log stands, in plain words, and how to check it."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.test import Client

from signatures.log.note import SigningKey, Type
from signatures.models import Head, LogKey
from signatures.proof.stopped import Reason
from signatures.services import checkpointing, freezing
from tests import make

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _apart(tmp_path, settings):
    settings.LOG_DIR, settings.LETTER_KEYS_DIR = tmp_path / "log", tmp_path / "letterkeys"


def words(path: str = "/log/") -> str:
    answer = Client().get(path)
    assert answer.status_code == 200
    assert not answer.cookies
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def test_it_says_how_far_the_log_is_and_under_which_hash() -> None:
    assert "Nothing has been signed yet" in words()
    checkpointing.publish(NOW)
    assert "It is empty" in words()
    make.counted(make.letter())
    tree = checkpointing.publish(NOW)
    assert tree
    said = words()
    assert "2 entries, all under one signed hash" in said
    assert tree.text.split("\n")[2] in said
    assert tree.origin in said
    assert "1 September 2026, 12:00 UTC" in said
    assert "The log is frozen" not in said


def test_it_gives_the_commands_that_check_it_with_its_own_key_and_address(settings) -> None:
    settings.SITE_URL = "https://letters.example.org"
    settings.LOG_ORIGIN = "letters.example.org/log"
    checkpointing.publish(NOW)
    said, key = words(), LogKey.objects.get().vkey
    assert "python3 verify.py https://letters.example.org/log" in said
    assert f"./checklog -key '{key}' https://letters.example.org/log" in said
    for name in ("verify.py", "checklog.go"):
        assert f"curl -sO https://letters.example.org/{name}" in said


@pytest.mark.parametrize("reason", Reason)
def test_a_frozen_log_says_so_and_why_in_plain_words(reason: Reason) -> None:
    checkpointing.publish(NOW)
    freezing.freeze(reason, now=NOW)
    assert Head.objects.get().frozen_because == reason
    said = words()
    assert "The log is frozen" in said
    assert "Signatures are still taken and kept" in said
    assert "does not add up" not in said, "this reason has no words"


def test_keys_stand_with_their_periods() -> None:
    begin, change = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    old, new = (SigningKey("log", bytes([n]) * 32).verifier for n in (1, 2))
    LogKey.objects.create(vkey=str(old), since=begin, until=change)
    LogKey.objects.create(vkey=str(new), since=change)
    said = words()
    assert f"{new} signs since 1 June 2026 {old} signed from 1 May 2026 to 1 June 2026" in said


def test_it_says_who_watches_or_that_nobody_does(settings) -> None:
    assert "No witness is asked" in words()
    witness = SigningKey("w.example/w", bytes(32), Type.COSIGNATURE).verifier
    settings.WITNESSES = f"witness w {witness} https://w.example"
    assert "0 of 1 witness has signed this very tree" in words()


def test_it_is_there_in_every_language() -> None:
    for prefix in ("/de", "/fr"):
        words(f"{prefix}/log/")


@pytest.mark.parametrize("prefix", ["", "/de", "/fr"])
def test_the_checking_page_names_the_log_to_readers_without_scripts_too(prefix: str) -> None:
    tree = checkpointing.publish(NOW)
    assert tree
    page = Client().get(f"{prefix}/verify/").content.decode()
    assert f'<bdi id="origin">{tree.origin}</bdi>' in page
