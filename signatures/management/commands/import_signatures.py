import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from campaigns.models import Letter, Organiser
from signatures import roll
from signatures.roll import BadRoll, Roll
from signatures.services import gathering, inviting, signing
from signatures.services.gathering import Batch


class Command(BaseCommand):
    help = (
        "Asks the people in a CSV file (name,email,affiliation,place,comment) by mail whether they "
        "sign; with --offline counts them as signatures on paper, which is never taken back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument(
            "--offline", action="store_true", help="they have signed on paper: a number, no names"
        )
        parser.add_argument("--by", metavar="EMAIL", help="who vouches; default: the organiser")
        parser.add_argument("--dry-run", action="store_true", help="only look")
        parser.add_argument("--yes", action="store_true", help="on a terminal too, do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        letter = _letter(options["slug"])
        by = _organiser(options["by"]) if options["by"] else letter.organiser
        found = self._read(options["file"], letter, offline=options["offline"])
        if options["offline"]:
            self._gather(letter, found, by, options)
        else:
            self._invite(letter, found, options)

    def _read(self, file: Path, letter: Letter, *, offline: bool) -> Roll:
        try:
            data = file.read_bytes()
            found = roll.read(data, addresses=not offline, seats=0 if offline else letter.seats)
        except OSError as error:
            raise CommandError(f"{file} can't be read: {error.strerror}.") from None
        except BadRoll as bad:
            raise CommandError(f"{bad.reason} Nothing was taken.") from None
        for fault in found.faults:
            self.stderr.write(f"line {fault.line}: {fault.reason}")
        if found.faults:
            more = " at least" if len(found.faults) >= roll.FAULTS else ""
            raise CommandError(f"{len(found.faults)} lines{more} are wrong. Nothing was taken.")
        return found

    def _invite(self, letter: Letter, found: Roll, options: dict[str, Any]) -> None:
        now = timezone.now()
        if not letter.takes_signatures(now):
            raise CommandError(signing.why_not(letter, now))
        people = f"{len(found.people):,} people"
        unasked = [field for field in found.columns if field in _ASKED and field not in letter.asks]
        if unasked:
            self.stdout.write(f"The letter does not ask for {', '.join(unasked)}: left out.")
        if not self._sure(f"{people} would be asked by mail whether they sign.", options):
            return
        inviting.invite(letter=letter, people=found.people, now=now)
        self.stdout.write(
            f"{people} are invited. Whoever was asked or has signed before gets no second mail, "
            "and nobody counts until they press the button of theirs."
        )

    def _gather(self, letter: Letter, found: Roll, by: Organiser, options: dict[str, Any]) -> None:
        batch = gathering.look(letter=letter, people=found.people)
        self.stdout.write(f"digest: {batch.digest.hex()}\nsalt:   {batch.salt.hex()}")
        if batch.recorded is not None:
            raise CommandError(f"{_before(batch)} Nothing was taken.")
        people = f"{batch.people:,} people"
        warning = f"{people} would be counted as signed on paper, and this is never taken back."
        if not self._sure(warning, options):
            return
        try:
            gathering.record(letter=letter, people=found.people, by=by, now=timezone.now())
        except gathering.Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(
            f"{people} counted as signed on paper, recorded by {by.email}. Their names are not "
            "kept here: keep the file and the salt with the sheets. They open the digest, which "
            "the log will hold in a moment."
        )

    def _sure(self, what: str, options: dict[str, Any]) -> bool:
        """Whether to go on. A script has decided; somebody at a terminal looks first."""
        if options["dry_run"]:
            self.stdout.write(f"{what} Nothing was changed.")
            return False
        if options["yes"] or not sys.stdin.isatty():
            return True
        self.stdout.write(what)
        if input("Go on? Type yes: ").strip().lower() == "yes":
            return True
        self.stdout.write("Nothing was changed.")
        return False


_ASKED = ("affiliation", "place", "comment")


def _letter(slug: str) -> Letter:
    rows = Letter.objects.select_related("organiser", "revision")
    letter = rows.filter(slug=slug, revision__isnull=False, taken_down_at__isnull=True).first()
    if letter is None:
        raise CommandError(f"There is no published letter “{slug}”.")
    return letter


def _organiser(email: str) -> Organiser:
    found = Organiser.objects.filter(email__iexact=email).first()
    if found is None:
        raise CommandError("Nobody has an account with the address of --by.")
    return found


def _before(batch: Batch) -> str:
    before = batch.recorded
    assert before is not None
    where = "" if before.index is None else f", entry {before.index} of the log"
    return f"This batch was recorded on {before.at:%Y-%m-%d}{where}."
