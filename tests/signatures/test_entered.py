"""What was handed over stands in the log by its checksum, for whoever holds the file."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Letter, LetterEvent
from signatures.log import leaf, merkle, proof
from signatures.log.leaf import Kind
from signatures.models import Delivery, Head
from signatures.proof import standing
from signatures.services import checkpointing, sequencing
from tests import make
from tests.signatures import handing

pytestmark = pytest.mark.django_db
SHA256 = hashlib.sha256(handing.CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"


@pytest.fixture
def letter() -> Letter:
    return make.letter(slug="aller")


@pytest.fixture
def delivery(letter: Letter) -> Delivery:
    return handing.delivery(letter)


def sequence() -> None:
    sequencing.sequence(now=timezone.now())


def publish() -> None:
    sequence()
    checkpointing.publish(timezone.now())


def proof_address(sha256: str = SHA256) -> str:
    return f"/letters/aller/delivered/{sha256}.tlog-proof"


def office(client: Client, delivery: Delivery) -> str:
    return client.get(handing.page_of(delivery)).content.decode()


def desk(delivery: Delivery) -> str:
    organiser = Client()
    organiser.force_login(delivery.letter.organiser)
    return organiser.get("/organise/letters/aller/deliveries/").content.decode()


def test_whoever_holds_the_file_gets_the_proof_that_it_was_handed_over(client, delivery):
    publish()
    answer = client.get(proof_address(hashlib.sha256(handing.CONTENT).hexdigest()))
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, "*")
    assert not answer.cookies
    read = proof.parse(answer.content)
    read.check(merkle.leaf_hash(read.extra), standing.trusted_policy())
    entry = leaf.decode(read.extra)
    assert (entry.kind, entry.commit.hex()) == (Kind.DELIVERED, SHA256)
    assert entry.letter == delivery.letter.uid.bytes


def test_office_and_organiser_read_where_the_log_has_the_file(client, delivery):
    publish()
    index = LetterEvent.objects.get(kind=LetterEvent.Kind.DELIVERED).index
    for page in (office(client, delivery), desk(delivery)):
        assert f"This checksum is entry {index} of the public log" in page
        assert f'href="{proof_address()}"' in page


@pytest.mark.parametrize("logged", [False, True])
def test_until_a_checkpoint_covers_it_the_pages_say_so_and_there_is_no_proof(
    client, delivery, logged
):
    if logged:
        sequence()
    for page in (office(client, delivery), desk(delivery)):
        assert "will stand in a signed state of the public log within a minute" in page
        assert "tlog-proof" not in page
    answer = client.get(proof_address())
    assert answer.status_code == 404
    assert answer.content.count(b"\n") == 1


def test_while_the_log_stands_still_the_pages_say_why(client, delivery):
    Head.objects.get_or_create(pk=1)
    publish()
    made = handing.export(delivery.letter, content=b"%PDF another")
    later = handing.delivery(delivery.letter, exports=[made], how="hand")
    Head.objects.update(frozen_because="smaller")
    assert "This checksum is entry" in office(client, delivery), "what is published can be proven"
    page = office(client, later)
    assert "This checksum is not in a signed state of the public log yet." in page
    assert "The log stands still." in page


@pytest.mark.parametrize("asked", ["0" * 64, SHA256[:-1], SHA256.upper(), "x" * 64, "0" * 65])
def test_no_other_checksum_has_a_proof(client, delivery, asked):
    publish()
    answer = client.get(proof_address(asked))
    assert answer.status_code == 404
    assert answer.content.count(b"\n") == 1


def test_one_file_handed_to_two_is_one_entry(letter):
    export = handing.export(letter)
    handing.delivery(letter, exports=[export])
    handing.delivery(letter, exports=[export], how="hand")
    publish()
    assert LetterEvent.objects.filter(kind=LetterEvent.Kind.DELIVERED).count() == 1
