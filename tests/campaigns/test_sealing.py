"""A sealed value opens in its own place, with a key of ours, unharmed; or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import sealing

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
ROW, OTHER_ROW = b"r" * 16, b"s" * 16
PLACE = "signature.email"
SECRET = b"joan@example.org"


@pytest.fixture(autouse=True)
def keys(settings):
    settings.FIELD_KEYS = {1: OLD}


def test_a_sealed_value_opens_where_it_was_sealed():
    blob = sealing.seal(SECRET, place=PLACE, row=ROW)
    assert sealing.unseal(blob, place=PLACE, row=ROW) == SECRET
    assert sealing.unseal(memoryview(blob), place=PLACE, row=ROW) == SECRET


def test_nothing_sealed_is_something():
    assert sealing.unseal(sealing.seal(b"", place=PLACE, row=ROW), place=PLACE, row=ROW) == b""


def test_the_form_is_as_documented():
    blob = sealing.seal(SECRET, place=PLACE, row=ROW)
    assert blob[:2] == b"\x01\x01"
    assert len(blob) == len(SECRET) + sealing.OVERHEAD == len(SECRET) + 30
    assert SECRET not in blob


def test_a_value_sealed_by_an_earlier_release_opens():
    blob = bytes.fromhex(
        "0101000102030405060708090a0b"
        "2d6db7758580ba7ae031fbee9f860a0a615bb59e36e332c14460b0222803fa4a"
    )
    assert sealing.unseal(blob, place=PLACE, row=ROW) == SECRET


def test_the_same_value_sealed_twice_looks_different():
    assert len({sealing.seal(SECRET, place=PLACE, row=ROW) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("place", "row"),
    [
        ("signature.withheld", ROW),
        (PLACE, OTHER_ROW),
        (PLACE, b""),
        ("signature.emai", b"l" + ROW),
        ("", ROW),
    ],
)
def test_a_value_moved_to_another_row_or_column_does_not_open(place, row):
    blob = sealing.seal(SECRET, place=PLACE, row=ROW)
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(blob, place=place, row=row)


def test_no_damaged_byte_goes_unnoticed():
    blob = sealing.seal(SECRET, place=PLACE, row=ROW)
    for place in range(len(blob)):
        for flip in (1, 128):
            damaged = bytearray(blob)
            damaged[place] ^= flip
            with pytest.raises(sealing.Unsealable):
                sealing.unseal(bytes(damaged), place=PLACE, row=ROW)


def test_no_cut_or_longer_value_opens():
    blob = sealing.seal(SECRET, place=PLACE, row=ROW)
    for wrong in [blob[:length] for length in range(len(blob))] + [blob + b"\0"]:
        with pytest.raises(sealing.Unsealable):
            sealing.unseal(wrong, place=PLACE, row=ROW)


@given(st.binary(max_size=200))
def test_nothing_random_opens(blob):
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(blob, place=PLACE, row=ROW)


def test_after_a_rotation_old_values_open_and_are_stale(settings):
    old = sealing.seal(SECRET, place=PLACE, row=ROW)
    assert not sealing.stale(old)
    settings.FIELD_KEYS = {2: NEW, 1: OLD}
    new = sealing.seal(SECRET, place=PLACE, row=ROW)
    assert sealing.unseal(old, place=PLACE, row=ROW) == SECRET
    assert (sealing.stale(old), sealing.stale(memoryview(old)), sealing.stale(new)) == (
        True,
        True,
        False,
    )


def test_the_newest_key_is_the_first_whatever_its_number(settings):
    settings.FIELD_KEYS = {1: OLD, 7: NEW}
    assert sealing.seal(SECRET, place=PLACE, row=ROW)[1] == 1


def test_a_value_of_a_dropped_key_does_not_open(settings):
    blob = sealing.seal(SECRET, place=PLACE, row=ROW)
    settings.FIELD_KEYS = {2: NEW}
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(blob, place=PLACE, row=ROW)


def test_another_key_under_the_same_number_opens_nothing(settings):
    blob = sealing.seal(SECRET, place=PLACE, row=ROW)
    settings.FIELD_KEYS = {1: NEW}
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(blob, place=PLACE, row=ROW)


def test_the_refusal_says_nothing_of_the_content():
    blob = sealing.seal(SECRET, place=PLACE, row=ROW)
    with pytest.raises(sealing.Unsealable) as caught:
        sealing.unseal(blob, place=PLACE, row=OTHER_ROW)
    told = f"{caught.value!r} {caught.value.reason} {caught.value.__cause__!r}"
    assert SECRET.decode() not in told
    assert blob.hex() not in told


def test_a_place_can_not_run_into_the_row():
    with pytest.raises(ValueError, match="NUL"):
        sealing.seal(SECRET, place="signature\0", row=ROW)


def test_derived_keys_differ_by_label_and_secret_and_never_change():
    assert sealing.derived(OLD, b"a") != sealing.derived(OLD, b"b")
    assert sealing.derived(OLD, b"a") != sealing.derived(NEW, b"a")
    assert (
        sealing.derived(OLD, b"a").hex()
        == "7e06be6b05301a077e816d6a4ce290ec3055d0e910f13cf35e89381fa313a091"
    )
