"""Being a witness for other installations' logs, over the address they ask."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.test import Client

from signatures.log import merkle, note, policy, witness
from signatures.log.checkpoint import Checkpoint
from signatures.log.note import SigningKey, Type
from signatures.models import Published, Witnessed
from signatures.proof import witnesses
from signatures.services import witnessing
from tests.logbook import KEY, ORIGIN, checkpoint, known_tree

TREE = known_tree()
SEED = sha256(b"our own key as a witness").digest()
NAME = "letters.here.example/witness"
DIGEST = sha256(ORIGIN.encode()).hexdigest()
SHOWN = f"/log/witness/{DIGEST}/checkpoint"
NOW = 1_790_000_000

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _watching(settings, tmp_path: Path) -> None:
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_ORIGIN = "letters.here.example/log"
    settings.WITNESSED_LOGS = f"# those we watch\n{KEY.verifier}\n"
    settings.WITNESS_KEYS = {1: SEED}


def body(old: int, new: int, *, tree: merkle.Tree = TREE, key: SigningKey = KEY) -> bytes:
    text = Checkpoint(key.name, new, tree.root(new)).text
    proof = merkle.consistency(min(old, new), new, tree.node)
    return witness.body(old, proof, note.signed(text, [key.sign(text)]))


def add(sent: bytes, **headers: str) -> Any:
    return Client(enforce_csrf_checks=True).post(
        "/log/add-checkpoint", sent, content_type="text/plain", headers=headers
    )


def asked_policy() -> policy.Policy:
    key = SigningKey(NAME, SEED, Type.COSIGNATURE).verifier
    return policy.Policy([policy.Log(KEY.verifier)], [policy.Witness("here", key)], [], "here")


def test_f27_a_growing_log_is_cosigned_and_kept() -> None:
    for old, new in ((0, 5), (5, 5), (5, 300), (300, 777)):
        answer = add(body(old, new))
        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        whole = checkpoint(new, TREE.root(new), cosigned=False) + answer.content
        trusted = asked_policy().accept(whole, now=int(time.time()))
        assert [each.witness.name for each in trusted.witnessed] == ["here"]
        row = Witnessed.objects.get()
        assert (row.origin, row.size, bytes(row.root)) == (ORIGIN, new, TREE.root(new))
        assert Client().get(SHOWN).content == bytes(row.checkpoint) == whole


def test_f27_each_refusal_has_its_status_and_one_line() -> None:
    assert add(body(0, 9)).status_code == 200
    other = SigningKey("elsewhere.example/log", bytes(range(32)))
    thief = SigningKey(ORIGIN, bytes(range(32)))
    fork = merkle.Tree(merkle.leaf_hash(b"another %d" % n) for n in range(20))
    for sent, status in (
        (b"", 400),
        (b"\xff\xfe", 400),
        (body(9, 12)[:-20], 400),
        (body(9, 12).replace(b"old 9", b"old 13"), 400),
        (body(9, 12).replace(b"old 9", b"old 9223372036854775808"), 400),
        (body(9, 12).replace(b"\n12\n", b"\n012\n"), 400),
        (body(0, 12, key=other), 404),
        (body(9, 12, key=thief), 403),
        (body(9, 12, tree=fork), 422),
        (body(9, 9, tree=fork), 422),
        (body(9, 12).replace(b"old 9\n", b"old 9\n" + b"A" * 43 + b"=\n"), 422),
    ):
        answer = add(sent)
        assert answer.status_code == status, sent[:40]
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.content.count(b"\n") == 1, answer.content
        assert b"Traceback" not in answer.content
    assert Witnessed.objects.get().size == 9


def test_f27_a_watched_log_with_two_histories_is_an_alarm(caplog) -> None:
    add(body(0, 9))
    fork = merkle.Tree(merkle.leaf_hash(b"another %d" % n) for n in range(20))
    assert add(body(9, 12, tree=fork)).status_code == 422
    assert "forked" not in caplog.text  # a bad proof shows nothing: anybody may send one
    assert add(body(9, 9, tree=fork)).status_code == 422
    assert "a watched log has forked" in caplog.text


def test_f27_a_conflict_names_the_size_that_was_kept() -> None:
    assert add(body(3, 9)).content == b"0\n"
    add(body(0, 9))
    for old in (0, 8):
        answer = add(body(old, 12))
        assert answer.status_code == 409
        assert answer["Content-Type"] == "text/x.tlog.size"
        assert answer.content == b"9\n"


def test_f27_nothing_is_written_for_a_log_nobody_chose(settings) -> None:
    settings.WITNESSED_LOGS = ""
    assert add(body(0, 9)).status_code == 404
    assert not Witnessed.objects.exists()
    assert not settings.LOG_DIR.exists()


def test_f27_asking_again_and_again_writes_nothing_and_keeps_nobody_out() -> None:
    """Anybody can send a public checkpoint once more, but only the log can make the next one."""
    first = add(body(0, 9)).content
    before = Witnessed.objects.get()
    for _ in range(50):
        assert add(body(9, 9)).content == first
        assert add(body(0, 9)).status_code == 409
    assert Witnessed.objects.get().at == before.at
    assert add(body(9, 12)).status_code == 200


def test_f27_only_the_logs_word_and_ours_are_kept() -> None:
    stranger = SigningKey("stranger.example/log", bytes(32))
    text = Checkpoint(ORIGIN, 9, TREE.root(9)).text
    signed = note.signed(text, [stranger.sign(text), KEY.sign(text)])
    assert add(witness.body(0, [], signed)).status_code == 200
    names = [line.name for line in note.parse(bytes(Witnessed.objects.get().checkpoint)).lines]
    assert names == [ORIGIN, NAME]


def test_a_request_needs_no_cookie_and_gets_none_and_a_large_one_is_not_read() -> None:
    answer = add(body(0, 9), origin="https://elsewhere.example", cookie="session=x")
    assert answer.status_code == 200
    assert not answer.cookies
    assert add(b"x" * 64_001).status_code == 413
    assert Client().get("/log/add-checkpoint").status_code == 405


def test_who_compares_witnesses_sees_what_was_cosigned() -> None:
    assert Client().get(SHOWN).status_code == 404
    add(body(0, 9))
    answer = Client().get(SHOWN, headers={"origin": "https://elsewhere.example"})
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "public, max-age=2"
    for other in ("0" * 64, DIGEST.upper(), DIGEST[:-1], "..", "x" * 64):
        assert Client().get(f"/log/witness/{other}/checkpoint").status_code == 404


def test_the_witness_keeps_its_name_when_the_site_moves(settings) -> None:
    key = SigningKey(NAME, SEED, Type.COSIGNATURE).verifier
    assert Client().get("/log/witness/key").content.decode() == f"{key}\n"
    Published.objects.create(origin="letters.here.example/log", root=merkle.EMPTY_ROOT)
    settings.LOG_ORIGIN, settings.SITE_URL = "", "https://moved.example"
    assert Client().get("/log/witness/key").content.decode() == f"{key}\n"
    settings.WITNESS_KEYS = {}
    assert Client().get("/log/witness/key").status_code == 404


def test_each_of_our_keys_cosigns(settings) -> None:
    settings.WITNESS_KEYS = {2: bytes(range(32)), 1: SEED}
    lines = [note.parse_line(line) for line in add(body(0, 9)).content.decode().splitlines()]
    ids = [key.verifier.id for key in witnessing.signers()]
    assert [line.key_id for line in lines] == ids
    assert len(set(ids)) == 2


def test_a_clock_that_was_set_back_a_little_does_not_contradict_us() -> None:
    def at(seconds: int) -> datetime:
        return datetime.fromtimestamp(seconds, UTC)

    def said(old: int, new: int, seconds: int) -> int:
        line = witnessing.cosign(body=body(old, new), now=at(seconds)).decode()
        return int.from_bytes(note.parse_line(line[:-1]).signature[:8], "big")

    assert said(0, 5, NOW) == NOW
    assert said(5, 6, NOW - 100) == NOW
    assert said(6, 7, NOW + 3) == NOW + 3
    assert said(7, 8, NOW - 10_000) == NOW - 10_000


def test_t95_f27_a_database_put_back_forgets_nothing() -> None:
    """What was cosigned stands in a file, too: an older tree is never cosigned beside it."""
    assert add(body(0, 5)).status_code == 200
    older = Witnessed.objects.get()
    assert add(body(5, 9)).status_code == 200
    older.save()
    fork = merkle.Tree([TREE.node(merkle.Node(0, n)) for n in range(5)] + [bytes(32)] * 9)
    assert add(body(5, 12, tree=fork)).content == b"9\n"
    assert add(body(9, 12, tree=fork)).status_code == 422
    Witnessed.objects.all().delete()
    assert add(body(0, 12, tree=fork)).content == b"9\n"
    assert add(body(9, 12)).status_code == 200
    assert Witnessed.objects.get().size == 12


@pytest.mark.parametrize(
    "lines",
    ["rubbish", f"{SigningKey('w.example/w', SEED, Type.COSIGNATURE).verifier}", f"log {KEY}"],
)
def test_logs_to_watch_are_given_by_their_keys(settings, lines: str) -> None:
    settings.WITNESSED_LOGS = lines
    with pytest.raises(ImproperlyConfigured, match="WITNESSED_LOGS"):
        witnesses.watched()


# --- Many at once -----------------------------------------------------------------------------
REQUESTS, THREADS = 196, 14


def race() -> list[int]:
    """As many trees, each another one, that all go on from the same: what was answered."""
    bodies = [body(256, 300 + n) for n in range(REQUESTS)]
    together = threading.Barrier(THREADS)
    keep = witnessing._keep

    def slowly(*given: Any) -> None:
        time.sleep(0.02)  # others come between checking and keeping
        keep(*given)

    def ask(some: list[bytes]) -> list[int]:
        together.wait()
        try:
            return [add(one).status_code for one in some]
        finally:
            connections.close_all()

    with patch.object(witnessing, "_keep", slowly), ThreadPoolExecutor(THREADS) as threads:
        shares = [bodies[n::THREADS] for n in range(THREADS)]
        return [status for share in threads.map(ask, shares) for status in share]


@pytest.mark.django_db(transaction=True)
def test_t95_f27_of_196_racing_requests_one_is_cosigned() -> None:
    assert add(body(0, 256)).status_code == 200
    answers = race()
    assert (answers.count(200), answers.count(409)) == (1, 195)


def keep_whatever_is_there(row: Witnessed, tree: Checkpoint, cosigned: bytes, at: int) -> None:
    Witnessed.objects.filter(pk=row.pk).update(size=tree.size, root=tree.root)


@pytest.mark.django_db(transaction=True)
def test_f27_control_without_the_atomic_step_two_trees_are_cosigned() -> None:
    assert add(body(0, 256)).status_code == 200
    with (
        patch.object(witnessing, "durably", nullcontext),
        patch.object(witnessing, "_lock", lambda origin: Witnessed.objects.get(pk=origin)),
        patch.object(witnessing, "_keep", keep_whatever_is_there),
    ):
        assert race().count(200) > 1


@pytest.mark.django_db(transaction=True)
def test_t95_f27_of_two_histories_that_are_pushed_at_once_one_is_cosigned() -> None:
    """As somebody with the log's key would: each pusher goes on from whatever size it is told."""
    assert add(body(0, 5)).status_code == 200
    common = [TREE.node(merkle.Node(0, n)) for n in range(5)]
    histories = [merkle.Tree([*common, *[bytes([fork]) * 32] * 200]) for fork in range(2)]
    together = threading.Barrier(8)

    def push(number: int) -> set[int]:
        size, said = 5, set()
        together.wait()
        try:
            for _ in range(15):
                answer = add(body(size, size + 1, tree=histories[number % 2]))
                if answer.status_code == 409:
                    size = int(answer.content)
                elif answer.status_code == 200:
                    said.add(number % 2)
                    size += 1
        finally:
            connections.close_all()
        return said

    with ThreadPoolExecutor(8) as threads:
        assert len(set.union(*threads.map(push, range(8)))) == 1
    row = Witnessed.objects.get()
    assert row.size > 6
    assert bytes(row.root) in {history.root(row.size) for history in histories}
