"""System checks of keys: one in two places, out of order, or where others can read it. None of them
says what a key is."""

import stat
from itertools import combinations
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution

ENOUGH = 40  # characters of a secret
SEVERAL = {  # setting → where it is kept
    "FIELD_KEYS": "FIELD_KEYS",
    "TOKEN_KEYS": "TOKEN_KEYS",
    "LOG_KEY": "LOG_KEYS",
    "WITNESS_KEY": "WITNESS_KEYS",
}


def weak_secrets(**_: Any) -> list[CheckMessage]:
    """Short secrets are guessed; one secret in two places can't be changed in one."""
    given = {"SECRET_KEY": settings.SECRET_KEY, "MAILBOX_PEPPER": settings.MAILBOX_PEPPER.decode()}
    problems: list[CheckMessage] = [
        Error(
            f"{name} is too short: {ENOUGH} characters at least. Run bin/secrets for good ones.",
            id="groundswell.E017",
        )
        for name, secret in given.items()
        if len(secret) < ENOUGH
    ]
    if len(set(given.values())) < len(given):
        text = "SECRET_KEY and MAILBOX_PEPPER are the same: changing one would change the other."
        problems.append(Error(text, id="groundswell.E019"))
    keys = {name: set(getattr(settings, kept).values()) for name, kept in SEVERAL.items()}
    return problems + [
        Error(f"{one} and {other} share a key: give each its own.", id="groundswell.E019")
        for one, other in combinations(keys, 2)
        if keys[one] & keys[other] and {one, other} != {"LOG_KEY", "WITNESS_KEY"}  # E008 says it
    ]


def key_ids(**_: Any) -> list[CheckMessage]:
    """A key under two ids was not rotated; a newest one that stands behind seals nothing."""
    problems: list[CheckMessage] = []
    for name, kept in SEVERAL.items():
        keys = getattr(settings, kept)
        if len(set(keys.values())) < len(keys):
            text = f"{name} has one key under two ids: that is no rotation."
            problems.append(Error(text, id="groundswell.E021"))
        if keys and next(iter(keys)) != max(keys):
            text = f"{name}: key {max(keys)} stands behind key {next(iter(keys))}, which is used."
            hint = "The newest key stands first. bin/secrets DIR --rotate puts it there."
            problems.append(Caution(text, hint=hint, id="groundswell.W022"))
    return problems


def key_places(**_: Any) -> list[CheckMessage]:
    """What is kept apart from the database must not lie where the public or another user reads."""
    letters, log = Path(settings.LETTER_KEYS_DIR).resolve(), Path(settings.LOG_DIR).resolve()
    problems: list[CheckMessage] = []
    if letters == log or log in letters.parents:
        text = "LETTER_KEYS_DIR lies in LOG_DIR, which is public and copied by everybody."
        problems.append(Error(text, id="groundswell.E023"))
    folders = {"LETTER_KEYS_DIR": letters, "DATA_DIR/secrets": Path(settings.DATA_DIR) / "secrets"}
    return problems + [
        Caution(
            f"{name} ({folder}) can be read by other users of this machine.",
            hint=f"chmod 700 {folder}",
            id="groundswell.W024",
        )
        for name, folder in folders.items()
        if folder.is_dir() and folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
