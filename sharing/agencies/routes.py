"""The registry, agencies' sign-in and their inbox."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from mappe.formats import dpop
from mappe.formats.errors import FormatError

from kit import bodies
from kit.errors import NOT_FOUND
from sharing.agencies import holder_routes, service, tokens
from sharing.agencies.deps import AgencyCaller, context, registry, seen_proofs
from sharing.agencies.documents import roots_file
from sharing.agencies.errors import AGENCY_SIGN_IN_REFUSED, REGISTRY_UNAVAILABLE
from sharing.agencies.schemas import AccessTokenAnswer, Inbox, Nothing, RootsFile, TokenRequest

router = APIRouter(tags=["agencies"])
router.include_router(holder_routes.router)

_NUMBER = re.compile(r"[0-9]{1,15}\Z")
_LARGEST_NUMBER = 2**53 - 1


@router.get(
    "/v1/registry",
    response_class=Response,
    responses={
        200: {"description": "JWS general JSON serialization.", "content": {"application/jose+json": {}}},
        304: {"description": "Still the version that If-None-Match names."},
    },
)
async def read_registry(request: Request) -> Response:
    """The signed registry, as loaded; whoever reads it verifies the root signatures."""
    ctx = context(request)
    snapshot = (await registry(ctx).fresh(ctx.db)).document()
    if snapshot is None:
        raise REGISTRY_UNAVAILABLE()
    headers = {"etag": snapshot.etag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == snapshot.etag:
        return Response(status_code=304, headers=headers)
    return Response(snapshot.document, 200, headers, "application/jose+json")


@router.get("/v1/registry/roots", response_model=RootsFile)
async def read_roots(request: Request) -> dict[str, Any]:
    """The root keys that this installation has pinned. A client that has them from nowhere better pins them at first
    sight and shows their fingerprint; afterwards a change stops it."""
    roots = registry(context(request)).roots
    if roots is None:
        raise REGISTRY_UNAVAILABLE()
    return roots_file(roots)


@router.post("/v1/agency/token", response_model=AccessTokenAnswer, openapi_extra=bodies.openapi(TokenRequest))
async def sign_in_agency(request: Request) -> dict[str, Any]:
    """An access token for a proof of the agency's login key (RFC 7523, RFC 9449)."""
    ctx = context(request)
    now = ctx.clock.now()
    raw = await request.body()
    body = bodies.parse(TokenRequest, raw)
    listed = await registry(ctx).fresh(ctx.db)
    proofs = request.headers.getlist("dpop")
    try:
        proof = dpop.verify(
            proofs[0] if len(proofs) == 1 else "",
            htm="POST",
            htu=ctx.config.public_origin + request.scope["path"],
            now=now,
            body=raw,
        )
    except FormatError:
        raise AGENCY_SIGN_IN_REFUSED() from None
    assertion = service.read_assertion(ctx, listed, body.client_assertion, proof, now)
    if not seen_proofs(ctx).first(proof.jkt, proof.jti, now):
        raise AGENCY_SIGN_IN_REFUSED()
    await ctx.db.write(lambda tx: service.use_assertion(tx, assertion))
    token = tokens.issue(ctx.keys, origin=ctx.config.public_origin, agency=assertion.agency, jkt=assertion.kid, now=now)
    return {"access_token": token, "token_type": "DPoP", "expires_in": tokens.TOKEN_SECONDS}


@router.get("/v1/agency/inbox", response_model=Inbox)
async def read_inbox(
    request: Request, agency: AgencyCaller, after: Annotated[int, Query(ge=0, le=_LARGEST_NUMBER)] = 0
) -> dict[str, Any]:
    """Notices that wait, oldest first, at most 100; `after` is the last `id` seen."""
    ctx = context(request)
    now = ctx.clock.now()
    return {"notices": await ctx.db.read(lambda tx: service.inbox(tx, agency.agency, after, now))}


@router.post("/v1/agency/inbox/{id}/done", status_code=204, openapi_extra=bodies.openapi(Nothing))
async def finish_notice(request: Request, agency: AgencyCaller, id: str) -> Response:
    """Erases a notice; doing it twice is no error."""
    bodies.parse(Nothing, await request.body())
    if not _NUMBER.match(id):
        raise NOT_FOUND()
    await context(request).db.write(lambda tx: service.done(tx, agency.agency, int(id)))
    return Response(status_code=204)
