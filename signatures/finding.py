"""Finding one signature, the way staff are asked for it: by number, by address or by its id."""

import argparse
import uuid

from campaigns.models import Letter
from signatures import mailbox
from signatures.models import Signature


class NotFound(Exception):
    """Nothing or more than one thing fits; the text is for staff and names nobody."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The same words for every command."""
    parser.add_argument("slug")
    one = parser.add_mutually_exclusive_group(required=True)
    one.add_argument("--number", type=int, help="the signature's number, as its owner sees it")
    one.add_argument("--email", help="the address that signed")
    one.add_argument("--uid", type=uuid.UUID, help="the signature's id")


def signature(
    *, slug: str, number: int | None, email: str | None, uid: uuid.UUID | None
) -> Signature:
    """Raises NotFound, also where two people share the mailbox that was named."""
    letter = Letter.objects.filter(slug=slug).first()
    if letter is None:
        raise NotFound("There is no such letter.")
    rows = Signature.objects.filter(letter=letter)
    if number is not None:
        rows = rows.filter(number=number)
    elif uid is not None:
        rows = rows.filter(uid=uid)
    else:
        try:
            box = mailbox.parse(email or "")
        except mailbox.BadAddress as bad:
            raise NotFound(str(bad.reason)) from None
        rows = rows.filter(mailbox_digest=mailbox.digest(box, letter=letter.uid.bytes))
    found = list(rows[:2])
    if not found:
        raise NotFound("No signature under this letter fits.")
    if len(found) > 1:
        raise NotFound("Two people signed with this mailbox. Say which one by --number or --uid.")
    return found[0]
