"""System checks: dangerous combinations of settings are named, or refuse to start."""

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from campaigns import limiting, privacy
from config import keychecks
from signatures.exports import certificate, fonts
from signatures.log import checkpoint
from signatures.log.rejected import Rejected
from signatures.proof import witnesses
from worker import backups

YEAR = 365  # days; the longest an address is kept without asking for news
SLOWEST = 30  # seconds between checkpoints: who confirmed sees theirs within a minute
AHEAD = timedelta(days=30)  # in which a certificate can be renewed without haste

Check = Callable[..., Sequence[CheckMessage]]


def register(add: Callable[..., Any]) -> None:
    add(public_host, Tags.security)
    add(registration, Tags.security)
    add(limits, Tags.security)
    add(document_certificate, Tags.security)
    add(witnesses_both_ways, Tags.security)
    add(promises, Tags.security)
    add(log, Tags.security)
    for check in (
        plain_http, files_as_mail, proxies, operator, throw_away_cache, embedded, open_admin,
        keychecks.weak_secrets, keychecks.key_ids, keychecks.key_places,
        log_folders, letters_and_fonts, backup_keys,
    ):  # fmt: skip
        add(check, Tags.security, deploy=True)


def public_host(**_: Any) -> list[CheckMessage]:
    """DEBUG shows settings and what people typed: never where strangers can come."""
    if settings.DEBUG and not settings.LOCAL:
        return [
            Error(
                "DEBUG is on while SITE_URL is public. Unset DEBUG.",
                id="groundswell.E001",
            )
        ]
    return []


def registration(**_: Any) -> list[CheckMessage]:
    if settings.REGISTRATION not in {"open", "invite", "review"}:
        return [
            Error("REGISTRATION must be open, invite or review.", id="groundswell.E002"),
        ]
    return []


def plain_http(**_: Any) -> list[CheckMessage]:
    if not settings.HTTPS:
        return [
            Error(
                "SITE_URL is not https: names and addresses would travel in the clear.",
                id="groundswell.E010",
            )
        ]
    return []


def files_as_mail(**_: Any) -> list[CheckMessage]:
    if settings.MAIL_TO_FILES:
        return [
            Error(
                "EMAIL_URL is not set: mails are written to files and reach nobody.",
                id="groundswell.E011",
            )
        ]
    return []


def proxies(**_: Any) -> list[CheckMessage]:
    if settings.PROXIES == 0:
        return [
            Caution(
                "PROXIES is 0: behind a proxy every visitor would share one address and one limit.",
                hint="Set PROXIES to the number of proxies in front of this server.",
                id="groundswell.W012",
            )
        ]
    return []


def operator(**_: Any) -> list[CheckMessage]:
    missing = [
        name
        for name in ("OPERATOR_NAME", "OPERATOR_ADDRESS", "OPERATOR_EMAIL")
        if not getattr(settings, name) or privacy.is_blank(getattr(settings, name))
    ]
    if missing:
        return [
            Caution(
                "The imprint and every letter's privacy notice name nobody who runs this site: "
                f"set {', '.join(missing)}.",
                id="groundswell.W013",
            )
        ]
    return []


def promises(**_: Any) -> list[CheckMessage]:
    """What every privacy notice says of time must be true of itself."""
    wrong = [
        (not 1 <= settings.RETENTION_DAYS <= YEAR, f"RETENTION_DAYS must be 1 to {YEAR}."),
        (
            not 0 < settings.VERIFICATION_HOURS <= settings.PENDING_DAYS * 24,
            "VERIFICATION_HOURS goes beyond PENDING_DAYS: links would outlive what they confirm.",
        ),
    ]
    return [Error(text, id="groundswell.E026") for is_wrong, text in wrong if is_wrong]


def throw_away_cache(**_: Any) -> list[CheckMessage]:
    if not settings.REDIS_URL and not settings.EMBEDDED:
        return [
            Caution(
                "REDIS_URL is not set: limits are kept per process, so several processes "
                "let several times as much through.",
                id="groundswell.W014",
            )
        ]
    return []


def limits(**_: Any) -> list[CheckMessage]:
    try:
        limiting.rules(settings.SIGNING_LIMITS)
    except ImproperlyConfigured as wrong:
        return [Error(f"SIGNING_LIMITS: {wrong}", id="groundswell.E003")]
    return []


