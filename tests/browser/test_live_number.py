"""The number on a letter's page, in a real browser, as somebody watches it."""

import json
import re
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Gallery
from tests.chromium import DESKTOP, Visitor
from tests.processes import eventually

SLUG = "long-title"  # its goal is 1,000
BEFORE = """
window.seen = {numbers: [], said: [], shifts: [], sources: [], gone: [], times: 0};
new PerformanceObserver(list => seen.shifts.push(...list.getEntries().map(one => one.value)))
  .observe({type: 'layout-shift', buffered: true});
document.addEventListener('groundswell:gone', event => seen.gone.push(event.detail));
window.EventSource = class extends EventSource {
  constructor(...given) { super(...given); seen.sources.push(this); }
  addEventListener(kind, hear) {
    super.addEventListener(kind, event => window.asleep || hear(event));
  }
};
window.live = () => seen.sources.filter(one => one.readyState !== 2).length;
window.eyes = open => {
  Object.defineProperty(document, 'hidden', {value: !open, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
};
addEventListener('DOMContentLoaded', () => {
  const note = (selector, list) => new MutationObserver(() =>
    list.push(document.querySelector(selector).textContent)
  ).observe(document.querySelector(selector), {childList: true});
  if (!document.querySelector('#sign [data-live]')) return;
  note('#sign [data-count]', seen.numbers);
  note('#sign [data-said]', seen.said);
});
"""
NUMBER, CHEER, AIM = "#sign [data-count]", "#sign [data-cheer]", "#sign [data-aim]"
STREAM = "**/letters/*/live/"
COUNTS = "**/count.json"
LINE, CHECKS = "#sign .checked time", "**/checked.json"


@dataclass
class Watched:
    """A letter whose count a test moves, in the database, as the sequencer does."""

    gallery: Gallery
    asked: list[str] = field(default_factory=list)  # questions for count.json

    @property
    def url(self) -> str:
        return f"{self.gallery.installation.url}/letters/{SLUG}/"

    def count(self, number: int) -> None:
        """In the log's books too, or the sequencer would put the tally right."""
        file = self.gallery.installation.folder / "db.sqlite3"
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        with closing(sqlite3.connect(file, timeout=30)) as database, database:
            letter = "letter_id = (select id from campaigns_letter where slug = ?)"
            database.execute(
                f"update signatures_chain set signed = ? where {letter}", (number, SLUG)
            )
            database.execute(
                f"update campaigns_tally set signed = ?, moved_at = ? where {letter}",
                (number, now, SLUG),
            )

    def served(self) -> int:
        with urllib.request.urlopen(f"{self.url}count.json", timeout=30) as answer:
            return int(json.load(answer)["count"])

    def shown(self, number: int) -> bool:
        with urllib.request.urlopen(self.url, timeout=30) as answer:
            return f'data-count="{number}"' in answer.read().decode()

    def stands_at(self, number: int) -> None:
        self.count(number)
        eventually(lambda: self.served() == number, f"count.json says {number}")
        eventually(lambda: self.shown(number), f"and the page shows {number}")

    def heard(self, url: str) -> None:
        if url.endswith("count.json"):
            self.asked.append(url)

    def told(self, number: int, **more: Any) -> str:
        """What a stream or count.json may say, made up."""
        return json.dumps({"count": number, "goal": 1000, "reached": None, "as_of": None} | more)


@pytest.fixture(scope="module")
def letter(gallery: Gallery) -> Iterator[Watched]:
    watched = Watched(gallery)
    yield watched
    watched.count(0)


