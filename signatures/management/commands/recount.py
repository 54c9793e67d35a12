from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.models import Letter
from signatures.counting.totals import Totals
from signatures.services import reckoning


class Command(BaseCommand):
    help = (
        "Proves each letter's published count against its signatures and the log; "
        "--repair sets it right."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", help="default: every letter")
        parser.add_argument("--repair", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        letters = Letter.objects.order_by("slug").values_list("slug", flat=True)
        if options["slug"]:
            letters = letters.filter(slug=options["slug"])
            if not letters:
                raise CommandError("There is no such letter.")
        wrong = sum(not self._check(slug, repair=options["repair"]) for slug in letters)
        if wrong:
            raise CommandError(
                f"{wrong} counts are wrong. recount --repair sets right what it can."
            )

    def _check(self, slug: str, *, repair: bool) -> bool:
        """Print one letter's line; whether its count is right (now)."""
        drift = next(reckoning.compare(slug), None)
        if drift and repair and drift.stored != drift.right:
            reckoning.repair(letter=drift.letter)
            self.stdout.write(f"{slug}: repaired, {_moves(drift.stored, drift.right)}")
            drift = next(reckoning.compare(slug), None)
            if drift is None:
                return True
        if drift is None:
            tally = Letter.objects.select_related("tally").get(slug=slug).tally
            self.stdout.write(f"{slug}: right, {tally.count}")
            return True
        for line in _wrong(drift):
            self.stdout.write(f"{slug}: {line}")
        return False


def _wrong(drift: reckoning.Drift) -> Iterator[str]:
    if drift.stored != drift.right:
        yield f"WRONG, {_moves(drift.stored, drift.right)}"
    if drift.is_behind:
        waiting = drift.proved.signed - drift.logged.signed
        yield f"{waiting} numbers are not in the log yet. Run log_backfill."
    elif drift.proved != drift.logged:
        yield f"WRONG, the signatures say other than the log: {_moves(drift.proved, drift.logged)}"


def _moves(before: Totals, after: Totals) -> str:
    parts = (
        f"{name} {was} → {now}"
        for name, was, now in zip(Totals._fields, before, after, strict=True)
        if was != now
    )
    return ", ".join(parts)
