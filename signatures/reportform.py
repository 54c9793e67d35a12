from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.forms.fields import Paragraphs
from campaigns.models import Report
from signatures.forms import MailboxField
from signatures.mailbox import Mailbox


class PerhapsMailboxField(MailboxField):
    def clean(self, value: Any) -> Mailbox | None:
        return super().clean(value) if value and value.strip() else None


class ReportForm(forms.Form):
    """What somebody says is wrong with a letter."""

    error_css_class = "wrong"
    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=Report.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong.")},
    )
    text = Paragraphs(
        label=_("What exactly?"),
        limit=2000,
        help_text=_("Quote the sentence, name the law, say whose data it is: what we need to see."),
        widget=forms.Textarea({"rows": 6, "dir": "auto", "autocomplete": "off"}),
        error_messages={"required": _("Say in a sentence or two what is wrong.")},
    )
    email = PerhapsMailboxField(
        label=_("Your e-mail address"),
        required=False,
        help_text=_("Only if you want an answer. It is kept sealed; the organiser never sees it."),
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
    )
    topic = forms.CharField(required=False)  # the trap: no person sees it, programs fill it in

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", "report_%s")
        super().__init__(*args, **options)

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("reason", "text", "email")]

    @property
    def is_trapped(self) -> bool:
        return bool(self.data.get("topic"))

    @property
    def address(self) -> str:
        found: Mailbox | None = self.cleaned_data["email"]
        return found.address if found else ""
