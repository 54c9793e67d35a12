"""Signed notes, checkpoints and policies: what is signed holds, and only as it is written."""

import random
from base64 import b64decode
from contextlib import suppress
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from signatures.log import checkpoint, cosignature, lines, merkle, note, policy
from signatures.log.checkpoint import BadCheckpoint, Checkpoint
from signatures.log.note import BadKey, BadNote, Line, SigningKey, Type, VerifierKey
from signatures.log.policy import BadPolicy, Log, NotTrusted, Policy, Witness
from signatures.log.rejected import Rejected
from tests.logbook import KEY, NOW, ORIGIN, POLICY, WITNESSES, known_tree
from tests.logbook import checkpoint as published

TREE = Checkpoint(ORIGIN, 777, known_tree().root())
SIGNED = published(TREE.size, TREE.root)
ALONE = Policy([Log(KEY.verifier)])
OWN_LINE = KEY.sign(TREE.text)

# The example of C2SP signed-note.
EXAMPLE = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMou"
    "FSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)


def test_the_specifications_example_is_read():
    read = note.parse(EXAMPLE.encode())
    assert read.text == EXAMPLE.rpartition("\n— ")[0]
    assert read.lines[0].name == "quasimodo.example/salvatore"
    assert bytes(read) == EXAMPLE.encode()
    with pytest.raises(BadNote, match="known key"):
        note.check(read, [KEY.verifier])


def test_a_signed_note_names_who_has_signed():
    read, signatures = note.opened(SIGNED, [KEY.verifier, WITNESSES[1].verifier])
    assert read.text == TREE.text
    assert [(each.key, each.time) for each in signatures] == [
        (KEY.verifier, None),
        (WITNESSES[1].verifier, NOW),
    ]


@pytest.mark.soak
def test_f2_any_changed_bit_of_a_checkpoint_is_caught(soak: bool):
    chance = random.Random(1)
    for at in range(len(SIGNED)):
        for bit in range(8) if soak else [chance.randrange(8)]:
            changed = bytearray(SIGNED)
            changed[at] ^= 1 << bit
            with pytest.raises(Rejected):
                POLICY.accept(bytes(changed))


def test_f2_a_cut_checkpoint_is_caught():
    for length in range(len(SIGNED)):
        with pytest.raises(Rejected):
            POLICY.accept(SIGNED[:length])


def test_stray_low_bits_of_base64_are_no_second_spelling():
    line = next(line for line in SIGNED.decode().splitlines() if line.endswith("=="))
    loose = line[:-3] + chr(ord(line[-3]) + 1) + "=="
    assert b64decode(loose.split()[-1]) == b64decode(line.split()[-1])
    with pytest.raises(BadNote, match="loosely"):
        note.parse(SIGNED.decode().replace(line, loose).encode())


@pytest.mark.parametrize(
    "word", ["QQ", "QQ=", "QR==", "Q Q=", "QQ==\n", "Q-==", "QQ==QQ==", "é==="]
)
def test_base64_is_read_strictly(word: str):
    assert lines.decoded("QQ==", what="it", error=BadNote) == b"A"
    with pytest.raises(BadNote, match="it is"):
        lines.decoded(word, what="it", error=BadNote)


@pytest.mark.parametrize("word", ["", "01", "+1", "-1", " 1", "1 ", "1_0", "٣", "1e3", "9" * 20])
def test_numbers_are_read_strictly(word: str):
    with pytest.raises(BadNote, match="it is"):
        lines.number(word, what="it", error=BadNote)


def test_numbers_end_below_two_to_the_63():
    assert lines.number(str(2**63 - 1), what="it", error=BadNote) == 2**63 - 1
    with pytest.raises(BadNote, match="2\\^63"):
        lines.number(str(2**63), what="it", error=BadNote)


