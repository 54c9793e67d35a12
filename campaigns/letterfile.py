"""A letter as a file: Markdown under a front matter, read strictly and complained about clearly.

The front matter is the part of YAML 1.2 people write by hand: one `key: value` a line, every value
a text, and lists for `targets`, `asks` and `groups`. No anchors, aliases or tags, no value that
turns into something else (`no` stays "no"), no key that isn't known.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from difflib import get_close_matches
from typing import NoReturn

from django.utils.translation import gettext as _

from campaigns import bcp47, frontmatter, groups, moments, palette, privacy
from campaigns.frontmatter import BadLetterFile, Value

FILE_LIMIT = 300_000  # bytes
TARGETS_LIMIT = 10
GOAL_LIMIT = 1_000_000_000
DAYS_LIMIT = 3650
KEYS = (
    *("title", "slug", "target", "targets", "summary", "goal", "opens", "closes", "zone"),
    *("language", "from", "asks", "groups", "accent", "seats"),
    *("controller", "controller_address", "contact", "privacy_note"),
    *("retention_days", "anonymous_hours"),
)
_FENCE = "---"
_WHOLE = re.compile(r"[0-9]+|[0-9]{1,3}(?:[ ,_'’\u00a0\u202f][0-9]{3})+", re.ASCII)
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d(?::\d\d)?)\s?(?P<offset>Z|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)
_MIDNIGHT, _LAST_MINUTE = time(0, 0), time(23, 59)


@dataclass(frozen=True)
class To:
    name: str = ""
    role: str = ""
    email: str = ""


@dataclass(frozen=True)
class LetterFile:
    """What the file says. Times are moments in UTC; `lines` is where each key stands."""

    title: str
    body: str
    targets: tuple[To, ...]
    slug: str = ""
    summary: str = ""
    sender: str = ""
    goal: int | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    zone: str = "UTC"
    language: str = "en"
    asks: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    accent: str = palette.NAMED[palette.DEFAULT].light
    seats: int = 1
    controller: str = ""
    controller_address: str = ""
    contact: str = ""
    privacy_note: str = ""
    retention_days: int | None = None
    anonymous_hours: int | None = None
    lines: Mapping[str, int] = field(default_factory=dict)


def parse(raw: bytes, *, askable: Collection[str], zone: str = "UTC") -> LetterFile:
    """Read a letter file. `askable` is what signers may be asked; `zone` counts where none is
    named. Raises BadLetterFile, which says in which line.
    """
    front, body, body_line = _halves(_decoded(raw))
    values = frontmatter.read(front, first_line=2)
    _known(values)
    if not body.strip():
        raise BadLetterFile(_("There is no text under the front matter."), body_line)
    said = _Said(values)
    zone = said.zone(zone)
    return LetterFile(
        title=said.needed("title"),
        body=body.strip("\n") + "\n",
        targets=said.targets(),
        slug=said.text("slug"),
        summary=said.text("summary"),
        sender=said.text("from"),
        goal=said.goal(),
        opens_at=said.moment("opens", zone, _MIDNIGHT, last=False),
        closes_at=said.moment("closes", zone, _LAST_MINUTE, last=True),
        zone=zone,
        language=said.language(),
        asks=said.asks(askable),
        groups=said.groups(),
        accent=said.accent(),
        seats=said.whole("seats", 2) or 1,
        controller=said.text("controller"),
        controller_address=said.text("controller_address"),
        contact=said.text("contact"),
        privacy_note=said.text("privacy_note"),
        retention_days=said.whole("retention_days", DAYS_LIMIT),
        anonymous_hours=said.whole("anonymous_hours", privacy.HOURS[-1]),
        lines={key: value.line for key, value in values.items()},
    )


def _decoded(raw: bytes) -> str:
    if len(raw) > FILE_LIMIT:
        raise BadLetterFile(
            _("The file is too large. A letter file has at most 300,000 bytes."), None
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        line = raw.count(b"\n", 0, bad.start) + 1
        raise BadLetterFile(_("The file isn’t UTF-8. Save it with that encoding."), line) from None
    if not text.strip():
        raise BadLetterFile(_("The file is empty."), None)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _halves(text: str) -> tuple[str, str, int]:
    """Front matter, text, and the line in which the text begins."""
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        raise BadLetterFile(_("The file must begin with a line of three dashes: ---"), 1)
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() == _FENCE:
            body = "\n".join(lines[number:])
            return "\n".join(lines[1 : number - 1]), body, number + 1
    raise BadLetterFile(
        _("The front matter is never closed. End it with a line of three dashes: ---"), 1
    )


def _known(values: Mapping[str, Value]) -> None:
    for key, value in values.items():
        if key not in KEYS:
            near = get_close_matches(key.lower(), KEYS, n=1)
            said = _("“{key}” isn’t a key of a letter file.").format(key=key[:40])
            meant = _("Is “{key}” meant?").format(key=near[0]) if near else ""
            raise BadLetterFile(f"{said} {meant}".strip(), value.line)


@dataclass(frozen=True)
class _Said:
    """The values of a front matter, each read as what its key stands for."""

    values: Mapping[str, Value]

    def text(self, key: str) -> str:
        value = self.values.get(key)
        return value.text(key) if value else ""

    def needed(self, key: str) -> str:
        text = self.text(key)
        if not text:
            line = self.values[key].line if key in self.values else None
            raise BadLetterFile(_("The front matter has no “{key}”.").format(key=key), line)
        return text

    def goal(self) -> int | None:
        text = self.text("goal")
        if not text:
            return None
        if not _WHOLE.fullmatch(text) or not 1 <= int(re.sub(r"\D", "", text)) <= GOAL_LIMIT:
            self._refuse("goal", _("“goal” is a whole number above 0, like 10000."))
        return int(re.sub(r"\D", "", text))

    def whole(self, key: str, most: int) -> int | None:
        text = self.text(key)
        if not text:
            return None
        if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= most:
            why = _("“{key}” is a whole number from 1 to {most}.")
            self._refuse(key, why.format(key=key, most=most))
        return int(text)

    def zone(self, otherwise: str) -> str:
        zone = self.text("zone") or otherwise
        if zone not in moments.zones():
            self._refuse("zone", _("“zone” is the name of a time zone, like Europe/Berlin."))
        return zone

    def language(self) -> str:
        try:
            return bcp47.tag(self.text("language") or "en")
        except bcp47.NotALanguage as bad:
            return self._refuse("language", str(bad.reason))

    def accent(self) -> str:
        colour = self.text("accent") or palette.DEFAULT
        if colour in palette.NAMED:
            return palette.NAMED[colour].light
        try:
            palette.accent(colour)
        except palette.BadColour as bad:
            self._refuse("accent", str(bad.reason))
        return palette.checked_hex(colour)

    def moment(self, key: str, zone: str, otherwise: time, *, last: bool) -> datetime | None:
        text = self.text(key)
        if not text:
            return None
        why = _("“{key}” is a day or a time, like 2026-12-24 or 2026-12-24 18:00.")
        found = _MOMENT.fullmatch(text)
        if found is None:
            return self._refuse(key, why.format(key=key))
        try:
            day = datetime.fromisoformat(found["day"]).date()
            clock = time.fromisoformat(found["time"]) if found["time"] else otherwise
            if found["offset"]:
                return datetime.fromisoformat(f"{day}T{clock}{found['offset']}").astimezone(UTC)
            return moments.moment(datetime.combine(day, clock), zone, last=last)
        except moments.NoSuchTime as bad:
            return self._refuse(key, str(bad.reason))
        except (ValueError, OverflowError):
            return self._refuse(key, why.format(key=key))

    def asks(self, askable: Collection[str]) -> tuple[str, ...]:
        if "asks" not in self.values:
            return ()
        asked = self.values["asks"].texts("asks")
        for one in asked:
            if one not in askable:
                why = _("“asks” knows {names}, not “{name}”.")
                self._refuse("asks", why.format(names=", ".join(askable), name=one[:40]))
        return tuple(name for name in askable if name in asked)

    def groups(self) -> tuple[str, ...]:
        if "groups" not in self.values:
            return ()
        try:
            return tuple(groups.read(self.values["groups"].texts("groups")))
        except groups.BadGroups as bad:
            return self._refuse("groups", f"“groups”: {bad.reason}")

    def targets(self) -> tuple[To, ...]:
        key = "targets" if "targets" in self.values else "target"
        if "target" in self.values and "targets" in self.values:
            self._refuse("targets", _("Use “target” or “targets”, not both."))
        if key not in self.values:
            raise BadLetterFile(_("The front matter has no “target”."), None)
        value = self.values[key]
        found = tuple(_to(one, key) for one in (value.items() if key == "targets" else [value]))
        if not found:
            self._refuse(key, _("“{key}” names nobody.").format(key=key))
        if len(found) > TARGETS_LIMIT:
            self._refuse(key, _("A letter goes to ten people or bodies at most."))
        return found

    def _refuse(self, key: str, why: str) -> NoReturn:
        raise BadLetterFile(why, self.values[key].line if key in self.values else None)


def _to(value: Value, key: str) -> To:
    """`Marta Velander, Minister for Water`, or a mapping with name, role and email."""
    if not value.is_mapping:
        name, _comma, role = value.text(key).partition(",")
        return _named(To(name.strip(), role.strip()), value, key)
    parts = value.entries()
    for part, given in parts.items():
        if part not in ("name", "role", "email"):
            why = _("A target has name, role and email, not “{key}”.").format(key=part[:40])
            raise BadLetterFile(why, given.line)
    return _named(To(**{part: given.text(part) for part, given in parts.items()}), value, key)


def _named(to: To, value: Value, key: str) -> To:
    if not to.name:
        raise BadLetterFile(_("“{key}” names nobody.").format(key=key), value.line)
    return to
