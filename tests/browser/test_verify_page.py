"""`/verify/` in a browser: what it says of receipts and documents, good, damaged and foreign."""

import importlib.util
import io
import json
import random
import re
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from campaigns.models import Letter
from signatures.exports import logged
from signatures.log import lines, merkle, policy, receipt
from signatures.log.leaf import Kind, Method, Reason
from signatures.log.note import signed
from signatures.log.rejected import Rejected
from signatures.mailbox import parse
from signatures.models import LogKey
from signatures.proof import verdicts
from signatures.views import verifying
from tests import make, paper
from tests.browser import checked
from tests.browser.checked import INDEX, PARTS, SEED, Checker, Tree, reasons, verdict
from tests.browser.conftest import NARROWEST, TOO_WIDE
from tests.chromium import Visitor, visitor
from tests.logbook import KEY, NOW, POLICY, WITNESSES, known_leaf, story
from tests.processes import ROOT

Visit = Callable[..., Visitor]
JOAN = ("joan@example.org", "Joan")
TREE = checked.told()
RECEIPT = TREE.receipt()
ENDS = ("holds", "yours", "partly", "cancelled", "denied", "fails", "unchecked")
BATCH = 50  # files the page takes at once


Served = tuple[dict[str, str], bytes]


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    """What all of these tests share, because a page and a window take longer than a check."""
    return {}


@pytest.fixture
def served(kept: dict[str, Any], db: None, settings: Any) -> Served:
    if "served" not in kept:
        settings.SITE_URL = checked.SITE
        settings.WITNESSES = checked.WITNESSES
        LogKey.objects.create(vkey=str(KEY.verifier), since="2026-01-01T00:00Z")
        letter = make.letter(slug="aller")
        Letter.objects.filter(pk=letter.pk).update(uid=UUID(bytes=checked.A))
        answer = Client().get("/verify/")
        assert answer.status_code == 200
        kept["served"] = dict(answer.headers), answer.content
    found: Served = kept["served"]
    return found


@pytest.fixture
def checker(kept: dict[str, Any], browser: Any, served: Served) -> Checker:
    """The page, opened anew."""
    if "checker" not in kept:
        kept["checker"] = Checker(visitor(browser), *served)
    made: Checker = kept["checker"]
    made.log, made.elsewhere, made.asked = {}, {}, []
    return made.open()


# --- Receipts -------------------------------------------------------------------------------------
def test_a_receipt_is_shown_to_its_owner_and_its_entry_told_in_words(checker: Checker):
    checker.log = TREE.files()
    (found,) = checker.give(receipt=RECEIPT)
    assert (verdict(found), reasons(found)) == ("holds", {"no-address", "others"})

    checker.holder("Joan+letters@Example.org", "Joan")
    (found,) = checker.again()
    assert reasons(found) == {"others"}
    said = found.inner_text()
    assert "The log holds this signature, and it is yours." in said
    assert "A signature, verified by a mail code" in said
    assert "1 August 2026" in said
    assert "entry 3 of 16" in said
    assert "Give the Aller its water back, as this page was told when it was served" in said
    assert "2 (2 signed, 0 withdrawn, 0 invalidated)" in said
    assert "4 (5 signed, 1 withdrawn, 0 invalidated)" in said, "as the log counts now"
    assert "nothing cancels this signature" in said
    assert checker.complaints == []
    assert {url for url in checker.asked if "tile/0" in url} == set()


def test_a_later_cancellation_is_found(checker: Checker):
    checker.log = TREE.files()
    (found,) = checker.give(receipt=TREE.receipt(checked.GONE))
    assert verdict(found) == "cancelled"
    assert "Withdrawn by its signer, entry 8" in found.inner_text()


def test_one_entry_given_to_two_people_is_found_by_one_of_them(checker: Checker):
    checker.holder("sam@example.org")
    (found,) = checker.give(receipt=RECEIPT)
    assert (verdict(found), "not-yours" in reasons(found)) == ("fails", True)
    checker.holder("joan@example.org", "Johanna")
    assert "another-name" in reasons(checker.again()[0])


