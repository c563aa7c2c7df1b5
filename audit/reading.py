"""What anybody may read of the tree, and what the holder's side reads of its chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from mappe.formats import merkle

from audit import repository as store
from audit.errors import LOG_NOT_STARTED, TREE_SIZE_UNKNOWN
from audit.tiles import HASH_BYTES, Tree
from kit.database import Tx
from kit.errors import NOT_FOUND

_AT_REST = """
SELECT seq, leaf, body, tree_index FROM log_entries
WHERE wallet_id = :wallet AND seq > :after ORDER BY seq LIMIT :limit
"""
_WAITING = """
SELECT seq, leaf, body, NULL FROM log_pending WHERE wallet_id = :wallet AND seq > :after ORDER BY seq LIMIT :limit
"""
_HEAD = "SELECT seq, leaf FROM chain_heads WHERE wallet_id = :wallet"


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where a leaf lies in the tree of a checkpoint, and the proof."""

    index: int
    size: int
    path: list[bytes]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A sealed entry; `index` is None while its leaf waits for its place."""

    seq: int
    leaf: bytes
    body: bytes
    index: int | None


@dataclass(frozen=True, slots=True)
class ChainPage:
    """Entries in the order of their seq, and where the chain ended at that moment."""

    entries: Sequence[Entry]
    head_seq: int
    head_leaf: bytes


def checkpoint(tx: Tx, log: str) -> tuple[str, int]:
    """The newest signed checkpoint with the cosignatures that it has got, and its size. Problem `log-not-started`."""
    size = _signed_size(tx, log)
    return _note(tx, log, size), size


def witnessed(tx: Tx, log: str) -> str:
    """The newest checkpoint that a witness has cosigned; Problem `not-found` if there is none."""
    found = store.witnessed(tx, log)
    if found is None:
        raise NOT_FOUND()
    note, size = found
    return note + "".join(store.cosignatures(tx, log, size))


def tile(tx: Tx, log: str, level: int, number: int, width: int) -> bytes:
    """The first `width` hashes of a tile, if the newest checkpoint covers them; Problem `not-found`."""
    if width > merkle.tile_width(_signed_size(tx, log), level, number):
        raise NOT_FOUND()
    return store.tile(tx, log, level, number)[: width * HASH_BYTES]


def inclusion(tx: Tx, log: str, leaf: bytes) -> Inclusion | None:
    """The proof for a leaf in the newest checkpoint; None for one that waits, and likewise for an unknown one."""
    state = store.tree(tx, log)
    index = store.leaf_index(tx, log, leaf)
    if state is None or index is None or index >= state.signed_size:
        return None
    path = Tree(state.signed_size, partial(store.tile, tx, log)).inclusion(index)
    return Inclusion(index, state.signed_size, path, _note(tx, log, state.signed_size))


def consistency(tx: Tx, log: str, older: int, newer: int) -> list[bytes]:
    """The proof that the tree of `newer` leaves continues that of `older`; Problem `tree-size-unknown`."""
    if not older <= newer <= _signed_size(tx, log):
        raise TREE_SIZE_UNKNOWN()
    return Tree(newer, partial(store.tile, tx, log)).consistency(older) if older else []


def chain(tx: Tx, wallet: bytes, after: int, limit: int) -> ChainPage:
    """The wallet's entries after a seq, at rest or still waiting, and the head, all of one moment."""
    head = tx.one(_HEAD, wallet=wallet)
    if head is None:
        raise NOT_FOUND()
    rows = tx.all(_AT_REST, wallet=wallet, after=after, limit=limit)
    rows += tx.all(_WAITING, wallet=wallet, after=after, limit=limit)  # always: an earlier entry may settle later
    entries = sorted((Entry(*row) for row in rows), key=lambda entry: entry.seq)[:limit]
    return ChainPage(entries, head[0], head[1])


def _signed_size(tx: Tx, log: str) -> int:
    state = store.tree(tx, log)
    if state is None or state.signed_size < 0:
        raise LOG_NOT_STARTED()
    return state.signed_size


def _note(tx: Tx, log: str, size: int) -> str:
    note = store.checkpoint(tx, log, size)
    if note is None:
        raise LOG_NOT_STARTED()
    return note + "".join(store.cosignatures(tx, log, size))
