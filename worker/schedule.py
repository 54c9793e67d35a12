"""What happens by the clock: each app's tasks.py registers functions here by name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from worker import health, outbox
from worker.models import Heartbeat, OutboxMessage

TickFunction = Callable[[], bool]
JobFunction = Callable[[], int | None]  # how many rows it swept, if it sweeps
Listener = Callable[[str, int], None]


@dataclass(frozen=True)
class Tick:
    """A short step inside the clock's own loop; True means there is more to do at once."""

    name: str
    every: float
    run: TickFunction


@dataclass(frozen=True)
class Aside(Tick):
    """A step that may take long: on a thread of its own beside the clock's loop."""


@dataclass(frozen=True)
class Job:
    """Work done by a worker at its times, as an outbox message: leased, retried, visible."""

    name: str
    latest: Callable[[datetime], datetime]  # the last moment, at or before, it should have begun

    @property
    def topic(self) -> str:
        return f"job.{self.name}"


_ticks: dict[str, Tick] = {}
_asides: dict[str, Aside] = {}
_jobs: dict[str, Job] = {}
_listeners: list[Listener] = []


def ticks() -> list[Tick]:
    return list(_ticks.values())


def asides() -> list[Aside]:
    return list(_asides.values())


def jobs() -> list[Job]:
    return list(_jobs.values())


def tick(*, every: float) -> Callable[[TickFunction], TickFunction]:
    """Run a function in the clock's loop every so many seconds."""

    def register(function: TickFunction) -> TickFunction:
        name = _name(function)
        _ticks[name] = Tick(name, every, function)
        return function

    return register


def aside(*, every: float) -> Callable[[TickFunction], TickFunction]:
    """Run a function every so many seconds, on a thread and a database connection of its own.

    When the clock ends, a turn that takes long is left where it is: it must bear being cut off.
    """

    def register(function: TickFunction) -> TickFunction:
        name = _name(function)
        _asides[name] = Aside(name, every, function)
        return function

    return register


def every(*, minutes: float, queue: str = "mail") -> Callable[[JobFunction], JobFunction]:
    """Have a worker run an idempotent function every so many minutes."""
    return _job(lambda now: latest_of_many(now, minutes=minutes), queue)


def daily(*, at: str, queue: str = "mail") -> Callable[[JobFunction], JobFunction]:
    """Have a worker run an idempotent function once a day at "HH:MM" local time."""
    moment = time.fromisoformat(at)
    return _job(lambda now: latest_of_day(now, moment=moment), queue)


def on_swept(listener: Listener) -> Listener:
    """Hear of every job that says how many rows it swept: its name, and how many."""
    _listeners.append(listener)
    return listener


def latest_of_many(now: datetime, *, minutes: float) -> datetime:
    """The last whole multiple of so many minutes, the same for every clock."""
    seconds = now.timestamp()
    return datetime.fromtimestamp(seconds - seconds % (minutes * 60), UTC)


def latest_of_day(now: datetime, *, moment: time) -> datetime:
    """The last time a local clock showed the moment."""
    local = timezone.localtime(now)
    today = local.replace(hour=moment.hour, minute=moment.minute, second=0, microsecond=0)
    return (today if today <= local else today - timedelta(days=1)).astimezone(UTC)


def _job(
    latest: Callable[[datetime], datetime], queue: str
) -> Callable[[JobFunction], JobFunction]:
    def register(function: JobFunction) -> JobFunction:
        job = Job(_name(function), latest)

        def run(message: OutboxMessage) -> None:
            swept = function()
            for listener in _listeners if swept is not None else ():
                listener(job.name, swept or 0)
            health.mark(f"ran:{job.name}", timezone.now())

        outbox.on(job.topic, queue=queue)(run)
        _jobs[job.name] = job
        return function

    return register


def _name(function: Callable[[], object]) -> str:
    return f"{function.__module__}.{function.__name__}".replace(".tasks.", ".")


def plan(now: datetime) -> list[str]:
    """Publish the jobs whose time has come; two clocks publish each time once.

    A job seen for the first time waits for its next time. One whose earlier run is not over is
    passed by: it will find everything that has gathered.
    """
    marks = dict(Heartbeat.objects.filter(name__startswith="job:").values_list("name", "at"))
    return [job.name for job in jobs() if _plan(job, marks.get(f"job:{job.name}"), now)]


def _plan(job: Job, last: datetime | None, now: datetime) -> bool:
    slot, name = job.latest(now), f"job:{job.name}"
    if last is None:
        Heartbeat.objects.bulk_create([Heartbeat(name=name, at=slot)], ignore_conflicts=True)
        return False
    if slot <= last:
        return False
    with transaction.atomic():
        if not Heartbeat.objects.filter(name=name, at=last).update(at=slot):
            return False
        open_run = OutboxMessage.objects.filter(topic=job.topic, due_at__isnull=False)
        if open_run.exists():
            return False
        outbox.publish(job.topic)
    return True
