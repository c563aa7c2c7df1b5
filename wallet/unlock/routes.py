"""HTTP of unlock: read the body, one call, answer."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from mappe.formats.errors import FormatError

from audit import promise
from kit.bodies import openapi, parse
from kit.context import Context
from kit.database import Tx
from kit.ids import b64u
from wallet.answers import json_answer, no_content
from wallet.unlock import challenge, creation, devices, invitations, lending, sign_in, stopping, wallets
from wallet.unlock.creation import Entered
from wallet.unlock.deps import DeviceCaller, HolderCaller, HolderDevice, own_device
from wallet.unlock.entering import SignedIn
from wallet.unlock.errors import INVITATION_UNKNOWN
from wallet.unlock.methods import method_json
from wallet.unlock.schemas import CreateBody, Empty, EraseBody, InvitationBody, SignInBody, StopBody
from wallet.unlock.sign_in import Waiting

router = APIRouter(tags=["unlock"])


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def _entered(ctx: Context, entered: Entered, jkt: str) -> dict[str, Any]:
    return {
        "wallet": b64u(entered.wallet),
        "device": jkt,
        "token": entered.token.reveal(),
        "exp": entered.exp,
        **promise.answer(ctx, entered.appended),
    }


def signed_in(ctx: Context, came: SignedIn, jkt: str) -> dict[str, Any]:
    """What a device is told that came in: its session, and what it needs to unwrap and check."""
    row = came.row
    return {
        **_entered(ctx, came.entered, jkt),
        "genesis": row.genesis,
        "identity_box": row.identity_box,
        "methods": [method_json(method) for method in came.methods],
        "head": {"number": row.head_number, "change": row.head_change},
    }


@router.post("/v1/sign-in/challenge", openapi_extra=openapi(Empty))
async def sign_in_challenge(request: Request) -> Response:
    """A single-use nonce, for anybody."""
    ctx = _context(request)
    parse(Empty, await request.body())
    now = ctx.clock.now()
    nonce = challenge.make(challenge.challenge_key(ctx.keys), now)
    return json_answer({"nonce": nonce, "exp": now + challenge.CHALLENGE_SECONDS})


@router.post("/v1/wallets", status_code=201, openapi_extra=openapi(CreateBody))
async def create_wallet(request: Request, device: DeviceCaller) -> Response:
    """Make a wallet and sign its first device in."""
    ctx = _context(request)
    entered = await creation.create(ctx, device, parse(CreateBody, await request.body()))
    return json_answer(_entered(ctx, entered, device.jkt), 201)


@router.post("/v1/sign-in", openapi_extra=openapi(SignInBody))
async def sign_in_device(request: Request, device: DeviceCaller) -> Response:
    """Prove a method, get a session and the envelopes; a recovery without its PIN is told until when it waits."""
    ctx = _context(request)
    outcome = await sign_in.sign_in(ctx, device, parse(SignInBody, await request.body()))
    if isinstance(outcome, Waiting):
        return json_answer({"pending_until": outcome.until, **promise.answer(ctx, outcome.appended)}, 202)
    return json_answer(signed_in(ctx, outcome, device.jkt))


@router.post("/v1/session/end", status_code=204, openapi_extra=openapi(Empty))
async def end_session(request: Request, caller: HolderCaller) -> Response:
    """Sign this device out."""
    parse(Empty, await request.body())
    ctx = _context(request)
    device = await ctx.db.read(caller.device)
    if device.until is not None:  # a lent device goes with its session
        await ctx.db.write(lambda tx: lending.end(tx, device.wallet, device.jkt, caller.now, "left", device.actor()))
    await ctx.db.write(lambda tx: devices.end_session(tx, caller.token_hash))
    return no_content()


@router.post("/v1/recovery/stop", openapi_extra=openapi(Empty))
async def stop_recovery(request: Request, caller: HolderCaller) -> Response:
    """End every waiting recovery."""
    parse(Empty, await request.body())
    ctx = _context(request)
    appended = await ctx.db.write(lambda tx: stopping.stop_recovery(tx, caller))
    return json_answer(promise.answer(ctx, appended))


@router.post("/v1/stop", openapi_extra=openapi(StopBody))
async def stop(request: Request) -> Response:
    """The stop code: grants, deposit codes, sessions, PIN shares, joins and waiting recoveries end; nothing opens."""
    ctx = _context(request)
    appended = await stopping.stop(ctx, parse(StopBody, await request.body()), ctx.clock.now())
    return json_answer(promise.answer(ctx, appended))


@router.post("/v1/wallet/invitation", status_code=204, openapi_extra=openapi(InvitationBody))
async def redeem_invitation(request: Request, caller: HolderCaller) -> Response:
    """More room for this wallet; nothing leads from the code to it."""
    ctx = _context(request)
    body = parse(InvitationBody, await request.body())
    device = await ctx.db.write(lambda tx: own_device(tx, caller, "invitation"))
    try:
        code = invitations.code_hash(body.code)
    except FormatError:
        raise INVITATION_UNKNOWN() from None
    await ctx.db.write(lambda tx: invitations.redeem(tx, code, caller.now))
    await ctx.db.write(lambda tx: _allow(tx, device, ctx))
    return no_content()


def _allow(tx: Tx, device: HolderDevice, ctx: Context) -> None:
    wallets.allow(tx, device.wallet, invitations.invited(ctx.config))


@router.post("/v1/wallet/delete", status_code=204, openapi_extra=openapi(EraseBody))
async def delete_wallet(request: Request, caller: HolderCaller) -> Response:
    """Everything goes, at an order signed by the wallet's own key."""
    await stopping.delete(_context(request), caller, parse(EraseBody, await request.body()).erase)
    return no_content()
