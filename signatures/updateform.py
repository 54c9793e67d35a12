"""What an organiser types to write to signers, and what a delivery suggests."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from campaigns import text
from campaigns.forms.fields import Line, NeededText
from signatures import deliveryemails
from signatures.models import Delivery, Update
from signatures.services.updating import LIMITS, Words


class UpdateForm(forms.Form):
    """A subject, and a text in Markdown."""

    error_css_class = "wrong"
    use_required_attribute = False

    subject = Line(
        label=gettext_lazy("Subject"),
        limit=LIMITS["subject"],
        help_text=gettext_lazy("What has happened, in a few words."),
        widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Give it a subject.")},
    )
    body = NeededText(
        label=gettext_lazy("Text"),
        limit=LIMITS["body"],
        help_text=gettext_lazy("Up to 10,000 characters. Short is read, long is put off."),
        widget=forms.Textarea({"rows": 14, "dir": "auto", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write what you want to tell.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", "update_%s")
        super().__init__(*args, **options)

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if not text.to_plain(body).strip():
            raise ValidationError(_("Write what you want to tell."))
        return body

    def words(self) -> Words:
        return Words(self.cleaned_data["subject"], self.cleaned_data["body"])


def kept(draft: Update) -> dict[str, str]:
    return {"subject": draft.subject, "body": draft.body}


def about(delivery: Delivery) -> dict[str, str]:
    """A first draft of what signers may want to hear of a delivery, in the letter's language."""
    letter = delivery.letter
    with override(deliveryemails.spoken(letter)):
        to = deliveryemails.target(delivery)
        if delivery.answered_at and delivery.answer_hidden_at is None:
            subject = _("{target} has answered").format(target=to)
            said = _("{target} has answered our letter:").format(target=to)
            answer = "\n".join(f"> {line}".rstrip() for line in delivery.answer.splitlines())
            return _draft(subject, f"{said}\n\n{answer}")
        subject = _("Our letter is with {target}").format(target=to)
        said = ngettext(
            "We have handed our letter to {target}, with {count} signature.",
            "We have handed our letter to {target}, with {count} signatures.",
            delivery.count,
        ).format(target=to, count=number_format(delivery.count, force_grouping=True))
        return _draft(subject, said)


def _draft(subject: str, said: str) -> dict[str, str]:
    room = LIMITS["body"] - len("\n\n…\n\n")
    body = said if len(said) <= room else f"{said[:room]}\n\n…"
    return {"subject": subject[: LIMITS["subject"]], "body": f"{body}\n\n"}
