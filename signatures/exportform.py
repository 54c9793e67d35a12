"""The form of an organiser who wants a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import Letter
from signatures.exports import wish
from signatures.exports.document import PRINTABLE
from signatures.exports.presets import PRESETS
from signatures.exports.wish import Unwanted, Wish
from signatures.services import exporting

VOLUME = 250_000  # signatories, as first offered
BY_SIZE = "size"

FORMATS: dict[str, tuple[str | Promise, str | Promise]] = {
    wish.PDF: (
        _("PDF to hand over"),
        _("The letter, who signed it, and how that was counted. For the people you write to."),
    ),
    wish.CSV: (
        _("CSV"),
        _("One table for your own work, with what withheld signers wrote."),
    ),
    wish.XLSX: (_("Spreadsheet"), _("The same table for Excel, LibreOffice or Numbers.")),
    wish.JSON: (_("JSON"), _("The same data for a program.")),
    wish.PAPER: (_("Paper sheet"), _("Your letter’s head and empty lines, to print and sign.")),
}
COLUMNS = dict(
    zip(
        PRINTABLE,
        (
            _("Number in the list"),
            _("Title"),
            _("Name"),
            _("Affiliation"),
            _("Place"),
            _("Country"),
            _("Day of signing"),
            _("Comment"),
        ),
        strict=True,
    )
)
ONE = "one"
GROUPINGS = {ONE: _("One list"), "group": _("By group"), "country": _("By country")}
VOLUMES = {
    ONE: _("One document"),
    BY_SIZE: _("So many signatories in each"),
    "group": _("One for each group"),
    "country": _("One for each country"),
}


@dataclass(frozen=True)
class Card:
    """A format to choose, and what it is good for."""

    choice: Any
    name: str | Promise
    sentence: str | Promise


class ExportForm(forms.Form):
    """What an organiser wants to take along. Everything but the format has a good default."""

    error_css_class = "wrong"
    use_required_attribute = False

    format = forms.ChoiceField(
        label=_("File"),
        choices=[(value, name) for value, (name, _sentence) in FORMATS.items()],
        widget=forms.RadioSelect,
        initial=wish.PDF,
        error_messages={"required": _("Choose a file.")},
    )
    sort = forms.ChoiceField(
        label=_("Order"),
        choices=[("date", _("By day of signing")), ("name", _("By name"))],
        widget=forms.RadioSelect,
        initial="date",
    )
    public_only = forms.BooleanField(
        label=_("Leave out people who withhold their name"), required=False
    )
    layout = forms.ChoiceField(
        label=_("List"),
        choices=[("table", _("Table")), ("compact", _("Names running on: saves paper"))],
        widget=forms.RadioSelect,
        initial="table",
    )
    columns = forms.MultipleChoiceField(
        label=_("What is printed of each person"),
        choices=list(COLUMNS.items()),
        widget=forms.CheckboxSelectMultiple,
        initial=list(Wish().columns),
        error_messages={"required": _("A list of signatories needs their names.")},
    )
    grouping = forms.ChoiceField(
        label=_("Groups"), choices=list(GROUPINGS.items()), widget=forms.RadioSelect, initial=ONE
    )
    volumes = forms.ChoiceField(
        label=_("Volumes"), choices=list(VOLUMES.items()), widget=forms.RadioSelect, initial=ONE
    )
    size = forms.IntegerField(
        label=_("Signatories in each volume"),
        min_value=wish.SMALLEST,
        max_value=wish.LARGEST,
        initial=VOLUME,
        required=False,
        localize=False,
        widget=forms.NumberInput({"inputmode": "numeric", "step": 1}),
    )
    sign = forms.BooleanField(label=_("Sign the PDF digitally"), required=False, initial=True)
    preset = forms.ChoiceField(
        label=_("Made for"),
        choices=[
            ("", _("No program in particular")),
            *((name, preset.label) for name, preset in PRESETS.items()),
        ],
        required=False,
        help_text=_("A table as these programs import it: only people who want updates."),
    )

    def __init__(self, *args: Any, letter: Letter, **options: Any) -> None:
        options.setdefault("auto_id", "export_%s")
        super().__init__(*args, **options)
        self.letter = letter
        if not letter.groups:
            self._drop("group")
        if "country" not in letter.asks:
            self._drop("country")
        if len(self._choices("grouping")) == 1:
            del self.fields["grouping"]

    def _choices(self, field: str) -> list[Any]:
        chosen = self.fields[field]
        assert isinstance(chosen, forms.ChoiceField)
        return list(chosen.choices)  # type: ignore[arg-type]

    def _drop(self, key: str) -> None:
        for field in ("grouping", "volumes"):
            kept = [choice for choice in self._choices(field) if choice[0] != key]
            self.fields[field].choices = kept  # type: ignore[attr-defined]

    @property
    def cards(self) -> Iterator[Card]:
        for choice in self["format"]:
            name, sentence = FORMATS[choice.data["value"]]
            if self.letter.anonymous_hours is not None and choice.data["value"] == wish.CSV:
                sentence = ""  # there, nobody reads what withheld signers wrote
            yield Card(choice, name, sentence)

    @property
    def is_open(self) -> bool:
        """Whether something is wrong among the choices that are folded away."""
        return bool(set(self.errors) - {"format", "__all__"})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("volumes") == BY_SIZE and not given.get("size") and "size" not in self.errors:
            self.add_error("size", _("Say how many."))
        if not self.errors:
            self._settle()
        return given

    def _settle(self) -> None:
        try:
            exporting.settled(self.letter, self.wish())
        except Unwanted as unwanted:
            field = unwanted.field if unwanted.field in self.fields else None
            self.add_error(field, str(unwanted))

    def wish(self) -> Wish:
        given = self.cleaned_data
        grouping, volumes = given.get("grouping", ONE), given["volumes"]
        return Wish(
            format=given["format"],
            sort=given["sort"],
            public_only=given["public_only"],
            layout=given["layout"],
            columns=tuple(given["columns"]),
            grouping="" if grouping == ONE else grouping,
            volumes={ONE: "", BY_SIZE: str(given["size"])}.get(volumes, volumes),
            preset=given["preset"],
            sign=given["sign"],
        )


def in_words(wanted: Wish) -> list[str]:
    """What somebody chose that isn't as it always is."""
    said: list[str | Promise] = []
    if wanted.format != wish.PAPER:
        said.append(_("by name") if wanted.sort == "name" else _("by day of signing"))
    if wanted.public_only:
        said.append(_("names shown only"))
    if wanted.layout == "compact":
        said.append(_("names running on"))
    if wanted.grouping == "group":
        said.append(_("by group"))
    if wanted.grouping == "country":
        said.append(_("by country"))
    if wanted.preset in PRESETS:
        said.append(str(_("for {program}")).format(program=PRESETS[wanted.preset].label))
    return [str(one) for one in (*said, *_of_volumes(wanted))]


def _of_volumes(wanted: Wish) -> list[str | Promise]:
    if wanted.volumes == "group":
        return [_("a volume for each group")]
    if wanted.volumes == "country":
        return [_("a volume for each country")]
    if wanted.size:
        size = number_format(wanted.size, force_grouping=True)
        return [str(_("volumes of {size}")).format(size=size)]
    return []
