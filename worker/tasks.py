"""What Celery runs, and the outbox's own housekeeping."""

from datetime import timedelta

from django.utils import timezone

from worker import schedule
from worker.celery import app
from worker.models import OutboxMessage
from worker.relay import relay

State = OutboxMessage.State
KEPT = timedelta(days=14)
SLICE = 1000  # rows deleted in one transaction: nobody waits long behind it


@app.task(name="worker.relay_mail", time_limit=300)
def relay_mail() -> None:
    """Send what is due. Takes no arguments: any nudge may do anybody's work."""
    relay.run("mail")


@app.task(name="worker.relay_work")
def relay_work(queue: str) -> None:
    """Do what is due in another queue."""
    relay.run(queue)


@schedule.tick(every=60)
def drop_the_outlived() -> bool:
    """What nobody needs any more is not sent late, and what it carried is forgotten."""
    now = timezone.now()
    OutboxMessage.objects.outlived(now).update(
        state=State.DROPPED, due_at=None, done_at=now, lease_by="", sealed=None
    )
    return False


@schedule.every(minutes=60)
def forget_the_done() -> int:
    """Ended messages tell who was written to when: a fortnight is enough to look into trouble."""
    old = OutboxMessage.objects.filter(
        done_at__lt=timezone.now() - KEPT, state__in=[State.DONE, State.DROPPED]
    )
    forgotten = 0
    while pks := list(old.values_list("pk", flat=True)[:SLICE]):
        forgotten += OutboxMessage.objects.filter(pk__in=pks).delete()[0]
    return forgotten
