from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from signatures.forms import MailboxField
from signatures.mailbox import Mailbox


class MailboxForm(forms.Form):
    """Whose signatures? Only the owner of the mailbox is told."""

    error_css_class = "wrong"
    email = MailboxField(
        label=_("Your e-mail address"),
        help_text=_("The one you sign with. It isn’t kept: it only tells us where the mail goes."),
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Write the address that you sign with.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", "own_%s")
        super().__init__(*args, **options)

    @property
    def mailbox(self) -> Mailbox:
        found: Mailbox = self.cleaned_data["email"]
        return found
