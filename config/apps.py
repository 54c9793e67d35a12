from django.apps import AppConfig
from django.core import checks

from config import checks as ours


class WiringConfig(AppConfig):
    name = "config"
    verbose_name = "Groundswell"

    def ready(self) -> None:
        ours.register(checks.register)
