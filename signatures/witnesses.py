"""Whom we ask to witness our log, as WITNESSES says it, and that they can be asked."""

from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from signatures import standing
from signatures.log.policy import BadPolicy, Policy, Witness


def asked() -> Policy:
    """Witnesses, groups and quorum, each witness with an address. Raises ImproperlyConfigured."""
    try:
        named = standing.witnesses()
    except BadPolicy as bad:
        raise ImproperlyConfigured(f"WITNESSES: {bad.reason}.") from None
    if named.logs:
        raise ImproperlyConfigured("WITNESSES names a log: those we watch go into WITNESSED_LOGS.")
    for witness in named.witnesses:
        _check_address(witness)
    return named


@lru_cache(maxsize=64)
def _check_address(witness: Witness) -> None:
    """Whoever changes answers on their way could freeze us, so they travel over TLS."""
    try:
        address = urlsplit(witness.url)
        host, _ = address.hostname or "", address.port
    except ValueError:
        raise ImproperlyConfigured(f"WITNESSES: the address of {witness.name} is none.") from None
    plain = address.scheme == "http" and _is_here(host)
    odd = not host or address.query or address.fragment or "@" in address.netloc
    if odd or not witness.url.isascii() or not (plain or address.scheme == "https"):
        raise ImproperlyConfigured(
            f"WITNESSES: {witness.name} needs an https address without password and query."
        )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