def test_all_spellings_of_a_mailbox_open_its_receipt(checker: Checker):
    sources = [(ROOT / "static/js/verify" / f"{name}.js").read_text() for name in ("opening",)]
    same = json.loads((ROOT / "tests/vectors/mailboxes.json").read_text())["same"]
    canonical = [parse(one).canonical for one, _other in same]
    checker.page.goto("about:blank")
    script = f"typed => {{ {''.join(sources)} return typed.map(spellings) }}"
    for side in (0, 1):
        found = checker.page.evaluate(script, [pair[side] for pair in same])
        for wanted, spelled, pair in zip(canonical, found, same, strict=True):
            assert wanted in spelled, pair


def test_a_receipt_of_the_first_form_opens_with_all_that_was_signed(checker: Checker):
    checker.holder(*JOAN)
    (found,) = checker.give(receipt=TREE.receipt(parts=()))
    assert (verdict(found), "first-form" in reasons(found)) == ("holds", True)
    checker.page.locator("#mailbox").fill(checked.JOAN.mailbox.hex())
    checker.page.locator("#answers").fill(checked.JOAN.answers.decode())
    assert checker.again()[0].get_attribute("data-yours") == "true"


def test_a_file_may_be_dropped_anywhere_and_nothing_is_checked_without_one(checker: Checker):
    checker.page.get_by_role("button", name="Check", exact=True).click()
    assert checker.page.locator("#status").inner_text() == "Choose a file first."
    drop = """text => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], 'mine.tlog-proof'));
      const aim = document.querySelector('h1');
      for (const kind of ['dragover', 'drop'])
        aim.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer}));
    }"""
    (found,) = checker.after(lambda: checker.page.evaluate(drop, RECEIPT.decode()))
    assert verdict(found) == "holds"
    assert "mine.tlog-proof" in found.inner_text()

    many = [{"name": f"{n}", "mimeType": "text/plain", "buffer": b"x"} for n in range(BATCH + 1)]
    checker.page.locator("#files").set_input_files(many)
    assert "At most 50 files" in checker.page.locator("#status").inner_text()


