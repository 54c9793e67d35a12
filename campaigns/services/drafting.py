"""Writing a letter: a draft at first, and each saved change of a published one a new revision."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from campaigns import cleaning, groups, text
from campaigns.models import Letter, Organiser, Tally, Target
from campaigns.privacy import NOTE_LIMIT, Settled
from campaigns.services import promising, publishing

ONE_LINE = {
    "title": 150,
    "summary": 300,
    "sender": 150,
    "controller": 150,
    "controller_address": 300,
    "privacy_contact": 254,
}
PARAGRAPHS = ("body", "privacy_note")
# A draft may be saved without these; publishing asks for them.
LATER = ("body", "sender")
RESERVED = {"new"}  # /organise/letters/new/ is where letters begin
CHOSEN = (
    "language",
    "accent",
    "goal",
    "opens_at",
    "closes_at",
    "zone",
    "asks",
    "seats",
    "sensitive",
    "retention_days",
    "anonymous_hours",
)


@dataclass(frozen=True)
class Addressee:
    name: str
    role: str = ""
    email: str = ""


@dataclass(frozen=True)
class Draft:
    """What an organiser typed, whole. `slug` empty: made from the title."""

    title: str
    body: str
    sender: str
    targets: Sequence[Addressee]
    summary: str = ""
    slug: str = ""
    language: str = "en"
    accent: str = "#0b5563"
    goal: int | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    zone: str = "UTC"
    asks: Sequence[str] = field(default_factory=list)
    groups: Sequence[str] = field(default_factory=list)  # who has signed keeps what they picked
    seats: int = 1
    sensitive: bool = False
    # For the privacy notice: campaigns.privacy says what each may be.
    controller: str = ""
    controller_address: str = ""
    privacy_contact: str = ""
    privacy_note: str = ""
    retention_days: int | None = None
    anonymous_hours: int | None = None


class Refused(Exception):
    """What was asked can't be done now; the text is for the organiser."""


@transaction.atomic
def create(*, organiser: Organiser, draft: Draft) -> Letter:
    """A draft only its organiser sees; a title is enough. Raises ValidationError by field."""
    letter = Letter(organiser=organiser)
    _fill(letter, draft)
    letter.slug = draft.slug or free_slug(letter.title)
    _check(letter)
    letter.save(force_insert=True)
    Tally.objects.create(letter=letter)
    _address(letter, draft.targets)
    return letter


@transaction.atomic
def edit(*, letter: Letter, draft: Draft, by: Organiser, note: str = "", now: datetime) -> Letter:
    """Save a change. Of a published letter a changed text, target, sender or rule is a revision."""
    letter = Letter.objects.select_for_update().get(pk=letter.pk)
    if letter.state == Letter.State.CLOSED:
        raise Refused(_("This letter is closed for good; its text can’t change any more."))
    if letter.is_taken_down:
        raise Refused(_("This letter was taken down and can’t be changed."))
    promised = promising.settled(letter) if letter.is_published else None
    _fill(letter, draft)
    if letter.is_published and draft.slug and draft.slug != letter.slug:
        raise ValidationError({"slug": _("The address of a published letter stays as it is.")})
    letter.slug = draft.slug or letter.slug
    _check(letter, promised)
    letter.save(update_fields=[*ONE_LINE, *PARAGRAPHS, *CHOSEN, "groups", "slug", "changed_at"])
    _address(letter, draft.targets)
    if letter.is_published:
        publishing.revise(letter=letter, by=by, note=note, now=now)
    return letter


def free_slug(title: str) -> str:
    """An address nobody has, readable where the title can be written in ASCII."""
    base = slugify(title)[:70].strip("-") or "letter"
    if base not in {"letter", *RESERVED} and not Letter.objects.filter(slug=base).exists():
        return base
    return f"{base}-{secrets.token_hex(4)}"


def _fill(letter: Letter, draft: Draft) -> None:
    problems: dict[str, Any] = {}
    for name, limit in ONE_LINE.items():
        try:
            setattr(letter, name, cleaning.line(getattr(draft, name), limit=limit))
        except cleaning.BadText as bad:
            problems[name] = bad.reason
    try:
        letter.body = cleaning.paragraphs(draft.body, limit=text.BODY_LIMIT, markdown=True)
    except cleaning.BadText as bad:
        problems["body"] = bad.reason
    try:
        letter.privacy_note = cleaning.paragraphs(draft.privacy_note, limit=NOTE_LIMIT)
    except cleaning.BadText as bad:
        problems["privacy_note"] = bad.reason
    try:
        letter.groups = groups.read(draft.groups)
    except groups.BadGroups as bad:
        problems["groups"] = bad.reason
    if letter.is_published and not draft.targets:
        problems["targets"] = _("Name at least one person or body the letter is addressed to.")
    if problems:
        raise ValidationError(problems)
    for name in CHOSEN:
        setattr(letter, name, getattr(draft, name))
    letter.asks = list(draft.asks)


def _check(letter: Letter, promised: Settled | None = None) -> None:
    """Raises ValidationError by field. What a draft may lack is asked for when it is published."""
    if letter.slug in RESERVED:
        raise ValidationError({"slug": _("This address is taken. Choose another.")})
    later = [] if letter.is_published else [name for name in LATER if not getattr(letter, name)]
    letter.full_clean(exclude=["organiser", "revision", *later])
    refused = [
        one
        for one in promising.wrong(letter, promised=promised)
        if letter.is_published or not one.may_wait
    ]
    if refused:
        raise ValidationError({one.field: one.reason for one in reversed(refused)})


def _address(letter: Letter, targets: Sequence[Addressee]) -> None:
    letter.targets.all().delete()
    rows = []
    for position, one in enumerate(targets):
        try:
            row = Target(
                letter=letter,
                position=position,
                name=cleaning.line(one.name, limit=150),
                role=cleaning.line(one.role, limit=150),
                email=one.email.strip(),
            )
        except cleaning.BadText as bad:
            raise ValidationError({"targets": bad.reason}) from bad
        row.full_clean(exclude=["letter"])
        rows.append(row)
    Target.objects.bulk_create(rows)
