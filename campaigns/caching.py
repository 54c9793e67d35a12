"""Answers that anybody may keep: dated, tagged by their bytes, without a cookie."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from redis.exceptions import RedisError

TICK = timedelta(minutes=10)
PACKED = ("text/html", "image/svg+xml")  # sent compressed to whoever takes that


def shared(
    request: HttpRequest, response: HttpResponse, *, max_age: int, stale: int = 0
) -> HttpResponse:
    """Let every cache keep `response` for `max_age` seconds, and serve it `stale` ones more while
    it asks again. The tag is made of the bytes alone, so equal pages are equal everywhere."""
    if response.get("Content-Type", "").startswith(PACKED):
        patch_vary_headers(response, ["Accept-Encoding"])
    rule = f"public, max-age={max_age}"
    response["Cache-Control"] = f"{rule}, stale-while-revalidate={stale}" if stale else rule
    if response.status_code == 200 and not response.streaming:
        response["ETag"] = f'"{blake2b(response.content, digest_size=12).hexdigest()}"'
    answer = get_conditional_response(request, etag=response.get("ETag"), response=response)
    if answer is None:  # only when it is given no response
        return response
    if answer is not response:
        _keep_headers(response, answer)
    return answer


def open_to_all(response: HttpResponse) -> HttpResponse:
    """Other people's pages may read it with a script, or show it as a picture."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def tick(now: datetime) -> datetime:
    """The ten minutes `now` falls into: what is dated by it comes out the same for all of them."""
    seconds = int(TICK.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def remembered(key: str, make: Callable[[], Any], *, seconds: int) -> Any:
    """What `make` gave in the last `seconds`. Made anew when the cache can't be reached."""
    try:
        found = cache.get(key)
        if found is None:
            found = make()
            cache.set(key, found, seconds)
    except (RedisError, OSError):
        return make()
    return found


def _keep_headers(response: HttpResponse, answer: Any) -> None:
    # RFC 9110, 15.4.5: a 304 repeats what a cache would want to know about the 200.
    for name in (
        "Cache-Control",
        "Access-Control-Allow-Origin",
        "Cross-Origin-Resource-Policy",
        "Content-Language",
    ):
        if name in response:
            answer[name] = response[name]
