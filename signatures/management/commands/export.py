import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.models import Letter
from signatures.exports import wish
from signatures.exports.document import PRINTABLE
from signatures.exports.presets import PRESETS
from signatures.exports.sandbox import NotPrinted
from signatures.exports.wish import Unwanted, Wish
from signatures.services import exporting, making
from signatures.services.watching import Meter


class Command(BaseCommand):
    help = "Writes the signatures of a letter into a file: the same export as the page's."

    def add_arguments(self, parser: CommandParser) -> None:
        default = Wish()
        parser.add_argument("slug")
        parser.add_argument("--format", choices=wish.FORMATS, required=True)
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")
        parser.add_argument("--sort", choices=wish.SORTS, default=default.sort)
        parser.add_argument("--public-only", action="store_true", help="leave withheld names out")
        parser.add_argument("--layout", choices=wish.LAYOUTS, default=default.layout)
        parser.add_argument(
            "--columns",
            default=",".join(default.columns),
            metavar="A,B,…",
            help=f"of {', '.join(PRINTABLE)}; default: all but the comment",
        )
        parser.add_argument("--group-by", choices=wish.KEYS, default="")
        parser.add_argument(
            "--volumes", default="", metavar="N|group|country", help="several PDFs in one archive"
        )
        parser.add_argument("--preset", choices=sorted(PRESETS), default="")
        parser.add_argument("--no-sign", action="store_true", help="no digital signature")

    def handle(self, *args: Any, **options: Any) -> None:
        letter = Letter.objects.filter(slug=options["slug"], revision__isnull=False).first()
        if letter is None:
            raise CommandError(f"There is no published letter “{options['slug']}”.")
        out: Path = options["out"].absolute()
        if not out.parent.is_dir():
            raise CommandError(f"There is no folder {out.parent}.")
        bar = Bar()
        try:
            wanted = exporting.settled(letter, _wish(options))
            made = making.write(letter=letter, wish=wanted, out=out, meter=bar)
        except (NotPrinted, Unwanted) as failed:
            raise CommandError(str(failed.reason)) from failed
        finally:
            bar.end()
        several = f" in {made.parts} volumes (a ZIP archive)" if made.parts > 1 else ""
        self.stdout.write(f"{out}: {bar.total:,} signatures{several}, {out.stat().st_size:,} bytes")


def _wish(options: dict[str, Any]) -> Wish:
    columns = (column.strip() for column in options["columns"].split(","))
    return Wish(
        format=options["format"],
        sort=options["sort"],
        public_only=options["public_only"],
        layout=options["layout"],
        columns=tuple(column for column in columns if column),
        grouping=options["group_by"],
        volumes=options["volumes"],
        preset=options["preset"],
        sign=not options["no_sign"],
    )


class Bar(Meter):
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
