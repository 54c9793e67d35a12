"""What an organiser settles about signers' data, under the fields of the letter itself."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from campaigns.forms.fields import Line, Paragraphs
from campaigns.forms.letter import LetterForm
from campaigns.privacy import NOTE_LIMIT

_WORDS = {"dir": "auto", "autocomplete": "off"}
_NUMBER = {"inputmode": "numeric", "autocomplete": "off"}


class WholeForm(LetterForm):
    """A letter's own fields and those of its privacy notice, in the order of the page.

    Which values may not be is said by `campaigns.privacy`, through the service that saves them.
    """

    anonymous_hours = forms.IntegerField(
        required=False,
        label=_("A letter without names: erase them after this many hours"),
        help_text=_(
            "Left empty, signers choose whether their name is shown. With a number from 1 to 720 "
            "nobody’s is: readers, those addressed and you see how many have signed, never who. "
            "So many hours after somebody has confirmed, name and address are erased. It can’t "
            "be chosen or given up once the letter is published, and later only shortened."
        ),
        widget=forms.TextInput(attrs=_NUMBER),
    )
    controller = Line(
        limit=150,
        required=False,
        label=_("Who is responsible for signers’ data"),
        help_text=_("In the sense of the law: an association, a company, a person. Empty: From."),
        widget=forms.TextInput(attrs=_WORDS),
    )
    controller_address = Line(
        limit=300,
        required=False,
        label=_("Their postal address"),
        widget=forms.TextInput(attrs=_WORDS),
    )
    privacy_contact = Line(
        limit=254,
        required=False,
        label=_("Where signers can ask about their data"),
        help_text=_(
            "An e-mail address, or a page that begins with https://. It is public: it stands in "
            "the privacy notice, where everybody can read it."
        ),
        widget=forms.TextInput(attrs=_WORDS | {"autocapitalize": "none", "spellcheck": "false"}),
    )
    retention_days = forms.IntegerField(
        required=False,
        label=_("Days addresses are kept after a delivery"),
        widget=forms.TextInput(attrs=_NUMBER),
    )
    privacy_note = Paragraphs(
        limit=NOTE_LIMIT,
        required=False,
        label=_("What you want to add"),
        help_text=_(
            "Plain paragraphs at the end of the notice, as yours. The notice itself comes from "
            "the settings here and stays whole."
        ),
        widget=forms.Textarea(attrs=_WORDS | {"rows": 4}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        days = self.fields["retention_days"]
        days.help_text = format_lazy(
            _("Empty: {days}, as everywhere here. You can set fewer, not more."),
            days=settings.RETENTION_DAYS,
        )
        if self.letter and self.letter.is_published and self.letter.anonymous_hours is None:
            del self.fields["anonymous_hours"]  # for who has signed was asked to choose
