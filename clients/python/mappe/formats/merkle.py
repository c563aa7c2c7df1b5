"""The Merkle tree of RFC 9162 section 2.1 and the arithmetic of its tiles (C2SP tlog-tiles).

All leaves given here are leaf hashes (32 bytes). `Nodes` are addressed as (level, index): the hash over the leaves
index·2^level up to (index+1)·2^level, which never changes once that many leaves exist. Proofs are planned as lists of
such addresses, so that a server reads only what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from .errors import FormatError

EMPTY_ROOT = sha256(b"").digest()  # RFC 9162 section 2.1.1
TILE_HEIGHT = 8  # levels; a full tile is 256 hashes, 8 KiB
MAX_PATH = 64  # hashes: a tree has less than 2^63 leaves

Address = tuple[int, int]
"""(level, index) of a complete subtree."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\1" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def subtrees(start: int, end: int) -> list[Address]:
    """The complete subtrees that make up leaves `start`..`end`, left to right; `start` a multiple of a large enough
    power of two, as in every subtree of RFC 9162."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, given left to right."""
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


class Frontier:
    """The right edge of a growing tree: all that is needed to append. 32 bytes for each bit set in `size`."""

    __slots__ = ("hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self.hashes = list(hashes)
        if len(self.hashes) != size.bit_count():
            raise ValueError("a frontier has one hash for each bit of its size")

    def append(self, leaf: bytes) -> list[tuple[Address, bytes]]:
        """Adds a leaf hash; answers every node that became complete, lowest first."""
        level, index, node = 0, self.size, leaf
        complete = [((level, index), node)]
        while index & 1:
            node = node_hash(self.hashes.pop(), node)
            level, index = level + 1, index >> 1
            complete.append(((level, index), node))
        self.hashes.append(node)
        self.size += 1
        return complete

    def root(self) -> bytes:
        """The tree hash; 32 bytes."""
        return fold(self.hashes) if self.hashes else EMPTY_ROOT


def tree_hash(leaves: Iterable[bytes]) -> bytes:
    """MTH over leaf hashes (RFC 9162 section 2.1.1)."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


# -- proofs -----------------------------------------------------------------------------------------------------------


def inclusion_plan(index: int, size: int) -> list[list[Address]]:
    """For each hash of an inclusion path (RFC 9162 section 2.1.3.1), leaf upwards, the nodes to `fold` into it."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    plan: list[list[Address]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            plan.append(subtrees(middle, end))
            end = middle
        else:
            plan.append(subtrees(start, middle))
            start = middle
    return plan[::-1]


def consistency_plan(first: int, size: int) -> list[list[Address]]:
    """The same for a consistency proof between two sizes (RFC 9162 section 2.1.4.1); empty if they are equal."""
    if not 0 < first <= size:
        raise ValueError("no such tree")
    plan: list[list[Address]] = []
    start, end, whole = 0, size, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            plan.append(subtrees(middle, end))
            end = middle
        else:
            plan.append(subtrees(start, middle))
            start, whole = middle, False
    if not whole:
        plan.append(subtrees(start, end))
    return plan[::-1]


def follow(plan: Iterable[Iterable[Address]], node: Callable[[int, int], bytes]) -> list[bytes]:
    """The path that a plan describes; `node(level, index)` reads one hash."""
    return [fold([node(level, index) for level, index in addresses]) for addresses in plan]


def node_reader(leaves: Sequence[bytes]) -> Callable[[int, int], bytes]:
    """Reads nodes of a tree that is in memory whole."""
    return lambda level, index: tree_hash(leaves[index << level : (index + 1) << level])


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of one leaf."""
    return follow(inclusion_plan(index, len(leaves)), node_reader(leaves))


def consistency_path(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """The proof that the tree over the first `first` leaves is a beginning of this one."""
    return follow(consistency_plan(first, len(leaves)), node_reader(leaves))


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 section 2.1.3.2; FormatError `unlogged`."""
    if not 0 <= index < size or len(path) > MAX_PATH:
        raise FormatError("unlogged", "no such leaf")
    fn, sn, node = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            raise FormatError("unlogged", "path too long")
        if fn & 1 or fn == sn:
            node = node_hash(sibling, node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = node_hash(node, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn or node != root:
        raise FormatError("unlogged")


def verify_consistency(first: int, size: int, path: Sequence[bytes], first_root: bytes, root: bytes) -> None:
    """RFC 9162 section 2.1.4.2; an empty first tree is a beginning of any. FormatError `log-broken`."""
    if not 0 <= first <= size or len(path) > MAX_PATH:
        raise FormatError("log-broken", "the tree shrank")
    if first == size or first == 0:
        expected = first_root == (root if first else EMPTY_ROOT)
        if path or not expected:
            raise FormatError("log-broken")
        return
    rest = list(path)
    if first & (first - 1) == 0:
        rest.insert(0, first_root)
    if not rest:
        raise FormatError("log-broken", "no proof")
    fn, sn = first - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = rest[0]
    for sibling in rest[1:]:
        if sn == 0:
            raise FormatError("log-broken", "path too long")
        if fn & 1 or fn == sn:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn or old != first_root or new != root:
        raise FormatError("log-broken")


# -- tiles (C2SP tlog-tiles) ------------------------------------------------------------------------------------------


def tile_of(level: int, index: int) -> tuple[int, int, int]:
    """(tile level L, tile number N, first offset in it) of the tile that holds, or gives, node (level, index)."""
    within = level % TILE_HEIGHT
    first = index << within
    return level // TILE_HEIGHT, first >> TILE_HEIGHT, first & (1 << TILE_HEIGHT) - 1


def node_from_tile(tile: Sequence[bytes], level: int, index: int) -> bytes:
    """Node (level, index) out of the hashes of its tile (`tile_of`)."""
    offset = tile_of(level, index)[2]
    return tree_hash(tile[offset : offset + (1 << level % TILE_HEIGHT)])


def tile_path(level: int, number: int, width: int = 256) -> str:
    """`tile/<L>/<N>[.p/<W>]`, N in groups of three digits, all but the last with an x."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return f"tile/{level}/{'/'.join(reversed(groups))}" + ("" if width == 256 else f".p/{width}")


def parse_tile_path(path: str) -> tuple[int, int, int]:
    """(level, number, width) of such a path, which has one spelling only; FormatError `malformed`."""
    parts = path.split("/")
    width = 256
    if len(parts) >= 4 and parts[-2].endswith(".p"):
        width = _decimal(parts.pop(), 3)
        parts[-1] = parts[-1][:-2]
    if len(parts) < 3 or len(parts) > 10 or parts[0] != "tile" or not 1 <= width <= 256:
        raise FormatError("malformed", "not a tile")
    level = _decimal(parts[1], 2)
    number = 0
    for part in parts[2:]:
        number = number * 1000 + _decimal(part.removeprefix("x"), 3)
    if level > 7 or path != tile_path(level, number, width):
        raise FormatError("malformed", "not a tile")
    return level, number, width


def tile_width(size: int, level: int, number: int) -> int:
    """Hashes in a tile of a tree of `size` leaves: 0 (not there) to 256."""
    return max(0, min(256, (size >> TILE_HEIGHT * level) - (number << TILE_HEIGHT)))


def _decimal(text: str, most: int) -> int:
    if not (0 < len(text) <= most and text.isascii() and text.isdigit()):
        raise FormatError("malformed", "not a tile")
    return int(text)
