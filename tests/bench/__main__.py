"""`make bench`: what is fast and what isn't, as ratios measured side by side in one run.

Never a promise of speed: nothing here fails because it was slow.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import (
    appending,
    counting,
    listing,
    mailing,
    measuring,
    printing,
    proving,
    serving,
    signing,
    streaming,
    tables,
)
from tests.bench.installing import Sites
from tests.bench.measuring import Figure
from tests.processes import ROOT

Scenario = Callable[[Sites], Iterator[Figure]]
SCENARIOS: dict[str, Scenario] = {
    "sign": signing.scenario,
    "count": counting.scenario,
    "serve": serving.scenario,
    "live": streaming.scenario,
    "mail": mailing.scenario,
    "pdf": printing.scenario,
    "seed": tables.seeding,
    "csv": tables.commas,
    "xlsx": tables.spreadsheets,
    "list": listing.scenario,
    "log": appending.scenario,
    "proof": proving.scenario,
}
OUT = ROOT / "var" / "bench.json"


def main() -> None:
    asked = _arguments()
    began, load_before = time.monotonic(), os.getloadavg()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder:
        Path(folder).chmod(0o755)
        with Sites(Path(folder), full=asked.full) as sites:
            for name in asked.only:
                for figure in SCENARIOS[name](sites):
                    figures.append(figure)
                    _say(measuring.table([figure]).splitlines()[-1])
    run = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - began),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "load_before": load_before,
        "load_after": os.getloadavg(),
        "scenarios": asked.only,
        "full": asked.full,
        "figures": [one.as_json() for one in figures],
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n")
    print(measuring.table(figures))
    print(
        f"\n{run['seconds']} s on {run['cores']} cores, load {load_before[0]:.1f} before and "
        f"{os.getloadavg()[0]:.1f} after. Ratios and their medians: {OUT.relative_to(ROOT)}"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", default=",".join(SCENARIOS), metavar="NAME[,NAME…]")
    parser.add_argument("--full", action="store_true", help="also what takes many minutes")
    asked = parser.parse_args()
    asked.only = [name for name in asked.only.split(",") if name]
    for name in asked.only:
        if name not in SCENARIOS:
            parser.error(f"no scenario {name!r}; there are {', '.join(SCENARIOS)}")
    return asked


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
