"""What an organiser says about a change, and which text the change was shown against."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns.forms.fields import Line
from campaigns.models import Revision


class NoteForm(forms.Form):
    use_required_attribute = False

    note = Line(
        limit=300,
        required=False,
        label=_("Why it changes"),
        help_text=_("Readers see this beside the change."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    seen = forms.IntegerField(required=False)  # the number of the revision shown as the old one

    def __init__(self, *args: Any, before: Revision | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.before = before

    def clean_seen(self) -> int | None:
        seen: int | None = self.cleaned_data["seen"]
        if self.before is None or seen != self.before.number:
            raise ValidationError(
                _("The letter was changed in the meantime. Look at the changes once more.")
            )
        return seen

    @property
    def text(self) -> str:
        return str(self.cleaned_data.get("note", "")) if self.is_valid() else ""
