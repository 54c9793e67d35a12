"""A list of people as spreadsheets save it: read as it was meant, or refused line by line."""

import pytest

from signatures import batch, roll
from signatures.roll import BadRoll, Roll

HEADER = "name,email,affiliation,place,comment\n"
LETTER, KEY = bytes(range(16)), b"k" * 32


def read(text: str | bytes, *, addresses: bool = False, seats: int = 0) -> Roll:
    data = text if isinstance(text, bytes) else text.encode()
    return roll.read(data, addresses=addresses, seats=seats)


def cells(text: str | bytes) -> list[tuple[str, ...]]:
    found = read(text)
    assert not found.faults
    return [entrant.cells for entrant in found.people]


def faults(text: str, *, addresses: bool = False, seats: int = 0) -> list[tuple[int, str]]:
    found = read(text, addresses=addresses, seats=seats)
    return [(fault.line, str(fault.reason)) for fault in found.faults]


def refused(text: str | bytes, *, addresses: bool = False) -> str:
    with pytest.raises(BadRoll) as bad:
        read(text, addresses=addresses)
    return str(bad.value.reason)


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "Zoë,Joan@Example.org,,Kesten,\n",
        "\ufeff" + HEADER + "Zoë,Joan@Example.org,,Kesten,\n",
        (HEADER + "Zoë,Joan@Example.org,,Kesten,\n").replace(",", ";"),
        (HEADER + "Zoë,Joan@Example.org,,Kesten,\n").replace(",", "\t").replace("\n", "\r\n"),
        "Place; E-Mail ;NAME\n".replace("E-Mail", "email") + "Kesten;Joan@Example.org;Zoe\u0308\n",
        HEADER + "\n,,,,\n  Zoë\u00a0 ,Joan@Example.org,,Kesten,\n\n",
        HEADER + '"Zoë","Joan@Example.org","","Kesten",""',
    ],
)
def test_the_same_people_are_read_however_a_spreadsheet_saved_them(text):
    assert cells(text) == [("Zoë", "joan@example.org", "", "Kesten", "")]


def test_a_comment_may_have_lines_and_lines_are_counted_as_an_editor_does():
    found = read(HEADER + 'Ada,,,,"one\ntwo"\n,x@example.org,,,\n')
    assert found.people[0].comment == "one\ntwo"
    assert [fault.line for fault in found.faults] == [4]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("\ufeff \n", "empty"),
        (HEADER, "empty"),
        ("Ada,ada@example.org\n", "must name the columns: name, email, affiliation"),
        ("name,surname\nAda,L\n", "must name the columns"),
        ("email,place\nx@example.org,K\n", "Needed are: name"),
        ("name,name\nAda,Ada\n", "names “name” twice"),
        (HEADER + 'Ada,,,,\nBob,,,,"open\nCid,,,,\n', "From line 3 on a quotation mark"),
        (HEADER + 'Ada,,"x"y,,\n', "From line 2 on a quotation mark"),
        ((HEADER + "Ada,,,,\nZoë,,,,\n").encode("latin-1"), "Line 3 is not UTF-8"),
        ((HEADER + "Ada,,,,\n").encode("utf-16"), "UTF-16"),
        (b"x" * (roll.LARGEST + 1), "larger than 20 million bytes"),
        (b"\x00\x01\x02", "must name the columns"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused_with_the_reason(text, said):
    assert said in refused(text)


def test_a_longer_list_than_one_may_be_is_refused(monkeypatch):
    monkeypatch.setattr(roll, "MOST", 2)
    assert "more than 2 people" in refused(HEADER + "A,,,,\nB,,,,\nC,,,,\n")


def test_each_wrong_line_is_named_with_its_reason_and_none_of_its_words():
    found = faults(
        HEADER
        + "Ada,ada@example.org,,,\n"
        + ",bob@example.org,,,\n"
        + "Cid,no-address,,,\n"
        + "Dan,dan@example.org,,\n"
        + "Eve\u202e,eve@example.org,,,\n"
        + f"Flo,flo@example.org,{'x' * 151},,\n"
        + "ADA,Ada@Example.ORG,,,\n",
        addresses=True,
    )
    assert [line for line, _reason in found] == [3, 4, 5, 6, 7, 8]
    reasons = [reason for _line, reason in found]
    assert reasons[0] == "There is no name."
    assert reasons[2] == "4 cells, where the first line has 5."
    assert reasons[3].startswith("name: ")
    assert reasons[4].startswith("affiliation: ")
    assert reasons[5] == "The same as line 2."
    assert not any(word in reason for reason in reasons for word in ("Cid", "no-address", "xxx"))


def test_who_is_invited_needs_an_address_and_has_a_mailbox_alone():
    two = HEADER + "Ada,x@example.org,,,\nBob,,,,\nCid,X+a@example.org,,,\n"
    assert faults(two) == []
    assert faults(two, addresses=True, seats=1) == [
        (3, "There is no e-mail address."),
        (4, "The e-mail address stands on line 2 already."),
    ]
    assert faults(two, addresses=True, seats=2) == [(3, "There is no e-mail address.")]


def test_a_file_full_of_faults_ends_the_list_of_them():
    assert len(faults(HEADER + ",x,,,\n" * 500)) == roll.FAULTS


def test_no_person_is_in_what_a_traceback_prints():
    assert "Ada" not in repr(read(HEADER + "Ada,ada@example.org,,,\n"))


# --- The digest of a batch ----------------------------------------------------------------------
def digest(people: list[tuple[str, ...]]) -> bytes:
    lines = batch.canonical(people)
    return batch.digest(LETTER, batch.salt(KEY, lines), lines)


def test_neither_order_nor_form_of_the_file_changes_the_digest():
    one = cells(HEADER + "Zoë,,,Kesten,\nAda,,,,\n")
    other = cells("\ufeffplace;name\r\n;Ada\r\nKesten;Zoe\u0308\r\n")
    assert digest(one) == digest(other)


def test_another_name_letter_or_key_gives_another_digest():
    people = [("Ada", "", "", "", "")]
    lines = batch.canonical(people)
    found = {
        digest(people),
        digest([("Adb", "", "", "", "")]),
        digest([("", "Ada", "", "", "")]),
        batch.digest(bytes(16), batch.salt(KEY, lines), lines),
        batch.digest(LETTER, batch.salt(b"j" * 32, lines), lines),
    }
    assert len(found) == 5


def test_the_digest_is_the_documented_one():
    lines = batch.canonical([("Zoë", "", "", 'the "weir"', ""), ("Ada", "a@b.org", "", "", "")])
    assert lines == '["Ada","a@b.org","","",""]\n["Zoë","","","the \\"weir\\"",""]\n'.encode()
    assert batch.digest(LETTER, b"s" * 32, lines).hex() == (
        "f0ece70b3b1b203e95334f64c0558588772651f2a577ef9a6be4884934f53022"
    )


@pytest.mark.parametrize(("letter", "salt"), [(b"x", b"s" * 32), (LETTER, b"s")])
def test_lengths_are_fixed_so_that_no_two_batches_read_alike(letter, salt):
    with pytest.raises(ValueError, match="16 bytes"):
        batch.digest(letter, salt, b"")
