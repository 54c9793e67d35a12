"""T73: people with names that occur nowhere else go through every flow; then all is searched.

What may hold them: the sealed columns (where they can't be read), the public columns of whoever
shows their name, an organiser's own account, and the files the organiser asked for.
"""

import base64
import re
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.error import HTTPError

import pytest
from django.conf import settings
from redis import Redis

from tests.browser.mailboxes import CODE, only
from tests.flows import crowd
from tests.flows.crowd import Crowd
from tests.flows.member import Member
from tests.flows.rows import ask, columns
from tests.installation import Installation
from tests.processes import eventually
from tests.services import client_programs
from tests.smtp import SmtpSink

WITHHELD, SHOWN, HIDES, GONE = "zzwithheldzebra", "zzshownzebra", "zzhideszebra", "zzgonezebra"
REFUSED, LATER, REPORTS = "zzrefusedzebra", "zzlaterzebra", "zzreportszebra"
MISTYPED, CODED, DENIED = "zzmistypedzebra", "zzcodedzebra", "zzdeniedzebra"
ORGANISER, NETWORK = "zzorganiserzebra", "203.0.113.77"
ADDRESS = "zzaddresszebra"  # of whoever shows their name
WORDS = (
    WITHHELD, SHOWN, HIDES, GONE, REFUSED, LATER, REPORTS, MISTYPED, CODED, DENIED, ORGANISER,
    ADDRESS, NETWORK,
)  # fmt: skip
ALLOWED = {
    SHOWN: {
        *(f"signatures_signature.{name}" for name in ("name", "place", "comment", "words")),
        *("signatures_words.words", "signatures_words_data.block"),  # SQLite's index of them
    },
    ORGANISER: {
        "campaigns_organiser.email",
        "account_emailaddress.email",
        "campaigns_letter.privacy_contact",  # whom signers may ask, as the notice says
        "signatures_notice.text",
    },
}
LETTER = crowd.LETTER.replace("slug: aller\n", "slug: aller\nasks: [place, comment]\n")
_MINE = re.compile(r"^https?://\S+(/mine/\S+)$", re.MULTILINE)
_ALL = re.compile(r"^https?://\S+(/mine/all/\S+/)$", re.MULTILINE)
_DENY = re.compile(r"/confirm/[\w-]+/not-me/")
_CODE = re.compile(r"^\D*(\d{3})\s(\d{3})\D*$", re.MULTILINE)
_DOWNLOAD = re.compile(r'href="(/organise/\S+/download/\S+)"')


# --- What everybody does ----------------------------------------------------------------------
def typed(word: str, public: str) -> dict[str, str]:
    return {
        "name": f"{word.title()} Person",
        "place": f"{word}stadt",
        "comment": f"Because {word}",
        "public": public,
        "updates": "on",
    }


def signs(people: Crowd, word: str, *, public: str = "off", address: str = "") -> str:
    """Sign and confirm, with every mistake on the way; the path of the signer's own page."""
    email = f"{address or word}@example.org"
    assert people.sign(f"{address or word} at example.org", **typed(word, public)).status == 422
    assert people.sign(f"{email}\r\nBcc: x@example.org", **typed(word, public)).status == 422
    assert people.sign(email, **typed(word, public)).status == 303
    people.smtp.wait(to=email)  # two on their way at once may overtake each other
    sent = people.sign(email, **typed(word, public))
    assert email in people.ask("GET", sent.location).text
    people.smtp.wait(2, to=email)
    link = people.link(email)
    assert people.ask("GET", link).status == 200
    assert people.ask("POST", link, {}).status == 400
    mine = people.press(link).location
    assert people.ask("GET", mine).status == 200
    people.ask("GET", f"/letters/aller/signatures/?q={word}")
    people.ask("GET", f"/confirm/{word}/")
    return mine


def asks_for_a_link(people: Crowd, mine: str, word: str) -> None:
    people.ask("POST", f"{mine}ask/", {"press": "ask"})
    eventually(
        lambda: any(_MINE.search(mail.text) for mail in people.smtp.to(f"{word}@example.org")),
        "the mail with the link",
    )