@pytest.fixture
def watch(visit: Callable[..., Visitor], letter: Watched) -> Callable[..., Page]:
    """Somebody who looks at the letter; `stream` and `count` answer in place of ours."""

    def look(
        at: int = 998,
        *,
        stream: Callable[[Route], None] | None = None,
        count: Callable[[Route], None] | None = None,
        still: bool = False,
        **options: Any,
    ) -> Page:
        letter.stands_at(at)
        letter.asked = []
        page = visit(**options).page
        page.emulate_media(reduced_motion="reduce" if still else "no-preference")
        page.add_init_script(BEFORE)
        page.clock.install()
        if stream:
            page.route(STREAM, stream)
        if count:
            page.route(COUNTS, count)
        page.on("request", lambda one: letter.heard(one.url))
        page.goto(letter.url)
        return page

    return look


def frames(*written: tuple[str, str]) -> Callable[[Route], None]:
    """A stream that says this and breaks off."""
    body = "retry: 50\n\n" + "".join(f"event: {kind}\ndata: {data}\n\n" for kind, data in written)

    def answer(route: Route) -> None:
        headers = {"Content-Type": "text/event-stream", "Access-Control-Allow-Origin": "*"}
        route.fulfill(headers=headers, body=body)

    return answer


def status(number: int) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=number)


class Checks:
    """Answers in place of checked.json: `said`, of a number that was checked `ago` seconds ago."""

    def __init__(self, page: Page) -> None:
        self.page, self.asked, self.status = page, 0, 200
        self.told: dict[str, Any] = {}
        self.say("Checked {seconds} s ago")
        page.route(CHECKS, self.answer)

    def say(self, said: Any, *, ago: float = 5, **more: Any) -> None:
        self.ago = ago
        self.told = {"said": said, "state": "checked", "count": 998} | more

    def asked_more_than(self, times: int) -> bool:
        self.page.evaluate("1")  # lets what was asked come to us
        return self.asked > times

    def heard(self, line: Locator) -> int:
        """The seconds it says, once it has asked."""
        expect(line).to_have_text(re.compile(r"Checked \d+ s ago$"))
        return int(re.sub(r"\D", "", line.inner_text()))

    def answer(self, route: Route) -> None:
        self.asked += 1
        now = datetime.now(UTC).replace(microsecond=0)
        at = (now - timedelta(seconds=self.ago)).isoformat()
        headers = {"Date": format_datetime(now, usegmt=True), "Content-Type": "application/json"}
        body = json.dumps({"checked_at": at} | self.told)
        route.fulfill(status=self.status, headers=headers, body=body)


def connected(page: Page) -> None:
    until(page, "seen.sources.at(-1)?.readyState === 1")


def until(page: Page, expression: str) -> None:
    eventually(lambda: page.evaluate(expression), expression)


def seen(page: Page, name: str) -> Any:
    return page.evaluate(f"seen.{name}")


# --- By the stream ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("size", "before", "after", "number", "aim"),
    [
        (DESKTOP, 998, 1_003, "1,003", "goal 2,000"),
        ((320, 700), 999_998, 1_000_003, "1,000,003", "goal 2,000,000"),
    ],
    ids=["desktop", "a narrow phone"],
)
def test_the_number_moves_with_the_stream_and_moves_nothing_else(
    watch, letter, size, before, after, number, aim
) -> None:
    page = watch(before, size=size)
    connected(page)
    page.evaluate("document.documentElement.style.overflowAnchor = 'none'")  # which would hide some
    page.evaluate("document.querySelector('#sign').scrollIntoView()")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestIdleCallback(done)))")
    page.evaluate("seen.shifts.length = 0")
    letter.count(after)  # one digit more, a goal reached, another in its place
    expect(page.locator(NUMBER)).to_have_text(number)
    expect(page.locator("[data-thumb] [data-count]")).to_have_text(number)
    page.clock.fast_forward(10_000)
    expect(page.locator(AIM)).to_have_text(aim)
    letter.count(before)  # some are withdrawn
    expect(page.locator(NUMBER)).to_have_text(f"{before:,}")
    assert seen(page, "shifts") == []
    assert len(seen(page, "numbers")) > 4, "it counts up to it"
    assert letter.asked == []
    page.evaluate("document.querySelector('#sign [data-live]').after(document.createElement('hr'))")
    until(page, "seen.shifts.length > 0")  # the measure measures


