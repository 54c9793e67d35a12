"""How allauth behaves here: where its mails go, where a log-in may lead, what a session keeps."""

import base64
import hmac
import json
import time
import uuid
from datetime import timedelta
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import client, limiting, returning, sealing
from campaigns.models import Organiser
from campaigns.services import admitting, inviting
from worker import outbox

PLACE = "account.mail"
PROOFS = "mfa.secret"
CODE_LASTS = timedelta(minutes=15)
NEWS_LASTS = timedelta(days=3)  # a change of the account is still news after the code is stale
STRANGERS = limiting.rules("3/d/stranger")["stranger"]

CODES = {
    "account/email/login_code": "login_code",
    "account/email/email_confirmation": "address_code",
    "account/email/email_confirmation_signup": "signup_code",
}
# To people whose address somebody typed: they may never have heard of us.
STRANGE = {
    "account/email/unknown_account": "no_account",
    "account/email/account_already_exists": "account_exists",
}
CARRIED = ("code", "to_email")
CAME_IN = "came_in"  # when the log-in of a session was complete


class AccountAdapter(DefaultAccountAdapter):
    """Known and unknown addresses get the same pages; what differs is in the mail alone."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "duplicate_email": _("This is the address of your account already."),
        "email_taken": _("This address can’t be used."),
        "incorrect_code": _("That is not the code. Look again, or ask for another."),
        "invalid_login": _("Write your e-mail address, like name@example.org."),
        "too_many_login_attempts": _("That was tried too often. Wait a few minutes, please."),
        "rate_limited": _("Wait a moment before you ask again, please."),
        "same_as_current": _("This is the address you have already."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Seal what the mail has to say into the outbox: no request waits for a mail server."""
        kind = CODES.get(template_prefix) or STRANGE.get(template_prefix) or "changed"
        if template_prefix in STRANGE:
            if not _may_write_to_stranger(email):
                return
            kind = _for_stranger(kind, email)
        now, uid = timezone.now(), uuid.uuid4()
        note = {
            "kind": kind,
            "what": template_prefix.rpartition("/")[2],
            "to": email,
            "language": translation.get_language() or settings.LANGUAGE_CODE,
            **{name: str(context[name]) for name in CARRIED if name in context},
        }
        sealed = sealing.seal(json.dumps(note).encode(), place=PLACE, row=uid.bytes)
        lasts = CODE_LASTS if template_prefix in CODES else NEWS_LASTS
        with transaction.atomic():
            outbox.publish(PLACE, uid=uid, sealed=sealed, expires_at=now + lasts)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Organiser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """A new address ends every other session at once; the one it was changed in goes on."""
        super().send_notification_mail(template_prefix, user, context, email)
        if template_prefix == "account/email/email_changed":
            admitting.end_sessions(organiser=user, but=self.request.session.session_key)

    def pre_login(
        self, request: HttpRequest, user: Organiser, *, email: str | None, **kwargs: Any
    ) -> HttpResponse | None:
        """Whoever typed the code we mailed has proved the address; allauth would ask twice for
        accounts that a command made."""
        proved = any(
            record["method"] == "code" and record.get("email") == user.email
            for record in get_authentication_records(request, user)
        )
        if proved and not EmailAddress.objects.filter(user=user).exists():
            admitting.vouch(organiser=user)
        answer: HttpResponse | None = super().pre_login(request, user, email=email, **kwargs)
        return answer

    def post_login(self, request: HttpRequest, user: Organiser, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        request.session[CAME_IN] = time.time()
        _note_network(request)
        inviting.use(user.email, now=timezone.now())
        return answer

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Logging in a moment ago is proof enough: nobody should wait for the app's next code only
        to see the recovery codes of the app they have just set up."""
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        recent = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        return required and self.request.session.get(CAME_IN, 0) < recent

    def is_safe_url(self, url: str | None) -> bool:
        return bool(url) and returning.is_path_of_ours(str(url))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """In our words; the password one is never among them."""
        words = {
            "mfa_reauthenticate": _("Use a code from the app"),
            "mfa_reauthenticate:webauthn": _("Use a passkey or security key"),
        }
        found = super().get_reauthentication_methods(user)
        return [way | {"description": words[way["id"]]} for way in found if way["id"] in words]

    def get_client_ip(self, request: HttpRequest) -> str:
        """What allauth counts attempts by, in the cache's keys: no address anybody has."""
        return str(client.alias(request))


class ProofAdapter(DefaultMFAAdapter):
    """Apps, keys and recovery codes: their secrets are sealed like addresses are."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(sealing.seal(text.encode(), place=PROOFS, row=b"")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(base64.b64decode(encrypted_text), place=PROOFS, row=b"").decode()

    def generate_authenticator_name(self, user: Organiser, type: Authenticator.Type) -> str:  # noqa: A002 (its name there)
        count = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey") if count == 1 else gettext("Passkey {n}").format(n=count)

    def _get_site_name(self) -> str:
        return str(settings.SITE_NAME)


def _note_network(request: HttpRequest) -> None:
    """The list of sessions shows the network a log-in came from, not the very address."""
    rows = UserSession.objects.filter(session_key=request.session.session_key)
    rows.update(ip=str(client.first_part(request)))


def _may_write_to_stranger(email: str) -> bool:
    """Typing somebody's address again and again must not fill their mailbox."""
    key = sealing.derived(settings.SECRET_KEY.encode(), b"groundswell/account mail")
    name = hmac.digest(key, email.strip().lower().encode(), "sha256").hex()
    try:
        limiting.limiter().take(STRANGERS, "stranger", name)
    except limiting.TooOften:
        return False
    return True


def _for_stranger(kind: str, email: str) -> str:
    """What to tell an address's owner: has an account, may open one, …"""
    owner = Organiser.objects.filter(email__iexact=email).first()
    if owner:
        return "account_exists" if owner.is_active else "account_closed"
    if settings.REGISTRATION == "invite":
        invited = inviting.open_for(email, now=timezone.now()).exists()
        return "no_account" if invited else "uninvited"
    return kind
