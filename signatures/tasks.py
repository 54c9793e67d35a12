"""What happens by the clock: counting, publishing the log, forgetting, and proving the count."""

import time
from contextlib import suppress

import structlog
from django.conf import settings
from django.utils import timezone

from campaigns.live import announcing
from signatures.services import (
    auditing,
    checkpointing,
    cosigning,
    forgetting,
    journalling,
    reckoning,
    reminding,
    repeating,
    sequencing,
    sweeping,
    unkeying,
)
from worker import schedule

log = structlog.get_logger(__name__)

schedule.on_swept(sweeping.record)


@schedule.tick(every=0.2)
def sequence() -> bool:
    """Number and count what was confirmed; True while there is more."""
    if not sequencing.waits():
        return False  # so that an idle clock takes no write lock
    cosigning.listen_first(now=timezone.now())
    try:
        looked_at = sequencing.sequence(now=timezone.now())
    except sequencing.Overtaken:
        log.warning("another sequencer was faster")
        return False
    except sequencing.Frozen:
        return False  # who publishes says so, aloud
    if looked_at:
        announcing.announce()
    return looked_at >= sequencing.BATCH


@schedule.tick(every=60)
def catch_up() -> bool:
    """Log what was counted before the log was, or meanwhile by a program that knew nothing of it;
    True while there is more."""
    with suppress(sequencing.Overtaken, sequencing.Frozen):
        return sequencing.catch_up(now=timezone.now())
    return False


@schedule.aside(every=0.25)
def cosign() -> bool:
    """Ask our witnesses about a new checkpoint: beside the signing, which never waits for them."""
    cosigning.refresh(now=timezone.now())
    return False


@schedule.aside(every=60)
def remind() -> bool:
    """A few a second, beside the loop: a mail that somebody waits for is never far behind them."""
    more = reminding.remind(now=timezone.now())
    if more:
        time.sleep(1)
    return more


@schedule.aside(every=settings.LOG_INTERVAL)
def publish() -> bool:
    """Sign what the log has gained: beside the loop, for a disk may be slow and a log long."""
    cosigning.listen_first(now=timezone.now())
    checkpointing.publish(timezone.now())
    return False


@schedule.aside(every=2)
def keep_erasures() -> bool:
    """What nobody may bring back goes into the journal; after a restore it is done again first."""
    return repeating.keep_up(now=timezone.now()) >= journalling.SLICE


@schedule.aside(every=24 * 3600)
def repeat_erasures() -> bool:
    """At the start, and every day: nobody in the journal is back."""
    repeating.repeat(now=timezone.now())
    return False


@schedule.every(minutes=60)
def sweep_pending() -> None:
    sweeping.run("pending", forgetting.pending(timezone.now()))


@schedule.every(minutes=60)
def sweep_identities() -> None:
    sweeping.run("identities", forgetting.identities(timezone.now()))
    sweeping.run("closed", forgetting.closed(timezone.now()))


@schedule.every(minutes=10)
def sweep_slips() -> None:
    sweeping.run("slips", forgetting.slips(timezone.now()))


@schedule.every(minutes=60, queue="export")  # that worker's disk has the files
def sweep_exports() -> None:
    sweeping.run("exports", forgetting.exports(timezone.now()))


@schedule.daily(at="03:10")
def sweep_networks() -> None:
    sweeping.run("networks", forgetting.networks(timezone.now()))
    sweeping.run("passages", forgetting.passages(timezone.now()))
    sweeping.run("places", forgetting.places())
    sweeping.run("seeds", unkeying.seeds(timezone.now()))


@schedule.daily(at="03:20")
def sweep_addresses() -> None:
    sweeping.run("addresses", forgetting.addresses(timezone.now()))
    sweeping.run("suppressed", forgetting.suppressed(timezone.now()))
    sweeping.run("records", forgetting.records(timezone.now()))


@schedule.daily(at="03:30")
def sweep_words() -> None:
    sweeping.run("words", forgetting.words())


@schedule.daily(at="03:40", queue="export")
def reckon() -> None:
    """Every night counts, rows and log are held side by side; a difference is an alarm."""
    for drift in reckoning.compare():
        found = {"stored": drift.stored, "proved": drift.proved, "logged": drift.logged}
        log.error("count drift", slug=drift.slug, **found)


@schedule.daily(at="04:00", queue="export")
def audit() -> None:
    """Every night the whole log is read again and proved against files and database."""
    try:
        for proved in auditing.audit():
            log.info("log proved", what=proved)
    except auditing.DoesNotHold as wrong:
        log.error("the log does not hold", reason=wrong.reason)  # noqa: TRY400 - found, not crashed