def types_a_code(people: Crowd) -> None:
    """Beside a mistyped address, which is corrected; and once more for all that is known."""
    email = f"{CODED}@example.org"
    wrong = people.sign(f"{MISTYPED}@example.org", **typed(CODED, "off")).location
    page = people.ask("POST", f"{wrong}address/", {"press": "address", "email": email}).location
    digits = "".join(_CODE.findall(people.smtp.wait(to=email)[-1].text)[-1])
    mine = people.ask("POST", f"{page}code/", {"press": "code", "code": digits}).location
    assert mine.startswith("/mine/")
    for end in ("data/", "data.json", "correct/"):
        assert people.ask("GET", f"{mine}{end}").status == 200
    correct = typed(CODED, "off") | {"press": "correct", "name": f"{CODED} Again"}
    assert people.ask("POST", f"{mine}correct/", correct).status == 303
    people.ask("POST", "/mine/", {"email": email})
    path = eventually(
        lambda: _ALL.findall("\n".join(mail.text for mail in people.smtp.to(email))),
        "the mail with all of it",
    )[0]
    for end in ("", "signatures.json"):
        assert people.ask("GET", f"{path}{end}").status == 200


def denies(people: Crowd) -> None:
    email = f"{DENIED}@example.org"
    people.sign(email, **typed(DENIED, "on"))
    [deny] = set(_DENY.findall(people.smtp.wait(to=email)[-1].text))
    assert people.ask("POST", deny, {"press": "deny", "never": "on"}).status == 200
    assert people.sign(email, **typed(DENIED, "off")).status == 303  # and no mail leaves


def organises(member: Member, smtp: SmtpSink) -> None:
    email = f"{ORGANISER}@example.org"
    member.go("/accounts/signup/")
    member.send(email=email)
    code = only(CODE, smtp.wait(to=email)[-1].text)
    member.send(code="AAAA-AAAA")
    member.send(code=code)
    assert "/accounts/" not in member.at


def fetches_every_file(member: Member) -> list[bytes]:
    page = "/organise/letters/aller/exports/"
    chosen = {"sort": "date", "layout": "table", "columns": "name", "volumes": "one"}
    for kind in ("csv", "xlsx", "pdf"):
        member.go(page)
        member.send("ask/", format=kind, **chosen)
    eventually(lambda: len(_DOWNLOAD.findall(member.go(page))) == 3, "three files", within=90)
    return [member.fetch(path) for path in _DOWNLOAD.findall(member.page)]


# --- Where it could have gone -----------------------------------------------------------------
@contextmanager
def overheard(installation: Installation) -> Iterator[list[bytes]]:
    """Everything that is said to Redis, or put into the folder that stands for it."""
    said: list[bytes] = []
    over = threading.Event()

    def read_folder() -> None:
        folder = installation.folder / "broker"
        while not over.wait(0.002):
            for file in folder.glob("queue/*"):
                try:
                    said.append(file.read_bytes())
                except OSError:
                    continue  # the worker took it

    def monitor(url: str) -> None:
        with Redis.from_url(url) as client, client.monitor() as commands:
            for command in commands.listen():
                said.append(str(command["command"]).encode())
                if over.is_set():
                    return

    url = installation.env.get("REDIS_URL")
    watch = threading.Thread(target=monitor, args=(url,)) if url else None
    watch = watch or threading.Thread(target=read_folder)
    watch.start()
    try:
        yield said
    finally:
        over.set()
        if url:
            with Redis.from_url(url) as client:
                client.ping()  # something to overhear, so that the listener sees it is over
        watch.join()


def spellings(word: str) -> list[bytes]:
    """As it is, and as it looks in hexadecimal digits and in base64, wherever it begins."""
    plain = word.encode()
    coded = [base64.b64encode(b"x" * shift + plain)[4 * (shift > 0) : -4] for shift in range(3)]
    return [plain, plain.hex().encode(), *(code.lower() for code in coded if len(code) > 6)]


def found(content: bytes) -> set[str]:
    folded = content.lower()
    return {word for word in WORDS if any(one in folded for one in spellings(word))}


def in_columns(installation: Installation) -> set[tuple[str, str]]:
    """Which word stands in which column."""
    hits = set()
    for table, column in columns(installation):
        values = [value for (value,) in ask(installation, f'SELECT "{column}" FROM "{table}"')]
        whole = b"\n".join(
            bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
            for value in values
        )
        hits |= {(word, f"{table}.{column}") for word in found(whole)}
    return hits


