"""Requests: made, followed and collected by agencies; fetched and answered by whoever holds the locator."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from kit import bodies
from kit.errors import NOT_FOUND
from kit.ids import ID_BYTES, unb64u
from sharing.agencies.deps import AgencyCaller, context, registry
from sharing.agencies.registry import RegistryInForce
from sharing.request import service
from sharing.request.schemas import Collect, Collected, Created, Fetch, Fetched, NewAnswer, NewRequest, Status

router = APIRouter(tags=["request"])


@router.post("/v1/agency/requests", status_code=201, response_model=Created, openapi_extra=bodies.openapi(NewRequest))
async def create_request(request: Request, agency: AgencyCaller) -> dict[str, Any]:
    """Stores a sealed request; `exp` is when the server stops serving it."""
    ctx = context(request)
    now = ctx.clock.now()
    body = bodies.parse(NewRequest, await request.body())
    await ctx.db.write(lambda tx: service.count_request(tx, agency.agency, now))
    return {"exp": await ctx.db.write(lambda tx: service.create(tx, agency.agency, body, now))}


@router.get("/v1/agency/requests/{id}", response_model=Status)
async def request_status(request: Request, agency: AgencyCaller, id: str) -> dict[str, Any]:
    """`open`, `answered` or `expired`; never whether anybody looked."""
    ctx = context(request)
    key, now = _id(id), ctx.clock.now()
    return await ctx.db.read(lambda tx: service.status(tx, agency.agency, key, now))


@router.post("/v1/agency/requests/{id}/collect", response_model=Collected, openapi_extra=bodies.openapi(Collect))
async def collect_answers(request: Request, agency: AgencyCaller, id: str) -> dict[str, Any]:
    """The sealed answers that wait, at most 100; `done` erases those that the agency has stored."""
    body = bodies.parse(Collect, await request.body())
    key = _id(id)
    return await context(request).db.write(lambda tx: service.collect(tx, agency.agency, key, body))


@router.post("/v1/requests/{id}/fetch", response_model=Fetched, openapi_extra=bodies.openapi(Fetch))
async def fetch_request(request: Request, id: str) -> dict[str, Any]:
    """The sealed request, against its capability; nothing is counted or kept."""
    ctx = context(request)
    now = ctx.clock.now()
    body = bodies.parse(Fetch, await request.body())
    key = _id(id)
    listed = await registry(ctx).fresh(ctx.db)
    is_active = partial(_is_active, listed, now=now)
    return await ctx.db.read(lambda tx: service.fetch(tx, key, body.auth, is_active, now))


@router.post("/v1/requests/{id}/answer", status_code=204, openapi_extra=bodies.openapi(NewAnswer))
async def answer_request(request: Request, id: str) -> Response:
    """Leaves a sealed answer for the agency; who left it is not kept."""
    ctx = context(request)
    now = ctx.clock.now()
    body = bodies.parse(NewAnswer, await request.body())
    key = _id(id)
    listed = await registry(ctx).fresh(ctx.db)
    is_active = partial(_is_active, listed, now=now)
    await ctx.db.write(lambda tx: service.answer(tx, key, body, is_active, now))
    return Response(status_code=204)


def _is_active(listed: RegistryInForce, agency: str, *, now: int) -> bool:
    return listed.agency(agency, now) is not None


def _id(text: str) -> bytes:
    """An id in a path; one that cannot exist is answered like one that does not."""
    try:
        return unb64u(text, ID_BYTES)
    except ValueError:
        raise NOT_FOUND() from None
