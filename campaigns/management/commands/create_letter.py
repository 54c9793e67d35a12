import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns import letterfile
from campaigns.frontmatter import BadLetterFile
from campaigns.letterfile import LetterFile
from campaigns.models import Letter, Organiser
from campaigns.models.letter import FIELDS
from campaigns.services import drafting, publishing
from campaigns.services.drafting import Addressee, Draft


class Command(BaseCommand):
    help = "Make a letter from a Markdown file with a front matter, and print its address."
    requires_migrations_checks = True

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="letter.md, in UTF-8")
        parser.add_argument("--organiser", required=True, metavar="EMAIL", help="who runs it")
        parser.add_argument("--publish", action="store_true", help="open it for signatures")

    def handle(self, *args: Any, file: Path, organiser: str, publish: bool, **options: Any) -> None:
        try:
            said = letterfile.parse(_read(file), askable=FIELDS, zone=settings.TIME_ZONE)
            letter, made = _create(said, email=organiser, publish=publish)
        except BadLetterFile as bad:
            raise CommandError(f"{file}: {bad}") from None
        except (drafting.Refused, publishing.Refused) as refused:
            raise CommandError(f"{file}: {refused}") from None
        if made:
            told = _("There was no account for {email}; now there is. Log in with a mailed code.")
            self.stderr.write(told.format(email=organiser))
        if not letter.is_published:
            waits = letter.state == Letter.State.REVIEW
            self.stderr.write(
                _("It waits for review by staff.") if waits else _("It is a draft, for you alone.")
            )
        path = "letters" if letter.is_published else "organise/letters"
        self.stdout.write(f"{settings.SITE_URL}/{path}/{letter.slug}/")


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(letterfile.FILE_LIMIT + 1)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None


@transaction.atomic
def _create(said: LetterFile, *, email: str, publish: bool) -> tuple[Letter, bool]:
    """All of it or nothing: the account, the letter, its first revision."""
    organiser, made = _organiser(email)
    try:
        letter = drafting.create(organiser=organiser, draft=_draft(said, organiser))
    except ValidationError as bad:
        raise _in_the_file(bad, said) from None
    if publish:
        letter = publishing.publish(letter=letter, by=organiser, now=timezone.now())
    return letter, made


def _organiser(email: str) -> tuple[Organiser, bool]:
    try:
        validate_email(email)
    except ValidationError:
        raise CommandError(_("“{email}” isn’t an e-mail address.").format(email=email)) from None
    found = Organiser.objects.filter(email__iexact=email).first()
    if found is None:
        return Organiser.objects.create_user(email), True
    if not found.is_active:
        raise CommandError(_("The account of {email} is switched off.").format(email=email))
    return found, False


def _draft(said: LetterFile, organiser: Organiser) -> Draft:
    return Draft(
        title=said.title,
        body=said.body,
        sender=said.sender or organiser.name or _unnamed(said.language),
        targets=[Addressee(one.name, one.role, one.email) for one in said.targets],
        summary=said.summary,
        slug=said.slug,
        language=said.language,
        accent=said.accent,
        goal=said.goal,
        opens_at=said.opens_at,
        closes_at=said.closes_at,
        zone=said.zone,
        asks=list(said.asks),
        groups=list(said.groups),
        seats=said.seats,
        controller=said.controller,
        controller_address=said.controller_address,
        privacy_contact=said.contact or organiser.email,
        privacy_note=said.privacy_note,
        retention_days=said.retention_days,
        anonymous_hours=said.anonymous_hours,
    )


def _unnamed(language: str) -> str:
    known = {code for code, _name in settings.LANGUAGES}
    first = language.partition("-")[0]
    with translation.override(first if first in known else settings.LANGUAGE_CODE):
        return _("The organisers")


_KEYS = {
    "sender": "from",
    "opens_at": "opens",
    "closes_at": "closes",
    "email": "target",
    "privacy_contact": "contact",
}


def _in_the_file(bad: ValidationError, said: LetterFile) -> BadLetterFile:
    """The first complaint of the service, at the line of the file that caused it."""
    if not hasattr(bad, "error_dict"):
        return BadLetterFile(bad.messages[0], None)
    name, messages = next(iter(bad.message_dict.items()))
    key = _KEYS.get(name, name)
    if name == "__all__":
        key, messages = "closes", [_("It closes before it opens.")]
    line = said.lines.get(key, said.lines.get("targets") if key == "target" else None)
    reason = messages[0] if name == "body" else f"{key}: {messages[0]}"
    return BadLetterFile(reason, line)
