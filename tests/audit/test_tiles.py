"""The tree in tiles against the formats' tree in memory, and against a naive one written here from RFC 9162."""

from __future__ import annotations

import os
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mappe.formats import merkle

from audit.tiles import TILE_BYTES, Place, TilesBroken, Tree, edge, extend

LEAVES = [sha256(str(number).encode()).digest() for number in range(70_000)]


def naive_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\1" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def grown(*steps: int) -> tuple[int, dict[Place, bytes]]:
    size, tiles = 0, dict[Place, bytes]()
    for step in steps:
        growing = {place: tiles[place] for place, _ in edge(size)}
        tiles |= extend(size, growing, LEAVES[size : size + step])
        size += step
    return size, tiles


def tree(size: int, tiles: dict[Place, bytes]) -> Tree:
    return Tree(size, lambda level, number: tiles.get((level, number), b""))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=6), st.data())
def test_any_growth_gives_the_tree_of_the_rfc(steps: list[int], data: st.DataObject) -> None:
    size, tiles = grown(*steps)
    assert tree(size, tiles).root() == naive_root(LEAVES[:size]) == merkle.tree_hash(LEAVES[:size])
    index = data.draw(st.integers(0, size - 1))
    path = tree(size, tiles).inclusion(index)
    merkle.verify_inclusion(LEAVES[index], index, size, path, naive_root(LEAVES[:size]))
    assert path == merkle.inclusion_path(LEAVES[:size], index)
    older = data.draw(st.integers(1, size))
    proof = tree(size, tiles).consistency(older)
    merkle.verify_consistency(older, size, proof, naive_root(LEAVES[:older]), naive_root(LEAVES[:size]))


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 65_792, 69_999])
def test_sizes_at_the_edges_of_tiles(size: int) -> None:
    _, whole = grown(size)
    _, steps = grown(size // 2, size - size // 2) if size > 1 else grown(size)
    assert whole == steps
    assert tree(size, whole).root() == merkle.tree_hash(LEAVES[:size])
    widths = {place: merkle.tile_width(size, *place) for place in whole}
    assert {place: len(tile) // 32 for place, tile in whole.items()} == widths


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 2_000), st.integers(1, 2_000))
def test_an_older_tree_is_read_from_newer_tiles(older: int, more: int) -> None:
    _, tiles = grown(older, more)
    assert tree(older, tiles).root() == merkle.tree_hash(LEAVES[:older])


def test_full_tiles_never_change() -> None:
    _, before = grown(600)
    _, after = grown(600, 5_000)
    assert all(after[place] == tile for place, tile in before.items() if len(tile) == TILE_BYTES)


@pytest.mark.parametrize("damage", [lambda tile: tile[:-32], lambda tile: tile + os.urandom(32), lambda tile: b""])
def test_a_damaged_growing_tile_stops_growth(damage: object) -> None:
    size, tiles = grown(300)
    assert callable(damage)
    growing = {place: tiles[place] for place, _ in edge(size)}
    growing[0, 1] = damage(growing[0, 1])
    with pytest.raises(TilesBroken):
        extend(size, growing, LEAVES[:1])


def test_a_missing_tile_is_noticed() -> None:
    size, tiles = grown(600)
    del tiles[0, 2]
    with pytest.raises(TilesBroken):
        tree(size, tiles).root()


@pytest.mark.parametrize(("older", "size"), [(0, 5), (6, 5), (-1, 5)])
def test_no_proof_between_impossible_sizes(older: int, size: int) -> None:
    _, tiles = grown(10)
    with pytest.raises(ValueError):
        tree(size, tiles).consistency(older)
