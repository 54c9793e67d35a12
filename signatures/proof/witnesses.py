"""Who shall see our log grow, and whose we see grow, as the settings have it."""

from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from signatures.log import checkpoint, note, policy
from signatures.log.note import Type, VerifierKey
from signatures.log.policy import Policy, Witness
from signatures.log.rejected import Rejected

Logs = dict[str, tuple[VerifierKey, ...]]


def asked() -> Policy:
    """WITNESSES: the operator's part of our policy, each witness with an address. Raises
    ImproperlyConfigured."""
    return _asked(settings.WITNESSES)


def watched() -> Logs:
    """WITNESSED_LOGS: the keys of each log that may ask us, by its origin. Raises
    ImproperlyConfigured."""
    return _watched(settings.WITNESSED_LOGS)


@lru_cache(maxsize=4)
def _asked(text: str) -> Policy:
    lines = _lines(text)
    if not any(line.startswith("quorum") for line in lines):
        lines.append(f"quorum {policy.NOBODY}")
    try:
        named = policy.parse("".join(f"{line}\n" for line in lines).encode())
    except Rejected as rejected:
        raise ImproperlyConfigured(f"WITNESSES: {rejected.reason}.") from None
    if named.logs:
        raise ImproperlyConfigured("WITNESSES names a log: those we watch go into WITNESSED_LOGS.")
    for witness in named.witnesses:
        _check_address(witness)
    return named


@lru_cache(maxsize=4)
def _watched(text: str) -> Logs:
    found: Logs = {}
    for line in _lines(text):
        try:
            key = note.parse_key(line)
            checkpoint.check_origin(key.name)
        except Rejected as rejected:
            raise ImproperlyConfigured(f"WITNESSED_LOGS: {rejected.reason}.") from None
        if key.type is not Type.ED25519:
            raise ImproperlyConfigured("WITNESSED_LOGS: a key there is a witness's, and no log's.")
        found[key.name] = (*found.get(key.name, ()), key)
    return found


def _lines(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


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
