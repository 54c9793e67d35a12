"""One function per mail about logging in and about one's account."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.notes import contact, note, page

CHANGES = {
    "email_changed": gettext_lazy("The address of your account is now {address}."),
    "email_confirm": gettext_lazy("An address of your account was confirmed."),
    "email_deleted": gettext_lazy("An address was taken off your account."),
    "totp_activated": gettext_lazy("An authenticator app now protects your account."),
    "totp_deactivated": gettext_lazy("The authenticator app was taken off your account."),
    "webauthn_added": gettext_lazy("A passkey was added to your account."),
    "webauthn_removed": gettext_lazy("A passkey was taken off your account."),
    "recovery_codes_generated": gettext_lazy("Your account has new recovery codes."),
}
SOMETHING = gettext_lazy("Something about logging in was changed.")


def account(given: dict[str, Any]) -> EmailMessage:
    """What allauth has to say, in our words."""
    with translation.override(given["language"]):
        return _ACCOUNT[given["kind"]](given)


def _code(given: dict[str, Any], why: str, subject: str) -> EmailMessage:
    return note(
        to=given["to"],
        language=given["language"],
        subject=subject,
        before=[why],
        code=given["code"],
        after=[
            _("It works for 15 minutes, and only in the browser you asked from."),
            _("You didn’t ask for it? Then do nothing, and tell the code to nobody."),
        ],
    )


def _login_code(given: dict[str, Any]) -> EmailMessage:
    return _code(
        given,
        _("Here is the code that logs you in:"),
        _("Your code to log in to {site}").format(site=settings.SITE_NAME),
    )


def _signup_code(given: dict[str, Any]) -> EmailMessage:
    return _code(
        given,
        _("Welcome. This code shows that the address is yours, and opens your account:"),
        _("Your code for {site}").format(site=settings.SITE_NAME),
    )


def _address_code(given: dict[str, Any]) -> EmailMessage:
    return _code(
        given,
        _("This code shows that the address is yours:"),
        _("Confirm your address for {site}").format(site=settings.SITE_NAME),
    )


def _account_exists(given: dict[str, Any]) -> EmailMessage:
    return note(
        to=given["to"],
        language=given["language"],
        subject=_("You have an account at {site}").format(site=settings.SITE_NAME),
        before=[
            _("Somebody, probably you, wanted to open an account with this address."),
            _("It has one already. Log in instead: we send you a code."),
        ],
        button=(_("Log in"), page("account_login")),
        after=[_("It wasn’t you? Then there is nothing to do.")],
    )


def _account_closed(given: dict[str, Any]) -> EmailMessage:
    return note(
        to=given["to"],
        language=given["language"],
        subject=_("Your account at {site} is closed").format(site=settings.SITE_NAME),
        before=[
            _("Somebody, probably you, wanted to use the account with this address. It is closed."),
            _("If that is a mistake, write to us: {contact}").format(contact=contact()),
        ],
    )


def _no_account(given: dict[str, Any]) -> EmailMessage:
    return note(
        to=given["to"],
        language=given["language"],
        subject=_("No account at {site} yet").format(site=settings.SITE_NAME),
        before=[
            _("Somebody, probably you, wanted to log in with this address. It has no account."),
            _("You can open one; it takes a minute."),
        ],
        button=(_("Open an account"), page("account_signup")),
        after=[_("It wasn’t you? Then there is nothing to do. We haven’t kept your address.")],
    )


def _uninvited(given: dict[str, Any]) -> EmailMessage:
    return note(
        to=given["to"],
        language=given["language"],
        subject=_("No account at {site}").format(site=settings.SITE_NAME),
        before=[
            _("Somebody, probably you, wanted to use this address at {site}.").format(
                site=settings.SITE_NAME
            ),
            _("Accounts are opened by invitation there, and this address has none at the moment."),
        ],
        after=[_("It wasn’t you? Then there is nothing to do. We haven’t kept your address.")],
    )


def _changed(given: dict[str, Any]) -> EmailMessage:
    what = str(CHANGES.get(given["what"], SOMETHING)).format(address=given.get("to_email", ""))
    return note(
        to=given["to"],
        language=given["language"],
        subject=_("Your account at {site} was changed").format(site=settings.SITE_NAME),
        before=[what],
        button=(_("Look at your account"), page("account")),
        after=[
            _("It wasn’t you? Log in, end the other sessions and write to us: {contact}").format(
                contact=contact()
            )
        ],
    )


_ACCOUNT = {
    "login_code": _login_code,
    "signup_code": _signup_code,
    "address_code": _address_code,
    "account_exists": _account_exists,
    "account_closed": _account_closed,
    "no_account": _no_account,
    "uninvited": _uninvited,
    "changed": _changed,
}
