"""Letter files, whole and broken, and the command that takes them."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from campaigns import letterfile
from campaigns.frontmatter import BadLetterFile
from campaigns.letterfile import To
from campaigns.models import Letter, Organiser, Target
from campaigns.models.letter import FIELDS
from tests import make

WHOLE = """---
title: "Water: give it back"
slug: water
target: Marta Velander, Minister for Water, Housing
summary: The river was eleven centimetres deep.
goal: 10,000
opens: 2026-11-01
closes: 2026-12-24 18:00
zone: Europe/Berlin
language: de
from: Friends of the Aller
asks: [affiliation, place]
accent: plum
---

Dear Minister,

no is a word.
"""


def parse(text: str | bytes, **given: Any) -> letterfile.LetterFile:
    raw = text.encode() if isinstance(text, str) else text
    return letterfile.parse(raw, askable=FIELDS, **given)


def front(*lines: str, body: str = "Text.") -> str:
    """A letter file with what it needs and these lines, which begin in line 4."""
    return "\n".join(["---", "title: Water", "target: Marta", *lines, "---", body, ""])


def test_what_signers_are_promised_can_stand_in_the_file():
    said = parse(
        front(
            "seats: 2",
            "controller: Aller e. V.",
            "controller_address: Weir 4, Kesten",
            "contact: data@aller.example",
            "retention_days: 10",
            "anonymous_hours: 48",
            "privacy_note: |",
            "  One.",
            "",
            "  Two.",
        )
    )
    assert (said.seats, said.controller, said.contact) == (2, "Aller e. V.", "data@aller.example")
    assert (said.controller_address, said.privacy_note) == ("Weir 4, Kesten", "One.\n\nTwo.")
    assert (said.retention_days, said.anonymous_hours) == (10, 48)


@pytest.mark.parametrize(
    "line", ["seats: 3", "seats: two", "retention_days: 0", "anonymous_hours: 721", "seats: ²"]
)
def test_a_number_in_the_file_that_is_none_is_told_with_its_line(line):
    with pytest.raises(BadLetterFile, match=r"Line 4: .*is a whole number from 1 to"):
        parse(front(line))


def test_every_key_is_read():
    said = parse(WHOLE)
    assert said.title == "Water: give it back"
    assert said.slug == "water"
    assert said.targets == (To("Marta Velander", "Minister for Water, Housing"),)
    assert said.goal == 10_000
    assert said.opens_at == datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
    assert said.closes_at == datetime(2026, 12, 24, 17, 0, tzinfo=UTC)
    assert said.language == "de"
    assert said.sender == "Friends of the Aller"
    assert said.asks == ("affiliation", "place")
    assert said.accent == "#752b69"
    assert said.body == "Dear Minister,\n\nno is a word.\n"


@pytest.mark.parametrize("word", ["no", "Yes", "null", "~", "1e3", "2026-01-01", "0x1F", "007"])
def test_a_value_stays_what_was_typed(word: str):
    assert parse(front(f"summary: {word}")).summary == word


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm():
    assert parse(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode()) == parse(WHOLE)


def test_several_targets_in_both_ways():
    text = front(
        "  ",
    ).replace(
        "target: Marta",
        "targets:\n- Marta, Minister\n- name: Omar\n  role: Mayor\n  email: o@example.org",
    )
    assert parse(text).targets == (To("Marta", "Minister"), To("Omar", "Mayor", "o@example.org"))


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("closes: 2026-12-24", "2026-12-24T22:59:00+00:00"),
        ("closes: 2026-12-24 18:00", "2026-12-24T17:00:00+00:00"),
        ("closes: 2026-12-24T18:00:30", "2026-12-24T17:00:30+00:00"),
        ("closes: 2026-12-24 18:00 +02:00", "2026-12-24T16:00:00+00:00"),
        ("closes: 2026-12-24T18:00Z", "2026-12-24T18:00:00+00:00"),
        ("closes: 2026-10-25 02:30", "2026-10-25T01:30:00+00:00"),  # the second of two
    ],
)
def test_t89_a_closing_time_is_read_in_its_zone(written: str, utc: str):
    closes = parse(front(written), zone="Europe/Berlin").closes_at
    assert closes is not None
    assert closes.isoformat() == utc


def bomb() -> str:
    rows = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    rows += [f"a{k}: &a{k} [{','.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 9)]
    return front(*rows)


BROKEN = [
    (b"", None, "empty"),
    (b" \n\t\n", None, "empty"),
    ("Dear Minister", 1, "three dashes"),
    ("\n---\ntitle: Water\n---\nText", 1, "three dashes"),
    ("---\ntitle: Water\ntarget: Marta\n\nText.\n", 1, "never closed"),
    ("---\n---\nText", 2, "empty"),
    ("---\n# nothing\n---\nText", 2, "empty"),
    ("---\njust words\n---\nText", 2, "title: …"),
    ("---\n- a\n- b\n---\nText", 2, "title: …"),
    (b"---\ntitle: Stra\xdfe\ntarget: Marta\n---\nText", 2, "UTF-8"),
    (WHOLE.encode("utf-16"), 1, "UTF-8"),
    (b"---\ntitle: a\x00b\n---\nText", 2, "can’t be read"),
    (b"x" * 300_001, None, "too large"),
    (front("summary: " + "x" * 20_000), 2, "too long"),
    (front("titel: Water"), 4, "“title” meant"),
    (front("Title: Water"), 4, "“title” meant"),
    (front("wordcount: 3"), 4, "isn’t a key"),
    (front("state: open"), 4, "isn’t a key"),
    (front("title: Fire"), 4, "line 2"),
    (front("summary: one: two"), 4, "quotes"),
    (front('summary: "one'), 4, "never closed"),
    (front("summary: @home"), 4, "quotes"),
    (front("summary: *bold* words"), 4, "quotes"),
    (front("summary: !important words"), 4, "quotes"),
    (front("summary: !!python/object/apply:os.system [id]"), 4, "quotes"),
    (front("summary: &a one", "zone: *a"), 4, "quotes"),
    (bomb(), 4, "quotes"),
    (front("asks: " + "[" * 3000), 4, "deep"),
    (front("\tgoal: 3"), 4, "tab"),
    (front("summary:", "\t- goal"), 5, "tab"),
    (front("a line without a colon"), 4, "title: …"),
    (front("? [a, b]", ": c"), 4, "one word"),
    (front("summary: [one, two]"), 4, "one text"),
    (front("goal: many"), 4, "whole number"),
    (front("goal: 0"), 4, "whole number"),
    (front("goal: -5"), 4, "whole number"),
    (front("goal: 1.5"), 4, "whole number"),
    (front("goal: ٣"), 4, "whole number"),
    (front("goal: 99999999999999999999"), 4, "whole number"),
    (front("closes: soon"), 4, "2026-12-24"),
    (front("closes: 2026-02-30"), 4, "2026-12-24"),
    (front("closes: 2026-12-24 25:00"), 4, "2026-12-24"),
    (front("closes: 0001-01-01"), 4, "year"),
    (front("closes: 2026-03-29 02:30", "zone: Europe/Berlin"), 4, "skip"),
    (front("zone: Middle/Earth"), 4, "time zone"),
    (front("zone: ../../etc/passwd"), 4, "time zone"),
    (front("language: german!"), 4, "tag"),
    (front("accent: red"), 4, "#"),
    (front("accent: '#ffff00'"), 4, "pale"),
    (front("asks: [email]"), 4, "not “email”"),
    (front("targets: [Omar]"), 4, "not both"),
    (front(body=""), 5, "no text"),
    (front(body=" \n\n "), 5, "no text"),
    ("---\ntarget: Marta\n---\nText", None, "no “title”"),
    ("---\ntitle:\ntarget: Marta\n---\nText", 2, "no “title”"),
    ("---\ntitle: #1 demand\ntarget: Marta\n---\nText", 2, "no “title”"),
    ("---\ntitle: Water\n---\nText", None, "no “target”"),
    ("---\ntitle: Water\ntarget:\n---\nText", 3, "nobody"),
    ("---\ntitle: Water\ntarget: ', Minister'\n---\nText", 3, "nobody"),
    ("---\ntitle: Water\ntargets: []\n---\nText", 3, "nobody"),
    ("---\ntitle: Water\ntargets: [{role: Mayor}]\n---\nText", 3, "nobody"),
    ("---\ntitle: Water\ntargets:\n- name: Omar\n  phone: 1\n---\nText", 5, "name, role"),
    ("---\ntitle: Water\ntargets: [" + "A," * 11 + "]\n---\nText", 3, "ten"),
]


@pytest.mark.parametrize(("text", "line", "word"), BROKEN)
def test_a_broken_file_is_refused_with_its_line(text: str | bytes, line: int | None, word: str):
    with pytest.raises(BadLetterFile) as caught:
        parse(text)
    assert caught.value.line == line
    assert word in caught.value.reason


# --- The command ------------------------------------------------------------------------------
def run(tmp_path: Path, text: str | bytes, *options: str, by: str = "otto@example.org") -> str:
    file = tmp_path / "letter.md"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    told = StringIO()
    call_command("create_letter", str(file), "--organiser", by, *options, stdout=told, stderr=told)
    return told.getvalue()


@pytest.mark.django_db
def test_the_command_makes_a_draft_and_prints_its_address(tmp_path: Path):
    otto = make.organiser("otto@example.org")
    told = run(tmp_path, WHOLE)
    letter = Letter.objects.get()
    assert letter.organiser == otto
    assert letter.state == "draft"
    assert told.endswith("/organise/letters/water/\n")
    assert letter.zone == "Europe/Berlin"
    assert letter.targets.get().role == "Minister for Water, Housing"


@pytest.mark.django_db
def test_the_command_publishes_when_asked(tmp_path: Path):
    make.organiser("otto@example.org")
    with time_machine.travel("2026-11-20 12:00Z"):  # its own days are over some day
        told = run(tmp_path, WHOLE, "--publish")
    letter = Letter.objects.get()
    assert letter.state == "open"
    assert letter.revision is not None
    assert told == f"http://localhost:8000/letters/{letter.slug}/\n"


@pytest.mark.django_db
def test_the_contract_s_keys_are_enough_to_publish(tmp_path: Path):
    text = front("slug: water", "summary: Short.", "goal: 100", "language: en")
    run(tmp_path, text, "--publish", by="Otto@Example.org")
    letter = Letter.objects.get()
    assert letter.state == "open"
    assert letter.sender == "The organisers"
    assert "example.org" not in letter.revision.canonical


@pytest.mark.django_db
def test_an_unknown_organiser_gets_an_account_without_a_password_and_is_told(tmp_path: Path):
    told = run(tmp_path, WHOLE, by="Mira@Example.org")
    organiser = Organiser.objects.get()
    assert organiser.email == "mira@example.org"
    assert not organiser.has_usable_password()
    assert not organiser.is_staff
    assert "no account" in told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WHOLE.replace("slug: water", "slug: Water!"), "letter.md: Line 3: slug:"),
        (WHOLE.replace("slug: water", "slug: new"), "letter.md: Line 3: slug:"),
        (WHOLE.replace("slug: water", "slug: taken"), "letter.md: Line 3: slug:"),
        (front(f"summary: {'x' * 301}"), "letter.md: Line 4: summary:"),
        (WHOLE.replace("Friends", "Friends\u202e"), "letter.md: Line 11: from:"),
        (WHOLE.replace("no is", "n\u202eo is"), "letter.md: There are hidden marks"),
        (WHOLE.replace("closes: 2026", "closes: 2025"), "letter.md: Line 8: closes:"),
        (front("titel: x"), "letter.md: Line 4:"),
    ],
)
def test_the_command_refuses_in_one_line_and_makes_nothing(tmp_path: Path, text: str, said: str):
    make.letter(slug="taken")
    before = Letter.objects.count(), Organiser.objects.count(), Target.objects.count()
    with pytest.raises(CommandError) as caught:
        run(tmp_path, text, "--publish")
    told = str(caught.value)
    assert said in told
    assert "\n" not in told
    assert caught.value.returncode == 1
    assert before == (Letter.objects.count(), Organiser.objects.count(), Target.objects.count())


@pytest.mark.django_db
def test_a_closing_time_in_the_past_publishes_nothing_and_keeps_nothing(tmp_path: Path):
    with pytest.raises(CommandError, match="in the past"):
        run(tmp_path, front("closes: 2020-01-01"), "--publish")
    assert not Letter.objects.exists()
    assert not Organiser.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["nobody", "", "a@b\r\nBcc: c@d.org"])
def test_an_organiser_is_known_by_an_address(tmp_path: Path, by: str):
    with pytest.raises(CommandError, match="e-mail address"):
        run(tmp_path, WHOLE, by=by)


@pytest.mark.django_db
def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(CommandError, match=r"nothing\.md"):
        call_command("create_letter", str(tmp_path / "nothing.md"), "--organiser", "o@example.org")
    with pytest.raises(CommandError, match=tmp_path.name):
        call_command("create_letter", str(tmp_path), "--organiser", "o@example.org")
