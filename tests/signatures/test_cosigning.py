"""Asking witnesses for their cosignatures, whatever they answer."""

import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from signatures import tasks
from signatures.log import cosignature, merkle, note, witness
from signatures.log.folder import Folder
from signatures.log.note import Line, Type, VerifierKey
from signatures.models import Published
from signatures.proof import posting, standing, witnesses
from signatures.services import checkpointing, cosigning, freezing, recovering
from tests import certificates, make
from tests.logbook import KEY, ORIGIN, tiles_of
from tests.logbook import checkpoint as signed_checkpoint
from tests.signatures import witnesslike
from tests.signatures.witnesslike import (
    ODD,
    CutOff,
    Dead,
    Dripping,
    Elsewhere,
    Honest,
    Odd,
    Silent,
    listening,
)

ROUNDS = 5

pytestmark = pytest.mark.django_db


class Log:
    """A published log that grows as a test likes."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._entries: list[bytes] = []

    @property
    def size(self) -> int:
        return len(self._entries)

    def grow(self, by: int) -> None:
        self._entries += [b"entry %d" % (self.size + n) for n in range(by)]
        for tile, data in tiles_of(self._entries).items():
            self.folder.write(tile, data)
        root = merkle.root(merkle.leaf_hash(entry) for entry in self._entries)
        Published.objects.update_or_create(
            pk=1, defaults={"origin": ORIGIN, "size": self.size, "root": root}
        )
        self.folder.publish(signed_checkpoint(self.size, root, cosigned=False))

    def signers(self) -> set[str]:
        """Whose signatures stand under the newest checkpoint."""
        return {line.name for line in note.parse(self.folder.checkpoint()).lines}


@pytest.fixture
def log(settings, tmp_path: Path) -> Log:
    settings.LOG_DIR = tmp_path / "log"
    cosigning.forget()
    made = Log(Folder(settings.LOG_DIR))
    made.grow(300)
    return made


def ask(settings: Any, *named: Honest) -> bool:
    """All of them about the newest checkpoint, as the clock would."""
    settings.WITNESSES = "".join(f"{one.line}\n" for one in named)
    return cosigning.refresh(now=timezone.now())


def test_witnesses_cosign_the_newest_checkpoint_and_it_is_seen(log, settings) -> None:
    ada, bea = Honest("ada"), Honest("bea")
    with listening(ada, bea):
        for _ in range(3):
            assert ask(settings, ada, bea)
            now = standing.standing()
            assert [one.name for one in now.witnesses] == ["ada", "bea"]
            assert all(abs(timezone.now() - one.at) < timedelta(minutes=5) for one in now.witnesses)
            assert (now.wanted, now.size) == (2, log.size)
            log.grow(101)
            assert standing.standing().witnesses == ()
    assert ada.size == bea.size == 502
    assert [one.old for one in ada.asked] == [0, 300, 401]


@pytest.mark.soak
def test_t95_f27_no_misbehaving_witness_keeps_others_from_cosigning(log, settings, soak) -> None:
    """All kinds at once, round after round: the log goes on and takes nothing from them."""
    honest, never = Honest("honest"), Honest("never")
    quick: list[Honest] = [Odd(f"odd{n}", how) for n, how in enumerate(ODD.values())]
    quick += [Dead("dead"), CutOff("half"), Elsewhere("elsewhere", never)]
    slow: list[Honest] = [
        Silent("silent"),
        Dripping("still", b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        Dripping("headed", b"", b"X: 1\r\n"),
        Dripping("endless", b"\r\n", b"."),
    ]
    with listening(honest, never, *quick, *slow), patch.object(cosigning, "SECONDS", 3.0):
        for number in range(ROUNDS * (10 if soak else 1)):
            patient = soak or number == 0
            assert ask(settings, *quick, honest, *(slow if patient else []))
            assert log.signers() == {ORIGIN, honest.key.name}
            assert not freezing.frozen()
            log.grow(50 + number)
    assert never.asked == []
    assert all(one.asked for one in [*quick, *slow] if not isinstance(one, Dead))
    assert len(honest.asked) == ROUNDS * (10 if soak else 1)


def test_f27_a_witness_that_saw_less_is_told_how_the_log_grew(log, settings) -> None:
    ada = Honest("ada")
    with listening(ada):
        assert ask(settings, ada)
        log.grow(300)
        cosigning.forget()  # as after a restart: nothing is known of her
        assert ask(settings, ada)
        log.grow(1)
        root = merkle.root(merkle.leaf_hash(b"entry %d" % n) for n in range(257))
        ada.size, ada.root = 257, root  # she was put back herself
        assert ask(settings, ada)
    assert [one.old for one in ada.asked] == [0, 0, 300, 600, 257]
    assert ada.size == log.size == 601


def test_t95_f27_a_witness_that_saw_more_freezes_the_log(log, settings) -> None:
    honest = Honest("honest")
    more = Odd("more", witnesslike.conflict(b"301\n"))
    with listening(honest, more):
        ask(settings, more, honest)
        assert freezing.frozen() == "witness"
        assert log.signers() == {ORIGIN, honest.key.name}
        asked = len(more.asked)
        cosigning.forget()
        assert not ask(settings, more, honest)
        assert len(more.asked) == asked


def test_t93_a_clock_that_starts_asks_before_it_counts_or_signs(log, settings) -> None:
    more = Odd("more", witnesslike.conflict(b"301\n"))
    signature = make.confirmed(make.letter())
    before = log.folder.checkpoint()
    with listening(more):
        settings.WITNESSES = more.line
        tasks.sequence()
        tasks.publish()
    signature.refresh_from_db()
    assert signature.number is None
    assert log.folder.checkpoint() == before
    assert freezing.frozen() == "witness"
    assert len(more.asked) == 1


def test_a_clock_that_starts_goes_on_without_those_who_do_not_answer(settings, tmp_path) -> None:
    settings.LOG_DIR = tmp_path / "log"
    cosigning.forget()
    dead = Dead("dead")
    signature = make.confirmed(make.letter())
    with listening(dead):
        for named in ("rubbish", dead.line):
            settings.WITNESSES = named
            tasks.publish()
            tasks.sequence()
            tasks.publish()
    signature.refresh_from_db()
    assert signature.number == 1
    assert standing.standing().size == 2


def test_t93_recovering_does_not_go_on_where_a_witness_has_seen_more(settings, tmp_path) -> None:
    settings.LOG_DIR = tmp_path / "log"
    cosigning.forget()
    make.counted(make.letter())
    checkpointing.publish(timezone.now())
    more, honest = Odd("more", witnesslike.conflict(b"3\n")), Honest("honest")
    with listening(more, honest):
        assert not ask(settings, more)
        assert freezing.frozen() == "witness"
        with pytest.raises(recovering.Refused, match="more has seen 3 entries"):
            recovering.recover(now=timezone.now())
        assert freezing.frozen() == "witness"
        settings.WITNESSES = honest.line
        assert recovering.recover(now=timezone.now()).entries == 0
    assert not freezing.frozen()


def test_a_tree_that_another_process_published_meanwhile_freezes_nothing(log, settings) -> None:
    fast = Odd("fast", lambda odd, request: (409, witnesslike.SIZE, b"400\n"))
    Published.objects.filter(pk=1).update(size=400)
    with listening(fast):
        assert not ask(settings, fast)
    assert not freezing.frozen()


def test_cosignatures_of_a_tree_that_is_no_longer_the_newest_are_dropped(log, settings) -> None:
    ada = Honest("ada")
    show = checkpointing.show

    def late(cosigned: bytes) -> bool:
        log.grow(1)
        return show(cosigned)

    with listening(ada), patch.object(checkpointing, "show", late):
        assert not ask(settings, ada)
    assert log.signers() == {ORIGIN}
    assert standing.standing().size == 301


def test_who_has_cosigned_a_tree_is_left_alone_and_who_has_not_is_asked_again(
    log, settings
) -> None:
    def moody(odd: Odd, request: witness.Request) -> witnesslike.Said:
        if len(odd.asked) == 1:
            return 503, witnesslike.PLAIN, b"not now\n"
        return witnesslike.signed(odd.sign(request))

    ada, bea = Honest("ada"), Odd("bea", moody)
    now = datetime.now(UTC)

    def later(seconds: int) -> tuple[bool, int, int]:
        gained = cosigning.refresh(now=now + timedelta(seconds=seconds))
        return gained, len(ada.asked), len(bea.asked)

    with listening(ada, bea):
        settings.WITNESSES = f"{ada.line}\n{bea.line}\n"
        assert later(0) == (True, 1, 1)
        assert later(5) == (False, 1, 1)
        assert later(11) == (True, 1, 2)
        assert later(500) == (False, 1, 2)
        assert later(700) == (True, 2, 3)  # what they said is more than ten minutes old
    lines = note.parse(log.folder.checkpoint()).lines
    assert [line.name for line in lines] == [ORIGIN, ada.key.name, bea.key.name]


def test_f27_a_witness_still_busy_with_the_last_question_gets_no_second_one(log, settings) -> None:
    ada, bea = Honest("ada"), Honest("bea")
    with listening(ada, bea):
        settings.WITNESSES = f"{ada.line}\n{bea.line}\n"
        [first, _] = witnesses.asked().witnesses
        cosigning._memory.of(first).busy = True
        assert cosigning.refresh(now=timezone.now())
    assert (len(ada.asked), len(bea.asked)) == (0, 1)


def test_nobody_is_asked_where_nobody_is_named(log, settings) -> None:
    settings.WITNESSES = ""
    assert not cosigning.refresh(now=timezone.now())
    settings.WITNESSES = f"witness far {Honest('far').key.verifier} https://far.example/w\n"
    settings.LOG_DIR = settings.LOG_DIR / "empty"
    assert not cosigning.refresh(now=timezone.now())


class Modern(Honest):
    """A witness with a key of the new type."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._secret = MLDSA44PrivateKey.generate()

    @property
    def verifier(self) -> VerifierKey:
        public = self._secret.public_key().public_bytes_raw()
        return VerifierKey(self.key.name, Type.ML_DSA_COSIGNATURE, public)

    @property
    def line(self) -> str:
        return f"witness modern {self.verifier} {self.url}"

    def sign(self, request: witness.Request) -> Line:
        at = int(time.time())
        message = cosignature.ml_dsa_message(request.note.text, at, self.key.name)
        signature = at.to_bytes(8, "big") + self._secret.sign(message)
        return Line(self.key.name, self.verifier.id, signature)


