"""docs/transparency.md says what the code computes, and leads to what is there."""

import re
from hashlib import sha256

from signatures.log import sample
from tests.processes import ROOT

PAGE = ROOT / "docs" / "transparency.md"
TEXT = PAGE.read_text("utf8")


def test_the_table_of_samples_is_what_chance_computes():
    rows = re.findall(r"^\| ([0-9.]+) % \| (\d+) \| (\d+) \|$", TEXT, re.MULTILINE)
    assert [share for share, _, _ in rows] == ["10", "5", "2", "1", "0.5"]
    for share, *sizes in rows:
        for size, certainty in zip(map(int, sizes), (0.95, 0.99), strict=True):
            fakes = float(share) / 100
            assert sample.chance(fakes, size - 1) < certainty <= sample.chance(fakes, size)


def test_the_draw_is_the_one_described():
    """The steps of the page, followed by hand."""
    assert "`letterlog/sample/v1` ‖ 00 ‖ seed" in TEXT
    seed, left, drawn = b"root" * 8 + b"value", list(range(100, 140)), []
    for i in range(20):
        hashed = sha256(b"letterlog/sample/v1\0" + seed + i.to_bytes(8, "big")).digest()
        place = int.from_bytes(hashed[:8], "big") % len(left)
        drawn.append(left[place])
        left[place] = left[-1]
        del left[-1]
    assert sample.drawn(seed, range(100, 140), 20) == drawn


def test_one_attempt_in_twenty_misses_them_all():
    assert round(1 / (1 - sample.chance(0.01, 299))) == 20


def test_what_it_links_to_is_there():
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (PAGE.parent / link).exists(), link
