"""Slips of the finger in the part of an address after the @: what was probably meant.

It only asks: nothing is changed, kept or refused by it. Whatever is a common provider's own name
is right as it stands, and so is every domain that is not very close to one.
"""

from signatures.providers import BY_DOMAIN

# Commonest first: of two that are as close, the first is asked about.
_LISTED = """
    gmail.com web.de gmx.de hotmail.com outlook.com yahoo.com t-online.de gmx.net icloud.com
    yahoo.de orange.fr hotmail.fr free.fr yahoo.fr wanadoo.fr laposte.net sfr.fr outlook.fr
    live.fr freenet.de googlemail.com aol.com outlook.de hotmail.de posteo.de mailbox.org live.de
    gmx.at gmx.ch arcor.de live.com me.com msn.com proton.me protonmail.com bluewin.ch
    hotmail.co.uk yahoo.co.uk aol.de vodafone.de o2online.de kabelmail.de online.de email.de
    mail.de gmx.com gmx.fr gmx.eu mac.com mail.com ymail.com rocketmail.com pm.me tutanota.com
    tutanota.de tuta.io posteo.net systemli.org riseup.net neuf.fr bbox.fr numericable.fr
    aliceadsl.fr club-internet.fr hispeed.ch sunrise.ch chello.at a1.net aon.at telenet.be
    skynet.be libero.it wp.pl seznam.cz mail.ru yandex.ru btinternet.com sky.com comcast.net
    verizon.net att.net fastmail.com zoho.com hey.com
"""
DOMAINS = tuple(_LISTED.split())
# Nobody means these by accident, near as they are.
_OTHERS = "email.com orange.com vodafone.com online.com online.fr tuta.com tutamail.com keemail.me"
_KNOWN = frozenset([*DOMAINS, *_OTHERS.split(), *BY_DOMAIN])

# Who has these under the endings of many countries: hotmail.it and yahoo.com.br are no slips.
_EVERYWHERE = frozenset(["gmx", "hotmail", "live", "outlook", "yahoo"])
_SLIPS_OF_COM = frozenset(["cm", "co", "om"])  # countries too, but no mail is there

LONG = 10  # letters of a domain in which two slips are still near
_SURE = 5  # letters of a provider's name that are enough without the ending


def suggest(address: str) -> str | None:
    """The address with the provider's name as it was probably meant; None when there is no doubt.

    `address` is one as `mailbox.parse` gives it; the part before the @ stays as it is.
    """
    local, _at, domain = address.rpartition("@")
    domain = domain.lower()
    if not local or domain in _KNOWN or _is_national(domain):
        return None
    found = _by_name(domain, most=0) or _nearest(domain) or _by_name(domain, most=1)
    return f"{local}@{found}" if found else None


def distance(one: str, other: str, *, most: int) -> int:
    """How many letters to put in, leave out, exchange or turn round with their neighbour; at least
    `most` + 1 where there are more (optimal string alignment)."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, a in enumerate(one, start=1):
        line = [row]
        for column, b in enumerate(other, start=1):
            cost = min(above[column] + 1, line[-1] + 1, above[column - 1] + (a != b))
            turned = row > 1 and column > 1 and a == other[column - 2] and one[row - 2] == b
            line.append(min(cost, before[column - 2] + 1) if turned else cost)
        before, above = above, line
    return above[-1]


def _is_national(domain: str) -> bool:
    name, _dot, ending = domain.partition(".")
    last = ending.removeprefix("co.").removeprefix("com.")
    return name in _EVERYWHERE and len(last) == 2 and ending not in _SLIPS_OF_COM


def _nearest(domain: str) -> str | None:
    most = 2 if len(domain) >= LONG else 1
    ranked = [(distance(domain, known, most=most), place) for place, known in enumerate(DOMAINS)]
    slips, place = min(ranked)
    return DOMAINS[place] if slips <= most else None


def _by_name(domain: str, *, most: int) -> str | None:
    """`gmail.de`, `t-online.com`: the name is right and the ending is not; or, with one slip in
    each, `gmial.con`."""
    name, _dot, ending = domain.rpartition(".")
    for known in DOMAINS:
        known_name, _dot, known_ending = known.partition(".")
        if len(known_name) < _SURE or distance(name, known_name, most=most) > most:
            continue
        if not most or distance(ending, known_ending, most=1) <= 1:
            return known
    return None