def test_a_goal_reached_while_somebody_watches_is_celebrated_once(watch, letter) -> None:
    page = watch()
    connected(page)
    bar, cheering = page.locator("#sign [data-goal]"), page.locator(".sign .cheering")
    expect(page.locator(AIM)).to_have_text("goal 1,000")
    letter.count(1_001)
    expect(cheering).to_have_count(1)
    expect(page.locator(CHEER)).to_have_text("Goal of 1,000 reached")
    assert "lift" in page.evaluate("document.getAnimations().map(one => one.animationName)")
    assert bar.evaluate("bar => bar.value / bar.max") == 1
    page.clock.fast_forward(4_000)
    expect(cheering).to_have_count(0)
    expect(page.locator(AIM)).to_have_text("goal 2,000")
    assert bar.evaluate("bar => [bar.value, bar.max]") == [1_001, 2_000]
    expect(page.locator(CHEER)).to_have_text("Goal of 1,000 reached")
    letter.count(999)
    expect(page.locator(AIM)).to_have_text("goal 1,000")
    expect(page.locator(CHEER)).to_have_text("")
    letter.count(1_002)
    expect(page.locator(AIM)).to_have_text("goal 2,000")
    expect(cheering).to_have_count(0)
    page.reload()
    connected(page)
    expect(page.locator(AIM)).to_have_text("goal 2,000")
    expect(cheering).to_have_count(0)


def test_who_wants_no_motion_sees_none_and_reads_the_sentence(watch, letter) -> None:
    page = watch(still=True)
    connected(page)
    letter.count(1_004)
    expect(page.locator(CHEER)).to_have_text("Goal of 1,000 reached")
    assert seen(page, "numbers") == ["1,004"]
    assert page.evaluate("document.getAnimations().length") == 0


def test_screen_readers_hear_of_it_every_half_minute_at_most(watch, letter) -> None:
    page = watch(at=200)
    connected(page)
    for number in (201, 202, 203):
        letter.count(number)
        expect(page.locator(NUMBER)).to_have_text(str(number))
    assert seen(page, "said") == ["Signatures: 201"]
    page.clock.fast_forward(31_000)
    until(page, "seen.said.length === 2")
    assert seen(page, "said") == ["Signatures: 201", "Signatures: 203"]
    assert page.locator("#sign [data-said]").get_attribute("role") == "status"


def test_while_nobody_looks_nothing_is_asked_and_then_it_catches_up(watch, letter) -> None:
    page = watch()
    connected(page)
    page.evaluate("eyes(false)")
    assert page.evaluate("live()") == 0
    letter.stands_at(1_005)
    page.clock.fast_forward(600_000)
    assert page.evaluate("live()") == 0
    assert letter.asked == []
    page.evaluate("eyes(true)")
    page.clock.fast_forward(1_000)
    expect(page.locator(NUMBER)).to_have_text("1,005")
    assert seen(page, "numbers") == ["1,005"], "nobody saw it move"
    expect(page.locator(AIM)).to_have_text("goal 2,000")
    expect(page.locator(".cheering")).to_have_count(0)
    assert page.evaluate("live()") == 1


def test_a_page_that_is_left_and_come_back_to_holds_one_stream(watch) -> None:
    page = watch()
    connected(page)
    for _ in range(3):
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
        assert page.evaluate("live()") == 0
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
        page.clock.fast_forward(1_000)
        until(page, "live() === 1")
    for eyes in (False, True, True, False, True):
        page.evaluate(f"eyes({str(eyes).lower()})")
    page.clock.fast_forward(1_000)
    until(page, "live() === 1")


