"""Tables as other programs like to import them: whom they hold, and under which heads.

A list of contacts is for writing to people, so each of these holds only those who asked for
updates. A name is never split: which of its words is the family's is a guess, and wrong for half
the world. It goes whole into the program's field for whole names, else into the one it greets by.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.utils import translation
from django_countries import countries

from signatures.exports.columns import Column, Signatory, Value
from signatures.exports.document import OrganiserRow

# What stands under a head: a field of the row, or what is made of the row and the letter's slug.
Source = str | Callable[[OrganiserRow, str], Value]


@dataclass(frozen=True, slots=True)
class Preset:
    """One program: the name in an export's options, what people call it, its heads in order."""

    name: str
    label: str
    heads: tuple[tuple[str, Source], ...]

    def columns(self, letter: str) -> tuple[Column, ...]:
        """For comma.stream and sheet.write; `letter` is the slug, which becomes the tag."""
        return tuple(_column(head, source, letter) for head, source in self.heads)

    @staticmethod
    def people(rows: Iterable[OrganiserRow]) -> Iterator[OrganiserRow]:
        """Those who asked for updates."""
        return (row for row in rows if row.updates and row.email)


class NotWished(Exception):
    """A row of somebody who didn't ask for updates was about to become a contact."""


def _column(head: str, source: Source, letter: str) -> Column:
    def read(row: Signatory) -> Value:
        if not (isinstance(row, OrganiserRow) and row.updates):
            raise NotWished
        value: Value = getattr(row, source) if isinstance(source, str) else source(row, letter)
        return value

    return Column(head, read, width=24)


def _company(row: OrganiserRow, letter: str) -> str:
    """A lead without one is refused."""
    return row.affiliation or "[not provided]"


def _country(row: OrganiserRow, letter: str) -> str:
    return _called(row.country)


def _two_letters(row: OrganiserRow, letter: str) -> str:
    return row.language.split("-")[0]


def _letter(row: OrganiserRow, letter: str) -> str:
    return letter


def _tags(row: OrganiserRow, letter: str) -> str:
    ref = row.ref.replace(",", " ").strip()
    return f"{letter},{ref}" if ref else letter


def _attributes(row: OrganiserRow, letter: str) -> str:
    told = {
        "letter": letter,
        "ref": row.ref,
        "language": row.language,
        "country": row.country,
        "place": row.place,
        "affiliation": row.affiliation,
        "opt_in_date": row.signed_on.isoformat(),
    }
    return json.dumps({key: value for key, value in told.items() if value}, ensure_ascii=False)


def _always(value: str) -> Source:
    def said(row: OrganiserRow, letter: str) -> str:
        return value

    return said


@cache
def _called(code: str) -> str:
    """A country's English name, as these programs spell it."""
    with translation.override("en"):
        return "United States" if code == "US" else str(countries.name(code))


PRESETS: Final = {
    preset.name: preset
    for preset in (
        Preset(
            "actionkit",
            "ActionKit",
            (
                ("email", "email"),
                ("prefix", "title"),
                ("first_name", "name"),
                ("city", "place"),
                ("country", _country),
                ("source", _letter),
                ("action_letter", _letter),
                ("action_ref", "ref"),
                ("action_language", "language"),
                ("action_country_code", "country"),
                ("action_affiliation", "affiliation"),
                ("action_updates", _always("yes")),
                ("action_opt_in_date", "signed_on"),
            ),
        ),
        Preset(
            "actionnetwork",
            "Action Network",
            (
                ("email", "email"),
                ("first_name", "name"),
                ("city", "place"),
                ("country", "country"),
                ("country_name", _country),
                ("language", "language"),
                ("affiliation", "affiliation"),
                ("letter", _letter),
                ("letter_ref", "ref"),
                ("updates", _always("yes")),
                ("opt_in_date", "signed_on"),
            ),
        ),
        Preset(
            "civicrm",
            "CiviCRM",
            (
                ("Email", "email"),
                ("First Name", "name"),
                ("City", "place"),
                ("Country", _country),
                ("Country Code", "country"),
                ("Contact Source", _letter),
                ("Affiliation", "affiliation"),
                ("Letter Ref", "ref"),
                ("Letter Language", "language"),
                ("Updates Opt-in", _always("yes")),
                ("Opt-in Date", "signed_on"),
            ),
        ),
        Preset(
            "hubspot",
            "HubSpot",
            (
                ("Email", "email"),
                ("First name", "name"),
                ("City", "place"),
                ("Country/Region", _country),
                ("Country code", "country"),
                ("Preferred language", "language"),
                (
                    "Legal basis for processing contact's data",
                    _always("Freely given consent from contact"),
                ),
                ("Affiliation", "affiliation"),
                ("Letter", _letter),
                ("Letter ref", "ref"),
                ("Opt-in date", "signed_on"),
            ),
        ),
        Preset(
            "listmonk",
            "listmonk",
            (("email", "email"), ("name", "name"), ("attributes", _attributes)),
        ),
        Preset(
            "mailchimp",
            "Mailchimp",
            (
                ("Email Address", "email"),
                ("First Name", "name"),
                ("Country", _country),
                ("Country Code", "country"),
                ("Language", "language"),
                ("Tags", _tags),
                ("Affiliation", "affiliation"),
                ("Updates Opt-in", _always("yes")),
                ("Opt-in Date", "signed_on"),
            ),
        ),
        Preset(
            "nationbuilder",
            "NationBuilder",
            (
                ("email", "email"),
                ("email_opt_in", _always("Y")),
                ("prefix", "title"),
                ("name", "name"),
                ("city", "place"),
                ("country", _country),
                ("country_code", "country"),
                ("language", _two_letters),
                ("tag_list", _tags),
                ("affiliation", "affiliation"),
                ("opt_in_date", "signed_on"),
            ),
        ),
        Preset(
            "salesforce",
            "Salesforce",
            (
                ("Last Name", "name"),
                ("Company", _company),
                ("Email", "email"),
                ("City", "place"),
                ("Country", _country),
                ("Country Code", "country"),
                ("Language", "language"),
                ("Letter", _letter),
                ("Letter Ref", "ref"),
                ("Updates Opt-in", _always("yes")),
                ("Opt-in Date", "signed_on"),
            ),
        ),
    )
}
