"""What is typed when a letter is handed over: by its organiser, and by the target's office."""

from datetime import datetime
from typing import Any

from django import forms
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from campaigns import moments
from campaigns.forms.fields import Line, Paragraphs, WallClock
from campaigns.models import Letter, Target
from signatures import exportform
from signatures.mailbox import Mailbox
from signatures.models import Delivery, Export
from signatures.reportform import PerhapsMailboxField
from signatures.services import answering, delivering
from signatures.services.delivering import LIMITS, Handover

How = Delivery.How
HOW: list[tuple[str, str | Promise]] = [
    (How.MAIL.value, _("By e-mail: we mail a private link to the files")),
    (How.HAND.value, _("Printed and handed over")),
    (How.OTHER.value, _("Another way")),
]


class DeliveryForm(forms.Form):
    """A delivery as its organiser records it."""

    error_css_class = "wrong"
    use_required_attribute = False

    exports = forms.MultipleChoiceField(
        label=_("Which files"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose the file that is handed over.")},
    )
    target = forms.ChoiceField(
        label=_("To whom"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose to whom.")},
    )
    how = forms.ChoiceField(
        label=_("How"),
        choices=HOW,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how.")},
    )
    how_else = Line(
        label=_("Which way"),
        limit=LIMITS["how_else"],
        required=False,
        help_text=_("If it was another way: “read out in the town hall”. Only you see this."),
        widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}),
    )
    email = PerhapsMailboxField(
        label=_("E-mail address of their office"),
        required=False,
        help_text=_("For a delivery by e-mail. Never shown."),
        widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    message = Paragraphs(
        label=_("Covering words"),
        limit=LIMITS["message"],
        required=False,
        help_text=_("For their office alone: in the mail and on the private page."),
        widget=forms.Textarea({"rows": 5, "dir": "auto", "autocomplete": "off"}),
    )
    delivered_at = WallClock(
        label=_("When"),
        required=False,
        help_text=_("When it was handed over; left empty, now. A mail goes at once."),
    )

    def __init__(self, *args: Any, letter: Letter, file: str = "", **options: Any) -> None:
        options.setdefault("auto_id", "delivery_%s")
        self.letter = letter
        self.on_offer = {export.uid.hex: export for export in delivering.deliverable(letter)}
        self.to = {str(target.pk): target for target in letter.targets.all()}
        options["initial"] = self._first(file)
        super().__init__(*args, **options)
        exports, target = self.fields["exports"], self.fields["target"]
        assert isinstance(exports, forms.ChoiceField)
        assert isinstance(target, forms.ChoiceField)
        exports.choices = [(key, _words(one, letter)) for key, one in self.on_offer.items()]
        target.choices = [(key, str(one)) for key, one in self.to.items()]

    def _first(self, file: str) -> dict[str, Any]:
        """What is chosen before anybody chooses: the file one came with, or the newest."""
        ready = [key for key, one in self.on_offer.items() if one.state == Export.State.READY]
        chosen = [file] if file in self.on_offer else ready[:1]
        found: dict[str, Any] = {"exports": chosen, "how": How.MAIL.value}
        if len(self.to) == 1:
            [(key, target)] = self.to.items()
            found |= {"target": key, "email": target.email}
        return found

    def clean_delivered_at(self) -> datetime | None:
        typed = self.cleaned_data["delivered_at"]
        if typed is None:
            return None
        try:
            found = moments.moment(typed, self.letter.zone)
        except moments.NoSuchTime as wrong:
            raise forms.ValidationError(str(wrong.reason)) from None
        if found > timezone.now():
            raise forms.ValidationError(
                _("This lies in the future. Record it when it has happened.")
            )
        return found

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("how") == How.MAIL and "email" not in self.errors and "target" in given:
            given["email"] = given["email"] or self.to[given["target"]].email
            if not given["email"]:
                self.add_error("email", _("Give the e-mail address of the target’s office."))
        if given.get("how") == How.OTHER and given.get("how_else") == "":
            self.add_error("how_else", _("Say which way."))
        return given

    def handover(self) -> Handover:
        given = self.cleaned_data
        target: Target = self.to[given["target"]]
        return Handover(
            target=target,
            how=given["how"],
            exports=[self.on_offer[key] for key in given["exports"]],
            how_else=given["how_else"] if given["how"] == How.OTHER else "",
            email=_address(given["email"]) if given["how"] == How.MAIL else "",
            message=given["message"],
            delivered_at=given["delivered_at"],
        )


class ReceivedForm(forms.Form):
    """The office's word that it came."""

    error_css_class = "wrong"
    by_name = Line(
        label=_("Who received it"),
        limit=answering.LIMITS["received_by"],
        required=False,
        help_text=_("Only those who sent the letter see this."),
        widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", "received_%s")
        super().__init__(*args, **options)


class AnswerForm(forms.Form):
    """The office's answer, for everybody to read."""

    error_css_class = "wrong"
    text = Paragraphs(
        label=_("Your answer"),
        limit=answering.LIMITS["answer"],
        help_text=_("Plain text, up to 10,000 characters. An empty line begins a new paragraph."),
        widget=forms.Textarea({"rows": 10, "dir": "auto", "autocomplete": "off"}),
        error_messages={"required": _("Write your answer.")},
    )
    by_name = Line(
        label=_("Who answers: name and office"),
        limit=answering.LIMITS["answered_by"],
        help_text=_("As it is to stand in public, under the answer."),
        widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": _("Say who answers.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", "answer_%s")
        super().__init__(*args, **options)


def _address(given: Mailbox | str) -> str:
    return given.address if isinstance(given, Mailbox) else given


def _words(export: Export, letter: Letter) -> str:
    """A file as its organiser tells it from the others."""
    made = (export.snapshot_at or export.asked_at).astimezone(letter.tzinfo)
    parts = [date_format(made, "DATETIME_FORMAT")]
    if export.count:
        count = number_format(export.count, force_grouping=True)
        parts.append(
            ngettext("{count} signature", "{count} signatures", export.count).format(count=count)
        )
    parts += [*exportform.in_words(export.wish), filesizeformat(export.size)]
    if export.state != Export.State.READY:
        parts.append(gettext("printed before, not there any more"))
    return f"PDF · {' · '.join(parts)}"
