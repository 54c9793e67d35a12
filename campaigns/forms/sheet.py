"""A letter as it lies on the organiser's desk."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundWidget
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaigns import bcp47, moments, palette
from campaigns.forms import targets
from campaigns.forms.letter import OTHER
from campaigns.forms.privacy import WholeForm
from campaigns.models import Letter, Organiser
from campaigns.models.letter import FIELDS
from campaigns.palette import Accent
from campaigns.services.drafting import Draft
from campaigns.services.promising import SETTLED


class Sheet:
    """A letter as it lies on the organiser's desk: its fields and the rows of those it goes to."""

    def __init__(
        self,
        *,
        letter: Letter | None,
        organiser: Organiser,
        now: datetime,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.letter = letter
        begun = {} if data is not None else _begun(letter, organiser)
        rows = [] if data is not None else _rows(letter)
        self.form = WholeForm(data, letter=letter, now=now, initial=begun)
        self.targets = targets.TargetSet(data, prefix="to", initial=rows)
        self.targets.needed = letter is not None and letter.is_published

    def is_valid(self) -> bool:
        # Both, so that every complaint is told at once.
        return all([self.form.is_valid(), self.targets.is_valid()])

    def draft(self) -> Draft:
        """What was typed. Only of a valid sheet."""
        given = self.form.cleaned_data
        return Draft(
            title=given["title"],
            body=given["body"],
            sender=given["sender"],
            targets=self.targets.addressees(),
            summary=given["summary"],
            slug=given.get("slug", ""),
            language=given["language"],
            accent=given["colour"],
            goal=given["goal"],
            opens_at=given["opens_at"],
            closes_at=given["closes_at"],
            zone=given["zone"],
            asks=[name for name in FIELDS if name in given["asks"]],
            groups=given["groups"],
            seats=given["seats"],
            sensitive=given["sensitive"],
            **{name: given[name] for name in SETTLED if name in given},
        )

    def take(self, bad: ValidationError) -> None:
        """A service's complaint, at the field it is about."""
        found = bad.message_dict if hasattr(bad, "error_dict") else {"": bad.messages}
        for name, messages in found.items():
            self.form.add_error(name if name in self.form.fields else None, messages)

    def retyped(self, *, more: int = 0) -> "Sheet":
        """The same sheet, nothing complained about, with `more` rows for addressees."""
        rows = [_typed(form) for form in self.targets.forms]
        self.form = WholeForm(letter=self.letter, now=self.form.now, initial=_typed(self.form))
        blank: list[dict[str, Any]] = [{} for _row in range(more)]
        needed = self.targets.needed
        self.targets = targets.TargetSet(prefix="to", initial=[*rows, *blank][: targets.MOST])
        self.targets.needed = needed
        return self

    @property
    def is_wrong(self) -> bool:
        return any([self.form.errors, self.targets.total_error_count()])

    @property
    def complaints(self) -> list[tuple[str, str | Promise, str]]:
        """Every complaint about a field in the order of the page: where it is, its label, what."""
        found: list[tuple[str, str | Promise, str]] = []
        for bound in self.form.visible_fields():
            found += [(_place(bound), bound.label, str(error)) for error in bound.errors]
            if bound.name == "sender":
                found += self._complaints_about_rows()
        return found

    def _complaints_about_rows(self) -> Iterator[tuple[str, str | Promise, str]]:
        for number, row in enumerate(self.targets.forms, start=1):
            for bound in row.visible_fields():
                label = _("Addressee {number}").format(number=number)
                yield from ((_place(bound), label, str(error)) for error in bound.errors)

    @property
    def swatches(self) -> list[tuple[BoundWidget, Accent | None]]:
        """The colours to choose from, each with how it looks on light and on dark paper."""
        return [
            (choice, palette.NAMED.get(str(choice.data["value"])))
            for choice in self.form["colour"].subwidgets
        ]

    @property
    def has_room(self) -> bool:
        return len(self.targets.forms) < targets.MOST


def _place(bound: forms.BoundField) -> str:
    return f"{bound.auto_id}_0" if bound.use_fieldset else bound.id_for_label


def _typed(form: forms.BaseForm) -> dict[str, Any]:
    return {bound.name: bound.data for bound in form}


def _begun(letter: Letter | None, organiser: Organiser) -> dict[str, Any]:
    if letter is None:
        return {
            "sender": organiser.name,
            "language": get_language() or settings.LANGUAGE_CODE,
            "colour": palette.DEFAULT,
            "zone": settings.TIME_ZONE,
            "asks": ["affiliation", "place"],
            "seats": 1,
            "privacy_contact": organiser.email,
        }
    named = {accent.light: name for name, accent in palette.NAMED.items()}
    common = letter.language in bcp47.COMMON
    return {
        "title": letter.title,
        "slug": letter.slug,
        "summary": letter.summary,
        "body": letter.body,
        "sender": letter.sender,
        "language": letter.language if common else OTHER,
        "other_language": "" if common else letter.language,
        "colour": named.get(letter.accent, OTHER),
        "own_colour": "" if letter.accent in named else letter.accent,
        "goal": letter.goal,
        "opens_at": _wall(letter.opens_at, letter.zone),
        "closes_at": _wall(letter.closes_at, letter.zone),
        "zone": letter.zone,
        "asks": letter.asks,
        "groups": "\n".join(letter.groups),
        "seats": letter.seats,
        "sensitive": letter.sensitive,
        **{name: getattr(letter, name) for name in SETTLED},
        "privacy_contact": letter.privacy_contact or organiser.email,
    }


def _wall(moment: datetime | None, zone: str) -> str:
    if moment is None:
        return ""
    shown = moments.on_the_wall(moment, zone)
    return shown.isoformat(timespec="seconds" if shown.second else "minutes")


def _rows(letter: Letter | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    if letter is not None:
        rows = [
            {"name": one.name, "role": one.role, "email": one.email} for one in letter.targets.all()
        ]
    blank = max(targets.BLANK - len(rows), min(1, targets.MOST - len(rows)))
    return [*rows, *({} for _row in range(blank))]
