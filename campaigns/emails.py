"""One function per mail about a letter, to its organiser and to staff; and the invitation."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.models import Invitation, Letter, Report
from campaigns.notes import note, page


def invited(invitation: Invitation) -> EmailMessage:
    with translation.override(settings.LANGUAGE_CODE):
        return note(
            to=invitation.email,
            language=settings.LANGUAGE_CODE,
            subject=_("You are invited to write open letters at {site}").format(
                site=settings.SITE_NAME
            ),
            before=[
                _("You can open an account and publish open letters at {site}.").format(
                    site=settings.SITE_NAME
                ),
                _("The invitation is for this address, works once and for 72 hours."),
            ],
            button=(_("Open an account"), page("account_signup")),
        )


def review_asked(letter: Letter, to: str) -> EmailMessage:
    with translation.override(settings.LANGUAGE_CODE):
        return _to_staff(
            to,
            subject=_("To review: “{title}”").format(title=letter.title),
            before=[_("“{title}” waits to be published.").format(title=letter.title)],
            label=_("Read and decide"),
            link=_staff_page("letter", letter.pk),
        )


def reported(report: Report, to: str) -> EmailMessage:
    with translation.override(settings.LANGUAGE_CODE):
        return _to_staff(
            to,
            subject=_("Reported: “{title}”").format(title=report.letter.title),
            before=[
                _("Somebody reported “{title}”: {reason}.").format(
                    title=report.letter.title, reason=report.get_reason_display()
                )
            ],
            label=_("Look and decide"),
            link=_staff_page("report", report.pk),
        )


def approved(letter: Letter) -> EmailMessage:
    return _to_organiser(
        letter,
        lambda: (
            _("Your letter is open: “{title}”"),
            [_("Your letter “{title}” was reviewed and takes signatures now.")],
        ),
    )


def sent_back(letter: Letter) -> EmailMessage:
    return _to_organiser(
        letter,
        lambda: (
            _("Your letter needs another look: “{title}”"),
            [
                _("Your letter “{title}” was reviewed and is a draft again."),
                _("Change what has to be changed and publish it again. Ask us if it isn’t clear."),
            ],
        ),
    )


def taken_down(letter: Letter) -> EmailMessage:
    return _to_organiser(
        letter,
        lambda: (
            _("Your letter was taken down: “{title}”"),
            [
                _("Your letter “{title}” was taken down and can’t be read or signed any more."),
                _("The reason: {reason}"),
                _("Write to us if you think that is wrong."),
            ],
        ),
    )


def closed(letter: Letter) -> EmailMessage:
    return _to_organiser(
        letter,
        lambda: (
            _("Your letter is closed: “{title}”"),
            [
                _("“{title}” takes no more signatures. It has {count} of them."),
                _("You can hand it over now: make the document from its page."),
            ],
        ),
    )


def _to_organiser(letter: Letter, words: Any) -> EmailMessage:
    language = letter.language if letter.language in dict(settings.LANGUAGES) else ""
    language = language or settings.LANGUAGE_CODE
    with translation.override(language):
        subject, before = words()
        told = {
            "title": letter.title,
            "reason": letter.taken_down_because,
            "count": letter.tally.count,
        }
        return note(
            to=letter.organiser.email,
            language=language,
            subject=subject.format(**told),
            before=[line.format(**told) for line in before],
            button=(_("To my letters"), settings.SITE_URL + settings.LOGIN_REDIRECT_URL),
        )


def _to_staff(
    to: str, *, subject: str, before: Sequence[str], label: str, link: str
) -> EmailMessage:
    return note(
        to=to,
        language=settings.LANGUAGE_CODE,
        subject=subject,
        before=before,
        button=(label, link) if link else None,
    )


def _staff_page(model: str, pk: int) -> str:
    """Where staff decide; nothing while the admin is switched off."""
    if not settings.ADMIN_ENABLED:
        return ""
    return f"{settings.SITE_URL}{reverse(f'admin:campaigns_{model}_change', args=[pk])}"
