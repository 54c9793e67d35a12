"""Letters are written in CommonMark; this is the only place that marks HTML as safe.

Every word is shown: what can't be set (raw HTML, images, tables, link definitions) stays as the
letters that were typed, because people sign what they see.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import nh3
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

BODY_LIMIT = 60_000  # characters
_DEEPEST = 8  # block levels; a list is two of them
_DEEPEST_INLINE = 4

_TAGS = {
    "p",
    "br",
    "hr",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "strong",
    "em",
    "blockquote",
    "ul",
    "ol",
    "li",
    "a",
    "code",
    "pre",
}
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
_SCHEMES = {"https", "http", "mailto"}
_LINK = re.compile(r"https?://[^\s/?#]|mailto:[^\s/?#]", re.ASCII | re.IGNORECASE)
_IN_DATA = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
_EMPTY_LINES = re.compile(r"\n{3,}")
_ENDS = {"paragraph_close", "heading_close", "fence", "code_block", "hr"}

# Scripts that put no space between words, in two densities.
_HAN = re.compile("[\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_UNSPACED = re.compile("[\u0e00-\u0eff\u0f40-\u0fbc\u1000-\u109f\u1780-\u17ff]")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_HAN_A_MINUTE, _UNSPACED_A_MINUTE, _WORDS_A_MINUTE = 400, 900, 220


class TooLong(ValueError):
    """More text than a letter may have; `reason` is safe to show."""

    reason: Promise = _("This text is too long. A letter has at most 60,000 characters.")

    def __init__(self) -> None:
        super().__init__(self.reason)


def to_html(markdown: str) -> SafeString:
    """The HTML of a letter, twice fenced: no raw HTML goes in, and an allow-list lets it out.

    Raises TooLong above BODY_LIMIT.
    """
    html = _parser().renderer.render(_tokens(markdown), _parser().options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel="nofollow ugc noopener",
    )
    return mark_safe(clean)


def stored(html: str) -> SafeString:
    """What `to_html` gave when a revision was made, as it was kept: people signed exactly that."""
    return mark_safe(html)


def data_block(data: Mapping[str, Any], *, kind: str) -> SafeString:
    """A script element of data that no browser runs (`kind` is its media type). What looks like a
    tag or an entity is escaped the JSON way, so that no text can end it (HTML, 13.2.6.4)."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return format_html('<script type="{}">{}</script>', kind, mark_safe(body.translate(_IN_DATA)))


def to_plain(markdown: str) -> str:
    """The letter as people would type it in a mail: no marks but dashes, numbers and `>`."""
    typist = _Typist()
    for token in _tokens(markdown):
        typist.type(token)
    return _EMPTY_LINES.sub("\n\n", "\n".join(typist.lines)).strip("\n")


def reading_minutes(markdown: str) -> int:
    """Whole minutes, at least one, whichever script it is written in."""
    plain = to_plain(markdown)
    minutes = len(_HAN.findall(plain)) / _HAN_A_MINUTE
    minutes += len(_UNSPACED.findall(plain)) / _UNSPACED_A_MINUTE
    rest = _UNSPACED.sub(" ", _HAN.sub(" ", plain))
    return max(1, round(minutes + len(_WORD.findall(rest)) / _WORDS_A_MINUTE))


def _tokens(markdown: str) -> list[Token]:
    if len(markdown) > BODY_LIMIT:
        raise TooLong
    return _parser().parse(markdown)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20})
    # A definition shows nothing itself, and a long one used a thousand times is a bomb.
    parser.disable(["image", "html_block", "html_inline", "reference"])
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.at("blockquote", _bounded(blockquote), {"alt": interrupts})
    parser.block.ruler.at("list", _bounded(list_block), {"alt": interrupts[:3]})
    parser.core.ruler.push("shallow", _shallow)
    parser.core.ruler.push("outline", _outline)
    parser.validateLink = lambda url: bool(_LINK.match(url))  # type: ignore[method-assign]
    return parser


Rule = Callable[[StateBlock, int, int, bool], bool]


