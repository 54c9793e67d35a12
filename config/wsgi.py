import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_wsgi_application()

from config.front import Front  # noqa: E402 - models can't be imported before that
from worker import starting  # noqa: E402

starting.check_or_exit()
application = Front(django)