def embedded(**_: Any) -> list[CheckMessage]:
    """One file and one machine carry a letter of some size, and no second machine."""
    if settings.EMBEDDED and not settings.LOCAL:
        return [
            Caution(
                "DATABASE_URL is not set: everything is in one SQLite file on this machine.",
                hint="For many letters or more than one machine set DATABASE_URL and REDIS_URL.",
                id="groundswell.W018",
            )
        ]
    return []


def open_admin(**_: Any) -> list[CheckMessage]:
    if settings.ADMIN_ENABLED and not settings.HTTPS:
        return [
            Error(
                "ADMIN_ENABLED without https: whoever listens takes over the staff's session.",
                id="groundswell.E016",
            )
        ]
    return []


def log(**_: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    if not 1 <= settings.LOG_INTERVAL <= SLOWEST:
        text = f"LOG_INTERVAL must be 1 to {SLOWEST} seconds: signers see their receipt by then."
        problems.append(Error(text, id="groundswell.E009"))
    if settings.LOG_ORIGIN:
        try:
            checkpoint.check_origin(settings.LOG_ORIGIN)
        except Rejected as rejected:
            problems.append(Error(f"LOG_ORIGIN: {rejected.reason}.", id="groundswell.E009"))
    return problems


def log_folders(**_: Any) -> list[CheckMessage]:
    """Nothing is counted while the high-water file cannot be written, and a restore brings people
    back while the journal of erasures can't."""
    return [
        Error(
            f"{name} ({folder}) cannot be written by this process.",
            hint="Every process needs the same folder; the clock writes there.",
            id="groundswell.E020",
        )
        for name, folder in (
            ("LOG_DIR", settings.LOG_DIR),
            ("LETTER_KEYS_DIR", settings.LETTER_KEYS_DIR),
            ("ERASURES_DIR", settings.ERASURES_DIR),
        )
        if not _writable(Path(folder))
    ]


def _writable(folder: Path) -> bool:
    """Or can be made by who needs it first."""
    standing = next((each for each in (folder, *folder.parents) if each.exists()), Path("/"))
    return standing.is_dir() and os.access(standing, os.W_OK | os.X_OK)


def backup_keys(**_: Any) -> list[CheckMessage]:
    """A backup that nobody can open, or anybody, is none."""
    if not settings.BACKUP_RECIPIENTS:
        text = "BACKUP_RECIPIENTS is not set: manage.py backup has nobody to encrypt for."
        return [Caution(text, id="groundswell.W025")]
    try:
        backups.recipients_of(settings.BACKUP_RECIPIENTS)
    except backups.Failed as failed:
        return [Error(failed.reason, id="groundswell.E025")]
    return []


def letters_and_fonts(**_: Any) -> list[CheckMessage]:
    """Without them a name prints as boxes, or no document comes at all."""
    return [Caution(sentence, id="groundswell.W015") for sentence in fonts.missing()]


def witnesses_both_ways(**_: Any) -> list[CheckMessage]:
    """Whom we ask and whose logs we watch can be read, and a key says one kind of thing."""
    problems: list[CheckMessage] = []
    for read in (witnesses.asked, witnesses.watched):
        try:
            read()
        except ImproperlyConfigured as wrong:
            problems.append(Error(str(wrong), id="groundswell.E007"))
    if set(settings.WITNESS_KEYS.values()) & set(settings.LOG_KEYS.values()):
        text = "WITNESS_KEY and LOG_KEY share a key: whoever signs a log must not witness logs."
        problems.append(Error(text, id="groundswell.E008"))
    return problems


def document_certificate(**_: Any) -> list[CheckMessage]:
    """A certificate that is over stops signed documents, and not the site."""
    try:
        found = certificate.present()
    except certificate.Unusable as wrong:
        return [Error(f"{wrong} See PDF_CERTIFICATE.", id="groundswell.E004")]
    if found is None:
        return []  # ours is made with the first document
    hint = (
        "Renew it and give the new one as PDF_CERTIFICATE."
        if settings.PDF_CERTIFICATE
        else f"Delete {certificate.own()}: the next document makes a new one."
    )
    problems: list[CheckMessage] = []
    if found.valid_until < timezone.now() + AHEAD:
        text = f"The certificate that signs PDF files ends on {found.valid_until:%Y-%m-%d}."
        problems.append(Caution(text, hint=hint, id="groundswell.W005"))
    if not settings.PDF_CERTIFICATE and found.subject != certificate.named(settings.SITE_HOST):
        text = f"The certificate that signs PDF files names {found.subject}, our host before."
        problems.append(Caution(text, hint=hint, id="groundswell.W006"))
    return problems
