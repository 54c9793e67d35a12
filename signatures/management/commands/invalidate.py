import re
import uuid
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from campaigns.models import Letter
from signatures.models import Invalidation
from signatures.services import invalidating

REASONS = {reason.name.lower(): reason for reason in Invalidation.Reason}


def moment(text: str) -> datetime:
    """ISO 8601; a time without a zone is in the installation's."""
    found = parse_datetime(text)
    if found is None:
        raise ValueError(text)
    return found if timezone.is_aware(found) else timezone.make_aware(found)


DIGEST = re.compile(r"(?:[0-9a-f]{64})?")


class Command(BaseCommand):
    help = (
        "Takes signatures out of the count by a rule: `invalidate SLUG --because …` only looks "
        "and prints the rule's id; `--start ID` does it, `--cancel ID` puts everything back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?")
        parser.add_argument("--reason", choices=REASONS, default="unspecified")
        parser.add_argument("--because", default="", help="the public reason, one sentence")
        parser.add_argument("--from", type=moment, dest="signed_from", help="confirmed from")
        parser.add_argument("--until", type=moment, dest="signed_until", help="confirmed before")
        parser.add_argument("--name", default="", help="names that contain this")
        parser.add_argument("--affiliation", default="", help="affiliations that contain this")
        parser.add_argument("--network", default="", help="digest of a network, hex")
        parser.add_argument("--number", type=int, action="append", default=[], dest="numbers")
        parser.add_argument("--start", metavar="ID")
        parser.add_argument("--cancel", metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["start"]:
                self._start(_rule(options["start"]))
            elif options["cancel"]:
                self._cancel(_rule(options["cancel"]))
            else:
                self._look(options)
        except invalidating.Refused as refused:
            raise CommandError(str(refused)) from None

    def _look(self, options: dict[str, Any]) -> None:
        letter = Letter.objects.filter(slug=options["slug"] or "").first()
        if letter is None:
            raise CommandError("There is no such letter.")
        if not options["because"]:
            raise CommandError("Give the public reason with --because.")
        if not DIGEST.fullmatch(options["network"]):
            raise CommandError("--network takes the 64 hexadecimal digits of a digest.")
        rule = Invalidation(
            letter=letter,
            reason=REASONS[options["reason"]],
            public_reason=options["because"],
            signed_from=options["signed_from"],
            signed_until=options["signed_until"],
            name_contains=options["name"],
            affiliation_contains=options["affiliation"],
            network=options["network"],
            numbers=options["numbers"],
        )
        try:
            rule.full_clean()
        except ValidationError as wrong:
            raise CommandError("; ".join(wrong.messages)) from None
        rule.save()
        found = invalidating.dry_run(invalidation=rule)
        for day, count in found.items():
            self.stdout.write(f"{day}: {count}")
        self.stdout.write(
            f"{sum(found.values())} signatures would be taken out. Nothing was changed."
        )
        self.stdout.write(f"To do it: invalidate --start {rule.uid}")

    def _start(self, rule: Invalidation) -> None:
        with transaction.atomic():
            invalidating.start(invalidation=rule, now=timezone.now())
        done = invalidating.run(invalidation=rule.pk, now=timezone.now())
        self.stdout.write(
            f"{done} signatures taken out. To undo it: invalidate --cancel {rule.uid}"
        )

    def _cancel(self, rule: Invalidation) -> None:
        back = invalidating.cancel(invalidation=rule, now=timezone.now())
        self.stdout.write(f"{back} signatures put back.")


def _rule(uid: str) -> Invalidation:
    try:
        return Invalidation.objects.get(uid=uuid.UUID(uid))
    except (Invalidation.DoesNotExist, ValueError):
        raise CommandError("There is no such rule.") from None
