import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.models import Letter
from signatures.exports.sandbox import NotPrinted
from signatures.models import Export
from signatures.services import exporting


class Command(BaseCommand):
    help = "Writes the signatures of a letter into a file: the same export as the page's."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--format", choices=Export.Format.values, required=True)
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")
        parser.add_argument("--sort", choices=Export.Sort.values, default="date")
        parser.add_argument("--public-only", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        letter = Letter.objects.filter(slug=options["slug"], revision__isnull=False).first()
        if letter is None:
            raise CommandError(f"There is no published letter “{options['slug']}”.")
        out: Path = options["out"].absolute()
        if not out.parent.is_dir():
            raise CommandError(f"There is no folder {out.parent}.")
        bar = Bar()
        try:
            exporting.write(
                letter=letter,
                kind=options["format"],
                sort=options["sort"],
                public_only=options["public_only"],
                out=out,
                keeper=bar,
            )
        except NotPrinted as failed:
            raise CommandError(str(failed.reason)) from failed
        finally:
            bar.end()
        self.stdout.write(f"{out}: {bar.total:,} signatures, {out.stat().st_size:,} bytes")


class Bar(exporting.Meter):
    """A progress bar on a terminal, and silence elsewhere."""

    WIDTH = 40

    def at(self, done: int) -> None:
        super().at(done)
        if sys.stderr.isatty() and self.total:
            filled = self.WIDTH * done // self.total
            bar = "█" * filled + "░" * (self.WIDTH - filled)
            sys.stderr.write(f"\r{bar} {done:,} of {self.total:,}")
            sys.stderr.flush()

    def end(self) -> None:
        if sys.stderr.isatty() and self.total:
            sys.stderr.write("\n")
