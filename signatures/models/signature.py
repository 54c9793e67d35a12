from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.letter import random_uid
from signatures.querysets import SignatureQuerySet


class Signature(models.Model):
    """Somebody's signature under one revision of a letter.

    The address is always sealed. Name, title, affiliation, place and comment are plain for those
    who show their name, so that lists can sort and search; for those who withhold it they are
    sealed together in `withheld_sealed` and the plain columns stay empty.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting for confirmation")
        CONFIRMED = "confirmed", _("confirmed")
        WITHDRAWN = "withdrawn", _("withdrawn")
        INVALIDATED = "invalidated", _("invalidated")

    class Method(models.IntegerChoices):  # the log's numbers
        LINK = 0, _("confirmed by e-mail")
        CODE = 1, _("confirmed by e-mail code")
        KEYED = 16, _("keyed in from paper")
        IMPORTED = 17, _("imported")
        SYNTHETIC = 255, _("synthetic (seed)")

    class MailState(models.IntegerChoices):
        ACCEPTED = 1, _("taken by the mail server")
        REFUSED = 2, _("refused by the mail server")
        NO_HOST = 3, _("no such mail domain")
        BOUNCED = 4, _("came back")

    uid = models.UUIDField(default=random_uid, unique=True, editable=False)
    letter = models.ForeignKey("campaigns.Letter", models.CASCADE, related_name="signatures")
    revision = models.ForeignKey("campaigns.Revision", models.PROTECT, related_name="signatures")
    state = models.CharField(max_length=11, choices=State, default=State.PENDING)
    method = models.PositiveSmallIntegerField(choices=Method, default=Method.LINK)

    # One mailbox, one signature (or two seats). Empty once erased.
    mailbox_digest = models.BinaryField(max_length=32, null=True)
    mailbox_anywhere = models.BinaryField(max_length=32, null=True)  # keyed for the installation
    seat = models.PositiveSmallIntegerField(default=1)

    email_sealed = models.BinaryField(null=True)
    withheld_sealed = models.BinaryField(null=True)
    public = models.BooleanField(default=False)
    updates = models.BooleanField(default=False)
    name = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=60, blank=True)
    affiliation = models.CharField(max_length=150, blank=True)
    place = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    comment = models.TextField(max_length=1000, blank=True)
    # One of the letter's groups, in words.
    group = models.CharField(max_length=60, blank=True, default="", db_default="")
    name_key = models.BinaryField(max_length=96, default=b"")  # signatures.collation.sort_key
    words = models.TextField(blank=True, default="")  # folded name, affiliation, place: search

    language = models.CharField(max_length=20)
    ref = models.CharField(max_length=64, blank=True)  # where the signer came from
    notice = models.ForeignKey("signatures.Notice", models.PROTECT, related_name="+")
    consented_at = models.DateTimeField()
    network = models.BinaryField(max_length=32, null=True)  # keyed by day; emptied after 7 days

    generation = models.PositiveSmallIntegerField(default=0)  # raising it ends every link sent
    asked_at = models.DateTimeField()
    mails = models.PositiveSmallIntegerField(default=0)  # asked for, ever; capped
    mails_recent = models.PositiveSmallIntegerField(default=0)  # within 24 h of `mails_since`
    mails_since = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)  # when what is printed of a person last changed
    invalidation = models.ForeignKey(
        "signatures.Invalidation", models.PROTECT, null=True, related_name="signatures"
    )

    # How far the mail with the button came, as its relay and its page say. Columns that were added
    # to a table in use may be empty.
    mail_state = models.PositiveSmallIntegerField(choices=MailState, null=True)
    mailed_at = models.DateTimeField(null=True)  # the link's time runs from here
    opened = models.BooleanField(null=True)  # a person, not a scanner, was on its page
    reminders = models.PositiveSmallIntegerField(null=True)
    reminded_at = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(null=True)  # wrong ones, of this generation
    brought = models.PositiveIntegerField(null=True)  # people who signed through this signer
    # Numbers it had before, each withdrawn when a newer text was signed.
    renewed = models.PositiveSmallIntegerField(null=True)
    identity_erased_at = models.DateTimeField(null=True)  # of a letter that keeps no names

    # The sequencer's. `news` is set by whoever changes the state, `counted` and `number` by it.
    news = models.BooleanField(default=False)
    counted = models.BooleanField(default=False)
    number = models.PositiveIntegerField(null=True)
    day = models.DateField(null=True)  # of confirmation, UTC: the public list goes by day
    pinned = models.PositiveSmallIntegerField(null=True)  # place among initial signatories

    # The log's. `commitment` waits here from confirming until the sequencer has logged it; the seed
    # (under the letter's key) opens it and is erased with the person, and so is the index.
    commitment = models.BinaryField(max_length=32, null=True)
    seed_sealed = models.BinaryField(null=True)
    log_index = models.BigIntegerField(null=True)
    domain_class = models.PositiveSmallIntegerField(null=True)  # signatures.proof.domainclass

    objects = SignatureQuerySet.as_manager()

    class Meta:
        # As a word that also has a plural elsewhere it would stay English.
        verbose_name = pgettext_lazy("one of a letter", "signature")
        verbose_name_plural = _("signatures")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["letter", "mailbox_digest", "seat"],
                name="signature_once_a_mailbox",
            ),
            models.UniqueConstraint(fields=["letter", "number"], name="signature_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "confirmed", "withdrawn", "invalidated"]),
                name="signature_state_known",
            ),
            models.CheckConstraint(
                condition=Q(counted=False) | Q(number__isnull=False),
                name="signature_counted_has_number",
            ),
            models.CheckConstraint(
                condition=Q(public=True)
                | Q(
                    name="",
                    title="",
                    affiliation="",
                    place="",
                    comment="",
                    group="",
                    words="",
                ),
                name="signature_withheld_is_sealed",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], condition=Q(news=True), name="signature_news"),
            models.Index(
                fields=["letter", "-day", "name_key", "uid"],
                condition=Q(counted=True, public=True),
                name="signature_by_day",
            ),
            models.Index(
                fields=["letter", "name_key", "uid"],
                condition=Q(counted=True, public=True),
                name="signature_by_name",
            ),
            models.Index(
                fields=["letter"],
                condition=Q(counted=True, public=False),
                name="signature_not_shown",
            ),
            models.Index(
                fields=["letter", "pinned"],
                condition=Q(pinned__isnull=False),
                name="signature_pinned",
            ),
            models.Index(
                fields=["asked_at"],
                condition=Q(state="pending"),
                name="signature_pending",
            ),
            models.Index(
                fields=["mailed_at"],
                condition=Q(state="pending", mailed_at__isnull=False),
                name="signature_mailed",
            ),
            models.Index(
                fields=["letter"],
                condition=Q(state="pending"),
                name="signature_waiting",
            ),
            models.Index(
                fields=["letter", "id"],
                condition=Q(counted=True, updates=True),
                name="signature_updates",
            ),
            models.Index(
                fields=["letter"],
                condition=Q(renewed__gt=0),
                name="signature_renewed",
            ),
            models.Index(fields=["mailbox_anywhere"], name="signature_mailbox"),
            models.Index(
                fields=["letter", "ref"],
                condition=Q(counted=True, ref__gt=""),
                name="signature_place",
            ),
        ]

    @property
    def is_signing_anew(self) -> bool:
        """Whether its signer has signed a newer text, and the sequencer hasn't logged that yet."""
        return self.counted and self.commitment is not None

    def __str__(self) -> str:
        return f"{self.uid}"  # never the name: admin logs and tracebacks print this
