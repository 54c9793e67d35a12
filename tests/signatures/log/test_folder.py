"""The log's folder: whole files, narrower tiles out of wider ones, and what may go."""

import os
from pathlib import Path

import pytest

from signatures.log import edge, tiles
from signatures.log.checkpoint import Checkpoint
from signatures.log.folder import KEEP, Busy, Folder, Missing
from signatures.log.tiles import ENTRIES, Tile
from tests import logbook

LATER = 2_000_000_000  # POSIX seconds, long after every file here was written


def written(path: Path, *sizes: int) -> Folder:
    """A log that published these sizes."""
    folder = Folder(path)
    for size in sizes:
        for tile, data in logbook.tiles_of([logbook.known_leaf(at) for at in range(size)]).items():
            folder.write(tile, data)
    folder.flush()
    return folder


def test_a_narrower_tile_is_cut_out_of_a_wider_one(tmp_path: Path) -> None:
    leaves = [logbook.known_leaf(at) for at in range(777)]
    folder = written(tmp_path, 777)
    for size in (1, 200, 256, 257, 700, 776, 777):
        root = logbook.known_tree(size).root()
        assert [each for held in edge.entries(size, root, folder.read) for each in held] == (
            leaves[:size]
        )


@pytest.mark.parametrize("tile", [Tile(0, 4), Tile(0, 3, 10), Tile(1, 0, 4), Tile(ENTRIES, 3, 10)])
def test_what_does_not_stand_there_is_missing(tmp_path: Path, tile: Tile) -> None:
    with pytest.raises(Missing):
        written(tmp_path, 777).read(tile)


def test_outgrown_tiles_go_after_an_hour_and_can_still_be_read(tmp_path: Path) -> None:
    folder = written(tmp_path, 100, 200, 300, 310, 320)
    (tmp_path / "tile" / "0" / ".draft-of-a-killed-writer").write_bytes(b"half")
    before = {str(tile): folder.read(tile) for tile in tiles.of_size(320)}
    now = (tmp_path / "tile").stat().st_mtime
    assert folder.collect(320, now) == 0
    # Two narrow ones of tile 0 and of tile 1, each also as a bundle, and the draft.
    assert folder.collect(320, now + KEEP + 60) == 2 * (2 + 2) + 1
    assert {str(tile): folder.read(tile) for tile in tiles.of_size(320)} == before
    left = sorted(
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    )
    assert left == sorted(tile.path for tile in tiles.of_size(320))
    for size in (100, 300):
        root = logbook.known_tree(size).root()
        assert sum(map(len, edge.entries(size, root, folder.read))) == size


def test_what_no_checkpoint_reaches_outgrows_nothing(tmp_path: Path) -> None:
    folder = written(tmp_path, 200, 300)
    folder.collect(200, LATER)
    assert (tmp_path / Tile(0, 0, 200).path).exists()


def test_a_tile_that_stands_is_not_written_again(tmp_path: Path) -> None:
    folder = written(tmp_path, 10)
    path = tmp_path / Tile(0, 0, 10).path
    before = path.stat().st_ino
    written(tmp_path, 10)
    assert path.stat().st_ino == before
    folder.write(Tile(0, 0, 10), bytes(320))
    assert path.read_bytes() == bytes(320)


def test_high_water_and_checkpoint_read_back(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "log")
    assert folder.highwater() is None
    with pytest.raises(Missing):
        folder.checkpoint()
    tree = Checkpoint(logbook.ORIGIN, 777, logbook.known_tree().root())
    folder.promise(tree)
    assert folder.highwater() == tree
    folder.publish(b"signed")
    assert folder.checkpoint() == b"signed"


def test_only_one_writes(tmp_path: Path) -> None:
    one, other = Folder(tmp_path), Folder(tmp_path)
    with one.locked(), pytest.raises(Busy), other.locked():
        pass
    with other.locked():
        pass


def test_a_write_that_the_disk_cuts_short_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: whole(descriptor, bytes(data)[:7]))
    folder = written(tmp_path, 10)
    assert len(folder.read(Tile(0, 0, 10))) == 320
