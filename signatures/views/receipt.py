"""A signer's receipt: fetched from their own page, or mailed to their own address."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from campaigns.views.public import letter_context
from signatures.proof import proving, receipts
from signatures.proof.openings import Gone
from signatures.services import mailing
from signatures.views.ownlink import Opened, ask_first, through_link
from signatures.views.personal import personal, pressed, see

TYPE = "application/octet-stream"  # a program that took it for text might change its line ends


@personal
@require_safe
@through_link
def receipt(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """The file. It can be shown to others and demanded by them: who only has a mail may not."""
    signature = opened.signature
    if not opened.may_keep:
        return ask_first(request, token, opened)
    try:
        data = proving.receipt_of(signature)
    except (proving.NotYet, Gone):
        return see(request, reverse("mine", args=[token]))  # which says why
    name = receipts.file_name(signature)
    return HttpResponse(
        data,
        content_type=TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@csrf_exempt  # the token is the right to press; there is no session
@personal
@require_POST
@through_link
def mail(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """The same file to the address that signed, because its owner asks for it."""
    if not opened.may_keep:
        return ask_first(request, token, opened)
    sent = pressed(request, "mail") and mailing.mail_receipt(
        uid=opened.signature.uid, now=timezone.now()
    )
    context = letter_context(opened.signature.letter) | {"token": token, "sent": sent}
    status = 200 if pressed(request, "mail") else 400
    return render(request, "signing/receipt_sent.html", context, status=status)
