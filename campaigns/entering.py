"""One-time links that log an organiser in: made by a command on the machine, never mailed."""

from datetime import datetime

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int, int_to_base36

from campaigns.models import Organiser


class _Once(PasswordResetTokenGenerator):
    """Ends with the first log-in, because it is made from the time of the last one."""

    key_salt = "groundswell/enter"

    def _make_hash_value(self, user: Organiser, timestamp: int) -> str:
        last: datetime | None = user.last_login
        return f"{user.pk}/{user.email}/{last.isoformat() if last else ''}/{timestamp}"


_once = _Once()


def link_token(organiser: Organiser) -> str:
    """For `/organise/enter/<token>/`; good for one log-in within PASSWORD_RESET_TIMEOUT."""
    return f"{int_to_base36(organiser.pk)}-{_once.make_token(organiser)}"


def organiser_of(token: str) -> Organiser | None:
    """Whose link this is; None when it was used, is too old or was made up."""
    number, _, rest = token.partition("-")
    try:
        organiser = Organiser.objects.get(pk=base36_to_int(number), is_active=True)
    except (ValueError, Organiser.DoesNotExist):
        return None
    return organiser if _once.check_token(organiser, rest) else None
