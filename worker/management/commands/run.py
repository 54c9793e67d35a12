import shutil
import signal
import sys
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from worker import faults, starting, supervisor


class Command(BaseCommand):
    help = "Serve everything: web, workers and clock in one command. Ctrl-C stops all of it."

    def add_arguments(self, parser: CommandParser) -> None:
        # Read by manage.py before settings are, named here so that they are known and explained.
        parser.add_argument("--port", type=int, default=settings.PORT, help="default 8000")
        parser.add_argument("--data", metavar="DIR", help="where all state lives")

    def handle(self, *args: Any, **options: Any) -> None:
        port = options["port"]
        try:
            supervisor.refuse_taken(port)
        except supervisor.PortTaken as taken:
            raise CommandError(str(taken)) from None
        call_command("migrate", interactive=False, verbosity=0)
        starting.check_or_exit()
        connection.close()
        if settings.STATIC_HASHED:
            call_command("collectstatic", interactive=False, verbosity=0)
        if not settings.REDIS_URL:
            # Nudges of an earlier life: the clock finds what is due without them.
            shutil.rmtree(settings.BROKER_DIR, ignore_errors=True)
        sys.exit(self._supervise(port))

    def _supervise(self, port: int) -> int:
        streams = self._may_stream(port + 1)
        everything = supervisor.Supervisor(
            supervisor.programs(
                port=port,
                relays=settings.MAIL_RELAYS,
                web_workers=1 if connection.vendor == "sqlite" else 2,
                live=streams,
            ),
            port=port,
            env=self._env(streams=streams),
        )

        def stop(signum: int, frame: FrameType | None) -> None:
            everything.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        return everything.run(ready=self._welcome)

    def _may_stream(self, port: int) -> bool:
        """Pages do without streams: no reason not to start."""
        why = supervisor.taken(port)
        if why is not None:
            self.stderr.write(
                f"Port {port} cannot be used: {why}. "
                "Open pages ask for their count every few seconds instead of listening."
            )
        return why is None

    def _env(self, *, streams: bool) -> dict[str, str]:
        """Without streams nobody is sent to whoever listens on their port, unless the operator
        says where streams are: then it may be theirs."""
        env = supervisor.environment()
        return env if streams else {"LIVE_URL": settings.SITE_URL} | env

    def _welcome(self) -> None:
        """An app may have something to say once the first page answers: a command `welcome`."""
        if "welcome" not in get_commands():
            self.stdout.write(f"Serving on {settings.SITE_URL}")
            return
        try:
            call_command("welcome", stdout=self.stdout)
        except (CommandError, DatabaseError) as error:
            self.stderr.write(f"The welcome failed: {faults.describe(error)}")
        finally:
            connection.close()
