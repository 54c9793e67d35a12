import json
import threading
import time
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from worker import outbox
from worker.celery import app
from worker.models import OutboxMessage


class Command(BaseCommand):
    """Publishes test mails from a process of its own, or tells what became of them."""

    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--publish", type=int, default=0)
        parser.add_argument("--pause", type=float, default=0.0)
        parser.add_argument("--beside-direct", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        told: dict[str, Any] = {}
        direct = threading.Thread(target=_send_directly, daemon=True)
        if options["beside_direct"]:
            direct.start()
            time.sleep(0.3)  # so that it is in the middle of its call
        for number in range(options["publish"]):
            with transaction.atomic():
                outbox.publish("errand.mail", number=number)
            time.sleep(options["pause"])
        told["direct_still_waits"] = direct.is_alive()
        rows = OutboxMessage.objects.filter(topic__startswith="errand.")
        told["states"] = Counter(rows.values_list("state", flat=True))
        told["reasons"] = Counter(rows.values_list("last_error", flat=True))
        self.stdout.write(json.dumps(told))


def _send_directly() -> None:
    """What a request must never do: talk to the broker itself."""
    app.send_task("worker.relay_mail", queue="mail", retry=False)