HEAD, LINE = TREE.text, str(OWN_LINE)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no empty line"),
        (HEAD.encode(), "no empty line"),
        (f"{HEAD}\n".encode(), "does not end"),
        (f"{HEAD}\n{LINE}"[:-1].encode(), "does not end"),
        (f"{HEAD}\n{LINE}{LINE}".encode(), "signed twice"),
        (f"{HEAD}\n{LINE}\n".encode(), "does not end"),
        (f"{HEAD}\n{LINE}trailing\n".encode(), "a dash"),
        (f"{HEAD}\n--{LINE[1:]}".encode(), "a dash"),
        (f"{HEAD}\n— {ORIGIN}\n".encode(), "no name"),
        (f"{HEAD}\n—  AAAAAAA=\n".encode(), "empty"),
        (f"{HEAD}\n— a+b AAAAAAA=\n".encode(), "plus"),
        (f"{HEAD}\n— a\u00a0b AAAAAAA=\n".encode(), "space"),
        (f"{HEAD}\n— a AAAA\n".encode(), "too short"),
        (f"{HEAD}\n— a AAAA BBBB\n".encode(), "base64"),
        (f"{HEAD}\n— a AAAAAAA\n".encode(), "base64"),
        (f"{HEAD}\r\n\n{LINE}".encode(), "control"),
        (f"{HEAD}\t\n\n{LINE}".encode(), "control"),
        (f"\x00{HEAD}\n{LINE}".encode(), "control"),
        (b"\xff" + f"{HEAD}\n{LINE}".encode(), "UTF-8"),
        (f"{HEAD}\n{LINE}".encode("utf-16"), "UTF-8"),
        (b"a" * (note.LIMIT + 1), "longer"),
        (
            f"{HEAD}\n".encode() + b"".join(b"\xe2\x80\x94 a%d AAAAAAA=\n" % n for n in range(65)),
            "64",
        ),
        (f"{HEAD}\n— {ORIGIN} {lines.encoded(KEY.verifier.id + bytes(64))}\n".encode(), "is bad"),
        (f"{HEAD}\n— {ORIGIN} {lines.encoded(KEY.verifier.id + b'short')}\n".encode(), "is bad"),
        (f"{HEAD}\n— {ORIGIN} {lines.encoded(bytes(68))}\n".encode(), "known key"),
        (f"{HEAD}\n{LINE.replace(ORIGIN, 'other')}".encode(), "known key"),
    ],
)
def test_odd_notes_are_refused_with_the_reason(data: bytes, reason: str):
    with pytest.raises(BadNote, match=reason):
        note.opened(data, [KEY.verifier])


def test_unknown_signatures_are_passed_over_but_one_bad_known_one_spoils_the_note():
    strangers = [
        Line(ORIGIN, b"\0\0\0\1", bytes(64)),
        Line("else", OWN_LINE.key_id, bytes(64)),
        *(Line(f"w{number}", bytes(4), b"any") for number in range(16)),
    ]
    data = note.signed(TREE.text, [*strangers, OWN_LINE])
    assert note.opened(data, [KEY.verifier])[1][0].key == KEY.verifier
    bad = Line(WITNESSES[0].name, WITNESSES[0].verifier.id, bytes(72))
    data = note.signed(TREE.text, [OWN_LINE, bad])
    assert ALONE.accept(data).checkpoint == TREE
    with pytest.raises(BadNote, match="is bad"):
        POLICY.accept(data)


def test_a_cosignature_is_bound_to_its_time_and_is_no_plain_signature():
    line = WITNESSES[0].cosign(TREE.text, NOW)
    later = replace(line, signature=(NOW + 1).to_bytes(8, "big") + line.signature[8:])
    plain = replace(line, signature=line.signature[8:])
    for wrong in (later, plain, replace(line, signature=b"\xff" + line.signature[1:])):
        with pytest.raises(BadNote, match="is bad"):
            note.opened(note.signed(TREE.text, [wrong]), [WITNESSES[0].verifier])
    for time in (-1, 2**63):
        with pytest.raises(cosignature.BadCosignature, match="2\\^63"):
            WITNESSES[0].cosign(TREE.text, time)


def test_an_ml_dsa_cosignature_is_read():
    private = MLDSA44PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    key = VerifierKey("pq.example/w", Type.ML_DSA_COSIGNATURE, public)
    message = cosignature.ml_dsa_message(TREE.text, NOW, key.name)
    line = Line(key.name, key.id, NOW.to_bytes(8, "big") + private.sign(message))
    assert note.parse_key(str(key)) == key
    trust = Policy([Log(KEY.verifier)], [Witness("pq", key)], quorum="pq")
    assert trust.accept(note.signed(TREE.text, [OWN_LINE, line])).witnessed[0].time == NOW
    wrong = replace(line, signature=line.signature[:-1] + bytes([line.signature[-1] ^ 1]))
    with pytest.raises(BadNote, match="is bad"):
        trust.accept(note.signed(TREE.text, [OWN_LINE, wrong]))
    with pytest.raises(cosignature.BadCosignature):
        cosignature.ml_dsa_message("no checkpoint\n", NOW, key.name)
    with pytest.raises(cosignature.BadCosignature, match="too long"):
        cosignature.ml_dsa_message(TREE.text, NOW, "w" * 256)


VKEY = str(KEY.verifier)


@pytest.mark.parametrize(
    ("vkey", "reason"),
    [
        ("", "three parts"),
        ("name", "three parts"),
        (VKEY.replace(ORIGIN, ""), "empty"),
        (VKEY.replace(ORIGIN, "a b"), "space"),
        (VKEY.replace(ORIGIN, "other"), "not its own"),
        (VKEY.replace(KEY.verifier.id.hex(), KEY.verifier.id.hex().upper()), "8 hexa"),
        (VKEY[:-4], "wrong length"),
        (VKEY + "=", "base64"),
        (f"{ORIGIN}+00000000+", "8 hexa"),
        (f"{ORIGIN}+00000000+Ag==", "unknown type"),
        (f"{ORIGIN}\ud800+00000000+AQ==", "UTF-8"),
    ],
)
def test_odd_keys_are_refused_with_the_reason(vkey: str, reason: str):
    with pytest.raises(BadKey, match=reason):
        note.parse_key(vkey)


