from io import StringIO
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.urls import reverse

import campaigns
from campaigns import entering
from campaigns.models import Letter, Organiser

EXAMPLE = Path(campaigns.__file__).with_name("welcome.md")
ORGANISER = "organiser@example.org"


class Command(BaseCommand):
    help = "Fills an empty embedded installation with an example, and prints where to go."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.EMBEDDED and not Organiser.objects.exists():
            organiser = Organiser.objects.create_user(ORGANISER)
            EmailAddress.objects.create(
                user=organiser, email=ORGANISER, verified=True, primary=True
            )
            call_command(
                "create_letter",
                str(EXAMPLE),
                organiser=ORGANISER,
                publish=True,
                stdout=StringIO(),
            )
        self.stdout.write(f"Groundswell   {settings.SITE_URL}/")
        letter = Letter.objects.open().order_by("published_at").first()
        if letter:
            self.stdout.write(f"Letter        {settings.SITE_URL}{letter.get_absolute_url()}")
        known = Organiser.objects.filter(email=ORGANISER).first()
        if known is not None and settings.EMBEDDED:
            link = reverse("enter", args=[entering.link_token(known)])
            self.stdout.write(f"Organiser     {known.email}")
            self.stdout.write(f"Log in once   {settings.SITE_URL}{link}")
        if settings.MAIL_TO_FILES and settings.LOCAL:
            self.stdout.write(f"Mails         {settings.SITE_URL}{reverse('dev_mail')}")
        self.stdout.write("Ctrl-C stops everything.")
