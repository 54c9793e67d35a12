"""docs/configuration.md names every setting there is, and none that isn't."""

import re

from tests.processes import ROOT

READ = re.compile(r'env\.(?:str|int|bool|list)\(\s*"([A-Z_]+)"')
DOCUMENTED = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)


def test_every_setting_is_documented_and_every_documented_one_exists():
    read = set(READ.findall((ROOT / "config" / "settings.py").read_text()))
    documented = DOCUMENTED.findall((ROOT / "docs" / "configuration.md").read_text())
    assert len(documented) == len(set(documented))
    assert set(documented) == read
