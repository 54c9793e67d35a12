from typing import Any

from django.core.management.base import BaseCommand, CommandError

from signatures.services import auditing


class Command(BaseCommand):
    help = (
        "Proves that what was signed, the log's files, the database and the counts agree; "
        "says what it proved, or names the first thing that does not hold."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for proved in auditing.audit():
                self.stdout.write(proved)
        except auditing.DoesNotHold as wrong:
            raise CommandError(wrong.reason) from None
        self.stdout.write(self.style.SUCCESS("The log holds."))
