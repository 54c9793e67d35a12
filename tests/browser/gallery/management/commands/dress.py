import json
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management.base import BaseCommand
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from campaigns import entering
from campaigns.models import Letter, Organiser
from campaigns.services import drafting, publishing
from campaigns.services.drafting import Addressee
from signatures import listing, tokens
from signatures.models import Breakdown, Delivery, Export, Invalidation, Signature, Update
from signatures.services import (
    delivering,
    invalidating,
    pinning,
    recalling,
    seeding,
    sequencing,
    unsubscribing,
    updating,
    withdrawing,
)
from signatures.services.consenting import Said
from signatures.tokens import Purpose
from tests import make
from tests.browser.gallery import texts
from tests.signatures import handing

SWIMMER = {
    "affiliation": "Swimming club of Kesten", "place": "Kesten", "group": texts.GROUPS[0],
}  # fmt: skip


class Command(BaseCommand):
    """Fills the installation and prints its pages: {name: path}, and how to log in."""

    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        self.now = timezone.now()
        self.otto = organiser("otto@example.org", "Otto Brandt")
        self.pages: dict[str, str] = {}
        self.letters()
        self.supporters()
        self.files()
        self.deliveries()
        self.news()
        enter = reverse("enter", args=[entering.link_token(self.otto)])
        self.stdout.write(json.dumps({"pages": self.pages, "enter": enter}))

    def ago(self, **span: float) -> datetime:
        return self.now - timedelta(**span)

    def letter(self, slug: str, *, days: int = 20, **changes: Any) -> Letter:
        made = make.letter(by=self.otto, slug=slug, now=self.ago(days=days), **changes)
        self.pages[f"letter-{slug}"] = made.get_absolute_url()
        return made

    def letters(self) -> None:
        every_field = ["title", "affiliation", "place", "country", "comment"]
        every = {"asks": every_field, "goal": 500, "groups": texts.GROUPS}
        self.aller = self.letter("aller", body=texts.RIVER, **every)
        seeding.seed(letter=self.aller, signatures=250, seed=7, now=self.now)
        to = [Addressee("Marta Velander", "Minister for Water"), Addressee("The State Parliament")]
        changed = make.draft(slug="aller", body=texts.CHANGED, targets=to, **every)
        before = self.signed("Ilse Marlow", "ilse@example.org")
        earlier = self.counted("Una Weir", "una@example.org", public=False, updates=True)
        drafting.edit(
            letter=self.aller, draft=changed, by=self.otto, now=self.ago(days=2),
            note="The experts of the district advised thirty-five centimetres.",
        )  # fmt: skip
        self.aller = Letter.objects.for_page().get(pk=self.aller.pk)
        for one in listing.newest(self.aller, 3):
            pinning.put_first(letter=self.aller, uid=one.uid)
        self.page("confirm-changed-letter", "confirm", make.token(before))
        self.page("mine-newer", "mine", mine(earlier, self.now))
        for step, place in enumerate(["zeit", "kesten-courier", "mail", "counter-frame"], start=2):
            came = Signature.objects.filter(letter=self.aller, pk__in=range(1, 120, step))
            came.update(ref=place)
        arabic = self.letter(
            "night-bus", title="أبقوا باص الليل إلى كستن", body=texts.ARABIC, language="ar",
            sender="عمال الليل في كستن", targets=[Addressee("آدا لوند", "رئيسة البلدية")],
            summary="آخر باص يغادر في التاسعة مساءً.", accent="#7a2e5d",
        )  # fmt: skip
        for number, name in enumerate(["فاطمة الزهراء", "Joan Baker", "יעל כהן"]):
            make.counted(arabic, name=name, email=f"night{number}@example.org", place="كستن")
        self.letter("empty", title="Keep the library open", body=texts.SHORT, goal=None, days=0)
        self.letter("long-title", title=texts.LONG_TITLE, body=texts.SHORT, accent="#8a3b12")
        paused = self.letter("paused", title="A bench for every bus stop")
        seeding.seed(letter=paused, signatures=12, seed=3, now=self.now)
        publishing.pause(letter=paused)
        closed = self.letter("closed", title="Trees for Mill Street")
        seeding.seed(letter=closed, signatures=30, seed=4, now=self.now)
        publishing.close(letter=closed, now=self.ago(days=1))
        down = self.letter("taken-down", title="A letter with a false quotation")
        publishing.take_down(
            letter=down, because="It quoted a person who did not say it.", now=self.now
        )
        opens = self.now + timedelta(days=3)
        self.letter("upcoming", title="Light the cycle path", opens_at=opens, days=0)
        make.letter(
            by=self.otto, slug="draft", published=False, title="Quiet nights on Harbour Road"
        )
        make.letter(by=self.otto, slug="to-sign", title=texts.LONG_TITLE)  # for who signs in a test
        for slug in ("guest", "guest-form", "guest-leaving"):  # on other people's pages
            guest = make.letter(
                by=self.otto, slug=slug, title="Shade for the market square", goal=50
            )
            seeding.seed(letter=guest, signatures=12, seed=5, now=self.now)

    def supporters(self) -> None:
        waiting = self.signed("Joan Baker", "joan@example.org", comment=texts.COMMENT)
        self.page("confirm", "confirm", make.token(waiting))
        self.page("confirm-expired", "confirm", make.token(waiting, at=self.ago(days=4)))
        self.page("confirm-bad-link", "confirm", "x" * 60)
        self.page("not-me", "not_me", make.token(waiting))
        sealed = {"slip": self.aller.uid, "at": self.now}
        meant = tokens.seal_sent("joan@gmial.com", self.aller.uid, **sealed)
        self.page("sent", "sent", "aller", meant)
        counted = self.counted("Ada Obi", "ada@example.org", comment=texts.COMMENT)
        self.page("mine", "mine", mine(counted, self.now))
        self.page("mine-withdraw", "mine_withdraw", mine(counted, self.now))
        all_of_ada = recalling.link_token("ada@example.org", now=self.now)
        self.page("everything", "everything", all_of_ada)
        self.page("mine-erase", "mine_erase", mine(counted, self.now))
        self.page("mine-data", "mine_data", mine(counted, self.now))
        self.page("mine-correct", "mine_correct", mine(counted, self.now))
        old = self.counted("Nell Ortiz", "nell@example.org")
        Signature.objects.filter(pk=old.pk).update(confirmed_at=self.ago(days=2))
        self.page("mine-later", "mine", mine(old, self.now))
        self.page("mine-ask-first", "mine_withdraw", mine(old, self.now))
        forgotten = self.counted("Ida Berg", "ida@example.org")
        long_ago = {"confirmed_at": self.ago(days=2), "email_sealed": None}
        Signature.objects.filter(pk=forgotten.pk).update(**long_ago)
        self.page("mine-address-gone", "mine", mine(forgotten, self.now))
        manage = tokens.make(
            Purpose.MANAGE, old.uid, generation=old.generation, at=self.ago(hours=1)
        )
        self.page("mine-link-over", "mine", manage)
        gone = self.counted("Sam Reed", "sam@example.org")
        left = withdrawing.withdraw(uid=gone.uid, now=self.now)
        assert left is not None
        self.page("mine-withdrawn", "mine", mine(left, self.now))
        out = self.counted("Sam Cheat", "sam2@example.org")
        rule = Invalidation(
            letter=self.aller, reason=4, public_reason="Made by a program, like 40 others.",
            numbers=[out.number],
        )  # fmt: skip
        rule = invalidating.write(rule=rule, by=self.otto)
        invalidating.dry_run(invalidation=rule)
        invalidating.start(invalidation=rule, now=self.now)
        invalidating.run(invalidation=rule.pk, now=self.now)
        sequencing.sequence(now=self.now)
        out.refresh_from_db()
        self.page("mine-invalidated", "mine", mine(out, self.now))
        self.page("confirm-refused", "confirm", make.token(out))
        # Kinds of mailboxes are told once their day is over.
        Breakdown.objects.filter(letter=self.aller).update(day=F("day") - 2)

    def files(self) -> None:
        states = Export.State
        common = {"letter": self.aller, "asked_by": self.otto}
        soon = self.now + timedelta(days=3)
        Export.objects.create(
            state=states.READY, format="pdf", sha256="9f49" * 16, size=1_482_300,
            ready_at=self.now, expires_at=soon, done=253, total=253, **common,
        )  # fmt: skip
        Export.objects.create(
            state=states.FAILED, format="pdf", sort="name", **common,
            reason="The PDF took longer than 30 minutes and was given up.",
        )  # fmt: skip
        # Held by a worker that never comes back to it: it stays as the page shows it.
        Export.objects.create(
            state=states.RUNNING, format="csv", done=120, total=253, lease_by="gallery",
            lease_until=self.now + timedelta(hours=1), **common,
        )  # fmt: skip

    def deliveries(self) -> None:
        waits = self.delivery(self.aller, message=texts.COVERING, days=0)
        self.page("delivery", "delivery", office(waits, self.now))
        came = handing.received(self.delivery(self.aller, days=1), "Registry, room 4")
        self.page("delivery-received", "delivery", office(came, self.now))
        answered = handing.answered(handing.received(self.delivery(self.aller, days=2)))
        self.page("delivery-answered", "delivery", office(answered, self.now))
        self.page("delivery-link-over", "delivery", office(came, self.ago(days=91)))
        self.page("delivery-bad-link", "delivery", "x" * 60)
        struck = self.delivery(self.aller, days=1, how="other", how_else="read out in the hall")
        delivering.strike(uid=struck.uid, now=self.now)
        self.page("delivery-struck", "delivery", office(struck, self.now))
        arabic = Letter.objects.for_page().get(slug="night-bus")
        reply = handing.answered(
            handing.received(self.delivery(arabic, days=1)), texts.ARABIC_ANSWER, by_name="آدا لوند"
        )
        self.page("delivery-arabic", "delivery", office(reply, self.now))
        closed = Letter.objects.for_page().get(slug="closed")
        printed = self.delivery(closed, days=0, how="hand")
        handing.answered(
            handing.received(printed), texts.ANSWER, by_name="Marta Velander, Minister"
        )

    def news(self) -> None:
        reader = self.counted("Uta Lind", "uta@example.org", updates=True)
        left = self.counted("Tom Hale", "tom@example.org", updates=True)
        for one, name in ((reader, "unsubscribe"), (left, "unsubscribe-stopped")):
            token = tokens.make(Purpose.UPDATES, one.uid, generation=0, at=self.now)
            self.page(name, "unsubscribe", token)
        said = Said("Stop the news", "en")
        unsubscribing.stop(uid=left.uid, said=said, now=self.now)
        for days, state, sent in ((9, "sent", 214), (2, "stopped", 40), (0, "sending", 120)):
            made = self.update(self.ago(days=days))
            Update.objects.filter(pk=made.pk).update(
                state=state, total=221, sent=sent, asked_at=self.ago(days=days, hours=-1)
            )
        self.update(self.now)
        Signature.objects.filter(pk=reader.pk).update(brought=12)
        self.page("mine-brought", "mine", mine(reader, self.now))

    def update(self, at: datetime) -> Update:
        words = updating.Words("The minister has seen our letter", texts.COVERING)
        return updating.write(letter=self.aller, by=self.otto, words=words, now=at)

    def delivery(self, letter: Letter, *, days: float, **given: Any) -> Delivery:
        at = self.ago(days=days, hours=3)
        file = handing.export(
            letter, content=b"%PDF" * 400_000, count=letter.tally.count, pages=12, signed=True,
            snapshot_at=at, ready_at=at,
        )  # fmt: skip
        given = {"how": "mail", "delivered_at": at, "email": "office@example.org"} | given
        made = handing.delivery(letter, exports=[file], now=at, **given)
        made.refresh_from_db()
        return made

    def page(self, name: str, view: str, *words: str) -> None:
        self.pages[name] = reverse(view, args=words)

    def signed(self, name: str, email: str, **more: Any) -> Signature:
        return make.pending(self.aller, name=name, email=email, **(SWIMMER | more))

    def counted(self, name: str, email: str, **more: Any) -> Signature:
        return make.counted(self.aller, name=name, email=email, **(SWIMMER | more))


def organiser(email: str, name: str) -> Organiser:
    made = make.organiser(email, name=name)
    EmailAddress.objects.create(user=made, email=email, verified=True, primary=True)
    return made


def mine(signature: Signature, at: datetime) -> str:
    return tokens.make(Purpose.MINE, signature.uid, generation=signature.generation, at=at)


def office(delivery: Delivery, at: datetime) -> str:
    return tokens.make(Purpose.DELIVERY, delivery.uid, generation=delivery.generation, at=at)
