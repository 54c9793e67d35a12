"""What a WordPress of version 6 does with the HTML of an oEmbed provider it doesn't know.

The rules are facts of its public source (`wp_filter_oembed_result` and its host script); the code
is ours.
"""

import secrets
import string
from collections.abc import Mapping
from html import escape
from xml.etree.ElementTree import Element

import html5lib

KEPT: Mapping[str, frozenset[str]] = {
    "a": frozenset({"href"}),
    "blockquote": frozenset(),
    "iframe": frozenset(
        {"src", "width", "height", "title"}
        | {"frameborder", "marginwidth", "marginheight", "scrolling"}
    ),
}
LETTERS = string.ascii_letters + string.digits
HIDDEN = "position: absolute; clip: rect(1px, 1px, 1px, 1px);"  # until the frame has spoken


def embedded(told: Mapping[str, object]) -> str | None:
    """The oEmbed answer as it stands in the post: a frame in a sandbox, or nothing at all."""
    if told.get("type") not in {"rich", "video"} or not isinstance(told.get("html"), str):
        return None
    tree = html5lib.parseFragment(told["html"], namespaceHTMLElements=False)
    frame = next(tree.iter("iframe"), None)
    if frame is None or not frame.get("src"):
        return None
    quote = next(tree.iter("blockquote"), None)
    secret = "".join(secrets.choice(LETTERS) for _ in range(10))
    given = {name: value for name, value in frame.attrib.items() if name in KEPT["iframe"]}
    given.setdefault("title", str(told.get("title", "")))
    given |= {
        "src": f"{given['src']}#?secret={secret}",
        "data-secret": secret,
        "class": "wp-embedded-content",
        "sandbox": "allow-scripts",
        "security": "restricted",
    }
    if quote is not None:  # the fallback shows until the frame has said how high it is
        given["style"] = HIDDEN
    return _quote(quote, secret) + _tag("iframe", given) + "</iframe>"


def _quote(quote: Element | None, secret: str) -> str:
    if quote is None:
        return ""
    links = [
        f"{_tag('a', {'href': link.get('href', '')})}{escape(''.join(link.itertext()))}</a>"
        for link in quote.iter("a")
    ]
    given = {"class": "wp-embedded-content", "data-secret": secret}
    return f"{_tag('blockquote', given)}{''.join(links)}</blockquote>"


def _tag(name: str, given: Mapping[str, str]) -> str:
    words = "".join(f' {key}="{escape(value)}"' for key, value in given.items())
    return f"<{name}{words}>"


LOWEST, HIGHEST = 200, 1_000  # pixels a frame gets, whatever it asks for

HOST_SCRIPT = f"""
const frames = () => [...document.querySelectorAll("iframe.wp-embedded-content")];
addEventListener("message", ({{ source, data }}) => {{
  if (!data?.secret || /[^a-zA-Z0-9]/.test(data.secret)) return;
  for (const quote of document.querySelectorAll(`blockquote[data-secret="${{data.secret}}"]`)) {{
    quote.style.display = "none";
  }}
  for (const frame of frames()) {{
    if (frame.dataset.secret !== data.secret || frame.contentWindow !== source) continue;
    frame.removeAttribute("style");
    if (data.message === "height") {{
      frame.height = Math.min({HIGHEST}, Math.max({LOWEST}, parseInt(data.value, 10) || 0));
    }}
    if (data.message === "link") {{
      const to = new URL(data.value), from = new URL(frame.src);
      const plain = to.protocol === "http:" || to.protocol === "https:";
      if (plain && to.host === from.host && document.activeElement === frame) {{
        top.location.href = data.value;
      }}
    }}
  }}
}});
addEventListener("DOMContentLoaded", () => {{
  for (const frame of frames()) {{
    frame.contentWindow.postMessage({{ message: "ready", secret: frame.dataset.secret }}, "*");
  }}
}});
"""
