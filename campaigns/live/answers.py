"""Answers that are no stream: why there is none, as problem details."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.http import HttpResponse
from django.utils import translation
from django.utils.functional import Promise

from campaigns import caching
from campaigns.problems import problem

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


class Refused(Exception):
    """There is no stream for this request; `title` and `detail` may be shown to anybody."""

    def __init__(
        self, status: int, title: str | Promise, detail: str | Promise = "", **headers: str
    ) -> None:
        super().__init__(status)
        self.status, self.title, self.detail, self.headers = status, title, detail, headers

    def response(self, language: str) -> HttpResponse:
        with translation.override(language):
            more = {"detail": str(self.detail)} if self.detail else {}
            answer = caching.open_to_all(problem(self.status, str(self.title), **more))
        answer["Cache-Control"] = "no-store"
        answer["Content-Language"] = language
        for name, value in self.headers.items():
            answer[name.replace("_", "-")] = value
        return answer


async def send_response(send: Send, response: HttpResponse, *, head: bool) -> None:
    """To HEAD the headers alone."""
    body = response.content
    response["Content-Length"] = len(body)
    headers = [
        (name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()
    ]
    start = {"type": "http.response.start", "status": response.status_code, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": b"" if head else body})