def test_a_stream_that_fell_asleep_is_noticed_and_opened_again(watch, letter) -> None:
    page = watch()
    connected(page)
    expect(page.locator(NUMBER)).to_have_text("998")
    page.clock.fast_forward(240_000)
    until(page, "seen.sources.length === 1")  # a long silence alone is no reason
    eventually(lambda: letter.asked, "it asks whether there was news")
    page.evaluate("asleep = true")
    letter.stands_at(999)
    page.clock.fast_forward(240_000)
    expect(page.locator(NUMBER)).to_have_text("999")
    page.evaluate("asleep = false")
    until(page, "live() === 0")
    page.clock.fast_forward(150_000)
    until(page, "seen.sources.length > 1 && live() === 1")


# --- When it was checked ----------------------------------------------------------------------
def test_the_line_counts_the_seconds_and_asks_while_somebody_looks(watch) -> None:
    page = watch()
    checks, line = Checks(page), page.locator(LINE)
    page.clock.run_for(12_500)
    first = checks.heard(line)
    assert checks.asked == 1
    page.clock.run_for(2_000)
    assert first < checks.heard(line) < first + 5
    for _ in range(10):  # its answers come in real time
        page.clock.run_for(3_000)
    eventually(lambda: checks.asked_more_than(2), "it has asked about every ten seconds")
    assert checks.asked < 7
    before = checks.asked
    page.evaluate("eyes(false)")
    page.clock.run_for(120_000)
    assert checks.asked == before
    page.evaluate("eyes(true)")
    page.clock.run_for(1_100)
    eventually(lambda: checks.asked_more_than(before), "it asks at once")
    assert page.locator("[aria-live], [role=status]", has=line).count() == 0


def test_t106_a_number_that_moves_is_not_called_checked_until_it_is(watch, letter) -> None:
    page = watch()
    checks, line = Checks(page), page.locator(LINE)
    connected(page)
    page.clock.run_for(12_500)
    checks.heard(line)
    before = checks.asked
    letter.count(999)
    expect(page.locator(NUMBER)).to_have_text("999")
    expect(line).to_have_text(re.compile(r"Checked \d+ s ago, the newest to follow"))
    page.clock.run_for(2_500)
    eventually(lambda: checks.asked_more_than(before), "it asks soon after")
    expect(line).to_have_text(
        re.compile("the newest to follow")
    )  # the answer is of the number before
    checks.say("Checked {seconds} s ago", count=999)
    page.clock.run_for(12_500)
    checks.heard(line)


@pytest.mark.parametrize("size", [DESKTOP, (320, 700)], ids=["desktop", "a narrow phone"])
def test_whatever_the_line_says_nothing_else_moves(watch, size) -> None:
    page = watch(size=size)
    checks, line = Checks(page), page.locator(LINE)
    page.clock.run_for(12_500)
    checks.heard(line)
    page.evaluate("document.querySelector('#sign').scrollIntoView()")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestIdleCallback(done)))")
    page.evaluate("seen.shifts.length = 0")
    for said in (
        "Checked {seconds} s ago, the newest to follow",
        "Not checked since 14:02: nothing has looked since",
        "Not checked since 14:02: the log stands still because its last state is unknown",
        "Checked {seconds} s ago",
    ):
        checks.say(said)
        page.clock.run_for(12_500)
        words = re.escape(said).replace(re.escape("{seconds}"), r"\d+")
        expect(line).to_have_text(re.compile(f"{words}$"))
    assert seen(page, "shifts") == []


def test_t106_without_answers_the_line_says_when_it_was_checked_last(watch) -> None:
    page = watch(still=True)
    checks, line = Checks(page), page.locator(LINE)
    page.clock.run_for(12_500)
    checks.heard(line)
    checks.status = 503
    page.clock.run_for(90_000)
    expect(line).to_have_text(re.compile(r"Checked at \d\d:\d\d$"))
    checks.status = 200
    nonsense: tuple[Any, ...] = (7, None, {})
    for bad in nonsense:
        checks.say(bad)
        page.clock.run_for(150_000)
        expect(line).to_have_text(re.compile("Checked at"))
    checks.status = 410
    page.clock.run_for(150_000)
    expect(line).to_be_hidden()


