"""People from a file: asked by mail, and they count once they press; or counted as paper."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from campaigns import refs
from campaigns.models import Letter, LetterEvent
from signatures import batch, roll
from signatures.log import leaf, replay, store
from signatures.log.leaf import Kind
from signatures.models import Signature
from signatures.services import gathering, sequencing
from tests import make, supporter

pytestmark = pytest.mark.django_db
State = Signature.State
LIST = """name,email,affiliation,place
Ada Lovelace,ada@example.org,Weir,Kesten
Bob,bob@example.org,,
"""
PAPER = "name;place\nAda Lovelace;Kesten\nBob;\nCid;Kesten\n"


@pytest.fixture
def letter() -> Letter:
    by = make.organiser("otto@example.org", name="Otto Aller")
    return make.letter(slug="aller", by=by, asks=["affiliation"])


@pytest.fixture
def given(tmp_path: Path) -> Any:
    """Run the command on a file with this text; what it says."""

    def run(text: str, *options: str) -> str:
        file = tmp_path / "people.csv"
        file.write_text(text)
        said = StringIO()
        call_command("import_signatures", "aller", str(file), *options, stdout=said, stderr=said)
        return said.getvalue()

    return run


def refused(given: Any, *args: str) -> str:
    with pytest.raises(CommandError) as refusal:
        given(*args)
    return str(refusal.value)


def sequence() -> None:
    sequencing.sequence(now=timezone.now())


# --- Asked by mail ------------------------------------------------------------------------------
def test_t21_whoever_is_on_the_list_is_asked_and_nobody_counts(given, letter):
    said = given(LIST)
    assert "2 people are invited." in said
    assert "does not ask for place: left out" in said
    mails = supporter.new_mails()
    assert sorted(mail.to[0] for mail in mails) == ["ada@example.org", "bob@example.org"]
    for mail in mails:
        assert mail.subject == "Will you sign “Give the Aller its water back”?"
        assert "this address were written down for that by Otto Aller." in mail.body
        assert "Thank you for signing" not in mail.body
    sequence()
    letter.refresh_from_db()
    assert letter.tally.count == letter.tally.paper == 0
    assert not Signature.objects.filter(public=True).exists()


def test_their_own_press_is_their_signature_and_their_consent(given, letter):
    given(LIST)
    [mail, _other] = sorted(supporter.new_mails(), key=lambda mail: mail.to)
    link = supporter.link(mail)
    page = Client().get(link).content.decode()
    assert "Will you sign this letter?" in page
    assert "were written down by Friends of the Aller" in page
    assert "Who is responsible" in page, "the notice that others read beside the form"
    before = timezone.now()
    answer = Client().post(link, {"press": "confirm"})
    assert answer.status_code == 303
    signature = Signature.objects.get(state=State.CONFIRMED)
    assert signature.consented_at >= before
    assert (signature.ref, signature.public) == (refs.INVITED, False)


def test_whoever_was_asked_waits_or_has_signed_before_hears_nothing_new(given, letter):
    make.counted(letter, email="ada@example.org")
    own = make.pending(letter, name="Bobby", email="bob@example.org", public=True)
    supporter.new_mails()
    first = given(LIST)
    assert not supporter.new_mails()
    own.refresh_from_db()
    assert (own.name, own.public, own.generation) == ("Bobby", True, 0), "what they wrote stands"
    assert given(LIST) == first


def test_known_and_unknown_addresses_get_the_same_answer(given, letter):
    unknown = given(LIST)
    assert len(supporter.new_mails()) == 2
    make.counted(letter, email="cid@example.org")
    supporter.new_mails()
    known = given(LIST.replace("ada@", "cid@"))
    assert known == unknown
    assert not supporter.new_mails()


def test_whoever_signs_by_themselves_afterwards_is_not_called_invited(given, letter):
    given(LIST)
    supporter.new_mails()
    make.pending(letter, name="Ada", email="ada@example.org", public=True)
    [mail] = supporter.new_mails()
    assert "Thank you for signing" in mail.body


def test_no_link_can_make_somebody_invited(letter):
    assert refs.first([refs.INVITED]) == ""


def test_a_list_with_a_fault_is_not_taken_in_part(given, letter):
    said = refused(given, LIST + ",nobody@example.org,,\nEve,eve,,\n")
    assert said == "2 lines are wrong. Nothing was taken."
    assert not Signature.objects.exists()
    assert not supporter.new_mails()


def test_only_a_letter_that_takes_signatures_invites(given, letter):
    Letter.objects.update(state=Letter.State.CLOSED)
    assert "is closed" in refused(given, LIST)
    Letter.objects.update(taken_down_at=timezone.now())
    assert "no published letter" in refused(given, LIST)


def test_a_dry_run_mails_nobody(given, letter):
    assert "2 people would be asked" in given(LIST, "--dry-run")
    assert not Signature.objects.exists()


# --- Signed on paper ----------------------------------------------------------------------------
def test_t21_paper_is_counted_apart_and_stands_in_the_log_without_a_name(given, letter, client):
    make.counted(letter)
    said = given(PAPER, "--offline")
    assert "3 people counted as signed on paper, recorded by otto@example.org." in said
    sequence()
    told = client.get("/letters/aller/count.json").json()
    assert (told["count"], told["paper"]) == (1, 3)
    event = LetterEvent.objects.get(kind=LetterEvent.Kind.PAPER)
    entries = store.read(0, store.size())
    entry = leaf.decode(entries[event.index])
    assert (entry.kind, entry.ref, entry.signed) == (Kind.PAPER, 3, 1)
    assert entry.commit == bytes(event.digest)
    assert not replay.audited(entries).findings
    assert Signature.objects.count() == 1, "no row is made of anybody"
    assert event.by == letter.organiser


def test_file_and_salt_open_the_digest_that_the_log_holds(given, letter):
    said = given(PAPER, "--offline")
    digest, salt = (line.split()[1] for line in said.splitlines()[:2])
    lines = b'["Ada Lovelace","","","Kesten",""]\n["Bob","","","",""]\n["Cid","","","Kesten",""]\n'
    opened = batch.digest(letter.uid.bytes, bytes.fromhex(salt), lines)
    assert opened.hex() == digest
    assert hashlib.sha256(lines).hexdigest() not in said


def test_the_same_batch_is_not_counted_twice_however_it_is_saved(given, letter):
    given(PAPER, "--offline")
    sequence()
    again = "\ufeffplace,name\r\nKesten,Cid\r\n,Bob\r\nKesten,Ada Lovelace\r\n"
    said = refused(given, again, "--offline")
    event = LetterEvent.objects.get(kind=LetterEvent.Kind.PAPER)
    assert f"entry {event.index} of the log. Nothing was taken." in said
    sequence()
    letter.tally.refresh_from_db()
    assert letter.tally.paper == 3


@pytest.mark.django_db(transaction=True)
def test_a_batch_recorded_by_two_at_once_is_counted_once(letter):
    people = roll.read(PAPER.encode(), addresses=False).people
    together = threading.Barrier(2)

    def record() -> bool:
        try:
            together.wait()
            gathering.record(letter=letter, people=people, by=letter.organiser, now=timezone.now())
        except gathering.Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(record) for _ in range(2)]
        assert sorted(one.result() for one in done) == [False, True]
    sequence()
    letter.tally.refresh_from_db()
    assert letter.tally.paper == 3


def test_a_second_batch_adds_to_the_first(given, letter):
    given(PAPER, "--offline")
    given("name\nDan\n", "--offline")
    sequence()
    letter.tally.refresh_from_db()
    assert letter.tally.paper == 4


def test_the_letter_names_those_on_paper_before_anybody_has_signed_by_mail(given, letter, client):
    given(PAPER, "--offline")
    sequence()
    assert '<p class="small">3 on paper</p>' in client.get("/letters/aller/").content.decode()


def test_a_closed_letter_takes_the_sheets_that_come_in_late(given, letter):
    Letter.objects.update(state=Letter.State.CLOSED)
    assert "3 people counted" in given(PAPER, "--offline")


def test_paper_with_a_fault_is_not_counted_in_part(given, letter):
    assert "1 lines are wrong" in refused(given, PAPER + ";Kesten\n", "--offline")
    assert not LetterEvent.objects.filter(kind=LetterEvent.Kind.PAPER).exists()


def test_a_dry_run_counts_nobody_and_shows_the_digest(given, letter):
    looked = given(PAPER, "--offline", "--dry-run")
    assert "this is never taken back. Nothing was changed." in looked
    assert not LetterEvent.objects.filter(kind=LetterEvent.Kind.PAPER).exists()
    assert given(PAPER, "--offline").splitlines()[:2] == looked.splitlines()[:2]


@pytest.mark.parametrize(("typed", "counted"), [("yes", True), ("", False), ("3", False)])
def test_somebody_at_a_terminal_is_asked_first(given, letter, monkeypatch, typed, counted):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _question: typed)
    given(PAPER, "--offline")
    assert LetterEvent.objects.filter(kind=LetterEvent.Kind.PAPER).exists() is counted


def test_whoever_vouches_has_an_account(given, letter):
    assert "Nobody has an account" in refused(given, PAPER, "--offline", "--by", "x@example.org")
    mira = make.organiser("mira@example.org")
    assert "recorded by mira@example.org" in given(PAPER, "--offline", "--by", "Mira@example.org")
    assert LetterEvent.objects.get(kind=LetterEvent.Kind.PAPER).by == mira
