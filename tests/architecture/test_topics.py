"""What is promised has somebody who does it."""

import ast
from pathlib import Path

from worker import outbox

ROOT = Path(__file__).resolve().parents[2]


def published() -> set[str]:
    """Every topic named in an outbox.publish(…) of the product."""
    calls = (
        node
        for app in ("campaigns", "signatures", "config", "worker")
        for path in (ROOT / app).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf8")))
        if isinstance(node, ast.Call)
    )
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"publish", "publish_all"}
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def test_every_topic_that_is_published_has_a_handler() -> None:
    assert "signature.asked" in published()
    assert published() - outbox.topics() == set()
