"""The files of a delivery as they are to be had now: one made anew takes the place of the old."""

from dataclasses import dataclass

from signatures.models import Delivery, Export
from signatures.proof import entered
from signatures.proof.entered import Entered

Ready = Export.State.READY


@dataclass(frozen=True)
class File:
    """A file as it was handed over, and the one that is to be had now: it may have a successor."""

    given: Export
    current: Export | None
    coming: bool = False  # a successor is being made
    entry: Entered | None = None  # where the log has the digest of the one to be had, or given
    given_entry: Entered | None = None

    @property
    def replaced(self) -> bool:
        return self.current is not None and self.current.pk != self.given.pk


def files(delivery: Delivery) -> list[File]:
    """What was handed over, each with its newest successor."""
    given = list(delivery.exports.order_by("ready_at", "pk"))
    chains = {export.pk: [export] for export in given}
    newest = {export.pk: export.pk for export in given}  # the end of a chain → where it began
    while newest:
        rows = Export.objects.filter(replaces__in=newest).order_by("asked_at", "pk")
        found = {row.pk: (newest[row.replaces_id], row) for row in rows if row.replaces_id}
        for first, row in found.values():
            chains[first].append(row)
        newest = {pk: first for pk, (first, _row) in found.items()}
    shown = {export.sha256 for chain in chains.values() for export in chain if export.sha256}
    entries = entered.of(delivery.letter, shown)
    return [_file(chain, entries) for chain in chains.values()]


def _file(chain: list[Export], entries: dict[str, Entered]) -> File:
    ready = [export for export in chain if export.state == Ready]
    coming = chain[-1].state in {Export.State.QUEUED, Export.State.RUNNING}
    given, current = chain[0], ready[-1] if ready else None
    return File(
        given,
        current,
        coming=coming,
        entry=entries.get((current or given).sha256),
        given_entry=entries.get(given.sha256),
    )
