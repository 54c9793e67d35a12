"""What happens by the clock: counting, publishing the log, forgetting, and proving the count."""

import structlog
from django.conf import settings
from django.utils import timezone

from campaigns.live import announcing
from signatures.models import Signature
from signatures.services import checkpointing, cosigning, erasing, exporting, reckoning, sequencing
from worker import health, schedule

log = structlog.get_logger(__name__)


@schedule.tick(every=0.2)
def sequence() -> bool:
    """Number and count what was confirmed; True while there is more."""
    if not Signature.objects.awaiting_sequencer().exists():
        return False  # so that an idle clock takes no write lock
    try:
        looked_at = sequencing.sequence(now=timezone.now())
    except sequencing.Overtaken:
        log.warning("another sequencer was faster")
        return False
    if looked_at:
        announcing.announce()
    return looked_at >= sequencing.BATCH


@schedule.aside(every=1.0)
def cosign() -> bool:
    """Ask our witnesses about a new checkpoint: beside the signing, which never waits for them."""
    cosigning.refresh(now=timezone.now())
    return False


@schedule.aside(every=settings.LOG_INTERVAL)
def publish() -> bool:
    """Sign what the log has gained: beside the loop, for a disk may be slow and a log long."""
    checkpointing.publish(timezone.now())
    health.mark(checkpointing.ALIVE, timezone.now())
    return False


@schedule.every(minutes=60)
def sweep_pending() -> None:
    erasing.sweep_pending(now=timezone.now())


@schedule.every(minutes=60, queue="export")  # that worker's disk has the files
def sweep_exports() -> None:
    exporting.expire(now=timezone.now())


@schedule.daily(at="03:10")
def sweep_networks() -> None:
    erasing.sweep_networks(now=timezone.now())


@schedule.daily(at="03:20")
def sweep_addresses() -> None:
    erasing.sweep_addresses(now=timezone.now())


@schedule.daily(at="03:30")
def sweep_words() -> None:
    erasing.sweep_words()


@schedule.daily(at="03:40", queue="export")
def reckon() -> None:
    """Every night the published counts are proved against the rows; a difference is an alarm."""
    for drift in reckoning.compare():
        log.error("count drift", slug=drift.slug, stored=drift.stored, proved=drift.proved)
