"""Fields that keep the same rules as the services, and complain at the same places."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns import cleaning

_TIMES = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")


class Needed(forms.CharField):
    """A text every published letter has, and a draft may lack for a while."""

    lenient = False

    def __init__(self, *, limit: int, **options: Any) -> None:
        super().__init__(strip=False, **options)
        self.limit = limit

    def clean(self, value: Any) -> str:
        text = self.to_python(value) or ""
        try:
            cleaned = self.cleaned(text)
        except cleaning.BadText as bad:
            raise ValidationError(str(bad.reason)) from bad
        if not (self.lenient and not cleaned):
            self.validate(cleaned)
        return cleaned

    def cleaned(self, text: str) -> str:
        return cleaning.line(text, limit=self.limit)


class NeededText(Needed):
    widget = forms.Textarea

    def cleaned(self, text: str) -> str:
        return cleaning.paragraphs(text, limit=self.limit, markdown=True)


class WallClock(forms.Field):
    """A day and a time as clocks there show it; which clocks, the form's time zone says."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        text = str(value or "").strip()
        if not text:
            return None
        for shape in _TIMES:
            try:
                return datetime.strptime(text, shape)  # noqa: DTZ007 - the zone is another field
            except ValueError:
                continue
        raise ValidationError(_("Give a day and a time, like 2026-12-24 18:00."))
