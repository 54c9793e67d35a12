"""A letter's own fields."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns import bcp47, moments, palette
from campaigns.forms.fields import Groups, Line, Needed, NeededText, WallClock
from campaigns.models import Letter
from campaigns.models.letter import slug_shape
from campaigns.services.drafting import RESERVED
from campaigns.text import BODY_LIMIT

OTHER = "other"  # a language or a colour that isn't in the list

ASKED: Mapping[str, Promise] = {
    "title": _("Title, like Dr."),
    "affiliation": _("Affiliation or profession"),
    "place": _("Place"),
    "country": _("Country"),
    "comment": _("Comment"),
}
_CODE = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
_WORDS = {"dir": "auto", "autocomplete": "off"}


class LetterForm(forms.Form):
    """Every field by name: whatever else a request carries is never looked at."""

    use_required_attribute = False

    title = Line(
        limit=150,
        label=_("Title"),
        widget=forms.TextInput(attrs=_WORDS),
        error_messages={"required": _("Give it a title.")},
    )
    sender = Needed(
        limit=150,
        label=_("From"),
        help_text=_("Who writes: a group, an organisation or you. It stands above the letter."),
        widget=forms.TextInput(attrs=_WORDS),
        error_messages={"required": _("Say who the letter is from.")},
    )
    body = NeededText(
        limit=BODY_LIMIT,
        label=_("Text"),
        widget=forms.Textarea(attrs=_WORDS | {"rows": 18}),
        error_messages={"required": _("Write the letter’s text.")},
    )
    summary = Line(
        limit=300,
        required=False,
        label=_("Summary"),
        help_text=_("One or two sentences for lists and for links people share."),
        widget=forms.Textarea(attrs=_WORDS | {"rows": 2}),
    )
    slug = forms.CharField(
        required=False,
        label=_("Address"),
        help_text=_(
            "Left empty, it is made from the title. It stays once the letter is published."
        ),
        widget=forms.TextInput(attrs=_CODE),
    )
    language = forms.ChoiceField(
        label=_("Language of the letter"),
        choices=[(tag, bcp47.own_name(tag)) for tag in bcp47.COMMON] + [(OTHER, _("Another one"))],
    )
    other_language = forms.CharField(
        required=False,
        label=_("Another language"),
        help_text=_("If it isn’t in the list: its tag, like gsw, es-MX or sr-Latn."),
        widget=forms.TextInput(attrs=_CODE),
    )
    colour = forms.ChoiceField(
        label=_("Colour"),
        choices=[*palette.LABELS.items(), (OTHER, _("Another one"))],
        widget=forms.RadioSelect,
    )
    own_colour = forms.CharField(
        required=False,
        label=_("Another colour"),
        help_text=_("As # and six digits, like #0b5563. It must be dark enough to read."),
        widget=forms.TextInput(attrs=_CODE),
    )
    goal = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1_000_000_000,
        localize=True,
        label=_("Goal"),
        help_text=_("How many signatures you hope for. You can raise it at any time."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    opens_at = WallClock(
        required=False, label=_("Opens"), help_text=_("Left empty, it opens when you publish it.")
    )
    closes_at = WallClock(
        required=False,
        label=_("Closes"),
        help_text=_("Then the form shuts. Links already sent work for 24 hours more."),
    )
    zone = forms.CharField(label=_("Time zone"), widget=forms.Select)
    asks = forms.MultipleChoiceField(
        required=False,
        choices=list(ASKED.items()),
        label=_("Also ask signers for"),
        help_text=_("Name and e-mail address are always asked. Ask for what the letter needs."),
        widget=forms.CheckboxSelectMultiple,
    )
    groups = Groups(
        required=False,
        label=_("Groups to choose from"),
        help_text=_(
            "One a line, like Members and Friends. Each signer picks one, and the PDF can list "
            "people by it. It is their own word: nobody checks it. If you change the names later, "
            "those who have signed keep the one they picked."
        ),
        widget=forms.Textarea(attrs=_WORDS | {"rows": 4}),
    )
    seats = forms.TypedChoiceField(
        coerce=int,
        choices=[(1, _("One")), (2, _("Two"))],
        label=_("People per mailbox"),
        help_text=_(
            "One mailbox, one signature is the stricter count. Two lets a couple who share an "
            "address both sign. Readers are told which rule holds."
        ),
        widget=forms.RadioSelect,
    )
    sensitive = forms.BooleanField(
        required=False,
        label=_("Move the count once a minute only"),
        help_text=_(
            "For letters that are dangerous to sign: nobody can tell from it who signed when."
        ),
    )

    def __init__(self, *args: Any, letter: Letter | None, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.letter, self.now = letter, now
        published = letter is not None and letter.is_published
        if published:
            del self.fields["slug"]
        for name in ("body", "sender"):
            field = self.fields[name]
            assert isinstance(field, Needed)
            field.lenient = not published
        chosen = str(self["zone"].value() or "")
        self.fields["zone"].widget.choices = list(_zones(chosen))

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).strip()
        if slug:
            slug_shape(slug)
        others = Letter.objects.exclude(pk=self.letter.pk) if self.letter else Letter.objects.all()
        if slug in RESERVED or (slug and others.filter(slug=slug).exists()):
            raise ValidationError(_("This address is taken. Choose another."))
        return slug

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        if zone not in moments.zones():
            raise ValidationError(_("Choose a time zone from the list."))
        return zone

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        self._one_of("language", "other_language", self._language)
        self._one_of("colour", "own_colour", self._colour)
        if "zone" not in given:
            return given  # without it a time is no moment
        self._moment("opens_at", last=False)
        self._moment("closes_at", last=True)
        opens, closes = given.get("opens_at"), given.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("It must close later than it opens."))
        stays = self.letter is not None and closes == self.letter.closes_at
        if closes and closes <= self.now and not stays:
            self.add_error("closes_at", _("This is in the past. Choose a later time."))
        return given

    def _one_of(self, name: str, other: str, read: Callable[[], str]) -> None:
        if name in self.errors or other in self.errors:
            return
        try:
            self.cleaned_data[name] = read()
        except (bcp47.NotALanguage, palette.BadColour) as bad:
            self.add_error(other, str(bad.reason))

    def _language(self) -> str:
        chosen = str(self.cleaned_data["language"])
        return bcp47.tag(self.cleaned_data["other_language"]) if chosen == OTHER else chosen

    def _colour(self) -> str:
        choice = str(self.cleaned_data["colour"])
        if choice in palette.NAMED:
            return palette.NAMED[choice].light
        own = palette.checked_hex(str(self.cleaned_data["own_colour"]).strip())
        palette.accent(own)  # refuses what can't be read
        return own

    def _moment(self, name: str, *, last: bool) -> None:
        local = self.cleaned_data.get(name)
        if local is None:
            return
        stored, zone = getattr(self.letter, name, None), self.cleaned_data["zone"]
        if stored and local == moments.on_the_wall(stored, zone):
            self.cleaned_data[name] = stored  # to the very second it was
            return
        try:
            self.cleaned_data[name] = moments.moment(local, zone, last=last)
        except moments.NoSuchTime as bad:
            self.add_error(name, str(bad.reason))


def _zones(chosen: str) -> Iterator[tuple[str, Any]]:
    """Places by continent; the old names (US/Eastern, Etc/GMT+1) only if one is chosen already."""
    continents = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Pacific")
    yield "UTC", "UTC"
    for continent in (*continents[:2], "Antarctica", *continents[2:], "Indian"):
        names = sorted(zone for zone in moments.zones() if zone.startswith(f"{continent}/"))
        yield continent, [(zone, zone.partition("/")[2].replace("_", " ")) for zone in names]
    if chosen in moments.zones() and "/" not in chosen and chosen != "UTC":
        yield chosen, chosen
