"""bin/secrets makes what the settings ask for, once."""

import os
import stat
import subprocess
import sys

from config import keyring
from tests.processes import ROOT


def run(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "bin" / "secrets"), *words],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def test_the_secrets_are_made_once_and_are_what_the_settings_read(tmp_path):
    folder = tmp_path / "secrets"
    said = run(str(folder))
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(made) == {
        "secret_key",
        "mailbox_pepper",
        "field_keys",
        "token_keys",
        "log_key",
        "witness_key",
    }
    assert not any(value.strip() in said for value in made.values())
    assert len(set(made.values())) == 6
    assert len(keyring.keys("FIELD_KEYS", made["field_keys"])[1]) == 32
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    run(str(folder))
    assert {path.name: path.read_text() for path in folder.iterdir()} == made


def test_nobody_else_on_the_machine_reads_the_embedded_database(tmp_path):
    folder = tmp_path / "data"
    given = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder)}
    subprocess.run(
        [sys.executable, "-c", "import config.settings"], cwd=ROOT, env=given, check=True
    )
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_rotating_puts_a_new_key_before_the_old_ones(tmp_path):
    run(str(tmp_path))
    old = keyring.keys("FIELD_KEYS", (tmp_path / "field_keys").read_text())
    run(str(tmp_path), "--rotate", "field_keys")
    new = keyring.keys("FIELD_KEYS", (tmp_path / "field_keys").read_text())
    assert list(new) == [2, 1]
    assert new[1] == old[1]
