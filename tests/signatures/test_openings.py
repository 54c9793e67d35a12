"""What opens an entry, where its key lies, and that both can end."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from signatures import mailbox
from signatures.log import commitment, leaf, store
from signatures.log.commitment import BadOpening, Field, Signer
from signatures.models import Signature
from signatures.proof import domainclass, letterkeys, openings
from signatures.proof.domainclass import DomainClass
from signatures.services import sequencing, showing
from tests import make

pytestmark = pytest.mark.django_db

GIVEN = {
    "name": "Zoë Bäcker", "email": "Zoe.B+letters@Uni-Kesten.de", "affiliation": "Mill",
    "place": "", "comment": "Water.", "country": "DE",
}  # fmt: skip


def signer(row: Signature, *, name: str = "", answers: bytes = b"") -> Signer:
    box = mailbox.parse(GIVEN["email"])
    digest = mailbox.digest(box, letter=row.letter.uid.bytes)
    return Signer(name, "zoe.b@uni-kesten.de", 3, digest, answers)


def counted(**changes: Any) -> tuple[Signature, bytes]:
    row = make.counted(make.letter(), **(GIVEN | changes))
    assert row.log_index is not None
    return row, leaf.decode(store.read(row.log_index, row.log_index + 1)[0]).commit


def test_an_entry_opens_to_who_signed_and_what_they_show() -> None:
    row, commit = counted()
    opening = openings.opening_of(row)
    answers = b'{"affiliation":"Mill","comment":"Water.","country":"DE"}'
    who = signer(row, name="Zoë Bäcker", answers=answers)
    commitment.check(commit, opening.seed, row.letter.uid.bytes, who)
    assert commitment.combined(opening.parts) == commit == opening.commitment
    with pytest.raises(BadOpening):
        commitment.check(commit, opening.seed, row.letter.uid.bytes, signer(row))


def test_who_withholds_their_name_commits_to_the_address_alone() -> None:
    row, commit = counted(public=False)
    seed = openings.opening_of(row).seed
    commitment.check(commit, seed, row.letter.uid.bytes, signer(row))


def test_the_address_opens_its_part_after_the_name_has_changed() -> None:
    row, commit = counted()
    showing.show(uid=row.uid, public=False)
    row.refresh_from_db()
    opening = openings.opening_of(row)
    letter, address = row.letter.uid.bytes, signer(row).values()[Field.ADDRESS]
    salt = commitment.salt(opening.seed, Field.ADDRESS)
    part = commitment.field_commitment(salt, Field.ADDRESS, letter, address)
    assert part == opening.parts[Field.ADDRESS]
    assert opening.commitment == commit


def test_two_who_are_alike_have_nothing_in_common() -> None:
    letter = make.letter()
    one, other = (make.counted(letter, name="Joan", email=f"joan{n}@example.org") for n in (1, 2))
    assert one.seed_sealed != other.seed_sealed
    first, second = openings.opening_of(one), openings.opening_of(other)
    assert not {first.seed, *first.parts} & {second.seed, *second.parts}


def test_an_opening_lies_with_its_row_and_its_letter_only() -> None:
    letter = make.letter()
    one, other = make.counted(letter), make.counted(letter)
    other.seed_sealed = one.seed_sealed
    with pytest.raises(openings.Gone):
        openings.opening_of(other)
    one.letter = make.letter()
    with pytest.raises(openings.Gone):
        openings.opening_of(one)


def test_without_the_letters_key_nothing_opens_and_counting_goes_on() -> None:
    row, _ = counted()
    waiting = make.pending(row.letter)
    for _ in range(2):
        letterkeys.destroy(row.letter.uid)
    with pytest.raises(openings.Gone):
        openings.opening_of(row)
    with pytest.raises(letterkeys.Destroyed):
        letterkeys.of(row.letter.uid)
    openings.commit(waiting)
    assert waiting.commitment is not None
    assert waiting.seed_sealed is None
    make.confirmed(row.letter)
    assert sequencing.sequence(now=timezone.now()) == 1


def test_a_key_that_cannot_be_read_stops_who_confirms_and_not_the_count_of_others(
    tmp_path: Path, settings: Any
) -> None:
    waiting, before, other = (make.confirmed(make.letter()) for _ in range(3))
    Signature.objects.filter(pk=before.pk).update(commitment=None)  # by a program without the log
    (tmp_path / "keys").touch()
    settings.LETTER_KEYS_DIR = tmp_path / "keys"
    with pytest.raises(OSError, match="Not a directory"):
        make.confirmed(waiting.letter)
    assert sequencing.sequence(now=timezone.now()) == 3
    for row in (waiting, before, other):
        row.refresh_from_db()
        assert row.number == 1


def test_a_letters_key_is_a_file_that_tells_nothing(tmp_path: Path, settings: Any) -> None:
    settings.LETTER_KEYS_DIR = tmp_path / "keys"
    letter, other = make.letter(), make.letter()
    key = letterkeys.of(letter.uid)
    [file] = settings.LETTER_KEYS_DIR.iterdir()
    assert file.name == letter.uid.hex
    assert file.stat().st_mode & 0o777 == 0o600
    assert key._key not in file.read_bytes()
    assert repr(key) == "LetterKey()"
    assert letterkeys.of(letter.uid) == key != letterkeys.of(other.uid)
    sealed = key.seal(b"secret", row=b"1")
    assert key.unseal(sealed, row=b"1") == b"secret"
    for wrong in (sealed[:5], sealed[:-1] + bytes([sealed[-1] ^ 1]), b""):
        with pytest.raises(letterkeys.Unopened):
            key.unseal(wrong, row=b"1")
    with pytest.raises(letterkeys.Unopened):
        key.unseal(sealed, row=b"2")


def test_many_who_ask_first_get_the_same_key(tmp_path: Path, settings: Any) -> None:
    settings.LETTER_KEYS_DIR = tmp_path / "keys"
    uid, keys, together = make.letter().uid, [], threading.Barrier(8)

    def ask() -> None:
        together.wait()
        keys.append(letterkeys.of(uid))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert all(key == keys[0] for key in keys)
    assert [file.name for file in settings.LETTER_KEYS_DIR.iterdir()] == [uid.hex]


@pytest.mark.parametrize(
    ("domain", "kind"),
    [
        ("gmail.com", DomainClass.LARGE_PROVIDER),
        ("Yahoo.co.uk", DomainClass.LARGE_PROVIDER),
        ("gmx.at", DomainClass.LARGE_PROVIDER),
        ("live.example.com", DomainClass.OTHER),
        ("example.org", DomainClass.OTHER),
        ("edu.example.com", DomainClass.OTHER),
        ("unicredit.it", DomainClass.OTHER),
        ("cs.ox.ac.uk", DomainClass.EDUCATION),
        ("uni-kesten.de", DomainClass.EDUCATION),
        ("mit.edu", DomainClass.EDUCATION),
        ("post.bund.de", DomainClass.PUBLIC_BODY),
        ("kesten.gov.uk", DomainClass.PUBLIC_BODY),
        ("mailinator.com", DomainClass.DISPOSABLE),
        ("localhost", DomainClass.UNKNOWN),
        ("a..b", DomainClass.UNKNOWN),
        ("", DomainClass.UNKNOWN),
    ],
)
def test_domains_fall_into_classes(domain: str, kind: DomainClass) -> None:
    assert domainclass.of(domain) is kind
