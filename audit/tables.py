"""Where entries wait, come to rest and are summed up, and the tree over all of them.

An entry is inserted into `log_pending`, which stays small, so that appending costs the same with a thousand and with
ten million entries. The sequencer gives its leaf an index in the tree and moves it to `log_entries`, in batches.
"""

from __future__ import annotations

from sqlmodel import SQLModel

import kit.tables  # noqa: F401  (outbox and leases belong to every deployment that has a log)
from kit.columns import binary, integer, text


class ChainHead(SQLModel, table=True):
    """The end of one wallet's chain; its row lock is what keeps the chain a chain."""

    __tablename__ = "chain_heads"
    # found by nothing but its key, and changed by every entry: one tree on SQLite, room beside the row on PostgreSQL
    __table_args__ = {"sqlite_with_rowid": False, "postgresql_with": {"fillfactor": 70}}

    wallet_id: bytes = binary(primary_key=True)
    seq: int = integer()  # of the last entry; 0: none yet
    leaf: bytes = binary()  # of the last entry; 32 zero bytes: none yet
    log_public: bytes = binary()  # X25519, bodies are sealed to it
    pruned: int = integer()  # entries up to this one were erased at the holder's wish
    hour: int = integer()  # unix time div 3600 of the last entry
    hour_entries: int = integer()  # entries in that hour, see audit.caps


class PendingEntry(SQLModel, table=True):
    """An entry whose leaf has no place in the tree yet. An empty body: nothing but the leaf is to be kept."""

    __tablename__ = "log_pending"

    wallet_id: bytes = binary(primary_key=True)
    seq: int = integer(primary_key=True)
    leaf: bytes = binary()
    body: bytes = binary()
    added: int = integer()


class Entry(SQLModel, table=True):
    """An entry at rest; the body opens with the holder's log key only."""

    __tablename__ = "log_entries"

    wallet_id: bytes = binary(primary_key=True)
    seq: int = integer(primary_key=True)
    leaf: bytes = binary()
    body: bytes = binary()
    tree_index: int = integer()


class CappedHour(SQLModel, table=True):
    """Entries of one busy scope in one hour, and the entry that says that the rest is only counted."""

    __tablename__ = "log_capped_hours"

    wallet_id: bytes = binary(primary_key=True)
    scope: str = text(primary_key=True)  # a grant id, or the kind where there is no grant
    hour: int = integer(primary_key=True)
    entries: int = integer()
    event: str | None = text(nullable=True)
    leaf: bytes | None = binary(nullable=True)
    r1: bytes | None = binary(nullable=True)
    other: bytes | None = binary(nullable=True)
    time: int | None = integer(nullable=True)


class RefusalCount(SQLModel, table=True):
    """Refusals of callers who proved nothing. Split into stripes, so that strangers do not queue behind one row."""

    __tablename__ = "log_refusals"

    wallet_id: bytes = binary(primary_key=True)
    hour: int = integer(primary_key=True)
    stripe: int = integer(primary_key=True)
    refusals: int = integer()


class LedgerRow(SQLModel, table=True):
    """What must survive the restore of an old backup, until the runner has written it to the file outside (D21)."""

    __tablename__ = "ledger_rows"

    wallet_id: bytes = binary(primary_key=True)
    row_id: bytes = binary(primary_key=True)
    kind: str = text()
    item: bytes = binary()
    value: int = integer()


class Tree(SQLModel, table=True):
    """The size and root of the tree, and of the last checkpoint that left this server."""

    __tablename__ = "log_trees"

    log_id: str = text(primary_key=True)  # the origin line of its checkpoints
    size: int = integer()
    root: bytes = binary()
    signed_size: int = integer()


class Tile(SQLModel, table=True):
    """256 neighbouring hashes of one level (C2SP tlog-tiles); the rightmost of each level is still growing."""

    __tablename__ = "log_tiles"

    log_id: str = text(primary_key=True)
    level: int = integer(primary_key=True)
    tile: int = integer(primary_key=True)
    hashes: bytes = binary()


class Leaf(SQLModel, table=True):
    """Where a leaf lies in the tree; the inverse of the tiles of level 0."""

    __tablename__ = "log_leaves"
    __table_args__ = {"sqlite_with_rowid": False}

    log_id: str = text(primary_key=True)
    leaf: bytes = binary(primary_key=True)
    tree_index: int = integer()


class Checkpoint(SQLModel, table=True):
    """A checkpoint that left this server; kept for good once a witness has cosigned it."""

    __tablename__ = "log_checkpoints"

    log_id: str = text(primary_key=True)
    size: int = integer(primary_key=True)
    note: str = text()
    time: int = integer()
    cosigned: int = integer()  # how many witnesses


class Cosignature(SQLModel, table=True):
    """A witness's signature line under a checkpoint."""

    __tablename__ = "log_cosignatures"

    log_id: str = text(primary_key=True)
    size: int = integer(primary_key=True)
    witness: str = text(primary_key=True)
    line: str = text()
