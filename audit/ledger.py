"""What a restored backup must not undo: endings, spent counters, removed methods, deleted wallets (D21).

`record` stores a row with the change it belongs to; the background runner exports the rows to the files outside the
database (audit.ledger_file) and only then drops them. After a restore, before anything is served, `replay` does to the
old state what the ledger says has happened since.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from audit.ledger_file import Fact, LedgerFile
from kit.database import Database, Tx
from kit.failpoints import reached
from kit.ids import new_id

EXPORT_ROWS = 500  # rows written with one fsync and dropped in one transaction

Handler = Callable[[Tx, bytes, bytes, int], None]  # (tx, wallet, key, value): makes it so, however often it is called

_KIND = re.compile(r"[a-z][a-z-]{2,39}\Z")
_RECORD = """
INSERT INTO ledger_rows (wallet_id, row_id, kind, item, value) VALUES (:wallet, :row_id, :kind, :item, :value)
"""
_ROWS = "SELECT wallet_id, row_id, kind, item, value FROM ledger_rows ORDER BY wallet_id, row_id LIMIT :limit"
_EXPORTED = "DELETE FROM ledger_rows WHERE wallet_id = :wallet AND row_id = :row_id"


class UnknownFact(Exception):
    """The ledger holds a kind that no slice replays: serving without it would undo something."""


def record(tx: Tx, wallet: bytes, kind: str, key: bytes, value: int = 0) -> None:
    """Remembers outside the database that this has happened.

    `kind` is a word of the slice, such as `grant-ended` or `grant-opens`; `key` names the thing inside the wallet (an
    id, or empty for the wallet itself). Rows of one kind and key are replayed as one, with the largest value, so a
    counter is recorded as "so many so far", never as a difference.
    """
    if not _KIND.match(kind):
        raise ValueError(f"not a ledger kind: {kind}")
    tx.run(_RECORD, wallet=wallet, row_id=new_id(), kind=kind, item=key, value=value)


def export(db: Database, file: LedgerFile, now: int) -> int:
    """Moves recorded rows to the file; a crash in between writes some twice, which replays as once."""
    exported = 0
    while rows := db.read_now(lambda tx: tx.all(_ROWS, limit=EXPORT_ROWS)):
        file.append((Fact(wallet, kind, item, value) for wallet, _, kind, item, value in rows), now)
        reached("ledger-written-not-dropped")
        keys = [{"wallet": row[0], "row_id": row[1]} for row in rows]
        db.write_now(lambda tx, keys=keys: tx.run_many(_EXPORTED, keys))  # type: ignore[misc]
        exported += len(rows)
    return exported


def replay(db: Database, facts: Iterable[Fact], handlers: Mapping[str, Handler]) -> int:
    """Applies the ledger to a restored database, each wallet in a transaction of its own; returns how many facts.

    `handlers` says for each kind what to do, and by its own order in which order: what ends a thing comes after what
    counts in it, the deletion of the wallet last. A kind without a handler is an UnknownFact before anything changes.
    """
    wallets: dict[bytes, dict[tuple[str, bytes], int]] = {}
    for fact in facts:
        if fact.kind not in handlers:
            raise UnknownFact(fact.kind)
        known = wallets.setdefault(fact.wallet, {})
        known[fact.kind, fact.key] = max(fact.value, known.get((fact.kind, fact.key), fact.value))
    order = list(handlers)
    for wallet, known in wallets.items():
        todo = sorted(known.items(), key=lambda item: order.index(item[0][0]))

        def apply(tx: Tx, wallet: bytes = wallet, todo: list[tuple[tuple[str, bytes], int]] = todo) -> None:
            for (kind, key), value in todo:
                handlers[kind](tx, wallet, key, value)

        db.write_now(apply)
    return sum(map(len, wallets.values()))
