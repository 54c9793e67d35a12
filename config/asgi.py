import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - they come first

from campaigns.live.app import Live  # noqa: E402 - models can't be imported before that
from worker import starting  # noqa: E402

starting.check_or_exit()
application = Live(streams=settings.LIVE_STREAMS, per_client=settings.LIVE_PER_CLIENT)
