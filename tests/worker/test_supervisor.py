import io
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from tests.installation import Installation
from tests.processes import descendants, eventually, free_port
from worker import supervisor
from worker.management.commands import run
from worker.supervisor import Program, Supervisor, programs

PAGE = """
import http.server
handler = http.server.SimpleHTTPRequestHandler
http.server.HTTPServer(("127.0.0.1", {port}), handler).serve_forever()
"""
NOTES = "import os, time; open({file!r}, 'a').write(f'{{os.getpid()}}\\n'); time.sleep(600)"


def python(words: str) -> list[str]:
    return [sys.executable, "-c", words]


def pids(file: Path) -> list[int]:
    return [int(word) for word in file.read_text().split()] if file.exists() else []


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def supervised(programs: list[Program], port: int) -> Iterator[list[str]]:
    """Run it on a thread; the list gets a word when it was ready and its exit status at the end."""
    told: list[str] = []
    made = Supervisor(programs, port=port, env=dict(os.environ))

    def run() -> None:
        told.append(str(made.run(ready=lambda: told.append("ready"))))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield told
    finally:
        made.stop()
        thread.join()


def test_what_dies_is_started_again_and_everything_ends_together(tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "pids"
    programs = [
        Program("web", python(PAGE.format(port=port))),
        Program("notes", python(NOTES.format(file=str(file)))),
    ]
    with supervised(programs, port) as told:
        eventually(lambda: "ready" in told, "the first answer")
        (first,) = eventually(lambda: pids(file), "the first life")
        os.kill(first, signal.SIGKILL)
        eventually(lambda: len(pids(file)) == 2, "the second life")
    assert told == ["ready", "0"]
    assert not any(is_running(pid) for pid in pids(file))


def test_a_web_server_that_cannot_start_ends_everything_with_an_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pids"
    programs = [
        Program("web", python("raise SystemExit('no such thing')")),
        Program("notes", python(NOTES.format(file=str(file)))),
    ]
    with supervised(programs, free_port()) as told:
        eventually(lambda: told, "the end")
    assert told == ["1"]
    assert "no such thing" in capfd.readouterr().err
    assert not any(is_running(pid) for pid in pids(file))


def test_a_taken_port_is_refused_in_a_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(supervisor.PortTaken, match=f"Port {port} cannot be used"):
            supervisor.refuse_taken(port)


@pytest.mark.once
def test_run_ends_every_process_it_started(install: Callable[..., Installation]) -> None:
    installation = install(services=False)
    process = installation.start()
    told = descendants(process.popen.pid)
    assert len(told) >= 4
    process.popen.send_signal(signal.SIGTERM)
    assert process.popen.wait(60) == 0
    assert not any(is_running(pid) for pid in told)


def test_run_goes_without_streams_where_somebody_has_their_port() -> None:
    said = io.StringIO()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        assert not run.Command(stderr=said)._may_stream(port)
    assert f"Port {port} cannot be used" in said.getvalue()
    assert run.Command(stderr=said)._may_stream(free_port())
    names = {
        streams: [one.name for one in programs(port=8000, relays=1, web_workers=1, live=streams)]
        for streams in (True, False)
    }
    assert [name for name in names[True] if name != "live"] == names[False]


def test_nobody_is_sent_to_a_port_that_is_somebody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVE_URL", raising=False)
    assert run.Command()._env(streams=False)["LIVE_URL"] == settings.SITE_URL
    assert "LIVE_URL" not in run.Command()._env(streams=True)
    monkeypatch.setenv("LIVE_URL", "https://live.example")
    assert run.Command()._env(streams=False)["LIVE_URL"] == "https://live.example"
