"""From the form to a receipt that a stranger's program accepts, and what a receipt never does."""

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Letter
from signatures import tokens
from signatures.log import checkpoint, merkle, note, receipt, store
from signatures.log.leaf import Kind
from signatures.log.receipt import AnotherName, AnotherPerson
from signatures.models import Chain, Head, Invalidation, Signature
from signatures.proof import letterkeys, proving, receipts, standing
from signatures.proof.receipts import Stage
from signatures.services import (
    checkpointing,
    erasing,
    invalidating,
    mailing,
    sequencing,
    showing,
    withdrawing,
)
from signatures.tokens import Purpose
from tests import make, supporter
from tests.verifier import Said, run, within

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def page_of(signature: Signature, purpose: Purpose = Purpose.MINE) -> str:
    token = tokens.make(purpose, signature.uid, generation=signature.generation, at=timezone.now())
    return reverse("mine", args=[token])


def words(answer: Any) -> str:
    return str(answer.content.decode())


def number() -> None:
    sequencing.sequence(now=timezone.now())


def publish() -> None:
    checkpointing.publish(timezone.now())


def logged(letter: Letter | None = None, **fields: Any) -> Signature:
    """A signature in the newest checkpoint."""
    signature = make.counted(letter or make.letter(), **fields)
    publish()
    return signature


def place(signature: Signature, *, after: timedelta = timedelta()) -> receipts.Place:
    found = Signature.objects.select_related("letter").get(pk=signature.pk)
    return receipts.place_of(found, now=timezone.now() + after)


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., Said]:
    """What verify.py says of a receipt, given the log's public keys."""

    def check(data: bytes, *words: str, how: Callable[..., Said] = within) -> Said:
        file = tmp_path / "mine.tlog-proof"
        file.write_bytes(data)
        keys = [f"--key={log.key}" for log in standing.trusted_policy().logs]
        return how("receipt", file, *keys, "--no-state", *words)

    return check


# --- The whole way ----------------------------------------------------------------------------
def test_from_the_form_to_a_receipt_that_only_its_owner_s_address_opens(checked: Any) -> None:
    letter = make.letter(slug="aller")
    supporter.sign(letter, name="Joan Baker", email="Joan+letters@example.org")
    [sent] = supporter.new_mails()
    mine = supporter.press(supporter.link(sent))["Location"]
    client = supporter.browser()
    assert "enters the log together with its number" in words(client.get(mine))
    number()
    assert "The log is signed anew every 10 seconds" in words(client.get(mine))
    assert client.get(f"{mine}receipt/").status_code == 303
    publish()
    page = client.get(mine)
    assert '<a href="/log/">the log</a> since' in words(page)
    assert '<a href="/verify/">' in words(page)
    assert "only those who keep a receipt can show that they were" in words(page)
    assert "Refresh" not in page
    answer = client.get(f"{mine}receipt/")
    assert answer["Content-Disposition"] == 'attachment; filename="aller.tlog-proof"'
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Type"] == "application/octet-stream"
    assert len(answer.content) < 2_000
    own = ("--email", "joan@example.org")
    said = checked(answer.content, *own, "--name", "Joan Baker", how=run)
    assert said.status == 0, said.reason
    assert "for this address and name" in said.words
    assert checked(answer.content, *own).status == 0
    others = ("--email", "sam@example.org")
    assert checked(answer.content, *others).is_one_line(1, "somebody else's")
    assert checked(answer.content, *own, "--name", "Joan").is_one_line(1, "not the name")


def test_t110_one_entry_handed_to_two_people_is_found_by_one_of_them(checked: Any) -> None:
    letter = make.letter()
    joan = make.counted(letter, email="joan@example.org")
    sam = make.counted(letter, email="sam@example.org")
    publish()
    # The platform cheats: it counts one of them twice over, and shows both the same entry.
    Signature.objects.filter(pk=sam.pk).update(
        uid=sam.uid, log_index=joan.log_index, seed_sealed=_resealed(joan, sam)
    )
    sam.refresh_from_db()
    theirs = proving.receipt_of(sam)
    assert checked(theirs, "--email", "joan@example.org").status == 0
    assert checked(theirs, "--email", "sam@example.org").is_one_line(1, "somebody else's")
    with pytest.raises(AnotherPerson):
        receipt.parse(theirs).check_holder("sam@example.org")


