"""docs/addresses.md names every address that others may rely on."""

import re

from tests.contracts.test_routes import routes
from tests.processes import ROOT

TOLD = (ROOT / "docs" / "addresses.md").read_text()
# Steps of a person on pages of ours: nobody links to them from outside.
INSIDE = {"again", "ask", "show", "withdraw", "press=received", "report/sent"}


def test_every_address_of_a_letter_is_named():
    ends = {
        route.removeprefix("letters/<slug:slug>/").partition("<")[0].rstrip("/")
        for route in routes()
        if route.startswith("letters/<slug:slug>/")
    }
    assert len(ends) > 15
    missing = {end for end in ends - INSIDE if f"{end}/`" not in TOLD and f"{end}`" not in TOLD}
    missing = {end for end in missing if f"/{end}/" not in TOLD}
    assert missing == set()


def test_every_address_named_is_there():
    known = {re.sub(r"<(?:\w+:)?(\w+)>", "<>", route).rstrip("/") for route in routes()}
    named = re.findall(r"^\| `(?:POST )?/([^`…?]*)[^`]*`", TOLD, re.MULTILINE)
    assert len(named) > 20
    gone = {re.sub(r"<\w+>", "<>", one).rstrip("/") for one in named} - known
    assert gone - {"organise", "accounts", "admin", "dev/mail"} == set()
