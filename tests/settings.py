"""The product's own settings, with the folder and the services of this test run.

Left to itself (`pytest tests/…`): SQLite in a temporary folder, no Redis. `bin/test` says otherwise
through the environment.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tests.installation import SECRETS

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")

_folder = Path(tempfile.mkdtemp(prefix=f"groundswell-test-{WORKER}-"))
(_folder / "static").mkdir()  # WhiteNoise complains about a folder that isn't there
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["DATA_DIR"] = str(_folder)
os.environ.setdefault("STATIC_HASHED", "no")
os.environ.setdefault("LOG_LEVEL", "WARNING")

if os.environ.get("TEST_DATABASE") == "postgresql":
    os.environ["DATABASE_URL"] = os.environ["TEST_POSTGRES_URL"]
    # A Redis database for each process that runs tests, so that none clears another's.
    _number = int(WORKER.removeprefix("gw")) + 1 if WORKER.startswith("gw") else 0
    os.environ["REDIS_URL"] = f"{os.environ['TEST_REDIS_URL']}/{_number}"
    os.environ |= SECRETS
else:
    for _name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(_name, None)

from config.settings import *  # noqa: E402, F403 - the environment must be set first
from config.settings import DATABASES, MIDDLEWARE  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in production: in memory, threads would share one connection and never wait.
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}

MIDDLEWARE = ["tests.watching.no_shared_cookies", *MIDDLEWARE]

# Looked for when they are asked for: each test client would list all of them anew.
WHITENOISE_AUTOREFRESH = True
