"""docs/embedding.md against what there is: every snippet, attribute, colour, part and address."""

import re
from xml.etree.ElementTree import Element

import html5lib
import pytest

from campaigns import sharing
from campaigns.embeds import oembed
from tests import make
from tests.processes import ROOT

TOLD = (ROOT / "docs" / "embedding.md").read_text()
SCRIPT = (ROOT / "static" / "js" / "embed.js").read_text()
SITE = "https://letters.example.org"
ELEMENTS = {"groundswell-counter", "groundswell-sign"}


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", TOLD, re.MULTILINE | re.DOTALL)


def snippets() -> list[Element]:
    return [
        one
        for block in blocks("html")
        for one in html5lib.parseFragment(block, namespaceHTMLElements=False).iter()
        if isinstance(one.tag, str)
    ]


def test_each_way_has_its_snippet():
    assert len(blocks("text")) == len(blocks("css")) == len(blocks("sh")) == 1
    used = {one.tag for one in snippets()}
    assert ELEMENTS | {"script", "iframe", "img", "a"} <= used


def test_attributes_are_the_ones_the_script_reads():
    observed = re.search(r"observedAttributes = \[(.*?)\]", SCRIPT)
    assert observed
    read = set(re.findall(r'"(\w+)"', observed[1])) | set(re.findall(r":host\(\[(\w+)=", SCRIPT))
    table = TOLD.partition("| attribute | |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == read
    written = {name for one in snippets() if one.tag in ELEMENTS for name in one.attrib}
    assert written <= read


def test_properties_and_parts_are_the_ones_there_are():
    there = set(re.findall(r"var\((--groundswell-\w+)", SCRIPT))
    assert set(re.findall(r"(--groundswell-\w+):", blocks("css")[0])) == there
    parts = set(re.findall(r'\bpart\("(\w+)"', SCRIPT)) | set(re.findall(r'part: "(\w+)"', SCRIPT))
    listed = re.findall(r"[Pp]arts?: ((?:`\w+`(?:, )?)+)", TOLD)
    assert {name for one in listed for name in re.findall(r"\w+", one)} == parts
    assert set(re.findall(r"::part\((\w+)\)", TOLD)) <= parts


def test_frames_are_as_high_as_told():
    heights = {one.get("height") for one in snippets() if one.tag == "iframe"}
    assert heights == {str(sharing.FRAME_HEIGHT), str(sharing.FORM_HEIGHT)}
    assert f"{oembed.WIDTH} pixels wide and {oembed.HEIGHT} high" in TOLD


@pytest.mark.django_db
def test_every_address_is_there(client, settings):
    settings.SITE_URL = SITE
    make.letter(slug="aller")
    found = set(re.findall(rf"{re.escape(SITE)}(/[\w/.-]*)", TOLD))
    found |= {f"/letters/aller/{end}" for end in ("badge.png", "card.png", "share/", "press/")}
    found |= {"/de/letters/aller/embed/counter/", "/letters/aller/embed/counter.json"}
    assert len(found) > 12
    found.remove("/letters/")  # the beginning of all addresses, for an editor's list
    asked = {"/oembed": {"url": f"{SITE}/letters/aller/"}}
    answers = {path: client.get(path, asked.get(path)).status_code for path in found}
    assert {path: status for path, status in answers.items() if status not in {200, 307}} == {}
