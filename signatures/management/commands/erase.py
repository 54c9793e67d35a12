from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from signatures import finding
from signatures.services import erasing


class Command(BaseCommand):
    help = "Forgets who gave one signature. It goes on counting, as a number without a person."

    def add_arguments(self, parser: CommandParser) -> None:
        finding.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = {name: options[name] for name in ("slug", "number", "email", "uid")}
        try:
            signature = finding.signature(**wanted)
        except finding.NotFound as not_found:
            raise CommandError(str(not_found)) from None
        left = erasing.erase(uid=signature.uid, now=timezone.now())
        self.stdout.write(
            "Deleted: it had never counted." if left is None else f"Erased: {left.uid}"
        )
