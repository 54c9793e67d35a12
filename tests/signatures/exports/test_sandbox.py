"""A document can't reach outside, use up the machine, or take its maker down."""

import dataclasses
import http.server
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pypdf
import pytest

from signatures.exports import fonts, pdf, sandbox, typesetting
from signatures.exports.document import Row
from tests import paper, world
from tests.processes import ROOT

SECRET = "the-secret-of-this-file"
SMALL = pdf.Limits(memory=900_000_000, seconds=3)

# Each names an address under {web} or {file} that WeasyPrint left to itself would load.
VECTORS = {
    "img": '<img src="{web}/img">',
    "srcset": '<object data="{web}/srcset"></object>',
    "embed": '<embed src="{web}/embed">',
    "stylesheet": '<link rel="stylesheet" href="{web}/stylesheet">',
    "import": '<style>@import url("{web}/import");</style>',
    "background": '<p style="background: url({web}/background)">x</p>',
    "page": "<style>@page {{ background: url({web}/page) }}</style>",
    "content": '<style>.c::before {{ content: url("{web}/content") }}</style><p class="c">x</p>',
    "bullet": '<ul style="list-style-image: url({web}/bullet)"><li>x</li></ul>',
    "font": '<style>@font-face {{ font-family: f; src: url("{web}/font") }}</style>'
    '<p style="font-family: f">x</p>',
    "svg": '<svg width="9" height="9"><image href="{web}/svg" width="9" height="9"/></svg>',
    "nested": '<img src="data:image/svg+xml,'
    + quote('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="')
    + "{web}/nested"
    + quote('" width="9" height="9"/></svg>')
    + '">',
    "attachment": '<link rel="attachment" href="{file}">',
    "attached": '<a rel="attachment" href="{file}">x</a>',
    "attached web": '<a rel="attachment" href="{web}/attached">x</a>',
    "file stylesheet": '<link rel="stylesheet" href="{file}">',
    "file picture": '<img src="{file}">',
}
BASE = '<base href="{web}/"><img src="base">'


