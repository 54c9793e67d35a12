"""Who asks, as an address on the network: the one notion of it here, and never stored as it is."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import structlog
from django.conf import settings
from django.http import HttpRequest

from campaigns import sealing
from campaigns.services import daykeying

Address = IPv4Address | IPv6Address

log = structlog.get_logger(__name__)
_warned: set[str] = set()


def address(request: HttpRequest) -> Address | None:
    return seen(request.META.get("REMOTE_ADDR", ""), request.headers)


def seen(remote: str, headers: Mapping[str, str]) -> Address | None:
    """The client's address: what the outermost of our PROXIES saw, or the socket's other end.

    Anybody can write X-Forwarded-For; only the entries our own proxies appended are read. They are
    asked for by names in small letters.
    """
    forwarded = headers.get("x-forwarded-for", "")
    if not settings.PROXIES:
        if forwarded or "forwarded" in headers:
            _warn_of_proxy()
        return _parsed(remote)
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    if len(hops) >= settings.PROXIES:
        found = _parsed(hops[-settings.PROXIES])
        if found is not None:
            return found
    return _parsed(remote)


def household(request: HttpRequest) -> str:
    return household_of(address(request))


def household_of(found: Address | None) -> str:
    """A keyed digest of the address (of the /64 in IPv6, which is one customer): for limits."""
    size = 32 if found is None or found.version == 4 else 64
    return _digest(found, size, "household").hex()


def alias(request: HttpRequest) -> IPv6Address:
    """The household as an address of a private network (RFC 4193), where one must be given: its
    first half is a keyed digest, the rest zeros."""
    digest = bytes.fromhex(household(request))
    return IPv6Address(b"\xfd" + digest[:7] + bytes(8))


def first_part(request: HttpRequest) -> Address:
    """The /24 or /48 the client is in; an unspecified address when nobody knows."""
    found = address(request)
    if found is None:
        return IPv6Address(0)
    return ip_network((found, 24 if found.version == 4 else 48), strict=False).network_address


def network(request: HttpRequest, at: datetime) -> bytes | None:
    """A digest of the /24 or /48 under the key of that day (UTC): it tells a flood from one place,
    and once that key is gone, nothing."""
    found = address(request)
    if found is None:
        return None
    key = daykeying.key_of(at.astimezone(UTC).date())
    return hmac.digest(key, _name(found, 24 if found.version == 4 else 48), "sha256")


def _parsed(text: str) -> Address | None:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # IPv4 with a port, as some proxies write it
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _digest(found: Address | None, size: int, purpose: str) -> bytes:
    secret = settings.SECRET_KEY.encode()
    key = sealing.derived(secret, b"groundswell/client/" + purpose.encode())
    return hmac.digest(key, _name(found, size), "sha256")


def _name(found: Address | None, size: int) -> bytes:
    if found is None:
        return b"nobody"
    return ip_network((found, size), strict=False).with_prefixlen.encode()


def _warn_of_proxy() -> None:
    if not _warned:
        _warned.add("proxy")
        log.error(
            "PROXIES is 0 but forwarding headers arrive: if a proxy of yours stands in front, all "
            "visitors share one address and one limit. Set PROXIES to the number of your proxies."
        )
