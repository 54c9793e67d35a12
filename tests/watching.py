"""Stands around the product in every test that asks it through Django, and looks at each answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.middleware import PERSONAL


class Leaked(AssertionError):
    """A cookie went where anybody may keep it."""


def no_shared_cookies(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """T46, on every answer of the whole suite."""

    def middleware(request: HttpRequest) -> HttpResponse:
        personal = request.path_info.startswith(PERSONAL)
        answer = get_response(request)
        public = "public" in answer.get("Cache-Control", "")
        varies = "cookie" in answer.get("Vary", "").lower()
        if (public or not personal) and (answer.cookies or varies):
            raise Leaked(f"{request.path}: {list(answer.cookies)}, Vary: {answer.get('Vary')}")
        return answer

    return middleware