def test_keys_sign_what_they_are_for_and_do_not_show_themselves():
    assert KEY.seed.hex() not in repr(KEY)
    assert repr(KEY.seed) not in repr(KEY)
    with pytest.raises(BadKey, match="cosigns"):
        KEY.cosign(TREE.text, NOW)
    with pytest.raises(BadKey, match="with a time"):
        WITNESSES[0].sign(TREE.text)
    for wrong in (SigningKey(ORIGIN, b"short"), SigningKey("a b", KEY.seed)):
        with pytest.raises(BadKey):
            wrong.sign(TREE.text)
    with pytest.raises(BadNote):
        note.signed("no line end", [OWN_LINE])


def test_checkpoints_read_back_as_written():
    for size in (0, 1, 2**63 - 1):
        tree = Checkpoint(ORIGIN, size, TREE.root)
        assert checkpoint.parse(tree.text) == tree
    extended = replace(TREE, extensions=("one", "two words"))
    assert checkpoint.parse(extended.text) == extended


ROOT = lines.encoded(TREE.root)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not end"),
        (TREE.text[:-1], "does not end"),
        (f"{ORIGIN}\n777\n", "three lines"),
        (f"{ORIGIN}\n", "three lines"),
        (f"\n777\n{ROOT}\n", "empty"),
        (f"{ORIGIN}\n777\n{ROOT}\n\n", "empty line"),
        (f"{ORIGIN}\n0777\n{ROOT}\n", "decimal"),
        (f"{ORIGIN}\n-1\n{ROOT}\n", "decimal"),
        (f"{ORIGIN}\n{2**63}\n{ROOT}\n", "2\\^63"),
        (f"{ORIGIN}\n{'9' * 5000}\n{ROOT}\n", "decimal"),
        (f"{ORIGIN}\n777\n{ROOT[:-1]}\n", "base64"),
        (f"{ORIGIN}\n777\n{ROOT} \n", "base64"),
        (f"{ORIGIN}\n777\nAAAA\n", "32 bytes"),
        (f"a b\n777\n{ROOT}\n", "space"),
        (f"a+b\n777\n{ROOT}\n", "plus"),
        (f"{'a' * 256}\n777\n{ROOT}\n", "255"),
    ],
)
def test_odd_checkpoints_are_refused_with_the_reason(text: str, reason: str):
    with pytest.raises(BadCheckpoint, match=reason):
        checkpoint.parse(text)


def test_the_origin_is_the_address_without_scheme_and_slash():
    assert checkpoint.origin_of("https://Letters.Example.org/log/") == "letters.example.org/log"
    assert checkpoint.origin_of("http://localhost:8000/log") == "localhost:8000/log"
    for odd in ("", "log", "ftp://a/log", "https:///log", "https://a/log?x", "https://u:p@a/log",
                "https://a/l og", "https://[a/log", "https://a/" + "b" * 255):  # fmt: skip
        with pytest.raises(BadCheckpoint):
            checkpoint.origin_of(odd)


# --- Policies -------------------------------------------------------------------------------------
def test_a_policy_reads_back_as_written():
    assert policy.parse(POLICY.text.encode()) == POLICY
    told = Policy(
        [Log(KEY.verifier, "https://a.example/log")], [replace(POLICY.witnesses[0], url="x")]
    )
    assert policy.parse(told.text.encode()) == told


def test_a_policy_may_be_written_with_comments_and_space():
    text = f"# ours\n\n \tlog \t{VKEY}  \n  # none yet\nquorum none\n"
    assert policy.parse(text.encode()) == ALONE


W = [str(key.verifier) for key in WITNESSES]
TWO = f"log {VKEY}\nwitness one {W[0]}\nwitness two {W[1]}\n"


