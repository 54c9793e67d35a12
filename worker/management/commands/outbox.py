from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from worker import outbox


class Command(BaseCommand):
    help = "List messages that were given up; with --resend try them again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("uids", nargs="*", metavar="UID", help="only these messages")
        parser.add_argument("--resend", action="store_true", help="try them again")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = outbox.dead()
        if options["uids"]:
            rows = rows.filter(uid__in=options["uids"])
        for message in rows.iterator(chunk_size=500):
            again = options["resend"] and outbox.resend(message)
            self.stdout.write(
                f"{message.uid}  {message.topic}  {message.last_error}"
                f"{'  queued again' if again else ''}"
            )
