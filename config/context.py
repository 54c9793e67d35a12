from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """What every page may name. Nothing here reads the session: public pages stay cacheable."""
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "LIVE_URL": settings.LIVE_URL,
        "LANGUAGES": settings.LANGUAGES,
        "prefix": getattr(request, "language_prefix", ""),
        "operator": settings.OPERATOR_NAME,
        "registration": settings.REGISTRATION,
    }
