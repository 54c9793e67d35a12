"""The sign form: what a supporter types, cleaned, with every sentence they may need."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from campaigns import caching
from campaigns.forms.fields import Line, Paragraphs
from campaigns.models import Letter
from signatures import mailbox, notices, personal, tokens
from signatures.mailbox import Mailbox
from signatures.personal import LIMITS, Person
from signatures.services.signing import Wish

_TOGETHER = _(
    "Never shown to anyone. Two people may share this address: each signs with their own name, and "
    "for each one mail comes to it, with a button to press."
)
RADIOS = 6  # more groups than this are a list to fold out


class MailboxField(forms.CharField):
    def clean(self, value: Any) -> Mailbox | None:
        text = super().clean(value)
        try:
            return mailbox.parse(text)
        except mailbox.BadAddress as bad:
            raise forms.ValidationError(str(bad.reason), code="address") from None


class ChoiceOfShowing(forms.ChoiceField):
    """The page asks for a choice and ticks none; who sends neither is not shown."""

    def clean(self, value: Any) -> bool:
        return bool(super().clean(value or "off") == "on")


class CountryField(forms.ChoiceField):
    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).strip().upper()


class GroupField(forms.ChoiceField):
    """A few can be read at a glance; many are folded away."""

    def offer(self, names: list[str]) -> None:
        self.widget = forms.RadioSelect() if len(names) <= RADIOS else forms.Select()
        self.widget.is_required = self.required
        nothing = [] if len(names) <= RADIOS else [("", "")]
        self.choices = [*nothing, *((name, name) for name in names)]


def _countries() -> Iterable[tuple[str, Any]]:
    return [("", ""), *countries]


def _words(autocomplete: str, **more: str) -> forms.TextInput:
    return forms.TextInput({"autocomplete": autocomplete, "dir": "auto", **more})


class SignForm(forms.Form):
    """`letter.asks` says which fields there are besides name and address."""

    error_css_class = "wrong"
    name = Line(
        label=_("Your name"),
        limit=LIMITS["name"],
        widget=_words("name", autocapitalize="words", spellcheck="false"),
        error_messages={"required": _("Write your name.")},
    )
    email = MailboxField(
        label=_("Your e-mail address"),
        help_text=_("Never shown to anyone. One mail comes to it, with a button to press."),
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": _("Write your e-mail address: the mail with the button goes there.")
        },
    )
    title = Line(
        label=notices.LABELS["title"],
        limit=LIMITS["title"],
        required=False,
        widget=_words("honorific-prefix"),
    )
    affiliation = Line(
        label=notices.LABELS["affiliation"],
        limit=LIMITS["affiliation"],
        required=False,
        widget=_words("organization"),
    )
    place = Line(
        label=notices.LABELS["place"],
        limit=LIMITS["place"],
        required=False,
        widget=_words("address-level2"),
    )
    country = CountryField(
        label=notices.LABELS["country"],
        choices=_countries,
        required=False,
        widget=forms.Select({"autocomplete": "country"}),
        error_messages={"invalid_choice": _("Choose a country from the list.")},
    )
    group = GroupField(
        label=_("I sign as"),
        error_messages={
            "required": _("Choose what you sign as."),
            "invalid_choice": _("Choose what you sign as from the list."),
        },
    )
    comment = Paragraphs(
        label=notices.LABELS["comment"],
        limit=LIMITS["comment"],
        required=False,
        help_text=_("Shown beside your name, if you show it."),
        widget=forms.Textarea({"rows": 4, "dir": "auto", "autocomplete": "off"}),
    )
    public = ChoiceOfShowing(
        label=_("On the public list"),
        choices=[
            ("on", notices.SHOW),
            ("off", notices.WITHHOLD),
        ],
        help_text=notices.EITHER_WAY,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose whether your name is shown or withheld.")},
    )
    updates = forms.BooleanField(label=notices.UPDATES, required=False)
    topic = forms.CharField(required=False)  # the trap: no person sees it, programs fill it in
    language = forms.CharField(required=False, widget=forms.HiddenInput)
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, letter: Letter, **options: Any) -> None:
        options.setdefault("auto_id", "sign_%s")
        super().__init__(*args, **options)
        self.letter = letter
        for field in ("title", "affiliation", "place", "country", "comment"):
            if field not in letter.asks:
                del self.fields[field]
        if letter.groups:
            group = self.fields["group"]
            assert isinstance(group, GroupField)
            group.offer(letter.groups)
        else:
            del self.fields["group"]
        if letter.anonymous_hours is not None:
            self._ask_less()
        if letter.seats > 1:
            self.fields["email"].help_text = _TOGETHER

    def _ask_less(self) -> None:
        """Nobody’s name is shown, and whose address is gone can be sent no news: no choice."""
        del self.fields["public"], self.fields["updates"]
        self.fields["name"].help_text = _(
            "Seen by nobody: it stands in the mail to you, and is erased soon after."
        )

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """What people fill in, in the order of the page."""
        return [self[name] for name in self.fields if name not in {"topic", "language", "token"}]

    @cached_property
    def fresh_token(self) -> str:
        """Names the text this page shows; the one that was posted may be too old."""
        revision = self.letter.revision
        assert revision is not None  # only published letters have a form
        return tokens.make_form(self.letter.uid, revision.number, at=caching.tick(timezone.now()))

    @cached_property
    def notice(self) -> notices.Shown:
        return notices.shown(self.letter, self.page_language)

    @property
    def page_language(self) -> str:
        return get_language() or settings.LANGUAGE_CODE

    def clean_updates(self) -> bool:
        return self.data.get("updates") == "on"

    def clean_language(self) -> str:
        known = {code for code, _name in settings.LANGUAGES}
        wanted = self.cleaned_data["language"]
        return wanted if wanted in known else self.page_language

    def clean_token(self) -> int | None:
        """The number of the revision the page showed; None for a POST without a page."""
        token = self.cleaned_data["token"]
        if not token:
            return None
        try:
            return tokens.read_form(token, self.letter.uid, now=timezone.now()).revision
        except tokens.ExpiredForm as old:
            raise forms.ValidationError(old.reason, code="stale") from None
        except tokens.BadToken:
            again = _(
                "This page did not arrive whole. What you typed is still here: please sign again."
            )
            raise forms.ValidationError(again, code="stale") from None

    @property
    def is_bare(self) -> bool:
        return self.cleaned_data["token"] is None

    @property
    def is_trapped(self) -> bool:
        return bool(self.cleaned_data["topic"])

    @property
    def mailbox(self) -> Mailbox:
        found: Mailbox = self.cleaned_data["email"]
        return found

    def wish(self, *, ref: str, network: bytes | None) -> Wish:
        given = self.cleaned_data
        return Wish(
            person=Person(**{field: given.get(field, "") for field in personal.FIELDS}),
            mailbox=given["email"],
            public=given.get("public", False),
            updates=given.get("updates", False),
            country=given.get("country", ""),
            language=given["language"],
            ref=ref,
            network=network,
        )
