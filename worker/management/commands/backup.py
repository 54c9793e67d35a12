from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from worker import backups


class Command(BaseCommand):
    help = (
        "Write the database into one encrypted file that the owners of BACKUP_RECIPIENTS can open, "
        "and delete files older than BACKUP_DAYS. Everything may go on running meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, metavar="DIR", help="default: backups, in DATA_DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["to"] or settings.DATA_DIR / "backups"
        try:
            path = backups.make(folder, now=timezone.now())
        except backups.Failed as failed:
            raise CommandError(failed.reason) from None
        self.stdout.write(f"{path} ({path.stat().st_size:,} bytes)")
