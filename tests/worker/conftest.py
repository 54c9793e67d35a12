"""An outbox with test topics in this process, and a mail server behind Django's own backend."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from tests.smtp import SmtpSink
from tests.worker.errands import handlers as _handlers  # noqa: F401 registers the test topics
from worker import outbox
from worker.models import OutboxMessage
from worker.relay import Relay


@pytest.fixture
def mail_server(smtp: SmtpSink, settings: Settings) -> SmtpSink:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_TIMEOUT = 10
    return smtp


@pytest.fixture
def relay(mail_server: SmtpSink) -> Iterator[Relay]:
    made = Relay()
    yield made
    made.post.close()


@pytest.fixture
def publish(db: None) -> Callable[..., OutboxMessage]:
    def publish(topic: str = "errand.mail", **more: object) -> OutboxMessage:
        if topic == "errand.mail":
            more.setdefault("number", uuid.uuid4().int % 10**9)
        with transaction.atomic():
            return outbox.publish(topic, **more)  # type: ignore[arg-type]

    return publish


@pytest.fixture
def now_due() -> Callable[[], None]:
    """As if the wait were over."""

    def make_due() -> None:
        OutboxMessage.objects.filter(due_at__isnull=False).update(due_at=timezone.now())

    return make_due
