"""Many supporters at once, over HTTP, against a running installation: sign, read mail, press."""

import http.client
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.installation import Installation
from tests.processes import eventually
from tests.smtp import SmtpSink

LETTER = """\
---
title: Give the Aller its water back
slug: aller
from: Friends of the Aller
target: Marta Velander, Minister for Water
summary: The river at Kesten was eleven centimetres deep this summer.
---

Dear Minister,

forty years ago children learned to swim below the weir.
"""
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_CONFIRM = re.compile(r"^https?://\S+(/confirm/\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    text: str
    headers: dict[str, str] = field(repr=False, default_factory=dict)


class Crowd:
    """Visitors of one installation and one letter. Every answer's status is written down."""

    def __init__(
        self, installation: Installation, smtp: SmtpSink, *, slug: str = "aller", **headers: str
    ) -> None:
        self.installation, self.smtp, self.slug = installation, smtp, slug
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.statuses: list[int] = []
        self._fields = dict(_HIDDEN.findall(self.ask("GET", f"/letters/{slug}/").text))

    def ask(self, method: str, path: str, fields: dict[str, Any] | None = None) -> Answer:
        """One request on a connection of its own, as each visitor has."""
        connection = http.client.HTTPConnection("127.0.0.1", self.installation.port, timeout=60)
        body = urlencode(fields) if fields is not None else None
        headers = {"Host": f"localhost:{self.installation.port}"} | self._headers
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            got = connection.getresponse()
            text = got.read().decode("utf8", errors="replace")
        finally:
            connection.close()
        self.statuses.append(got.status)
        where = urlsplit(got.headers.get("Location", "")).path
        return Answer(got.status, where, text, dict(got.headers))

    def sign(self, email: str, name: str = "Joan Baker", **more: str) -> Answer:
        fields = self._fields | {"name": name, "email": email, "public": "on"} | more
        return self.ask("POST", f"/letters/{self.slug}/sign/", fields)

    def link(self, email: str, *, within: float = 60) -> str:
        """The path of the link in the newest mail to this address."""
        found = _CONFIRM.findall(self.smtp.wait(to=email, within=within)[-1].text)
        assert len(found) == 1
        return str(found[0])

    def press(self, path: str) -> Answer:
        return self.ask("POST", path, {"press": "confirm"})

    def count(self) -> int:
        answer = self.ask("GET", f"/letters/{self.slug}/count.json")
        found = re.search(r'"count": ?(\d+)', answer.text)
        assert found
        return int(found[1])

    def count_reaches(self, number: int) -> None:
        eventually(lambda: self.count() >= number, f"{number}, only {self.count()}", every=0.3)


def letter(installation: Installation, text: str = LETTER) -> None:
    """A published letter, made by the command."""
    file = installation.folder / "letter.md"
    file.write_text(text, "utf8")
    installation.manage("create_letter", str(file), "--organiser", "otto@example.org", "--publish")
