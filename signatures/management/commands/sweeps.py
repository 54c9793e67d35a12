from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from signatures.models import Sweep
from signatures.services import sweeping
from worker import health


class Command(BaseCommand):
    help = "What went by the clock: which kind of data, how many rows or files, and when."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--last", type=int, default=30, metavar="N", help="default: 30")

    def handle(self, *args: Any, **options: Any) -> None:
        for row in Sweep.objects.order_by("-started_at", "-pk")[: options["last"]]:
            until = f"{row.ended_at:%Y-%m-%d %H:%M}" if row.ended_at else "not ended"
            began = f"{row.started_at:%Y-%m-%d %H:%M}"
            self.stdout.write(f"{began}  {until:16}  {row.swept:9,}  {row.kind}")
        if late := sweeping.overdue(health.heartbeats(), timezone.now()):
            self.stdout.write(f"Overdue: {', '.join(late)}.")
