"""Erasing for good: sealed bytes whose row is gone, and what deleted rows have left in the database's own files."""

from __future__ import annotations

import asyncio

from kit.clock import MINUTE
from kit.context import Context
from kit.jobs import Handler, Sweep
from kit.outbox import Job


def delete_blob(ctx: Context, job: Job) -> None:
    """`blob-delete`, payload: the blob's key. What is gone already is no error."""
    asyncio.run(_delete(ctx, job.payload))


async def _delete(ctx: Context, key: str) -> None:
    await ctx.blobs.delete(key)


SCRUB_SECONDS = 10 * MINUTE  # the longest that a deleted key box outlives its row in SQLite's log (docs/operations.md)

SWEEPS = (Sweep("scrub", SCRUB_SECONDS, lambda ctx, now: ctx.db.scrub_now()),)
HANDLERS: dict[str, Handler] = {"blob-delete": delete_blob}
