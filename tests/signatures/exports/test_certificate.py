"""The certificate of an installation: given, or its own, and never told to anybody."""

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from django.utils import timezone

from signatures.exports import certificate, sandbox
from tests import certificates


@pytest.fixture
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.PDF_CERTIFICATE = settings.PDF_CERTIFICATE_PASSWORD = ""
    return tmp_path


@pytest.fixture(scope="module")
def office():
    """A key, its certificate, and the authority's."""
    root, own = certificates.key(), certificates.key()
    authority = certificates.issued("Authority of Tests", root, authority=True)
    leaf = certificates.issued("Friends of the Aller", own, by=("Authority of Tests", root))
    return own, leaf, authority


def reason() -> str:
    with pytest.raises(certificate.Unusable) as refused:
        certificate.current()
    return str(refused.value.reason)


def test_without_one_our_own_is_made_once_and_only_we_read_it(folder, settings):
    settings.SITE_HOST = "letters.example.org"
    assert certificate.present() is None
    first = certificate.describe()
    kept = folder / "secrets" / "pdf_certificate"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert [path.name for path in kept.parent.iterdir()] == ["pdf_certificate"]
    assert first.subject == "letters.example.org"
    assert first.self_signed
    assert timedelta(days=3649) < first.valid_until - timezone.now() < timedelta(days=3660)
    assert certificate.describe() == first


def test_processes_that_start_together_agree_on_one(folder, monkeypatch):
    link, drafts = os.link, []
    together = threading.Barrier(3)

    def at_once(draft, path):
        drafts.append(Path(draft).read_bytes())
        together.wait(60)
        link(draft, path)

    monkeypatch.setattr(os, "link", at_once)
    with ThreadPoolExecutor(3) as threads:
        found = [threads.submit(certificate.current) for _ in range(3)]
    assert len(set(drafts)) == 3  # each had made its own: without the link each would keep it
    assert {one.result().fingerprint for one in found} == {certificate.current().fingerprint}
    assert [path.name for path in (folder / "secrets").iterdir()] == ["pdf_certificate"]


def test_a_folder_that_takes_nothing_is_a_reason(folder):
    (folder / "secrets").write_text("a file is in the way")
    assert reason() == "The certificate that signs PDF files can't be read."


def test_it_is_given_as_text_as_a_path_or_as_pkcs12(folder, settings, office):
    key, leaf, authority = office
    text = certificates.pem(key, authority, leaf)  # in whatever order
    (folder / "office.pem").write_text(text)
    (folder / "office.p12").write_bytes(
        certificates.archive(key, leaf, authority, password=b"open")
    )
    (folder / "locked.pem").write_text(certificates.pem(key, leaf, authority, password=b"open"))
    for given, password in {
        text: "",
        str(folder / "office.pem"): "not needed",
        str(folder / "office.p12"): "open\n",
        str(folder / "locked.pem"): "open",
    }.items():
        settings.PDF_CERTIFICATE, settings.PDF_CERTIFICATE_PASSWORD = given, password
        found = certificate.current()
        assert (found.leaf, found.chain) == (leaf, (authority,))
        assert not found.self_signed
        assert found.subject == "Friends of the Aller"
    assert not (folder / "secrets").exists()


def test_a_renewed_one_serves_the_next_document(folder, settings, office):
    key, leaf, authority = office
    settings.PDF_CERTIFICATE = str(folder / "office.pem")
    (folder / "office.pem").write_text(certificates.pem(key, leaf, authority))
    before = certificate.describe()
    renewed = certificates.issued("Friends of the Aller", key)
    (folder / "office.pem").write_text(certificates.pem(key, renewed))
    assert certificate.describe().fingerprint != before.fingerprint


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ((-30, -1), "The certificate that signs PDF files has expired."),
        ((1, 30), "The certificate that signs PDF files isn't valid yet."),
    ],
)
def test_out_of_its_time_it_signs_nothing(folder, settings, days, said):
    key = certificates.key()
    settings.PDF_CERTIFICATE = certificates.pem(key, certificates.issued("Late", key, days=days))
    assert reason() == said


def test_a_key_without_its_certificate_signs_nothing(folder, settings, office):
    _, leaf, authority = office
    settings.PDF_CERTIFICATE = certificates.pem(certificates.key(), leaf, authority)
    assert reason() == "The certificate that signs PDF files doesn't belong to its key."


def test_a_certificate_for_something_else_signs_nothing(folder, settings):
    key = certificates.key()
    settings.PDF_CERTIFICATE = certificates.pem(key, certificates.issued("Web", key, signs=False))
    assert reason() == "The certificate that signs PDF files isn't made for signing documents."


@pytest.mark.parametrize(
    "key", [ed25519.Ed25519PrivateKey.generate(), certificates.key(ec.SECP256K1())]
)
def test_a_key_no_viewer_can_check_signs_nothing(folder, settings, office, key):
    settings.PDF_CERTIFICATE = certificates.pem(key, office[1])
    assert "must be RSA" in reason()


def test_what_cannot_be_read_is_said_without_quoting_it(folder, settings, office):
    key, leaf, authority = office
    text = certificates.pem(key, leaf)
    (folder / "office.p12").write_bytes(
        certificates.archive(key, leaf, authority, password=b"open")
    )
    (folder / "junk").write_bytes(b"\x30\x82junk")
    settings.PDF_CERTIFICATE_PASSWORD = "wrong"
    for given in (
        text.split("-----BEGIN PRIVATE")[0],
        text.replace("MI", "!!"),
        text[text.index("-----BEGIN PRIVATE") :],
        certificates.pem(key, leaf, password=b"open"),
        str(folder / "office.p12"),
        str(folder / "junk"),
        str(folder / "nowhere.pem"),
        str(folder),
    ):
        settings.PDF_CERTIFICATE = given
        with pytest.raises(certificate.Unusable) as refused:
            certificate.current()
        told = f"{refused.value.reason} {refused.value.detail}"
        assert told.startswith("The certificate that signs PDF files can't be read. ")
        assert len(refused.value.detail) < 30
        assert "wrong" not in told
        assert str(folder) not in told


def test_the_key_is_told_to_nobody(folder, settings, office, monkeypatch):
    key, leaf, _ = office
    settings.PDF_CERTIFICATE = certificates.pem(key, leaf)
    monkeypatch.setenv("PDF_CERTIFICATE", settings.PDF_CERTIFICATE)
    monkeypatch.setenv("PDF_CERTIFICATE_PASSWORD", "open")
    assert not [name for name in sandbox._environment() if name.startswith("PDF_")]
    assert "PrivateKey" not in repr(certificate.current())
