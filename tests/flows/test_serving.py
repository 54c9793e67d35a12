"""Ready answers through the real server: what it adds, what it refuses, what a rush costs it."""

import http.client
import json
import resource
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory

from config import shelf
from config.front import Front
from tests import make
from tests.flows.together import at_once
from tests.installation import SECRETS, Installation
from tests.processes import descendants, eventually, resident
from worker import supervisor

pytestmark = pytest.mark.django_db(transaction=True)

ENDS = ("", "count.json", "badge.svg", "embed/counter.json", "embed/sign/", "live/")
SERVERS_OWN = {"date", "server", "x-request-id", "connection"}
RUSH, AT_ONCE, IDLE = 10_000, 200, 1_500
MORE_MEMORY = 20_000_000  # bytes: the server's own buffers, and nothing for each slug


class Served:
    """granian with one process, on the tests' own database."""

    def __init__(self, installation: Installation) -> None:
        self.port = installation.port
        web = supervisor.programs(port=self.port, relays=1, web_workers=1)[0].command
        self.process = installation.spawn(*web[1:], log="web")
        self.process.ready(self._answers)

    def _answers(self) -> bool:
        try:
            return bool(self.ask("/robots.txt").status == 200)
        except OSError:
            return False

    def line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(self, path: str, method: str = "GET", **headers: str) -> "Answer":
        line = self.line()
        given = {"Host": "localhost", **{name.replace("_", "-"): v for name, v in headers.items()}}
        line.request(method, path, headers=given)
        answer = Answer(line.getresponse())
        line.close()
        return answer

    def made(self) -> int:
        """How many answers Django has made so far: each has its line in the log."""
        lines = self.process.said().splitlines()
        return sum('"event":"request"' in line.replace(" ", "") for line in lines)

    def rests(self) -> bool:
        before = self.made()
        time.sleep(0.2)
        return self.made() == before

    def memory(self) -> int:
        """Bytes that the server and its process hold."""
        server = self.process.popen.pid
        return sum(map(resident, {server} | descendants(server)))


class Answer:
    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.body = answer.read()
        self.headers = {name.lower(): value for name, value in answer.getheaders()}

    def same(self) -> tuple[int, dict[str, str], bytes]:
        """Without what the server itself says, and the request's own id."""
        kept = {name: v for name, v in self.headers.items() if name not in SERVERS_OWN}
        return self.status, sorted_policy(kept), without_id(self.body, self.headers)


def sorted_policy(headers: dict[str, str]) -> dict[str, str]:
    """Its parts come in another order in each process."""
    policy = headers["content-security-policy"]
    return headers | {"content-security-policy": "; ".join(sorted(policy.split("; ")))}


def without_id(body: bytes, headers: dict[str, str]) -> bytes:
    return body.replace(headers["x-request-id"].encode(), b"")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    given = {"LOG_LEVEL": "INFO", "STATIC_HASHED": "no", "SITE_URL": settings.SITE_URL}
    database = settings.DATABASES["default"]["NAME"]
    if settings.EMBEDDED:
        (folder / "db.sqlite3").symlink_to(database)
        (folder / "secrets").symlink_to(settings.DATA_DIR / "secrets")
    else:
        server = settings.DATABASE_URL.rsplit("/", 1)[0]
        given |= SECRETS | {"DATABASE_URL": f"{server}/{database}"}
        given["REDIS_URL"] = settings.REDIS_URL
    installation = Installation(folder, given | {"LIVE_URL": settings.LIVE_URL})
    try:
        yield Served(installation)
    finally:
        installation.stop()


@pytest.fixture
def path(served: Served) -> Iterator[str]:
    """The address of a letter that the server has just heard of."""
    letter = make.letter(slug=f"river-{secrets.token_hex(4)}")
    make.counted(letter, name="Joan Baker")
    address = letter.get_absolute_url()
    eventually(lambda: served.ask(address).status == 200, "the letter is known")
    yield address
    eventually(served.rests, "nothing is renewed while the tables are emptied")


def by_django(path: str) -> tuple[int, dict[str, str], bytes]:
    said: list[Any] = []
    environ = RequestFactory().get("/", HTTP_HOST="localhost").environ | {"PATH_INFO": path}
    body = b"".join(WSGIHandler()(environ, lambda *words: said.extend(words)))
    headers = {name.lower(): value for name, value in said[1]}
    body = without_id(body, headers)
    del headers["x-request-id"]
    return int(said[0][:3]), sorted_policy(headers), body


def test_the_server_sends_what_django_says_and_to_head_no_body(served, path):
    for end in ENDS:
        ordinary = by_django(f"{path}{end}")
        whole = served.ask(f"{path}{end}")
        assert whole.same() == ordinary, end
        head = served.ask(f"{path}{end}", "HEAD")
        assert head.same() == (*ordinary[:2], b""), end
    line = served.line()  # a body after HEAD would be taken for the next answer
    for _ in range(3):
        line.request("HEAD", path, headers={"Host": "localhost"})
        assert line.getresponse().read() == b""
    line.request("GET", f"{path}count.json", headers={"Host": "localhost"})
    assert json.loads(line.getresponse().read())["count"] == 1
    line.close()


