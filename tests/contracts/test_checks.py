"""`manage.py check --deploy` names what is dangerous, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config import checks
from signatures.exports import certificate, fonts
from tests import certificates
from tests.processes import ROOT

GOOD: dict[str, Any] = {
    "DEBUG": False,
    "LOCAL": False,
    "HTTPS": True,
    "EMBEDDED": False,
    "MAIL_TO_FILES": False,
    "PROXIES": 1,
    "REDIS_URL": "redis://redis/0",
    "REGISTRATION": "open",
    "SIGNING_LIMITS": "300/h/ip,3/d/mailbox",
    "ADMIN_ENABLED": True,
    "BACKUP_RECIPIENTS": ["age186g042t68equgn4d9tmjg4us67vgg6husg5j3ehjwlcy0uw3x5dq45c2yj"],
    "OPERATOR_NAME": "Open Letters e. V.",
    "OPERATOR_ADDRESS": "Weg 1",
    "OPERATOR_EMAIL": "office@example.org",
    "SECRET_KEY": "s" * 50,
    "MAILBOX_PEPPER": b"p" * 50,
    "FIELD_KEYS": {1: b"f" * 32},
    "TOKEN_KEYS": {1: b"t" * 32},
    "LOG_KEYS": {1: b"l" * 32},
    "WITNESS_KEYS": {1: b"w" * 32},
}
BAD: list[tuple[dict[str, Any], str]] = [
    ({"DEBUG": True}, "groundswell.E001"),
    ({"REGISTRATION": "closed"}, "groundswell.E002"),
    ({"SIGNING_LIMITS": "many"}, "groundswell.E003"),
    ({"WITNESSES": "witness far and wide"}, "groundswell.E007"),
    ({"WITNESSED_LOGS": "letters.example/log"}, "groundswell.E007"),
    ({"WITNESS_KEYS": {1: b"w" * 32, 2: b"l" * 32}}, "groundswell.E008"),
    ({"HTTPS": False, "ADMIN_ENABLED": False}, "groundswell.E010"),
    ({"MAIL_TO_FILES": True}, "groundswell.E011"),
    ({"PROXIES": 0}, "groundswell.W012"),
    ({"OPERATOR_EMAIL": ""}, "groundswell.W013"),
    ({"OPERATOR_NAME": "TODO"}, "groundswell.W013"),
    ({"RETENTION_DAYS": 0}, "groundswell.E026"),
    ({"VERIFICATION_HOURS": 169}, "groundswell.E026"),
    ({"REDIS_URL": ""}, "groundswell.W014"),
    ({"HTTPS": False}, "groundswell.E016"),
    ({"SECRET_KEY": "short"}, "groundswell.E017"),
    ({"MAILBOX_PEPPER": b"short"}, "groundswell.E017"),
    ({"EMBEDDED": True}, "groundswell.W018"),
    ({"MAILBOX_PEPPER": b"s" * 50}, "groundswell.E019"),
    ({"TOKEN_KEYS": {1: b"f" * 32}}, "groundswell.E019"),
    ({"LOG_KEYS": {1: b"t" * 32}}, "groundswell.E019"),
    ({"WITNESS_KEYS": {1: b"f" * 32}}, "groundswell.E019"),
    ({"FIELD_KEYS": {2: b"f" * 32, 1: b"f" * 32}}, "groundswell.E021"),
    ({"TOKEN_KEYS": {1: b"t" * 32, 2: b"u" * 32}}, "groundswell.W022"),
    ({"LETTER_KEYS_DIR": Path("/srv/log/keys"), "LOG_DIR": Path("/srv/log")}, "groundswell.E023"),
    ({"LOG_INTERVAL": 0}, "groundswell.E009"),
    ({"LOG_ORIGIN": "two words"}, "groundswell.E009"),
    ({"LOG_DIR": Path("/dev/null/log")}, "groundswell.E020"),
    ({"LETTER_KEYS_DIR": Path("/dev/null/keys")}, "groundswell.E020"),
    ({"BACKUP_RECIPIENTS": []}, "groundswell.W025"),
    ({"BACKUP_RECIPIENTS": ["AGE-SECRET-KEY-1"]}, "groundswell.E025"),
    ({"ERASURES_DIR": Path("/dev/null/erasures")}, "groundswell.E020"),
]


def complaints() -> set[str]:
    """What every registered check says."""
    found: list[Any] = []
    checks.register(lambda check, *_tags, **_options: found.append(check))
    return {message.id or "" for check in found for message in check()}


@pytest.fixture
def good(settings):
    for name, value in GOOD.items():
        setattr(settings, name, value)
    return settings


def test_a_good_installation_has_nothing_to_be_told(good):
    assert complaints() <= ({"groundswell.W015"} if fonts.missing() else set())


@pytest.mark.parametrize(("wrong", "named"), BAD)
def test_every_danger_is_named(good, wrong, named):
    for name, value in wrong.items():
        setattr(good, name, value)
    assert named in complaints()


def test_keys_that_others_on_the_machine_can_read_are_named(good, tmp_path):
    good.LETTER_KEYS_DIR = tmp_path
    for mode, named in {0o700: False, 0o750: True, 0o705: True}.items():
        tmp_path.chmod(mode)
        assert ("groundswell.W024" in complaints()) == named


def test_t72_no_complaint_tells_a_secret(good):
    for wrong, _ in BAD:
        for name, value in wrong.items():
            setattr(good, name, value)
    found: list[Any] = []
    checks.register(lambda check, *_tags, **_options: found.append(check))
    told = " ".join(f"{message}" for check in found for message in check())
    assert len(told) > 500
    assert not [letter for letter in "sptflwu" if letter * 20 in told]


def test_missing_fonts_are_named(good, monkeypatch):
    monkeypatch.setattr(fonts, "_families", lambda: {"DejaVu Sans"})
    assert "groundswell.W015" in complaints()


def test_a_certificate_that_signs_nothing_is_named(good, tmp_path):
    key, other = certificates.key(), certificates.key()
    good.DATA_DIR = tmp_path
    for days, belongs, named in [
        ((-9, 365), True, set()),
        ((-9, 29), True, {"groundswell.W005"}),
        ((-9, -1), True, {"groundswell.W005"}),
        ((-9, 365), False, {"groundswell.E004"}),
    ]:
        issued = certificates.issued("Office", key, days=days)
        good.PDF_CERTIFICATE = certificates.pem(key if belongs else other, issued)
        assert {one.id for one in checks.document_certificate()} == named
    good.PDF_CERTIFICATE = str(tmp_path / "nowhere.pem")
    (unread,) = checks.document_certificate()
    assert unread.msg == "The certificate that signs PDF files can't be read. See PDF_CERTIFICATE."


def test_our_own_certificate_is_made_by_no_check_and_named_when_the_host_changes(good, tmp_path):
    good.DATA_DIR, good.PDF_CERTIFICATE = tmp_path, ""
    assert checks.document_certificate() == []
    assert not list(tmp_path.iterdir())
    certificate.current()
    assert checks.document_certificate() == []
    good.SITE_HOST = "letters.example.org"
    assert [one.id for one in checks.document_certificate()] == ["groundswell.W006"]


def test_t57_debug_refuses_to_start_where_strangers_can_come(tmp_path):
    for site, starts in {
        "https://letters.example.org": False,
        "http://localhost:8000": True,
    }.items():
        env = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "DEBUG": "yes"}
        done = subprocess.run(
            [sys.executable, "-c", "import config.wsgi"],
            cwd=ROOT, env=env | {"SITE_URL": site}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode == 0) == starts, done.stderr
        assert starts or "DEBUG is on while SITE_URL is public" in done.stderr
