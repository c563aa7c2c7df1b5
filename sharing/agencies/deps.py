"""What a handler can ask for: `AgencyCaller` in its signature means that an enrolled agency signed this request.

Per request, on the CPU only: (1) the token's signature and binding, remembered until it expires; (2) the DPoP proof by
the key that the token is bound to, for this method, address, token and body, met for the first time; (3) the registry
in force still lists the agency as active and the key as its login key. Suspension and revocation come before anything
that is remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Request
from mappe.formats import dpop
from mappe.formats.errors import FormatError

from kit.context import Context
from kit.replay import SeenProofs
from sharing.agencies import tokens
from sharing.agencies.errors import AGENCY_TOKEN_INVALID
from sharing.agencies.registry import RegistryInForce
from sharing.agencies.tokens import AccessToken, Refused
from sharing.principals import AgencyClient

TOKENS_REMEMBERED = 4_096  # verified tokens, some 300 bytes each: more agencies than a city has
JSON_METHODS = frozenset({"POST", "PUT"})  # the others have no JSON body
TOKEN_CHARACTERS = 2_048  # our own tokens have about 500


class AgencyAuthentication:
    """What this process remembers about agencies' tokens and proofs."""

    def __init__(self, remembered: int = TOKENS_REMEMBERED) -> None:
        self._remembered = remembered
        self._verified: OrderedDict[bytes, AccessToken] = OrderedDict()

    def token(self, text: str, hash: bytes, ctx: Context, now: int) -> AccessToken:
        """The verified token; its signature is checked once, its expiry every time."""
        known = self._verified.get(hash)
        if known is None:
            known = tokens.read_token(text, ctx.keys, origin=ctx.config.public_origin, now=now)
            self._verified[hash] = known
            if len(self._verified) > self._remembered:
                self._verified.popitem(last=False)
        elif known.exp <= now:
            del self._verified[hash]
            raise Refused
        return known


def context(request: Request) -> Context:
    """The process's ports."""
    found: Context = request.app.state.context
    return found


def registry(ctx: Context) -> RegistryInForce:
    """The registry of this process, put into the context by `app`."""
    return ctx.get(RegistryInForce)


def authentication(ctx: Context) -> AgencyAuthentication:
    """This process's memory of tokens and proofs, made at the first use."""
    found = ctx.services.get(AgencyAuthentication)
    if not isinstance(found, AgencyAuthentication):
        found = AgencyAuthentication()
        ctx.add(found)
    return found


def seen_proofs(ctx: Context) -> SeenProofs:
    """The one memory of proofs that all slices of this process share."""
    found = ctx.services.get(SeenProofs)
    if not isinstance(found, SeenProofs):
        found = SeenProofs()
        ctx.add(found)
    return found


async def agency_caller(request: Request) -> AgencyClient:
    """The agency that signed this request, or Problem `agency-token-invalid`."""
    ctx = context(request)
    now = ctx.clock.now()
    listed = await registry(ctx).fresh(ctx.db)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    proofs = request.headers.getlist("dpop")
    if len(proofs) != 1:  # RFC 9449 section 4.3, (1)
        raise AGENCY_TOKEN_INVALID()
    if scheme.lower() != "dpop" or not token or len(token) > TOKEN_CHARACTERS or not token.isascii():
        raise AGENCY_TOKEN_INVALID()
    body = await request.body() if request.method in JSON_METHODS else None
    known = authentication(ctx)
    try:
        token_hash = sha256(token.encode()).digest()
        access = known.token(token, token_hash, ctx, now)
        verified = dpop.verify(
            proofs[0],
            htm=request.method,
            htu=ctx.config.public_origin + request.scope["path"],
            now=now,
            token_hash=token_hash,
            body=body,
        )
    except (Refused, FormatError):
        raise AGENCY_TOKEN_INVALID() from None
    # the proof's key must be an Ed25519 login key: its thumbprint is compared with registered keys of that kind only
    if verified.jkt != access.jkt or listed.login_key(access.agency, access.jkt, now) is None:
        raise AGENCY_TOKEN_INVALID()
    if not seen_proofs(ctx).first(verified.jkt, verified.jti, now):
        raise AGENCY_TOKEN_INVALID()
    return AgencyClient(access.agency, access.jkt, proofs[0])


AgencyCaller = Annotated[AgencyClient, Depends(agency_caller)]
