from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from signatures import finding
from signatures.services import withdrawing


class Command(BaseCommand):
    help = "Withdraws one signature at its signer's wish; --erase forgets the person too."

    def add_arguments(self, parser: CommandParser) -> None:
        finding.add_arguments(parser)
        parser.add_argument("--erase", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = {name: options[name] for name in ("slug", "number", "email", "uid")}
        try:
            signature = finding.signature(**wanted)
            left = withdrawing.withdraw(
                uid=signature.uid, now=timezone.now(), erase=options["erase"]
            )
        except finding.NotFound as not_found:
            raise CommandError(str(not_found)) from None
        except withdrawing.Refused:
            raise CommandError("It is gone already.") from None
        if left is None:
            self.stdout.write("Deleted: it had never counted.")
        else:
            erased = " and erased" if left.erased_at else ""
            self.stdout.write(f"{left.get_state_display()}{erased}: {left.uid}")
