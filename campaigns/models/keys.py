from django.db import models
from django.utils.translation import gettext_lazy as _


class SealingKey(models.Model):
    """A key of FIELD_KEYS that has sealed something here, known by its id and fingerprint.

    A process that has another key under this id, or none, must not start: it could open nothing,
    and would seal what nobody else can open."""

    number = models.PositiveSmallIntegerField(primary_key=True)  # 1 to 255
    fingerprint = models.BinaryField(max_length=32)
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("sealing key")
        verbose_name_plural = _("sealing keys")

    def __str__(self) -> str:
        return f"{self.number}"


class DayKey(models.Model):
    """The secret of one day, under which networks of clients are told apart; deleted after a week,
    and with it every way from a digest back to a network."""

    day = models.DateField(primary_key=True)  # UTC
    sealed = models.BinaryField()

    class Meta:
        verbose_name = _("key of a day")
        verbose_name_plural = _("keys of days")

    def __str__(self) -> str:
        return f"{self.day}"
