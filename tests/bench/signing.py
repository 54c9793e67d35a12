"""Signing and confirming over HTTP, beside the same statements with nothing around them."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tests.bench import load, measuring
from tests.bench.installing import DATABASES, Broken, Site, Sites
from tests.bench.measuring import Figure
from tests.processes import eventually

SECONDS, WARM_UP = 3, 4
ROOM, LEAST = 2.5, 800  # forms at hand: a multiple of the warm-up's rate, and a second
CLIENTS = 32
ROWS = 20_000  # pending signatures pgbench confirms again and again
SLUG = "river"
_turns = count()


def scenario(sites: Sites) -> Iterator[Figure]:
    for database in DATABASES:
        with sites.site(database) as site:
            site.inside("letter", slug=SLUG)
            site.serve()
            site.clock()
            yield from Signing(site).figures()
            yield from Confirming(site).figures()


class Work:
    """One kind of POST on one database: ours and what it is compared with, by turns."""

    verb = ""
    aim = ""
    least = ""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.folder = site.folder
        self.answers: list[load.Answered] = []
        self.done = 0
        self.ready = 0

    def figures(self) -> Iterator[Figure]:
        self.warm_up()
        found = measuring.interleaved({self.verb: self.ours, self.beside: self.theirs})
        self.check()
        slowest = measuring.median([one.p99_ms for one in self.answers])
        yield measuring.compared(
            self.verb,
            f"{self.verb} POST, {self.site.database}",
            "/s",
            found,
            ours=self.verb,
            beside=self.beside,
            aim=self.aim if self.site.database == "PostgreSQL" else self.least,
            note="; ".join(filter(None, [f"p99 {slowest:.0f} ms", load.note()])),
        )

    @property
    def beside(self) -> str:
        if self.site.database == "SQLite":
            return "same statements, one plain loop"
        return "same statements, pgbench" if shutil.which("pgbench") else "pgbench is missing"

    def warm_up(self) -> None:
        self.prepare(LEAST * WARM_UP * 2)
        rate = load.post(self.site.url, self.forms, first=0, seconds=WARM_UP).rate
        self.done, self.ready = self.ready, self.ready
        self.each = round(max(rate * ROOM, LEAST) * SECONDS)
        self.prepare(self.each * measuring.ROUNDS)

    def ours(self) -> float:
        answered = load.post(self.site.url, self.forms, first=self.done, seconds=SECONDS)
        self.done += self.each
        self.answers.append(answered)
        return answered.rate

    @property
    def forms(self) -> Path:
        return self.folder / f"{self.verb}.forms"

    def prepare(self, more: int) -> None:
        raise NotImplementedError

    def theirs(self) -> float:
        raise NotImplementedError

    def check(self) -> None:
        raise NotImplementedError


class Signing(Work):
    verb = "sign"
    aim = "≥ 0.08"
    least = "≥ 200/s"

    def prepare(self, more: int) -> None:
        self.ready += more
        self.site.inside(
            "sign_forms", slug=SLUG, count=self.ready, to=str(self.forms), mark="signer"
        )

    def theirs(self) -> float:
        extra = self.folder / "sign.extra"
        mark = f"extra{len(self.answers)}"
        self.site.inside("sign_forms", slug=SLUG, count=2, to=str(extra), mark=mark)
        given = {"forms": str(extra), "slug": SLUG}
        if self.site.database == "SQLite":
            return float(self.site.inside("sign_loop", seconds=SECONDS, **given))
        script = self.folder / "sign.sql"
        self.site.inside("sign_script", to=str(script), **given)
        return pgbench(self.site, script)

    def check(self) -> None:
        rows = self.site.inside("counts", slug=SLUG)["rows"]
        if rows < sum(one.requests for one in self.answers):
            raise Broken(f"only {rows} signatures for {self.answers}")


class Confirming(Work):
    verb = "confirm"
    aim = "≥ 0.08"
    least = "≥ 500/s"
    first = 1_000_000  # uids below are pgbench's or the loop's

    def prepare(self, more: int) -> None:
        inside = self.site.inside
        if not self.ready:
            inside("pending", slug=SLUG, count=ROWS, first=1)
        inside("pending", slug=SLUG, count=more, first=self.first + self.ready)
        self.ready += more
        inside("confirm_forms", slug=SLUG, first=self.first, count=self.ready, to=str(self.forms))

    def theirs(self) -> float:
        return confirm_floor(self.site, folder=self.folder)

    def check(self) -> None:
        """Everybody who pressed is counted, and the count is the rows'."""

        def settled() -> bool:
            found = self.site.inside("counts", slug=SLUG)
            return bool(found["confirmed"] == found["counted"])

        eventually(settled, "the sequencer counted all", every=0.5)
        found = self.site.inside("counts", slug=SLUG)
        if found["counted"] < sum(one.requests for one in self.answers):
            raise Broken(f"only {found} for {self.answers}")


def confirm_floor(site: Site, *, folder: Path, hot: bool = False) -> float:
    """The statements of confirming alone, over rows of their own."""
    turn = next(_turns)
    extra = folder / "confirm.extra"
    site.inside("pending", slug=SLUG, count=2, first=500_000 + 2 * turn)
    site.inside("confirm_forms", slug=SLUG, first=500_000 + 2 * turn, count=2, to=str(extra))
    given = {"forms": str(extra), "slug": SLUG}
    if site.database == "SQLite":
        each = ROWS // measuring.ROUNDS
        first = 1 + turn % measuring.ROUNDS * each
        done = site.inside("confirm_loop", first=first, count=each, seconds=SECONDS, **given)
        return float(done)
    script = folder / "confirm.sql"
    site.inside("confirm_script", to=str(script), rows=ROWS, hot=hot, **given)
    site.inside("reset_pending", rows=ROWS, letter=SLUG)
    return pgbench(site, script)


def pgbench(site: Site, script: Path, *, seconds: int = SECONDS) -> float:
    """Transactions a second of a script over 32 connections; 0 where there is no pgbench."""
    if not shutil.which("pgbench"):
        return 0.0
    done = subprocess.run(
        ["pgbench", "-n", "-f", script, "-c", str(CLIENTS), "-j", "2", "-T", str(seconds),
         site.installation.env["DATABASE_URL"]],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    tps = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if tps is None or done.returncode or "failed transactions: 0 " not in done.stdout:
        raise Broken(f"pgbench: {done.stdout[-1500:]}\n{done.stderr[-3000:]}")
    return float(tps[1])
