import sys
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

    def handle(self, *args: Any, **options: Any) -> None:
        """Never an answer: a mail about a mail that came back would go round in circles."""
        mail = sys.stdin.buffer.read(bounces.LIMIT)
        while sys.stdin.buffer.read(bounces.LIMIT):
            pass  # a server whose pipe is shut too early takes that for a failure
        try:
            bounce = bounces.read(mail, came_to=options["recipient"][:500])
            outcome = bouncing.came_back(message=bounce.message, now=timezone.now())
        except bounces.NotABounce as other:
            outcome = other.reason
        except (OperationalError, InterfaceError):
            sys.exit(LATER)
        log.info("mail came back", outcome=outcome)
