"""The holder's own log: sealed entries, the signed end of the chain, and the checkpoint they lie under."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from mappe.formats.strict_json import dumps

from kit import bodies
from kit.context import Context
from wallet.journal import service
from wallet.journal.schemas import EntriesRequest
from wallet.unlock.deps import HolderCaller

router = APIRouter(tags=["log"])


@router.post("/v1/log/entries", openapi_extra=bodies.openapi(EntriesRequest), response_class=Response)
async def read_entries(request: Request, caller: HolderCaller) -> Response:
    """Entries after a seq, oldest first, with the server's signed head for the caller's nonce."""
    body = bodies.parse(EntriesRequest, await request.body())
    ctx: Context = request.app.state.context
    page = await ctx.db.read(lambda tx: service.page(tx, caller.device(tx).wallet, body.after, body.limit))
    note, size = await ctx.db.read(lambda tx: service.checkpoint(tx, ctx.config.log_name))
    answer = service.answer(ctx, page, body.nonce, note, size)
    return Response(dumps(answer), media_type="application/json")
