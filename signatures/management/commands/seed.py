import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from campaigns.models import Letter
from signatures.services import seeding


class Command(BaseCommand):
    help = "Adds made-up confirmed signatures in many scripts, numbered and counted like real ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--signatures", type=int, required=True, metavar="N")
        parser.add_argument("--letter", metavar="SLUG", help="default: the newest open letter")
        parser.add_argument("--seed", type=int, default=1, metavar="S")

    def handle(self, *args: Any, **options: Any) -> None:
        letters = Letter.objects.open().for_page()
        if options["letter"]:
            letters = letters.filter(slug=options["letter"])
        letter = letters.order_by("-published_at").first()
        if letter is None:
            raise CommandError("There is no such open letter. Make one with create_letter first.")
        started = time.monotonic()
        seeding.seed(
            letter=letter,
            signatures=options["signatures"],
            seed=options["seed"],
            now=timezone.now(),
            progress=self._progress,
        )
        took = time.monotonic() - started
        self.stdout.write(
            f"{options['signatures']:,} signatures for {letter.slug} in {took:.1f} s "
            f"({options['signatures'] / max(took, 0.001):,.0f} a second)"
        )

    def _progress(self, done: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done:,}", ending="")
