import threading
from contextlib import suppress
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from worker.broker import Channel


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    options = {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "control_folder": str(tmp_path / "control"),
    }
    return Connection(
        "filesystem://", transport="worker.broker:Transport", transport_options=options
    )


def test_a_half_written_message_is_not_there_yet(connection: Connection, tmp_path: Path) -> None:
    with connection, connection.channel() as channel:
        assert isinstance(channel, Channel)
        (tmp_path / "queue" / "1_x.draft").write_text('{"half":')
        with pytest.raises(Empty):
            channel._get("mail")


def test_a_reader_beside_a_writer_gets_every_message_whole(connection: Connection) -> None:
    def write() -> None:
        with connection.clone() as own, own.channel() as channel:
            for number in range(300):
                channel._put("mail", {"number": number, "filler": "x" * 20_000})  # type: ignore[attr-defined]

    writer = threading.Thread(target=write)
    writer.start()
    got: set[int] = set()
    with connection, connection.channel() as channel:
        over = False
        while not over:
            over = not writer.is_alive()  # asked first: what it wrote last must still be found
            with suppress(Empty):
                while True:
                    got.add(channel._get("mail")["number"])  # type: ignore[attr-defined]
    writer.join()
    assert got == set(range(300))
