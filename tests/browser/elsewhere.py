"""Other people's web sites: pages of another origin, with headers of their own and at their own
pace, that hold what was copied from ours."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.processes import free_port

NAME = "127.0.0.1"  # for a browser another site than localhost, where our installation is
DOCTYPE = "<!doctype html>"


@dataclass(frozen=True)
class Sheet:
    """What is answered at one path."""

    text: str
    kind: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0  # seconds before the answer


class Elsewhere:
    """A site whose pages are put up while it runs."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sheets: dict[str, Sheet] = {}

    def address(self, path: str = "/", *, name: str = NAME) -> str:
        """The same server under any name that leads here: `localhost`, `paper.localhost`."""
        return f"http://{name}:{self.port}{path}"

    def page(
        self,
        body: str,
        *,
        path: str = "/",
        lang: str = "en",
        way: str = "ltr",
        head: str = "",
        doctype: str = DOCTYPE,
        headers: Mapping[str, str] | None = None,
        wait: float = 0,
        name: str = NAME,
    ) -> str:
        """Put a page up, or another in its place; its address. `way` is the direction it reads."""
        text = (
            f'{doctype}<html lang="{lang}" dir="{way}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width"><title>Elsewhere</title>'
            f'<link rel="icon" href="data:,">{head}</head>'
            f"<body><h1>Our page</h1>{body}</body></html>"
        )
        self.sheets[path] = Sheet(text, headers=headers or {}, wait=wait)
        return self.address(path, name=name)

    def file(self, path: str, text: str, kind: str) -> str:
        """A style sheet or script of that site."""
        self.sheets[path] = Sheet(text, kind=kind)
        return self.address(path)


@contextmanager
def web() -> Iterator[Elsewhere]:
    """An empty site, up for as long as it is needed."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sheet = there.sheets.get(self.path.partition("?")[0])
            if sheet is None:
                self.send_error(404)
                return
            time.sleep(sheet.wait)
            self.send_response(200)
            self.send_header("Content-Type", sheet.kind)
            for header, value in sheet.headers.items():
                self.send_header(header, value)
            self.end_headers()
            self.wfile.write(sheet.text.encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer((NAME, free_port()), Door)
    there = Elsewhere(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def site(body: str) -> Iterator[str]:
    """The address of a page with `body` in it."""
    with web() as there:
        yield there.page(body)
