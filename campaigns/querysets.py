"""Which letters: the only place that says what is public and what is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from campaigns.models import Letter  # noqa: F401 - the name in QuerySet["…"]


class LetterQuerySet(models.QuerySet["Letter"]):
    def published(self) -> LetterQuerySet:
        """Those that have a page, if only one that says why they were taken down."""
        return self.filter(state__in=["open", "paused", "closed"])

    def public(self) -> LetterQuerySet:
        """Published and not taken down: what a stranger may read."""
        return self.published().filter(taken_down_at__isnull=True)

    def open(self) -> LetterQuerySet:
        return self.public().filter(state="open")

    def run_by(self, user: Any) -> LetterQuerySet:
        """The letters this organiser may see and change. Anonymous people have none."""
        return self.filter(organiser_id=user.pk) if user.is_authenticated else self.none()

    def for_page(self) -> LetterQuerySet:
        """With what a public page prints, in one query."""
        return self.select_related("revision", "tally")