def _resealed(opens: Signature, row: Signature) -> bytes:
    key = letterkeys.of(opens.letter.uid)
    assert opens.seed_sealed is not None
    return key.seal(key.unseal(bytes(opens.seed_sealed), row=opens.uid.bytes), row=row.uid.bytes)


# --- Who gets it ------------------------------------------------------------------------------
def test_t107_the_link_of_a_mail_alone_gives_no_receipt() -> None:
    then = timezone.now() - 2 * HOUR
    signature = logged(make.letter(now=then), now=then)
    mine = page_of(signature)
    client = supporter.browser()
    page = words(client.get(mine))
    assert "the log</a> since" in page
    assert "receipt/" not in page
    for answer in (
        client.get(f"{mine}receipt/"),
        client.post(f"{mine}receipt/mail/", {"press": "mail"}),
    ):
        assert answer.status_code == 403
        assert "This needs a fresh link" in words(answer)
    supporter.new_mails()
    assert not supporter.new_mails()
    fresh = page_of(signature, Purpose.MANAGE)
    assert receipt.parse(client.get(f"{fresh}receipt/").content).entry.kind is Kind.SIGNED


def test_t107_a_receipt_holds_no_name_and_no_address() -> None:
    signature = logged(name="Canary Singer", email="canary.singer@example.org")
    data = proving.receipt_of(signature)
    opened = receipt.parse(data).proof.extra or b""
    for hidden in (b"anary", b"inger", signature.uid.bytes, bytes(signature.mailbox_digest or b"")):
        assert hidden not in data
        assert hidden not in opened


def test_a_receipt_comes_by_mail_when_it_is_asked_for_and_never_else() -> None:
    signature = logged(email="joan@example.org")
    supporter.new_mails()
    mine = page_of(signature)
    client = supporter.browser()
    assert client.post(f"{mine}receipt/mail/", {}).status_code == 400
    assert not supporter.new_mails()
    sent = client.post(f"{mine}receipt/mail/", {"press": "mail"})
    assert "on its way" in words(sent)
    [mail] = supporter.new_mails()
    assert mail.to == ["joan@example.org"]
    assert mail.subject == "Your receipt for “Give the Aller its water back”"
    [(name, data, kind)] = mail.attachments
    assert (name, kind) == (f"{signature.letter.slug}.tlog-proof", "application/octet-stream")
    assert bytes(data) == proving.receipt_of(signature)
    for part in (mail.body, html_of(mail)):
        assert "only those who keep a receipt can show that they were" in part
        assert "somebody can demand it of you" in part
        assert "/verify/" in part


def test_t06_receipts_by_mail_are_a_few_a_day() -> None:
    signature = logged(email="joan@example.org")
    supporter.new_mails()
    mine = page_of(signature)
    pages = [
        words(supporter.browser().post(f"{mine}receipt/mail/", {"press": "mail"})) for _ in range(5)
    ]
    assert len(supporter.new_mails()) == 3
    assert ["on its way" in page for page in pages] == [True, True, True, False, False]
    assert "No mail was sent" in pages[-1]


def test_a_receipt_whose_signer_is_forgotten_meanwhile_is_not_sent() -> None:
    signature = logged(email="joan@example.org")
    supporter.new_mails()
    assert mailing.mail_receipt(uid=signature.uid, now=timezone.now())
    erasing.erase(uid=signature.uid, now=timezone.now())
    assert not supporter.new_mails()


# --- What becomes of it -----------------------------------------------------------------------
def test_after_erasing_there_is_no_receipt_and_the_old_one_still_proves(checked: Any) -> None:
    signature = logged(email="joan@example.org")
    mine = page_of(signature, Purpose.MANAGE)
    data = proving.receipt_of(signature)
    erasing.erase(uid=signature.uid, now=timezone.now())
    assert supporter.browser().get(f"{mine}receipt/").status_code == 410
    signature.refresh_from_db()
    assert (signature.seed_sealed, signature.log_index) == (None, None)
    with pytest.raises(proving.NotYet):
        proving.receipt_of(signature)
    assert place(signature).stage is Stage.OUT
    logged(signature.letter)  # the log goes on
    assert checked(data, "--email", "joan@example.org").status == 0


