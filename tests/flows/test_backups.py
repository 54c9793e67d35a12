"""A backup of the evening before is put back, and nobody who went since comes back with it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.installation import Installation
from tests.processes import ROOT
from tests.services import client_programs

NOTHING = dict.fromkeys(
    ("erased", "named", "hidden", "stopped", "suppressed", "withdrawn", "files", "offered"), 0
)


def put_back(install: Callable[..., Installation], tmp_path: Path) -> dict[str, Any]:
    env = install().env
    env["PATH"] = os.pathsep.join([str(client_programs()), env["PATH"]])
    env["DJANGO_SETTINGS_MODULE"] = "config.settings"
    done = subprocess.run(
        [sys.executable, "-m", "tests.flows.puttingback", str(tmp_path)],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_t75_f22_a_backup_put_back_brings_back_nobody_who_was_erased_since(
    install: Callable[..., Installation], tmp_path: Path
) -> None:
    found = put_back(install, tmp_path)
    assert (found["clear"], found["mode"]) == (False, "0o600")
    assert "a clock or a worker was alive" in found["running"]
    assert "not empty" in found["full"]
    assert "erased 12, hidden 2, suppressed 2, unsubscribed 2" in found["repeated"]
    assert found["shown"] == NOTHING | {"withdrawn": 2}  # until the log is heard
    assert found["back"] == NOTHING
    assert found["moved"] == 0
    assert found["wrong"] == []
    assert found["control"]["erased"] == 12
    assert found["control"]["hidden"] == found["control"]["suppressed"] == 2
