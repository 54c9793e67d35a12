"""Passing a letter on: plain links to where people talk, and snippets for other people's pages."""

from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from campaigns.models import Letter

FRAME_HEIGHT = 172  # pixels


@dataclass(frozen=True)
class Link:
    name: str
    href: str


def links(letter: Letter) -> list[Link]:
    """Ordinary links; nothing is asked of those sites before somebody follows one."""
    address = f"{settings.SITE_URL}{letter.get_absolute_url()}"
    title = _("Open letter: {title}").format(title=letter.title)
    text, url, both = quote(title), quote(address, safe=""), quote(f"{title}\n{address}")
    return [
        Link(_("E-mail"), f"mailto:?subject={text}&body={quote(address)}"),
        Link("WhatsApp", f"https://wa.me/?text={both}"),
        Link("Telegram", f"https://t.me/share/url?url={url}&text={text}"),
        Link("Bluesky", f"https://bsky.app/intent/compose?text={both}"),
        Link("Mastodon", f"https://share.joinmastodon.org/#text={both}"),
        Link("X", f"https://x.com/intent/post?text={text}&url={url}"),
    ]


def frame(letter: Letter) -> str:
    """HTML for a page that may carry a frame. Text to copy, so it is escaped once more there."""
    return str.__str__(
        format_html(
            '<iframe src="{}{}" title="{}" width="100%" height="{}" '
            'style="border:0;max-width:28rem" loading="lazy"></iframe>',
            settings.SITE_URL,
            reverse("counter", args=[letter.slug]),
            letter.title,
            FRAME_HEIGHT,
        )
    )


def badge(letter: Letter) -> str:
    """HTML for a page that may carry a picture and a link."""
    return str.__str__(
        format_html(
            '<a href="{}{}"><img src="{}{}" alt="{}" height="32"></a>',
            settings.SITE_URL,
            letter.get_absolute_url(),
            settings.SITE_URL,
            reverse("badge", args=[letter.slug]),
            letter.title,
        )
    )
