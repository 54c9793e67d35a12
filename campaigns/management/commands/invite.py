from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import timezone

from campaigns.services import inviting


class Command(BaseCommand):
    help = "Invite somebody to open an account (for REGISTRATION=invite). The mail leaves at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError("This is not an e-mail address.") from None
        invitation = inviting.invite(email=email, by=None, now=timezone.now())
        self.stdout.write(f"{invitation.email} is invited until {invitation.expires_at:%F %H:%M}.")
