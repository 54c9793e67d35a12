"""A link works for the purpose, the row and the time it was made for, and no other way."""

import base64
import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import settings as runs
from hypothesis import strategies as st

from campaigns import sealing
from signatures import tokens
from signatures.tokens import (
    BadToken,
    Claim,
    ExpiredForm,
    ExpiredToken,
    FormClaim,
    Purpose,
    Sent,
)

KEY, NEW_KEY = bytes(range(32)), bytes(range(32, 64))
UID, LETTER, OTHER_LETTER = (uuid.UUID(int=number) for number in (7, 8, 9))
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
URL_SAFE = set(ALPHABET)


@pytest.fixture(autouse=True)
def keys(settings):
    settings.TOKEN_KEYS = {1: KEY}
    settings.FIELD_KEYS = {1: KEY}


def made(purpose=Purpose.CONFIRM, uid=UID, generation=3, at=NOW):
    return tokens.make(purpose, uid, generation=generation, at=at)


def read(token, purpose=Purpose.CONFIRM, max_age=DAY, now=NOW):
    return tokens.read(token, purpose, max_age=max_age, now=now)


def assert_bad(token, **how):
    with pytest.raises(BadToken) as caught:
        read(token, **how)
    assert type(caught.value) is BadToken


def test_a_token_says_what_it_was_made_for():
    assert read(made()) == Claim(uid=UID, generation=3, issued_at=NOW)


def test_a_token_is_sixty_url_safe_characters_and_nothing_is_stored():
    token = made()
    assert len(token) == 60
    assert set(token) <= URL_SAFE
    assert token == made()
    assert str(UID) not in token


@given(
    st.sampled_from(Purpose),
    st.uuids(),
    st.integers(0, 65_535),
    st.integers(0, 2**32 - 1).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)
def test_every_claim_comes_back(purpose, uid, generation, at):
    token = made(purpose, uid, generation, at)
    assert read(token, purpose, now=at) == Claim(uid, generation, at)


def test_t05_no_mutation_of_one_character_is_accepted():
    token = made()
    for place in range(len(token)):
        for char in ALPHABET + "=+/ .%\x00é":
            if char != token[place]:
                assert_bad(token[:place] + char + token[place + 1 :])


def _mutate(token, moves):
    for kind, number, char in moves:
        place = number % (len(token) + 1)
        token = {
            "set": token[:place] + char + token[place + 1 :],
            "add": token[:place] + char + token[place:],
            "cut": token[:place],
            "drop": token[:place] + token[place + 1 :],
            "swap": token[place:] + token[:place],
            "case": token[:place] + token[place:].swapcase(),
        }[kind]
    return token


KINDS = ("set", "add", "cut", "drop", "swap", "case")
CHARS = ALPHABET + "=+/\n "


