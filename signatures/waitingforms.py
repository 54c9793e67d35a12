"""What can be typed where somebody waits for our mail: its code, or another address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from signatures import codes
from signatures.forms import MailboxField
from signatures.mailbox import Mailbox

MISFIT = _("That code does not fit. Take the one in our newest mail, or press the button there.")


class CodeForm(forms.Form):
    error_css_class = "wrong"
    # No maxlength: it would cut off what people paste.
    code = forms.CharField(
        label=_("The six digits in our mail"),
        help_text=_("They do the same as its button."),
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code", "dir": "ltr"}
        ),
        error_messages={"required": _("Type the six digits that stand in our mail.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", "wait_%s")
        options.setdefault("use_required_attribute", False)
        super().__init__(*args, **options)

    def clean_code(self) -> str:
        digits = codes.read(self.cleaned_data["code"])
        if not digits:
            raise forms.ValidationError(_("The code is six digits, like 123 456."), code="code")
        return digits


class AddressForm(forms.Form):
    """`written_to` is the address that may be wrong: it is there already, to be corrected."""

    error_css_class = "wrong"
    email = MailboxField(
        label=_("Your e-mail address"),
        help_text=_("Nothing else has to be typed again, and the wrong address is forgotten."),
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Write the address our mail is to go to.")},
    )

    def __init__(self, *args: Any, written_to: str, **options: Any) -> None:
        options = {"auto_id": "wait_%s", "initial": {"email": written_to}} | options
        super().__init__(*args, **options)
        self.written_to = written_to

    def clean_email(self) -> Mailbox:
        found: Mailbox = self.cleaned_data["email"]
        if found.address == self.written_to:
            raise forms.ValidationError(
                _("This is where our mail went. Change it, or ask for another mail above."),
                code="same",
            )
        return found

    @property
    def mailbox(self) -> Mailbox:
        found: Mailbox = self.cleaned_data["email"]
        return found
