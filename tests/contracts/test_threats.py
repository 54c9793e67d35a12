"""docs/threats.md promises nothing without a test, and no test is left out of it."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (T\d+) \|", re.MULTILINE)
NAME = re.compile(r"def (test_t\d+\w*)\(")


def promised() -> set[str]:
    return set(ROW.findall((ROOT / "docs/threats.md").read_text("utf8")))


def named() -> set[str]:
    names = [
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in NAME.findall(path.read_text("utf8"))
    ]
    return {f"T{int(number)}" for name in names for number in re.findall(r"t(\d+)(?=_)", name)}


def padded(ids: set[str]) -> set[str]:
    return {f"T{int(one[1:]):02d}" for one in ids}


def test_every_promise_has_a_test_named_after_it() -> None:
    assert padded(promised()) - padded(named()) == set()


def test_every_test_of_a_threat_is_promised() -> None:
    assert padded(named()) - padded(promised()) == set()
