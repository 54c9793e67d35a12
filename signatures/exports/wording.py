"""The dates, numbers and sentences of a printed document, in the language of its words."""

from collections.abc import Callable
from datetime import UTC, date

from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext, ngettext
from django_countries import countries

from signatures.exports.document import Document

_HAN_OF = {"ja": "ja", "ko": "ko", "zh-hant": "tc", "zh-tw": "tc", "zh-hk": "tc"}
_DAY_ALONE = {"en": "j", "de": "j.", "fr": "j"}  # in front of a later day of the same month


def words(language: str) -> str:
    """The language of everything we print around a letter: its own if we speak it."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return str(settings.LANGUAGE_CODE)


def stamp(document: Document) -> str:
    """The moment a document is of, for programs: in UTC wherever the site is."""
    return document.snapshot.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def han(language: str) -> str:
    """Whose shapes Han characters take in a text of this language."""
    tag = language.lower().replace("_", "-")
    return _HAN_OF.get(tag) or _HAN_OF.get(tag.split("-")[0], "sc")


def figures(spoken: str) -> Callable[[int], str]:
    """What writes a number in groups of digits: a position is written for every row."""
    with translation.override(spoken):
        size, mark = formats.get_format("NUMBER_GROUPING"), formats.get_format("THOUSAND_SEPARATOR")
    if size != 3:

        def slow(number: int) -> str:
            with translation.override(spoken):
                return formats.number_format(number, force_grouping=True)

        return slow
    return lambda number: f"{number:,}".replace(",", str(mark))


def day(on: date | None, spoken: str) -> str:
    """A day in full; nothing for none."""
    return "" if on is None else _day(on, "DATE_FORMAT", spoken)


def short_day(on: date, spoken: str) -> str:
    return _day(on, "SHORT_DATE_FORMAT", spoken)


def since(document: Document, spoken: str) -> str:
    """The first day without what the last day's says again: "3" of "3 and 20 November 2026"."""
    first, last = document.first_signed_on, document.last_signed_on
    if first is None or last is None or first.year != last.year:
        return day(first, spoken)
    alone = _DAY_ALONE.get(spoken.split("-", maxsplit=1)[0])
    if alone and first.month == last.month:
        return _day(first, alone, spoken)
    return _day(first, "MONTH_DAY_FORMAT", spoken)


def country(code: str) -> str:
    return str(countries.name(code) or code)


def lead(document: Document) -> str:
    """How the list is ordered, and who is not in it."""
    if not document.count:
        return gettext("Nobody has signed yet.")
    said = []
    if not document.anonymous_hours:  # a number alone is in no order
        said.append(_order(document))
        if document.layout == "table" and "position" in document.columns:
            said.append(gettext("The first column counts the lines of this list."))
    if document.withheld_count:
        said += _withheld(document)
    return " ".join(said)


def numbers_withheld(document: Document) -> bool:
    """Whether a number says how many withhold their name, and not a line for each."""
    listed = document.layout == "table" and not document.grouping
    return not listed or bool(document.anonymous_hours)


def _withheld(document: Document) -> list[str]:
    if not document.public_only:
        return [] if numbers_withheld(document) else [gettext("Names withheld come last.")]
    said = ngettext(
        "{count} person withholds their name and is not listed.",
        "{count} people withhold their name and are not listed.",
        document.withheld_count,
    )
    return [said.format(count=figures(words(document.language))(document.withheld_count))]


def _order(document: Document) -> str:
    by_name = document.sort == "name"
    if document.grouping == "country":
        if by_name:
            return gettext("By country, then by name.")
        return gettext("By country, then by day of signing and name.")
    if document.grouping:
        if by_name:
            return gettext("By group, then by name.")
        return gettext("By group, then by day of signing and name.")
    if by_name:
        return gettext("By name.")
    return gettext("By day of signing, then by name.")


def group(document: Document, key: str) -> str:
    """The heading of a group: its name, or its country's."""
    return _named(document.grouping, key)


def signatories(count: int, spoken: str) -> str:
    said = ngettext("{count} signatory", "{count} signatories", count)
    return said.format(count=figures(spoken)(count))


def people(count: int, spoken: str) -> str:
    return ngettext("{count} person", "{count} people", count).format(count=figures(spoken)(count))


def volume(document: Document) -> str:
    """Which volume this is; nothing where there is only one."""
    if document.parts < 2:
        return ""
    say = figures(words(document.language))
    return gettext("Volume {part} of {parts}").format(
        part=say(document.part), parts=say(document.parts)
    )


def held(document: Document) -> str:
    """What a volume holds."""
    if document.parts < 2:
        return ""
    if document.volumes in ("group", "country"):
        return _named(document.volumes, document.part_label)
    say = figures(words(document.language))
    return gettext("Signatories {first} to {last}").format(
        first=say(document.first_position), last=say(document.last_position)
    )


def _named(kind: str, key: str) -> str:
    if kind == "country":
        return country(key) if key else gettext("Country not given")
    return key or gettext("Without a group")


def addressees(document: Document, *, room: int) -> tuple[list[tuple[str, str]], str]:
    """Whom `room` letters can name, one at least, and a word for the others.

    A letter may go to a whole parliament.
    """
    named: list[tuple[str, str]] = []
    for name, role in document.targets:
        room -= len(name) + len(role)
        if named and room < 0:
            break
        named.append((name, role))
    rest = len(document.targets) - len(named)
    if not rest:
        return named, ""
    said = ngettext("{count} other", "{count} others", rest)
    return named, said.format(count=figures(words(document.language))(rest))


def _day(on: date, form: str, spoken: str) -> str:
    """A date is never broken between lines."""
    with translation.override(spoken):
        return formats.date_format(on, form).replace(" ", "\xa0")
