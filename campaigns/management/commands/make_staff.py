from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from campaigns.services import admitting


class Command(BaseCommand):
    help = "Make somebody staff: they review letters, decide on reports and use the admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--remove", action="store_true", help="no staff any more")

    def handle(self, *args: Any, email: str, remove: bool = False, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError("This is not an e-mail address.") from None
        organiser = admitting.admit(email=email, staff=not remove)
        if remove:
            admitting.dismiss(organiser=organiser)
            self.stdout.write(f"{organiser.email} is no staff any more.")
            return
        self.stdout.write(
            f"{organiser.email} is staff. They log in by code, and set up a passkey or an "
            "authenticator app before the admin opens."
        )
