"""What the page `/verify/` may have to say, by the keys its script knows.

`{…}` are filled in by the script; the template holds the words that always stand there.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, str | Promise]

# The one sentence above all others: what was checked, and how it ended.
VERDICTS: Words = {
    "receipt-holds": _("The log holds this signature."),
    "receipt-yours": _("The log holds this signature, and it is yours."),
    "receipt-cancelled": _("The log holds this signature, and says that it no longer counts."),
    "receipt-denied": _("This receipt holds, and the log no longer stands by it."),
    "receipt-fails": _("This receipt does not hold."),
    "receipt-unchecked": _("This receipt could not be checked here."),
    "proof-holds": _("The log holds this entry."),
    "proof-denied": _("This proof holds, and the log no longer stands by it."),
    "proof-fails": _("This proof does not hold."),
    "proof-unchecked": _("This proof could not be checked here."),
    "pdf-holds": _("This is the document that was delivered, and its totals are the log’s."),
    "pdf-partly": _(
        "The totals attached to this document are the log’s. That this very file was delivered"
        " is not shown."
    ),
    "pdf-denied": _("The log signed these totals, and no longer stands by them."),
    "pdf-fails": _("This document does not hold."),
    "pdf-unchecked": _("This document could not be checked here."),
    "checkpoint-holds": _("The log has signed this checkpoint."),
    "checkpoint-denied": _("The log signed this checkpoint, and no longer stands by it."),
    "checkpoint-fails": _("This checkpoint does not hold."),
    "checkpoint-unchecked": _("This checkpoint could not be checked here."),
    "scanned": _("The code on paper"),
    "scanned-holds": _(
        "The log stands by the state in this code. Compare size and root with those printed"
        " beside it."
    ),
    "scanned-fails": _("The log does not stand by this code."),
    "scanned-unchecked": _("This code could not be checked here."),
    "file-fails": _("This is no whole receipt, proof or document."),
    "pasted": _("Pasted text"),
    "checking": _("Checking …"),
    "no-file": _("Choose a file first."),
    "too-many": _("At most {most} files can be checked at once."),
    "believed": _("Now believed: the keys and the policy you gave, for {origin}."),
    "believed-again": _("Now believed: the keys and the policy this page came with."),
}

HOLDS: Words = {
    "signed": _(
        "The checkpoint of {origin}, of {size} entries, is signed by a key that is believed here."
    ),
    "included": _("Entry {index} is part of the tree under this checkpoint: every hash fits."),
    "yours": _("It opens with this address."),
    "yours-named": _("It opens with this address and this name."),
    "continued": _(
        "The log as it is now, with {size} entries, goes on from there: nothing before was changed."
    ),
    "stands": _("Up to its {size} entries nothing cancels this signature."),
    "policy-known": _("The keys attached to the document are among those believed here."),
    "delivered": _("The log names this very file, bit for bit, as delivered on {day}."),
}

FAILS: Words = {
    "empty": _("The file is empty."),
    "too-long": _("It is longer than such a file can be."),
    "unreadable": _("The file could not be read to its end."),
    "proof-text": _("It is neither a receipt nor a PDF: a receipt is plain text."),
    "proof-first": _("It does not begin as a receipt does."),
    "proof-extra": _("The line with its entry is missing, damaged, or of another kind."),
    "proof-index": _("The line with the entry’s place is missing, or is no plain number."),
    "proof-line": _("A line of its proof is not a hash in its one spelling."),
    "proof-length": _("Its proof has too many or too few lines."),
    "proof-beyond": _("Its entry lies beyond the end of its checkpoint’s tree."),
    "proof-root": _("Its proof leads to another tree than the checkpoint’s."),
    "entry": _("An entry is not in the form entries have."),
    "parts": _("What it opens is not what its entry commits to."),
    "note-text": _("Its checkpoint is not plain text."),
    "note-cut": _("Its checkpoint is cut off, or has no signatures."),
    "note-many": _("Its checkpoint has too many signatures."),
    "note-line": _("A signature line of its checkpoint is damaged or loosely written."),
    "note-twice": _("Its checkpoint is signed twice by one key."),
    "checkpoint": _("Its checkpoint does not say origin, size and root as checkpoints do."),
    "signature": _("The signature of {name} under the checkpoint is bad."),
    "not-signed": _("The checkpoint is not signed by a key of {origin} that is believed here."),
    "few-witnesses": _("Fewer witnesses have seen the checkpoint than the policy asks."),
    "future": _("A witness signed in the future, by this machine’s clock."),
    "key": _("This is no key as logs have them."),
    "policy": _("These are neither keys nor a policy: a line is not understood, or is missing."),
    "not-yours": _(
        "It does not open with this address. You signed with another one, or the file was damaged,"
        " or it was made for somebody else."
    ),
    "another-name": _(
        "It opens with this address, but not with this name. Was the name changed or withheld?"
    ),
    "asked-smaller": _(
        "The log now says it has {size} entries, fewer than in this file: it was rolled back, or"
        " its answer is old. Ask again in a minute."
    ),
    "asked-forked": _("The log now shows another history than this file holds. Keep this file."),
    "asked-checkpoint": _("The log’s newest checkpoint is damaged, or not signed as it should be."),
    "asked-entry": _("An entry of the log is not in the form entries have."),
    "asked-entries": _("The entries the log hands out are not those it signed."),
    "asked-tiles": _("A file of the log does not hold what its name says."),
    "asked-long": _("A file of the log is longer than such files can be."),
    "pdf-cut": _("The document is cut off."),
    "pdf-structure": _("The document is damaged."),
    "pdf-packed": _("Something packed in the document is damaged."),
    "pdf-trees": _("Its two attachments speak of different trees."),
    "delivered-other": _("The proof of delivery beside it is of another file."),
    "delivered-letter": _("The log names this file for another letter than its totals are of."),
}

OPEN: Words = {
    "another-log": _(
        "It is of another log: {origin}. Paste that log’s keys below, from a source you trust."
    ),
    "no-ed25519": _("This browser can’t check Ed25519 signatures. verify.py can."),
    "ml-dsa": _("A witness signs with ML-DSA, which browsers can’t check yet. verify.py can."),
    "no-address": _("Whose it is: type the address you signed with."),
    "first-form": _(
        "Whose it is: a receipt of this first form opens only with the digest of your mailbox too."
    ),
    "others": _(
        "Whether somebody else was dropped: only those who keep a receipt can show that they were."
    ),
    "not-asked": _("What the log says now: it was not asked."),
    "asked-nothing": _(
        "What the log says now: {address} did not answer. You may be offline; and only a page that"
        " was saved may ask the log of another site."
    ),
    "asked-status": _("What the log says now: {address} answered with status {status}."),
    "asked-tile": _("What the log says now: {path} is missing there."),
    "asked-other": _("What the log says now: the log there is another one, {origin}."),
    "asked-large": _(
        "Whether it was cancelled later: {size} entries are too many for a page. verify.py reads"
        " them all: python verify.py {address}"
    ),
    "policy-other": _(
        "Which keys are right: those attached to the document are not all among those believed"
        " here. The document was judged by the ones believed here."
    ),
    "pdf-nothing": _("It carries no checkpoint and no totals: it was not made for delivery here."),
    "pdf-foreign": _("It was not written by Groundswell, so nothing attached can be found."),
    "delivered-unknown": _(
        "Whether this very file was delivered: give the proof of its delivery together with it,"
        " or let the log be asked."
    ),
    "delivered-large": _(
        "Whether this very file was delivered: {size} entries are too many for a page, and the"
        " letter has no proof of it. If you have one, give it together with the document."
    ),
    "delivered-not": _(
        "Whether this very file was delivered: among its {size} entries the log names no such file."
        " It was never handed over, or was changed since."
    ),
    "printed": _(
        "Whether the number printed on its pages is this one: look at them. What is checked here"
        " are the data attached."
    ),
}

FACTS: Words = {
    "letter": _("Letter"),
    "what": _("What happened"),
    "day": _("Day"),
    "place": _("Place in the log"),
    "count": _("Count of the letter with it"),
    "today": _("Count of the letter now"),
    "since": _("Since then"),
    "witnesses": _("Witnesses"),
    "size": _("Entries"),
    "root": _("Root"),
    "digest": _("SHA-256 of the file"),
    "counted": _("{count} ({signed} signed, {withdrawn} withdrawn, {invalidated} invalidated)"),
    "nth": _("entry {index} of {size}"),
    "none-of": _("none of {asked} has seen the checkpoint"),
    "seen": _("{name}, {moment} UTC"),
    "cancelled": _("{what}, entry {index}, {day}"),
    "title-claimed": _("{title}, as this page was told when it was served"),
    "version": _("A version of the letter’s text"),
    "signed-0": _("A signature, verified by a mail link"),
    "signed-1": _("A signature, verified by a mail code"),
    "signed-2": _("A signature, verified by single sign-on"),
    "signed-16": _("A signature, keyed in from paper"),
    "signed-17": _("A signature, imported"),
    "withdrawn": _("Withdrawn by its signer"),
    "invalidated-0": _("Invalidated, without a reason"),
    "invalidated-1": _("Invalidated: signed twice"),
    "invalidated-2": _("Invalidated: a disposable address"),
    "invalidated-3": _("Invalidated: mail came back or was complained about"),
    "invalidated-4": _("Invalidated: made by a machine"),
    "invalidated-5": _("Invalidated: not entitled to sign"),
    "invalidated-6": _("Invalidated: by order of an authority"),
    "invalidated-7": _("Invalidated: the owner of the address denies it"),
    "closed": _("The letter was closed"),
    "delivered-entry": _("A document was delivered"),
    "paper": _("{people} signatures on paper, counted apart"),
}

HEADINGS: Words = {
    "holds": _("What holds"),
    "fails": _("What does not hold"),
    "open": _("What can’t be seen here"),
}

ALL: dict[str, Words] = {
    "verdicts": VERDICTS,
    "holds": HOLDS,
    "fails": FAILS,
    "open": OPEN,
    "facts": FACTS,
    "headings": HEADINGS,
}


def spoken() -> dict[str, dict[str, str]]:
    """All of them in the language of now."""
    return {part: {key: str(word) for key, word in words.items()} for part, words in ALL.items()}
