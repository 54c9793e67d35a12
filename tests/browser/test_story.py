"""A stranger writes an open letter; another signs it; the number moves; a minister gets a PDF."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.browser import elsewhere, story
from tests.browser.mailboxes import Files, Sink
from tests.chromium import PHONE, Visitor
from tests.installation import Installation
from tests.smtp import SmtpSink

ANSWER = "From the first of May a bus leaves at half past eleven."
JOAN, JOANS = "Joan Baker", "joan@example.net"
Visit = Callable[..., Visitor]
PLACE = "embedded" if settings.EMBEDDED else "services"
# Once each way: without scripts in the smaller one. The long form plays both in both.
SCRIPTS = [True, False] if os.environ.get("SOAK") == "1" else [not settings.EMBEDDED]


@pytest.fixture(params=SCRIPTS, ids=lambda scripts: "scripts" if scripts else "without-scripts")
def stage(
    request: pytest.FixtureRequest, install: Callable[..., Installation], visit: Visit
) -> story.Stage:
    """An installation as it is served: PostgreSQL, Redis and a mail server, or none of them."""
    embedded, javascript = settings.EMBEDDED, request.param
    sink: SmtpSink | None = None if embedded else request.getfixturevalue("smtp")
    # As on a machine where nothing was before: its database made, its files hashed and packed.
    installation = install(services=not embedded, smtp=sink, first=True, LOG_INTERVAL="1")
    installation.start()
    mailbox = Sink(sink) if sink else Files(visit(), installation.url)
    name = PLACE if javascript else f"{PLACE}-without-scripts"
    return story.Stage(installation.url, mailbox, name=name, javascript=javascript)


@pytest.mark.soak
def test_written_signed_confirmed_counted_embedded_and_delivered(
    stage: story.Stage, visit: Visit, tmp_path: Path
) -> None:
    streams = f"localhost:{(urlsplit(stage.url).port or 0) + 1}"
    otto = visit(javascript=stage.javascript, accept_downloads=True)
    story.open_account(stage, otto)
    letter = story.write_letter(stage, otto)

    reader = visit(javascript=stage.javascript)
    snippet = story.snippet_of(stage, reader, letter)
    reader.page.goto(letter)
    number = reader.page.locator("aside .count .number")
    expect(number).to_have_text("0")
    with elsewhere.site(snippet) as address:
        passer_by = visit(javascript=stage.javascript)
        passer_by.page.goto(address)
        counter = passer_by.page.frame_locator("iframe").locator(".count .number")
        expect(counter).to_have_text("0")

        joan = visit(javascript=stage.javascript, size=PHONE)
        story.sign(stage, joan, letter, name=JOAN, email=JOANS)
        story.confirm(stage, joan, JOANS)

        stage.until(reader.page, number, "1")
        stage.until(passer_by.page, counter, "1")
        stage.picture(passer_by, "somebody-elses-page")
        assert passer_by.hosts - {streams} == {urlsplit(address).netloc, urlsplit(stage.url).netloc}
    reader.page.reload()
    expect(reader.page.get_by_text(JOAN)).to_be_visible()
    stage.picture(reader, "letter-signed")

    printed = story.hand_over(stage, otto, letter, tmp_path)
    assert story.TITLE in " ".join(printed.split())
    assert JOAN in printed
    assert "1 person signed" in " ".join(printed.split())
    assert "The two are the same." in printed, "the log of the running site has this very count"
    pages = printed.count("\f")  # the cover carries no number of its own, and counts
    assert re.findall(r"Page \d+ of \d+", printed) == [
        f"Page {number} of {pages}" for number in range(2, pages + 1)
    ]

    office = visit(javascript=stage.javascript, size=PHONE)
    link = story.deliver(stage, otto, "office@example.net")
    story.receive_and_answer(stage, office, link, ANSWER)
    later = visit(javascript=stage.javascript)  # the reader's browser may show its own copy
    later.page.goto(letter)
    expect(later.page.locator(".timeline .answer")).to_have_text(ANSWER)
    stage.picture(later, "letter-answered")

    story.tell_the_answer(stage, otto, joan, JOANS)

    for one in (otto, reader, passer_by, joan, office, later):
        assert one.complaints == []
    for one in (otto, reader, joan, office, later):
        assert one.hosts - {streams} == {urlsplit(stage.url).netloc}
    for one in (reader, passer_by, joan, office, later):
        assert one.context.cookies() == []
