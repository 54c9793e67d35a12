"""What happens to a letter on somebody else's page: slow lines, no line, restlessness, its end."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.guest import NUMBER, everything, shown
from tests.browser.line import Line, line
from tests.chromium import Visitor
from tests.processes import eventually

Visit = Callable[..., Visitor]


@pytest.fixture
def wire() -> Iterator[Line]:
    with line() as one:
        yield one


def test_over_a_slow_line_the_page_is_not_held_up(guest, newspaper, visit, wire):
    wire.delay = 0.2  # seconds for every 4 kB
    reader = visit(proxy=wire.proxy)
    reader.page.goto(newspaper.page(everything(guest), path="/slow/"), wait_until="commit")
    fallback = reader.page.locator("groundswell-counter a").first
    expect(fallback).to_be_visible()  # something to read while the number is on its way
    shown(reader.page, guest.count(), within=60_000)
    jumps = reader.page.evaluate(
        """() => new Promise(done => new PerformanceObserver(list => done(
          list.getEntries().filter(one => !one.hadRecentInput).map(one => one.value)
        )).observe({ type: 'layout-shift', buffered: true }) || setTimeout(() => done([]), 500))"""
    )
    reader.screenshot("guests/slow")
    assert sum(jumps) < 0.1


@pytest.mark.soak
def test_when_our_server_is_away_for_a_moment_the_number_stays_and_catches_up(
    guest, newspaper, visit, wire, soak
):
    """In the long form somebody signs meanwhile, and streams are given up for a while."""
    reader = visit(proxy=wire.proxy)
    reader.page.goto(newspaper.page(everything(guest), path="/away/"))
    before = guest.count()
    shown(reader.page, before)
    eventually(lambda: wire.open_to("/live/"), "a stream")
    wire.cut()
    more = guest.sign() if soak else before + 1
    eventually(lambda: not wire.open_to("/live/"), "the line is cut")
    expect(reader.page.locator(NUMBER)).to_have_text(str(before))
    wire.mend()
    if not soak:
        guest.sign()
    shown(reader.page, more, within=90_000)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_page_that_comes_and_goes_leaves_no_stream_open(guest, newspaper, visit, wire, soak):
    reader = visit(proxy=wire.proxy)
    page, other = reader.page, newspaper.page("Nothing here", path="/other/")
    page.goto(newspaper.page(everything(guest), path="/restless/"))
    shown(page, guest.count())
    page.evaluate(
        """async times => {
          const counter = document.querySelector('groundswell-counter');
          const frame = document.querySelector('iframe');
          for (let time = 0; time < times; time += 1) {
            const parent = counter.parentNode;
            counter.remove();
            await new Promise(done => setTimeout(done, time % 7 * 5));
            parent.prepend(counter);
            if (time % 10 === 0) frame.src = frame.src;
            await new Promise(done => setTimeout(done, time % 5 * 5));
          }
        }""",
        5_000 if soak else 60,
    )
    shown(page, guest.count())
    eventually(lambda: wire.open_to("/live/") <= 2, "one stream for the element, one for the frame")
    for _ in range(200 if soak else 3):
        page.goto(other)
        page.go_back()
    shown(page, guest.count())
    page.goto(other)
    eventually(lambda: wire.open_to("/live/") == 0, "no stream left open")


def test_a_letter_taken_down_meanwhile_says_so_kindly(guest, newspaper, visit):
    reader = visit()
    body = everything(guest, "guest-leaving")
    reader.page.goto(newspaper.page(body, path="/leaving/"))
    shown(reader.page, guest.count("guest-leaving"))
    guest.take_down("guest-leaving")
    words = "This letter was taken down"
    expect(reader.page.locator("groundswell-counter [part=heading]")).to_contain_text(
        words, timeout=60_000
    )
    frame = reader.page.frame_locator("iframe").locator("body")
    expect(frame).to_contain_text(words, timeout=60_000)
    reader.screenshot("guests/leaving")
    reader.page.reload()
    expect(reader.page.locator("groundswell-counter [part=heading]")).to_contain_text(words)
    expect(frame).to_contain_text(words)
    reader.screenshot("guests/left")
