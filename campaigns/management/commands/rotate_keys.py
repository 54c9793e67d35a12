from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from campaigns import sealing
from campaigns.services import recognising, resealing


class Command(BaseCommand):
    help = (
        "Seal everything again under the newest of FIELD_KEYS. Restart all processes with the new "
        "key first. Interrupt it as you like: run again, it goes on with the rest."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--background", action="store_true", help="have a worker do it")
        parser.add_argument("--dry-run", action="store_true", help="only count what is to be done")

    def handle(self, *args: Any, background: bool, dry_run: bool, **options: Any) -> None:
        try:
            recognising.recognise(now=timezone.now())
        except recognising.Unfit as unfit:
            raise CommandError(unfit.reason) from None
        if dry_run:
            self._say_what_is_left()
        elif background:
            resealing.ask()
            self.stdout.write("A worker does it. With --dry-run you see how far it is.")
        else:
            self._reseal()

    def _reseal(self) -> None:
        try:
            for step in resealing.reseal():
                self.stdout.write(f"{step.place}: {step.done:,} of {step.of:,}")
        except KeyboardInterrupt:
            raise CommandError("Interrupted. Run it again: it goes on with the rest.") from None
        if self._say_what_is_left():
            raise CommandError("Some values don't open, or a process still has older keys.")

    def _say_what_is_left(self) -> int:
        newest, left = sealing.newest(), 0
        for place, counted in resealing.by_place().items():
            stale = counted.total() - counted[newest]
            left += stale
            if stale:
                of = counted.total()
                self.stdout.write(f"{place}: {stale:,} of {of:,} are to be sealed again")
        if not left:
            self.stdout.write(f"Everything here is sealed with key {newest}.")
        self._say_what_may_go(timezone.now())
        return left

    def _say_what_may_go(self, now: datetime) -> None:
        used = resealing.by_key()
        for number in settings.FIELD_KEYS:
            if number != sealing.newest() and not used[number]:
                when = timezone.localtime(now + resealing.BACKUPS)
                self.stdout.write(
                    f"Key {number} seals nothing here any more. Backups made until now need it: "
                    f"with those of 30 days, take it out of FIELD_KEYS after {when:%Y-%m-%d}, "
                    "and restart everything."
                )
