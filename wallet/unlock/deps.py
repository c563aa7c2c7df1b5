"""Who calls, as types in a handler's signature: `caller: HolderCaller` or `caller: DeviceCaller`. Neither one: public.

A dependency checks what costs only CPU: the shape of the token and the proof of possession (RFC 9449). Whether the
session still holds is a row, so it is asked inside the transaction that acts on the answer: `caller.device(tx)`. A
device that was removed a moment ago cannot slip in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from mappe.formats import dpop
from mappe.formats.errors import FormatError

from audit import chain
from kit.clock import DAY
from kit.context import Context
from kit.database import Tx
from kit.replay import SeenProofs
from kit.tokens import parse_token
from wallet.unlock.errors import ASSISTED_REFUSED, PROOF_REFUSED, SESSION_INVALID

TOKEN_PREFIX = "mst"  # noqa: S105  (the visible part of every session token)
SESSION_SECONDS = 90 * DAY  # at the latest then the holder proves a method again
IDLE_SECONDS = 30 * DAY  # a device in a drawer, lost or sold, is signed out
_JSON_METHODS = frozenset({"POST", "PUT"})  # the others have no JSON body: PATCH streams raw bytes

_SESSION = "SELECT wallet_id, jkt, generation, exp FROM wallet_sessions WHERE token_hash = :token"
_DEVICE = "SELECT generation, seen, until FROM wallet_devices WHERE wallet_id = :wallet AND jkt = :jkt"


@dataclass(frozen=True, slots=True)
class HolderDevice:
    """A device of the holder, signed in. `seen` (unix seconds) is when it was last noted as used; `until` is the end of
    one that is only lent (join.md), None for the holder's own."""

    wallet: bytes
    jkt: str
    seen: int = 0
    until: int | None = None

    def actor(self) -> Mapping[str, str]:
        """What the log says about it."""
        return {"type": "device", "id": self.jkt}


@dataclass(frozen=True, slots=True)
class Caller:
    """A well-formed token and a proof by `jkt` for this request; nothing is known about the session yet."""

    token_hash: bytes
    jkt: str
    now: int

    def device(self, tx: Tx) -> HolderDevice:
        """The device behind the session, looked up in the transaction that acts. Problem `session-invalid`."""
        session = tx.one(_SESSION, token=self.token_hash)
        if session is None:
            raise SESSION_INVALID()
        wallet, jkt, generation, exp = session
        if jkt != self.jkt or self.now >= exp:
            raise SESSION_INVALID()
        row = tx.one(_DEVICE, wallet=wallet, jkt=jkt)
        if row is None or row[0] != generation or self.now >= row[1] + IDLE_SECONDS:
            raise SESSION_INVALID()
        if row[2] is not None and self.now >= row[2]:
            raise SESSION_INVALID()
        return HolderDevice(wallet, jkt, row[1], row[2])


@dataclass(frozen=True, slots=True)
class EnrollingDevice:
    """A device key that signed this request; it may belong to no wallet."""

    jkt: str
    now: int


def own_device(tx: Tx, caller: Caller, call: str) -> HolderDevice:
    """The calling device, for what a lent one may not do: whoever changes locks, devices or the wallet's existence asks
    here, in a transaction that writes. Problem `session-invalid`; `assisted-refused`, which is logged with `call`.
    """
    device = caller.device(tx)
    if device.until is not None:
        chain.append(
            tx,
            wallet=device.wallet,
            kind="assisted-refused",
            actor=device.actor(),
            now=caller.now,
            detail={"call": call},
        )
        raise ASSISTED_REFUSED()
    return device


async def _holder(request: Request) -> Caller:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token_hash = parse_token(token, TOKEN_PREFIX) if scheme.lower() == "dpop" else None
    if token_hash is None:
        raise SESSION_INVALID()
    jkt, now = await _prove(request, token_hash)
    return Caller(token_hash, jkt, now)


async def _device(request: Request) -> EnrollingDevice:
    return EnrollingDevice(*await _prove(request, None))


async def _prove(request: Request, token_hash: bytes | None) -> tuple[str, int]:
    context: Context = request.app.state.context
    proofs = request.headers.getlist("dpop")
    if len(proofs) != 1:  # RFC 9449 section 4.3, (1)
        raise PROOF_REFUSED()
    now = context.clock.now()
    body = await request.body() if request.method in _JSON_METHODS else None
    try:
        proof = dpop.verify(
            proofs[0],
            htm=request.method,
            htu=context.config.public_origin + request.scope["path"],
            now=now,
            token_hash=token_hash,
            body=body,
        )
    except FormatError:
        raise PROOF_REFUSED() from None
    # Replay is refused per process (kit.replay argues why): every holder call that changes something is repeatable with
    # the effect of one, or compares with the head, and sign-in spends a nonce in the database.
    if not context.get(SeenProofs).first(proof.jkt, proof.jti, now):
        raise PROOF_REFUSED()
    return proof.jkt, now


HolderCaller = Annotated[Caller, Depends(_holder)]
DeviceCaller = Annotated[EnrollingDevice, Depends(_device)]
