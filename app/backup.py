"""python -m app backup: one consistent picture of the database without its keys, and the sealed files it names (D21).

All tables are read in one transaction, a snapshot on both backends, while the server goes on. Only the columns of
`app.backup_plan` are ever read, so that what must not be in a backup is not on the backup's disk for a moment either;
that is why SQLite's page-wise backup is not used. Blobs are copied afterwards: they are immutable, and one that was
deleted in between stays deleted.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from app.backup_files import FORMAT, Manifest, Writer, encode_row
from app.backup_plan import BLOB_ROWS, PLAN, Kept
from app.migrate import revision
from app.resources import close_context, open_context
from app.settings import Settings
from audit import ledger
from audit.ledger_file import LedgerFile
from audit.repository import tree
from kit.blobs import BlobMissing
from kit.context import Context
from kit.database import Row, Tx, Value

PAGE = 1_000  # rows of one read; the transaction stays open, memory does not grow


def backup(settings: Settings, directory: Path) -> Manifest:
    """Writes a backup into an empty or new directory and returns what it says about itself. BackupBroken."""
    writer = Writer(directory)
    context = open_context(settings)
    try:
        ledger.export(context.db, context.get(LedgerFile), context.clock.now())
        manifest = Manifest(
            FORMAT,
            context.clock.now(),
            revision(settings.database_url.reveal()),
            context.config.log_name,
            [key.kid for key in context.keys.published("log")],
            0,
        )
        keys = context.db.read_now(lambda tx: _tables(tx, writer, manifest))
        manifest.blobs = asyncio.run(_blobs(context, writer, keys))
        writer.finish(manifest)
        return manifest
    finally:
        asyncio.run(close_context(context))


def _tables(tx: Tx, writer: Writer, manifest: Manifest) -> list[str]:
    """Every kept table; the keys of the blobs that its rows name."""
    state = tree(tx, manifest.log)
    manifest.tree_size = 0 if state is None else state.size
    for table, plan in PLAN.items():
        if isinstance(plan, Kept):
            rows = writer.lines(f"tables/{table}.jsonl", map(encode_row, pages(tx, table, plan)))
            manifest.tables[table] = {"columns": list(plan.columns), "rows": rows}
    return [str(row[0]) for sql in BLOB_ROWS for row in tx.all(sql)]


def pages(tx: Tx, table: str, plan: Kept) -> Iterator[Row]:
    """All rows in the order of the key, page by page."""
    key, width = ", ".join(plan.key), len(plan.key)
    select = f"SELECT {', '.join(plan.columns)} FROM {table}"  # noqa: S608  (names from app.backup_plan)
    after = f"WHERE ({key}) > ({', '.join(f':k{i}' for i in range(width))})"
    order = f"ORDER BY {key} LIMIT {PAGE}"
    rows = tx.all(f"{select} {order}")
    while rows:
        yield from rows
        last: dict[str, Value] = {f"k{i}": rows[-1][i] for i in range(width)}
        rows = tx.all(f"{select} {after} {order}", **last)


async def _blobs(context: Context, writer: Writer, keys: list[str]) -> int:
    """Copies the finished blobs that are still there; how many."""
    listed: list[str] = []
    for key in keys:
        stat = await context.blobs.stat(key)
        if stat is None or not stat.finished:
            continue
        digest, size = sha256(), 0
        with suppress(BlobMissing):
            with writer.blob(key) as file:
                async for piece in context.blobs.read(key, 0, stat.size):
                    digest.update(piece)
                    size += len(piece)
                    file.write(piece)
            listed.append(json.dumps({"key": key, "size": size, "sha256": digest.hexdigest()}))
    return writer.lines("blobs.jsonl", listed)