def _bounded(rule: Rule) -> Rule:
    # The parser's own limit drops the text that is too deep; here it becomes a paragraph.
    def bounded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return state.level < _DEEPEST and rule(state, start, end, silent)

    return bounded


def _shallow(state: StateCore) -> None:
    """Emphasis in emphasis has no limit of its own; the words stay, the deeper marks go."""
    for token in state.tokens:
        if not token.children:
            continue
        kept, depth = [], 0
        for child in token.children:
            depth += child.nesting == 1
            if child.nesting == 0 or depth <= _DEEPEST_INLINE:
                kept.append(child)
            depth -= child.nesting == -1
        token.children = kept


def _outline(state: StateCore) -> None:
    """The page's own heading is the title, so a letter's begin one level below; what stands beside
    a fence is shown inside it."""
    for token in state.tokens:
        if token.type == "fence" and token.info.strip():
            token.content, token.info = f"{token.info.strip()}\n{token.content}", ""
    _number_headings([token for token in state.tokens if token.type == "heading_open"])
    for token, before in zip(state.tokens[2:], state.tokens, strict=False):
        if token.type == "heading_close":
            token.tag = before.tag


def _number_headings(headings: list[Token]) -> None:
    """Whichever marks were typed, no level is left out: who listens to a page counts on that."""
    ranks = {tag: rank for rank, tag in enumerate(sorted({one.tag for one in headings}))}
    above = 1
    for heading in headings:
        above = min(ranks[heading.tag] + 2, above + 1, 6)
        heading.tag = f"h{above}"


class _Typist:
    """Types blocks line by line; knows what stands before a line in each open quote or item."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._margins: list[str] = []
        self._counters: list[int | None] = []
        self._marker = ""

    def type(self, token: Token) -> None:
        match token.type:
            case "blockquote_open":
                self._margins.append("> ")
            case "bullet_list_open":
                self._counters.append(None)
            case "ordered_list_open":
                self._counters.append(int(token.attrGet("start") or 1))
            case "list_item_open":
                self._begin_item()
            case "list_item_close":
                self._margins.pop()
            case "blockquote_close":
                self._end_quote()
            case "bullet_list_close" | "ordered_list_close":
                self._counters.pop()
                self.lines.append("".join(self._margins).rstrip())
            case "inline" | "fence" | "code_block" | "hr":
                self._write(_plain_lines(token))
        if token.type in _ENDS and not token.hidden:
            self.lines.append("".join(self._margins).rstrip())

    def _begin_item(self) -> None:
        number = self._counters[-1]
        self._marker = "- " if number is None else f"{number}. "
        self._counters[-1] = None if number is None else number + 1
        self._margins.append(" " * len(self._marker))

    def _end_quote(self) -> None:
        if self.lines and self.lines[-1] == "".join(self._margins).rstrip():
            self.lines.pop()  # the empty line after its last paragraph is not quoted
        self._margins.pop()
        self.lines.append("".join(self._margins).rstrip())

    def _write(self, lines: list[str]) -> None:
        for line in lines:
            before = "".join(self._margins)
            if self._marker:
                before = before[: -len(self._marker)] + self._marker
                self._marker = ""
            self.lines.append((before + line).rstrip())


def _plain_lines(token: Token) -> list[str]:
    if token.type == "hr":
        return ["* * *"]
    if token.type != "inline":
        return token.content.rstrip("\n").split("\n")
    parts: list[str] = []
    opened: list[tuple[str, int]] = []
    for child in token.children or ():
        if child.type == "link_open":
            opened.append((str(child.attrGet("href")), len(parts)))
        elif child.type == "link_close":
            href, start = opened.pop()
            shown = "".join(parts[start:])
            if href.removeprefix("mailto:") != shown:
                parts.append(f" ({href})")
        elif child.type == "hardbreak":
            parts.append("\n")
        elif child.type == "softbreak":
            parts.append(" ")
        else:
            parts.append(child.content)
    return "".join(parts).split("\n")
