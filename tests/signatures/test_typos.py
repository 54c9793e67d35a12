"""What was probably meant after the @: asked, never decided."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signatures import mailbox, typos

LETTERS = st.text("abcdefghijklmnopqrstuvwxyz.-", max_size=12)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail.cm", "gmail.com"),
        ("gmial.con", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("ggmail.com", "gmail.com"),
        ("gmail.de", "gmail.com"),
        ("gmailcom", "gmail.com"),
        ("googlmail.com", "googlemail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotmial.con", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("outlook.con", "outlook.com"),
        ("outlok.de", "outlook.de"),
        ("web.dd", "web.de"),
        ("wbe.de", "web.de"),
        ("gmx.d", "gmx.de"),
        ("gmx.dee", "gmx.de"),
        ("gmx.ent", "gmx.net"),
        ("t-online.com", "t-online.de"),
        ("tonline.de", "t-online.de"),
        ("freenet.com", "freenet.de"),
        ("posteo.com", "posteo.de"),
        ("mailbox.de", "mailbox.org"),
        ("icould.com", "icloud.com"),
        ("aol.con", "aol.com"),
        ("oragne.fr", "orange.fr"),
        ("orangefr", "orange.fr"),
        ("yaho.fr", "yahoo.fr"),
        ("laposte.fr", "laposte.net"),
        ("wanado.fr", "wanadoo.fr"),
        ("Hotmail.Con", "hotmail.com"),
    ],
)
def test_a_slip_in_a_common_domain_is_asked_about(typed, meant):
    assert typos.suggest(f"Anna.B+x@{typed}") == f"Anna.B+x@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        "example.org", "uni-kassel.de", "mail.de", "email.com", "small.com", "web.com", "free.com",
        "sfr.com", "live.nl", "yahoo.it", "yahoo.com.br", "hotmail.es", "outlook.dk", "orange.com",
        "protonmail.ch", "pm.me", "ya.ru", "xn--bcher-kva.example.org", "gmail.example.org",
    ],
)  # fmt: skip
def test_whatever_may_be_right_is_left_alone(domain):
    assert typos.suggest(f"anna@{domain}") is None


@pytest.mark.parametrize("text", ["", "@", "@gmial.com", "gmial.com", "anna@"])
def test_what_is_no_address_means_nothing(text):
    assert typos.suggest(text) is None


def test_no_domain_that_is_known_is_doubted():
    assert {typos.suggest(f"anna@{domain}") for domain in typos.DOMAINS} == {None}


@given(st.sampled_from(typos.DOMAINS), st.data())
def test_whatever_is_suggested_can_be_written_to_and_is_not_doubted_again(domain, data):
    place = data.draw(st.integers(0, len(domain)))
    typed = domain[:place] + data.draw(st.sampled_from(["", "x", "m", "."])) + domain[place + 1 :]
    meant = typos.suggest(f"anna@{typed}")
    if meant is not None:
        assert mailbox.parse(meant).address == meant
        assert typos.suggest(meant) is None


@given(LETTERS, LETTERS)
def test_a_distance_is_the_same_from_both_sides_and_zero_for_the_same(one, other):
    found = typos.distance(one, other, most=20)
    assert found == typos.distance(other, one, most=20)
    assert (found == 0) == (one == other)
    assert found <= max(len(one), len(other))


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [("ab", "ba", 1), ("gmail", "gmial", 1), ("a", "", 1), ("abc", "abd", 1), ("abcd", "badc", 2)],
)
def test_neighbours_turned_round_are_one_slip(one, other, slips):
    assert typos.distance(one, other, most=5) == slips
