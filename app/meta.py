"""What a client needs to know before anything else, and whether the server is alive."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from mappe.formats.seal_keys import SUITES

from kit.context import Context
from kit.ids import b64u
from kit.limits import BLOB_BYTES, BODY_BYTES, CHUNK_BYTES
from kit.signing import KEY_USES

router = APIRouter(tags=["meta"])


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


@router.get("/v1/meta")
async def meta(request: Request) -> dict[str, Any]:
    """Origin, suites, limits and the server's public keys."""
    context = _context(request)
    config = context.config
    keys = [
        {
            "kid": key.kid,
            "use": key.use,
            "jwk": {"kty": "OKP", "crv": "Ed25519", "x": b64u(key.public)},
            "created": key.created,
            "retired": key.retired,
        }
        for use in KEY_USES
        for key in context.keys.published(use)
    ]
    return {
        "origin": config.public_origin,
        "rp_id": config.rp_id,
        "api": ["v1"],
        "suites": list(SUITES),
        "time": context.clock.now(),
        "keys": keys,
        "limits": {
            "body_bytes": BODY_BYTES,
            "chunk_bytes": CHUNK_BYTES,
            "blob_bytes": BLOB_BYTES,
            "wallet_documents": config.wallet_documents,
            "wallet_bytes": config.wallet_bytes,
            "wallet_open_grants": config.wallet_open_grants,
            "deposit_bytes": config.deposit_bytes,
        },
        "log": {"origin": config.log_name},
        "witnesses": list(config.witnesses),
        "deprecations": [],
    }


@router.get("/healthz")
async def healthz() -> dict[str, bool]:
    """The process answers."""
    return {"ok": True}


@router.get("/readyz")
async def readyz(request: Request) -> dict[str, bool]:
    """The database answers too."""
    await _context(request).db.read(lambda tx: tx.one("SELECT 1"))
    return {"ok": True}
