"""HTTP load on the loopback: wrk where it is installed, else threads of Python that say so."""

import http.client
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
CONNECTIONS = 32
THREADS = 2

Form = tuple[str, str]  # path, urlencoded body


class Refused(Exception):
    """The server answered with errors, so the figure would mean nothing."""


@dataclass(frozen=True)
class Answered:
    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    def checked(self) -> "Answered":
        if self.refused or self.broken or not self.requests:
            raise Refused(f"{self.refused} refused, {self.broken} broken of {self.requests}")
        return self


def has_wrk() -> bool:
    return shutil.which("wrk") is not None


def note() -> str:
    return "" if has_wrk() else "load by Python threads: wrk is missing"


def get(url: str, *, seconds: int) -> Answered:
    """The same page again and again over 32 connections."""
    if has_wrk():
        return _wrk("pages.lua", url, seconds, []).checked()
    path = urlsplit(url).path
    return _threads(url, seconds, lambda: iter(lambda: ("GET", path, ""), None)).checked()


def post(url: str, forms: Path, *, first: int, seconds: int) -> Answered:
    """The forms of a file from its `first` line on, each once."""
    if has_wrk():
        return _wrk("forms.lua", url, seconds, [str(forms), str(first)]).checked()
    lines = islice(forms.read_text().splitlines(), first, None)
    lock = threading.Lock()

    def next_form() -> Iterator[tuple[str, str, str]]:
        while True:
            with lock:
                line = next(lines, None)
            if line is None:
                return
            path, _, body = line.partition("\t")
            yield "POST", path, body

    return _threads(url, seconds, next_form).checked()


def _wrk(script: str, url: str, seconds: int, words: list[str]) -> Answered:
    command = ["wrk", "-t", str(THREADS), "-c", str(CONNECTIONS), "-d", f"{seconds}s"]
    command += [
        "--timeout",
        "20s",
        "-s",
        str(HERE / script),
        url,
        *(["--", *words] if words else []),
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "BENCH_LUA": str(HERE)},
    )
    return Answered(**json.loads(done.stdout.strip().splitlines()[-1]))


def _threads(
    url: str, seconds: float, source: Callable[[], Iterator[tuple[str, str, str]]]
) -> Answered:
    host, port = urlsplit(url).hostname or "", urlsplit(url).port
    took: list[float] = []
    failed: list[int] = []
    end = time.monotonic() + seconds

    def ask() -> None:
        line = http.client.HTTPConnection(host, port, timeout=20)
        for method, path, body in source():
            began = time.monotonic()
            if began >= end:
                break
            line.request(method, path, body or None, _HEADERS if body else {})
            answer = line.getresponse()
            answer.read()
            took.append(time.monotonic() - began)
            if answer.status > 399:
                failed.append(answer.status)
        line.close()

    began = time.monotonic()
    workers = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    spent = time.monotonic() - began
    took.sort()
    return Answered(
        requests=len(took),
        seconds=spent,
        p50_ms=took[len(took) // 2] * 1000 if took else 0,
        p99_ms=took[int(len(took) * 0.99)] * 1000 if took else 0,
        refused=len(failed),
        broken=0,
    )


_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


def once(url: str) -> float:
    """Seconds one reader waits for one page over a fresh connection."""
    parts = urlsplit(url)
    began = time.perf_counter()
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    line.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""))
    answer = line.getresponse()
    answer.read()
    line.close()
    if answer.status != 200:
        raise Refused(f"{answer.status} at {parts.path}")
    return time.perf_counter() - began
