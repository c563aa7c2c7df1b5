"""HTTP of the store: read the body, one call, answer."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.requests import ClientDisconnect

from audit import promise
from kit.blobs import UPLOAD_STALLED
from kit.bodies import openapi, parse
from kit.context import Context
from kit.database import Tx
from kit.errors import NOT_FOUND
from kit.ids import unb64u
from kit.ranges import one_range
from wallet.answers import BlobResponse, json_answer, no_content
from wallet.store import changes, sync, uploads, usage
from wallet.store.errors import OFFSET_MISSING
from wallet.store.schemas import SYNC_BODY_BYTES, AttachmentBody, ChangeBody, SyncBody
from wallet.store.uploads import Progress
from wallet.unlock import devices, recovery, wallets
from wallet.unlock.deps import Caller, HolderCaller
from wallet.unlock.errors import SESSION_INVALID
from wallet.unlock.schemas import Empty

router = APIRouter(tags=["store"])
_OFFSET = re.compile(r"\d{1,15}\Z", re.ASCII)
_RAW_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}},
    "parameters": [{"name": "Upload-Offset", "in": "header", "required": True, "schema": {"type": "integer"}}],
}


class _At:
    """An attachment version as named in the path; a name that cannot be one names nothing."""

    def __init__(
        self,
        attachment: Annotated[str, Path(pattern="^[A-Za-z0-9_-]{22}$")],
        version: Annotated[int, Path(ge=1, lt=2**32)],
    ) -> None:
        try:
            self.id = unb64u(attachment, 16)
        except ValueError:
            raise NOT_FOUND() from None
        self.version = version


At = Annotated[_At, Depends()]


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


@router.get("/v1/wallet/status")
async def wallet_status(request: Request, caller: HolderCaller) -> Response:
    """How full the wallet is, and what the holder should know at once."""
    return json_answer(await _context(request).db.read(lambda tx: _status(tx, caller)))


def _status(tx: Tx, caller: Caller) -> dict[str, Any]:
    wallet = caller.device(tx).wallet
    row, allowed = wallets.find(tx, wallet), wallets.allowance(tx, wallet)
    if row is None:
        raise SESSION_INVALID()
    objects, stored = usage.read(tx, wallet)
    return {
        "bytes_used": stored,
        "bytes_allowed": allowed.bytes,
        "objects": objects,
        "objects_allowed": allowed.objects,
        "suspended": bool(row.suspended),
        "recovery_pending_until": recovery.earliest(tx, wallet, caller.now),
        "created": row.created,
    }


@router.post("/v1/sync", openapi_extra=openapi(SyncBody))
async def sync_wallet(request: Request, caller: HolderCaller) -> Response:
    """What is new since a change number, or everything; paged by bytes."""
    ctx = _context(request)
    body = parse(SyncBody, await request.body(), SYNC_BODY_BYTES)
    page = await ctx.db.read(lambda tx: sync.read(tx, caller, body))
    if devices.touch_due(page.device, caller.now):
        await ctx.db.write(lambda tx: devices.touch(tx, page.device, caller.now))
    return Response(sync.answer(ctx, page, body.nonce, caller.now), media_type="application/json")


@router.post("/v1/changes", openapi_extra=openapi(ChangeBody))
async def change_wallet(request: Request, caller: HolderCaller) -> Response:
    """Take a signed change on the current head, with everything that it names, or nothing of it."""
    ctx = _context(request)
    raw = await request.body()
    verified = await ctx.db.read(lambda tx: changes.verify(tx, caller, raw))
    number, appended = await ctx.db.write(lambda tx: changes.take(tx, caller, verified))
    return json_answer({"number": number, **promise.answer(ctx, appended)})


def _progress(progress: Progress, status: int = 200) -> Response:
    return json_answer({"offset": progress.offset, "size": progress.size, "complete": progress.complete}, status)


@router.post("/v1/attachments", status_code=201, openapi_extra=openapi(AttachmentBody))
async def begin_attachment(request: Request, caller: HolderCaller) -> Response:
    """Reserve room for an upload."""
    body = parse(AttachmentBody, await request.body())
    progress = await uploads.begin(_context(request), caller, body.id, body.version, body.size)
    return _progress(progress, 201)


@router.get("/v1/attachments/{attachment}/{version}/status")
async def attachment_status(request: Request, at: At, caller: HolderCaller) -> Response:
    """How far an upload is."""
    return _progress(await uploads.status(_context(request), caller, at.id, at.version))


@router.patch("/v1/attachments/{attachment}/{version}", openapi_extra=_RAW_BODY)
async def append_attachment(request: Request, at: At, caller: HolderCaller) -> Response:
    """Send bytes from where the stored part ends; durable when this answers."""
    offset = request.headers.get("upload-offset", "")
    if not _OFFSET.match(offset):
        raise OFFSET_MISSING()
    try:
        progress = await uploads.append(_context(request), caller, at.id, at.version, int(offset), request.stream())
    except ClientDisconnect:  # what arrived is stored; nobody is there to read this
        raise UPLOAD_STALLED() from None
    return _progress(progress)


@router.get("/v1/attachments/{attachment}/{version}")
async def read_attachment(request: Request, at: At, caller: HolderCaller) -> Response:
    """The stored bytes, or one range of them."""
    ctx = _context(request)
    place = await uploads.find(ctx, caller, at.id, at.version)
    if not place.stored.complete:
        raise NOT_FOUND()
    part = one_range(request.headers.get("range"), place.stored.size)
    return BlobResponse(ctx.blobs.read(place.stored.blob_key, part.start, part.end), part)


@router.post("/v1/attachments/{attachment}/{version}/delete", status_code=204, openapi_extra=openapi(Empty))
async def delete_attachment(request: Request, at: At, caller: HolderCaller) -> Response:
    """Delete an attachment version; its bytes go with the last reference."""
    parse(Empty, await request.body())
    await _context(request).db.write(lambda tx: uploads.delete(tx, caller, at.id, at.version))
    return no_content()
