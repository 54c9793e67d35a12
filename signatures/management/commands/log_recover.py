from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from signatures.services import recovering
from signatures.services.reenacting import Loss

SHOWN = 20  # ranges


class Command(BaseCommand):
    help = (
        "Let a frozen log go on: entries the database forgot are put back from the public bundles, "
        "if they lead to the tree that was promised."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--checkpoint",
            type=Path,
            metavar="FILE",
            help="the newest checkpoint anybody has, if the high-water file is lost",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path | None = options["checkpoint"]
        try:
            newest = file.read_bytes() if file else None
        except OSError as wrong:
            raise CommandError(f"Nothing was changed. {file}: {wrong.strerror}.") from None
        try:
            done = recovering.recover(now=timezone.now(), newest=newest)
        except (recovering.Refused, OSError) as wrong:
            raise CommandError(f"Nothing was changed. {wrong}") from None
        self.stdout.write(f"{done.entries} entries put back.")
        for loss in done.losses:
            for line in _told(loss):
                self.stdout.write(line)
        self.stdout.write(f"The log goes on from {done.tree.size} entries.")


def _told(loss: Loss) -> list[str]:
    """What is missing of a letter, in sentences."""
    name = loss.slug or f"letter {loss.uid}, which is gone itself"
    said = {
        "signatures count whose people's data is gone, numbers": loss.signatures,
        "withdrawn since the backup: erased again, numbers": loss.forgotten,
        "texts are gone, and their signatures point to them: publish them again; entries": (
            loss.versions
        ),
        "deliveries are no longer recorded: record them again; entries": loss.deliveries,
    }
    lines = [f"{name}: {len(found)} {what} {_few(found)}" for what, found in said.items() if found]
    return [*lines, f"{name}: closed again"] if loss.closed else lines


def _few(numbers: list[int]) -> str:
    """As ranges, the first of them."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    said = [str(first) if first == last else f"{first} to {last}" for first, last in found]
    return ", ".join(said[:SHOWN]) + (" …" if len(said) > SHOWN else "")
