from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from signatures.services import keying


class Command(BaseCommand):
    help = (
        "Give the log a new key beside the old one; later, with --retire, let the old one go. In "
        "between both sign every checkpoint. Proofs made before stay good."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--retire", action="store_true", help="keep the newest key alone")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = keying.retired() if options["retire"] else keying.rotated()
        except keying.Refused as refused:
            raise CommandError(refused.reason) from None
        path = keying.keep(text)
        if path is not None:
            self.stdout.write(f"{path} is changed. Back it up, and restart everything.")
            return
        self.stdout.write("Set LOG_KEY (or the file LOG_KEY_FILE names) to this, and restart:")
        self.stdout.write(text)
