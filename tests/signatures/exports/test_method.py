"""The page that says how the number was made: no more than is true, on one page."""

import dataclasses
import datetime as dt

import pytest
from weasyprint import HTML

from signatures.exports import logged, typesetting
from signatures.exports.document import PRINTABLE, Attached, Certificate, Document
from tests import paper

ATTACHED = Attached(name="signatories.csv", sha256="4a44" * 16, size=1_234_567, rows=12_408)
LOG = paper.checkpoint()
CERTIFICATE = Certificate(subject="Friends of the Aller", fingerprint="b5bb" * 16)


def method(document: Document, attached: Attached | None = ATTACHED) -> str:
    return paper.words(typesetting.method(document, attached))


def pages(html: str) -> int:
    return len(HTML(string=html, base_url=None).render().pages)


def heaviest(language: str) -> Document:
    return paper.document(
        language=language,
        url=f"https://letters.example.org/letters/{'give-the-aller-' * 5}/",
        count=12_345_678,
        withheld_count=2_117_000,
        withdrawn_count=31_000,
        invalidated_count=12_000,
        paper_count=312_000,
        comment_count=800_000,
        earlier_count=204_000,
        seats=2,
        public_only=True,
        columns=PRINTABLE,
        parts=50,
        part=22,
        volumes="group",
        part_label="Teachers and researchers in hydrology and related subjects."[:60],
        closed_on=dt.date(2026, 11, 20),
        revision_published_at=dt.datetime(2026, 11, 3, tzinfo=dt.UTC),
        checkpoint=paper.checkpoint(
            origin=f"{'letters-' * 9}.example.org/log",
            size=2**40,
            index=2**40 - 1,
            witnesses=LOG.witnesses * 5,
            wanted=16,
        ),
        certificate=dataclasses.replace(CERTIFICATE, subject="Friends of the Aller " * 4),
    )


def test_of_a_letter_without_names_it_says_when_they_were_erased() -> None:
    said = method(paper.document(count=10, withheld_count=10, anonymous_hours=24))
    assert "names and addresses are erased 24 hours after confirming" in said
    assert "names withheld by the letter’s rule" in said
    assert "at the signer’s wish" not in said
    assert "nobody’s name" not in method(paper.document(count=10))


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_method_and_log_are_a_page_each_however_much_there_is_to_say(language: str) -> None:
    heavy = heaviest(language)
    nameless = dataclasses.replace(heavy, seats=1, anonymous_hours=720, public_only=False)
    assert pages(typesetting.method(heavy, ATTACHED)) == 2
    assert pages(typesetting.method(nameless, ATTACHED)) == 2
    assert pages(typesetting.method(paper.document(language=language))) == 1


def test_the_method_gives_the_checksum_of_the_data_and_how_to_compare_it() -> None:
    said = method(paper.document())
    assert "signatories.csv: 12,408 lines, the columns printed, no address." in said
    assert ATTACHED.sha256 in said
    assert "certutil -hashfile signatories.csv SHA256" in said
    assert "shasum -a 256 signatories.csv" in said
    assert "certutil" not in method(paper.document(), None)


def test_the_method_speaks_of_a_log_only_where_there_is_one() -> None:
    assert " log" not in method(paper.document(certificate=CERTIFICATE))
    said = method(paper.document(checkpoint=LOG))
    assert "Log letters.example.org/log Entries 61,402 Root AVFM tPNP 3do1 YbQ5 ZvUJ" in said
    assert "witness1.example.org/w 20 November 2026, 09:13:50 UTC" in said
    assert "1 of 2 had signed this state." in said


def test_the_totals_of_log_and_document_stand_beside_each_other_and_a_difference_is_named() -> None:
    same = paper.document(count=7, withdrawn_count=2, invalidated_count=1, checkpoint=LOG)
    assert "In the log 10 2 1 7 In this document 10 2 1 7 The two are the same." in method(same)
    ahead = dataclasses.replace(same, count=9)
    said = method(ahead)
    assert "In the log 10 2 1 7 In this document 12 2 1 9 The two differ" in said
    assert "The two are the same." not in said


def test_a_document_without_proof_says_why() -> None:
    assert "had published nothing of this letter yet" in method(
        paper.document(unproven="unpublished")
    )
    said = method(paper.document(unproven="frozen"))
    assert "stands still, so it vouches for nothing here" in said
    assert pages(typesetting.method(paper.document(unproven="frozen"))) == 1


def test_the_code_leads_to_the_check_with_size_and_root() -> None:
    assert logged.address(paper.checkpoint(root="a+/b=")) == (
        "https://letters.example.org/verify/#size=61402&root=a%2B%2Fb%3D"
    )


def test_a_certificate_nobody_vouches_for_is_called_so() -> None:
    said = method(paper.document(certificate=CERTIFICATE))
    assert "signed as “Friends of the Aller” with a self-signed certificate" in said
    assert CERTIFICATE.fingerprint in said
    issued = dataclasses.replace(CERTIFICATE, self_signed=False)
    assert "self-signed" not in method(paper.document(certificate=issued))
    assert "This file carries none." in method(paper.document())


def test_the_method_counts_who_signed_an_earlier_text_and_who_shares_a_mailbox() -> None:
    said = method(paper.document(count=10, earlier_count=3, seats=2))
    assert "signed under an earlier revision of the letter 3" in said
    assert "One mailbox can sign for two people at most" in said
    said = method(paper.document(count=10))
    assert "earlier revision" not in said
    assert "One signature for each mailbox" in said


def test_the_method_of_a_volume_says_what_it_holds() -> None:
    volume = paper.document(parts=5, part=2, volumes="country", part_label="DE")
    assert "Volume 2 of 5 Germany" in method(volume)
