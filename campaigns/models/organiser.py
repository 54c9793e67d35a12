from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class OrganiserManager(BaseUserManager["Organiser"]):
    """Organisers are known by their e-mail address; they have no user name and no password."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Organiser":
        organiser = self.model(email=self.normalize_email(email).lower(), **fields)
        organiser.set_unusable_password()  # none is asked for anywhere
        organiser.save(using=self._db)
        return organiser

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "Organiser":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "Organiser":
        return self.get(email__iexact=username)


class Organiser(AbstractUser):
    """Somebody who runs letters, or staff of the installation."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=100, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[OrganiserManager] = OrganiserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("organiser")
        verbose_name_plural = _("organisers")

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email
