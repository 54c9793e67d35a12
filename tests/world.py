"""People from everywhere: the same ones each time, in the scripts they write their names in."""

import datetime as dt
import random
from collections.abc import Iterator
from functools import cache

from faker import Faker

from signatures.exports.document import Row

_LATIN = (
    *("en_GB", "en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL", "pt_BR", "nl_NL"),
    *("sv_SE", "cs_CZ", "tr_TR", "hu_HU", "ro_RO"),
)
# Of a hundred people, how many write otherwise.
_OTHERS = {
    "ru_RU": 6,
    "uk_UA": 3,
    "el_GR": 3,
    "ar_SA": 5,
    "fa_IR": 2,
    "he_IL": 2,
    "zh_CN": 5,
    "zh_TW": 1,
    "ja_JP": 3,
    "ko_KR": 2,
    "hi_IN": 4,
    "bn_BD": 2,
    "ta_IN": 2,
    "th_TH": 2,
    "ka_GE": 1,
    "hy_AM": 1,
}
_WEIGHTS = list(_OTHERS.values())
_CLOSED_UP = {"zh_CN", "zh_TW", "ko_KR"}  # family name first, no space between
_FAMILY_FIRST = {"ja_JP", "hu_HU"}
_MARKS = ("🌍", "✊🏽", "❤️", "👩🏿‍🌾", "🇺🇦", "🎉")
_PLACES_OF_WORK = ("University of {}", "{} City Council", "Friends of {}", "Hospital of {}")


@cache
def _pool(locale: str) -> tuple[list[str], list[str], list[str]]:
    fake = Faker(locale)
    fake.seed_instance(7)
    return (
        sorted({fake.first_name() for _ in range(400)}),
        sorted({fake.last_name() for _ in range(400)}),
        sorted({fake.city() for _ in range(150)}),
    )


def rows(count: int, *, seed: int = 42, withheld: float = 0.15) -> Iterator[Row]:
    """`count` signatories, a sixth of them without their name."""
    chance = random.Random(seed)  # the same people every time
    first = dt.date(2026, 11, 3)
    for position in range(1, count + 1):
        on = first + dt.timedelta(days=18 * (position - 1) // count)
        if chance.random() < withheld:
            yield Row(position=position, name="", signed_on=on, withheld=True)
            continue
        name, place = _person(chance)
        yield Row(
            position=position,
            name=name,
            affiliation=chance.choice(_PLACES_OF_WORK).format(place)
            if chance.random() < 0.4
            else "",
            place=place,
            country=chance.choice(("DE", "JP", "")) if chance.random() < 0.2 else "",
            signed_on=on,
        )


def _person(chance: random.Random) -> tuple[str, str]:
    if chance.random() * 100 < sum(_WEIGHTS):
        locale = chance.choices(list(_OTHERS), _WEIGHTS)[0]
    else:
        locale = chance.choice(_LATIN)
    given, family, places = (chance.choice(pool) for pool in _pool(locale))
    if locale in _CLOSED_UP:
        name = family + given
    elif locale in _FAMILY_FIRST:
        name = f"{family} {given}"
    else:
        name = f"{given} {family}"
    if chance.random() < 0.01:
        name += " " + chance.choice(_MARKS)
    return name, places
