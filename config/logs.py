"""Structured logs: one JSON object a line, and nothing in it that tells who signed."""

import logging
import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# What looks like an address is dropped wherever it came from (an exception's text, a library).
ADDRESS = re.compile(r"[^\s<>\"',;:()]{1,64}@[^\s<>\"',;:()]{1,255}")
# A link with a token opens a signer's page: it must not live on in a log.
TOKEN = re.compile(r"/(confirm|mine|sent|enter|download)/[A-Za-z0-9_\-]{16,}")
DROPPED = {"ip", "user_agent", "email", "address", "name"}


def scrub(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop personal fields; blank addresses and tokens inside the text of the others."""
    for key in DROPPED & event.keys():
        del event[key]
    for key, value in event.items():
        if not key.startswith("_"):  # structlog's own, gone before the line is written
            event[key] = _clean(value)
    return event


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return TOKEN.sub(r"/\1/…", ADDRESS.sub("…@…", value))
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items() if key not in DROPPED}
    if isinstance(value, (list, tuple, set)):
        return [_clean(one) for one in value]
    return value


def configure(*, level: str) -> None:
    """Route structlog and the standard library through one JSON renderer to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Without locals: they hold what people typed.
        structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
        ),
        structlog.stdlib.PositionalArgumentsFormatter(),
        flatten_exception,
        scrub,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_standard(shared, level))


def _standard(shared: list[Any], level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    scrub,
                    structlog.processors.JSONRenderer(),  # in ASCII: U+2028 ends no line
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Queries carry what people typed; requests are logged by our own middleware.
            "django.db.backends": {"level": "WARNING"},
            "django.server": {"level": "ERROR"},
            "django.request": {"level": "ERROR"},  # what broke, not every 404
            # Scanners try hosts and fields all day: answered with 400, no alarm.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "django.security.TooManyFieldsSent": {"level": "CRITICAL"},
            "uvicorn": {"level": "ERROR"},  # not every malformed request
            "weasyprint": {"level": "ERROR"},
            "fontTools": {"level": "ERROR"},
        },
    }


def flatten_exception(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as class and places: its message may quote what somebody typed."""
    found = event.get("exception")
    if isinstance(found, list):
        event["exception"] = [
            {
                "type": part.get("exc_type"),
                "frames": [
                    f"{frame['filename']}:{frame['lineno']} {frame['name']}"
                    for frame in part.get("frames", [])
                ],
            }
            for part in found
        ]
    return event
