"""A person whose words occur nowhere else goes through everything a supporter can do here."""

import re
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO, TextIOWrapper
from typing import Any
from unittest.mock import patch

import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Letter
from signatures import tasks
from signatures.models import Signature, Update
from signatures.services import checkpointing, reminding, signing, updating
from signatures.services.updating import Words
from tests import supporter
from tests.signatures import bouncemails
from worker.models import OutboxMessage
from worker.relay import relay

NETWORK = "203.0.113.77"
WORDS = ("canary.bird", "Canaria", "Zwitscher", "Piepmatz", NETWORK)
ADDRESS = "canary.bird@example.org"
TYPED = {
    "name": "Canaria Zwitscher",
    "email": ADDRESS,
    "affiliation": "Haus Piepmatz",
    "place": "Piepmatz",
    "comment": "Zwitscher",
    "public": "off",
    "updates": "on",
}
_CODE = re.compile(r"\b(\d{3})[\s\u202f\u00a0]?(\d{3})\b")
_DENY = re.compile(r"/confirm/[\w-]+/not-me/")
_STOP = re.compile(r"/unsubscribe/[\w-]+/")


class Canary:
    """Everything they do, and every address and status they were answered with."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.places: list[str] = []
        self.client = supporter.browser(REMOTE_ADDR=NETWORK)

    def note(self, answer: Any) -> Any:
        self.places += [answer.headers.get("Location", ""), str(answer.status_code)]
        self.places.append(answer.headers.get("Content-Disposition", ""))
        return answer

    def post(self, path: str, press: str, **fields: str) -> Any:
        return self.note(self.client.post(path, {"press": press} | fields))

    def get(self, path: str) -> Any:
        return self.note(self.client.get(path))

    def sign(self, **changes: str) -> Any:
        return self.note(supporter.sign(self.letter, client=self.client, **(TYPED | changes)))

    def mail(self) -> Any:
        """The newest that came."""
        return supporter.new_mails()[-1]

    def statuses(self) -> Counter[int]:
        return Counter(int(place) for place in self.places if place.isdecimal())

    # --- Waiting, with every mistake --------------------------------------------------------------
    def is_mistaken(self) -> None:
        self.sign(name="Canaria" * 50)
        self.client.post(
            reverse("sign", args=[self.letter.slug]),
            TYPED | {"name": ""},
            content_type="application/json",
        )
        for path in ("/confirm/canary.bird/", "/mine/Canaria/", "/?q=Zwitscher"):
            self.get(path)
        with patch.object(signing, "sign", side_effect=RuntimeError("canary.bird Canaria")):
            broken = Client(raise_request_exception=False)
            self.note(supporter.sign(self.letter, client=broken, **TYPED))

    def waits(self) -> str:
        """Corrects the address, asks again, types the code; the path of the own page."""
        page = self.sign(email="canary.bird@exmaple.org")["Location"]
        supporter.new_mails()
        page = self.post(f"{page}address/", "address", email="canary.bird.org").headers.get(
            "Location", page
        )
        page = self.post(f"{page}address/", "address", email=ADDRESS)["Location"]
        with time_machine.travel(timezone.now() + timedelta(minutes=2)):
            page = self.post(f"{page}again/", "again")["Location"]
            code = "".join(_CODE.findall(str(self.mail().body))[-1])
            self.post(f"{page}code/", "code", code="000000")
            answer = self.post(f"{page}code/", "code", code=code)
        assert "/mine/" in answer["Location"], answer["Location"]
        tasks.sequence()
        checkpointing.publish(timezone.now())
        return str(answer["Location"])

    # --- At home on the own page ------------------------------------------------------------------
    def changes_everything(self, own: str) -> None:
        for end in ("", "data/", "data.json", "receipt/", "code.svg", "correct/"):
            self.get(f"{own}{end}")
        self.post(f"{own}receipt/mail/", "mail")
        for press in ("show", "hide"):
            self.post(f"{own}show/", press)
        self.post(f"{own}correct/", "correct", **{**TYPED, "title": "Zwitscher"})
        self.post(f"{own}ask/", "ask", email=ADDRESS)
        fresh = supporter.link(self.mail())
        for press in ("stop", "start"):
            self.post(f"{fresh}updates/", press)
        self.sign()  # once more: a mail that says so
        supporter.new_mails()

    def gets_news(self) -> None:
        now, by = timezone.now(), self.letter.organiser
        words = Words(subject="News of the Aller", body="It rained.")
        update: Update = updating.write(letter=self.letter, by=by, words=words, now=now)
        updating.send(uid=update.uid, now=now)
        for _turn in range(3):
            relay.run("export")
            relay.run("mail")
        mail = self.mail()
        stop = _STOP.findall(str(mail.body))[0]
        self.get(stop)
        self.note(self.client.post(stop, {"List-Unsubscribe": "One-Click"}))

    def asks_for_everything(self) -> None:
        with time_machine.travel(timezone.now() + timedelta(days=1)):  # a mailbox gets few a day
            self.note(self.client.post("/mine/", {"email": ADDRESS}))
            relay.run("export")
            path = supporter.link(self.mail())
            self.get(path)
            self.get(f"{path}signatures.json")
            self.post(f"{path}stop/", "stop")

    # --- Mails that lead nowhere ------------------------------------------------------------------
    def is_reminded_and_denies(self, letter: Letter) -> None:
        self.note(supporter.sign(letter, client=self.client, **TYPED))
        supporter.new_mails()
        noon = timezone.now().replace(hour=12, minute=0)
        with time_machine.travel(noon + timedelta(days=2)):
            reminding.remind(now=timezone.now())
            mail = self.mail()
            deny = _DENY.findall(str(mail.body))[0]
            self.get(deny)
            self.post(deny, "deny", never="on")

    def is_written_to_in_vain(self, letter: Letter) -> None:
        self.note(supporter.sign(letter, client=self.client, **TYPED))
        supporter.new_mails()
        message = OutboxMessage.objects.filter(topic="signature.asked").latest("pk")
        _come_back(message.uid)

    def is_erased(self, own: str) -> None:
        self.get(f"{own}erase/")
        self.post(f"{own}erase/", "erase", withdraw="on")


def _come_back(message: uuid.UUID) -> None:
    """The mail server hands it to our command."""
    returned = bouncemails.report(message).replace(b"joan@example.org", ADDRESS.encode())
    with patch.object(sys, "stdin", TextIOWrapper(BytesIO(returned))):
        call_command("take_bounce", bouncemails.bounces(message))


def found(texts: Iterator[str] | list[str]) -> list[str]:
    return [text for text in texts if any(word in text for word in WORDS)]


def counted() -> Signature:
    return Signature.objects.exclude(number=None).get()