ODD: list[tuple[str, dict[str, str], set[int]]] = [
    ("OPTIONS", {}, {405}),
    ("POST", {}, {405}),
    ("BREW", {}, {405}),
    ("GET", {"Range": "bytes=0-9"}, {200, 206}),
    ("GET", {"Range": "bytes=9-0,,-1,x"}, {200, 416}),
    ("GET", {"If_None_Match": 'W/"x", "y"'}, {200}),
    ("GET", {"If_None_Match": "\\" * 4_000}, {200}),
    ("GET", {"If_Modified_Since": "Thu, 01 Jan 2099 00:00:00 GMT"}, {200}),
    ("GET", {"If_Modified_Since": "yesterday"}, {200}),
    ("GET", {"If_Match": '"x"'}, {200, 412}),
    ("GET", {"Accept_Encoding": "gzip," * 2_000}, {200}),
    ("GET", {"Accept_Encoding": "identity;q=0, *;q=0"}, {200, 406}),
    ("GET", {"Accept_Encoding": "snappy"}, {200}),
    ("GET", {"Accept": "x/y;q=9", "Cookie": "session=x; csrf=y", "Origin": "null"}, {200}),
    ("GET", {"Content_Length": "0", "Transfer_Encoding": "chunked"}, {200, 400}),
    ("GET", {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "https"}, {200}),
    ("GET", {"X_Large": "x" * 30_000}, {200, 431}),
    ("GET", {"X_Larger": "x" * 900_000}, {200, 400, 431}),
    ("GET", {"Host": "evil.example"}, {400}),
    ("GET", {"Host": "localhost:99999999"}, {200, 400}),
    ("GET", {"Host": "localhost\t"}, {200, 400}),
]


def test_t44_nothing_odd_in_a_request_breaks_the_server_or_stays(served, path):
    for end in ("", "count.json"):
        at = f"{path}{end}"
        clean = served.ask(at).same()
        for method, headers, statuses in ODD:
            try:
                answer = served.ask(at, method, **headers)
            except (ConnectionError, http.client.HTTPException):
                assert "X_Larger" in headers, "only what is too large is cut off"
                continue
            assert answer.status in statuses, (method, headers)
            assert "set-cookie" not in answer.headers
            if answer.status == 405:
                assert answer.headers["allow"] == "GET, HEAD"
        tag = clean[1]["etag"]
        for seen in (tag, f"W/{tag}", f'"x", W/{tag}', "*"):
            again = served.ask(at, If_None_Match=seen, Accept_Encoding="br")
            assert (again.status, again.body) == (304, b"")
        for query in ("?ref=zeit", "?" + "x" * 10_000, "?%00", "?count=9"):
            assert served.ask(at + query).same() == clean
        assert served.ask(at).same() == clean


def _rush(served: Served, paths: list[str]) -> set[bytes]:
    """All of them, a hundred on the way at a time; the status lines that came back."""
    statuses = set()
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as line:
        answers = line.makefile("rb")
        for start in range(0, len(paths), 100):
            some = paths[start : start + 100]
            ask = "".join(f"GET {one} HTTP/1.1\r\nHost: localhost\r\n\r\n" for one in some)
            line.sendall(ask.encode())
            for _ in some:
                statuses.add(answers.readline().split(b" ")[1])
                length = 0
                while (header := answers.readline()) != b"\r\n":
                    name, _, value = header.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                answers.read(length)
        answers.close()
    return statuses


def _made_up(count: int) -> list[str]:
    return [
        f"/letters/{secrets.token_hex(secrets.randbelow(40) + 1)}/{end}"
        for _ in range(count // len(ENDS))
        for end in ENDS
    ]


def transactions() -> int:
    """What PostgreSQL has ended in the tests' database so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database "
            "WHERE datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def test_t99_ten_thousand_made_up_letters_cost_no_memory_and_hardly_a_query(served, path):
    assert _rush(served, _made_up(RUSH // 10)) == {b"404"}  # what it needs once, it has now
    memory, made = served.memory(), served.made()
    ended = 0 if settings.EMBEDDED else transactions()
    assert _rush(served, _made_up(RUSH)) == {b"404"}
    assert served.memory() - memory < MORE_MEMORY
    assert served.made() - made < RUSH / 20
    if not settings.EMBEDDED:
        assert transactions() - ended < RUSH / 20
    assert served.ask(path).status == 200


def test_t99_readers_who_keep_their_connection_open_keep_nobody_out(served, path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(IDLE * 2, hard), hard))
    with ExitStack() as open_lines:
        open_lines.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(IDLE):
            open_lines.enter_context(socket.create_connection(("127.0.0.1", served.port)))
        assert served.ask(path).status == 200


class Counted:
    """Django, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self._django = WSGIHandler()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.asked += 1
        return self._django(environ, start_response)


@pytest.mark.parametrize("fronts", [1, 5], ids=["one shelf", "control: five"])
def test_t99_a_herd_at_the_moment_a_page_went_stale_is_one_reader_to_django(fronts, monkeypatch):
    monkeypatch.setattr(shelf, "PATIENCE", 60.0)  # a busy machine gives nobody the older page
    letter = make.letter(slug="milestone")
    now, django = [1_000.0], Counted()
    made = [Front(django, clock=lambda: now[0]) for _ in range(fronts)]

    def ask(number: int) -> bytes:
        environ = RequestFactory().get(letter.get_absolute_url(), HTTP_HOST="localhost").environ
        answer = made[number % fronts](environ, lambda *said: None)
        return b"".join(answer)

    for number in range(fronts):
        before = ask(number)
    make.counted(letter)
    now[0] += 5
    asked = django.asked
    pages = at_once(AT_ONCE, ask)
    assert django.asked - asked == fronts
    assert set(pages) == {ask(0)} != {before}
