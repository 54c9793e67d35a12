"""Mails about a delivery: to the target's office, and to the organiser when it says something."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Letter
from campaigns.notes import note
from signatures import tokens
from signatures.models import Delivery
from signatures.services.delivering import LINK_AGE
from signatures.tokens import Purpose


def link(delivery: Delivery, at: datetime) -> str:
    """The private page's whole address; whoever has it may open the files and answer."""
    token = tokens.make(Purpose.DELIVERY, delivery.uid, generation=delivery.generation, at=at)
    return f"{settings.SITE_URL}{reverse('delivery', args=[token])}"


def handed_over(delivery: Delivery, *, now: datetime) -> EmailMessage:
    """To the office of the target. The link's time runs from now."""
    letter, revision = delivery.letter, delivery.revision
    language = spoken(letter)
    with translation.override(language), timezone.override(letter.tzinfo):
        signed = ngettext(
            "{n} person has signed it.", "{n} people have signed it.", delivery.count
        ).format(n=number_format(delivery.count, force_grouping=True))
        words = []
        if delivery.message:
            words = [_("A word from {sender}:").format(sender=revision.sender)]
            words += _lines(delivery.message)
        return note(
            to=delivery.email,
            language=language,
            subject=_("An open letter to you: “{title}”").format(title=revision.title),
            before=[
                _("This is an open letter to {target}: “{title}”, from {sender}.").format(
                    sender=revision.sender, target=target(delivery), title=revision.title
                )
                + f" {signed}",
                *words,
                _(
                    "A private page holds the letter, its signatures as a document, and what it "
                    "takes to check them. Opening it tells nobody anything. There you can say that "
                    "you have received it, and answer; your answer is published with the letter."
                ),
            ],
            button=(_("Open the letter and its signatures"), link(delivery, now)),
            after=[
                _(
                    "Whoever has this link can answer in your name: pass it on inside your office "
                    "only. It works until {day}."
                ).format(day=date_format(timezone.localtime(now + LINK_AGE), "DATE_FORMAT"))
            ],
        )


def received(delivery: Delivery) -> EmailMessage:
    """To the organiser."""
    letter = delivery.letter
    with translation.override(spoken(letter)), timezone.override(letter.tzinfo):
        said = _("The office of {target} says that it has received “{title}”.").format(
            target=target(delivery), title=letter.title
        )
        who = []
        if delivery.received_by:
            who = [_("Received by: {name}").format(name=delivery.received_by)]
        return _to_organiser(
            delivery, _("Received: “{title}”").format(title=letter.title), [said, *who]
        )


def answered(delivery: Delivery) -> EmailMessage:
    """To the organiser, with the whole answer: it may be replaced for a day."""
    letter = delivery.letter
    with translation.override(spoken(letter)), timezone.override(letter.tzinfo):
        said = _("The office of {target} has answered “{title}”:").format(
            target=target(delivery), title=letter.title
        )
        return _to_organiser(
            delivery,
            _("Answered: “{title}”").format(title=letter.title),
            [said, *_lines(delivery.answer), f"— {delivery.answered_by}"],
        )


def _to_organiser(delivery: Delivery, subject: str, before: list[str]) -> EmailMessage:
    page = reverse("letter_deliveries", args=[delivery.letter.slug])
    return note(
        to=delivery.letter.organiser.email,
        language=spoken(delivery.letter),
        subject=subject,
        before=before,
        button=(_("Your deliveries"), f"{settings.SITE_URL}{page}"),
        after=[_("It stands on the letter’s page, for everybody to read.")],
    )


def _lines(text: str) -> list[str]:
    """Each a paragraph of its own: a mail's two forms then break where the writer did."""
    return [line for line in text.splitlines() if line]


def target(delivery: Delivery) -> str:
    """To whom, as recorded: "Marta Velander, Minister for Water"."""
    return ", ".join(part for part in (delivery.target_name, delivery.target_role) if part)


def spoken(letter: Letter) -> str:
    """The letter's language where the mails exist in it."""
    known = dict(settings.LANGUAGES)
    wanted = letter.language.lower()
    for code in (wanted, wanted.partition("-")[0]):
        if code in known:
            return code
    return str(settings.LANGUAGE_CODE)
