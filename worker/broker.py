"""Celery's folder-as-broker, made safe for a reader that looks while a writer writes."""

import json
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem


class Channel(filesystem.Channel):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for folder in (self.data_folder_in, self.data_folder_out, self.control_folder):
            Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        """Nothing to write down, so nothing that a kill could leave half written."""

    def get_table(self, exchange: str) -> list[Any]:
        """Every queue of ours has an exchange of its own, by its own name."""
        return [filesystem.exchange_queue_t(exchange, "", exchange)]

    def _put(  # type: ignore[override]  # as kombu's own, which differs from its base
        self, queue: str, payload: Any, **_: Any
    ) -> None:
        """Whole or not there: kombu's own readers take no lock and would read half a file."""
        folder = Path(self.data_folder_out)
        name = f"{time.time_ns() // 1_000_000}_{uuid.uuid4()}"
        draft = folder / f"{name}.draft"
        draft.write_text(json.dumps(payload), "utf8")
        draft.rename(folder / f"{name}.{queue}.msg")


class Transport(filesystem.Transport):
    Channel = Channel
