from typing import Any

from django.core.management.base import BaseCommand

from campaigns import sealed


class Command(BaseCommand):
    requires_system_checks = ()  # a table of our own making
    help = "Print what the database keeps, and why, as a table: for your record of processing."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("| table | columns | what for | what it tells | how long |")
        self.stdout.write("|---|---|---|---|---|")
        for label, entries in sorted(sealed.data_maps().items()):
            for entry in entries:
                columns = " ".join(f"`{name}`" for name in entry.names)
                self.stdout.write(
                    f"| {label} | {columns} | {entry.why} | {entry.kind} | {entry.until} |"
                )
