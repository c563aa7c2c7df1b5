"""python -m app restore: a restore is an attack until proven otherwise (D21).

The order is the protection: (1) nothing is touched unless the backup is whole, the target empty, and backup and ledger
together reach the last checkpoint that this log has signed; (2) a mark keeps every server from starting on half a
restore; (3) rows, blobs, the missing leaves; (4) every grant is suspended until its holder's device publishes it again;
(5) the ledger is replayed: what has ended stays ended, what was spent spent, who was deleted deleted; (6) each wallet's
log says that it was restored; (7) the background work that erases is done, and only then the mark goes. Sessions are in
no backup, so every device signs in anew.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from mappe.formats.log import registry_leaf

from app import migrate
from app.backup_files import BackupBroken, Manifest, blob_path, decode_row, read_lines, read_manifest
from app.backup_plan import BLOB_KINDS, PLAN, Kept
from app.erasure import WALLET_ENDINGS
from app.replaying import handlers
from app.resources import close_context, open_context
from app.runner import Runner
from app.settings import Settings
from audit import chain, ledger, public_leaves, restoring
from audit.events import SERVER
from audit.ledger_file import LedgerFile
from audit.restoring import LogBehind
from kit.context import Context
from kit.database import Tx, Value
from sharing.grant.ending import suspend_all

BATCH = 500  # rows of one transaction
PIECE = 1 << 20  # bytes of a blob in memory
MARK = "restore"  # row of `leases` while a restore is under way; app.resources refuses to serve then
_FOREVER = 2**62
_MARK = "INSERT INTO leases (task, owner, until) VALUES (:task, :owner, :until)"
_UNMARK = "DELETE FROM leases WHERE task = :task"
_WALLETS = "SELECT wallet_id FROM chain_heads WHERE wallet_id > :after ORDER BY wallet_id LIMIT :limit"
_REGISTRY = "SELECT hash, version, bundle FROM agency_registry ORDER BY bundle, version"


class RestoreRefused(Exception):
    """Nothing was changed; a sentence says why, and what to do."""


def restore(settings: Settings, directory: Path, *, new_origin: bool = False) -> Mapping[str, int | str]:
    """Brings a backup back into an empty database and blob store; what was done, in numbers. RestoreRefused."""
    try:
        manifest = read_manifest(directory)  # (1)
        _check_tables(manifest)
    except BackupBroken as broken:
        raise RestoreRefused(str(broken)) from None
    if not settings.keys_file.exists() and not new_origin:
        raise RestoreRefused(f"{settings.keys_file} is missing: put the server's keys back first, or use --new-origin")
    migrate.upgrade(settings.database_url.reveal(), manifest.schema)
    context = open_context(settings)
    try:
        leaves = _check(context, manifest, new_origin)
        owner = sha256(str(directory).encode()).digest()
        context.db.write_now(lambda tx: tx.run(_MARK, task=MARK, owner=owner, until=_FOREVER))  # (2)
        return _restore(context, settings, directory, manifest, leaves)
    finally:
        asyncio.run(close_context(context))


def _check_tables(manifest: Manifest) -> None:
    for table, plan in PLAN.items():
        if isinstance(plan, Kept) and f"tables/{table}.jsonl" not in manifest.files and table in manifest.tables:
            raise BackupBroken(f"the manifest does not vouch for table {table}")
    if "blobs.jsonl" not in manifest.files:
        raise BackupBroken("the manifest does not vouch for blobs.jsonl")


def _check(context: Context, manifest: Manifest, new_origin: bool) -> list[bytes] | None:
    """The leaves that the tree lacks, or None for a new origin; RestoreRefused before anything has changed."""
    for table in PLAN:
        if context.db.read_now(lambda tx, table=table: tx.one(f"SELECT 1 FROM {table} LIMIT 1")):  # type: ignore[misc]  # noqa: S608
            raise RestoreRefused(f"table {table} is not empty; restore into a new database")
    if asyncio.run(_any_blob(context)):
        raise RestoreRefused("the blob store is not empty; restore into a new one")
    log = context.config.log_name
    if new_origin:
        if log == manifest.log or context.get(LedgerFile).last_checkpoint(log) is not None:
            raise RestoreRefused(f"--new-origin needs a MAPPE_LOG_NAME that was never used; {log} was")
        return None
    if log != manifest.log:
        raise RestoreRefused(f"the backup is of log {manifest.log}, this server's is {log}")
    if context.keys.current("log").kid not in manifest.log_keys and not any(
        key.kid in manifest.log_keys for key in context.keys.published("log")
    ):
        raise RestoreRefused("the server's keys are not those of this log; put them back, or use --new-origin")
    try:
        return restoring.missing_leaves(context.get(LedgerFile), log, manifest.tree_size)
    except LogBehind as behind:
        raise RestoreRefused(f"{behind}. Use a newer backup or the whole ledger; or --new-origin") from None


async def _any_blob(context: Context) -> bool:
    for kind in BLOB_KINDS:
        async for _ in context.blobs.list(kind):
            return True
    return False


def _restore(
    context: Context, settings: Settings, directory: Path, manifest: Manifest, leaves: list[bytes] | None
) -> Mapping[str, int | str]:
    now = context.clock.now()
    done: dict[str, int | str] = {"rows": _rows(context, directory, manifest)}  # (3)
    done["blobs"] = asyncio.run(_blobs(context, directory))
    migrate.upgrade(settings.database_url.reveal())
    ledger_file = context.get(LedgerFile)
    log = context.config.log_name
    if leaves is None:
        key = context.keys.current("log").private
        text = restoring.start_anew(context.db, key, log, manifest.log, ledger_file, manifest.tree_size, now)
        context.db.write_now(lambda tx: _log_registry(tx, now))
        done["statement"] = str(ledger_file.add_statement(f"restart-{now}.txt", text))
    else:
        restoring.catch_up(context.db, log, ledger_file, leaves)
        done["leaves"] = len(leaves)
    done["suspended"] = context.db.write_now(suspend_all)  # (4)
    done["replayed"] = ledger.replay(context.db, ledger_file.facts(), handlers(WALLET_ENDINGS, now))  # (5)
    done["wallets"] = _say_so(context, manifest.made, now)  # (6)
    Runner(context).once()  # (7)
    context.db.write_now(lambda tx: tx.run(_UNMARK, task=MARK))
    context.db.scrub_now()
    return done


def _rows(context: Context, directory: Path, manifest: Manifest) -> int:
    count = 0
    for table, about in manifest.tables.items():
        plan = PLAN[table]
        assert isinstance(plan, Kept)
        columns = [*about["columns"], *plan.left_out]
        names = ", ".join(columns)
        insert = f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in columns)})"  # noqa: S608
        rest = list(plan.left_out.values())
        lines = read_lines(directory, f"tables/{table}.jsonl")
        while batch := [dict(zip(columns, decode_row(line) + rest, strict=True)) for line in islice(lines, BATCH)]:
            context.db.write_now(lambda tx, insert=insert, batch=batch: tx.run_many(insert, batch))  # type: ignore[misc]
            count += len(batch)
    return count


async def _blobs(context: Context, directory: Path) -> int:
    count = 0
    for line in read_lines(directory, "blobs.jsonl"):
        about = json.loads(line)
        path = blob_path(directory, about["key"])
        if await asyncio.to_thread(_hash, path) != about["sha256"]:
            raise BackupBroken("a sealed file of the backup is damaged")
        await context.blobs.create(about["key"])
        with path.open("rb") as file:

            async def pieces(file: BinaryIO = file) -> AsyncIterator[bytes]:
                while piece := file.read(PIECE):
                    yield piece

            await context.blobs.append(about["key"], 0, pieces(), limit=about["size"])
        await context.blobs.finish(about["key"])
        count += 1
    return count


def _hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _log_registry(tx: Tx, now: int) -> None:
    """Clients refuse a registry that is not in the log: a new one holds all versions again."""
    for hash_, version, bundle in tx.all(_REGISTRY):
        public_leaves.submit(tx, registry_leaf(hash_, version, bundle), now)


def _say_so(context: Context, made: int, now: int) -> int:
    """An entry in each wallet's log; how many."""
    after: Value = b""
    count = 0
    while wallets := context.db.read_now(lambda tx, after=after: tx.all(_WALLETS, after=after, limit=BATCH)):  # type: ignore[misc]
        for (wallet,) in wallets:

            def work(tx: Tx, wallet: bytes = wallet) -> None:
                chain.append(tx, wallet=wallet, kind="restored", actor=SERVER, now=now, detail={"backup": made})

            context.db.write_now(work)
        count += len(wallets)
        after = wallets[-1][0]
    return count
