"""Attachments on their way in and out. Rows decide, the blob store holds; no transaction waits for a byte.

The row comes before the blob and knows the size that was reserved. An upload whose last step was lost (all bytes
stored, row not marked) is completed by whatever looks at it next: the status, or the sender's empty repeat.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from kit import outbox
from kit.blobs import UPLOAD_CLOSED, BlobExists, BlobMissing
from kit.clock import DAY
from kit.context import Context
from kit.database import Tx
from kit.errors import NOT_FOUND, Problem
from kit.failpoints import reached
from kit.ids import b64u, unb64u
from wallet.store import attachments
from wallet.store.attachments import UPLOAD_EXPIRE, Stored
from wallet.store.errors import ATTACHMENT_EXISTS
from wallet.unlock.deps import Caller

UNFINISHED_SECONDS = 1 * DAY  # then an upload that was not completed gives its room back


@dataclass(frozen=True, slots=True)
class Place:
    """An attachment version of the calling holder."""

    wallet: bytes
    attachment: bytes
    version: int
    stored: Stored


@dataclass(frozen=True, slots=True)
class Progress:
    """Stored bytes, of how many, and whether the upload is closed."""

    offset: int
    size: int
    complete: bool


async def begin(ctx: Context, caller: Caller, attachment: bytes, version: int, size: int) -> Progress:
    """Reserves room and starts an upload; asked again for the same one, says how far it is."""
    place = await ctx.db.write(lambda tx: _begin(tx, caller, attachment, version, size))
    reached("upload-row-without-blob")
    try:
        await ctx.blobs.create(place.stored.blob_key)
    except BlobExists:
        return await _look(ctx, caller, place)
    return Progress(0, size, False)


def _begin(tx: Tx, caller: Caller, attachment: bytes, version: int, size: int) -> Place:
    wallet = caller.device(tx).wallet
    stored = attachments.find(tx, wallet, attachment, version)
    if stored is None:
        blob_key = attachments.begin(tx, wallet, attachment, version, size)
        payload = f"{b64u(attachment)} {version} {blob_key}"
        outbox.enqueue(tx, wallet, UPLOAD_EXPIRE, payload, caller.now + UNFINISHED_SECONDS)
        stored = Stored(blob_key, size, 0)
    elif stored.size != size:
        raise ATTACHMENT_EXISTS()
    return Place(wallet, attachment, version, stored)


async def find(ctx: Context, caller: Caller, attachment: bytes, version: int) -> Place:
    """Problem `not-found`."""
    return await ctx.db.read(lambda tx: _find(tx, caller, attachment, version))


def _find(tx: Tx, caller: Caller, attachment: bytes, version: int) -> Place:
    wallet = caller.device(tx).wallet
    stored = attachments.find(tx, wallet, attachment, version)
    if stored is None:
        raise NOT_FOUND()
    return Place(wallet, attachment, version, stored)


async def status(ctx: Context, caller: Caller, attachment: bytes, version: int) -> Progress:
    """How far an upload is."""
    return await _look(ctx, caller, await find(ctx, caller, attachment, version))


async def append(
    ctx: Context, caller: Caller, attachment: bytes, version: int, offset: int, chunks: AsyncIterator[bytes]
) -> Progress:
    """Stores bytes from `offset` on; durable when this returns. Problems of kit.blobs, `too-large` past the size."""
    place = await find(ctx, caller, attachment, version)
    key, size = place.stored.blob_key, place.stored.size
    if place.stored.complete:
        raise UPLOAD_CLOSED()
    try:
        end = await _append(ctx, key, offset, chunks, size)
    except Problem as problem:
        if problem.code != UPLOAD_CLOSED.code or offset != size:
            raise
        end = size  # everything was stored and closed, only the row was not marked
    return await _settle(ctx, caller, place, end)


async def _append(ctx: Context, key: str, offset: int, chunks: AsyncIterator[bytes], size: int) -> int:
    try:
        return await ctx.blobs.append(key, offset, chunks, limit=size)
    except BlobMissing:  # the server died between the row and the blob; no byte was taken from the sender yet
        try:
            await ctx.blobs.create(key)
        except BlobExists:
            pass
        return await ctx.blobs.append(key, offset, chunks, limit=size)


async def _look(ctx: Context, caller: Caller, place: Place) -> Progress:
    if place.stored.complete:
        return Progress(place.stored.size, place.stored.size, True)
    stat = await ctx.blobs.stat(place.stored.blob_key)
    return await _settle(ctx, caller, place, 0 if stat is None else stat.size)


async def _settle(ctx: Context, caller: Caller, place: Place, end: int) -> Progress:
    size = place.stored.size
    if end < size:
        return Progress(end, size, False)
    try:
        await ctx.blobs.finish(place.stored.blob_key)
    except BlobMissing:
        raise NOT_FOUND() from None
    reached("upload-closed-without-row")
    if not await ctx.db.write(lambda tx: _complete(tx, caller, place)):
        raise NOT_FOUND()  # deleted while it was sent; the outbox erases the bytes
    return Progress(size, size, True)


def _complete(tx: Tx, caller: Caller, place: Place) -> bool:
    caller.device(tx)  # a device that was locked out while it sent completes nothing
    return attachments.complete(tx, place.wallet, place.attachment, place.version, place.stored.blob_key)


def delete(tx: Tx, caller: Caller, attachment: bytes, version: int) -> None:
    """Problem `not-found`. The bytes stay while a grant refers to them."""
    if not attachments.remove(tx, caller.device(tx).wallet, attachment, version, caller.now):
        raise NOT_FOUND()


def expire(tx: Tx, wallet: bytes, payload: str, now: int) -> None:
    """An upload that was not completed in time goes, with what was stored of it."""
    attachment, version, blob_key = payload.split(" ")
    stored = attachments.find(tx, wallet, unb64u(attachment, 16), int(version))
    if stored is not None and not stored.complete and stored.blob_key == blob_key:
        attachments.remove(tx, wallet, unb64u(attachment, 16), int(version), now)
