"""How often one may sign, as data (SIGNING_LIMITS), and in words."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from limits import RateLimitItem

from campaigns import limiting
from campaigns.limiting import TooOften

BARE = "30/h/bare"  # a POST that carries no form token came from no page of ours
AGAIN = 60  # seconds between two mails asked for by the button
CODES = "60/h/codes"  # tried from one household: each mailbox has five anyway


def _rules() -> dict[str, RateLimitItem]:
    return limiting.rules(f"{BARE},1/m/again,{CODES},{settings.SIGNING_LIMITS}")


def admit(*, client: str, mailbox: bytes, bare: bool) -> None:
    """Let one signing through, or raise TooOften. Both keys are keyed digests."""
    limiter, rules = limiting.limiter(), _rules()
    if bare:
        limiter.take(rules["bare"], "bare", client)
    if "ip" in rules:
        limiter.take(rules["ip"], "ip", client)
    if "mailbox" in rules:
        limiter.take(rules["mailbox"], "mailbox", mailbox.hex())


def admit_again(*, client: str, mailbox: bytes) -> None:
    """Let one more mail be asked for by the button, or raise TooOften."""
    limiter, rules = limiting.limiter(), _rules()
    limiter.take(rules["again"], "again", mailbox.hex())
    if "ip" in rules:
        limiter.take(rules["ip"], "ip", client)


def admit_code(*, client: str) -> None:
    """Let one code be tried, or raise TooOften."""
    limiting.limiter().take(_rules()["codes"], "codes", client)


def forget_mailbox(mailbox: bytes | memoryview | None) -> None:
    """Whoever pressed the button owns the mailbox: they may sign other letters today."""
    rules = _rules()
    if mailbox is not None and "mailbox" in rules:
        limiting.limiter().forget(rules["mailbox"], "mailbox", bytes(mailbox).hex())


def in_words(often: TooOften) -> str:
    """Why not now, and when again."""
    if often.of == "codes":
        why = _(
            "A lot of codes were tried from your network just now. The button in the mail works "
            "at once."
        )
    elif often.of == "mailbox":
        why = _(
            "This address was typed in several times today. Please look into its mailbox and "
            "its spam folder: our mail may be there already."
        )
    else:
        why = _("A lot of signatures came from your network just now.")
    again = _("You can try again in {time}.").format(time=duration(often.wait))
    return f"{why} {again}"


def duration(seconds: int) -> str:
    """A waiting time as people say it, rounded up."""
    minutes = -(-seconds // 60)
    if minutes < 90:
        return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
    hours = -(-minutes // 60)
    return ngettext("{n} hour", "{n} hours", hours).format(n=hours)
