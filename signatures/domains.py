"""Asking DNS whether a domain takes mail, where the installation wants that."""

import dns.exception
import dns.resolver

SECONDS = 2.0


def takes_mail(domain: str) -> bool:
    """False only when DNS itself says so; a resolver that can't be reached refuses nobody."""
    try:
        resolver = dns.resolver.Resolver()
    except (dns.exception.DNSException, OSError):
        return True
    resolver.lifetime = SECONDS / 2  # MX first, then an address: two questions at most
    try:
        found = resolver.resolve(domain, "MX")
        return any(str(one.exchange) != "." for one in found)
    except dns.resolver.NXDOMAIN:
        return False
    except dns.resolver.NoAnswer:
        return _has_address(resolver, domain)
    except (dns.exception.DNSException, OSError):
        return True


def _has_address(resolver: dns.resolver.Resolver, domain: str) -> bool:
    """Mail goes to the address itself where no MX is named (RFC 5321, 5.1)."""
    try:
        return bool(resolver.resolve_name(domain))
    except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
        return False
    except (dns.exception.DNSException, OSError):
        return True
