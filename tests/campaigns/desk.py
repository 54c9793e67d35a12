"""Filling in a letter's sheet the way a browser does."""

from functools import lru_cache
from typing import Any

import html5lib
from django.test import Client

from campaigns.models import Organiser


def client(organiser: Organiser, **options) -> Client:
    there = Client(**options)
    there.force_login(organiser)
    return there


@lru_cache(maxsize=4)  # a test asks several things of the same page
def tree(page: bytes) -> Any:
    return html5lib.parse(page.decode(), namespaceHTMLElements=False)


def fields(page: bytes, *, form: str = "sheet") -> dict[str, list[str] | str]:
    """What a browser would send back from a page's form, nothing changed."""
    inside = next(
        one
        for one in tree(page).iter("form")
        if form in one.get("class", "").split() or one.get("action", "").endswith(form)
    )
    found: dict[str, list[str]] = {}
    for one in inside.iter():
        name, value = one.get("name"), _value(one)
        if name and value is not None:
            found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _value(control) -> str | None:
    kind = control.get("type", "text")
    if control.tag == "textarea":
        return (control.text or "").removeprefix("\n")
    if control.tag == "select":
        chosen = [one for one in control.iter("option") if one.get("selected") is not None]
        first = next(control.iter("option"))
        return (chosen or [first])[0].get("value", "")
    if control.tag != "input" or kind == "submit":
        return None
    if kind in {"radio", "checkbox"} and control.get("checked") is None:
        return None
    return control.get("value", "on" if kind in {"radio", "checkbox"} else "")


def words(page: bytes) -> str:
    """What a page says, in one line."""
    return " ".join("".join(tree(page).find("body").itertext()).split())
