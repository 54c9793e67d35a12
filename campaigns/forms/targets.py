"""The people and bodies a letter goes to: rows that may stay empty."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns.forms.fields import Line
from campaigns.services.drafting import Addressee

MOST = 10
BLANK = 3
_WORDS = {"dir": "auto", "autocomplete": "off"}


class TargetForm(forms.Form):
    """One person or body the letter goes to. An empty row is nobody."""

    use_required_attribute = False

    name = Line(
        limit=150,
        label=_("Name"),
        widget=forms.TextInput(attrs=_WORDS),
        error_messages={"required": _("Say who this is: give a name.")},
    )
    role = Line(limit=150, required=False, label=_("Role"), widget=forms.TextInput(attrs=_WORDS))
    email = forms.EmailField(
        required=False,
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


if TYPE_CHECKING:
    Rows = forms.BaseFormSet[TargetForm]
else:
    Rows = forms.BaseFormSet


class TargetRows(Rows):
    needed = False  # a draft may name nobody yet
    default_error_messages = {
        "missing_management_form": _("Part of this page did not arrive. Please save it again."),
        "too_many_forms": _("A letter goes to ten people or bodies at most."),
    }

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return super().get_form_kwargs(index) | {"empty_permitted": True}

    def clean(self) -> None:
        if self.needed and not any(self.errors) and not self.addressees():
            raise ValidationError(_("Name at least one person or body the letter is addressed to."))

    def addressees(self) -> list[Addressee]:
        rows = [form.cleaned_data for form in self.forms]
        return [
            Addressee(row["name"], row.get("role", ""), row.get("email", ""))
            for row in rows
            if row.get("name")
        ]


TargetSet = cast(
    type[TargetRows],
    forms.formset_factory(
        TargetForm, formset=TargetRows, extra=0, max_num=MOST, absolute_max=MOST, validate_max=True
    ),
)