def test_the_line_stands_still_while_somebody_reads_it_with_the_keyboard(watch) -> None:
    page = watch()
    Checks(page)
    page.clock.run_for(12_500)
    line, link = page.locator(LINE), page.locator("#sign .checked a")
    link.focus()
    words = line.inner_text()
    page.clock.run_for(5_000)
    assert line.inner_text() == words
    link.blur()
    page.clock.run_for(1_500)
    assert line.inner_text() != words


# --- Without it -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "away", [status(503), lambda route: route.abort()], ids=["full", "not to be reached"]
)
def test_without_a_stream_it_asks_and_tries_the_stream_again(watch, letter, away) -> None:
    page = watch(stream=away)
    until(page, "seen.sources.length > 0")
    page.clock.fast_forward(20_000)
    until(page, "seen.sources.length > 0 && live() === 0")
    letter.stands_at(999)
    page.clock.fast_forward(6_000)
    expect(page.locator(NUMBER)).to_have_text("999")
    page.unroute(STREAM)
    page.clock.fast_forward(150_000)
    connected(page)
    letter.asked = []
    letter.count(996)
    expect(page.locator(NUMBER)).to_have_text("996")
    page.clock.fast_forward(60_000)
    assert letter.asked == []


def test_it_asks_more_rarely_while_there_are_no_answers(watch, letter) -> None:
    page = watch(stream=status(503), count=status(500))
    until(page, "seen.sources.length > 0 && live() === 0")
    for _ in range(60):  # a minute
        page.clock.run_for(1_000)
    assert 3 <= len(letter.asked) <= 5
    expect(page.locator(NUMBER)).to_have_text("998")


def test_what_is_no_count_is_passed_over(watch, letter) -> None:
    bad = ["{", "[]", "null", '{"count": -1}', '{"count": "<b>1</b>"}', '{"count": 1e300}', "{}"]
    good = letter.told(940, goal="many", reached="all")
    page = watch(stream=frames(*[("count", one) for one in bad], ("count", good)))
    expect(page.locator(NUMBER)).to_have_text("940")
    expect(page.locator(AIM)).to_have_text("goal 1,000")
    assert set(seen(page, "numbers")) == {"940"}


def test_an_older_answer_does_not_turn_the_number_back(watch, letter) -> None:
    new = letter.told(950, as_of="2026-05-04T09:00:01Z")
    old = letter.told(940, as_of="2026-05-04T09:00:00Z")
    page = watch(stream=frames(("count", new), ("count", old)))
    expect(page.locator(NUMBER)).to_have_text("950")
    assert "940" not in seen(page, "numbers")


@pytest.mark.parametrize(
    "ways",
    [{"stream": frames(("gone", "{}"))}, {"stream": status(410), "count": status(410)}],
    ids=["told by the stream", "told by the count"],
)
def test_a_letter_taken_down_meanwhile_says_so_and_asks_no_more(watch, letter, ways) -> None:
    page = watch(**ways)
    until(page, "seen.sources.length > 0 && live() === 0")
    page.clock.fast_forward(7_000)
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("This letter was taken down")
    expect(page.get_by_role("button", name="Sign this letter")).to_be_hidden()
    expect(page.locator(NUMBER)).to_be_hidden()
    expect(page.locator("[data-thumb]")).to_be_hidden()
    assert seen(page, "gone") == [f"/letters/{SLUG}/count.json"]
    letter.asked = []
    page.evaluate("eyes(false); eyes(true)")
    page.clock.run_for(600_000)
    assert letter.asked == []
    assert page.evaluate("live()") == 0


def test_a_page_of_many_letters_opens_no_stream(watch, letter) -> None:
    page = watch()
    page.goto(letter.gallery.installation.url)
    page.clock.fast_forward(60_000)
    page.wait_for_load_state("networkidle")
    assert letter.asked
    assert seen(page, "sources") == []
