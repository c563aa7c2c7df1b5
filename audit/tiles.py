"""The Merkle tree in hash tiles: pure arithmetic, bytes in, bytes out (RFC 9162 section 2.1, C2SP tlog-tiles).

A tile holds up to 256 neighbouring hashes of one level. Level 0 are the leaves; a hash of level L + 1 is the root of a
full tile of level L. So whatever is complete is stored once and never changes, and a root or proof reads few tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256

from mappe.formats import merkle

HASH_BYTES = 32
TILE_BITS = 8
TILE_WIDTH = 1 << TILE_BITS
TILE_BYTES = TILE_WIDTH * HASH_BYTES

Place = tuple[int, int]  # level, number of the tile in its level
ReadTile = Callable[[int, int], bytes]


class TilesBroken(Exception):
    """The stored tiles do not hold what a tree of this size must hold."""


def edge(size: int) -> Iterator[tuple[Place, int]]:
    """The growing tile of each level of a tree of `size` leaves, and how many hashes it holds (1 to 255)."""
    level = 0
    while size:
        if width := size % TILE_WIDTH:
            yield (level, size >> TILE_BITS), width
        size >>= TILE_BITS
        level += 1


def extend(size: int, growing: Mapping[Place, bytes], leaves: Sequence[bytes]) -> dict[Place, bytes]:
    """The tiles that change when `leaves` follow on a tree of `size`; `growing` are the tiles of `edge(size)`."""
    changed: dict[Place, bytes] = {}
    level, hashes = 0, b"".join(leaves)
    while hashes:
        number, width = divmod(size, TILE_WIDTH)
        old = growing.get((level, number), b"")
        if len(old) != width * HASH_BYTES:
            raise TilesBroken(f"the growing tile of level {level} does not hold {width} hashes")
        row = old + hashes
        roots = []
        for at in range(0, len(row), TILE_BYTES):
            tile = row[at : at + TILE_BYTES]
            changed[level, number + at // TILE_BYTES] = tile
            if len(tile) == TILE_BYTES:
                roots.append(fold(tile))
        level, size, hashes = level + 1, size >> TILE_BITS, b"".join(roots)
    return changed


def fold(hashes: bytes) -> bytes:
    """The root over a power of two of neighbouring hashes."""
    while len(hashes) > HASH_BYTES:
        step = 2 * HASH_BYTES
        hashes = b"".join(sha256(b"\1" + hashes[at : at + step]).digest() for at in range(0, len(hashes), step))
    return hashes


class Tree:
    """A tree of `size` leaves, read through `read_tile`; each tile is asked for once."""

    def __init__(self, size: int, read_tile: ReadTile) -> None:
        self.size = size
        self._read = read_tile
        self._tiles: dict[Place, bytes] = {}

    def root(self) -> bytes:
        """The root over all leaves."""
        if not self.size:
            return merkle.EMPTY_ROOT
        return merkle.fold([self.node(*address) for address in merkle.subtrees(0, self.size)])

    def inclusion(self, index: int) -> list[bytes]:
        """The path of RFC 9162 section 2.1.3.1 for the leaf at `index`, leaf upwards."""
        return merkle.follow(merkle.inclusion_plan(index, self.size), self.node)

    def consistency(self, older: int) -> list[bytes]:
        """The proof of RFC 9162 section 2.1.4.1 that this tree continues the one of `older` leaves."""
        return merkle.follow(merkle.consistency_plan(older, self.size), self.node)

    def node(self, level: int, index: int) -> bytes:
        """The root of a complete subtree of 2^level leaves."""
        tile_level, number, first = merkle.tile_of(level, index)
        place = tile_level, number
        tile = self._tiles.get(place)
        if tile is None:
            tile = self._tiles[place] = self._read(tile_level, number)
        length = HASH_BYTES << level % TILE_BITS
        hashes = tile[first * HASH_BYTES : first * HASH_BYTES + length]
        if len(hashes) != length:
            raise TilesBroken(f"tile {number} of level {tile_level} is too short for {self.size} leaves")
        return fold(hashes)
