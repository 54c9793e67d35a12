"""Six digits that stand for the link: derived, never stored, made by the newest key."""

import uuid
from collections import Counter

import pytest

from signatures import codes

KEY, NEW_KEY = bytes(range(32)), bytes(range(32, 64))
UID = uuid.UUID(int=7)


@pytest.fixture(autouse=True)
def keys(settings):
    settings.TOKEN_KEYS = {1: KEY}


def test_a_code_is_six_digits_and_stands_in_two_groups():
    code = codes.of(UID, 0)
    assert len(code) == codes.DIGITS
    assert code.isascii()
    assert code.isdigit()
    assert codes.grouped("012345") == "012 345"


@pytest.mark.parametrize(
    "typed",
    [
        "123456", "123 456", "123-456", " 123456\n", "1 2 3 4 5 6", "123\u00a0456", "123.456",
        "123\u2013456", "١٢٣٤٥٦", "１２３ ４５６",
    ],
)  # fmt: skip
def test_a_code_is_read_however_it_was_typed_or_pasted(typed):
    assert codes.read(typed) == "123456"


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "12345a", "½23456", "1" * 10_000, "123,456x", "\0", "-" * 99]
)
def test_what_is_not_six_digits_fits_nothing(typed):
    assert codes.read(typed) == ""
    assert not codes.fits(typed, UID, 0)


def test_leading_zeros_count():
    generation = next(n for n in range(1000) if codes.of(UID, n).startswith("0"))
    code = codes.of(UID, generation)
    assert codes.fits(code, UID, generation)
    assert not codes.fits(code.lstrip("0"), UID, generation)


def test_another_row_or_generation_has_another_code():
    made = {
        codes.of(uuid.UUID(int=row), generation) for row in range(20) for generation in range(5)
    }
    assert len(made) > 95  # of a hundred: two may meet by chance
    assert not codes.fits(codes.of(UID, 1), UID, 0)


def test_codes_are_spread_over_all_digits():
    firsts = Counter(codes.of(uuid.UUID(int=row), 0)[0] for row in range(5_000))
    assert min(firsts[digit] for digit in "0123456789") > 400


def test_an_older_key_still_fits_and_a_dropped_one_does_not(settings):
    code = codes.of(UID, 0)
    settings.TOKEN_KEYS = {2: NEW_KEY, 1: KEY}
    assert codes.fits(code, UID, 0)
    assert codes.of(UID, 0) != code
    settings.TOKEN_KEYS = {2: NEW_KEY}
    assert not codes.fits(code, UID, 0)


@pytest.mark.parametrize("generation", [-1, 65_536])
def test_a_generation_out_of_range_has_no_code(generation):
    with pytest.raises(ValueError, match="range"):
        codes.of(UID, generation)


# Codes in mails already sent must survive an upgrade.
def test_t102_codes_never_change():
    assert [codes.of(UID, generation) for generation in (0, 1)] == ["483102", "015052"]
