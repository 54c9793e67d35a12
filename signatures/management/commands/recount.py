from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.models import Letter
from signatures.services import reckoning


class Command(BaseCommand):
    help = "Proves each letter's published count against its signatures; --repair sets it right."

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
            raise CommandError(f"{wrong} counts are wrong. Run recount --repair to set them right.")

    def _check(self, slug: str, *, repair: bool) -> bool:
        """Print one letter's line; whether its count is right (now)."""
        drift = next(reckoning.compare(slug), None)
        if drift and repair:
            drift = reckoning.repair(letter=drift.letter) or drift
            self.stdout.write(f"{slug}: repaired, {_said(drift)}")
            return True
        if drift:
            self.stdout.write(f"{slug}: WRONG, {_said(drift)}")
            return False
        tally = Letter.objects.select_related("tally").get(slug=slug).tally
        self.stdout.write(f"{slug}: right, {tally.count}")
        return True


def _said(drift: reckoning.Drift) -> str:
    names = ("signed", "withdrawn", "invalidated")
    parts = (
        f"{name} {stored} → {proved}"
        for name, stored, proved in zip(names, drift.stored, drift.proved, strict=True)
        if stored != proved
    )
    return ", ".join(parts)
