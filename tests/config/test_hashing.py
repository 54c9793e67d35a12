"""Scripts that belong together are asked for by the names of one release."""

import re
import shutil

from config.hashing import Hashed
from tests.processes import ROOT


def test_a_script_imports_others_by_names_made_of_their_bytes(tmp_path):
    shutil.copytree(ROOT / "static" / "js", tmp_path / "js")
    storage = Hashed(location=str(tmp_path), base_url="/static/")
    names = [f"js/{file.name}" for file in (ROOT / "static" / "js").glob("*.js")]
    for _ in storage.post_process({name: (storage, name) for name in names}):
        pass
    page = (tmp_path / storage.stored_name("js/live.js")).read_text("utf8")
    [imported] = re.findall(r'from "\./(numbers\.[0-9a-f]{12}\.js)"', page)
    assert (tmp_path / "js" / imported).read_bytes() == (tmp_path / "js/numbers.js").read_bytes()
