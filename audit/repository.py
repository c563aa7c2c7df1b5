"""All SQL of the tree, of the entries on their way into it, and of its checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.tiles import Place
from kit.database import Tx

_PENDING = """
SELECT wallet_id, seq, leaf FROM log_pending
WHERE (wallet_id, seq) > (:wallet, :seq) ORDER BY wallet_id, seq LIMIT :limit
"""
_HOLD = """
SELECT seq FROM log_pending
WHERE (wallet_id, seq) >= (:first, :first_seq) AND (wallet_id, seq) <= (:last, :last_seq) FOR UPDATE
"""
_SETTLE = """
INSERT INTO log_entries (wallet_id, seq, leaf, body, tree_index)
SELECT wallet_id, seq, leaf, body, :tree_index FROM log_pending
WHERE wallet_id = :wallet AND seq = :seq AND leaf = :leaf AND length(body) > 0
"""
_SETTLED = "DELETE FROM log_pending WHERE wallet_id = :wallet AND seq = :seq AND leaf = :leaf"
_START_TREE = """
INSERT INTO log_trees (log_id, size, root, signed_size) VALUES (:log, 0, :root, -1) ON CONFLICT (log_id) DO NOTHING
"""
_TREE = "SELECT size, root, signed_size FROM log_trees WHERE log_id = :log"
_HOLD_TREE = "SELECT size, root, signed_size FROM log_trees WHERE log_id = :log FOR UPDATE"
_GROW = "UPDATE log_trees SET size = :size, root = :root WHERE log_id = :log AND size = :old"
_SIGN = """
UPDATE log_trees SET signed_size = :size
WHERE log_id = :log AND signed_size = :old AND size >= :size AND :size > :old
"""
_TILE = "SELECT hashes FROM log_tiles WHERE log_id = :log AND level = :level AND tile = :tile"
_PUT_TILE = """
INSERT INTO log_tiles (log_id, level, tile, hashes) VALUES (:log, :level, :tile, :hashes)
ON CONFLICT (log_id, level, tile) DO UPDATE SET hashes = :hashes WHERE length(log_tiles.hashes) < :length
"""
_LEAF = "SELECT tree_index FROM log_leaves WHERE log_id = :log AND leaf = :leaf"
LEAVES_AT_ONCE = 32
_PUT_LEAF = "INSERT INTO log_leaves (log_id, leaf, tree_index) VALUES (:log, :leaf, :tree_index)"
_ROWS = ", ".join(f"(:log, :leaf{n}, :first + {n})" for n in range(LEAVES_AT_ONCE))
_PUT_LEAVES = f"INSERT INTO log_leaves (log_id, leaf, tree_index) VALUES {_ROWS}"  # noqa: S608  (constant)
_CHECKPOINT = "SELECT note FROM log_checkpoints WHERE log_id = :log AND size = :size"
_WITNESSED = """
SELECT note, size FROM log_checkpoints WHERE log_id = :log AND cosigned > 0 ORDER BY size DESC LIMIT 1
"""
_PUT_CHECKPOINT = """
INSERT INTO log_checkpoints (log_id, size, note, time, cosigned) VALUES (:log, :size, :note, :time, 0)
"""
_DROP_CHECKPOINTS = """
DELETE FROM log_checkpoints WHERE log_id = :log AND cosigned = 0 AND time < :before AND size < :size
"""
_COSIGN = """
INSERT INTO log_cosignatures (log_id, size, witness, line) VALUES (:log, :size, :witness, :line)
ON CONFLICT (log_id, size, witness) DO NOTHING
"""
_COSIGNED = """
UPDATE log_checkpoints
SET cosigned = (SELECT count(*) FROM log_cosignatures WHERE log_id = :log AND size = :size)
WHERE log_id = :log AND size = :size
"""
_COSIGNATURES = "SELECT line FROM log_cosignatures WHERE log_id = :log AND size = :size ORDER BY witness"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A leaf that has no place in the tree yet, and the row it belongs to."""

    wallet: bytes
    seq: int
    leaf: bytes


@dataclass(frozen=True, slots=True)
class TreeState:
    """Leaves in the tree, its root, and the size of the last checkpoint that left (-1: none)."""

    size: int
    root: bytes
    signed_size: int


def pending(tx: Tx, after: tuple[bytes, int], limit: int) -> list[Waiting]:
    """The next entries without a place, in key order, so that a pass over all of them starves nobody."""
    return [Waiting(*row) for row in tx.all(_PENDING, wallet=after[0], seq=after[1], limit=limit)]


