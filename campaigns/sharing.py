"""Passing a letter on: plain links to where people talk, and snippets for other people's pages.

Every address carries the mark of the place it is for (`refs`); the letter's own stays clean.
"""

from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from campaigns import refs
from campaigns.embeds import oembed
from campaigns.models import Letter

FRAME_HEIGHT = oembed.HEIGHT  # pixels
FORM_HEIGHT = 720  # where no script makes the frame as high as it needs to be, it scrolls
PRESS = ("counter", "sign", "counter-frame", "badge")


@dataclass(frozen=True)
class Link:
    name: str
    href: str


@dataclass(frozen=True)
class Snippet:
    """One way to put a letter on another page: what it is for, and the text to copy."""

    name: str  # of its field on the page
    title: str
    purpose: str
    text: str
    lines: int = 3


def links(letter: Letter, *, mark: str = "") -> list[Link]:
    """Ordinary links; nothing is asked of those sites before somebody follows one. They carry the
    mark of where they lead from, or the one given."""
    title = _("Open letter: {title}").format(title=letter.title)
    text = quote(title)

    def url(ref: str) -> str:
        return quote(_at(letter, "letter", ref=mark or ref), safe="")

    def both(ref: str) -> str:
        return quote(f"{title}\n{_at(letter, 'letter', ref=mark or ref)}")

    return [
        Link(_("E-mail"), f"mailto:?subject={text}&body={url('mail')}"),
        Link("WhatsApp", f"https://wa.me/?text={both('whatsapp')}"),
        Link("Telegram", f"https://t.me/share/url?url={url('telegram')}&text={text}"),
        Link("Bluesky", f"https://bsky.app/intent/compose?text={both('bluesky')}"),
        Link("Mastodon", f"https://share.joinmastodon.org/#text={both('mastodon')}"),
        Link("X", f"https://x.com/intent/post?text={text}&url={url('x')}"),
    ]


def snippets(letter: Letter, *, prefix: str = "", ref: str = "") -> list[Snippet]:
    """All of them, in the language `prefix` names; `ref` is the place where they will stand."""
    return [
        *_plain(letter, prefix, ref),
        *_elements(letter, prefix, ref),
        *_frames(letter, prefix, ref),
        *_pictures(letter, prefix, ref),
        *_for_programs(letter, prefix, ref),
    ]


def for_press(letter: Letter, *, prefix: str = "") -> list[Snippet]:
    return [one for one in snippets(letter, prefix=prefix) if one.name in PRESS]


def _at(letter: Letter, page: str, *, prefix: str = "", ref: str = "") -> str:
    return f"{settings.SITE_URL}{prefix}{reverse(page, args=[letter.slug])}{refs.query(ref)}"


def _plain(letter: Letter, prefix: str, ref: str) -> list[Snippet]:
    address = _at(letter, "letter", prefix=prefix, ref=ref)
    return [
        Snippet("link", _("Link"), _("For mails, posts and printed paper."), address, lines=1),
        Snippet(
            "oembed",
            _("Paste the address"),
            _(
                "WordPress and other editors that know oEmbed show the counter where this address "
                "stands on a line of its own."
            ),
            address,
            lines=1,
        ),
    ]


def _elements(letter: Letter, prefix: str, ref: str) -> list[Snippet]:
    counter = _("The number with its goal and growth. It moves by itself and fits into your page.")
    sign = _(
        "The form in your page, as high as it is. People can read the whole letter there; their "
        "signature counts when they press the button in their mail."
    )
    return [
        Snippet("counter", _("Counter"), counter, _element("counter", letter, prefix, ref), 4),
        Snippet("sign", _("Sign form"), sign, _element("sign", letter, prefix, ref), 4),
    ]


def _element(kind: str, letter: Letter, prefix: str, ref: str) -> str:
    """A page without scripts shows the link inside. Unless told, the script takes the name of the
    site it runs on for the place."""
    return _html(
        '<script src="{}" async></script>\n<groundswell-{} letter="{}"{}>'
        '<a href="{}">{}</a></groundswell-{}>',
        f"{settings.SITE_URL}{reverse('embed_js')}",
        kind,
        _at(letter, "letter", prefix=prefix),
        format_html(' ref="{}"', ref) if ref else "",
        _at(letter, "letter", prefix=prefix, ref=ref or kind),
        letter.title,
        kind,
    )


def _frames(letter: Letter, prefix: str, ref: str) -> list[Snippet]:
    counter = _("For pages that run no scripts of others.")
    sign = _("The same without a script. Where it is higher than its place, it scrolls.")
    form = _("Sign: {title}").format(title=letter.title)
    shown = _at(letter, "counter", prefix=prefix, ref=ref or "counter-frame")
    signed = _at(letter, "sign_frame", prefix=prefix, ref=ref or "sign-frame")
    return [
        Snippet(
            "counter-frame",
            _("Counter in a frame"),
            counter,
            _frame(shown, letter.title, FRAME_HEIGHT),
            4,
        ),
        Snippet(
            "sign-frame", _("Sign form in a frame"), sign, _frame(signed, form, FORM_HEIGHT), 4
        ),
    ]


def _frame(address: str, title: str, height: int) -> str:
    return _html(
        '<iframe src="{}" title="{}" width="100%" height="{}" '
        'style="border:0;max-width:32rem" loading="lazy"></iframe>',
        address,
        title,
        height,
    )


def _pictures(letter: Letter, prefix: str, ref: str) -> list[Snippet]:
    sharp = _("For places where only a picture and a link may stand.")
    pixels = _("The same as pixels, for mails and places that show no SVG.")
    card = _("Title, number and growth, as the picture beside a link to the letter.")
    return [
        Snippet("badge", _("Badge"), sharp, _picture("badge", letter, prefix, ref, 32)),
        Snippet(
            "badge-png",
            _("Badge as PNG"),
            pixels,
            _picture("badge_png", letter, prefix, ref or "badge", 32),
        ),
        Snippet("card", _("Share card"), card, _picture("card", letter, prefix, ref, 315)),
    ]


def _picture(kind: str, letter: Letter, prefix: str, ref: str, height: int) -> str:
    return _html(
        '<a href="{}"><img src="{}" alt="{}" height="{}"></a>',
        _at(letter, "letter", prefix=prefix, ref=ref or kind),
        _at(letter, kind, prefix=prefix),
        letter.title,
        height,
    )


def _for_programs(letter: Letter, prefix: str, ref: str) -> list[Snippet]:
    data = quote(_at(letter, "badge_json", prefix=prefix), safe="")
    letter_at = _at(letter, "letter", prefix=prefix, ref=ref or "shields")
    shield = f"[![{_('Signatures')}](https://img.shields.io/endpoint?url={data})]({letter_at})"
    return [
        Snippet(
            "shields",
            _("Badge by shields.io"),
            _("Markdown for READMEs. That site draws it and sees who looks: so not here."),
            shield,
        ),
        Snippet(
            "data",
            _("As data"),
            _(
                "Any page may read it. It carries an ETag: asking again costs nothing while the "
                "count stands still."
            ),
            _at(letter, "count"),
            lines=1,
        ),
    ]


def _html(pattern: str, *values: object) -> str:
    """Text to copy: whoever shows it on a page escapes it once more."""
    return str.__str__(format_html(pattern, *values))
