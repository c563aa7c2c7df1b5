"""The Merkle tree in hash tiles: pure arithmetic, bytes in, bytes out (RFC 9162 section 2.1, C2SP tlog-tiles).

A tile holds up to 256 neighbouring hashes of one level. Level 0 are the leaves; a hash of level L + 1 is the root of a
full tile of level L. So whatever is complete is stored once and never changes, and a root or proof reads few tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256

HASH_BYTES = 32
TILE_BITS = 8
TILE_WIDTH = 1 << TILE_BITS
TILE_BYTES = TILE_WIDTH * HASH_BYTES
EMPTY_ROOT = sha256(b"").digest()

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
        return self._range(0, self.size) if self.size else EMPTY_ROOT

    def leaf(self, index: int) -> bytes:
        """The leaf hash at an index below `size`."""
        return self._node(0, index)

    def inclusion(self, index: int) -> list[bytes]:
        """The path of RFC 9162 section 2.1.3.1 for the leaf at `index`, lowest sibling first."""
        if not 0 <= index < self.size:
            raise ValueError("no such leaf")
        path: list[bytes] = []
        low, high = 0, self.size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, older: int) -> list[bytes]:
        """The proof of RFC 9162 section 2.1.4.1 that this tree continues the one of `older` leaves."""
        if not 0 < older <= self.size:
            raise ValueError("no such older tree")
        proof: list[bytes] = []
        low, high = 0, self.size
        while older != high:
            middle = low + _split(high - low)
            if older <= middle:
                proof.append(self._range(middle, high))
                high = middle
            else:
                proof.append(self._range(low, middle))
                low = middle
        if low:  # else the older tree is itself a node, and its root is known to whoever asks
            proof.append(self._range(low, high))
        return proof[::-1]

    def _range(self, low: int, high: int) -> bytes:
        """The root over the leaves [low, high), `low` being a multiple of the power of two that spans them."""
        count = high - low
        height = count.bit_length() - 1
        if count == 1 << height:
            return self._node(height, low >> height)
        middle = low + _split(count)
        return sha256(b"\1" + self._range(low, middle) + self._range(middle, high)).digest()

    def _node(self, height: int, number: int) -> bytes:
        """The root of the complete subtree of 2^height leaves."""
        level, above = divmod(height, TILE_BITS)
        first = number << above
        tile = self._tile(level, first // TILE_WIDTH)
        at = first % TILE_WIDTH * HASH_BYTES
        hashes = tile[at : at + (HASH_BYTES << above)]
        if len(hashes) != HASH_BYTES << above:
            raise TilesBroken(f"tile {first // TILE_WIDTH} of level {level} is too short for {self.size} leaves")
        return fold(hashes)

    def _tile(self, level: int, number: int) -> bytes:
        place = level, number
        tile = self._tiles.get(place)
        if tile is None:
            tile = self._tiles[place] = self._read(level, number)
        return tile


def _split(count: int) -> int:
    """The largest power of two below `count` (at least 2): where RFC 9162 divides a tree."""
    return 1 << (count - 1).bit_length() - 1