def test_a_receipt_knows_the_name_as_it_was_signed(checked: Any) -> None:
    signature = logged(name="Joan Baker", email="joan@example.org")
    assert not place(signature).renamed
    showing.show(uid=signature.uid, public=False)
    assert place(signature).renamed
    page = words(supporter.browser().get(page_of(signature)))
    assert "only how it was then" in page
    signature.refresh_from_db()
    data = proving.receipt_of(signature)
    held = receipt.parse(data)
    held.check_holder("joan@example.org", "Joan Baker")
    with pytest.raises(AnotherName, match="changed since signing"):
        held.check_holder("joan@example.org", "")
    said = checked(data, "--email", "joan@example.org", "--name", "J. Baker")
    assert said.is_one_line(1, "the address is right but not the name: was it changed since?")


def test_whoever_withholds_their_name_has_a_receipt_without_one() -> None:
    signature = logged(name="Joan Baker", email="joan@example.org", public=False)
    receipt.parse(proving.receipt_of(signature)).check_holder("joan@example.org", "")


def test_an_address_deleted_on_time_takes_no_receipt_away() -> None:
    signature = logged(email="joan@example.org")
    Signature.objects.update(email_sealed=None)
    client = supporter.browser()
    page = words(client.get(page_of(signature)))
    assert "Download my receipt" in page
    assert "Mail me my receipt" not in page
    data = client.get(f"{page_of(signature)}receipt/").content
    receipt.parse(data).check_holder("joan@example.org")


def test_destroying_the_letter_s_key_ends_its_receipts() -> None:
    signature = logged()
    letterkeys.destroy(signature.letter.uid)
    mine = page_of(signature)
    assert "There is no receipt any more" in words(supporter.browser().get(mine))
    assert supporter.browser().get(f"{mine}receipt/").status_code == 303


def test_whoever_withdrew_keeps_a_receipt_and_is_told_what_cancels_it(checked: Any) -> None:
    signature = logged(email="joan@example.org")
    withdrawing.withdraw(uid=signature.uid, now=timezone.now())
    number()
    publish()
    signature.refresh_from_db()
    client = supporter.browser()
    page = words(client.get(page_of(signature, Purpose.MANAGE)))
    found = place(signature)
    assert (found.stage, found.cancelled) == (Stage.CANCELLED, signature.log_index + 1)
    assert f"the later one is entry {found.cancelled}" in page
    assert "nothing is ever taken out of the log" in page
    data = client.get(f"{page_of(signature)}receipt/").content
    assert checked(data, "--email", "joan@example.org").status == 0


def taken_out(signature: Signature) -> Invalidation:
    rule = Invalidation.objects.create(
        letter=signature.letter,
        created_by=signature.letter.organiser,
        reason=Invalidation.Reason.AUTOMATED,
        public_reason="Invented",
        numbers=[signature.number],
    )
    invalidating.dry_run(invalidation=rule)
    rule.refresh_from_db()
    invalidating.start(invalidation=rule, now=timezone.now())
    invalidating.run(invalidation=rule.pk, now=timezone.now())
    number()
    publish()
    signature.refresh_from_db()
    return rule


def test_whoever_was_taken_out_may_ask_for_the_receipt() -> None:
    then = timezone.now() - 2 * HOUR
    signature = logged(make.letter(now=then), now=then, email="joan@example.org")
    taken_out(signature)
    client = supporter.browser()
    supporter.new_mails()
    mine = page_of(signature)
    page = words(client.get(mine))
    assert "A later entry says that it doesn’t count any more" in page
    assert "the later one is" not in page  # a place in the log is only told to its owner
    client.post(f"{mine}ask/", {"press": "ask"})
    [sent] = supporter.new_mails()
    fresh = supporter.link(sent)
    assert "the later one is" in words(client.get(fresh))
    receipt.parse(client.get(f"{fresh}receipt/").content).check_holder("joan@example.org")


def test_whoever_is_put_back_waits_for_a_number_and_has_a_receipt_of_the_new_entry() -> None:
    signature = logged(email="joan@example.org")
    before = signature.log_index
    rule = taken_out(signature)
    invalidating.cancel(invalidation=rule, now=timezone.now())
    assert place(signature).stage is Stage.NUMBER
    number()
    publish()
    assert place(signature).stage is Stage.IN
    signature.refresh_from_db()
    held = receipt.parse(proving.receipt_of(signature))
    held.check_holder("joan@example.org")
    assert held.proof.index == signature.log_index != before


