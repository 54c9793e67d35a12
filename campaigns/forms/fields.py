"""Fields of typed text, kept by the same rules as the services keep, complaining at each place."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns import cleaning, groups

_TIMES = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")


class Line(forms.CharField):
    """One line in any script. No maxlength in the page: it would cut off what people paste."""

    def __init__(self, *, limit: int, **options: Any) -> None:
        super().__init__(strip=False, **options)
        self.limit = limit

    def to_python(self, value: Any) -> str:
        try:
            return self.cleaned(super().to_python(value) or "")
        except cleaning.BadText as bad:
            raise ValidationError(str(bad.reason), code="text") from None

    def cleaned(self, text: str) -> str:
        return cleaning.line(text, limit=self.limit)


class Paragraphs(Line):
    widget = forms.Textarea

    def cleaned(self, text: str) -> str:
        return cleaning.paragraphs(text, limit=self.limit)


class Needed(Line):
    """A text every published letter has, and a draft may lack for a while."""

    lenient = False

    def validate(self, value: str) -> None:
        if value or not self.lenient:
            super().validate(value)


class NeededText(Needed):
    widget = forms.Textarea

    def cleaned(self, text: str) -> str:
        return cleaning.paragraphs(text, limit=self.limit, markdown=True)


class Groups(forms.Field):
    """Names for signers to choose from, one a line."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> list[str]:
        try:
            return groups.read(str(value or "").splitlines())
        except groups.BadGroups as bad:
            reason = str(bad.reason)
            if bad.place:
                reason = _("Line {line}: {reason}").format(line=bad.place, reason=reason)
            raise ValidationError(reason) from None


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