# --- The third reader of the formats --------------------------------------------------------------
def loaded() -> Any:
    spec = importlib.util.spec_from_file_location("verifying_program", ROOT / "static/verify.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


PROGRAM = loaded()


def ours(data: bytes) -> bool:
    try:
        held = receipt.parse(data)
        held.check(POLICY, now=int(time.time()))
        held.check_holder(*JOAN)
    except Rejected:
        return False
    return True


def program(data: bytes, folder: Path) -> bool:
    file, believed = folder / "receipt", folder / "policy"
    file.write_bytes(data)
    believed.write_bytes(checked.POLICY_TEXT.encode())
    words = ["receipt", str(file), "--policy", str(believed), "--no-state"]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        status = PROGRAM.main([*words, "--email", JOAN[0], "--name", JOAN[1]])
    return status == 0


def cases() -> dict[str, tuple[bytes, bool]]:
    """Receipts, and whether they show Joan her signature."""
    head, note = RECEIPT.split(b"\n\n", 1)
    text, signatures = note.split(b"\n\n")
    first, extra, index, *proof = head.split(b"\n")
    sign = signatures.splitlines(keepends=True)

    def put(*rows: bytes, under: bytes = note) -> bytes:
        return b"\n".join(rows) + b"\n\n" + under

    def noted(*rows: bytes, over: bytes = text) -> bytes:
        return put(first, extra, index, *proof, under=over + b"\n\n" + b"".join(rows))

    def resigned(over: str) -> bytes:
        made = [KEY.sign(over), *(key.cosign(over, NOW) for key in WITNESSES)]
        return noted(*(str(line).encode() for line in made), over=over.encode()[:-1])

    raw = TREE.entries[INDEX]
    moved = lines.encoded(b"\2" + raw + SEED + b"".join([*PARTS[1:], PARTS[0]])).encode()
    later = [key.cosign(text.decode() + "\n", 4_000_000_000) for key in WITNESSES]
    stranger = str(replace(KEY, seed=sha256(b"x").digest()).sign("")).encode()
    origin, size, root = text.decode().split("\n")
    return {
        "good": (RECEIPT, True),
        "unknown signature beside": (noted(*sign, stranger), True),
        "signatures in another order": (noted(*reversed(sign)), True),
        "extension line": (resigned(f"{text.decode()}\nextension\n"), True),
        "first form": (TREE.receipt(parts=()), False),
        "nothing": (b"", False),
        "picture": (b"\x89PNG\r\n\x1a\n" + bytes(500), False),
        "not UTF-8": (RECEIPT.replace(b"letters", b"l\xe9tters"), False),
        "too long": (RECEIPT + b"\n" * 400_000, False),
        "byte order mark": (b"\xef\xbb\xbf" + RECEIPT, False),
        "other line ends": (RECEIPT.replace(b"\n", b"\r\n"), False),
        "something after": (RECEIPT + b"\n", False),
        "other version": (put(first[:-1] + b"2", extra, index, *proof), False),
        "no extra": (put(first, index, *proof), False),
        "entry alone": (TREE.proof(INDEX), False),
        "unknown form": (put(first, b"extra AwAA", index, *proof), False),
        "parts in another order": (put(first, b"extra " + moved, index, *proof), False),
        "no index": (put(first, extra, *proof), False),
        "leading zero": (put(first, extra, b"index 03", *proof), False),
        "plus": (put(first, extra, b"index +3", *proof), False),
        "other digits": (put(first, extra, "index ٣".encode(), *proof), False),
        "2^63": (put(first, extra, b"index 9223372036854775808", *proof), False),
        "beyond": (put(first, extra, b"index 16", *proof), False),
        "neighbour": (put(first, extra, b"index 2", *proof), False),
        "short proof": (put(first, extra, index, *proof[:-1]), False),
        "long proof": (put(first, extra, index, *proof, proof[0]), False),
        "64 hashes": (put(first, extra, index, *proof * 16), False),
        "short hash": (put(first, extra, index, b"AAAA", *proof[1:]), False),
        "loose base64": (put(first, extra, index, proof[0][:-2] + b"B=", *proof[1:]), False),
        "no padding": (put(first, extra, index, proof[0][:-1], *proof[1:]), False),
        "empty hash": (put(first, extra, index, b"", *proof[1:]), False),
        "space in base64": (put(first, extra, index, b" " + proof[0], *proof[1:]), False),
        "no signatures": (noted(), False),
        "one witness": (noted(*sign[:2]), False),
        "no log": (noted(*sign[1:]), False),
        "signed twice": (noted(*sign, sign[0]), False),
        "65 signatures": (noted(*sign, *[stranger] * 62), False),
        "64 signatures": (noted(*sign, *[stranger] * 61), True),
        "other dash": (noted(sign[0].replace("—".encode(), b"--"), *sign[1:]), False),
        "no line end": (RECEIPT[:-1], False),
        "from the future": (noted(sign[0], *(str(line).encode() for line in later)), False),
        "size with a zero": (resigned(f"{origin}\n0{size}\n{root}\n"), False),
        "size 2^63": (resigned(f"{origin}\n{2**63}\n{root}\n"), False),
        "another size": (resigned(f"{origin}\n17\n{root}\n"), False),
        "short root": (resigned(f"{origin}\n{size}\n{root[4:]}\n"), False),
        "no root": (resigned(f"{origin}\n{size}\n"), False),
        "another log": (resigned(f"other.example/log\n{size}\n{root}\n"), False),
        "space in the origin": (resigned(f"letters.example.org/l og\n{size}\n{root}\n"), False),
        "empty line in it": (resigned(f"{origin}\n{size}\n{root}\n\nx\n"), False),
    }


def test_f2_three_readers_that_share_no_code_say_the_same(checker: Checker, tmp_path: Path):
    table = cases()
    said = yours(checker, {name: data for name, (data, _) in table.items()})
    for name, (data, holds) in table.items():
        verdicts = (ours(data), program(data, tmp_path), said[name])
        assert verdicts == (holds,) * 3, name


def yours(checker: Checker, files: dict[str, bytes]) -> dict[str, bool]:
    """Which of them show Joan her signature; whatever else they are, each has its line."""
    checker.holder(*JOAN)
    checker.page.locator("#ask").uncheck()
    said = {}
    for start in range(0, len(files), BATCH):
        names = list(files)[start : start + BATCH]
        found = checker.give(**{name: files[name] for name in names})
        assert len(found) == len(names)
        for name, one in zip(names, checker.summary(), strict=True):
            assert "unreadable" not in one["reasons"], name
            assert one["verdict"] == "holds" or one["reasons"], name
            said[name] = one["verdict"] == "holds" and one["yours"] == "true"
    return said


@pytest.mark.soak
def test_f2_any_damaged_byte_and_any_cut_of_a_receipt_is_caught(checker: Checker, soak: bool):
    places = range(0, len(RECEIPT), 1 if soak else 9)
    damaged = {
        f"{at}": RECEIPT[:at] + bytes([RECEIPT[at] ^ 1]) + RECEIPT[at + 1 :] for at in places
    }
    cut = {f"cut at {at}": RECEIPT[:at] for at in places[:: 1 if soak else 6]}
    said = yours(checker, damaged | cut)
    assert [name for name, holds in said.items() if holds] == []


def test_f2_policies_are_read_and_kept_as_by_the_log_itself(checker: Checker):
    head, note = RECEIPT.split(b"\n\n", 1)
    text, signatures = note.split(b"\n\n")
    log, *others = signatures.splitlines(keepends=True)
    files = {
        f"seen by {many}": b"\n\n".join([head, text, log + b"".join(others[:many])])
        for many in range(3)
    }
    checker.page.locator("#ask").uncheck()
    checker.give(**files)
    checker.page.locator("#keys summary").click()
    refused = []
    for given in policies():
        try:
            trusted = policy.parse(given.encode())
        except Rejected:
            refused.append(given)
            checker.believe(given)
            assert checker.page.locator("#given-wrong").inner_text(), given
            continue
        checker.after(lambda given=given: checker.believe(given))
        for (name, data), said in zip(files.items(), checker.summary(), strict=True):
            assert (said["verdict"] == "holds") is accepts(trusted, data), (name, given)
    assert len(refused) == 13


def accepts(trusted: policy.Policy, data: bytes) -> bool:
    try:
        trusted.accept(data.split(b"\n\n", 1)[1])
    except Rejected:
        return False
    return True


def policies() -> list[str]:
    log, w0, w1, *_ = checked.POLICY_TEXT.splitlines()
    named = f"{log}\n{w0}\n{w1}\n"
    good = [
        f"{log}\nquorum none\n",
        f"# whom we believe\n\t{log}\thttps://letters.example.org/log\n\n quorum\tnone \n",
        f"{named}quorum none\n",
        f"{named}quorum w1\n",
        f"{named}group g all w0 w1\nquorum g\n",
        f"{named}group g any w0 w1\nquorum g\n",
        f"{named}group g 2 w0 w1\ngroup h 1 g\nquorum h\n",
    ]
    bad = [
        named,
        f"{named}quorum w2\n",
        f"{named}quorum w0\nquorum w0\n",
        f"{named}group g 0 w0 w1\nquorum g\n",
        f"{named}group g 03 w0 w1\nquorum g\n",
        f"{named}group g 3 w0 w1\nquorum g\n",
        f"{named}group g 1 w0 w0\nquorum g\n",
        f"{named}group g 1 w0\ngroup h 1 w0 w1\nquorum g\n",
        f"{named}group w0 1 w1\nquorum w0\n",
        f"{named}{log}\nquorum none\n",
        f"{named}{w0.replace('witness w0', 'log')}\nquorum none\n",
        f"{log} a b\nquorum none\n",
        f"{log}\nbelieve everybody\nquorum none\n",
    ]
    return good + bad


# --- Asking the log -------------------------------------------------------------------------------
def test_a_log_that_was_rolled_back_forked_or_lies_in_its_files_is_found(checker: Checker):
    longer = story()
    longer.add(Kind.SIGNED, "b")
    whole = checked.told(longer)
    other = replace(longer.entries[1], commit=sha256(b"another text").digest())
    longer.entries[1] = other
    forked = checked.told(longer)
    bundle = next(path for path in whole.files() if "entries" in path)
    for files, why in (
        (whole.files(), ""),
        (checked.told(story()).files(), "asked-smaller"),
        (forked.files(), "asked-forked"),
        (whole.files() | {bundle: forked.files()[bundle]}, "asked-entries"),
        (whole.files() | {bundle: whole.files()[bundle][:-1]}, "asked-tiles"),
        (whole.files() | {bundle: bytes(99_999)}, "asked-long"),
        (whole.files() | {"checkpoint": b"?"}, "asked-checkpoint"),
        ({"checkpoint": whole.checkpoint}, "asked-tile"),
        ({"nothing": b""}, "asked-nothing"),
    ):
        checker.log = files
        early = whole if why == "asked-smaller" else TREE
        (found,) = checker.give(receipt=early.receipt())
        expected = {why, "others", "no-address"} - {""}
        assert reasons(found) == expected
        assert verdict(found) == ("denied" if expected & set(verdicts.FAILS) else "holds")


def test_a_code_scanned_from_paper_is_held_against_the_log(checker: Checker):
    longer = story()
    longer.add(Kind.SIGNED, "b")
    size, root = len(TREE.entries), TREE.merkle.root()
    for log, printed, said in (
        (checked.told(longer), (size, root), "holds"),
        (checked.told(longer), (size, bytes(32)), "fails"),
        (TREE, (size + 1, root), "fails"),
        (TREE, ("many", root), "fails"),
        (TREE, (0, root), "fails"),
        (None, (size, root), "unchecked"),
    ):
        checker.log = log.files() if log else {}
        code = {"size": printed[0], "root": lines.encoded(printed[1]), "check": checked.PAGE}
        checker.page.goto("about:blank")
        checker.open(logged.address(paper.checkpoint(**code)))
        found = checker.page.locator("#results[data-done] .finding")
        found.wait_for()
        assert verdict(found) == said
    assert found.locator("code").inner_text() == lines.encoded(root)


def test_a_large_log_is_linked_by_tiles_and_not_walked(checker: Checker):
    many = [known_leaf(index) for index in range(10_500)]
    early, late = (Tree([*TREE.entries, *many[:size]]) for size in (3_000, 10_500))
    checker.log = late.files()
    (found,) = checker.give(receipt=early.receipt())
    assert (verdict(found), reasons(found)) == ("holds", {"asked-large", "others", "no-address"})
    assert f"python verify.py {checked.SITE}/log" in found.inner_text()
    assert not any("entries" in url for url in checker.asked)
    (found,) = checker.give(empty=Tree([]).checkpoint)
    assert verdict(found) == "holds"
    checker.give(receipt=early.receipt())
    forged = Tree([*TREE.entries, b"x", *many[1:]])
    checker.log = forged.files()
    assert "asked-forked" in reasons(checker.again()[0])


OTHER = replace(KEY, name="other.example/log")
OTHER_TEXT = f"{OTHER.name}\n{len(TREE.entries)}\n{lines.encoded(TREE.merkle.root())}\n"
OTHER_CHECKPOINT = signed(OTHER_TEXT, [OTHER.sign(OTHER_TEXT)])


def test_a_receipt_of_another_log_is_told_so_until_its_key_is_given(checker: Checker):
    tree = TREE.merkle
    data = receipt.make(
        index=INDEX,
        hashes=merkle.inclusion(INDEX, tree.size, tree.node),
        checkpoint=OTHER_CHECKPOINT,
        entry=TREE.entries[INDEX],
        seed=SEED,
        parts=PARTS,
    )
    (found,) = checker.give(receipt=data)
    assert verdict(found) == "unchecked"
    assert "It is of another log: other.example/log" in found.inner_text()

    checker.page.locator("#keys summary").click()
    checker.believe("nonsense")
    assert "neither keys nor a policy" in checker.page.locator("#given-wrong").inner_text()
    own = f"{OTHER.verifier} # since 2026-01-01T00:00:00Z"
    (found,) = checker.after(lambda: checker.believe(own))
    assert verdict(found) == "holds"
    (found,) = checker.after(checker.page.get_by_role("button", name="Back to this").click)
    assert verdict(found) == "unchecked"


def test_a_checkpoint_from_a_mail_is_compared_with_the_log(checker: Checker):
    kept = Tree(TREE.entries[:9])
    checker.log = TREE.files()
    (found,) = checker.give(mail=kept.checkpoint)
    assert (verdict(found), reasons(found)) == ("holds", set())
    assert lines.encoded(kept.merkle.root()) in found.inner_text()

    split = Tree([*TREE.entries[:8], b"another"]).checkpoint
    paste = """text => document.body.dispatchEvent(new ClipboardEvent('paste', {
      bubbles: true, clipboardData: (() => {
        const data = new DataTransfer(); data.setData('text/plain', text); return data;
      })()}))"""
    pasted = split.decode().replace("\n", "\r\n").strip()
    (found,) = checker.after(lambda: checker.page.evaluate(paste, pasted))
    assert (verdict(found), reasons(found)) == ("denied", {"asked-forked"})


# --- Documents ------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def delivered() -> checked.Delivered:
    return checked.delivered()


def test_a_delivered_document_is_checked_with_its_proof_or_by_asking(
    checker: Checker, delivered: checked.Delivered
):
    pdf, proof = checker.give(pdf=delivered.pdf, proof=delivered.proof)
    assert (verdict(pdf), verdict(proof)) == ("holds", "holds")
    said = pdf.inner_text()
    assert sha256(delivered.pdf).hexdigest() in said
    assert "4 (5 signed, 1 withdrawn, 0 invalidated)" in said

    (pdf,) = checker.give(pdf=delivered.pdf)
    assert (verdict(pdf), reasons(pdf)) == ("partly", {"asked-nothing", "printed"})
    checker.log = delivered.tree.files()
    (pdf,) = checker.again()
    assert (verdict(pdf), reasons(pdf)) == ("holds", {"printed"})


def test_of_a_large_log_the_letter_itself_gives_the_proof_of_delivery(
    checker: Checker, delivered: checked.Delivered
):
    large = Tree([*delivered.tree.entries, *map(known_leaf, range(10_400))])
    checker.log = large.files()
    (pdf,) = checker.give(pdf=delivered.pdf)
    assert (verdict(pdf), reasons(pdf)) == ("partly", {"delivered-large", "printed"})

    address = (
        f"{checked.SITE}/letters/aller/delivered/{sha256(delivered.pdf).hexdigest()}.tlog-proof"
    )
    for proof, holds in (
        (large.proof(14), True),
        (large.proof(13), False),
        (large.proof(14)[:-9], False),
        (large.proof(14).replace(b"index 14", b"index 12"), False),
    ):
        checker.elsewhere[address] = proof
        (pdf,) = checker.again()
        assert verdict(pdf) == ("holds" if holds else "fails")


def test_a_document_that_was_changed_is_not_the_one_delivered(
    checker: Checker, delivered: checked.Delivered
):
    checker.log = delivered.tree.files()
    changed = delivered.pdf.replace(b"[0 0 595 842]", b"[0 0 595 843]")
    (pdf,) = checker.give(pdf=changed)
    assert (verdict(pdf), reasons(pdf)) == ("partly", {"delivered-not", "printed"})
    pdf, _proof = checker.give(pdf=changed, proof=delivered.proof)
    assert (verdict(pdf), "delivered-other" in reasons(pdf)) == ("fails", True)


def test_a_damaged_cut_or_foreign_document_gets_its_line(
    checker: Checker, delivered: checked.Delivered, tmp_path: Path
):
    pdf = delivered.pdf
    attached = {
        "checkpoint.txt": TREE.checkpoint,
        "totals.tlog-proof": delivered.tree.proof(INDEX),
        "policy.txt": checked.POLICY_TEXT.encode(),
    }

    def made(**changes: bytes) -> bytes:
        return checked.document(attached | changes, tmp_path, signed=False)

    packed = re.search(rb"/EmbeddedFile.*?stream\n", pdf, re.DOTALL)
    assert packed
    at = packed.end() + 20
    files = {
        "of two trees": (made(), "pdf-trees"),
        "without proof": (made(**{"totals.tlog-proof": b"x"}), "proof-first"),
        "other checkpoint": (made(**{"checkpoint.txt": b"x\n"}), "note-cut"),
        "other policy": (made(**{"policy.txt": b"quorum none\n"}), ""),
        "other log": (made(**{"checkpoint.txt": OTHER_CHECKPOINT}), "another-log"),
        "bomb": (made(**{"checkpoint.txt": bytes(9 << 20)}), "too-long"),
        "nothing inside": (checked.document({}, tmp_path, signed=False), "pdf-nothing"),
        "cut": (pdf[:-100], "pdf-cut"),
        "only a head": (b"%PDF-1.7\n", "pdf-cut"),
        "garbage": (b"%PDF-1.7\n" + bytes(range(256)) * 20, "pdf-cut"),
        "old table": (b"%PDF-1.4\nxref\n0 1\ntrailer<<>>\nstartxref\n9\n%%EOF\n", "pdf-foreign"),
        "beyond its end": (b"%PDF-1.7\nstartxref\n99999\n%%EOF\n", "pdf-structure"),
        "circle": (section(b"/Prev 9"), "pdf-structure"),
        "rows of nothing": (section(b"", b"0 0 0", b"999999999999"), "pdf-foreign"),
        "no columns": (section(b"/DecodeParms<</Predictor 12/Columns -1>>"), "pdf-foreign"),
        "deep": (section(b"/X" + b"[" * 900), "pdf-structure"),
        "packed": (pdf[:at] + b"\xff\xff\xff\xff" + pdf[at + 4 :], "pdf-packed"),
    }
    found = checker.give(**{name: data for name, (data, _) in files.items()})
    for (name, (_data, why)), one in zip(files.items(), found, strict=True):
        assert verdict(one) in {"fails", "unchecked"}, name
        assert why in {"", *reasons(one)}, (name, reasons(one))
        assert "unreadable" not in reasons(one), name


@pytest.mark.soak
def test_f2_a_document_with_any_other_bit_is_not_the_one_delivered(
    checker: Checker, delivered: checked.Delivered, soak: bool
):
    chance, pdf = random.Random(7), delivered.pdf
    checker.log = delivered.tree.files()
    for _ in range(20 if soak else 1):
        files = {}
        for at in chance.sample(range(len(pdf)), BATCH):
            bit = bytes([pdf[at] ^ 1 << chance.randrange(8)])
            files[f"byte {at}"] = pdf[:at] + bit + pdf[at + 1 :]
        checker.give(**files)
        for name, said in zip(files, checker.summary(), strict=True):
            assert said["verdict"] in {"partly", "fails", "unchecked"}, name
            assert "unreadable" not in said["reasons"], name


def section(more: bytes, widths: bytes = b"1 1 1", size: bytes = b"1") -> bytes:
    """A document that is nothing but a section of references which says `more`."""
    dictionary = b"<</Type/XRef/W[%b]/Size %b%b/Length 3>>" % (widths, size, more)
    whole = b"1 0 obj\n" + dictionary + b"\nstream\nabc\nendstream\nendobj\n"
    return b"%PDF-1.7\n" + whole + b"startxref\n9\n%%EOF\n"


# --- Wherever it is opened ------------------------------------------------------------------------
def test_t109_saved_to_disk_it_runs_without_a_network(served: Served, visit: Visit, tmp_path: Path):
    saved = tmp_path / "verify.html"
    saved.write_bytes(served[1])
    visitor = visit()
    visitor.context.set_offline(True)
    checker = Checker(visitor, *served).open(saved.as_uri())
    checker.holder(*JOAN)
    found, broken = checker.give(receipt=RECEIPT, broken=RECEIPT[:-9])
    assert (verdict(found), found.get_attribute("data-yours")) == ("holds", "true")
    assert reasons(found) == {"asked-nothing", "others"}
    assert verdict(broken) == "fails"


def test_t109_what_runs_is_allowed_by_its_hash_and_may_send_nothing_elsewhere(
    served: Served,
):
    headers, body = served
    rules = dict(
        rule.strip().split(" ", 1) for rule in headers["Content-Security-Policy"].split(";")
    )
    for name, element in (("style-src", "style"), ("script-src", 'script type="module"')):
        inside = re.findall(rf"<{element}>(.*?)</{element.split()[0]}>", body.decode(), re.DOTALL)
        assert len(inside) == 1
        hashed = b64encode(sha256(inside[0].encode()).digest()).decode()
        assert rules[name] == f"'sha256-{hashed}'"
    assert rules["connect-src"] == f"'self' {checked.SITE}"
    assert rules["form-action"] == rules["default-src"] == "'none'"
    assert not re.search(rb"(src|href)=\"(?!https://letters\.example\.org/|data:,|#)", body)


def test_t104_without_ed25519_or_encryption_nothing_is_said_to_hold(served: Served, visit: Visit):
    less = """
      const known = SubtleCrypto.prototype.importKey;
      SubtleCrypto.prototype.importKey = function (form, key, how, ...rest) {
        if (how.name === 'Ed25519') throw new DOMException('unknown', 'NotSupportedError');
        return known.call(this, form, key, how, ...rest);
      };
      if (location.hash === '#plain')
        Object.defineProperty(Crypto.prototype, 'subtle', {get() {}});"""
    visitor = visit()
    visitor.page.add_init_script(less)
    checker = Checker(visitor, *served).open()
    assert "verify.py" in checker.page.locator("#no-ed25519").inner_text()
    (found,) = checker.give(receipt=RECEIPT)
    assert (verdict(found), "no-ed25519" in reasons(found)) == ("unchecked", True)

    checker.page.goto("about:blank")
    page = checker.open(f"{checked.PAGE}#plain").page
    assert "Save this page" in page.locator("#not-secure").inner_text()
    assert page.locator("#check").is_hidden()


def test_without_javascript_it_says_what_it_would_do_and_names_the_program(
    served: Served, visit: Visit
):
    page = Checker(visit(javascript=False), *served).open().page
    assert page.locator("#check").is_hidden()
    assert page.get_by_role("link", name="verify.py").first.is_visible()
    assert "needs JavaScript" in page.locator("#too-old").inner_text()


def test_it_works_by_keyboard_on_a_narrow_screen_for_everybody(checker: Checker):
    page, barriers = checker.page, checker.visitor.barriers
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    page.locator("#files").focus()
    page.keyboard.press("Tab")
    page.keyboard.type(JOAN[0])
    checker.give(receipt=RECEIPT, broken=RECEIPT[:-9])
    page.locator("#address").focus()
    mine, _broken = checker.after(lambda: page.keyboard.press("Enter"))
    assert mine.get_attribute("data-yours") == "true"
    page.emulate_media(color_scheme="dark")
    assert barriers(rules=["color-contrast"]) == []
    page.emulate_media(color_scheme="light")
    assert page.evaluate(TOO_WIDE) == ""
    page.evaluate("document.dir = 'rtl'")
    assert page.evaluate(TOO_WIDE) == ""
    page.locator("#keys summary").click()
    assert barriers() == []


# --- What it carries ------------------------------------------------------------------------------
def test_every_sentence_the_script_may_say_is_there_and_none_is_idle():
    source = "".join((ROOT / "static" / name).read_text() for name in verifying.SCRIPTS)
    named = set(re.findall(r'"([a-z0-9-]+)"|\.([a-z]+)\b', source))
    literal = {one or other for one, other in named}
    kinds = ("receipt", "proof", "pdf", "checkpoint", "scanned", "file")
    composed = {f"{kind}-{end}" for kind in kinds for end in ENDS}
    composed |= {f"signed-{one.value}" for one in Method}
    composed |= {f"invalidated-{one.value}" for one in Reason}
    for part, words in verdicts.ALL.items():
        assert words.keys() - literal - composed == set(), part
    assert verdicts.FACTS.keys() >= {one for one in composed if one[-1].isdigit()}
    asked = r'(?:Wrong|Unchecked|digestOf|unbased|numberOf|textOf|checkName)\([^;]*?"([a-z0-9-]+)"'
    reasons_given = set(re.findall(asked, source))
    assert reasons_given - verdicts.FAILS.keys() - verdicts.OPEN.keys() == set()
    assert len(reasons_given) > 50


def test_it_names_public_letters_and_no_others(db: None):
    shown, draft = make.letter(slug="aller"), make.letter(published=False)
    body = Client().get("/de/verify/").content.decode()
    assert shown.uid.hex in body
    assert draft.uid.hex not in body
    assert '<html lang="de"' in body
