"""An evening's backup, what people asked for the day after, and the backup put back: a program
that prints what came of it.

    python -m tests.flows.puttingback FOLDER

Twice: as it is meant, and without the journal, to see that there was something to bring back.
"""

import json
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import django

django.setup()

import pyrage  # noqa: E402 - the settings must be there first
from django.conf import settings  # noqa: E402
from django.core import serializers  # noqa: E402
from django.core.management import CommandError, call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from campaigns.models import Letter, Tally  # noqa: E402
from signatures.models import Export, Signature  # noqa: E402
from signatures.services import (  # noqa: E402
    agreeing,
    auditing,
    checkpointing,
    erasing,
    exporting,
    reckoning,
    repeating,
    sequencing,
    showing,
    subscribing,
    suppressing,
    withdrawing,
)
from tests import make  # noqa: E402
from tests.signatures.exporting import made  # noqa: E402
from worker import health, running  # noqa: E402

ERASED, HIDDEN, STOPPED, SUPPRESSED, WITHDRAWN = 10, 2, 2, 2, 2
CANARY = "Zzanary"

Groups = dict[str, list[Signature]]


def main(folder: Path) -> dict[str, Any]:
    key = pyrage.x25519.Identity.generate()
    keys = folder / "keys.txt"
    keys.write_text(f"# made for a test\n{key}\n")
    settings.BACKUP_RECIPIENTS = [str(key.to_public())]
    letter, people = evening()
    file = Path(said("backup", to=folder / "backups").split(" (")[0])
    found: dict[str, Any] = {
        "clear": CANARY.encode() in file.read_bytes(),
        "mode": oct(file.stat().st_mode & 0o777),
    }
    day_after(letter, people)
    before = count(letter)
    found["running"] = refused(file, keys, replace=True)
    stop()
    found["full"] = refused(file, keys, replace=False)
    found["repeated"] = said("restore", file, identity=keys, replace=True)
    found["shown"] = back(people)  # before anything else is done
    said("log_recover")
    found |= {"back": back(people), "moved": count(letter) - before, "wrong": list(wrong())}
    settings.ERASURES_DIR = folder / "lost"
    said("restore", file, identity=keys, replace=True)
    said("log_recover")
    found["control"] = back(people)
    return found


def evening() -> tuple[Letter, Groups]:
    letter = make.letter()
    sizes = {
        "erased": ERASED,
        "hidden": HIDDEN,
        "stopped": STOPPED,
        "suppressed": SUPPRESSED,
        "withdrawn": WITHDRAWN,
        "others": 3,
    }
    people = {
        group: [
            make.confirmed(letter, name=f"{CANARY} {group} {n}", updates=True) for n in range(size)
        ]
        for group, size in sizes.items()
    }
    sequencing.sequence(now=timezone.now())
    people["erased"].append(make.confirmed(letter, name=f"{CANARY} erased unnumbered"))
    people["erased"].append(make.pending(letter, name=f"{CANARY} erased unconfirmed"))
    made(letter)
    publish()
    return letter, people


def day_after(letter: Letter, people: Groups) -> None:
    now = timezone.now()
    sequencing.sequence(now=now)
    for one in people["erased"]:
        erasing.erase(uid=one.uid, now=now)
    for one in people["hidden"]:
        showing.show(uid=one.uid, public=False)
    for one in people["stopped"]:
        subscribing.subscribe(uid=one.uid, wanted=False, now=now)
    for one, about in zip(people["suppressed"], (letter, None), strict=True):
        suppressing.suppress(letter=about, digest=digest(one), now=now)
    for one in people["withdrawn"]:
        withdrawing.withdraw(uid=one.uid, now=now)
    late = make.confirmed(letter, name=f"{CANARY} signed after the backup")
    sequencing.sequence(now=now)
    erasing.erase(uid=late.uid, now=now)
    repeating.keep_up(now=now)
    publish()
    health.mark("clock", timezone.now())


def stop() -> None:
    """What a minute without a clock looks like."""
    health.mark("clock", timezone.now() - running.LATELY - timedelta(seconds=1))


def publish() -> None:
    sequencing.sequence(now=timezone.now())
    checkpointing.publish(timezone.now())
    checkpointing._held = None


def said(command: str, *words: object, **options: object) -> str:
    out = StringIO()
    call_command(command, *words, stdout=out, stderr=out, **options)
    return out.getvalue()


def refused(file: Path, keys: Path, *, replace: bool) -> str:
    try:
        return said("restore", file, identity=keys, replace=replace)
    except CommandError as refusal:
        return str(refusal)


def digest(signature: Signature) -> bytes:
    assert signature.mailbox_anywhere is not None
    return bytes(signature.mailbox_anywhere)


def back(people: Groups) -> dict[str, int]:
    """Of whom something is there that they had asked to be gone."""

    def rows(group: str) -> Any:
        return Signature.objects.filter(uid__in=[one.uid for one in people[group]])

    told = serializers.serialize("json", rows("erased"))
    offered = Export.objects.filter(state=Export.State.READY)
    suppressed = [
        suppressing.is_suppressed(one.letter_id, digest(one)) for one in people["suppressed"]
    ]
    return {
        "erased": rows("erased").filter(erased_at__isnull=True).count(),
        "named": told.count(CANARY),
        "hidden": rows("hidden").filter(public=True).count(),
        "stopped": rows("stopped").filter(updates=True).count(),
        "suppressed": suppressed.count(False),
        "withdrawn": rows("withdrawn").filter(counted=True).count(),
        "files": sum(exporting.path_of(each).exists() for each in offered),
        "offered": offered.count(),
    }


def count(letter: Letter) -> int:
    return Tally.objects.get(pk=letter.pk).count


def wrong() -> Any:
    """What proves the log and the count finds."""
    checkpointing._held = None
    checkpointing.publish(timezone.now())
    yield from map(str, agreeing.differences())
    yield from map(str, reckoning.compare())
    try:
        list(auditing.audit())
    except auditing.DoesNotHold as found:
        yield found.reason


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
