"""What a holder does with agencies: put a sealed notice into an inbox."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request, Response

from kit import bodies
from kit.errors import NOT_FOUND
from sharing.agencies import service
from sharing.agencies.deps import context, registry
from sharing.agencies.schemas import NewNotice
from wallet.unlock.deps import HolderCaller

router = APIRouter()

_AGENCY_ID = re.compile(r"[a-z0-9-]{3,40}\Z")


@router.post("/v1/agencies/{agency}/notices", status_code=204, openapi_extra=bodies.openapi(NewNotice))
async def notify_agency(request: Request, holder: HolderCaller, agency: str) -> Response:
    """Puts a sealed notice into an agency's inbox. Nothing is kept that names the wallet beside the agency."""
    ctx = context(request)
    now = ctx.clock.now()
    body = bodies.parse(NewNotice, await request.body())
    listed = await registry(ctx).fresh(ctx.db)
    if not _AGENCY_ID.match(agency) or listed.agency(agency, now) is None:
        raise NOT_FOUND()
    # two shards, two transactions: first the wallet's counter, then the agency's inbox
    await ctx.db.write(lambda tx: service.count_notice(tx, holder.device(tx).wallet, now))
    await ctx.db.write(lambda tx: service.add_notice(tx, agency, body.notice, now))
    return Response(status_code=204)
