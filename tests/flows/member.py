"""An organiser at a browser without scripts: keeps cookies, fills in forms, presses buttons."""

import re
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


class Member:
    def __init__(self, url: str, **headers: str) -> None:
        self.url = url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._opener.addheaders = [(key.replace("_", "-"), word) for key, word in headers.items()]
        self.at, self.page = url, ""

    def go(self, path: str) -> str:
        return self._open(urllib.parse.urljoin(self.url, path), None).decode()

    def fetch(self, path: str) -> bytes:
        """A file, as it is."""
        return self._open(urllib.parse.urljoin(self.url, path), None)

    def send(self, path: str = "", **fields: str) -> str:
        """Send the form of the page this one is at, to its own address or another."""
        token = _CSRF.search(self.page)
        body = urllib.parse.urlencode(
            {"csrfmiddlewaretoken": token[1] if token else ""} | fields
        ).encode()
        return self._open(urllib.parse.urljoin(self.at, path), body).decode()

    def _open(self, url: str, body: bytes | None) -> bytes:
        with self._opener.open(url, body, timeout=60) as answer:
            content: bytes = answer.read()
            if answer.headers.get_content_type() == "text/html":
                self.at, self.page = answer.url, content.decode()
        return content