@pytest.fixture
def web() -> Iterator[tuple[str, set[str]]]:
    asked: set[str] = set()

    class Listening(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.add(self.path.strip("/"))
            self.send_response(404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listening) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def body(web: str, folder: Path) -> str:
    secret = folder / "secret.css"
    secret.write_text(SECRET)
    parts = [vector.format(web=web, file=secret.as_uri()) for vector in VECTORS.values()]
    return "".join([*parts, BASE.format(web=web)])


def leaks(path: Path) -> bool:
    attached = pypdf.PdfReader(path).attachments
    return any(SECRET.encode() in one for many in attached.values() for one in many)


def test_t34_t35_nothing_is_fetched_and_no_file_is_read(
    tmp_path: Path, web: tuple[str, set[str]]
) -> None:
    address, asked = web
    path = paper.printed(tmp_path, [paper.row("Ada")], body_html=body(address, tmp_path))
    assert asked == set()
    assert not leaks(path)
    assert list(pypdf.PdfReader(path).attachments) == ["signatories.csv"]


def test_t34_t35_without_the_guard_each_would_have_been(
    tmp_path: Path, web: tuple[str, set[str]]
) -> None:
    address, asked = web
    html, out = tmp_path / "letter.html", tmp_path / "letter.pdf"
    html.write_text("<!doctype html><title>x</title>" + body(address, tmp_path))
    subprocess.run(
        [sys.executable, "-m", "weasyprint", "-q", str(html), str(out)], check=True, timeout=60
    )
    on_the_web = {name.replace(" web", "") for name, text in VECTORS.items() if "{web}" in text}
    assert asked == on_the_web | {"base"}
    assert leaks(out)


BOMBS = {
    "nesting": "<div>" * 3000 + "x" + "</div>" * 3000,
    "inline nesting": "<b>" * 3000 + "x" + "</b>" * 3000,
    "lists": "<ul><li>" * 1500 + "x" + "</li></ul>" * 1500,
    "columns": '<table><tr><td colspan="100000000">x</td></tr></table>',
    "paragraphs": "<p>x</p>" * 200_000,
    "table": "<table>" + "<tr><td>x</td><td>y</td></tr>" * 40000 + "</table>",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_t36_a_bomb_fails_with_a_reason_and_leaves_nothing(tmp_path: Path, bomb: str) -> None:
    with pytest.raises(pdf.TooComplex) as refused:
        paper.printed(tmp_path, [paper.row("Ada")], body_html=BOMBS[bomb], limits=SMALL)
    assert re.search("too complex|too long", str(refused.value))
    assert list(tmp_path.iterdir()) == []
    assert presses(os.getpid()) == []


def test_t36_time_is_limited(tmp_path: Path) -> None:
    endless = (paper.row("Ada", position=i) for i in count(1))
    with pytest.raises(pdf.TooComplex, match="too long"):
        paper.printed(tmp_path, endless, limits=pdf.Limits(seconds=2))
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_hangs_is_ended(tmp_path: Path) -> None:
    def stopping() -> Iterator[Row]:
        yield from (paper.row("Ada", position=i) for i in range(1, 2000))
        for pid in presses(os.getpid()):
            os.kill(pid, signal.SIGSTOP)
        yield from (paper.row("Ada", position=i) for i in range(2000, 30_000))

    limits = dataclasses.replace(paper.LIMITS, silence=2)
    with pytest.raises(pdf.Failed, match="standstill"):
        paper.printed(tmp_path, stopping(), limits=limits)
    assert presses(os.getpid()) == []
    assert list(tmp_path.iterdir()) == []


def test_one_that_waits_for_us_is_not(tmp_path: Path) -> None:
    def slow() -> Iterator[Row]:
        for i in range(1, 4):
            time.sleep(1.2)
            yield paper.row("Ada", position=i)

    limits = dataclasses.replace(paper.LIMITS, silence=3)
    assert paper.printed(tmp_path, slow(), limits=limits).exists()


def test_t82_a_full_disk_is_called_one(tmp_path: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    lines = [{"html": typesetting.sheet(paper.document())}]
    with pytest.raises(pdf.NoRoom, match="no room left on the disk"):
        sandbox.run(
            lines,
            sandbox.Part(tmp_path / "x", full),
            limits=paper.LIMITS,
            progress=lambda done: None,
        )
    os.close(full)


def test_t82_a_file_larger_than_one_may_be_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(pdf.NoRoom, match="larger than one may be"):
        paper.printed(
            tmp_path, world.rows(500), limits=dataclasses.replace(paper.LIMITS, file=60_000)
        )
    assert list(tmp_path.iterdir()) == []


def test_a_crash_is_a_failure_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no font at all WeasyPrint's process dies of a segmentation fault."""
    empty = tmp_path / "fonts.conf"
    empty.write_text("<fontconfig></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(empty))
    with pytest.raises(pdf.Failed) as failed:
        paper.printed(tmp_path, [paper.row("Ada")])
    assert "stopped unexpectedly" in str(failed.value)
    assert "No font is installed" in fonts.missing()[0]


def test_the_process_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELD_KEYS", SECRET)
    seen: list[str] = []

    def looking() -> Iterator[object]:
        for i in range(1, 3000):
            yield paper.row("Ada", position=i)
            if i == 2000:
                seen.extend(environments())

    paper.printed(tmp_path, looking())  # type: ignore[arg-type]
    assert len(seen) == 1
    assert SECRET not in seen[0]
    assert "SECRET_KEY" not in seen[0]


def environments(parent: int | None = None) -> list[str]:
    """Of every press this process runs."""
    return [
        Path(f"/proc/{pid}/environ").read_text()
        for pid in presses(os.getpid() if parent is None else parent)
    ]


def presses(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, above = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (entry / "cmdline").read_text()
        except OSError:  # it ended while we looked
            continue
        if int(above) == parent and state != "Z" and "signatures.exports.press" in command:
            found.append(int(entry.name))
    return found


ENDLESS = """
import itertools, pathlib, sys
import django
django.setup()
from tests import paper
rows = (paper.row("Ada", position=i) for i in itertools.count(1))
paper.printed(pathlib.Path(sys.argv[1]), rows)
"""


def test_all_processes_end_with_their_worker(tmp_path: Path) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    worker = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(tmp_path)], env=environment, cwd=ROOT
    )
    shapers: list[int] = []
    while not shapers:
        assert worker.poll() is None
        time.sleep(0.05)
        running = presses(worker.pid)
        shapers = [shaper for press in running for shaper in presses(press)]
    running += shapers
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    while any(Path(f"/proc/{pid}").exists() for pid in running):
        time.sleep(0.05)  # the test's time limit is the failure
