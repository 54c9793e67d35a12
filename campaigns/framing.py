"""The only pages that may stand in frames of other sites: those below `/letters/<slug>/embed/`."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from csp.decorators import csp_replace
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_exempt

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
_FRAME = re.compile(r"(/[a-z-]+)?/letters/[^/]+/embed/")


def is_frame(path: str) -> bool:
    """Whether a browser would show what this address answers in somebody's frame."""
    return _FRAME.match(path) is not None


def framable(view: View) -> View:
    """Every answer of `view` may be framed by any page in the world, sandboxed ones too: those have
    no origin, and `frame-ancestors *` would keep them out."""
    anybody = csp_replace({"frame-ancestors": None})
    return cast(View, xframe_options_exempt(cast(Any, anybody(cast(Any, _for_isolated(view))))))


def _for_isolated(view: View) -> View:
    """Pages that isolate themselves (COEP) show only frames that say the same of themselves."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        # Not `require-corp`: in a sandbox our own style sheets are somebody else's.
        answer["Cross-Origin-Embedder-Policy"] = "credentialless"
        answer["Cross-Origin-Resource-Policy"] = "cross-origin"
        return answer

    return cast(View, answering)
