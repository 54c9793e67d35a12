"""Pages that only show say so to whoever comes with another method."""

import pytest
from django.test import Client

from tests import make


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_page_that_only_shows_refuses_other_methods_by_name(method: str) -> None:
    letter = make.letter()
    client = Client(enforce_csrf_checks=True)
    base = letter.get_absolute_url()
    for path in (
        "/",
        "/healthz",
        "/feed.atom",
        "/imprint/",
        base,
        f"{base}signatures/",
        f"{base}changes/",
        f"{base}share/",
        f"{base}press/",
        "/oembed",
        f"{base}count.json",
        f"{base}history.json",
        f"{base}history.csv",
        f"{base}badge.svg",
        f"{base}badge.png",
        f"{base}badge.json",
        f"{base}card.png",
        f"{base}embed/counter/",
        f"{base}embed/counter.json",
        f"{base}embed/sign/sent/",
        f"{base}live/",
        "/embed.js",
        "/log/",
        "/log/checkpoint",
        "/log/key",
        "/log/tile/0/000",
        "/verify.py",
        "/checklog.go",
        "/.well-known/groundswell-log-policy",
        f"{base}totals.tlog-proof",
        f"{base}revisions/1.txt",
    ):
        answer = getattr(client, method)(path)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD"), path
