import secrets
import uuid
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.querysets import LetterQuerySet

GRACE = timedelta(hours=24)  # links already sent work this long after the form has shut

# What a signer may be asked besides name and address, in the order of the form.
FIELDS = ("title", "affiliation", "place", "country", "comment")

slug_shape = RegexValidator(
    r"\A[a-z0-9]+(?:-[a-z0-9]+)*\Z",
    _("Use small letters, digits and single hyphens, like water-for-the-aller."),
)
hex_colour = RegexValidator(r"\A#[0-9a-f]{6}\Z", _("Give a colour like #0b5563."))


def random_uid() -> uuid.UUID:
    """16 random bytes. Not a version 4 UUID: the log's letter id has no fixed bits."""
    return uuid.UUID(bytes=secrets.token_bytes(16))


class Letter(models.Model):
    """An open letter as its organiser edits it. What readers sign is its latest revision."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        REVIEW = "review", _("waiting for review")
        OPEN = "open", _("open")
        PAUSED = "paused", _("paused")
        CLOSED = "closed", _("closed")

    uid = models.UUIDField(default=random_uid, unique=True, editable=False)
    slug = models.CharField(_("address"), max_length=80, unique=True, validators=[slug_shape])
    organiser = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="letters",
        verbose_name=_("organiser"),
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)

    title = models.CharField(_("title"), max_length=150)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    body = models.TextField(_("text"))  # Markdown; the canonical, hashed form
    sender = models.CharField(_("from"), max_length=150)
    language = models.CharField(_("language"), max_length=20, default="en")  # BCP 47
    accent = models.CharField(_("colour"), max_length=7, default="#0b5563", validators=[hex_colour])

    goal = models.PositiveIntegerField(
        _("goal"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")  # IANA name

    asks = models.JSONField(_("fields to ask"), default=list, blank=True)  # a subset of FIELDS
    # Names; signers pick one.
    groups = models.JSONField(_("groups"), default=list, db_default=[], blank=True)
    seats = models.PositiveSmallIntegerField(
        _("people per mailbox"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(2)],
    )
    sensitive = models.BooleanField(_("sensitive"), default=False)  # counted once a minute

    # For the privacy notice: who is responsible, if not the sender, and how to reach them.
    controller = models.CharField(
        _("who is responsible"), max_length=150, blank=True, default="", db_default=""
    )
    controller_address = models.CharField(
        _("their address"), max_length=300, blank=True, default="", db_default=""
    )
    privacy_contact = models.CharField(
        _("contact for questions about data"), max_length=254, blank=True, default="", db_default=""
    )
    privacy_note = models.TextField(
        _("further words"), max_length=2000, blank=True, default="", db_default=""
    )
    retention_days = models.PositiveSmallIntegerField(
        _("days addresses are kept after delivery"), null=True, blank=True
    )  # empty: as the installation does; never longer
    # Empty: signers choose whether their name is shown. Else nobody's is, and who they are is
    # erased so many hours after they confirmed.
    anonymous_hours = models.PositiveSmallIntegerField(
        _("hours until signers’ names are erased"), null=True, blank=True
    )

    revision = models.ForeignKey(
        "campaigns.Revision",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    taken_down_at = models.DateTimeField(null=True, editable=False)
    taken_down_because = models.CharField(max_length=500, blank=True, editable=False)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "review", "open", "paused", "closed"]),
                name="letter_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "review"]) | Q(revision__isnull=False),
                name="letter_published_has_revision",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True)
                | Q(opens_at__isnull=True)
                | Q(closes_at__gt=F("opens_at")),
                name="letter_closes_after_opening",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "-published_at"], name="letter_listed"),
            models.Index(fields=["closes_at"], name="letter_closing"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("letter", args=[self.slug])

    @property
    def is_published(self) -> bool:
        return self.state in {self.State.OPEN, self.State.PAUSED, self.State.CLOSED}

    @property
    def is_taken_down(self) -> bool:
        return self.taken_down_at is not None

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def takes_signatures(self, now: datetime) -> bool:
        """Whether the form is open: published, not paused or taken down, and within its time."""
        return (
            self.state == self.State.OPEN
            and not self.is_taken_down
            and (self.opens_at is None or self.opens_at <= now)
            and (self.closes_at is None or now < self.closes_at)
        )

    def takes_confirmations(self, now: datetime) -> bool:
        """Links sent before a pause or the closing time work on, 24 hours past the closing time."""
        return (
            self.state in {self.State.OPEN, self.State.PAUSED}
            and not self.is_taken_down
            and (self.closes_at is None or now < self.closes_at + GRACE)
        )


class Target(models.Model):
    """Somebody a letter is addressed to."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="targets")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)  # for the delivery; never shown

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering: ClassVar[list[str]] = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.name}, {self.role}" if self.role else self.name
