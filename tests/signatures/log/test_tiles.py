"""The log as files: which there are, what an append writes, and damage found wherever it is."""

import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signatures.log import edge, merkle, tiles
from signatures.log.edge import Edge
from signatures.log.rejected import Rejected
from signatures.log.tiles import ENTRIES, BadTile, Tile
from tests.logbook import known_leaf, tiles_of

SIZE = 700
LEAVES = [known_leaf(index) for index in range(SIZE)]
HASHES = [merkle.leaf_hash(each) for each in LEAVES]
TREE = merkle.Tree(HASHES)


@given(st.integers(0, 63) | st.just(ENTRIES), st.integers(0, 2**55), st.integers(1, tiles.WIDTH))
def test_a_tile_has_one_path(level: int, number: int, width: int):
    tile = Tile(level, number, width)
    assert tiles.parse_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/0",
        "tile/0/1000",
        "tile/0/x000/001",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/../000",
        "tile/0/../../checkpoint",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/Entries/000",
        "tile/data/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/" + "x000/" * 2000 + "000",
    ],
)
def test_other_paths_are_no_tiles(path):
    with pytest.raises(BadTile, match="no tile"):
        tiles.parse_path(path)


def test_70000_leaves_have_the_tiles_of_the_specification():
    found = list(tiles.of_size(70_000))
    assert sum(tile.level == 0 and tile.width == 256 for tile in found) == 273
    assert [tile for tile in found if tile.width < 256] == [
        Tile(ENTRIES, 273, 112),
        Tile(0, 273, 112),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    for tile in found:
        assert tiles.width_at(70_000, tile.level, tile.number) == tile.width
        assert tiles.first_size(tile) <= 70_000


@pytest.mark.soak
def test_appending_in_any_steps_gives_the_same_files(soak: bool):
    chance = random.Random(7)
    for _ in range(40 if soak else 4):
        kept, size = Edge(), 0
        written: dict[Tile, bytes] = {}
        while size < SIZE:
            step = chance.choice([1, 2, 55, 256, 257])
            made = dict(kept.extend(HASHES[size : size + step]))
            new = min(size + step, SIZE)
            assert set(made) == {each for each in tiles.touched(size, new) if each.level != ENTRIES}
            for old in tiles.outgrown(size, new):
                written.pop(old, None)
            written |= made
            size = new
            assert (kept.size, kept.root) == (size, TREE.root(size))
        last = {tile for tile in tiles_of(LEAVES) if tile.level != ENTRIES}
        assert all(written[tile] == tiles_of(LEAVES)[tile] for tile in last)


def test_an_edge_goes_on_from_the_files_of_any_size():
    for size in (0, 1, 255, 256, 257, 512, 699):
        files = tiles_of(LEAVES[:size])
        kept = Edge.read(size, files.__getitem__, TREE.root(size))
        kept.extend(HASHES[size:])
        assert kept.root == TREE.root()
        with pytest.raises(edge.BadEdge, match="another root"):
            Edge.read(size, files.__getitem__, TREE.root(size + 1))


def test_a_high_tree_has_its_edge_in_few_hashes():
    kept = Edge()
    kept.extend([HASHES[0]] * 66_000)
    again = merkle.Frontier()
    again.extend([HASHES[0]] * 66_000)
    assert kept.root == again.root


def test_every_node_is_read_from_its_tile():
    files = tiles_of(LEAVES)

    def read(node: merkle.Node) -> bytes:
        place = tiles.place_of(node)
        width = tiles.width_at(SIZE, place.level, place.number)
        tile = Tile(place.level, place.number, width)
        return tiles.hash_in(tiles.decode_tile(files[tile], width), place)

    for index in range(0, SIZE, 7):
        made = merkle.inclusion(index, SIZE, read)
        assert made == merkle.inclusion(index, SIZE, TREE.node)
    for old in range(1, SIZE, 7):
        assert merkle.consistency(old, SIZE, read) == merkle.consistency(old, SIZE, TREE.node)
    with pytest.raises(BadTile, match="too narrow"):
        tiles.hash_in(HASHES[:3], tiles.place_of(merkle.Node(2, 0)))


def test_outgrown_tiles_are_partial_and_have_their_full_one():
    assert list(tiles.outgrown(200, 255)) == []
    assert list(tiles.outgrown(200, 256)) == [Tile(ENTRIES, 0, 200), Tile(0, 0, 200)]
    assert list(tiles.outgrown(256, 300)) == []


def test_a_log_only_grows():
    with pytest.raises(ValueError, match="only grows"):
        list(tiles.touched(2, 1))


@pytest.mark.soak
def test_f2_any_damaged_byte_of_any_file_is_caught(soak: bool):
    files, chance = tiles_of(LEAVES[:300]), random.Random(3)
    root = TREE.root(300)
    assert sum(map(len, edge.entries(300, root, files.__getitem__))) == 300
    for tile, data in files.items():
        places = range(len(data)) if soak else chance.sample(range(len(data)), min(25, len(data)))
        for at in places:
            changed = bytearray(data)
            changed[at] ^= 1 << chance.randrange(8)
            damaged = files | {tile: bytes(changed)}
            with pytest.raises(Rejected):
                list(edge.entries(300, root, damaged.__getitem__))


def test_another_root_is_caught():
    files = tiles_of(LEAVES[:300])
    with pytest.raises(edge.BadEdge, match="another root"):
        list(edge.entries(300, TREE.root(299), files.__getitem__))


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=20))
def test_f1_bundles_read_back_as_written(entries: list[bytes]):
    assert tiles.decode_bundle(tiles.encode_bundle(entries), len(entries)) == entries


@given(st.binary(max_size=400), st.integers(0, 300))
def test_f1_odd_bytes_are_a_bundle_or_are_refused(data: bytes, width: int):
    with suppress(BadTile):
        assert tiles.encode_bundle(tiles.decode_bundle(data, width)) == data


def test_widths_and_lengths_are_checked():
    for width in (0, 257, -1):
        with pytest.raises(BadTile, match="1 to 256"):
            tiles.decode_tile(b"", width)
        with pytest.raises(BadTile, match="1 to 256"):
            tiles.decode_bundle(b"", width)
    with pytest.raises(BadTile, match="another length"):
        tiles.decode_tile(bytes(33), 1)
    with pytest.raises(BadTile, match="32 bytes"):
        tiles.encode_tile([b"short"])
    with pytest.raises(BadTile, match="too long"):
        tiles.encode_bundle([bytes(65_536)])
    with pytest.raises(BadTile, match="not those of its tile"):
        tiles.check_bundle(LEAVES[:2], HASHES[1:3])
    tiles.check_bundle(LEAVES[:2], HASHES[:2])