def test_an_ml_dsa_cosignature_is_taken_and_read(log, settings) -> None:
    modern = Modern("modern")
    with listening(modern):
        assert ask(settings, modern)
    settings.WITNESSES += "quorum modern\n"
    policy = standing.trusted_policy()
    policy.logs[:] = [policy.logs[0].__class__(KEY.verifier)]
    trusted = policy.accept(log.folder.checkpoint(), now=int(time.time()))
    assert [one.witness.name for one in trusted.witnessed] == ["modern"]
    assert [one.name for one in standing.standing().witnesses] == ["modern"]


# --- On the way there -------------------------------------------------------------------------
@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    secret = certificates.key()
    found = certificates.issued("127.0.0.1", secret)
    (tmp_path / "server.pem").write_text(certificates.pem(secret, found))
    (tmp_path / "trusted.pem").write_text(found.public_bytes(Encoding.PEM).decode())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    return context, tmp_path / "trusted.pem"


def test_f27_an_address_with_a_certificate_nobody_vouches_for_is_not_told_anything(
    log, settings, tls
) -> None:
    ada = Honest("ada")
    with listening(ada, tls=tls[0]):
        assert not ask(settings, ada)
        assert ada.asked == []
        cosigning.forget()
        context = ssl.create_default_context(cafile=tls[1])
        context.check_hostname = False  # the test's certificate names no address
        with patch.object(posting, "_trusted", lambda: context):
            assert ask(settings, ada)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("witness w KEY http://w.example/w", "https"),
        ("witness w KEY http://127.0.0.1.w.example/w", "https"),
        ("witness w KEY ftp://w.example/w", "https"),
        ("witness w KEY https://ada:secret@w.example/w", "https"),
        ("witness w KEY https://w.example/w?a=b", "https"),
        ("witness w KEY https://w.example:port/w", "address"),
        ("witness w KEY", "https"),
        ("witness w rubbish https://w.example/w", "key"),
        ("witness w KEY https://w.example/w\nwitness w KEY https://w.example/w", "twice"),
        (f"log {KEY.verifier}", "WITNESSED_LOGS"),
        ("quorum w", "before"),
        ("rubbish", "understood"),
    ],
)
def test_witnesses_that_cannot_be_asked_safely_are_refused(settings, lines, reason) -> None:
    settings.WITNESSES = lines.replace("KEY", str(Honest("w").key.verifier))
    with pytest.raises(ImproperlyConfigured, match=reason):
        witnesses.asked()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000"])
def test_on_this_machine_a_witness_needs_no_tls(settings, host) -> None:
    settings.WITNESSES = f"witness w {Honest('w').key.verifier} http://{host}/w\n"
    assert [one.name for one in witnesses.asked().witnesses] == ["w"]
