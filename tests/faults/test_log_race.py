"""Four processes confirm everybody at once, two sequence and publish, staff strike and put back,
one sweeps, and all of them are killed at random (F6 on SQLite, F7 on PostgreSQL). One history must
be left.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.installation import Installation
from tests.processes import ROOT

Install = Callable[..., Installation]


def race(install: Install, **plan: Any) -> dict[str, Any]:
    installation = install()
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.racing", json.dumps(plan)],
        cwd=ROOT,
        env=installation.env,
        capture_output=True,
        text=True,
        timeout=280 if plan["kills"] < 1000 else 3600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.soak
def test_f6_f7_nobody_is_lost_or_counted_twice_whoever_is_killed(
    install: Install, soak: bool
) -> None:
    size, kills = (20_000, 2_000) if soak else (100, 40)
    found = race(install, signatures=size, kills=kills, seed=1)
    assert found.pop("kills") > kills / 2  # all may have ended before
    assert found.pop("checkpoints") > 1
    assert found.pop("signed") > size / 2
    assert found.pop("withdrawn") + found.pop("invalidated") > 0
    assert found.pop("unswept") == 0
    assert found == dict.fromkeys(
        ("lost", "double", "misplaced", "waiting", "totals", "forked"), 0
    ) | {"findings": [], "unbacked": []}


@pytest.mark.once
def test_f6_f7_control_who_tells_the_news_in_a_second_step_loses_people(install: Install) -> None:
    assert race(install, signatures=60, kills=80, seed=2, broken="news")["lost"] > 0
