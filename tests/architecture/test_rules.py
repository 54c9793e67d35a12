"""The house keeps its rules, and each rule finds the house that breaks it."""

import re
from pathlib import Path

import pytest

from tests.architecture import rules
from tests.processes import ROOT

# Each rule with a small house that breaks it, and one that comes close and does not.
HOUSES: dict[rules.Rule, tuple[tuple[str, str], tuple[str, str]]] = {
    rules.apps_in_one_line: (
        ("campaigns/feeds.py", "from signatures.models import Signature\n"),
        ("signatures/feeds.py", "from campaigns.models import Letter\n"),
    ),
    rules.rooms_in_one_line: (
        ("campaigns/services/drafting.py", "from campaigns.forms import LetterForm\n"),
        ("campaigns/forms.py", "from campaigns.services import drafting\n"),
    ),
    rules.services_know_no_door: (
        ("signatures/services/signing.py", "from django.http import HttpRequest\n"),
        ("signatures/views/signing.py", "from django.http import HttpRequest\n"),
    ),
    rules.drawers_are_pure: (
        ("campaigns/embeds/badge.py", "from campaigns.models import Letter\n"),
        ("campaigns/embeds/badge.py", "from campaigns.palette import ACCENT\n"),
    ),
    rules.the_press_stands_alone: (
        ("signatures/exports/press/rows.py", "from django.utils import translation\n"),
        ("signatures/exports/press/rows.py", "from signatures.exports.ends import Ends\n"),
    ),
    rules.the_log_stands_alone: (
        ("signatures/log/note.py", "from signatures.mailbox import canonical\n"),
        ("signatures/log/note.py", "import hmac\nfrom cryptography import x509\n"),
    ),
    rules.no_late_imports: (
        ("worker/relay.py", "def send():\n    from worker.models import OutboxMessage\n"),
        ("worker/relay.py", "def send():\n    import weasyprint\n"),
    ),
    rules.no_bare_except: (
        ("worker/relay.py", "try:\n    send()\nexcept:\n    pass\n"),
        ("worker/relay.py", "try:\n    send()\nexcept OSError:\n    pass\n"),
    ),
    rules.one_door_out: (
        ("signatures/views/signing.py", "mail.delay(signature.pk)\n"),
        ("worker/nudging.py", "relay.apply_async()\n"),
    ),
    rules.models_save_plainly: (
        ("campaigns/models/letter.py", "class Letter:\n    def save(self):\n        count()\n"),
        ("campaigns/services/drafting.py", "class Draft:\n    def save(self):\n        ...\n"),
    ),
    rules.no_signals: (
        ("campaigns/apps.py", "@receiver(post_save)\ndef saved(**_):\n    ...\n"),
        ("campaigns/apps.py", "@property\ndef receivers():\n    ...\n"),
    ),
    rules.html_is_marked_safe_in_one_place: (
        ("campaigns/views/reading.py", "from django.utils.safestring import mark_safe\n"),
        ("campaigns/text.py", "from django.utils.safestring import mark_safe\n"),
    ),
    rules.files_are_short: (
        ("worker/relay.py", "x = 1\n" * 301),
        ("worker/relay.py", "x = 1\n" * 300),
    ),
    rules.functions_are_short: (
        ("worker/relay.py", "def send():\n" + "    x = 1\n" * 40),
        ("worker/relay.py", "def send():\n" + "    x = 1\n" * 39),
    ),
    rules.no_junk_drawers: (
        ("worker/utils.py", "x = 1\n"),
        ("worker/broker.py", "x = 1\n"),
    ),
}


def name(rule: rules.Rule) -> str:
    return rule.__name__


def house(root: Path, file: tuple[str, str]) -> Path:
    path, text = root / file[0], file[1]
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return root


@pytest.mark.parametrize("rule", HOUSES, ids=name)
def test_the_house_keeps_the_rule(rule: rules.Rule) -> None:
    assert rules.broken(rule, ROOT) == []


@pytest.mark.parametrize("rule", HOUSES, ids=name)
def test_the_rule_finds_the_house_that_breaks_it(rule: rules.Rule, tmp_path: Path) -> None:
    breaking, keeping = HOUSES[rule]
    assert len(rules.broken(rule, house(tmp_path / "breaking", breaking))) >= 1
    assert rules.broken(rule, house(tmp_path / "keeping", keeping)) == []


def test_the_rules_see_the_whole_house() -> None:
    seen = {source.app for source in rules.sources(ROOT)}
    assert seen == set(rules.APPS)


def test_an_import_for_types_alone_is_no_dependency(tmp_path: Path) -> None:
    text = "if TYPE_CHECKING:\n    from signatures.models import Signature\n"
    root = house(tmp_path, ("campaigns/access.py", text))
    assert rules.broken(rules.apps_in_one_line, root) == []


def test_templates_escape_what_people_typed() -> None:
    """`|safe` and `autoescape off` would undo the one place that marks HTML safe."""
    unsafe = re.compile(r"\|\s*safe\b|autoescape\s+off")
    found = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if unsafe.search(path.read_text("utf8"))
    ]
    assert found == []


def test_the_locks_name_no_registry_and_hash_every_file() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text("utf8")
        assert "://" not in text
        pins = re.findall(r"^\S+==\S+.*\n(?:.*\\\n)*?    (.*)$", text, re.MULTILINE)
        assert len(pins) > 30
        assert all(pin.startswith("--hash=sha256:") for pin in pins)
