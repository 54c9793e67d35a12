from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string

from campaigns.live import serving


class Command(BaseCommand):
    help = "Serve the streams of counts, /letters/<slug>/live/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT + 1)
        parser.add_argument("--host", default="127.0.0.1")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        application = import_string(settings.ASGI_APPLICATION)
        try:
            serving.serve(application, host=host, port=port)
        except OSError as error:
            raise CommandError(f"Port {port} cannot be used: {error.strerror}.") from None
