"""System checks: dangerous combinations of settings are named, or refuse to start."""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning

Check = Callable[..., Sequence[CheckMessage]]


def register(add: Callable[..., Any]) -> None:
    add(public_host, Tags.security)
    add(registration, Tags.security)
    for check in (plain_http, files_as_mail, proxies, operator, throw_away_cache):
        add(check, Tags.security, deploy=True)


def public_host(**_: Any) -> list[CheckMessage]:
    """DEBUG shows settings and what people typed: never where strangers can come."""
    if settings.DEBUG and not settings.LOCAL:
        return [
            Error(
                "DEBUG is on while SITE_URL is public. Unset DEBUG.",
                id="groundswell.E001",
            )
        ]
    return []


def registration(**_: Any) -> list[CheckMessage]:
    if settings.REGISTRATION not in {"open", "invite", "review"}:
        return [
            Error(
                "REGISTRATION must be open, invite or review.", id="groundswell.E002"
            ),
        ]
    return []


def plain_http(**_: Any) -> list[CheckMessage]:
    if not settings.HTTPS:
        return [
            Error(
                "SITE_URL is not https: names and addresses would travel in the clear.",
                id="groundswell.E010",
            )
        ]
    return []


def files_as_mail(**_: Any) -> list[CheckMessage]:
    if settings.MAIL_TO_FILES:
        return [
            Error(
                "EMAIL_URL is not set: mails are written to files and reach nobody.",
                id="groundswell.E011",
            )
        ]
    return []


def proxies(**_: Any) -> list[CheckMessage]:
    if settings.PROXIES == 0:
        return [
            Warning(
                "PROXIES is 0: behind a proxy every visitor would share one address and one limit.",
                hint="Set PROXIES to the number of proxies in front of this server.",
                id="groundswell.W012",
            )
        ]
    return []


def operator(**_: Any) -> list[CheckMessage]:
    missing = [
        name
        for name in ("OPERATOR_NAME", "OPERATOR_ADDRESS", "OPERATOR_EMAIL")
        if not getattr(settings, name)
    ]
    if missing:
        return [
            Warning(
                f"The imprint is incomplete: set {', '.join(missing)}.",
                id="groundswell.W013",
            )
        ]
    return []


def throw_away_cache(**_: Any) -> list[CheckMessage]:
    if not settings.REDIS_URL and not settings.EMBEDDED:
        return [
            Warning(
                "REDIS_URL is not set: limits are kept per process, so several processes "
                "let several times as much through.",
                id="groundswell.W014",
            )
        ]
    return []
