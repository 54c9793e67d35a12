"""Which signatures: what counts, what is shown, what waits."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from signatures.models import Signature  # noqa: F401 - the name in QuerySet["…"]


class SignatureQuerySet(models.QuerySet["Signature"]):
    def counted(self) -> SignatureQuerySet:
        """In the count the sequencer has published."""
        return self.filter(counted=True)

    def shown(self) -> SignatureQuerySet:
        """In the public list: counted, and their owners show their names. By state too: who has
        just withdrawn is gone from the list before the sequencer has counted it."""
        return self.filter(counted=True, public=True, state="confirmed")

    def awaiting_sequencer(self) -> SignatureQuerySet:
        return self.filter(news=True)

    def awaiting_sequencer_of(self, letter: int) -> SignatureQuerySet:
        """Those of one letter, read from all who wait: by the index of letters SQLite would read
        everybody who ever signed it."""
        its = models.ExpressionWrapper(
            models.F("letter_id") + 0, output_field=models.BigIntegerField()
        )
        return self.awaiting_sequencer().alias(its_letter=its).filter(its_letter=letter)

    def waiting_of(self, letter: int) -> SignatureQuerySet:
        """Of one letter, those who have not pressed the button in their mail."""
        return self.filter(letter=letter, state="pending")

    def unconfirmed_since(self, moment: datetime) -> SignatureQuerySet:
        return self.filter(state="pending", confirmed_at__isnull=True, asked_at__lt=moment)
