"""What must hold before a process serves. Apps register it in their `conditions.py`, every process
asks: web, streams, workers and clock."""

from collections.abc import Callable

import structlog
from django.db import DatabaseError, connection

from worker import faults

Condition = Callable[[], None]

_conditions: list[Condition] = []
log = structlog.get_logger(__name__)


class Refused(Exception):
    """This process must not serve; `reason` tells the operator why, in a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def condition(function: Condition) -> Condition:
    """Register a function that raises Refused."""
    _conditions.append(function)
    return function


def check() -> None:
    """Raises Refused. A database that can't be asked yet is no reason not to start: it may come."""
    try:
        for function in _conditions:
            function()
    except DatabaseError as error:
        log.warning("could not look before starting", fault=faults.describe(error))
    finally:
        if not connection.in_atomic_block:
            connection.close()  # children that are forked now must not share it


def check_or_exit() -> None:
    """For processes that are started as programs: the sentence, and the end."""
    try:
        check()
    except Refused as refused:
        raise SystemExit(refused.reason) from None
