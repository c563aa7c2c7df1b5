"""Who redeems: a link's holder by a key made for this open, or an agency by its token and login key."""

from __future__ import annotations

from hashlib import sha256

from fastapi import Request
from mappe.formats import dpop
from mappe.formats.errors import FormatError

from kit.context import Context
from kit.errors import INVALID_REQUEST
from kit.ids import unb64u
from kit.replay import SeenProofs
from sharing.agencies.deps import agency_caller, registry
from sharing.principals import LinkHolder
from sharing.redeem.schemas import Proof
from sharing.redeem.service import Caller, Key
from wallet.unlock.errors import PROOF_REFUSED

NOBODY = LinkHolder("", "")  # a peek needs no key: whoever has the link may look


async def identify(
    request: Request, ctx: Context, sent: Proof, raw: bytes, now: int, *, keyless: bool
) -> tuple[Key, Caller]:
    """The caller, and the hashes by which they prove the grant. `keyless`: a link's holder may come without a key.

    Costs CPU only, and outside the transaction: it overlaps with the fsync of the commits before.
    """
    grant = _grant(request)
    if sent.r is not None and sent.auth is None:
        agency = await agency_caller(request)
        prints = registry(ctx).seal_thumbprints(agency.agency, now)
        return Key(grant, tags=tuple([sha256(sent.r + one).digest() for one in prints])), agency
    if sent.auth is None or sent.r is not None:
        raise INVALID_REQUEST(where=["body.auth", "body.r"])
    return Key(grant, auth=sha256(sent.auth).digest()), _link(request, ctx, raw, now, keyless=keyless)


def _link(request: Request, ctx: Context, raw: bytes, now: int, *, keyless: bool) -> LinkHolder:
    proofs = request.headers.getlist("dpop")
    if not proofs and keyless:
        return NOBODY
    if len(proofs) != 1:  # RFC 9449 section 4.3, (1)
        raise PROOF_REFUSED()
    try:
        proof = dpop.verify(
            proofs[0],
            htm=request.method,
            htu=ctx.config.public_origin + request.scope["path"],
            now=now,
            body=raw,
        )
    except FormatError:
        raise PROOF_REFUSED() from None
    if not ctx.get(SeenProofs).first(proof.jkt, proof.jti, now):
        raise PROOF_REFUSED()
    return LinkHolder(proof.jkt, proofs[0])


def _grant(request: Request) -> bytes:
    """The id in the path. One that cannot be an id takes the way of an unknown one."""
    return read_id(request.path_params["id"])


def read_id(text: str) -> bytes:
    """16 bytes, or for a text that is no id the hash of it: an id that exists only if somebody finds a collision."""
    try:
        return unb64u(text, 16)
    except ValueError:
        return sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]
