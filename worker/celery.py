"""Celery's application: it carries nudges between processes, nothing that may not be lost."""

import os
import signal
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("groundswell")
app.config_from_object("django.conf:settings", namespace="CELERY")


@worker_process_init.connect
def finish_what_is_held(**_: Any) -> None:
    """Some service managers tell a whole group to end; a worker whose children obey hangs.

    The first word is for the parent, which lets its children finish; the second is meant.
    """

    def once(signum: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    signal.signal(signal.SIGTERM, once)
