"""HTTP of the holder's devices: listed, locked out, let in by one another, opened by a PIN."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from audit import promise
from kit.bodies import openapi, parse
from kit.context import Context
from kit.errors import NOT_FOUND
from kit.ids import b64u, unb64u
from wallet.answers import json_answer
from wallet.unlock import devices, joining, pins, stopping
from wallet.unlock.deps import DeviceCaller, HolderCaller
from wallet.unlock.errors import JOIN_WAITING
from wallet.unlock.routes import signed_in
from wallet.unlock.schemas import CollectBody, Empty, JoinBody, PinBody, ReleaseBody

router = APIRouter(tags=["unlock"])


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def _join_id(text: str) -> bytes | None:
    try:
        return unb64u(text, 16)
    except ValueError:
        return None


@router.get("/v1/devices")
async def list_devices(request: Request, caller: HolderCaller) -> Response:
    """The holder's devices, and those that are lent."""
    rows = await _context(request).db.read(lambda tx: devices.devices(tx, caller.device(tx).wallet))
    return json_answer(
        {
            "devices": [
                {"device": r.jkt, "label": r.label, "created": r.created, "seen_on": r.seen, "until": r.until}
                for r in rows
            ]
        }
    )


@router.post("/v1/devices/{jkt}/remove", openapi_extra=openapi(Empty))
async def remove_device(request: Request, jkt: str, caller: HolderCaller) -> Response:
    """Lock a device out; its sessions are dead when this answers."""
    parse(Empty, await request.body())
    ctx = _context(request)
    wallet, appended = await ctx.db.write(lambda tx: stopping.remove_device(tx, caller, jkt))
    await ctx.db.write(lambda tx: devices.forget_sessions(tx, wallet, jkt))
    return json_answer(promise.answer(ctx, appended))


@router.post("/v1/joins/{join}", openapi_extra=openapi(JoinBody))
async def approve_join(request: Request, join: str, caller: HolderCaller) -> Response:
    """Let another device in: its box waits for it, ten minutes."""
    ctx = _context(request)
    body = parse(JoinBody, await request.body())
    join_id = _join_id(join)
    if join_id is None:
        raise NOT_FOUND()
    exp, appended = await joining.approve(ctx, caller, join_id, body)
    return json_answer({"exp": exp, **promise.answer(ctx, appended)})


@router.post("/v1/joins/{join}/collect", openapi_extra=openapi(CollectBody))
async def collect_join(request: Request, join: str, device: DeviceCaller) -> Response:
    """Come in where another device has approved it; the box is handed out once."""
    ctx = _context(request)
    body = parse(CollectBody, await request.body())
    join_id = _join_id(join)
    if join_id is None:
        raise JOIN_WAITING()
    came, found = await joining.collect(ctx, device, join_id, body.label)
    return json_answer({**signed_in(ctx, came, device.jkt), "box": found.box, "mode": found.mode})


@router.put("/v1/pin", openapi_extra=openapi(PinBody))
async def set_pin(request: Request, caller: HolderCaller) -> Response:
    """Keep a share for the PIN of this device."""
    ctx = _context(request)
    body = parse(PinBody, await request.body())
    appended = await ctx.db.write(lambda tx: pins.put(tx, caller, body.share, body.proof))
    return json_answer(promise.answer(ctx, appended))


@router.post("/v1/pin/release", openapi_extra=openapi(ReleaseBody))
async def release_pin(request: Request, caller: HolderCaller) -> Response:
    """The share, against the proof of the PIN; five wrong ones erase it."""
    ctx = _context(request)
    body = parse(ReleaseBody, await request.body())
    share, appended = await ctx.db.write(lambda tx: pins.release(tx, caller, body.proof))
    return json_answer({"share": b64u(share), **promise.answer(ctx, appended)})


@router.post("/v1/pin/forget", openapi_extra=openapi(Empty))
async def forget_pin(request: Request, caller: HolderCaller) -> Response:
    """Erase the share of this device."""
    parse(Empty, await request.body())
    ctx = _context(request)
    appended = await ctx.db.write(lambda tx: pins.forget(tx, caller))
    return json_answer({} if appended is None else promise.answer(ctx, appended))
