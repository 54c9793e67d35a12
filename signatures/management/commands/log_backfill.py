import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import F, Sum
from django.utils import timezone

from signatures.services import backfilling, sequencing

PATIENCE = 60  # times
PAUSE = 0.5  # seconds


class Command(BaseCommand):
    help = (
        "Logs what was counted before the log was, letter by letter in the order of the numbers. "
        "The clock does the same, slower; it may run meanwhile, and this may be stopped and begun "
        "again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        waiting, stuck = _waiting(), 0
        self.stdout.write(f"{waiting:,} numbers are not in the log yet.")
        while backfilling.behind().exists():
            stuck = 0 if self._step() else stuck + 1
            if stuck > PATIENCE:
                raise CommandError("Another sequencer works. Try again later.")
            if stuck:
                time.sleep(PAUSE)
            self._progress()
        self.stdout.write("Everything that was counted is in the log.")

    def _step(self) -> bool:
        try:
            return sequencing.catch_up(now=timezone.now())
        except sequencing.Overtaken:
            return False
        except sequencing.Frozen as frozen:
            raise CommandError(f"The log is frozen: {frozen.reason}. See log_recover.") from None

    def _progress(self) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{_waiting():,} left ", ending="")


def _waiting() -> int:
    letters = backfilling.behind().filter(tally__signed__gt=F("chain__signed"))
    known = letters.aggregate(numbers=Sum(F("tally__signed") - F("chain__signed")))["numbers"] or 0
    fresh = backfilling.behind().filter(chain__isnull=True)
    return int(known) + int(fresh.aggregate(numbers=Sum("tally__signed"))["numbers"] or 0)
