from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from signatures.services import journalling, repeating
from worker import backups, running

NEXT = (
    "Next, before anything is started:",
    "  manage.py log_recover    what the log knows and this backup does not, happens once more",
    "  manage.py recount        every count is proved",
    "Then start the clock, and the rest after it.",
)


class Command(BaseCommand):
    help = (
        "Put a backup in the place of the database, bring its tables up to date, and erase again "
        "whoever was erased since. Nothing may be running."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--identity",
            type=Path,
            required=True,
            metavar="KEYFILE",
            help="the secret key of one of the backup's recipients, as age-keygen writes it",
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="also where the database is not empty: what is in it is lost",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if why := running.signs():
            raise CommandError(f"Nothing was changed: {why}. Stop everything first.")
        if running.has_tables() and not options["replace"]:
            raise CommandError(
                "Nothing was changed: the database is not empty. With --replace it is lost."
            )
        try:
            backup = backups.Opened(options["file"], options["identity"])
            backup.check()
        except backups.Failed as failed:
            raise CommandError(f"Nothing was changed. {failed.reason}") from None
        try:
            backup.load()
        except backups.Failed as failed:
            raise CommandError(f"The database is not restored. {failed.reason}") from None
        call_command("migrate", verbosity=0, interactive=False)
        self._repeat()
        for line in NEXT:
            self.stdout.write(line)

    def _repeat(self) -> None:
        """Before anybody can look: nothing is running."""
        if journalling.journal().newest() is None:
            self.stderr.write(
                f"{settings.ERASURES_DIR} has no journal of erasures. Whoever was erased since the "
                "backup is back: fetch the journal, and restore again."
            )
        done = repeating.repeat(now=timezone.now())
        said = ", ".join(f"{kind} {number}" for kind, number in sorted(done.items()) if number)
        self.stdout.write(f"Restored. Done again from the journal: {said or 'nothing was needed'}.")
