"""/healthz: 200 when database, broker, worker and clock answer, the log goes on and nothing is kept
longer than promised, else 503 naming what does not."""

from datetime import timedelta

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from campaigns.reading import read_only
from signatures.proof import standing
from signatures.services import checkpointing, freezing, journalling, sweeping
from worker import health, outbox

STALE = timedelta(seconds=60)


@never_cache
@read_only
def healthz(request: HttpRequest) -> JsonResponse:
    """The broker is proved by the workers' heartbeats: they are asked for through it."""
    answers: dict[str, str] = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        beats = health.heartbeats()
        frozen = freezing.frozen()
        unwritten = journalling.is_late(timezone.now())
    except DatabaseError:
        return JsonResponse({"database": "does not answer"}, status=503)
    answers["database"] = "ok"
    now = timezone.now()
    for name in ("clock", *(f"worker:{queue}" for queue in sorted(outbox.queues()))):
        seen = beats.get(name)
        answers[name] = "ok" if seen and now - seen < STALE else "does not answer"
    seen = beats.get(checkpointing.ALIVE)
    answers["log"] = "ok" if seen and now - seen < standing.late() else "is not published"
    if frozen:  # nobody is counted any more: as bad as a clock that stands still
        answers["log"] = f"frozen: {frozen}"
    late = sweeping.overdue(beats, now)
    answers["retention"] = f"overdue: {', '.join(late)}" if late else "ok"
    answers["erasures"] = "are not written down" if unwritten else "ok"
    well = all(answer == "ok" for answer in answers.values())
    return JsonResponse(answers, status=200 if well else 503)
