"""How soon a mail leaves: from sending the form to the sink that has the whole mail."""

import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator

from tests.bench import measuring
from tests.bench.installing import DATABASES, Site, Sites
from tests.bench.measuring import Figure
from tests.processes import eventually

SLUG = "river"
FORMS = 20  # one after the other, with a pause in between: nobody is in anybody's way
PAUSE = 0.3
BROKERS = dict(zip(DATABASES, ("a folder as broker", "Redis as broker"), strict=True))
_TOKEN = re.compile(r'name="token" value="([\w-]+)"')
Ask = Callable[[str], dict[str, float]]


class _NoFollowing(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def figures(sites: Sites, port: int, ask: Ask) -> Iterator[Figure]:
    """`port` is the sink's, `ask` talks to it."""
    for database in DATABASES:
        with sites.site(database, EMAIL_URL=f"smtp://127.0.0.1:{port}") as site:
            site.inside("letter", slug=SLUG)
            site.serve()
            site.mail_worker(1)
            _left(site, "warm@example.org", ask)
            found = []
            for number in range(FORMS):
                time.sleep(PAUSE)
                found.append(_left(site, f"s{number}@example.org", ask))
            what = f"from the form to the mail server, {BROKERS[database]}"
            note = f"slowest of {FORMS}: {max(found):.3g} s; the clock was not running"
            yield measuring.alone("mail", what, "s", found, aim="≤ 2 s", note=note)


def _left(site: Site, address: str, ask: Ask) -> float:
    """Seconds until the sink has the mail to this address."""
    page = f"{site.url}/letters/{SLUG}/"
    with urllib.request.urlopen(page, timeout=10) as answer:
        token = _TOKEN.findall(answer.read().decode())[0]
    form = {"name": "Joan Baker", "email": address, "public": "on", "token": token}
    ask("ZERO 0")
    began = time.time()
    _post(f"{page}sign/", form)
    eventually(lambda: ask("STAT")["mails"] >= 1, f"a mail to {address}", within=60, every=0.02)
    return ask("STAT")["last"] - began


def _post(url: str, form: dict[str, str]) -> None:
    opener = urllib.request.build_opener(_NoFollowing())
    try:
        opener.open(url, urllib.parse.urlencode(form).encode(), timeout=10).close()
    except urllib.error.HTTPError as answer:
        answer.close()
        if answer.code != 303:
            raise
