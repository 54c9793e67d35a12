import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from worker import starting
from worker.clock import Clock


class Command(BaseCommand):
    help = "Run the clock: sequencing, reminders, jobs at their times. One is enough."

    def handle(self, *args: Any, **options: Any) -> None:
        starting.check_or_exit()
        clock = Clock()

        def stop(signum: int, frame: FrameType | None) -> None:
            clock.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        clock.run()
