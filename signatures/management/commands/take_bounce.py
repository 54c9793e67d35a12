import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from signatures import bounces
from signatures.services import bouncing

LATER = 75  # EX_TEMPFAIL: the mail server keeps the mail and tries again

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Take one mail that came back, from standard input, as a mail server's pipe gives it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "recipient", nargs="?", default="", help="the address it came back to, if known"
        )
        parser.add_argument(
            "--folder",
            type=Path,
            help="take, and delete, every file in this folder instead: the new/ of a Maildir",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Never an answer: a mail about a mail that came back would go round in circles."""
        now = timezone.now()
        try:
            if options["folder"]:
                for file in sorted(path for path in options["folder"].iterdir() if path.is_file()):
                    with file.open("rb") as opened:
                        _take(opened.read(bounces.LIMIT), "", now)
                    file.unlink()
            else:
                _take(_piped(), options["recipient"][:500], now)
        except (OperationalError, InterfaceError):
            sys.exit(LATER)


def _piped() -> bytes:
    mail = sys.stdin.buffer.read(bounces.LIMIT)
    while sys.stdin.buffer.read(bounces.LIMIT):
        pass  # a server whose pipe is shut too early takes that for a failure
    return mail


def _take(mail: bytes, came_to: str, now: datetime) -> None:
    try:
        bounce = bounces.read(mail, came_to=came_to)
        outcome = bouncing.came_back(message=bounce.message, now=now)
    except bounces.NotABounce as other:
        outcome = other.reason
    log.info("mail came back", outcome=outcome)
