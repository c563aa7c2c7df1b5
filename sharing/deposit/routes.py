"""HTTP for the holder's deposit codes and quarantine. The sender's part is `sender_routes`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from audit import promise
from kit import bodies
from kit.context import Context
from kit.database import Tx
from kit.errors import NOT_FOUND
from kit.failpoints import reached
from kit.ids import ID_BYTES, unb64u
from kit.ranges import one_range
from sharing.deposit import holding, repository, sender_routes
from sharing.deposit.errors import DEPOSIT_CODE_EXISTS
from sharing.deposit.schemas import Accept, Codes, Ended, Items, Logged, NewCode, Nothing
from wallet.answers import BlobResponse
from wallet.unlock.deps import HolderCaller

router = APIRouter(tags=["deposit"])
router.include_router(sender_routes.router)


def _context(request: Request) -> Context:
    found: Context = request.app.state.context
    return found


@router.post("/v1/deposit-codes", status_code=201, response_model=Logged, openapi_extra=bodies.openapi(NewCode))
async def create_deposit_code(request: Request, holder: HolderCaller) -> dict[str, Any]:
    """Makes a code by which others can put sealed files in."""
    ctx = _context(request)
    now = ctx.clock.now()
    new = bodies.parse(NewCode, await request.body())
    holding.check_limits(new, ctx.config.deposit_bytes, now)

    def prepare(tx: Tx) -> bytes:
        wallet = holder.device(tx).wallet
        holding.prepare(tx, wallet, new.code, now)
        return wallet

    wallet = await ctx.db.write(prepare)
    if not await ctx.db.write(lambda tx: repository.route(tx, new.code, wallet)):
        raise DEPOSIT_CODE_EXISTS()
    reached("deposit-routed")
    entry = await ctx.db.write(lambda tx: holding.create(tx, holder.device(tx), new, now))
    return {**promise.answer(ctx, entry)}


@router.get("/v1/deposit-codes", response_model=Codes)
async def list_deposit_codes(request: Request, holder: HolderCaller) -> dict[str, Any]:
    """Every code with what is left of it, those that are over for 30 days more."""
    ctx = _context(request)
    now = ctx.clock.now()
    return {"codes": await ctx.db.read(lambda tx: holding.codes(tx, holder.device(tx).wallet, now))}


@router.post(
    "/v1/deposit-codes/{id}/end",
    response_model=Ended,
    response_model_exclude_none=True,
    openapi_extra=bodies.openapi(Nothing),
)
async def end_deposit_code(request: Request, holder: HolderCaller, id: str) -> dict[str, Any]:
    """Closes a code at once, also for uploads under way; what is in quarantine stays."""
    ctx = _context(request)
    now = ctx.clock.now()
    bodies.parse(Nothing, await request.body())
    code = _id(id)
    entry = await ctx.db.write(lambda tx: holding.end(tx, holder.device(tx), code, now))
    return {} if entry is None else {**promise.answer(ctx, entry)}


@router.get("/v1/deposits", response_model=Items)
async def list_deposits(request: Request, holder: HolderCaller) -> dict[str, Any]:
    """What lies in quarantine, the oldest first."""
    ctx = _context(request)
    now = ctx.clock.now()
    return {"items": await ctx.db.read(lambda tx: holding.waiting(tx, holder.device(tx).wallet, now))}


@router.get(
    "/v1/deposits/{code}/{item}",
    response_class=Response,
    responses={
        200: {"description": "All sealed bytes.", "content": {"application/octet-stream": {}}},
        206: {"description": "The range asked for.", "content": {"application/octet-stream": {}}},
    },
    openapi_extra={"parameters": [{"name": "Range", "in": "header", "schema": {"type": "string"}}]},
)
async def read_deposit(request: Request, holder: HolderCaller, code: str, item: str) -> Response:
    """The sealed bytes of a file in quarantine, or a range of them."""
    ctx = _context(request)
    key, item_id = _id(code), _id(item)
    found = await ctx.db.read(lambda tx: holding.find(tx, holder.device(tx).wallet, key, item_id))
    part = one_range(request.headers.get("range"), found.size)
    pieces = ctx.blobs.read(found.blob_key, part.start, part.end)
    return BlobResponse(pieces, part)


@router.post("/v1/deposits/{code}/{item}/accept", response_model=Logged, openapi_extra=bodies.openapi(Accept))
async def accept_deposit(request: Request, holder: HolderCaller, code: str, item: str) -> dict[str, Any]:
    """The sealed bytes become an attachment of the wallet."""
    ctx = _context(request)
    now = ctx.clock.now()
    body = bodies.parse(Accept, await request.body())
    key, item_id = _id(code), _id(item)
    entry = await ctx.db.write(
        lambda tx: holding.accept(tx, holder.device(tx), key, item_id, body.attachment, body.version, now)
    )
    return {**promise.answer(ctx, entry)}


@router.post("/v1/deposits/{code}/{item}/discard", response_model=Logged, openapi_extra=bodies.openapi(Nothing))
async def discard_deposit(request: Request, holder: HolderCaller, code: str, item: str) -> dict[str, Any]:
    """The file and its bytes go."""
    ctx = _context(request)
    now = ctx.clock.now()
    bodies.parse(Nothing, await request.body())
    key, item_id = _id(code), _id(item)
    entry = await ctx.db.write(lambda tx: holding.discard(tx, holder.device(tx), key, item_id, now))
    return {**promise.answer(ctx, entry)}


def _id(text: str) -> bytes:
    try:
        return unb64u(text, ID_BYTES)
    except ValueError:
        raise NOT_FOUND() from None
