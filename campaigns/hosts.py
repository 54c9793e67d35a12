"""Which names a request may ask us by."""

from functools import lru_cache

from django.http.request import split_domain_port, validate_host


@lru_cache(maxsize=256)
def is_ours(host: str, allowed: tuple[str, ...]) -> bool:
    """As `HttpRequest.get_host` sees it."""
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)
