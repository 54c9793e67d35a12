"""One mailbox is one mailbox however it is spelled; what can't get our mail is told why."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from signatures import mailbox
from signatures.mailbox import BadAddress, Mailbox, parse

PAIRS = json.loads((Path(__file__).parent.parent / "vectors" / "mailboxes.json").read_text("utf-8"))
LETTER, OTHER_LETTER = bytes(range(16)), bytes(range(16, 32))


def reason(text):
    with pytest.raises(BadAddress) as caught:
        parse(text)
    return str(caught.value.reason)


def test_t16_the_table_has_sixty_pairs():
    assert len(PAIRS["same"]) + len(PAIRS["different"]) >= 60


@pytest.mark.parametrize(("one", "other"), PAIRS["same"])
def test_t16_spellings_of_one_mailbox_are_the_same(one, other):
    assert parse(one).canonical == parse(other).canonical
    assert mailbox.digest(parse(one), letter=LETTER) == mailbox.digest(parse(other), letter=LETTER)


@pytest.mark.parametrize(("one", "other"), PAIRS["different"])
def test_t16_two_mailboxes_stay_two(one, other):
    assert parse(one).canonical != parse(other).canonical


def test_t16_the_rule_is_stated_with_its_version():
    assert mailbox.CANONICAL_RULE == "1"
    for word in ("Gmail", "iCloud", "Proton", "Yandex", "Fastmail", "+"):
        assert word in mailbox.CANONICAL_TEXT


@pytest.mark.parametrize("pair", PAIRS["same"] + PAIRS["different"])
def test_t16_the_canonical_form_of_a_canonical_form_is_itself(pair):
    for address in pair:
        canonical = parse(address).canonical
        assert parse(canonical).canonical == canonical


def test_mail_goes_to_the_address_as_typed_with_an_ascii_domain():
    assert parse(" Joan.Martin+x@GMAIL.com\n").address == "Joan.Martin+x@gmail.com"
    assert parse("joan@bücher.example.org").address == "joan@xn--bcher-kva.example.org"


@pytest.mark.parametrize(
    "address",
    [
        "joan@example.org",
        "joan@example.com",
        "joan@example.net",
        "joan@mail.example.org",
        "o'brien@example.org",
        "a@b.co",
        "user_name-1.x@sub-domain.example.co.uk",
        "joan@xn--fa-hia.de",
        "joan@ουτοπία.δπθ.gr",
        "joan@123.example.org",
        "joan@testing.org",
        "a" * 64 + "@example.org",
        "a" * 64 + "@" + ("b" * 63 + ".") * 2 + "b" * 57 + ".org",
    ],
)
def test_t18_good_addresses_are_taken(address):
    assert parse(address).address


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", "type your e-mail address"),
        ("   ", "type your e-mail address"),
        ("joan", "needs an @"),
        ("joan＠example.org", "needs an @"),
        ("joan at example.org", "space"),
        ("joan@", "needs a part after the @"),
        ("@example.org", "needs a part before the @"),
        ("@", "needs a part before the @"),
        ("joan@@example.org", "more than one @"),
        ("joan@example.org@example.com", "more than one @"),
        ("joan@example.org,sam@example.org", "more than one @"),
        ("joan@example.org, sam@example.org", "space"),
        ("Joan <joan@example.org>", "space"),
        ("<joan@example.org>", "character that addresses don't have"),
        ("mailto:joan@example.org", "character that addresses don't have"),
        ("joan,x@example.org", "character that addresses don't have"),
        ("joan(x)@example.org", "character that addresses don't have"),
        ("joan\\x@example.org", "character that addresses don't have"),
        ('"joan"@example.org', "quotation marks"),
        ('"joan martin"@example.org', "space"),
        ('"a@b"@example.org', "quotation marks"),
        (".joan@example.org", "dot"),
        ("joan.@example.org", "dot"),
        ("joan..martin@example.org", "dot"),
        ("jürgen@example.org", "non-Latin"),
        ("用户@example.org", "non-Latin"),
        ("joan@localhost", "No mail can be sent"),
        ("joan@intranet", "isn't a complete name"),
        ("joan@[127.0.0.1]", "not a number in brackets"),
        ("joan@[IPv6:::1]", "not a number in brackets"),
        ("joan@127.0.0.1", "isn't a complete name"),
        ("joan@example", "No mail can be sent"),
        ("joan@example.org.", "isn't a complete name"),
        ("joan@.example.org", "isn't a complete name"),
        ("joan@example..org", "isn't a complete name"),
        ("joan@-example.org", "isn't a complete name"),
        ("joan@exa_mple.org", "isn't a complete name"),
        ("joan@exa$mple.org", "isn't a complete name"),
        ("joan@xn--zzzzzzzz.org", "isn't a complete name"),
        ("joan@" + "b" * 64 + ".org", "isn't a complete name"),
        ("joan@mail.test", "No mail can be sent"),
        ("joan@b.example", "No mail can be sent"),
        ("joan@mail.invalid", "No mail can be sent"),
        ("joan@mail.localhost", "No mail can be sent"),
        ("joan@printer.local", "No mail can be sent"),
        ("joan@mail.INTERNAL", "No mail can be sent"),
        ("joan@1.in-addr.arpa", "No mail can be sent"),
        ("joan@hidden.onion", "No mail can be sent"),
        ("joan@mail.ｔｅｓｔ", "No mail can be sent"),
        ("a" * 65 + "@example.org", "at most 64"),
        ("é" * 33 + "@example.org", "at most 64"),
        ("a" * 300 + "@example.org", "at most 254"),
        ("a" * 64 + "@" + ("b" * 63 + ".") * 2 + "b" * 58 + ".org", "at most 254"),
        ("a" * 64 + "@" + ("é" + "b" * 30 + ".") * 5 + "org", "at most 254"),
        ("a@" + "é" * 100_000, "at most 254"),
    ],
)
def test_t18_bad_addresses_are_told_what_is_wrong(address, told):
    assert told in reason(address)


@pytest.mark.parametrize(
    "hidden",
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u2066\u061c\u034f\x00\x7f\x85\u2028\ud800\ue000\U000e0041"
    "\u3164\ufe0f\U000e0100",
)
def test_t18_hidden_characters_are_refused_everywhere(hidden):
    for address in (
        f"{hidden}joan@example.org",
        f"jo{hidden}an@example.org",
        f"joan{hidden}@example.org",
        f"joan@{hidden}example.org",
        f"joan@exam{hidden}ple.org",
        f"joan@example.org{hidden}",
    ):
        assert reason(address)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "%0d%0a", "\u2028", "\u0085", "\v"])
def test_t18_header_injection_is_refused(end):
    for address in (
        f"joan@example.org{end}Bcc:sam@example.org",
        f"joan{end}Bcc:sam@example.org",
        f"joan@example.org{end}Bcc: sam",
    ):
        assert reason(address)


@pytest.mark.soak
@given(
    st.text(st.characters(), max_size=80)
    | st.from_regex(r"\A[a-zA-Z0-9.+_'-]{1,70}@[a-zA-Z0-9.ßüé。-]{1,90}\Z")
    | st.emails()
)
@runs(max_examples=3000 if os.environ.get("SOAK") == "1" else 1000)
def test_t18_any_text_is_a_plain_address_or_refused(text):
    try:
        found = parse(text)
    except BadAddress:
        return
    for form in (found.address, found.canonical):
        assert form.isascii()
        assert form.isprintable()
        assert form.count("@") == 1
        assert not set(form) & set(' "<>()[],;:\\')
        assert len(form) <= 254
    assert parse(found.address) == found


def test_no_address_reaches_an_exception_or_a_trace():
    with pytest.raises(BadAddress) as caught:
        parse("secret.joan@localhost")
    told = f"{caught.value!r}{caught.value.reason}{caught.value.__cause__!r}"
    told += repr(parse("joan@example.org"))
    assert "joan" not in told


def test_digests_differ_between_letters_and_from_the_installations():
    joan = parse("joan@example.org")
    all_of_them = {
        mailbox.digest(joan, letter=LETTER),
        mailbox.digest(joan, letter=OTHER_LETTER),
        mailbox.installation_digest(joan),
        mailbox.digest(parse("otto@example.org"), letter=LETTER),
    }
    assert len(all_of_them) == 4
    assert {len(one) for one in all_of_them} == {32}


def test_digests_depend_on_the_pepper(settings):
    joan = parse("joan@example.org")
    settings.MAILBOX_PEPPER = b"one"
    one = mailbox.digest(joan, letter=LETTER), mailbox.installation_digest(joan)
    settings.MAILBOX_PEPPER = b"another"
    other = mailbox.digest(joan, letter=LETTER), mailbox.installation_digest(joan)
    assert not set(one) & set(other)


def test_a_letters_id_has_sixteen_bytes():
    with pytest.raises(ValueError, match="16"):
        mailbox.digest(Mailbox("a@b.co", "a@b.co"), letter=b"short")


# If one of these fails after an upgrade, people who signed could sign again: don't change them.
@pytest.mark.parametrize(
    ("address", "canonical", "per_letter", "anywhere"),
    [
        (
            "Joan@Example.org",
            "joan@example.org",
            "3efd65bb7cf3c28c71a896385494d563268f970a51507e0d82c034fa634b7759",
            "f9e421c07433947bb45b3718bf27b4cf36fe8209ae881ad90fe90fb2f09595c5",
        ),
        (
            "j.oan+x@googlemail.com",
            "joan@gmail.com",
            "d690874be306955c849eea4c99ebdb38ac8285d2370067410190e09ea5bd5dd7",
            "7ced75e2151b29f8780c5b1512450846d0673a67736e3b959483ed22d77f9ae5",
        ),
        (
            "joan@bücher.example.org",
            "joan@xn--bcher-kva.example.org",
            "42c72cd33e0ff0cbb3c49ca56d988d8cba466b5eaa1a529798d0203269ecef2a",
            "7213d80b44e8e193c3b2be5c88c96f5ddc86454c973cce0dc408f2834699b281",
        ),
        (
            "shop@joan.fastmail.com",
            "joan@fastmail.com",
            "977c225c050ca1ca6b16e43b3471fe46543d8ac190d0909010867be738fd46ff",
            "919539378463ea1fd9b1e5da68b18338282289e3db372d95d10a0b8e7fad0cae",
        ),
        (
            "joan.m_x@pm.me",
            "joanmx@proton.me",
            "08055596b6ff7bed964b39f2092fdd156efd058b5e32be688660e7810b2ae330",
            "e46076d9bf96ac392452bf1c2105d5ee808d910b1b6e3fa488f3373d0ec0eb3d",
        ),
        (
            "joan.m@ya.ru",
            "joan-m@yandex.ru",
            "9d583935073d954d3bc881587b298da2c4a7a42a4e5ed96c178076a370299d72",
            "bdd36019466b43bbbc8e9537325b8b6ada2800f4ada1e6905d7a51f6e4509b18",
        ),
    ],
)
def test_t102_digests_never_change(settings, address, canonical, per_letter, anywhere):
    settings.MAILBOX_PEPPER = b"a pepper for tests, never for people"
    found = parse(address)
    assert found.canonical == canonical
    assert mailbox.digest(found, letter=LETTER).hex() == per_letter
    assert mailbox.installation_digest(found).hex() == anywhere
