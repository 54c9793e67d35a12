"""Celery's application: it carries nudges between processes, nothing that may not be lost."""

import os
import signal
from typing import Any

import django
from celery import Celery
from celery.signals import worker_init, worker_process_init

from worker import starting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("groundswell")
app.config_from_object("django.conf:settings", namespace="CELERY")


@worker_init.connect
def ask_before_working(**_: Any) -> None:
    django.setup()  # Celery's own turn to do so may come after ours
    starting.check_or_exit()


@worker_process_init.connect
def leave_ending_to_the_parent(**_: Any) -> None:
    """Some service managers tell a whole group to end; a pool whose children obey never does.

    The parent lets them finish what they hold; when it dies, the kernel kills them. A handler
    and not SIG_IGN, which programs started from here would inherit.
    """
    signal.signal(signal.SIGTERM, lambda *_: None)
