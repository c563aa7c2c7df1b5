"""The public log: checkpoint, tiles, proofs, cosignatures. Nothing here needs or tells who asks."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from mappe.formats.encoding import b64u
from mappe.formats.errors import FormatError
from mappe.formats.merkle import TILE_HEIGHT, parse_tile_path

from audit import reading, repository, witnesses
from audit.schemas import ConsistencyRequest, CosignatureRequest, InclusionRequest
from kit import bodies
from kit.context import Context
from kit.errors import NOT_FOUND

router = APIRouter(tags=["log"])

_FULL = 1 << TILE_HEIGHT
_TEXT = "text/plain; charset=utf-8"
_NEVER_CHANGES = {"cache-control": "public, max-age=31536000, immutable"}
_CHANGES = {"cache-control": "no-cache"}


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


@router.get("/log/checkpoint", response_class=Response)
async def read_checkpoint(request: Request) -> Response:
    """The newest signed checkpoint (C2SP tlog-checkpoint), with the cosignatures that it has got so far."""
    ctx = _context(request)
    note, _ = await ctx.db.read(lambda tx: reading.checkpoint(tx, ctx.config.log_name))
    return Response(note, headers=_CHANGES, media_type=_TEXT)


@router.get("/log/checkpoint/witnessed", response_class=Response)
async def read_witnessed_checkpoint(request: Request) -> Response:
    """The newest checkpoint that a witness has cosigned; 404 while there is none."""
    ctx = _context(request)
    note = await ctx.db.read(lambda tx: reading.witnessed(tx, ctx.config.log_name))
    return Response(note, headers=_CHANGES, media_type=_TEXT)


@router.get("/log/tile/{path:path}", response_class=Response)
async def read_tile(request: Request, path: str) -> Response:
    """Hashes of the tree (C2SP tlog-tiles): `<level>/<number>`, and `.p/<width>` for a growing tile."""
    try:
        level, number, width = parse_tile_path(f"tile/{path}")
    except FormatError:
        raise NOT_FOUND() from None
    ctx = _context(request)
    hashes = await ctx.db.read(lambda tx: reading.tile(tx, ctx.config.log_name, level, number, width))
    return Response(hashes, headers=_NEVER_CHANGES, media_type="application/octet-stream")


@router.post("/v1/log/inclusion", openapi_extra=bodies.openapi(InclusionRequest))
async def prove_inclusion(request: Request) -> dict[str, Any]:
    """Proof that a leaf lies in the tree of the newest checkpoint; unknown leaves look like waiting ones."""
    body = bodies.parse(InclusionRequest, await request.body())
    ctx = _context(request)
    found = await ctx.db.read(lambda tx: reading.inclusion(tx, ctx.config.log_name, body.leaf))
    if found is None:
        return {"pending": True}
    path = [b64u(node) for node in found.path]
    return {"index": found.index, "size": found.size, "path": path, "checkpoint": found.checkpoint}


@router.post("/v1/log/consistency", openapi_extra=bodies.openapi(ConsistencyRequest))
async def prove_consistency(request: Request) -> dict[str, Any]:
    """Proof that the tree of one size continues that of another."""
    body = bodies.parse(ConsistencyRequest, await request.body())
    ctx = _context(request)
    path = await ctx.db.read(lambda tx: reading.consistency(tx, ctx.config.log_name, body.older, body.newer))
    return {"path": [b64u(node) for node in path]}


@router.post("/v1/log/cosignatures", status_code=204, openapi_extra=bodies.openapi(CosignatureRequest))
async def add_cosignature(request: Request) -> Response:
    """Takes the cosignature of a known witness under one of this log's checkpoints."""
    body = bodies.parse(CosignatureRequest, await request.body())
    ctx = _context(request)
    log = ctx.config.log_name
    size = witnesses.size_of(body.checkpoint, log)
    stored = await ctx.db.read(lambda tx: repository.checkpoint(tx, log, size))
    listed = witnesses.known(ctx.config.witnesses)
    lines = witnesses.accept(body.checkpoint, stored, ctx.keys, listed, ctx.clock.now())
    await ctx.db.write(lambda tx: repository.cosign(tx, log, size, lines))
    return Response(status_code=204)