def settle(tx: Tx, places: Sequence[tuple[Waiting, int]]) -> None:
    """Moves entries with their index to where they stay. One that was erased meanwhile is only dropped.

    The rows are locked first: a wallet that is deleted at the same time either finds an entry here or finds it there.
    """
    keys = sorted((waiting.wallet, waiting.seq) for waiting, _ in places)
    tx.all(_HOLD, first=keys[0][0], first_seq=keys[0][1], last=keys[-1][0], last_seq=keys[-1][1])
    tx.run_many(_SETTLE, ({**_key(waiting), "tree_index": index} for waiting, index in places))
    tx.run_many(_SETTLED, (_key(waiting) for waiting, _ in places))


def _key(waiting: Waiting) -> dict[str, bytes | int]:
    return {"wallet": waiting.wallet, "seq": waiting.seq, "leaf": waiting.leaf}


def start_tree(tx: Tx, log: str, root: bytes) -> None:
    """The empty tree of a new log; an existing one stays."""
    tx.run(_START_TREE, log=log, root=root)


def tree(tx: Tx, log: str, *, hold: bool = False) -> TreeState | None:
    """The state of the tree; with `hold` nobody else changes it before this transaction ends."""
    row = tx.one(_HOLD_TREE if hold else _TREE, log=log)
    return None if row is None else TreeState(*row)


def grow(tx: Tx, log: str, old: int, size: int, root: bytes) -> bool:
    """Takes the tree from exactly `old` to `size` leaves; False if somebody else was first."""
    return tx.run(_GROW, log=log, old=old, size=size, root=root) == 1


def tile(tx: Tx, log: str, level: int, number: int) -> bytes:
    """The stored hashes of a tile, empty if there are none."""
    row = tx.one(_TILE, log=log, level=level, tile=number)
    return b"" if row is None else bytes(row[0])


def put_tiles(tx: Tx, log: str, tiles: Mapping[Place, bytes]) -> None:
    """Stores tiles; one only ever replaces a shorter one."""
    tx.run_many(
        _PUT_TILE,
        (
            {"log": log, "level": level, "tile": number, "hashes": hashes, "length": len(hashes)}
            for (level, number), hashes in tiles.items()
        ),
    )


def leaf_index(tx: Tx, log: str, leaf: bytes) -> int | None:
    """Where the leaf lies in the tree, if it does."""
    row = tx.one(_LEAF, log=log, leaf=leaf)
    return None if row is None else int(row[0])


def put_leaves(tx: Tx, log: str, leaves: Sequence[bytes], first: int) -> None:
    """Remembers consecutive leaves; a known one raises ConstraintViolated."""
    at = 0
    while at + LEAVES_AT_ONCE <= len(leaves):  # on PostgreSQL a row alone costs several times as much
        some = {f"leaf{n}": leaves[at + n] for n in range(LEAVES_AT_ONCE)}
        tx.run(_PUT_LEAVES, log=log, first=first + at, **some)
        at += LEAVES_AT_ONCE
    tx.run_many(
        _PUT_LEAF, ({"log": log, "leaf": leaf, "tree_index": first + at + i} for i, leaf in enumerate(leaves[at:]))
    )


def publish(tx: Tx, log: str, old: int, size: int, note: str, now: int) -> bool:
    """Stores the checkpoint that follows the one of size `old`; False if somebody else was first."""
    if tx.run(_SIGN, log=log, old=old, size=size) != 1:
        return False
    tx.run(_PUT_CHECKPOINT, log=log, size=size, note=note, time=now)
    return True


def checkpoint(tx: Tx, log: str, size: int) -> str | None:
    """The note of a checkpoint that left, without cosignatures."""
    row = tx.one(_CHECKPOINT, log=log, size=size)
    return None if row is None else str(row[0])


def witnessed(tx: Tx, log: str) -> tuple[str, int] | None:
    """The newest cosigned checkpoint and its size."""
    row = tx.one(_WITNESSED, log=log)
    return None if row is None else (str(row[0]), int(row[1]))


def drop_checkpoints(tx: Tx, log: str, before: int, size: int) -> int:
    """Forgets checkpoints that nobody cosigned in time, never the newest."""
    return tx.run(_DROP_CHECKPOINTS, log=log, before=before, size=size)


def cosign(tx: Tx, log: str, size: int, lines: Mapping[str, str]) -> None:
    """Stores witnesses' lines under a checkpoint."""
    for witness, line in lines.items():
        tx.run(_COSIGN, log=log, size=size, witness=witness, line=line)
    tx.run(_COSIGNED, log=log, size=size)


def cosignatures(tx: Tx, log: str, size: int) -> list[str]:
    return [line for (line,) in tx.all(_COSIGNATURES, log=log, size=size)]
