"""Pages read with a real HTML parser: what a browser would make of them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib

LOADS = {  # elements that make a browser fetch something by itself, and by which attribute
    "img": ("src", "srcset"),
    "script": ("src",),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "input": ("src",),
    "use": ("href",),
    "image": ("href",),
}


class Page:
    """A parsed answer."""

    def __init__(self, response: Any) -> None:
        self.text = response.content.decode()
        self.root: Element = html5lib.parse(self.text, namespaceHTMLElements=False)

    def all(self, tag: str, **attributes: str) -> list[Any]:
        return [
            one
            for one in self.root.iter(tag)
            if all(one.get(name.strip("_")) == value for name, value in attributes.items())
        ]

    def one(self, tag: str, **attributes: str) -> Any:
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]

    def with_class(self, name: str) -> list[Any]:
        return [one for one in self.root.iter() if name in str(one.get("class", "")).split()]

    def words(self) -> str:
        """What is there to read, without scripts and styles."""
        return " ".join(" ".join(_texts(self.one("body"))).split())

    def tags(self) -> list[str]:
        return [one.tag for one in self.root.iter() if isinstance(one.tag, str)]

    def fetched_hosts(self) -> set[str]:
        """Hosts a browser would ask on its own while showing this page; "" is the page's."""
        asked = [
            one.get(attribute)
            for one in self.root.iter()
            for attribute in LOADS.get(str(one.tag).rpartition("}")[2], ())
        ]
        loaded = {"stylesheet", "icon", "apple-touch-icon", "preload", "manifest"}
        asked += [link.get("href") for link in self.root.iter("link") if link.get("rel") in loaded]
        return {urlsplit(address).netloc for address in asked if address}

    def inline_code(self) -> list[str]:
        """Styles and scripts the content security policy would refuse."""
        found = [one.tag for one in self.root.iter() if one.tag == "style" or one.get("style")]
        found += [name for one in self.root.iter() for name in one.attrib if name.startswith("on")]
        found += [
            "script"
            for one in self.root.iter("script")
            if not one.get("src") and one.get("type") != "application/ld+json"
        ]
        return found


def text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _texts(element: Element) -> Iterator[str]:
    if element.tag in {"script", "style"}:
        return
    yield element.text or ""
    for child in element:
        yield from _texts(child)
        yield child.tail or ""
