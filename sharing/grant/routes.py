"""HTTP for the holder's grants, and for a locator that has strayed into a path."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from audit import promise
from audit.chain import Appended
from audit.events import encode
from kit import bodies
from kit.context import Context
from kit.database import Tx
from kit.errors import NOT_FOUND
from kit.failpoints import reached
from kit.ids import b64u, unb64u
from kit.limits import KIB
from sharing.grant import leak, repository, schemas, service
from sharing.grant.checking import Version, check
from sharing.grant.errors import GRANT_ID_TAKEN
from sharing.grant.limits import BODY_BYTES
from wallet.unlock.deps import HolderCaller

router = APIRouter(tags=["grant"])
leak.install(router)

SMALL_BYTES = 64 * KIB  # bodies up to this are read on the event loop: a hop to a thread would cost more
_JSON = "application/json"


def context(request: Request) -> Context:
    """The process's ports."""
    found: Context = request.app.state.context
    return found


@router.put(
    "/v1/grants/{id}",
    response_class=Response,
    responses={200: {"model": schemas.Published}, 201: {"model": schemas.Published}},
    openapi_extra=bodies.openapi(schemas.Publish),
)
async def publish_grant(id: str, request: Request, caller: HolderCaller) -> Response:
    """Stores a grant (201), or other values under the same policy (200)."""
    ctx = context(request)
    now = ctx.clock.now()
    grant = _id(id)
    raw = await request.body()
    version = _read(grant, raw, now) if len(raw) <= SMALL_BYTES else await asyncio.to_thread(_read, grant, raw, now)
    limit = ctx.config.wallet_open_grants

    def prepare(tx: Tx) -> bytes | None:
        wallet = caller.device(tx).wallet
        return wallet if service.is_new(tx, wallet, version, limit, now) else None

    def publish(tx: Tx) -> service.Outcome:
        device = caller.device(tx)
        return service.publish(tx, device.wallet, version, limit, device.actor(), now)

    wallet = await ctx.db.write(prepare)
    if wallet is not None:
        await _route(ctx, grant, wallet)
    reached("grant-routed")
    outcome = await ctx.db.write(publish)
    if wallet is not None:
        await _route(ctx, grant, wallet)  # an old attempt's job may have removed it in between
    text = encode({"version": outcome.version, **promise.answer(ctx, outcome.entry)})
    return Response(text.encode(), 201 if outcome.created else 200, media_type=_JSON)


@router.get("/v1/grants", response_class=Response, responses={200: {"model": schemas.Grants}})
async def list_grants(request: Request, caller: HolderCaller) -> Response:
    """Every grant with its limits and counters, ended ones for 30 days."""
    ctx = context(request)
    now = ctx.clock.now()
    found = await ctx.db.read(lambda tx: service.listing(tx, caller.device(tx).wallet, now))
    return Response(encode({"grants": found}).encode(), 200, media_type=_JSON)


@router.post(
    "/v1/grants/end",
    response_class=Response,
    responses={200: {"model": schemas.Ended}},
    openapi_extra=bodies.openapi(schemas.EndGrants),
)
async def end_grants(request: Request, caller: HolderCaller) -> Response:
    """Ends grants at once, with everything sealed for them; ids that are unknown or have ended are left out."""
    ctx = context(request)
    now = ctx.clock.now()
    sent = bodies.parse(schemas.EndGrants, await request.body())

    def end(tx: Tx) -> list[tuple[bytes, Appended]]:
        device = caller.device(tx)
        return service.end_many(tx, device.wallet, sent.ids, device.actor(), now)

    done = await ctx.db.write(end)
    answer = {
        "ended": [b64u(grant) for grant, _ in done],
        "receipts": [promise.answer(ctx, entry) for _, entry in done],
    }
    return Response(encode(answer).encode(), 200, media_type=_JSON)


def _read(grant: bytes, raw: bytes, now: int) -> Version:
    return check(grant, bodies.parse(schemas.Publish, raw, BODY_BYTES), now)


async def _route(ctx: Context, grant: bytes, wallet: bytes) -> None:
    if not await ctx.db.write(lambda tx: repository.route(tx, grant, wallet)):
        raise GRANT_ID_TAKEN()


def _id(text: str) -> bytes:
    try:
        return unb64u(text, 16)
    except ValueError:
        raise NOT_FOUND() from None
