"""What somebody wants of an export, as plain data: the same from a form, a command and a row."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from signatures.exports.document import PRINTABLE
from signatures.exports.presets import PRESETS

PDF, CSV, XLSX, JSON, PAPER = "pdf", "csv", "xlsx", "json", "paper"
FORMATS: Final = (PDF, CSV, XLSX, JSON, PAPER)
SORTS: Final = ("date", "name")
LAYOUTS: Final = ("table", "compact")
KEYS: Final = ("group", "country")  # what a list can be parted by
SMALLEST, LARGEST = 100, 1_000_000  # signatories of one volume, when somebody says how many

# Which options mean something for which format; the others stay as they are by default.
_MEANT: Final = {
    PDF: {"sort", "public_only", "layout", "columns", "grouping", "volumes", "sign"},
    CSV: {"sort", "public_only", "preset"},
    XLSX: {"sort", "public_only", "preset"},
    JSON: {"sort", "public_only"},
    PAPER: set[str](),
}


class Unwanted(Exception):
    """Nobody can have this; `reason` is for who asked, `field` names the option."""

    def __init__(self, field: str, reason: str | Promise) -> None:
        super().__init__(field)
        self.field, self.reason = field, reason

    def __str__(self) -> str:
        return str(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A format and everything that can be chosen about it.

    `volumes` is "" for one document, how many signatories a volume holds, "group" or "country".
    """

    format: str = PDF
    sort: str = "date"
    public_only: bool = False
    layout: str = "table"
    columns: tuple[str, ...] = PRINTABLE[:-1]
    grouping: str = ""
    volumes: str = ""
    preset: str = ""
    sign: bool = True

    @classmethod
    def from_options(
        cls, options: Mapping[str, Any], *, kind: str, sort: str, public_only: bool
    ) -> Self:
        """As an export's row keeps it; an option it does not know of is as by default."""
        known = {field.name for field in fields(cls)}
        given = {name: value for name, value in options.items() if name in known}
        if "columns" in given:
            given["columns"] = tuple(given["columns"])
        return cls(**given | {"format": kind, "sort": sort, "public_only": public_only})

    def as_options(self) -> dict[str, Any]:
        """What has no column of its own in an export's row."""
        return {
            "layout": self.layout,
            "columns": list(self.columns),
            "grouping": self.grouping,
            "volumes": self.volumes,
            "preset": self.preset,
            "sign": self.sign,
        }

    def settled(self, *, groups: bool, countries: bool) -> Self:
        """The same wish with nothing in it that its format has no use for.

        `groups` and `countries` say what the letter's signers can be parted by. Raises Unwanted.
        """
        if self.format not in FORMATS:
            raise Unwanted("format", _("There is no such file."))
        default = type(self)()
        meant = _MEANT[self.format] | {"format"}
        dropped = {
            field.name: getattr(default, field.name)
            for field in fields(self)
            if field.name not in meant
        }
        kept = replace(self, **dropped)
        kept._check(groups=groups, countries=countries)
        if kept.volumes in KEYS:  # a volume of one group needs no headings
            kept = replace(kept, grouping="")
        return replace(kept, columns=tuple(one for one in PRINTABLE if one in kept.columns))

    def _check(self, *, groups: bool, countries: bool) -> None:
        if self.sort not in SORTS:
            raise Unwanted("sort", _("There is no such order."))
        if self.layout not in LAYOUTS:
            raise Unwanted("layout", _("There is no such layout."))
        if not set(self.columns) <= set(PRINTABLE):
            raise Unwanted("columns", _("There is no such column."))
        if "name" not in self.columns:
            raise Unwanted("columns", _("A list of signatories needs their names."))
        if self.preset and self.preset not in PRESETS:
            raise Unwanted("preset", _("There is no such program."))
        for field in ("grouping", "volumes"):
            _check_key(field, getattr(self, field), groups=groups, countries=countries)

    @property
    def key(self) -> str:
        """What the list is parted by: "group", "country" or nothing."""
        return self.volumes if self.volumes in KEYS else self.grouping

    @property
    def size(self) -> int:
        """How many signatories somebody wants in a volume; 0 when they didn't say."""
        return int(self.volumes) if self.volumes.isdecimal() else 0


def _check_key(field: str, value: str, *, groups: bool, countries: bool) -> None:
    if value == "group" and not groups:
        raise Unwanted(field, _("This letter has no groups."))
    if value == "country" and not countries:
        raise Unwanted(field, _("This letter does not ask for the country."))
    if not value or value in KEYS:
        return
    if field == "grouping":
        raise Unwanted(field, _("A list is grouped by group or by country."))
    if not (value.isascii() and value.isdecimal() and SMALLEST <= int(value) <= LARGEST):
        reason = _("A volume holds from {smallest} to {largest} signatories.")
        raise Unwanted(field, str(reason).format(smallest=SMALLEST, largest=f"{LARGEST:,}"))
