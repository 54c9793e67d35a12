"""One function per mail to organisers, staff and people who want an account."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from campaigns import mails
from campaigns.models import Invitation, Letter, Report

CHANGES = {
    "email_changed": _lazy("The address of your account is now {address}."),
    "email_confirm": _lazy("An address of your account was confirmed."),
    "email_deleted": _lazy("An address was taken off your account."),
    "totp_activated": _lazy("An authenticator app now protects your account."),
    "totp_deactivated": _lazy("The authenticator app was taken off your account."),
    "webauthn_added": _lazy("A passkey was added to your account."),
    "webauthn_removed": _lazy("A passkey was taken off your account."),
    "recovery_codes_generated": _lazy("Your account has new recovery codes."),
}
SOMETHING = _lazy("Something about logging in was changed.")


def account(note: dict[str, Any]) -> EmailMessage:
    """What allauth has to say, in our words."""
    with translation.override(note["language"]):
        return _ACCOUNT[note["kind"]](note)


def _code(note: dict[str, Any], why: str, subject: str) -> EmailMessage:
    return _note(
        to=note["to"],
        language=note["language"],
        subject=subject,
        before=[why],
        code=note["code"],
        after=[
            _("It works for 15 minutes, and only in the browser you asked from."),
            _("You didn’t ask for it? Then do nothing, and tell the code to nobody."),
        ],
    )


def _login_code(note: dict[str, Any]) -> EmailMessage:
    return _code(
        note,
        _("Here is the code that logs you in:"),
        _("Your code to log in to {site}").format(site=settings.SITE_NAME),
    )


def _signup_code(note: dict[str, Any]) -> EmailMessage:
    return _code(
        note,
        _("Welcome. This code shows that the address is yours, and opens your account:"),
        _("Your code for {site}").format(site=settings.SITE_NAME),
    )


def _address_code(note: dict[str, Any]) -> EmailMessage:
    return _code(
        note,
        _("This code shows that the address is yours:"),
        _("Confirm your address for {site}").format(site=settings.SITE_NAME),
    )


def _account_exists(note: dict[str, Any]) -> EmailMessage:
    return _note(
        to=note["to"],
        language=note["language"],
        subject=_("You have an account at {site}").format(site=settings.SITE_NAME),
        before=[
            _("Somebody, probably you, wanted to open an account with this address."),
            _("It has one already. Log in instead: we send you a code."),
        ],
        button=(_("Log in"), _page("account_login")),
        after=[_("It wasn’t you? Then there is nothing to do.")],
    )


def _no_account(note: dict[str, Any]) -> EmailMessage:
    return _note(
        to=note["to"],
        language=note["language"],
        subject=_("No account at {site} yet").format(site=settings.SITE_NAME),
        before=[
            _("Somebody, probably you, wanted to log in with this address. It has no account."),
            _("You can open one; it takes a minute."),
        ],
        button=(_("Open an account"), _page("account_signup")),
        after=[_("It wasn’t you? Then there is nothing to do. We haven’t kept your address.")],
    )


def _uninvited(note: dict[str, Any]) -> EmailMessage:
    return _note(
        to=note["to"],
        language=note["language"],
        subject=_("No account at {site}").format(site=settings.SITE_NAME),
        before=[
            _("Somebody, probably you, wanted to use this address at {site}.").format(
                site=settings.SITE_NAME
            ),
            _("Accounts are opened by invitation there, and this address has none at the moment."),
        ],
        after=[_("It wasn’t you? Then there is nothing to do. We haven’t kept your address.")],
    )


def _changed(note: dict[str, Any]) -> EmailMessage:
    what = str(CHANGES.get(note["what"], SOMETHING)).format(address=note.get("to_email", ""))
    return _note(
        to=note["to"],
        language=note["language"],
        subject=_("Your account at {site} was changed").format(site=settings.SITE_NAME),
        before=[what],
        button=(_("Look at your account"), _page("account")),
        after=[
            _("It wasn’t you? Log in, end the other sessions and write to us: {contact}").format(
                contact=settings.OPERATOR_EMAIL or settings.SITE_URL
            )
        ],
    )


_ACCOUNT = {
    "login_code": _login_code,
    "signup_code": _signup_code,
    "address_code": _address_code,
    "account_exists": _account_exists,
    "no_account": _no_account,
    "uninvited": _uninvited,
    "changed": _changed,
}


def invited(invitation: Invitation) -> EmailMessage:
    with translation.override(settings.LANGUAGE_CODE):
        return _note(
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
            button=(_("Open an account"), _page("account_signup")),
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
        return _note(
            to=letter.organiser.email,
            language=language,
            subject=subject.format(**told),
            before=[line.format(**told) for line in before],
            button=(_("To my letters"), settings.SITE_URL + settings.LOGIN_REDIRECT_URL),
        )


def _to_staff(
    to: str, *, subject: str, before: Sequence[str], label: str, link: str
) -> EmailMessage:
    return _note(
        to=to,
        language=settings.LANGUAGE_CODE,
        subject=subject,
        before=before,
        button=(label, link) if link else None,
    )


def _note(
    *,
    to: str,
    language: str,
    subject: str,
    before: Sequence[str],
    code: str = "",
    button: tuple[str, str] | None = None,
    after: Sequence[str] = (),
) -> EmailMessage:
    context = {
        "subject": subject,
        "before": before,
        "code": code,
        "label": button[0] if button else "",
        "link": button[1] if button else "",
        "after": after,
    }
    return mails.compose("note", to=to, subject=subject, language=language, context=context)


def _page(name: str) -> str:
    return f"{settings.SITE_URL}{reverse(name)}"


def _staff_page(model: str, pk: int) -> str:
    """Where staff decide; nothing while the admin is switched off."""
    if not settings.ADMIN_ENABLED:
        return ""
    return f"{settings.SITE_URL}{reverse(f'admin:campaigns_{model}_change', args=[pk])}"
