"""python -m app fsck: everything that can be derived is derived again and compared (also the end of every restore).

The slices look at their own rows; here is what lies between them: rows and sealed bytes, references and their counts,
routes and what they lead to. Faults are sentences without anybody's id. Only orphans are repaired, bytes or routes that
nothing names: everything else is evidence. For a server at rest; in one that works, a step may be seen half done.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.backup_plan import BLOB_KINDS
from audit.fsck import fsck as fsck_log
from audit.ledger_file import LedgerFile
from kit.blobs import BlobStat
from kit.context import Context
from kit.database import Tx
from kit.ids import b64u
from sharing.grant import fsck as grants
from wallet.store import fsck as store

PAGE = 500  # wallets or rows of one read


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where, and whether removing an orphan puts it right."""

    area: str
    says: str
    repair: Callable[[Context], None] | None = None


# A routing row without its row is no fault while a job still waits to remove it.
_ROUTES = {
    "grant_routes": ("grant_id", "grants", "grant_id", "grant-unroute"),
    "deposit_routes": ("code_id", "deposit_codes", "code_id", "deposit-unroute"),
    "wallet_handles": ("handle_hash", "wallets", "handle_hash", "wallet-unroute"),
}
_WALLET_BLOBS = """
SELECT wallet_id, blob_key, size, refs FROM wallet_blobs
WHERE (wallet_id, blob_key) > (:wallet, :key) ORDER BY wallet_id, blob_key LIMIT :limit
"""
_COMPLETE = "SELECT 1 FROM attachments WHERE wallet_id = :wallet AND blob_key = :key AND complete = 1"
_DEPOSITS = "SELECT blob_key, size, receipts FROM deposit_items ORDER BY wallet_id, code_id, item_id"
# for this very row, or for all of its wallet's
_WAITS = """
SELECT 1 FROM outbox_jobs WHERE (kind = 'wallet-routes-forget' AND shard = :wallet)
OR (kind = :job AND (shard = :key OR (shard = :wallet AND payload = :id))) LIMIT 1
"""
_DOOMED = "SELECT payload FROM outbox_jobs WHERE kind = 'blob-delete'"


def fsck(context: Context) -> Iterator[Fault]:
    """Every fault that is found."""
    log = context.config.log_name
    yield from (Fault("log", says) for says in fsck_log(context.db, log, context.get(LedgerFile)))
    yield from (Fault("store", says) for says in store.fsck(context.db))
    yield from (Fault("grant", says) for says in grants.fsck(context.db))
    yield from _blobs(context)
    yield from _routes(context)


def _blobs(context: Context) -> Iterator[Fault]:
    """Counted references, and the bytes behind every row; bytes behind no row."""
    stored = asyncio.run(_stored(context))
    known = {str(row[0]) for row in context.db.read_now(lambda tx: tx.all(_DOOMED))}
    after: tuple[bytes, str] = (b"", "")
    while rows := context.db.read_now(lambda tx, after=after: _page(tx, *after)):  # type: ignore[misc]
        for wallet, key, size, refs, found, complete in rows:
            known.add(key)
            if refs != found or refs < 1:
                yield Fault("blobs", f"A file counts {refs} references; it has {found}.")
            yield from _bytes(stored.get(key), size, complete)
            after = (wallet, key)
    for key, size, receipts in context.db.read_now(lambda tx: tx.all(_DEPOSITS)):
        known.add(key)
        yield from _bytes(stored.get(key), size, receipts > 0)
    for key in stored.keys() - known:
        yield Fault("blobs", "There are sealed bytes that no row names.", _delete_blob(key))


def _bytes(stat: BlobStat | None, size: int, complete: bool) -> Iterator[Fault]:
    if complete and (stat is None or not stat.finished):
        yield Fault("blobs", "The bytes of a complete file are missing.")
    elif stat is not None and (stat.size > size or (complete and stat.size != size)):
        yield Fault("blobs", f"A file should have {size} bytes; {stat.size} are stored.")


def _page(tx: Tx, wallet: bytes, key: str) -> list[tuple[bytes, str, int, int, int, bool]]:
    found: list[tuple[bytes, str, int, int, int, bool]] = []
    references: dict[bytes, Counter[str]] = {}
    for owner, blob, size, refs in tx.all(_WALLET_BLOBS, wallet=wallet, key=key, limit=PAGE):
        if owner not in references:
            references[owner] = store.references(tx, owner) + grants.references(tx, owner)
        # with its attachment deleted, a file lives on in grants, and only a complete one was ever granted
        complete = tx.one(_COMPLETE, wallet=owner, key=blob) is not None
        complete = complete or grants.references(tx, owner)[blob] > 0
        found.append((owner, blob, size, refs, references[owner][blob], complete))
    return found


async def _stored(context: Context) -> dict[str, BlobStat]:
    return {key: stat for kind in BLOB_KINDS async for key, stat in context.blobs.list(kind)}


def _routes(context: Context) -> Iterator[Fault]:
    for table, (id_, target, column, job) in _ROUTES.items():
        sql = f"""
        SELECT r.{id_}, r.wallet_id FROM {table} AS r
        WHERE NOT EXISTS (SELECT 1 FROM {target} AS t WHERE t.wallet_id = r.wallet_id AND t.{column} = r.{id_})
        """  # noqa: S608  (names from the table above)
        for key, wallet in context.db.read_now(lambda tx, sql=sql: tx.all(sql)):  # type: ignore[misc]
            waits = {"wallet": wallet, "key": key, "job": job, "id": b64u(key)}
            if context.db.read_now(lambda tx, waits=waits: tx.one(_WAITS, **waits)) is None:  # type: ignore[misc]
                yield Fault("routes", f"A row of {table} leads to nothing.", _delete_route(table, id_, key))


def _delete_blob(key: str) -> Callable[[Context], None]:
    return lambda context: asyncio.run(_delete(context, key))


async def _delete(context: Context, key: str) -> None:
    await context.blobs.delete(key)


def _delete_route(table: str, column: str, key: bytes) -> Callable[[Context], None]:
    sql = f"DELETE FROM {table} WHERE {column} = :key"  # noqa: S608

    def repair(context: Context) -> None:
        context.db.write_now(lambda tx: tx.run(sql, key=key))

    return repair
