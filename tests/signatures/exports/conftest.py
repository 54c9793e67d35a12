"""One document that has everything in it, taken apart once."""

from pathlib import Path

import pytest

from tests import paper, world
from tests.anatomy import Anatomy
from tests.once import once, shared

BODY = (
    '<p>Dear Minister, see <a href="https://river.example/">the <em>river</em></a> 🌊 \u2fe0.</p>'
    "<h4>What we ask</h4><ul><li>water</li></ul>"
    '<ol start="3"><li><p>time</p><ul><li>years</li></ul></li><li>money</li></ol>'
    "<p>ᚠᛇ नमस्ते สวัสดี 你好 שלום مرحبا</p><pre>fn(x)</pre>"
)
SENDER = "Friends of the Aller & <others>"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Anatomy:
    rows = [*world.rows(120), paper.row("Ada 🦆 \u2fe0", position=121, place="𝒜")]

    def prints(folder: Path) -> None:
        paper.printed(
            folder, rows, count=121, body_html=BODY, sender=SENDER, checkpoint=paper.checkpoint()
        )

    return Anatomy(once(shared(tmp_path_factory, worker_id), "made", prints) / "letter.pdf")