# --- Waiting ----------------------------------------------------------------------------------
def test_whoever_waits_longer_than_promised_is_told_why() -> None:
    letter = make.letter()
    signature = make.confirmed(letter)
    assert place(signature) == receipts.Place(Stage.NUMBER)
    assert "Counting is behind" in str(place(signature, after=HOUR).why)
    number()
    assert place(signature) == receipts.Place(Stage.CHECKPOINT)
    assert "checkpoint is late" in str(place(signature, after=HOUR).why)
    publish()
    assert place(signature, after=HOUR).why == ""


def test_whoever_has_a_number_from_before_the_log_is_told_that_the_entry_comes() -> None:
    signature = logged()
    Signature.objects.update(log_index=None)  # as before the log has come to it
    assert place(signature) == receipts.Place(Stage.ENTRY)
    assert "entered one after another" in str(place(signature, after=HOUR).why)
    assert "entered next" in words(supporter.browser().get(page_of(signature)))
    Chain.objects.update(closed=True)
    assert "closed in the log before" in str(place(signature, after=HOUR).why)


def test_a_sensitive_letter_s_minute_is_not_called_late() -> None:
    signature = make.confirmed(make.letter(sensitive=True))
    assert place(signature, after=timedelta(seconds=119)).why == ""
    assert place(signature, after=timedelta(seconds=121)).why


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("smaller", "fewer entries than were already signed"),
        ("another root", "other entries than were already signed"),
        ("no high-water file", "is missing"),
        ("origin", "name another log"),
        ("key", "is not at hand"),
        ("witness", "A witness has seen a larger tree"),
        ("a reason of tomorrow", "does not add up"),
    ],
)
def test_a_frozen_log_is_said_to_be_frozen_and_why(code: str, said: str) -> None:
    publish()
    signature = make.confirmed(make.letter())
    Head.objects.update_or_create(pk=1, defaults={"frozen_because": code})
    answer = supporter.browser().get(page_of(signature))
    assert "The log stands still" in words(answer)
    assert said in words(answer)
    assert "Your number takes a little longer" in words(answer)
    assert answer["Refresh"].startswith("20; url=/mine/")


def test_a_page_left_open_stops_looking_after_a_while() -> None:
    signature = make.confirmed(make.letter())
    mine = page_of(signature)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert "Refresh" not in supporter.browser().get(mine)


# --- Checkpoints in mails ---------------------------------------------------------------------
def html_of(message: EmailMessage) -> str:
    assert isinstance(message, EmailMultiAlternatives)
    return str(message.alternatives[0][0])


def delivered(message: EmailMessage) -> tuple[str, str]:
    """Both parts, as a mail program reads them out of the bytes that travel."""
    read = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    plain, styled = (read.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert styled is not None
    return plain.get_content(), styled.get_content()


def test_t108_every_confirmation_mail_carries_the_newest_checkpoint() -> None:
    logged()
    letter = make.letter()
    supporter.new_mails()
    supporter.sign(letter)
    [sent] = supporter.new_mails()
    plain, styled = delivered(sent)
    signed = checkpointed()
    assert plain.endswith(signed)
    found = re.search(r"<pre[^>]*>([^<]+)</pre>", styled)
    assert found is not None
    for copy in (plain[plain.index(standing.origin()) :], found[1]):
        tree = standing.trusted_policy().accept(copy.encode()).checkpoint
        assert (tree.size, tree.root) == (store.size(), standing.standing().root)
    for part in (plain, styled):
        assert "the two together prove a forgery" in part
    assert supporter.link(sent).startswith("/confirm/")


def checkpointed() -> str:
    return proving.tree().signed.decode()


def test_before_the_first_checkpoint_mails_carry_none() -> None:
    supporter.sign(make.letter())
    [sent] = supporter.new_mails()
    assert "prove a forgery" not in sent.body
    assert "<pre" not in html_of(sent)


def test_t108_two_mails_of_one_size_and_two_roots_prove_a_forgery(settings: Any) -> None:
    logged()
    [key] = standing.signing_keys(standing.origin())
    honest = standing.standing()
    forged = checkpoint.Checkpoint(honest.origin, honest.size, merkle.leaf_hash(b"another"))
    text = forged.text
    proving_folder = settings.LOG_DIR / "checkpoint"
    mails = []
    for signed in (checkpointed(), note.signed(text, [key.sign(text)]).decode()):
        proving_folder.write_text(signed)
        mails.append(receipts.newest_checkpoint())
    believed = standing.trusted_policy()
    one, two = (believed.accept(mail.encode()).checkpoint for mail in mails)
    assert one.size == two.size
    assert one.root != two.root
