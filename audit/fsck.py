"""Derives everything about the log again and compares: what a restore, a bug or a hand in the database has broken.

Nothing here needs a key: bodies stay sealed, so whether a leaf commits to its body only the holder can check. What can
be seen from outside: every tile follows from the leaves, the root from the tiles, every checkpoint that left from the
tree, each leaf is known under its index and only there, and each chain is without gaps up to its head.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mappe.formats.checkpoint import parse_text, split_note
from mappe.formats.errors import FormatError
from mappe.formats.merkle import Frontier

from audit import repository as store
from audit.ledger_file import LedgerFile
from audit.tiles import HASH_BYTES, TILE_BITS, TILE_BYTES, TILE_WIDTH, fold
from kit.database import Database, Row, Tx, Value

PAGE = 2_000  # rows of one read; memory stays flat with ten million entries

_TILES = """
SELECT tile, hashes FROM log_tiles WHERE log_id = :log AND level = :level AND tile >= :first ORDER BY tile LIMIT 64
"""
_EXTRA_TILE = "SELECT count(*) FROM log_tiles WHERE log_id = :log AND level > :level"
_LEAVES = "SELECT count(*) FROM log_leaves WHERE log_id = :log"
_CHECKPOINTS = "SELECT size, note FROM log_checkpoints WHERE log_id = :log AND size > :after ORDER BY size LIMIT :limit"
_HEADS = """
SELECT wallet_id, seq, leaf, pruned FROM chain_heads WHERE wallet_id > :after ORDER BY wallet_id LIMIT :limit
"""
# of one wallet, at rest and waiting together: how many, the first and last seq, and the leaf of the last
_CHAIN = """
SELECT count(*), min(seq), max(seq), count(DISTINCT seq) FROM (
    SELECT seq FROM log_entries WHERE wallet_id = :wallet
    UNION ALL SELECT seq FROM log_pending WHERE wallet_id = :wallet
) AS entries
"""
_LAST = """
SELECT leaf FROM log_entries WHERE wallet_id = :wallet AND seq = :seq
UNION ALL SELECT leaf FROM log_pending WHERE wallet_id = :wallet AND seq = :seq
"""
_ENTRIES = """
SELECT wallet_id, seq, leaf, tree_index FROM log_entries
WHERE (wallet_id, seq) > (:wallet, :seq) ORDER BY wallet_id, seq LIMIT :limit
"""
_ORPHANS = """
SELECT count(*) FROM log_entries AS e WHERE NOT EXISTS (SELECT 1 FROM chain_heads AS h WHERE h.wallet_id = e.wallet_id)
"""


def fsck(db: Database, log: str, ledger: LedgerFile | None = None) -> Iterator[str]:
    """A sentence for each fault found; none: the log is whole. No sentence holds a wallet's id.

    Meant for a server at rest; one that works may be seen between two of its transactions.
    """
    yield from _tree(db, log, ledger)
    yield from _chains(db)
    yield from _entries(db, log)


def _tree(db: Database, log: str, ledger: LedgerFile | None) -> Iterator[str]:
    state = db.read_now(lambda tx: store.tree(tx, log))
    last = ledger.last_checkpoint(log) if ledger else None
    if state is None:
        if last is not None:
            yield f"There is no tree, but a checkpoint of {last[0]} leaves was signed."
        return
    checkpoints = dict(_checkpoints(db, log))
    if state.signed_size >= 0 and state.signed_size not in checkpoints:
        yield f"The last checkpoint, of {state.signed_size} leaves, is missing."
    if last is not None:
        checkpoints.setdefault(last[0], last[1])
    yield from _leaves(db, log, state.size, state.root, checkpoints)
    yield from _upper_tiles(db, log, state.size)
    count = db.read_now(lambda tx: tx.one(_LEAVES, log=log))
    if count is None or count[0] != state.size:
        yield f"{count[0] if count else 0} leaves can be looked up, but the tree has {state.size}."


def _leaves(db: Database, log: str, size: int, root: bytes, checkpoints: dict[int, bytes | None]) -> Iterator[str]:
    """Every leaf in order, the look-up of each, and the root at every size that was signed."""
    frontier = Frontier()
    for leaves in _tiles(db, log, 0):
        known = db.read_now(lambda tx, leaves=leaves: [store.leaf_index(tx, log, leaf) for leaf in leaves])  # type: ignore[misc]
        for leaf, index in zip(leaves, known, strict=True):
            if index != frontier.size:
                yield f"The leaf at index {frontier.size} is looked up as {index}."
            yield from _compare(checkpoints, frontier)
            frontier.append(leaf)
    yield from _compare(checkpoints, frontier)
    if frontier.size != size:
        yield f"The tiles hold {frontier.size} leaves, the tree says {size}."
    elif frontier.root() != root:
        yield "The root of the tree is not the one of its leaves."
    for signed in checkpoints:
        yield f"A checkpoint of {signed} leaves was signed, but the tree ends before."


def _compare(checkpoints: dict[int, bytes | None], frontier: Frontier) -> Iterator[str]:
    if frontier.size in checkpoints and checkpoints.pop(frontier.size) != frontier.root():
        yield f"The checkpoint of {frontier.size} leaves is not one of this tree."


def _upper_tiles(db: Database, log: str, size: int) -> Iterator[str]:
    """Every hash above the leaves is the root of the full tile below it."""
    level = 1
    while size := size >> TILE_BITS:
        below = (fold(b"".join(tile)) for tile in _tiles(db, log, level - 1) if len(tile) == TILE_WIDTH)
        above = (node for tile in _tiles(db, log, level) for node in tile)
        for number in range(size):
            if next(above, None) != next(below, b""):
                yield f"Hash {number} of level {level} is not the root of the tile below it."
        if next(above, None) is not None:
            yield f"Level {level} holds more hashes than there are full tiles below."
        level += 1
    extra = db.read_now(lambda tx: tx.one(_EXTRA_TILE, log=log, level=level - 1))
    if extra is not None and extra[0]:
        yield f"There are tiles above level {level - 1}."


def _tiles(db: Database, log: str, level: int) -> Iterator[list[bytes]]:
    """The hashes of each tile of a level, in order; stops at a gap."""
    expected = 0
    while rows := _all(db, _TILES, log=log, level=level, first=expected):
        for number, hashes in rows:
            if number != expected or not 0 < len(hashes) <= TILE_BYTES or len(hashes) % HASH_BYTES:
                return
            yield [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
            expected += 1


def _checkpoints(db: Database, log: str) -> Iterator[tuple[int, bytes | None]]:
    after = -1
    while rows := _all(db, _CHECKPOINTS, log=log, after=after, limit=PAGE):
        for size, note in rows:
            try:
                checkpoint = parse_text(split_note(note)[0])
                yield size, checkpoint.root if (checkpoint.origin, checkpoint.size) == (log, size) else None
            except FormatError:
                yield size, None
        after = rows[-1][0]


def _chains(db: Database) -> Iterator[str]:
    """No chain has a gap, and each head is the last entry."""
    after = b""
    while heads := db.read_now(partial(_heads, after=after)):
        for (_, seq, leaf, pruned), (count, first, last, distinct), found in heads:
            if (count, distinct, first, last) != (seq - pruned, count, *((pruned + 1, seq) if count else (None, None))):
                yield f"A chain should hold entries {pruned + 1} to {seq}; it holds {count}, from {first} to {last}."
            elif count and found != leaf:
                yield f"The head of a chain of {seq} entries is not its last entry."
        after = heads[-1][0][0]
    orphans = db.read_now(lambda tx: tx.one(_ORPHANS))
    if orphans is not None and orphans[0]:
        yield f"{orphans[0]} entries belong to no chain."


def _heads(tx: Tx, after: bytes) -> list[tuple[Row, Row, bytes | None]]:
    found = []
    for head in tx.all(_HEADS, after=after, limit=PAGE // 4):
        chain = tx.one(_CHAIN, wallet=head[0])
        last = tx.one(_LAST, wallet=head[0], seq=head[1])
        assert chain is not None
        found.append((head, chain, last[0] if last else None))
    return found


def _entries(db: Database, log: str) -> Iterator[str]:
    """Each entry at rest lies in the tree where it says."""
    wallet, seq = b"", 0
    while rows := db.read_now(partial(_places, log=log, wallet=wallet, seq=seq)):
        for _, _, claimed, found in rows:
            if claimed != found:
                yield f"An entry says index {claimed}; its leaf is at {found}."
        wallet, seq = rows[-1][0], rows[-1][1]


def _all(db: Database, sql: str, **params: Value) -> list[Row]:
    return db.read_now(lambda tx: tx.all(sql, **params))


def _places(tx: Tx, log: str, wallet: bytes, seq: int) -> list[tuple[bytes, int, int, int | None]]:
    rows = tx.all(_ENTRIES, wallet=wallet, seq=seq, limit=PAGE)
    return [(row[0], row[1], row[3], store.leaf_index(tx, log, row[2])) for row in rows]
