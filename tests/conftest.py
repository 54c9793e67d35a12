"""Fixtures of all tests: real services, whole installations, visitors with a browser.

The cast: joan signs, otto organises, mira moderates, sam cheats.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings
from hypothesis.database import DirectoryBasedExampleDatabase
from xdist.scheduler import LoadScopeScheduling

from campaigns import limiting
from campaigns.services import daykeying
from signatures.services import sequencing
from tests import migrated
from tests.chromium import Visitor, chromium, visitor
from tests.installation import SECRETS, Installation
from tests.once import shared
from tests.processes import ROOT
from tests.services import RedisServer, database, postgres, redis
from tests.smtp import SmtpSink

# Folders whose tests start processes of their own: each folder's run one after the other.
HEAVY = {"faults", "browser", "flows", "live"}
TOUCHING = {"db", "transactional_db", "django_db_setup", "install", "installation", "live_server"}

hypothesis_settings.register_profile(
    "groundswell",
    deadline=None,  # nothing here is a promise of speed
    database=DirectoryBasedExampleDatabase(ROOT / "var" / "hypothesis"),
)
hypothesis_settings.load_profile("groundswell")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="leave out the tests that touch no database: they ran on the other one",
    )


def _room(item: pytest.Item) -> str:
    path = item.path.relative_to(ROOT / "tests")
    return path.parts[0] if len(path.parts) > 1 else ""


def touches_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("once") is not None:
        return False
    return (
        _room(item) in HEAVY
        or item.get_closest_marker("django_db") is not None
        or bool(TOUCHING & set(getattr(item, "fixturenames", ())))
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--database-only"):
        config.hook.pytest_deselected(items=[item for item in items if not touches_database(item)])
        items[:] = [item for item in items if touches_database(item)]
    items.sort(key=lambda item: _room(item) not in HEAVY)  # what takes longest begins first


class Rooms(LoadScopeScheduling):
    """One process works through a heavy folder; all other files go wherever there is time, whole,
    so that what a file makes for all its tests is made once.

    xdist's own `xdist_group` marks do nothing since pytest 9.2 computes the ids of tests anew.
    """

    def _split_scope(self, nodeid: str) -> str:
        room = nodeid.removeprefix("tests/").partition("/")[0]
        return room if room in HEAVY else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Rooms:
    config.option.loadscopereorder = False  # the number of tests says little about their time
    return Rooms(config, log)


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits, cached pages and the published log of the test before would decide this one."""
    shutil.rmtree(settings.LOG_DIR, ignore_errors=True)  # else: a database put back
    monkeypatch.setattr(limiting, "TIMEOUT", 5.0)  # a busy machine is no Redis that is gone
    monkeypatch.setattr(sequencing, "LONGEST_STOP", 120)  # nor a leader that stopped
    cache.clear()
    limiting.forget_all()
    daykeying.forget_all()
    today = datetime.now(UTC).date()
    daykeying.remember(today, bytes(32))  # else the first to ask has a query more


@pytest.fixture
def soak() -> bool:
    """Whether this is `make soak`: then take the long form."""
    return os.environ.get("SOAK") == "1"


# --- Databases --------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool, worker_id: str) -> bool:
    return django_db_keepdb or (settings.EMBEDDED and worker_id != "master")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
) -> None:
    """Where several processes test, each gets a copy of what one of them has migrated."""
    if worker_id == "master":
        return
    folder, ours = shared(tmp_path_factory, worker_id), connection.settings_dict["TEST"]
    if settings.EMBEDDED:
        shutil.copyfile(migrated.sqlite(folder), ours["NAME"])
    else:
        ours["TEMPLATE"] = migrated.postgresql(folder, os.environ["TEST_POSTGRES_URL"])


KEPT = {"django_migrations", "django_content_type", "auth_permission"}  # as migrating leaves them


@pytest.fixture(scope="session", autouse=True)
def _emptied_row_by_row() -> Iterator[None]:
    """After a test with transactions. Django would truncate, which takes PostgreSQL new files for
    each of many tables and indexes where a few rows lie, and make all permissions anew."""

    def empty(_test: TransactionTestCase) -> None:
        found = set(connection.introspection.django_table_names(include_views=False)) - KEPT
        tables = [connection.ops.quote_name(table) for table in sorted(found)]
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # as truncating does: wait for who still writes
                cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
            for table in tables:
                cursor.execute(f"DELETE FROM {table}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


# --- Services ---------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database of this test's own."""
    with database(postgres_server) as url:
        yield url


@pytest.fixture
def migrated_postgres_url(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[str]:
    """A PostgreSQL database of this test's own with all tables and nothing in them."""
    folder = shared(tmp_path_factory, worker_id)
    with database(postgres_server, like=migrated.postgresql(folder, postgres_server)) as url:
        yield url


@pytest.fixture(scope="session")
def redis_server_url() -> Iterator[str]:
    with redis() as url:
        yield url


@pytest.fixture
def redis_url(redis_server_url: str, worker_id: str) -> Iterator[str]:
    """An empty Redis database of this test's own, apart from the one the settings name."""
    from redis import Redis

    number = 100 + (int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0)
    url = f"{redis_server_url}/{number}"
    with Redis.from_url(url) as client:
        client.flushdb()
        yield url
        client.flushdb()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis this test may kill and start again: `own_redis.kill()`, `own_redis.start()`."""
    folder = tmp_path / "redis"
    folder.mkdir()
    with RedisServer(folder) as server:
        yield server


@pytest.fixture
def smtp() -> Iterator[SmtpSink]:
    """A mail server that keeps what it is sent and makes the trouble it is asked for."""
    with SmtpSink() as sink:
        yield sink


# --- Whole installations ----------------------------------------------------------------------
@pytest.fixture
def install(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Installation]]:
    """Make an installation: `install(services=True, smtp=smtp, SETTING="value")`, not started yet.

    `services=False` is the embedded default (SQLite, filesystem broker); True is PostgreSQL and
    Redis; left out, it is what this run tests. It has run before, its database is there; with
    `first=True` there is nothing yet, and its static files are hashed and packed, too.
    """
    made: list[Installation] = []

    def make(
        *,
        services: bool | None = None,
        smtp: SmtpSink | None = None,
        first: bool = False,
        **more: str,
    ) -> Installation:
        folder = tmp_path / f"installation-{len(made)}"
        folder.mkdir()
        given = {} if first else {"STATIC_HASHED": "no"}
        if services if services is not None else not settings.EMBEDDED:
            postgres_url = "postgres_url" if first else "migrated_postgres_url"
            given |= SECRETS
            given["DATABASE_URL"] = request.getfixturevalue(postgres_url)
            given["REDIS_URL"] = request.getfixturevalue("redis_url")
        elif not first:
            migrated.copy(request.getfixturevalue("migrated_sqlite"), folder)
        if smtp is not None:
            given["EMAIL_URL"] = smtp.url
        made.append(Installation(folder, given | more))
        return made[-1]

    yield make
    for installation in made:
        installation.end()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    return migrated.sqlite(shared(tmp_path_factory, worker_id))


@pytest.fixture
def installation(install: Callable[..., Installation], smtp: SmtpSink) -> Installation:
    """A running installation on this run's database, its mail going to `smtp`."""
    made = install(smtp=smtp)
    made.start()
    return made


# --- Browser ----------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visitor]]:
    """Send somebody: `visit(javascript=False, dark=True, size=PHONE)` → a Visitor with a page."""
    sent: list[Visitor] = []

    def send(**options: Any) -> Visitor:
        sent.append(visitor(browser, **options))
        return sent[-1]

    yield send
    for one in sent:
        one.context.close()