@given(
    st.lists(
        st.tuples(
            st.sampled_from(KINDS),
            st.integers(0, 60),
            st.sampled_from(CHARS) | st.characters(),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_t05_whatever_is_changed_is_refused(moves):
    token = made()
    changed = _mutate(token, moves)
    assume(changed != token)
    assert_bad(changed)


def test_t05_ten_thousand_mutations_are_refused():
    chance, token, tried = random.Random(5), made(), 0  # the same ones each time
    while tried < 10_000:
        moves = [
            (chance.choice(KINDS), chance.randint(0, 60), chance.choice(CHARS))
            for _ in range(chance.randint(1, 5))
        ]
        if (changed := _mutate(token, moves)) != token:
            assert_bad(changed)
            tried += 1


@given(st.binary(min_size=45, max_size=45))
@runs(max_examples=2000)
def test_t05_nothing_forged_is_accepted(blob):
    assert_bad(base64.urlsafe_b64encode(b"\x01" + blob[1:]).decode())


@pytest.mark.parametrize("made_for", Purpose)
def test_t05_no_purpose_opens_anothers_door(made_for):
    token = made(made_for)
    for purpose in Purpose:
        if purpose is made_for:
            assert read(token, purpose)
        else:
            assert_bad(token, purpose=purpose)
            # Not even when it is too old: that would tell that it is ours.
            assert_bad(token, purpose=purpose, now=NOW + 2 * DAY)


def test_t05_a_form_token_is_no_link_and_a_link_no_form_token():
    assert_bad(tokens.make_form(LETTER, 1, at=NOW))
    for purpose in Purpose:
        with pytest.raises(BadToken):
            tokens.read_form(made(purpose, LETTER), LETTER, now=NOW)


@pytest.mark.parametrize(
    "change",
    ["{}=", "{}==", " {}", "{} ", "{}\n", "{}A", "", "=", "A" * 60, "é" * 60, "\ud800" * 60],
)
def test_t05_another_spelling_of_a_token_is_refused(change):
    assert_bad(change.format(made()))
    with pytest.raises(BadToken):
        tokens.read_form(change.format(tokens.make_form(LETTER, 1, at=NOW)), LETTER, now=NOW)


def test_an_old_token_is_told_from_a_bad_one_and_keeps_its_claim():
    token = made()
    assert read(token, now=NOW + DAY)
    with pytest.raises(ExpiredToken) as caught:
        read(token, now=NOW + DAY + timedelta(seconds=1))
    assert caught.value.claim == Claim(UID, 3, NOW)


def test_clocks_may_differ_by_five_minutes():
    token = made(at=NOW + timedelta(minutes=5))
    assert read(token)
    assert_bad(made(at=NOW + timedelta(minutes=5, seconds=1)))


def test_the_issue_time_is_in_whole_seconds():
    at = NOW + timedelta(microseconds=999_999)
    assert read(made(at=at), now=at).issued_at == NOW


@pytest.mark.parametrize("generation", [-1, 65_536])
def test_a_generation_out_of_range_makes_no_token(generation):
    with pytest.raises(ValueError, match="range"):
        made(generation=generation)


@pytest.mark.parametrize(
    "at", [datetime(1969, 12, 31, tzinfo=UTC), datetime(2107, 1, 1, tzinfo=UTC)]
)
def test_a_time_out_of_range_makes_no_token(at):
    with pytest.raises(ValueError, match="range"):
        made(at=at)


def test_a_time_without_a_zone_makes_no_token():
    with pytest.raises(ValueError, match="zone"):
        made(at=datetime(2026, 11, 22))  # noqa: DTZ001 - naive on purpose


def test_the_newest_key_makes_and_all_keys_read(settings):
    old = made()
    settings.TOKEN_KEYS = {2: NEW_KEY, 1: KEY}
    assert read(old)
    assert made() != old
    assert read(made())
    settings.TOKEN_KEYS = {2: NEW_KEY}
    assert_bad(old)
    settings.TOKEN_KEYS = {1: NEW_KEY}
    assert_bad(old)


def test_a_form_token_says_which_revision_was_shown():
    token = tokens.make_form(LETTER, 4, at=NOW)
    assert len(token) == 40
    assert set(token) <= URL_SAFE
    assert tokens.read_form(token, LETTER, now=NOW) == FormClaim(4, NOW)


def test_t05_a_form_token_of_another_letter_is_refused():
    with pytest.raises(BadToken):
        tokens.read_form(tokens.make_form(LETTER, 4, at=NOW), OTHER_LETTER, now=NOW)


def test_t05_a_changed_form_token_is_refused():
    token = tokens.make_form(LETTER, 4, at=NOW)
    for place in range(len(token)):
        for char in ALPHABET + "=é":
            if char != token[place]:
                with pytest.raises(BadToken):
                    tokens.read_form(token[:place] + char + token[place + 1 :], LETTER, now=NOW)


def test_a_form_token_lives_seven_days():
    token = tokens.make_form(LETTER, 4, at=NOW)
    assert tokens.read_form(token, LETTER, now=NOW + 7 * DAY).revision == 4
    with pytest.raises(ExpiredForm) as caught:
        tokens.read_form(token, LETTER, now=NOW + 7 * DAY + timedelta(seconds=1))
    assert caught.value.claim == FormClaim(4, NOW)
    with pytest.raises(BadToken):
        tokens.read_form(token, LETTER, now=NOW - timedelta(minutes=6))


SLIP = uuid.UUID(int=0x51)


def sent(address: str = "joan@example.org", *, again: bool = False) -> str:
    return tokens.seal_sent(address, LETTER, slip=SLIP, at=NOW, again=again)


@pytest.mark.parametrize(
    "address", ["a@b.co", "joan@example.org", "a" * 64, "a" * 242 + "@example.org"]
)
def test_a_waiting_page_opens_for_its_letter_alone(address):
    for again in (False, True):
        sealed = sent(address, again=again)
        assert set(sealed) <= URL_SAFE
        assert tokens.read_sent(sealed, LETTER) == Sent(address, SLIP, NOW, again)
        with pytest.raises(BadToken):
            tokens.read_sent(sealed, OTHER_LETTER)


def test_what_a_waiting_page_knows_reaches_no_log():
    assert "joan" not in repr(tokens.read_sent(sent(), LETTER))


def test_t05_a_changed_waiting_page_is_refused():
    sealed = sent()
    for place in range(len(sealed)):
        for char in "Aq_=é":
            changed = sealed[:place] + char + sealed[place + 1 :]
            if changed != sealed:
                with pytest.raises(BadToken):
                    tokens.read_sent(changed, LETTER)
    for wrong in ("", "A", sealed[:-1], sealed + "=", sealed + "AAAA", "A" * 10_000):
        with pytest.raises(BadToken):
            tokens.read_sent(wrong, LETTER)


def test_t05_loose_last_bits_of_a_waiting_page_are_refused():
    sealed = sent()
    twins = [sealed[:-1] + char for char in ALPHABET if char != sealed[-1]]
    for twin in twins:
        with pytest.raises(BadToken):
            tokens.read_sent(twin, LETTER)


def test_the_length_of_a_waiting_page_tells_nothing():
    lengths = {len(sent("a" * size + "@b.co")) for size in range(1, 39)}
    assert len(lengths) == 1
    assert len(sent("a" * 39 + "@b.co")) not in lengths


def test_a_sealed_field_is_no_sealed_address():
    from_a_row = sealing.seal(b"joan@example.org", place="signature.email", row=LETTER.bytes)
    text = base64.urlsafe_b64encode(from_a_row).rstrip(b"=").decode()
    with pytest.raises(BadToken):
        tokens.read_sent(text, LETTER)


def test_refusals_say_nothing_of_the_token():
    token = made()
    for wrong, now in ((token[:-1] + "!", NOW), (token, NOW + 2 * DAY)):
        with pytest.raises(BadToken) as caught:
            read(wrong, now=now)
        assert token[:20] not in f"{caught.value!r}{caught.value.reason}"


# Links in mails already sent must survive an upgrade.
def test_t102_tokens_never_change():
    assert made() == "AQAAAAAAAAAAAAAAAAAAAAdrAtlAAAO8I1_3maN7Ynn9i2sEyZ9i5iXBLPvm"
    assert tokens.make_form(LETTER, 4, at=NOW) == "AQAAAARrAtlA0whwzvemeOmxJQbjHrV_h0D8h5H0"
