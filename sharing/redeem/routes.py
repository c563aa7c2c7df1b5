"""HTTP for recipients: peek, open, files. POST only: a mail scanner's GET consumes nothing.

The open is the hot path of the whole program: bytes in, one hop into the writer, bytes out. So its answer is put
together by hand, from texts that were checked when they were stored and need no escaping.
"""

from __future__ import annotations

from hashlib import sha256

from fastapi import APIRouter, Request, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from audit import promise
from audit.chain import Appended
from audit.events import encode
from kit import bodies
from kit.context import Context
from kit.ids import b64u
from kit.limits import KIB
from sharing.redeem import schemas, service
from sharing.redeem.deps import identify, read_id
from sharing.redeem.streaming import Streamed, guarded

router = APIRouter(tags=["redeem"])

BODY_BYTES = 16 * KIB  # 256 slot ids and a few proofs
_JSON = "application/json"


def context(request: Request) -> Context:
    """The process's ports."""
    found: Context = request.app.state.context
    return found


@router.post(
    "/v1/grants/{id}/peek",
    response_class=Response,
    responses={200: {"model": schemas.Peeked}},
    openapi_extra=bodies.openapi(schemas.Proof),
)
async def peek_grant(request: Request) -> Response:
    """Who shares, why and until when; not counted as an open."""
    ctx = context(request)
    now = ctx.clock.now()
    raw = await request.body()
    sent = bodies.parse(schemas.Proof, raw, BODY_BYTES)
    key, caller = await identify(request, ctx, sent, raw, now, keyless=True)
    found = await ctx.db.write(lambda tx: service.peek(tx, key, caller, now))
    text = f"{{{found.head},{_receipt(ctx, found.entry)}}}"
    return Response(text.encode(), 200, media_type=_JSON)


async def open_grant(request: Request) -> Response:
    """The sealed slots, within a lease of ten minutes."""
    ctx = context(request)
    now = ctx.clock.now()
    raw = await request.body()
    sent = bodies.parse(schemas.OpenGrant, raw, BODY_BYTES)
    key, caller = await identify(request, ctx, sent, raw, now, keyless=False)
    passcode = None if sent.proof is None else sha256(sent.proof).digest()
    slots = None if sent.slots is None else list(dict.fromkeys(sent.slots))
    opened = await ctx.db.write(
        lambda tx: service.open_grant(
            tx, key, caller, now, lease=sent.lease, passcode=passcode, slots=slots, version=sent.version
        )
    )
    text = (
        f'{{{opened.head},"keybox":"{opened.keybox}","slots":{{{opened.slots}}},'
        f'"lease":{{"id":"{b64u(sent.lease)}","until":{opened.until}}},{_receipt(ctx, opened.entry)}}}'
    )
    return Response(text.encode(), 200, media_type=_JSON)


class _Direct(Route):
    """Calls the function and nothing else: FastAPI would solve dependencies where there are none."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        if match is not Match.NONE:
            found["route"] = self  # the name under which it is counted
        return match, found


# `app` puts these before all others: a request tries every route before its own, twice, and this one is the hot path.
# The same path once more, for the specification.
FIRST = (_Direct("/v1/grants/{id}/open", open_grant, methods=["POST"], include_in_schema=False),)
router.post(
    "/v1/grants/{id}/open",
    response_class=Response,
    responses={200: {"model": schemas.Opened}},
    openapi_extra=bodies.openapi(schemas.OpenGrant),
)(open_grant)


@router.post(
    "/v1/grants/{id}/files/{ref}",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "The sealed bytes."},
        206: {"content": {"application/octet-stream": {}}, "description": "The range asked for."},
    },
    openapi_extra=bodies.openapi(schemas.ReadFile),
)
async def read_file(request: Request) -> Response:
    """The sealed bytes of a file that a slot of this open names. The first time in a lease, before any byte leaves, it
    is logged; `Mappe-Event` and `Mappe-Promise` carry the receipt."""
    ctx = context(request)
    now = ctx.clock.now()
    raw = await request.body()
    sent = bodies.parse(schemas.ReadFile, raw, BODY_BYTES)
    key, caller = await identify(request, ctx, sent, raw, now, keyless=False)
    ref = read_id(request.path_params["ref"])
    wanted = request.headers.get("range")
    found = await ctx.db.write(
        lambda tx: service.open_file(tx, key, caller, now, lease=sent.lease, slot=sent.slot, ref=ref, wanted=wanted)
    )
    part = found.part
    headers = part.headers()
    if found.entry is not None:
        receipt = promise.answer(ctx, found.entry)
        headers["mappe-event"] = b64u(receipt["event"].encode())
        headers["mappe-promise"] = b64u(receipt["promise"].encode())

    async def still_released() -> bool:
        at = ctx.clock.now()
        return await ctx.db.read(lambda tx: service.still_released(tx, found.wallet, key.grant, found.lease, at))

    pieces = guarded(ctx.blobs.read(found.blob_key, part.start, part.end), still_released)
    return Streamed(pieces, part.status, headers)


def _receipt(ctx: Context, entry: Appended) -> str:
    """The two last members of a logged answer. Called after the commit: it is what makes the promise true."""
    receipt = promise.answer(ctx, entry)
    return f'"event":{encode(receipt["event"])},"promise":"{receipt["promise"]}"'