@pytest.mark.parametrize(
    ("quorum", "enough", "too_few"),
    [
        ("quorum none\n", [set()], []),
        ("quorum one\n", [{"one"}, {"one", "two"}], [set(), {"two"}]),
        ("group g all one two\nquorum g\n", [{"one", "two"}], [{"one"}, {"two"}]),
        ("group g any one two\nquorum g\n", [{"one"}, {"two"}], [set()]),
        ("group g 1 one\ngroup h 2 g two\nquorum h\n", [{"one", "two"}], [{"one"}, {"two"}]),
    ],
)
def test_the_quorum_is_counted(quorum: str, enough: list[set[str]], too_few: list[set[str]]):
    read = policy.parse((TWO + quorum).encode())
    assert all(read.reached(names) for names in enough)
    assert not any(read.reached(names) for names in too_few)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not end"),
        (TWO, "no quorum"),
        ("quorum none", "does not end"),
        ("quorum none\nquorum none\n", "two quorums"),
        ("quorum nobody\n", "before it is given"),
        ("quorum one\n" + TWO, "before it is given"),
        (TWO + "quorum one two\n", "not understood"),
        (TWO + "trust me\nquorum none\n", "not understood"),
        (TWO + f"log {VKEY}\nquorum none\n", "twice"),
        (TWO + f"witness three {W[0]}\nquorum none\n", "twice"),
        (f"log {VKEY} a b\nquorum none\n", "not understood"),
        (f"log {W[0]}\nquorum none\n", "type"),
        (f"witness one {VKEY}\nquorum none\n", "type"),
        (f"witness none {W[0]}\nquorum none\n", "twice"),
        ("log rubbish\nquorum none\n", "three parts"),
        (TWO + "group g 3 one two\nquorum g\n", "more members"),
        (TWO + "group g 0 one two\nquorum g\n", "all, any or"),
        (TWO + "group g 01 one two\nquorum g\n", "all, any or"),
        (TWO + "group g ٢ one two\nquorum g\n", "all, any or"),
        (TWO + "group g any\nquorum g\n", "not understood"),
        (TWO + "group g any none\nquorum g\n", "nobody"),
        (TWO + "group g any one one\nquorum g\n", "two groups"),
        (TWO + "group g any one\ngroup h any one\nquorum h\n", "two groups"),
        (TWO + "group g any g\nquorum g\n", "before it is given"),
        (TWO + "group one any two\nquorum one\n", "given twice"),
        (TWO + "quorum none\r\n", "control"),
        ("quorum none\x00\n", "control"),
        ("#" * (policy.LIMIT + 1), "longer"),
        (
            TWO
            + "".join(f"group g{n} any {'one' if not n else f'g{n - 1}'}\n" for n in range(300)),
            "256",
        ),
    ],
)
def test_odd_policies_are_refused_with_the_reason(text: str, reason: str):
    with pytest.raises(BadPolicy, match=reason):
        policy.parse(text.encode())


def test_only_a_checkpoint_as_the_policy_asks_is_trusted():
    trusted = POLICY.accept(SIGNED, now=NOW)
    assert (trusted.checkpoint, trusted.log.key) == (TREE, KEY.verifier)
    assert [each.witness.name for each in trusted.witnessed] == ["w0", "w1"]
    with pytest.raises(NotTrusted, match="too few"):
        POLICY.accept(published(TREE.size, TREE.root, cosigned=False))
    with pytest.raises(NotTrusted, match="in the future"):
        POLICY.accept(SIGNED, now=NOW - 301)
    other = replace(TREE, origin="other.example/log")
    with pytest.raises(NotTrusted, match="the log it names"):
        ALONE.accept(note.signed(other.text, [KEY.sign(other.text)]))
    with pytest.raises(NotTrusted, match="the log it names"):
        Policy([], POLICY.witnesses).accept(SIGNED)
    with pytest.raises(BadCheckpoint):
        ALONE.accept(note.signed("any text\n", [KEY.sign("any text\n")]))


def test_after_a_change_of_keys_either_one_is_believed():
    new = SigningKey(ORIGIN, bytes(32))
    both = note.signed(TREE.text, [OWN_LINE, new.sign(TREE.text)])
    for key in (KEY, new):
        assert Policy([Log(key.verifier)]).accept(both).checkpoint == TREE


def read_back_or_refused(data: bytes) -> None:
    with suppress(BadNote):
        assert bytes(note.parse(data)) == data
    with suppress(BadPolicy):
        policy.parse(data)
    text = data.decode("utf-8", "replace")
    with suppress(BadCheckpoint):
        assert checkpoint.parse(text).text == text
    with suppress(BadKey):
        assert str(note.parse_key(text)) == text


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
def test_f1_odd_bytes_are_read_back_or_refused(data: bytes):
    read_back_or_refused(data)


@given(
    data=st.data(), text=st.sampled_from([SIGNED.decode(), EXAMPLE, POLICY.text, VKEY, TREE.text])
)
def test_f1_mangled_text_is_read_back_or_refused(data: st.DataObject, text: str):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    put = data.draw(
        st.sampled_from(["", "\n", "\n\n", " ", "+", "=", "— ", "0", "\x00", "é", "A" * 70])
    )
    read_back_or_refused((text[:start] + put + text[end:]).encode())


def test_an_empty_tree_has_a_checkpoint():
    assert ALONE.accept(published(0, merkle.EMPTY_ROOT)).checkpoint.size == 0
