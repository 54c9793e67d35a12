"""A large letter, whole: what stands in the database stands in its files, in bounded memory."""

import re
import resource
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.models import Letter
from signatures.exports.press import reading
from signatures.models import Signature
from signatures.services import exporting, seeding
from tests import make, paper
from tests.signatures.exporting import made, names

pytestmark = pytest.mark.django_db(transaction=True)
LINE = re.compile(r"\s*([\d,]+)\s+(.+)")
MOST = 500_000  # kilobytes a process may hold for it


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_f25_every_name_of_the_database_stands_in_pdf_and_table(
    settings: Any, tmp_path: Path, *, soak: bool
) -> None:
    settings.EXPORT_DIR = tmp_path
    # The files are the same on both databases, so the shorter form will do on the second.
    count = 250_000 if soak else 2_000 if connection.vendor == "postgresql" else 20_000
    letter = make.letter()
    before = most_since(begin=True)  # other tests of this process may have left much
    seeding.seed(letter=letter, signatures=count, seed=1, now=timezone.now())
    there = stored(letter)

    table = made(letter, public_only=True)
    assert Counter(names(table)) == there

    pdf = made(letter, "pdf", public_only=True, columns=("position", "name"))
    assert pdf.state == pdf.State.READY, pdf.reason
    assert listed(exporting.path_of(pdf)) == squeezed(there)
    assert most_since() - before < MOST
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < MOST


def most_since(*, begin: bool = False) -> int:
    """Kilobytes this process held at most since it was last asked to `begin`."""
    if begin:
        Path("/proc/self/clear_refs").write_text("5")
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1])


def stored(letter: Letter) -> Counter[str]:
    shown = Signature.objects.counted().filter(letter=letter, public=True)
    return Counter(shown.values_list("name", flat=True))


def listed(path: Path) -> Counter[str]:
    """The letters of the name beside each number.

    On a page where most names run from right to left poppler puts a vowel sign that ends a
    Bengali name before it, so which letters there are is compared here; in which order they come
    back is tested script by script.
    """
    found: Counter[str] = Counter()
    for page in paper.text(path, "-layout").split("\f")[2:-2]:  # cover and letter; method
        for line in page.split("\n"):
            if match := LINE.fullmatch(reading.beside(line)):
                found[letters(match[2])] += 1
    return found


def letters(name: str) -> str:
    return "".join(sorted("".join(name.split())))


def squeezed(names: Counter[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, times in names.items():
        found[letters(name)] += times
    return found
