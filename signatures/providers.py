"""Mail providers that put several spellings of an address into one mailbox: data for `mailbox`.

Only what a provider is widely known to do is listed; not all of it stands in a help page. A change
here changes who counts as the same person: raise `mailbox.CANONICAL_RULE` with it, and never while
letters are open.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Provider:
    """How one provider reads the part before the @, and which of its domains share a mailbox."""

    domains: frozenset[str]
    main: str = ""  # all domains lead to the same mailboxes, known by this one
    ignores: str = ""  # characters that make no difference
    same: tuple[str, str] = ("", "")  # the first is read as the second
    subdomains: bool = False  # anything@joan.domain is joan@domain


def _domains(text: str) -> frozenset[str]:
    return frozenset(text.split())


PROVIDERS = (
    Provider(_domains("gmail.com googlemail.com"), main="gmail.com", ignores="."),
    Provider(_domains("icloud.com me.com mac.com"), main="icloud.com"),
    Provider(
        _domains("proton.me protonmail.com protonmail.ch pm.me"), main="proton.me", ignores="._-"
    ),
    Provider(
        _domains("yandex.ru yandex.com yandex.by yandex.kz yandex.ua yandex.com.tr ya.ru narod.ru"),
        main="yandex.ru",
        same=(".", "-"),
    ),
    Provider(
        _domains(
            "fastmail.com fastmail.fm fastmail.cn fastmail.co.uk fastmail.de fastmail.es"
            " fastmail.in fastmail.jp fastmail.mx fastmail.net fastmail.nl fastmail.org"
            " fastmail.se fastmail.to fastmail.tw fastmail.uk fastmail.us"
        ),
        subdomains=True,
    ),
)

BY_DOMAIN = {domain: provider for provider in PROVIDERS for domain in provider.domains}
