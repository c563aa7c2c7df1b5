"""HTTP for whoever holds a deposit code: look, begin, send, complete. No account, no key; nothing can be read back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect

from audit import promise
from kit import bodies
from kit.blobs import UPLOAD_CLOSED, UPLOAD_STALLED, BlobExists, BlobMissing
from kit.context import Context
from kit.errors import INVALID_REQUEST, NOT_FOUND, TOO_LARGE
from kit.failpoints import reached
from kit.ids import ID_BYTES, b64u, unb64u
from kit.limits import MIB
from sharing.deposit import sending
from sharing.deposit.errors import DEPOSIT_ENDED, DEPOSIT_INCOMPLETE
from sharing.deposit.repository import Item
from sharing.deposit.schemas import Capability, Logged, NewItem, Offset, Peeked

router = APIRouter()

RECHECK_BYTES = 4 * MIB  # so much of a running upload may arrive after the code was closed
_STREAMED: dict[str, Any] = {
    "parameters": [
        {"name": "Deposit-Auth", "in": "header", "required": True, "schema": {"type": "string"}},
        {"name": "Upload-Offset", "in": "header", "required": True, "schema": {"type": "integer"}},
    ],
    "requestBody": {"required": True, "content": {"application/octet-stream": {}}},
}
_OFFSET = re.compile(r"[0-9]{1,15}\Z", re.ASCII)


def _context(request: Request) -> Context:
    found: Context = request.app.state.context
    return found


@router.post("/v1/deposits/{id}/peek", response_model=Peeked, openapi_extra=bodies.openapi(Capability))
async def peek_deposit(request: Request, id: str) -> dict[str, Any]:
    """The public key to seal to, and what the code still takes."""
    ctx = _context(request)
    now = ctx.clock.now()
    body = bodies.parse(Capability, await request.body())
    code_id = _id(id)
    code, entry = await ctx.db.write(lambda tx: sending.peek(tx, code_id, body.auth, now))
    return {
        "key": b64u(code.public),
        "until": code.exp,
        "files_left": code.files_left,
        "bytes_left": code.bytes_left,
        **promise.answer(ctx, entry),
    }


@router.post("/v1/deposits/{id}/items", status_code=201, response_model=Offset, openapi_extra=bodies.openapi(NewItem))
async def begin_deposit(request: Request, id: str) -> dict[str, Any]:
    """Takes room for a file and says from which byte on to send; the same call resumes a broken upload."""
    ctx = _context(request)
    now = ctx.clock.now()
    body = bodies.parse(NewItem, await request.body())
    code_id = _id(id)
    item = await ctx.db.write(lambda tx: sending.begin(tx, code_id, body, now))
    reached("deposit-row-without-blob")
    stat = await ctx.blobs.stat(item.blob_key)
    if stat is None:
        try:
            await ctx.blobs.create(item.blob_key)
        except BlobExists:
            pass  # the same call, at the same time
        await _still_there(ctx, code_id, body.auth, body.item, item.blob_key)
        return {"offset": 0}
    return {"offset": stat.size}


@router.patch("/v1/deposits/{id}/items/{item}", response_model=Offset, openapi_extra=_STREAMED)
async def send_deposit(request: Request, id: str, item: str) -> dict[str, Any]:
    """Takes sealed bytes from `Upload-Offset` on; what arrived before a broken connection stays."""
    ctx = _context(request)
    code_id, item_id, auth = _id(id), _id(item), _auth(request)
    offset = _offset(request)

    async def check() -> Item:
        now = ctx.clock.now()
        return await ctx.db.write(lambda tx: sending.find(tx, code_id, auth, item_id, now))

    found = await check()
    if found.receipts:
        raise UPLOAD_CLOSED()
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdecimal() and offset + int(length) > found.size:
        raise TOO_LARGE(limit=found.size)
    try:
        stored = await ctx.blobs.append(found.blob_key, offset, _rechecked(request.stream(), check), limit=found.size)
    except BlobMissing:
        raise DEPOSIT_ENDED() from None
    except ClientDisconnect:
        raise UPLOAD_STALLED() from None
    return {"offset": stored}


@router.post("/v1/deposits/{id}/items/{item}/complete", response_model=Logged, openapi_extra=bodies.openapi(Capability))
async def complete_deposit(request: Request, id: str, item: str) -> dict[str, Any]:
    """Closes a file that is stored whole, and gives the receipt for it."""
    ctx = _context(request)
    now = ctx.clock.now()
    body = bodies.parse(Capability, await request.body())
    code_id, item_id = _id(id), _id(item)
    found = await ctx.db.write(lambda tx: sending.find(tx, code_id, body.auth, item_id, now))
    stat = await ctx.blobs.stat(found.blob_key)
    stored = 0 if stat is None else stat.size
    if stored != found.size:
        raise DEPOSIT_INCOMPLETE(offset=stored)
    try:
        await ctx.blobs.finish(found.blob_key)
    except BlobMissing:
        raise DEPOSIT_ENDED() from None
    reached("deposit-closed-without-row")
    entry = await ctx.db.write(lambda tx: sending.complete(tx, code_id, body.auth, item_id, found.blob_key, now))
    return {**promise.answer(ctx, entry)}


async def _still_there(ctx: Context, code_id: bytes, auth: bytes, item: bytes, key: str) -> None:
    """A code closed between the row and the blob has dropped the row and found no blob to erase."""
    now = ctx.clock.now()
    try:
        await ctx.db.write(lambda tx: sending.find(tx, code_id, auth, item, now))
    except BaseException:
        await ctx.blobs.delete(key)
        raise


async def _rechecked(chunks: AsyncIterator[bytes], check: Callable[[], Awaitable[object]]) -> AsyncIterator[bytes]:
    """The chunks, as long as the code is open: asked again every few megabytes."""
    since = 0
    async for chunk in chunks:
        since += len(chunk)
        if since > RECHECK_BYTES:
            await check()
            since = 0
        yield chunk


def _auth(request: Request) -> bytes:
    try:
        return unb64u(request.headers.get("deposit-auth", ""), 32)
    except ValueError:
        raise INVALID_REQUEST(where=["header.Deposit-Auth"]) from None


def _offset(request: Request) -> int:
    text = request.headers.get("upload-offset", "")
    if not _OFFSET.match(text):
        raise INVALID_REQUEST(where=["header.Upload-Offset"])
    return int(text)


def _id(text: str) -> bytes:
    try:
        return unb64u(text, ID_BYTES)
    except ValueError:
        raise NOT_FOUND() from None
