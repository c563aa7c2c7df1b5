"""The outbox job that erases sealed bytes once the row that named them is gone for good."""

from __future__ import annotations

import asyncio

from kit.context import Context
from kit.jobs import Handler
from kit.outbox import Job


def delete_blob(ctx: Context, job: Job) -> None:
    """`blob-delete`, payload: the blob's key. What is gone already is no error."""
    asyncio.run(_delete(ctx, job.payload))


async def _delete(ctx: Context, key: str) -> None:
    await ctx.blobs.delete(key)


HANDLERS: dict[str, Handler] = {"blob-delete": delete_blob}
