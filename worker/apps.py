from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class WorkerConfig(AppConfig):
    name = "worker"
    verbose_name = _("Outbox")

    def ready(self) -> None:
        """Every app's handlers and clock functions announce themselves by being imported."""
        autodiscover_modules("handlers", "tasks", "conditions")
