"""A running installation's log, checked as strangers do: over HTTP, and from a copy."""

import shutil
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from tests.browser.conftest import Gallery


def fetched(url: str, path: str) -> bytes:
    with urlopen(f"{url}{path}", timeout=30) as answer:
        return bytes(answer.read())


def test_the_verifier_it_serves_finds_that_its_log_holds(gallery: Gallery, tmp_path: Path) -> None:
    url, folder = gallery.installation.url, gallery.installation.folder / "log"
    program, copy = tmp_path / "verify.py", tmp_path / "copy"
    program.write_bytes(fetched(url, "/verify.py"))
    copy.mkdir()
    (copy / "checkpoint").write_bytes(fetched(url, "/log/checkpoint"))  # its tiles stay for an hour
    shutil.copytree(folder / "tile", copy / "tile", ignore=shutil.ignore_patterns(".draft-*"))
    (copy / "key").write_bytes(fetched(url, "/log/key"))
    (copy / "policy").write_bytes(fetched(url, "/.well-known/groundswell-log-policy"))
    for source in (copy, f"{url}/log"):  # the copy first: the log may have grown since
        said = subprocess.run(
            [sys.executable, "-I", program, source, "--state", tmp_path / "state"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert said.returncode == 0, said.stderr
        assert " holds: " in said.stdout
        assert "signatures count" in said.stdout