def in_dump(installation: Installation) -> set[str]:
    """Which words stand in what an operator would take away: the database as text."""
    url = installation.env.get("DATABASE_URL")
    if url is None:
        path = installation.folder / "db.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return found("\n".join(connection.iterdump()).encode())
    dump = [str(client_programs() / "pg_dump"), "--dbname", url]
    return found(subprocess.run(dump, capture_output=True, check=True).stdout)


def in_files(folder: Path) -> set[tuple[str, str]]:
    """Which word stands in which file but those of exports, the database's own included."""
    return {
        (word, str(file.relative_to(folder)))
        for file in folder.rglob("*")
        if file.is_file() and file.relative_to(folder).parts[0] != "exports"
        for word in found(file.read_bytes())
    }


# --- The test ---------------------------------------------------------------------------------
@pytest.fixture
def everything(
    install: Callable[..., Installation], smtp: SmtpSink
) -> tuple[Installation, list[bytes]]:
    installation = install(smtp=smtp, PROXIES="1", LOG_LEVEL="DEBUG", OUTBOX_LEASE="5")
    installation.start()
    file = installation.folder / "letter.md"
    file.write_text(LETTER, "utf8")
    with ExitStack() as watching:
        said = watching.enter_context(overheard(installation))
        member = Member(installation.url, X_Forwarded_For=NETWORK)
        organises(member, smtp)
        email = f"{ORGANISER}@example.org"
        installation.manage("create_letter", str(file), "--organiser", email, "--publish")
        file.unlink()
        people = Crowd(installation, smtp, X_Forwarded_For=NETWORK)
        live(people, member)
    return installation, said


def live(people: Crowd, member: Member) -> None:
    smtp = people.smtp
    mine = signs(people, WITHHELD)
    asks_for_a_link(people, mine, WITHHELD)
    shown = signs(people, SHOWN, public="on", address=ADDRESS)
    for press in ("hide", "show"):
        assert people.ask("POST", f"{shown}show/", {"press": press}).status == 303
    hidden = signs(people, HIDES, public="on")
    assert people.ask("POST", f"{hidden}show/", {"press": "hide"}).status == 303
    gone = signs(people, GONE, public="on")
    left = people.ask("POST", f"{gone}withdraw/", {"press": "withdraw", "erase": "on"})
    assert left.status == 303
    types_a_code(people)
    denies(people)
    smtp.refused.add(f"{REFUSED}@example.org")
    smtp.temporary = 1
    for word, state in {LATER: "attempts = 1", REFUSED: "state = 'dead'"}.items():
        people.sign(f"{word}@example.org", **typed(word, "off"))
        failed = f"SELECT 1 FROM worker_outboxmessage WHERE {state} AND last_error <> ''"
        eventually(lambda failed=failed: ask(people.installation, failed), f"a mail {state}")
    fields = {"reason": "law", "text": "It names a person.", "email": f"{REPORTS}@example.org"}
    people.ask("POST", "/letters/aller/report/", fields)
    with pytest.raises(HTTPError):
        member.go(f"/organise/letters/{WITHHELD}/")
    people.count_reaches(3)
    files = fetches_every_file(member)
    assert any(WITHHELD in found(file) for file in files)  # the organiser's own CSV: a control
    people.installation.manage("recount")
    sweep = "from signatures.tasks import sweep_words; sweep_words()"
    people.installation.manage("shell", "-c", sweep)


def test_t73_nobody_is_found_where_nobody_should_be(
    everything: tuple[Installation, list[bytes]],
) -> None:
    installation, said = everything
    allowed = {(word, column) for word, places in ALLOWED.items() for column in places}
    hits = in_columns(installation)
    assert hits - allowed == set()
    assert {place for word, place in hits if word == SHOWN} >= {"signatures_signature.name"}
    assert in_dump(installation) == {SHOWN, ORGANISER}
    assert found(b"\n".join(said)) == set()
    assert said, "nothing was overheard"
    assert found(installation.said().encode()) == set()
    installation.stop()
    in_database = {ORGANISER, SHOWN} if settings.EMBEDDED else set()
    places = in_files(installation.folder)
    assert {(word, file) for word, file in places if word not in in_database} == set()
    assert {file for word, file in places} <= {"db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm"}


def test_t73_control_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"mail to {WITHHELD.upper()}@example.org")
    coded = base64.b64encode(f"x{SHOWN} and more".encode())
    (tmp_path / "queue").write_bytes(coded + GONE.encode().hex().encode())
    assert in_files(tmp_path) == {(WITHHELD, "log"), (SHOWN, "queue"), (GONE, "queue")}
